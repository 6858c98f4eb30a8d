"""Take lists in, switch them on and off.

A new version is written in small batches that nobody sees yet, and published by one transaction at the end: the
database stays free for reports meanwhile, and an import that dies leaves the old version as it was.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from django.db import models, transaction

from cairndesk.accounts.rules import SYSTEM, Actor, Verb, require
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.lib.batches import AT_ONCE, batches
from cairndesk.lib.ids import new_id
from cairndesk.signals import rules
from cairndesk.signals.actions.versions import clear, fields, hold_back, is_flood, look_back_anew, publish
from cairndesk.signals.engine.identifiers import Kind
from cairndesk.signals.engine.lists import BadRow, Row
from cairndesk.signals.errors import ListHeld, ListRefused
from cairndesk.signals.models import Glossary, HashList, ListEntry, ListSource
from cairndesk.signals.rules import Papers, SwitchedBecause

_LEASE = timedelta(hours=2)
MOST_REFUSED_SHOWN = 1_000

_Key = tuple[str, str]
Governed = TypeVar("Governed", HashList, Glossary)


def _quiet(line: int) -> None:
    """Nobody is watching."""


@dataclass(slots=True)
class Imported:
    """What an import came to: counts of entries, of rows refused, and the first thousand of those with their reasons.

    `is_held`: it changes so much that it waits for a person, and the version before it goes on counting.
    """

    listed: HashList
    number: int
    added: int = 0
    removed: int = 0
    unchanged: int = 0
    refused: int = 0
    is_held: bool = False
    problems: list[BadRow] = field(default_factory=list)
    begun: float = field(default_factory=time.monotonic)


def import_list(
    *,
    organisation: UUID,
    papers: Papers,
    rows: Iterable[Row | BadRow],
    by: Actor,
    now: datetime,
    replace: bool = False,
    fetched: bool = False,
    confirmed: bool = False,
    is_asked: bool = False,
    progress: Callable[[int], object] = _quiet,
) -> Imported:
    """Afterwards the list `papers.name` has a new version with the usable rows, which counts in every process, or is held back as a flood.

    `replace`: what is not in `rows` is taken off; otherwise rows are added, and only withdrawn ones are taken off.
    `fetched`: whoever holds the lease of the list's source does it, and what an import left that died is taken over at once. A list that has a
    source is imported in no other way.
    `confirmed`: two people have confirmed what is added; nothing else comes on the desk's own list, though anybody who takes lists in may
    renew its papers and take off what is wrong.
    `is_asked`: who calls has asked whether `by` may.
    `progress` is called with the line number as the file goes by. Raises ListRefused for incomplete papers, for a
    file without a usable row, and while another import of the list runs; ListHeld while a change of it waits; then nothing has changed.
    """
    if not fetched and not is_asked:
        # Whoever set the source was asked then.
        require(by, Verb.LIST_IMPORT, organisation=organisation)
    rules.check_papers(papers, today=now.date())
    result = _begin(organisation, papers, now, fetched=fetched)
    try:
        _write(result, rows, replace=replace, progress=progress)
        _require_something(result, confirmed=confirmed)
        _finish(result, papers, by, now)
    except BaseException:
        _give_up(result)
        raise
    return result


@transaction.atomic
def switch_off(*, listed: Governed, by: Actor, now: datetime, why: SwitchedBecause | None = None) -> Governed:
    """Afterwards the list or glossary is no longer asked, in any process; its entries and matches stay."""
    require(by, Verb.LIST_IMPORT, organisation=listed.organisation_id)
    _switch(listed, because="person", event=Event.SIGNALS_LIST_SWITCHED_OFF, by=by, now=now, why=why)
    return listed


@transaction.atomic
def switch_on(*, listed: Governed, by: Actor, now: datetime, why: SwitchedBecause | None = None) -> Governed:
    """Afterwards the list or glossary is asked again. Raises ListRefused when it has expired."""
    require(by, Verb.LIST_IMPORT, organisation=listed.organisation_id)
    if listed.expires_on <= now.date():
        raise ListRefused("The list has expired; renew it first.")
    _switch(listed, because="", event=Event.SIGNALS_LIST_SWITCHED_ON, by=by, now=now, why=why)
    if isinstance(listed, HashList):
        look_back_anew(listed)
    return listed


@transaction.atomic
def renew_list(*, listed: HashList, expires_on: date, by: Actor, now: datetime) -> HashList:
    """Afterwards the list is good until `expires_on`, and one that went dark on its day is asked again. Raises ListRefused for a day that is past."""
    require(by, Verb.LIST_IMPORT, organisation=listed.organisation_id)
    if expires_on <= now.date():
        raise ListRefused("The new day has to be in the future.")
    listed = HashList.objects.select_for_update(of=("self",)).get(pk=listed.pk)
    listed.expires_on = expires_on
    listed.save(update_fields=["expires_on"])
    record(event=Event.SIGNALS_LIST_RENEWED, subject_kind="list", subject=listed.id, by=by, now=now, detail={"until": expires_on.isoformat()})
    # What a person switched off stays off.
    return switch_on(listed=listed, by=by, now=now) if listed.off_because == "expired" else listed


@transaction.atomic
def set_flood_limit(*, listed: HashList, share: int, rows: int, by: Actor, now: datetime) -> HashList:
    """Afterwards a change of more than `share` percent of the list and of more than `rows` rows waits for a person."""
    require(by, Verb.LIST_IMPORT, organisation=listed.organisation_id)
    listed.flood_share, listed.flood_rows = share, rows
    listed.save(update_fields=["flood_share", "flood_rows"])
    record(event=Event.SIGNALS_LIST_LIMITED, subject_kind="list", subject=listed.id, by=by, now=now, detail={"share": share, "rows": rows})
    return listed


@transaction.atomic
def expire_lists(*, now: datetime, by: Actor = SYSTEM) -> list[HashList | Glossary]:
    """Afterwards every list and glossary past its day is off, with an entry in the log each; returns them, so that it can be said."""
    past = models.Q(is_on=True, expires_on__lte=now.date())
    due: list[HashList | Glossary] = [*HashList.objects.select_for_update().filter(past), *Glossary.objects.select_for_update().filter(past)]
    for listed in due:
        _switch(listed, because="expired", event=Event.SIGNALS_LIST_EXPIRED, by=by, now=now)
    return due


def _switch(listed: HashList | Glossary, *, because: str, event: Event, by: Actor, now: datetime, why: SwitchedBecause | None = None) -> None:
    listed.is_on, listed.off_because = not because, because
    listed.save(update_fields=["is_on", "off_because"])
    kind = "glossary" if isinstance(listed, Glossary) else "list"
    record(event=event, subject_kind=kind, subject=listed.id, by=by, now=now, detail={"why": why.value} if why else {})


@transaction.atomic
def _begin(organisation: UUID, papers: Papers, now: datetime, *, fetched: bool) -> Imported:
    """Hold the list for this import and clear away what one that died has left."""
    listed, _ = HashList.objects.select_for_update().get_or_create(organisation_id=organisation, name=papers.name, defaults=fields(papers))
    if not fetched and ListSource.objects.filter(list=listed).exists():
        raise ListRefused("This list is fetched from its source; end that first, or renew its papers with `cairndesk signals lists source`.")
    if not fetched and listed.importing_until is not None and listed.importing_until > now:
        raise ListRefused("Another import of this list is running.")
    if listed.held_changes.filter(decided_at=None).exists():
        raise ListHeld
    clear(listed)
    listed.importing_until = now + _LEASE
    listed.save(update_fields=["importing_until"])
    return Imported(listed, listed.version + 1)


def _finish(result: Imported, papers: Papers, by: Actor, now: datetime) -> None:
    counts = {"added": result.added, "removed": result.removed, "refused": result.refused}
    result.is_held = is_flood(result.listed, counts, now)
    if result.is_held:
        hold_back(listed=result.listed, papers=papers, counts=counts, by=by, now=now)
    else:
        # Partners ask for what came after their last fetch: what took long to write must not seem to have counted before that.
        made_at = now + timedelta(seconds=time.monotonic() - result.begun)
        result.listed = publish(pk=result.listed.pk, number=result.number, papers=papers, counts=counts, by=by, now=now, made_at=made_at)


def _write(result: Imported, rows: Iterable[Row | BadRow], *, replace: bool, progress: Callable[[int], object]) -> None:
    # Asking the database batch by batch would read the whole list for each one while it has no statistics of it.
    standing = ListEntry.objects.filter(list=result.listed, until=None).values_list("id", "kind", "value")
    present = {(kind, value): entry for entry, kind, value in standing.iterator(chunk_size=10_000)}
    unseen = set(present.values())
    usable = _usable(result, rows, progress)
    for batch in batches(usable):
        with transaction.atomic():
            _write_batch(result, batch, present, unseen)
    if replace:
        result.removed += _take_off(result, sorted(unseen))


def _require_something(result: Imported, *, confirmed: bool) -> None:
    if result.listed.is_own and result.added and not confirmed:
        raise ListRefused("What is added to our own list is confirmed and published in review, by two people.")
    if not result.added + result.removed + result.unchanged:
        reasons = "; ".join(f"line {problem.line}: {problem.reason}" for problem in result.problems[:3])
        raise ListRefused(f"No row of the file could be used. {reasons}".strip())


def _usable(result: Imported, rows: Iterable[Row | BadRow], progress: Callable[[int], object]) -> Iterator[Row]:
    for row in rows:
        progress(row.line)
        if isinstance(row, Row):
            yield row
            continue
        result.refused += 1
        if len(result.problems) < MOST_REFUSED_SHOWN:
            result.problems.append(row)


def _write_batch(result: Imported, batch: list[Row], present: dict[_Key, int], unseen: set[int]) -> None:
    wanted, withdrawn = _sorted_out(batch)
    missing = ((kind, value, *told) for (kind, value), told in wanted.items() if (kind, value) not in present)
    new = [
        ListEntry(list=result.listed, kind=kind, value=value, label=label, video=video, since=result.number) for kind, value, label, video in missing
    ]
    again = {present[key] for key in wanted if key in present} & unseen
    gone = [present.pop(key) for key in withdrawn if key in present]
    present.update({(entry.kind, entry.value): entry.id for entry in ListEntry.objects.bulk_create(new, batch_size=AT_ONCE)})
    unseen -= again | set(gone)
    result.added += len(new)
    result.unchanged += len(again)
    result.removed += _take_off(result, gone)


def _sorted_out(batch: list[Row]) -> tuple[dict[_Key, tuple[str, UUID | None]], set[_Key]]:
    """What the batch lists, with its label and, of a frame, its video; and what it takes back. The later row of a value counts."""
    wanted: dict[_Key, tuple[str, UUID | None]] = {}
    withdrawn: set[_Key] = set()
    for row in batch:
        # One file looks in many ways only if it is a video.
        video = new_id() if sum(one.kind is Kind.PDQ for one in row.identifiers) > 1 else None
        for identifier in row.identifiers:
            key = (identifier.kind.value, identifier.value)
            wanted.pop(key, None)
            withdrawn.discard(key)
            if row.withdrawn:
                withdrawn.add(key)
            else:
                wanted[key] = row.label, video if identifier.kind is Kind.PDQ else None
    return wanted, withdrawn


def _take_off(result: Imported, entries: list[int]) -> int:
    for some in batches(entries):
        ListEntry.objects.filter(id__in=some).update(until=result.number)
    return len(entries)


@transaction.atomic
def _give_up(result: Imported) -> None:
    clear(result.listed)
    if result.listed.version or ListSource.objects.filter(list=result.listed).exists():
        HashList.objects.filter(pk=result.listed.pk).update(importing_until=None)
    else:
        result.listed.delete()
