"""How urgent the desk found a case and why, what a person decided instead, and what one shift leaves to the next."""

from typing import ClassVar

from django.db import models

from cairndesk.accounts.models import Organisation
from cairndesk.cases.models import Case
from cairndesk.custody.models import SealedItem
from cairndesk.directory.models import FIRST_OWN, OwnText
from cairndesk.signals.models import HashList
from cairndesk.triage.rules.novelty import Novelty
from cairndesk.triage.rules.overriding import Why
from cairndesk.triage.rules.retelling import Worded
from cairndesk.triage.rules.viral import WORDS as VIRAL
from cairndesk.triage.rules.viral import Viral
from cairndesk.triage.rules.waking import WORDS, Because
from cairndesk.triage.rules.work import Work

_LEVEL = models.Q(level__range=(1, 5))


class Assessment(models.Model):
    """What the rules said at one time. `reasons` and `missing` hold codes; `version` names the table of rules.

    `novelty` is a third score beside `level` and `completeness`, and never mixed into them: whether what it is about was met before.
    `novelty_why` says why, each reason with how many of how many things it is about.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="assessments")
    level = models.PositiveSmallIntegerField()
    is_emergency = models.BooleanField()
    reasons = models.JSONField(default=list)
    completeness = models.PositiveSmallIntegerField()
    missing = models.JSONField(default=list)
    novelty = models.CharField(max_length=8, choices=[(one.value, one.value) for one in Novelty], default=Novelty.OPEN)
    novelty_why = models.JSONField(default=list)
    due_at = models.DateTimeField()
    version = models.PositiveSmallIntegerField()
    actor = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [models.CheckConstraint(condition=_LEVEL, name="assessed_level_one_to_five")]


class Assessed(models.Model):
    """An account that an assessment has read; one that is not here makes the belt assess its case again."""

    told = models.OneToOneField(SealedItem, on_delete=models.CASCADE, primary_key=True, related_name="+")


class Woken(models.Model):
    """What a finished case is about may have shown up again, and whoever told asked to hear of it: a person looks, and says so or not.

    `other` is the case that holds it as well, where that is what woke it; that case and this one are told nothing of each other.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="woken")
    other = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    because = models.CharField(max_length=8, choices=[(one.value, one.value) for one in Because])
    at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.CharField(max_length=40, blank=True)
    is_back = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["pk"]
        indexes: ClassVar = [models.Index(fields=["case", "at"], condition=models.Q(settled_at=None), name="woken_to_settle")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "other"], name="woken_once_by_a_case"),
            models.CheckConstraint(condition=models.Q(settled_at=None) | ~models.Q(settled_by=""), name="woken_is_settled_by_a_person"),
        ]

    @property
    def words(self) -> str:
        """What woke it."""
        return WORDS[Because(self.because)]


class Stacked(models.Model):
    """`case` came later than `lead` and is like it: what is decided about the one may hold for the other. A person decides that.

    `because` holds codes: the kinds of identifiers that both hold, `picture`, `retold`, `listed`; `distance` is that of the nearest picture, in
    bits of 256.
    A case that leads others is under none, so that every member is like the leading case itself. Worked out anew with every assessment.
    """

    case = models.OneToOneField(Case, on_delete=models.CASCADE, primary_key=True, related_name="stacked")
    lead = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="stack")
    because = models.JSONField(default=list)
    distance = models.PositiveSmallIntegerField(null=True, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["at", "pk"]
        constraints: ClassVar = [models.CheckConstraint(condition=~models.Q(case=models.F("lead")), name="stacked_under_another")]


class ListLead(models.Model):
    """`lead` is the case under which everything waits that a list calls by the same label and that holds nothing else (`queries/listed.py`)."""

    list = models.ForeignKey(HashList, on_delete=models.CASCADE, related_name="+")
    label = models.CharField(max_length=64)
    lead = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["list", "label"], name="one_lead_per_list_and_label")]


class Wording(models.Model):
    """How the account of `case` is worded, in keyed digests (`rules/retelling.py`): what is told in nearly the same words shares some of them.

    `bands` are those digests side by side; where `stands`, each is a `WordingMark` as well, by which later cases find this one. `whole` is
    equal only where two accounts are the same, word for word.
    """

    case = models.OneToOneField(Case, on_delete=models.CASCADE, primary_key=True, related_name="wording")
    bands = models.BinaryField(max_length=160)
    length = models.PositiveIntegerField()
    whole = models.BinaryField(max_length=16, default=b"")
    stands = models.BooleanField(default=False)

    @property
    def worded(self) -> Worded:
        """What is kept here, to be compared."""
        return Worded(bytes(self.bands), self.length, bytes(self.whole))


class WordingMark(models.Model):
    """One digest of the wording of a case that stands under no other: of ten thousand alike cases only the leading one is looked up."""

    wording = models.ForeignKey(Wording, on_delete=models.CASCADE, related_name="marks")
    digest = models.BinaryField(max_length=8)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["digest"], name="wording_by_digest")]


class KnownViral(models.Model):
    """A person says that the material of `case` is known to be shared widely. What stands under it because of that material carries it too.

    `said_of` is the case that they had before them: where that one goes, the flag goes (None for flags from before this was kept).
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="viral")
    said_of = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="+")
    because = models.CharField(max_length=16, choices=[(one.value, one.value) for one in Viral])
    actor = models.CharField(max_length=40)
    at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True, blank=True)
    taken_back_by = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case"], condition=models.Q(taken_back_at=None), name="viral_once"),
            models.CheckConstraint(condition=models.Q(taken_back_at=None) ^ ~models.Q(taken_back_by=""), name="viral_is_taken_back_by_a_person"),
        ]

    @property
    def words(self) -> str:
        """Why, to go on after "because"."""
        return VIRAL[Viral(self.because)]


class Given(models.Model):
    """For whom a waiting case is kept until `until`; it opens nothing to them, and they take it like any other or let it be."""

    case = models.OneToOneField(Case, on_delete=models.CASCADE, primary_key=True, related_name="given")
    to = models.CharField(max_length=40)
    until = models.DateTimeField()
    actor = models.CharField(max_length=40)
    at = models.DateTimeField()


class LeftOut(models.Model):
    """A kind of work that somebody is not handed, until they say otherwise. Theirs alone: no page, no list and no log shows it to others."""

    actor = models.CharField(max_length=40)
    kind = models.CharField(max_length=12, choices=[(kind.value, kind.value) for kind in Work])

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["actor", "kind"], name="left_out_once")]


class PutBack(models.Model):
    """A case that somebody put back and is not handed again before `until`; it is counted nowhere, and gone after that."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    actor = models.CharField(max_length=40)
    until = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "actor"], name="put_back_once")]


class Override(models.Model):
    """A person set the priority. `seen` is the level that the rules said then; the reason's words are sealed."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="overrides")
    level = models.PositiveSmallIntegerField()
    seen = models.PositiveSmallIntegerField()
    why = models.CharField(max_length=20, choices=[(why.value, why.value) for why in Why])
    words = models.ForeignKey(SealedItem, on_delete=models.PROTECT, related_name="+")
    actor = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [models.CheckConstraint(condition=_LEVEL, name="set_level_one_to_five")]


class ShiftNote(models.Model):
    """What somebody left for whoever comes on duty next; erased after `rules.shift.KEPT`."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    words = models.ForeignKey(SealedItem, on_delete=models.PROTECT, related_name="+")
    actor = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["pk"]


class ShiftNoteRead(models.Model):
    """That somebody read the note, so that its writer can leave."""

    note = models.ForeignKey(ShiftNote, on_delete=models.CASCADE, related_name="reads")
    actor = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["note", "actor"], name="shift_note_read_once")]


class RuleSet(OwnText):
    """The priority rules that an organisation wrote for itself."""

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "number"], name="rule_set_once"),
            models.CheckConstraint(condition=models.Q(number__gt=FIRST_OWN - 1), name="rule_set_is_not_the_shipped_one"),
        ]


class RuleSwitch(models.Model):
    """From `at` on the organisation goes by the rules of this number: its own, or those that came with the desk."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    rules = models.ForeignKey(RuleSet, on_delete=models.PROTECT, null=True, related_name="+")
    actor = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["pk"]
