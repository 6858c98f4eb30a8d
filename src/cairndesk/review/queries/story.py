"""What came in and what became of it: the time line of a case, its items and the files that were handed over for it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from uuid import UUID

from cairndesk.accounts.models import Request
from cairndesk.accounts.rules import Kind
from cairndesk.cases.models import Case, Item
from cairndesk.cases.queries import items
from cairndesk.custody.models import SealedObject
from cairndesk.custody.queries import entries_about
from cairndesk.review.rules.media import fate, says_of_itself, size_class
from cairndesk.review.rules.story import DONE, OF_IDENTIFICATION, QUIET, words_for
from cairndesk.signals.engine.answer import Format
from cairndesk.signals.models import AnalyserHint, MediaSighting
from cairndesk.signals.queries import said_of, sightings_of
from cairndesk.signals.rules import Door
from cairndesk.triage.queries import names_of

# More lines of the same than these are told as one.
_FEW = 5
_DOORS: dict[str, str] = {
    Door.STAFF: "handed over by staff",
    Door.MACHINE: "sent by a platform or partner with its report",
    Door.PHONE: "never here, hashed on the phone of whoever told",
}


@dataclass(frozen=True)
class Moment:
    """One line of the time line."""

    at: datetime
    words: str
    who: str
    is_done: bool


@dataclass(frozen=True)
class File:
    """A file that was handed over, as the page of its case tells it: nothing of it is opened, and no door shows it."""

    fate: str
    type: str
    size: str
    at: datetime
    door: str
    destroyed_at: datetime | None
    original: UUID | None
    is_asked: bool
    hints: list[AnalyserHint]
    says: list[str]


def story(case: Case, seen: Sequence[MediaSighting] | None = None, *, at_home: bool = True) -> list[Moment]:
    """What came in, was seen, decided, done and answered, oldest first, from the log. `seen`: its files, where they are at hand.

    Whoever is not `at_home` reads nothing of how identifying somebody stands.
    """
    left_out = QUIET if at_home else QUIET | OF_IDENTIFICATION
    originals = {one.original_id for one in (sightings_of(case=case.pk) if seen is None else seen) if one.original_id}
    lines = [line for line in entries_about(case.pk, *originals) if line.event not in left_out]
    names = names_of({line.actor for line in lines})
    told = [Moment(line.at, words_for(line.event, line.detail), names.get(line.actor, "the desk"), line.event in DONE) for line in lines]
    return [one for _, same in groupby(told) for one in _short(list(same))]


def _short(same: list[Moment]) -> list[Moment]:
    """What happened many times in one moment is one line: thousands of addresses may come in at once."""
    return same if len(same) <= _FEW else [replace(same[0], words=f"{same[0].words}, {len(same)} times")]


def item_of(case: Case, item_id: UUID, *, taken_back: bool = False) -> Item | None:
    """The item if it belongs to `case` and is one that analysts see; with `taken_back` also one that was recorded by mistake."""
    return items(case, taken_back=taken_back).filter(pk=item_id).first()


def files(case: Case, seen: Sequence[MediaSighting] | None = None) -> list[File]:
    """The files that were handed over for `case`, oldest first; `original` names one that can still be destroyed. `seen` as above."""
    if not (seen := sightings_of(case=case.pk) if seen is None else seen):
        return []
    asked = set(Request.objects.filter(kind=Kind.DESTROY, case=case.pk, done_at=None, closed_at=None).values_list("subject", flat=True))
    said = said_of(seen)
    return [_file(one, asked, said[one.pk]) for one in seen]


def original_of(case: Case, original: UUID) -> SealedObject | None:
    """The original if it was handed over for `case` and is or was kept."""
    return next((one.original for one in sightings_of(case=case.pk) if one.original_id == original), None)


def _file(one: MediaSighting, asked: set[UUID], hints: list[AnalyserHint]) -> File:
    held = one.original
    gone = held.destroyed_at if held else None
    return File(
        fate=fate(is_kept=held is not None, is_destroyed=gone is not None),
        type="not known" if one.file_format == Format.NONE.name else one.file_format,
        size=size_class(held.length) if held and gone is None else "",
        at=one.seen_at,
        door=_DOORS.get(one.door, "not recorded"),
        destroyed_at=gone,
        original=held.pk if held and gone is None else None,
        is_asked=bool(held and gone is None and held.pk in asked),
        hints=hints,
        says=says_of_itself(one.provenance),
    )
