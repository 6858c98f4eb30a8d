"""What one shift leaves to the next: its notes, and what happened since the last one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from cairndesk.accounts.rules import Actor
from cairndesk.cases.models import Case
from cairndesk.cases.queries import hidden_from
from cairndesk.cases.rules.stages import Stage
from cairndesk.triage.models import ShiftNote
from cairndesk.triage.queries.queues import belongs, names_of
from cairndesk.triage.rules.queues import BY_KEY
from cairndesk.triage.rules.shift import KEPT, LOOKS_BACK


@dataclass(frozen=True)
class Note:
    """A note as a page lists it: by whom, when, and who has read it."""

    key: int
    writer: str
    at: datetime
    readers: Sequence[str]


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
    return _listed(_kept(by, now))


def unread_shift_notes(*, by: Actor, now: datetime) -> list[Note]:
    """Those of others that `by` has not read; one query where there is none."""
    return _listed(_kept(by, now).exclude(actor=by.pseudonym).exclude(reads__actor=by.pseudonym))


def since_last(*, by: Actor, now: datetime) -> Since:
    """What happened since the newest note, or since a shift ago; two queries."""
    last = ShiftNote.objects.filter(organisation=by.home).order_by("-pk").values_list("at", flat=True).first()
    since = last or now - LOOKS_BACK
    counted = {
        "came": Q(opened_at__gte=since),
        "burning": belongs(BY_KEY["danger"], by),
        "waiting": belongs(BY_KEY["waiting"], by),
        "closed": Q(stage=Stage.CLOSED, closed_at__gte=since),
        "late": ~Q(stage=Stage.CLOSED) & Q(next_action_at__lt=now),
    }
    open_or_fresh = Case.objects.filter(~Q(stage=Stage.CLOSED) | Q(opened_at__gte=since) | Q(closed_at__gte=since), organisation=by.home)
    return Since(since, **open_or_fresh.exclude(hidden_from(by)).aggregate(**{name: Count("pk", filter=wanted) for name, wanted in counted.items()}))


def _kept(by: Actor, now: datetime) -> QuerySet[ShiftNote]:
    return ShiftNote.objects.filter(organisation=by.home, words__erased_at=None, at__gt=now - KEPT).order_by("-pk")


def _listed(notes: QuerySet[ShiftNote]) -> list[Note]:
    found = [(note, [read.actor for read in note.reads.all()]) for note in notes.prefetch_related("reads")]
    names = names_of(actor for note, readers in found for actor in (note.actor, *readers))
    return [Note(note.pk, names.get(note.actor, ""), note.at, [names.get(one, "") for one in readers]) for note, readers in found]
