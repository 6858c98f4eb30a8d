"""Desks of other installations, the cases that go to them and come from them, and the letters that carry them."""

from datetime import date, datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q

from cairndesk.accounts.models import Organisation, Request
from cairndesk.cases.models import BeltRow, Case
from cairndesk.custody.models import SealedItem
from cairndesk.lib.ids import new_id
from cairndesk.response.models.delivery import ripe_since
from cairndesk.response.rules import CROSSING_WORDS, CrossingState, Paper, Side, said


class PartnerDesk(models.Model):
    """A desk of another installation with which cases may be exchanged, under a dated agreement: entered by one person, confirmed by another.

    The keys are public and 64 hex digits each. Without an `address` letters go as files alone.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="partner_desks")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=Organisation.Kind.choices)
    country = models.CharField(max_length=2)
    address = models.CharField(max_length=300, blank=True)
    seals_to = models.CharField(max_length=64)
    signs_with = models.CharField(max_length=64)
    basis = models.CharField(max_length=300)
    valid_from = models.DateField()
    valid_until = models.DateField()
    entered_by = models.CharField(max_length=40)
    entered_at = models.DateTimeField()
    confirmed_by = models.CharField(max_length=40, blank=True)
    confirmed_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=40, blank=True)
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(valid_until__gt=models.F("valid_from")), name="partner_desk_begins_before_it_ends"),
            models.CheckConstraint(
                condition=Q(confirmed_at=None) | ~Q(confirmed_by__in=["", models.F("entered_by")]), name="partner_desk_confirmed_by_another"
            ),
            models.CheckConstraint(condition=Q(ended_at=None) | ~Q(ended_by=""), name="partner_desk_is_ended_by_a_person"),
            # Which of two rows a letter is judged by must never be a question.
            models.UniqueConstraint(fields=["organisation", "seals_to"], condition=Q(ended_at=None), name="one_open_partner_desk_per_key"),
        ]

    def __str__(self) -> str:
        return self.name

    def is_in_force(self, on: date) -> bool:
        """Whether cases may go between the two desks on the day."""
        return self.confirmed_at is not None and self.ended_at is None and self.valid_from <= on < self.valid_until


class Crossing(models.Model):
    """One case offered by one desk to another. `offer` is the id that both know it by; `side` says which of the two this desk is.

    `document` is what was offered to us, sealed, until somebody accepts it or the offer ends; `outline` is what may be seen of it before, in
    codes and names of organisations. `why` is what a refusal or a return said. `left_open`: the case went on here after all.
    `outcome` is what came of the case at the other desk, as the code that it told us, and when it was closed there.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    offer = models.UUIDField()
    side = models.CharField(max_length=3, choices=[(one.value, one.value) for one in Side])
    partner = models.ForeignKey(PartnerDesk, on_delete=models.PROTECT, related_name="crossings")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="crossings")
    request = models.OneToOneField(Request, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=[(one.value, one.value) for one in CrossingState], default=CrossingState.OFFERED)
    document = models.ForeignKey(SealedItem, on_delete=models.PROTECT, null=True, related_name="+")
    outline = models.JSONField(default=dict)
    theirs = models.CharField(max_length=40, blank=True)
    why = models.ForeignKey(SealedItem, on_delete=models.PROTECT, null=True, related_name="+")
    left_open = models.BooleanField(default=False)
    outcome = models.CharField(max_length=40, blank=True)
    outcome_at = models.DateTimeField(null=True)
    offered_at = models.DateTimeField()
    answer_by = models.DateTimeField()
    decided_by = models.CharField(max_length=40, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["side", "partner", "offer"], name="one_crossing_per_offer"),
            models.UniqueConstraint(fields=["case"], condition=Q(side="out", state="offered"), name="one_open_crossing_per_case"),
            models.CheckConstraint(condition=Q(side="in") | Q(case__isnull=False, request__isnull=False), name="crossing_is_let_go_by_two"),
            models.CheckConstraint(
                condition=~Q(state__in=["accepted", "returning", "returned"]) | Q(case__isnull=False), name="accepted_crossing_has_its_case"
            ),
        ]

    @property
    def outcome_words(self) -> str:
        """What came of it there; empty as long as they have not said."""
        return said(self.outcome) if self.outcome else ""

    @property
    def words(self) -> str:
        """Where it stands, in a few words."""
        return CROSSING_WORDS[Side(self.side)][CrossingState(self.state)]


class CrossingLetter(BeltRow):
    """One letter that went or came. `sealed` is one of ours, closed to the partner's key, until it has arrived; `digest` is its SHA-256.

    `trouble` is the code of the last failure. A letter that came keeps only its id and digest, so that it counts once.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    crossing = models.ForeignKey(Crossing, on_delete=models.PROTECT, related_name="letters")
    side = models.CharField(max_length=3, choices=[(one.value, one.value) for one in Side])
    document = models.UUIDField()
    paper = models.CharField(max_length=10, choices=[(one.value, one.value) for one in Paper])
    sealed = models.BinaryField(default=b"")
    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering: ClassVar = ["made_at", "id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["side", "crossing", "document"], name="one_letter_per_document")]
        indexes: ClassVar = [models.Index(fields=["done_at", "is_dead", "next_try_at"], name="crossing_letters_due")]

    @staticmethod
    def ripe(now: datetime) -> Q:
        """Narrows rows to those whose time has come."""
        return ripe_since("made_at", now)
