"""What was destroyed by the schedule, the time by our own counting, and what data subjects asked for."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from cairndesk.accounts.models import Organisation
from cairndesk.cases.models import Case, CasePerson
from cairndesk.custody.models import SealedItem
from cairndesk.custody.retention import BOUNDED, Why
from cairndesk.intake.models import Message
from cairndesk.lib.ids import new_id
from cairndesk.retention.rules import (
    AGAINST_WORDS,
    ASKED_WORDS,
    CHECKED_WORDS,
    DECISION_WORDS,
    REFUSAL_WORDS,
    TOLD_WORDS,
    WHO_WORDS,
    Against,
    Asked,
    Checked,
    Decision,
    Refusal,
    ToldBy,
    Who,
)
from cairndesk.signals.models import ListEntry


class Destruction(models.Model):
    """Records of one class of one case that the schedule ends: announced, then done or dropped. It stays, as the certificate of it.

    `things` is how many were destroyed; what they were, nobody can say any more.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="destroyed")
    record_class = models.CharField(max_length=16, choices=[(one.value, one.value) for one in BOUNDED])
    why = models.CharField(max_length=8, choices=[(one.value, one.value) for one in Why])
    schedule = models.CharField(max_length=60)
    due_at = models.DateTimeField()
    intended_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    dropped_at = models.DateTimeField(null=True, blank=True)
    things = models.PositiveIntegerField(default=0)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["case", "record_class"], name="destroyed_of_case")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "record_class"], condition=Q(done_at=None, dropped_at=None), name="one_intent_per_class"),
            models.CheckConstraint(condition=Q(done_at=None) | Q(dropped_at=None), name="done_or_dropped"),
        ]


class Timekeeping(models.Model):
    """The one row of our own counting (`rules.Count`). `doubted_at` is set while the clock of the machine says something else."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    told = models.DateTimeField()
    counted = models.FloatField()
    ticks = models.FloatField()
    doubted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(id=1), name="timekeeping_is_one_row")]


class SubjectRequest(models.Model):
    """What a person who stands in the records asked for, and what came of it. Their words and ours are sealed.

    A correction that was granted is the record of it: it stands beside what was said and takes the place of nothing. An objection is `against` a
    decision of the people in `first_by`, none of whom decides it (see `queries.kept_apart`); `corrected` counts what was undone when it was right.
    `message` is what the reporter wrote, where it came from behind the six words.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, blank=True, related_name="subject_requests")
    person = models.ForeignKey(CasePerson, on_delete=models.PROTECT, null=True, blank=True, related_name="subject_requests")
    asked = models.CharField(max_length=12, choices=[(one.value, one.value) for one in Asked])
    who = models.CharField(max_length=16, choices=[(one.value, one.value) for one in Who])
    checked = models.CharField(max_length=12, choices=[(one.value, one.value) for one in Checked], default=Checked.NOT_YET)
    words = models.ForeignKey(SealedItem, on_delete=models.PROTECT, related_name="+")
    received_on = models.DateField()
    answer_by = models.DateField()
    checked_by = models.CharField(max_length=40, blank=True)
    recorded_by = models.CharField(max_length=40)
    recorded_at = models.DateTimeField()
    decision = models.CharField(max_length=8, blank=True, choices=[(one.value, one.value) for one in Decision])
    refusals = models.JSONField(default=list)
    why = models.ForeignKey(SealedItem, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_by = models.CharField(max_length=40, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    given_at = models.DateTimeField(null=True, blank=True)
    against = models.CharField(max_length=8, blank=True, choices=[(one.value, one.value) for one in Against])
    message = models.OneToOneField(Message, on_delete=models.SET_NULL, null=True, blank=True, related_name="request")
    entry = models.ForeignKey(ListEntry, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    earlier = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="later")
    first_by = models.JSONField(default=list)
    corrected = models.JSONField(default=dict)
    told_by = models.CharField(max_length=40, blank=True)
    told_how = models.CharField(max_length=10, blank=True, choices=[(one.value, one.value) for one in ToldBy])
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["organisation", "decided_at", "answer_by"], name="requests_by_deadline")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(decided_at=None) | (~Q(decision="") & ~Q(decided_by="")), name="request_is_decided_by_a_person"),
            models.CheckConstraint(
                condition=Q(asked=Asked.OBJECTION, against__gt="") | (~Q(asked=Asked.OBJECTION) & Q(against="")),
                name="objection_is_against_something",
            ),
            models.CheckConstraint(condition=Q(told_at=None) | (Q(decided_at__isnull=False) & ~Q(told_by="")), name="told_what_was_decided"),
        ]

    @property
    def kept_apart(self) -> set[str]:
        """Who of those named here cannot decide it: one person writes it down, another decides. Who grants an erasure has a second one do it."""
        wrote = {self.recorded_by, self.checked_by} if self.asked != Asked.ERASURE else set()
        return {*self.first_by, *wrote} - {""}

    @property
    def asked_words(self) -> str:
        """What is asked for, to go on after "asks"."""
        return ASKED_WORDS[Asked(self.asked)]

    @property
    def who_words(self) -> str:
        """Who asks."""
        return WHO_WORDS[Who(self.who)]

    @property
    def against_words(self) -> str:
        """Which decision the objection is about; nothing for other requests."""
        return AGAINST_WORDS[Against(self.against)] if self.against else ""

    @property
    def told_words(self) -> str:
        """How they were told; nothing before."""
        return TOLD_WORDS[ToldBy(self.told_how)] if self.told_how else ""

    @property
    def checked_words(self) -> str:
        """How the desk knows who they are."""
        return CHECKED_WORDS[Checked(self.checked)]

    @property
    def decision_words(self) -> str:
        """What was decided, with the reasons for what was not given."""
        reasons = ", ".join(REFUSAL_WORDS[Refusal(code)] for code in self.refusals)
        return DECISION_WORDS[Decision(self.decision)] + (f": {reasons}" if reasons else "") if self.decision else ""
