"""What one shift leaves to the next: its notes, and what happened since the last one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from cairndesk.accounts.rules import Actor
from cairndesk.cases.models import Case
from cairndesk.cases.rules.stages import Stage
from cairndesk.triage.models import ShiftNote
from cairndesk.triage.queries.queues import names_of
from cairndesk.triage.rules.queues import WAITING
from cairndesk.triage.rules.shift import KEPT, LOOKS_BACK


@dataclass(frozen=True)
class Note:
    """A note as the page lists it: by whom, when, who has read it, and whether the reader has or wrote it."""

    key: int
    writer: str
    at: datetime
    readers: Sequence[str]
    is_read: bool


@dataclass(frozen=True)
class Since:
    """What happened at the organisation since `at`, in cases."""

    at: datetime
    came: int
    burning: int
    waiting: int
    closed: int
    late: int


def shift_notes(*, by: Actor, now: datetime) -> list[Note]:
    """The notes that are still kept, the newest first; three queries."""
    held = ShiftNote.objects.filter(organisation=by.home, words__erased_at=None, at__gt=now - KEPT).order_by("-pk").prefetch_related("reads")
    found = list(held)
    names = names_of([*(note.actor for note in found), *(read.actor for note in found for read in note.reads.all())])
    return [_note(note, names, by) for note in found]


def since_last(*, by: Actor, now: datetime) -> Since:
    """What happened since the newest note, or since a shift ago; two queries."""
    last = ShiftNote.objects.filter(organisation=by.home).order_by("-pk").values_list("at", flat=True).first()
    since = last or now - LOOKS_BACK
    counted = {
        "came": Q(opened_at__gte=since),
        "burning": Q(is_emergency=True, stage__in=WAITING),
        "waiting": Q(stage__in=WAITING),
        "closed": Q(stage=Stage.CLOSED, closed_at__gte=since),
        "late": ~Q(stage=Stage.CLOSED) & Q(next_action_at__lt=now),
    }
    open_or_fresh = Case.objects.filter(~Q(stage=Stage.CLOSED) | Q(opened_at__gte=since) | Q(closed_at__gte=since), organisation=by.home)
    return Since(since, **open_or_fresh.aggregate(**{name: Count("pk", filter=wanted) for name, wanted in counted.items()}))


def _note(note: ShiftNote, names: dict[str, str], by: Actor) -> Note:
    readers = [read.actor for read in note.reads.all()]
    is_read = by.pseudonym in {note.actor, *readers}
    return Note(note.pk, names.get(note.actor, ""), note.at, [names.get(one, "") for one in readers], is_read)
