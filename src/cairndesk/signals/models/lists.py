"""Lists under agreement, what is on them, and what met them. Hashes of files that were handed over, and glossaries, are sealed.

List entries stand in clear by design: they are other people's lists, and matching needs all of them in memory.
Folder rights and disk encryption protect them (see the manual's honest limits).
"""

from typing import ClassVar

from django.db import models

from cairndesk.accounts.models import Organisation
from cairndesk.custody.models import SealedItem, SealedObject
from cairndesk.lib.ids import new_id
from cairndesk.signals import rules
from cairndesk.signals.engine.answer import State, Why
from cairndesk.signals.engine.glossary import Form
from cairndesk.signals.engine.identifiers import Kind
from cairndesk.signals.engine.lists import Format
from cairndesk.signals.engine.near.reach import MAX_DISTANCE
from cairndesk.signals.rules import Door


def _choices(*codes: str) -> list[tuple[str, str]]:
    return [(code, code) for code in codes]


def _off_says_why(name: str) -> models.CheckConstraint:
    """What is off says because of what, and what is on says nothing."""
    return models.CheckConstraint(condition=models.Q(is_on=False, off_because__gt="") | models.Q(is_on=True, off_because=""), name=name)


class HashList(models.Model):
    """One list of one owner: who gave it, under which terms, until when, and what a match on it may lead to.

    `version` is the number of the version that counts now; entries of a version above it are still being written.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    owner = models.CharField(max_length=120)
    agreement = models.CharField(max_length=200)
    terms = models.TextField()
    provenance = models.TextField()
    received_on = models.DateField()
    expires_on = models.DateField()
    distance = models.PositiveSmallIntegerField()
    may_lead_to = models.CharField(max_length=12, choices=_choices(*rules.MayLeadTo))
    seen_by = models.CharField(max_length=12, choices=_choices(*rules.SeenBy), default=rules.SeenBy.STAFF)
    may_share = models.BooleanField(default=False)
    batch_within = models.PositiveSmallIntegerField(default=0)
    batch_source = models.TextField(blank=True, default="")
    is_on = models.BooleanField(default=True)
    off_because = models.CharField(max_length=12, blank=True, choices=_choices("expired", "person"))
    is_own = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=0)
    flood_share = models.PositiveSmallIntegerField(default=rules.FLOOD_SHARE)
    flood_rows = models.PositiveIntegerField(default=rules.FLOOD_ROWS)
    importing_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "name"], name="list_name_once"),
            models.UniqueConstraint(fields=["organisation"], condition=models.Q(is_own=True), name="one_own_list"),
            models.CheckConstraint(condition=models.Q(distance__lte=MAX_DISTANCE), name="list_distance_is_exact"),
            models.CheckConstraint(
                condition=models.Q(batch_within=0)
                | models.Q(batch_within__lte=models.F("distance"), may_lead_to=rules.MayLeadTo.BATCH, batch_source__gt=""),
                name="list_batches_near_with_a_source",
            ),
            _off_says_why("list_off_says_why"),
        ]


class ListVersion(models.Model):
    """One import that was completed, and the moment from which on it counted; never changed."""

    list = models.ForeignKey(HashList, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=64)
    added = models.PositiveIntegerField()
    removed = models.PositiveIntegerField()
    refused = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["list", "number"], name="version_number_once")]


class HeldChange(models.Model):
    """A version that was written and changes so much that it waits for a person; it stays after the decision."""

    list = models.ForeignKey(HashList, on_delete=models.CASCADE, related_name="held_changes")
    number = models.PositiveIntegerField()
    papers = models.JSONField()
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=64)
    added = models.PositiveIntegerField()
    removed = models.PositiveIntegerField()
    refused = models.PositiveIntegerField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=64, blank=True)
    is_accepted = models.BooleanField(null=True, blank=True)
    why = models.CharField(max_length=16, blank=True, choices=_choices(*rules.HeldBecause))

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["list"], condition=models.Q(decided_at=None), name="one_held_change_per_list"),
            models.CheckConstraint(
                condition=models.Q(decided_at=None) | (models.Q(is_accepted__isnull=False, why__gt="", decided_by__gt="")),
                name="held_change_says_why",
            ),
        ]


class ListEntry(models.Model):
    """One value on a list, from version `since` on and, where set, until `until` (which no longer has it).

    `video`: frames that came together as those of one video have the same; a frame that an earlier video brought stays that one's.
    """

    id = models.BigAutoField(primary_key=True)
    list = models.ForeignKey(HashList, on_delete=models.CASCADE, related_name="entries")
    kind = models.CharField(max_length=12, choices=_choices(*Kind))
    value = models.TextField()
    label = models.CharField(max_length=64, blank=True)
    since = models.PositiveIntegerField()
    until = models.PositiveIntegerField(null=True, blank=True)
    video = models.UUIDField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["value", "kind", "list"], condition=models.Q(until=None), name="entry_once_per_list")
        ]
        # What a version has brought is read by every process at once, whatever the length of the list.
        indexes: ClassVar = [
            models.Index(fields=["list", "since"], name="entry_by_since"),
            models.Index(fields=["list", "until"], condition=models.Q(until__isnull=False), name="entry_by_until"),
            models.Index(fields=["video"], condition=models.Q(video__isnull=False), name="entry_by_video"),
        ]

    @property
    def kind_words(self) -> str:
        """What it is, in words for people."""
        return rules.KIND_WORDS[Kind(self.kind)]


class ListSource(models.Model):
    """Where a list is fetched from and how often, how far that has come, and what went wrong last.

    `credentials` is the name of a file, never what is in it. `checkpoint` is the source's own word for how far it was read, None before the
    first page. `turn` counts readings from the beginning: what a reading does not bring again is gone from the source. `refused` counts records
    that could not be read since then; `unmatched` says how many values of which kind nothing here can match.
    """

    list = models.OneToOneField(HashList, on_delete=models.CASCADE, related_name="source")
    kind = models.CharField(max_length=16, choices=_choices(*rules.SourceKind))
    address = models.CharField(max_length=500)
    collection = models.CharField(max_length=40, blank=True)
    credentials = models.CharField(max_length=40, blank=True)
    every_hours = models.PositiveSmallIntegerField()
    form = models.CharField(max_length=8, blank=True, choices=_choices(*Format))
    columns = models.CharField(max_length=500, blank=True)
    checkpoint = models.JSONField(null=True, blank=True)
    turn = models.PositiveIntegerField(default=1)
    refused = models.PositiveIntegerField(default=0)
    unmatched = models.JSONField(default=dict)
    worker = models.CharField(max_length=40, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True, blank=True)
    fetched_at = models.DateTimeField(null=True, blank=True)
    trouble = models.CharField(max_length=40, blank=True)
    trouble_says = models.CharField(max_length=300, blank=True)


class SourceValue(models.Model):
    """One value of one record of a source, as it was fetched. Several records may list the same value; it goes with the last of them.

    `key` is the source's own name of the record. `kind` may be one that nothing here can match; then `value` is empty, and it is only counted.
    """

    id = models.BigAutoField(primary_key=True)
    source = models.ForeignKey(ListSource, on_delete=models.CASCADE, related_name="values")
    key = models.CharField(max_length=80)
    kind = models.CharField(max_length=24)
    value = models.TextField(blank=True)
    label = models.CharField(max_length=64, blank=True)
    turn = models.PositiveIntegerField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["source", "key"], name="source_value_by_key"),
            models.Index(fields=["value", "kind", "source"], name="source_value_by_value"),
        ]


class Match(models.Model):
    """An item of a case that met an entry. It is advice until a person decides, and is kept when the list changes.

    `case` and `item` are ids of the room beside this one, which this room cannot know as tables. Of a video: `frames` of its `frames_of`
    different frames meet what the entry is a frame of, or the entry.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    case = models.UUIDField(db_index=True)
    item = models.UUIDField(db_index=True)
    entry = models.ForeignKey(ListEntry, on_delete=models.PROTECT, related_name="matches")
    version = models.PositiveIntegerField()
    kind = models.CharField(max_length=8, choices=_choices(*rules.MatchKind))
    distance = models.PositiveSmallIntegerField()
    quality = models.PositiveSmallIntegerField(null=True, blank=True)
    form = models.CharField(max_length=16)
    frames = models.PositiveIntegerField(null=True, blank=True)
    frames_of = models.PositiveIntegerField(null=True, blank=True)
    asked = models.BinaryField(max_length=32, default=b"")
    found_at = models.DateTimeField()
    standing = models.CharField(max_length=12, choices=_choices(*rules.Standing), default=rules.Standing.LEAD)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["item", "entry"], name="match_once_per_item_and_entry")]

    @property
    def is_met_no_more(self) -> bool:
        """Whether a person has marked it as a false match of the very thing that was asked about."""
        return any(one.ended_at is None for one in self.suppressions.all())


class MediaSighting(models.Model):
    """A file that was handed over: its hashes, sealed, and how they were made; `original` only where the desk keeps files sealed.

    `provenance` is what the file says of how it was made, in values of a closed list (`engine/provenance.py`): a hint.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    case = models.UUIDField(null=True, blank=True, db_index=True)
    state = models.CharField(max_length=12, choices=_choices(*State))
    why = models.CharField(max_length=16, choices=_choices(*Why))
    file_format = models.CharField(max_length=8)
    decoding_path = models.PositiveSmallIntegerField()
    orientation = models.PositiveSmallIntegerField()
    rules = models.CharField(max_length=40)
    quality = models.PositiveSmallIntegerField()
    walls = models.PositiveSmallIntegerField()
    hashes = models.ForeignKey(SealedItem, on_delete=models.PROTECT, related_name="+")
    digest = models.BinaryField(max_length=32)
    provenance = models.JSONField(default=dict)
    original = models.ForeignKey(SealedObject, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    door = models.CharField(max_length=8, choices=_choices(*Door), blank=True)
    seen_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["organisation", "digest"], name="sighting_by_digest")]


class SeenBatch(models.Model):
    """What was seen of one or many cases, sealed together, so that a look-back opens few things (`engine/seen.py`)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    size = models.PositiveIntegerField(default=0)
    sealed = models.ForeignKey(SealedItem, on_delete=models.PROTECT, related_name="+")


class Seen(models.Model):
    """That what was seen of a case stands in a batch; of several rows the newest has all of it, and `digest` says whether that is so still.

    A case about nothing that a list could have has no batch. `is_compared`: its pictures were compared with those of all other cases.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    case = models.UUIDField(db_index=True)
    batch = models.ForeignKey(SeenBatch, on_delete=models.CASCADE, null=True, related_name="seen")
    digest = models.BinaryField(max_length=32)
    is_compared = models.BooleanField(default=False)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["organisation"], condition=models.Q(is_compared=False), name="seen_to_compare")]


class LookBack(models.Model):
    """How far a list has been matched against what came before: up to version `done`, and in version `doing` up to entry `upto`.

    `busy_until`: somebody is at it. A list without a row has not been looked back at all.
    """

    list = models.OneToOneField(HashList, on_delete=models.CASCADE, primary_key=True, related_name="look_back")
    done = models.PositiveIntegerField(default=0)
    doing = models.PositiveIntegerField(default=0)
    upto = models.BigIntegerField(default=0)
    busy_until = models.DateTimeField(null=True, blank=True)


class MetLater(models.Model):
    """A case that something new on a list meets: triage is to look again. Gone when it has looked."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    case = models.UUIDField()
    list = models.ForeignKey(HashList, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "list"], name="met_later_once")]


class Glossary(models.Model):
    """A restricted table of terms: who gave it, under which terms of use, until when. `version` is the number that counts now."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    owner = models.CharField(max_length=120)
    agreement = models.CharField(max_length=200)
    terms = models.TextField()
    provenance = models.TextField()
    received_on = models.DateField()
    expires_on = models.DateField()
    may_share = models.BooleanField(default=False)
    is_on = models.BooleanField(default=True)
    off_because = models.CharField(max_length=12, blank=True, choices=_choices("expired", "person"))
    version = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "name"], name="glossary_name_once"),
            _off_says_why("glossary_off_says_why"),
        ]


class GlossaryVersion(models.Model):
    """One import of a glossary; never changed. The table is sealed; in clear stands only how many terms are due for review on which day."""

    glossary = models.ForeignKey(Glossary, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=64)
    entries = models.PositiveIntegerField()
    refused = models.PositiveIntegerField()
    reviews = models.JSONField(default=dict)
    table = models.ForeignKey(SealedItem, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["glossary", "number"], name="glossary_version_once")]


class TermMatch(models.Model):
    """Where something that was told in a case met a term: which place of which text, which term; never the words.

    `source` is the id of the report or the item, `field` the name of the answer. It is a hint, not a finding.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    case = models.UUIDField(db_index=True)
    source = models.UUIDField()
    field = models.CharField(max_length=40)
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    version = models.ForeignKey(GlossaryVersion, on_delete=models.PROTECT, related_name="matches")
    term = models.PositiveIntegerField()
    form = models.CharField(max_length=12, choices=_choices(*Form))
    found_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "field", "start", "end", "version", "term"], name="term_match_once_per_place")
        ]
