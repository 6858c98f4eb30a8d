"""Something that one person asks for and another one does: nobody does it on their own word, and the row stays after it."""

from django.db import models
from django.db.models import F, Q


class Wish(models.Model):
    """Who asked, who did it, and who took the asking back; rooms add what it is about, and the case."""

    asked_by = models.CharField(max_length=40)
    asked_at = models.DateTimeField()
    done_by = models.CharField(max_length=40, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.CharField(max_length=40, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


def takes_two_people(name: str) -> models.CheckConstraint:
    """What makes the database itself refuse a wish that was done by who asked."""
    return models.CheckConstraint(condition=Q(done_at=None) | (~Q(done_by="") & ~Q(done_by=F("asked_by"))), name=name)


def stands_once(field: str, name: str) -> models.UniqueConstraint:
    """What makes the database refuse a second wish about the same thing, unless the first was taken back."""
    return models.UniqueConstraint(fields=[field], condition=Q(withdrawn_at=None), name=name)
