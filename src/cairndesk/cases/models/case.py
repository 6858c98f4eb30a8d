"""Report and case, and every move of a case between stages."""

from typing import Any, ClassVar

from django.db import models

from cairndesk.accounts.models import Organisation
from cairndesk.cases.models.belt import BeltRow
from cairndesk.cases.models.fields import CodeOrUnknown
from cairndesk.cases.models.mandate import SearchMandate
from cairndesk.cases.rules.erasing import WORDS, Ground
from cairndesk.cases.rules.mandates import FOUND
from cairndesk.cases.rules.stages import Stage
from cairndesk.custody.models import SealedItem
from cairndesk.lib.ids import new_id


class Case(BeltRow):
    """One child's matter at one organisation: stages, clock and priority in clear, everything told sealed.

    `priority` is 1 (most urgent) to 5; `claimed_by` holds the pseudonym of the person or job that has it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=16, unique=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="cases")
    stage = models.CharField(max_length=12, choices=[(s.value, s.value) for s in Stage], default=Stage.RECEIVED)
    priority = models.PositiveSmallIntegerField(default=3)
    is_emergency = models.BooleanField(default=False)
    advice_only = models.BooleanField(default=False)
    opened_at = models.DateTimeField()
    stage_since = models.DateTimeField()
    due_at = models.DateTimeField()
    next_action_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=40, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)
    erased_because = models.CharField(max_length=20, blank=True, choices=[(g.value, g.value) for g in Ground])

    class Meta:
        constraints: ClassVar = [
            # An open case without a date of its next step is a case that somebody forgets.
            models.CheckConstraint(condition=models.Q(stage=Stage.CLOSED) | models.Q(next_action_at__isnull=False), name="open_case_has_next_action"),
            models.CheckConstraint(condition=models.Q(priority__range=(1, 5)), name="priority_one_to_five"),
        ]
        indexes: ClassVar = [
            # In the order in which a queue is read, so that its first page reads no more than it shows. Who holds a case stands at the end,
            # so that every page counts its queues from here alone.
            models.Index(fields=["organisation", "stage", "-is_emergency", "priority", "opened_at", "claimed_by"], name="case_queue"),
            # Only what is open has a next step: the closed ones, which grow for ever, are not in it.
            models.Index(fields=["organisation", "next_action_at", "stage"], condition=models.Q(next_action_at__isnull=False), name="case_due"),
            models.Index(fields=["organisation", "claimed_by"], name="case_held"),
            # No database looks for a bare yes or no in an index of many columns.
            models.Index(fields=["organisation", "stage", "priority", "opened_at"], condition=models.Q(is_emergency=True), name="case_danger"),
        ]

    def __str__(self) -> str:
        return self.number

    def follow(self, held: "Case") -> None:
        """Afterwards this says what `held` says, which was just read or written: `refresh_from_db` without a further question."""
        if held is self:
            return
        for field in self._meta.concrete_fields:
            setattr(self, field.attname, getattr(held, field.attname))
        for related in self._meta.related_objects:
            if related.is_cached(self):
                related.delete_cached_value(self)
        self._prefetched_objects_cache: dict[str, Any] = {}

    @property
    def erased_words(self) -> str:
        """Why what was told was erased, to go on after "erased"; empty where it was not."""
        return WORDS[Ground(self.erased_because)] if self.erased_because else ""


class Report(models.Model):
    """What one sender told once. `told` is the sealed record of the answers; the columns hold codes only, of one version of the taxonomy.

    `told_at` moves on when the sender adds to it; triage looks again at a case that has been told more. `earlier` are the
    accounts that a fuller one took the place of. `mandate` is there where somebody found it by searching.
    """

    class Completeness(models.TextChoices):
        DONE = "done", "sent"
        UNFINISHED = "unfinished", "left unfinished"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="reports")
    source = CodeOrUnknown("report_source")
    taxonomy = models.CharField(max_length=16)
    channel = models.CharField(max_length=12)
    path = models.CharField(max_length=16)
    language = models.CharField(max_length=12)
    state = models.CharField(max_length=12, choices=Completeness.choices, default=Completeness.DONE)
    told = models.ForeignKey(SealedItem, on_delete=models.PROTECT, related_name="+")
    earlier = models.ManyToManyField(SealedItem, related_name="+")
    received_at = models.DateTimeField()
    told_at = models.DateTimeField()
    mandate = models.ForeignKey(SearchMandate, on_delete=models.PROTECT, null=True, blank=True, related_name="reports")

    class Meta:
        constraints: ClassVar = [
            # Nobody searches without a law that lets them.
            models.CheckConstraint(condition=~models.Q(source=FOUND) | models.Q(mandate__isnull=False), name="own_find_names_its_mandate")
        ]


class StageChange(models.Model):
    """One move of a case; written with the move and its log entry in one transaction. `due_at`: by when somebody was to look at it, then."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="stage_changes")
    before = models.CharField(max_length=12, blank=True)
    after = models.CharField(max_length=12)
    actor = models.CharField(max_length=40)
    reason = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
