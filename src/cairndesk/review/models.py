"""What people saw in a case: classifications and second looks. Rows are added, never changed (migration 0002)."""

from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from cairndesk.accounts.models import Organisation, Person
from cairndesk.cases import taxonomy
from cairndesk.cases.models import Case
from cairndesk.custody.models import SealedItem
from cairndesk.directory.models import FIRST_OWN, OwnText
from cairndesk.lib.ids import new_id
from cairndesk.review.rules import calibration, looking
from cairndesk.review.rules.exposure import HEAVIEST, Entry, Kind
from cairndesk.review.rules.features import Look
from cairndesk.review.rules.mapping import read_grade
from cairndesk.review.rules.stacks import Follows, Out


class Seen(models.Model):
    """What one person saw, in codes of one version of the taxonomy; the words stay sealed."""

    features = models.JSONField(default=dict)
    harms = models.JSONField(default=list)
    taxonomy = models.CharField(max_length=20)
    severity = models.CharField(max_length=20)
    is_uncertain = models.BooleanField(default=False)
    grades = models.JSONField(default=list)
    note = models.ForeignKey(SealedItem, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    actor = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        abstract = True

    @property
    def look(self) -> Look:
        """The codes as rules read them."""
        grades = tuple(map(read_grade, self.grades))
        return Look(features=self.features, harms=tuple(self.harms), severity=self.severity, is_uncertain=self.is_uncertain, grades=grades)

    @staticmethod
    def columns(look: Look, *, note: SealedItem | None, actor: str, at: datetime) -> dict[str, Any]:
        """What `look` is in these columns, as the person `actor` saw it."""
        return {
            "features": dict(look.features),
            "harms": list(look.harms),
            "taxonomy": taxonomy.in_force(at.date()),
            "severity": look.severity,
            "is_uncertain": look.is_uncertain,
            "grades": [grade.as_row() for grade in look.grades],
            "note": note,
            "actor": actor,
            "at": at,
        }


class Standing(models.Manager["Classification"]):
    """Only what was not taken back: whoever reads what a case is sees nothing else."""

    def get_queryset(self) -> models.QuerySet["Classification"]:
        return super().get_queryset().filter(take_back__taken_back_at=None)


class Classification(Seen):
    """One version of a case's features and the verdicts derived from them. `asks` says why another person must look.

    `settles` is the second look whose disagreement this version decides, `settles_coding` the blind coding. `taken_from`: it was taken over from
    another case that is like this one.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="classifications")
    version = models.PositiveSmallIntegerField()
    scheme = models.CharField(max_length=40)
    scheme_version = models.CharField(max_length=20)
    verdicts = models.JSONField(default=list)
    asks = models.JSONField(default=list)
    settles = models.OneToOneField("SecondLook", on_delete=models.PROTECT, null=True, blank=True, related_name="settled")
    taken_from = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    settles_coding = models.OneToOneField("BlindCoding", on_delete=models.PROTECT, null=True, blank=True, related_name="settled")

    objects: ClassVar[Standing] = Standing()
    everything: ClassVar[models.Manager["Classification"]] = models.Manager()

    class Meta:
        ordering: ClassVar = ["version"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "version"], name="classification_version_once"),
            models.CheckConstraint(condition=~Q(actor=""), name="classification_is_made_by_a_person"),
        ]


class TakeBack(models.Model):
    """That a classification can be taken back at once, or was. `stood` says in codes what it wrote over in the records of its case.

    Once the time for it is over the row goes; that of one that was taken back stays, without `stood`.
    """

    classification = models.OneToOneField(Classification, on_delete=models.PROTECT, related_name="take_back")
    stood = models.JSONField(default=dict)
    until = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["until"], condition=Q(taken_back_at=None), name="take_backs_over")]


class SecondLook(Seen):
    """What another person saw. `first` repeats who classified, so that the database itself refuses the same person."""

    classification = models.OneToOneField(Classification, on_delete=models.PROTECT, related_name="second_look")
    first = models.CharField(max_length=40)
    # Empty where it was given before these were recorded.
    scheme = models.CharField(max_length=40, default="", blank=True)
    scheme_version = models.CharField(max_length=20, default="", blank=True)
    agrees = models.BooleanField()
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(actor=F("first")) & ~Q(actor=""), name="second_look_by_another_person"),
        ]


class BlindCoding(Seen):
    """What a second person coded without knowing the first coding. `first` repeats who classified, so that the database refuses the same person.

    `differs` names the fields in which the two say different things.
    """

    classification = models.OneToOneField(Classification, on_delete=models.PROTECT, related_name="blind")
    first = models.CharField(max_length=40)
    scheme = models.CharField(max_length=40)
    scheme_version = models.CharField(max_length=20)
    differs = models.JSONField(default=list)

    class Meta:
        ordering: ClassVar = ["-at"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(actor=F("first")) & ~Q(actor=""), name="blind_coding_by_another_person"),
        ]


class SentForm(models.Model):
    """A form for a fact that was recorded, by the number it was sent under: the same form counts once, whoever sends it again.

    `digest` is a keyed digest of the answers, which tells a repetition from a form that was changed; it is forgotten after a day.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    digest = models.BinaryField(max_length=32)
    at = models.DateTimeField()


class StackDecision(models.Model):
    """What a person decided for the cases that wait under `lead`: to take over how it is classified (`taken`), or to link them with it (`kind`).

    Nothing happens before `due_at`; until then whoever decided can take it back. `proof` is by what they were signed in.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    lead = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="stack_decisions")
    taken = models.ForeignKey(Classification, on_delete=models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=48, blank=True)
    actor = models.CharField(max_length=40)
    proof = models.CharField(max_length=12)
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["made_at", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(taken=None) ^ Q(kind=""), name="stack_decision_takes_over_or_links"),
            models.CheckConstraint(condition=~Q(actor=""), name="stack_decision_is_made_by_a_person"),
        ]
        indexes: ClassVar = [models.Index(fields=["due_at"], condition=Q(done_at=None, withdrawn_at=None), name="stack_decisions_to_do")]


class StackMember(models.Model):
    """One case of a stack that was decided: why it stood there, what was known then (`seen`, a digest), and whether it followed the decision.

    `why` is a code of `rules.stacks.Out` for a case that stayed.
    """

    decision = models.ForeignKey(StackDecision, on_delete=models.CASCADE, related_name="members")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="stack_memberships")
    because = models.JSONField(default=list)
    seen = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=[(one.value, one.value) for one in Follows])
    why = models.CharField(max_length=12, blank=True, choices=[(one.value, one.value) for one in Out])
    at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["decision", "case"], name="stack_member_once"),
            # Two decisions at once about one case could not both be what somebody meant.
            models.UniqueConstraint(fields=["case"], condition=Q(state=Follows.WAITS), name="stack_member_waits_once"),
            models.CheckConstraint(condition=Q(state=Follows.STAYED) ^ Q(why=""), name="stack_member_that_stayed_says_why"),
        ]
        indexes: ClassVar = [models.Index(fields=["decision", "state"], name="stack_members_to_do")]


class Exposure(models.Model):
    """A line of somebody's own ledger: what kind of thing was before them, from when, for how many seconds, how heavy. It names no case.

    Nobody else reads it line by line; `rules.exposure.KEPT` later it is gone.
    """

    actor = models.CharField(max_length=40, db_index=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=[(kind.value, kind.value) for kind in Kind])
    at = models.DateTimeField(db_index=True)
    seconds = models.PositiveIntegerField()
    weight = models.PositiveSmallIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["at", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(actor=""), name="exposure_is_of_a_person"),
            models.CheckConstraint(condition=Q(weight__range=(1, HEAVIEST)), name="exposure_has_a_weight"),
        ]

    @property
    def entry(self) -> Entry:
        """The line as rules read it."""
        return Entry(Kind(self.kind), self.at, self.seconds, self.weight)


class Shown(models.Model):
    """How anything is shown at the most, and for how long; it counts as far as it is stricter than what stands above it."""

    side = models.PositiveSmallIntegerField()
    blur = models.PositiveSmallIntegerField()
    is_grey = models.BooleanField(default=True)
    asks_twice = models.BooleanField(default=False)
    no_video = models.BooleanField(default=False)
    no_clear = models.BooleanField(default=False)
    day = models.PositiveSmallIntegerField(default=looking.UNSAID)
    stretch = models.PositiveSmallIntegerField(default=looking.UNSAID)

    class Meta:
        abstract = True


class Comfort(Shown):
    """How somebody wants to be shown anything. Theirs alone, and they change it."""

    actor = models.CharField(max_length=40, primary_key=True)


class Bounds(Shown):
    """How an organisation shows anything to anybody since `at`; the newest counts. What counted before stays, because days are judged by it."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    actor = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(actor=""), name="bounds_are_set_by_a_person")]


class CalibrationText(OwnText):
    """The invented cases that an organisation wrote; the newest counts."""

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "number"], name="calibration_text_once"),
            models.CheckConstraint(condition=Q(number__gt=FIRST_OWN - 1), name="calibration_text_is_not_the_shipped_one"),
        ]


class Training(models.Model):
    """One time that somebody goes through the invented cases of one version; it points at no case, and nothing of a case points here.

    `read` holds the codes of the orientation that were ticked. It ends when another person signs it off through `until`, sends it back, or a
    new one begins. `holder` repeats the person's pseudonym, so that the database refuses a sign-off by themselves.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="trainings")
    holder = models.CharField(max_length=40)
    version = models.PositiveSmallIntegerField()
    read = models.JSONField(default=list)
    begun_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.CharField(max_length=40, blank=True)
    until = models.DateField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["begun_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person"], condition=Q(ended_at=None), name="one_training_at_a_time"),
            models.CheckConstraint(condition=~Q(signed_by=F("holder")), name="training_is_signed_off_by_another"),
            models.CheckConstraint(
                condition=Q(signed_by="", until=None) | Q(asked_at__isnull=False, ended_at__isnull=False, until__isnull=False),
                name="training_is_signed_off_when_asked",
            ),
        ]


class TrainingAnswer(models.Model):
    """How somebody judged one invented case, by its code in the set, before they were shown the agreed answer."""

    training = models.ForeignKey(Training, on_delete=models.CASCADE, related_name="answers")
    case = models.CharField(max_length=20)
    level = models.PositiveSmallIntegerField()
    harm = models.CharField(max_length=48)
    first = models.CharField(max_length=20, choices=[(code, code) for code in calibration.FIRST])
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["training", "case"], name="invented_case_answered_once"),
            models.CheckConstraint(condition=Q(level__range=(1, 5)), name="trained_level_one_to_five"),
        ]

    @property
    def answer(self) -> calibration.Answer:
        """The answer as rules read it."""
        return calibration.Answer(self.level, self.harm, self.first)
