"""Pages: that an alarm is sent to whoever is on duty and not before a screen of the desk."""

from typing import ClassVar

from django.db import models

from cairndesk.intake.models import Alarm


class AlarmPage(models.Model):
    """One page to one address in one `turn`; sent once the other side has taken it. It says nothing of the case."""

    alarm = models.ForeignKey(Alarm, on_delete=models.CASCADE, related_name="pages")
    turn = models.PositiveSmallIntegerField()
    to = models.CharField(max_length=200)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["turn", "to"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["alarm", "turn", "to"], name="one_page_a_turn")]
