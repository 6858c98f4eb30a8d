"""Publish a version of a list that was written, hold it back, or clear it away."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from cairndesk.accounts.rules import Actor, Verb, require
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.signals import rules, shelf
from cairndesk.signals.errors import ListRefused, NothingHeld
from cairndesk.signals.models import HashList, HeldChange, ListEntry, ListVersion, LookBack
from cairndesk.signals.rules import HeldBecause, Papers

# What several small imports bring within this time counts together, so that nobody can let a flood drip.
_TOGETHER = timedelta(days=1)
_DATES = ("received_on", "expires_on")
_COUNTS = ("added", "removed", "refused")
Counts = Mapping[str, int]


def is_flood(listed: HashList, counts: Counts, now: datetime) -> bool:
    """Whether this change, with what came within a day before it, is more than the list may change by itself.

    The first version is none: whoever takes a list in has its papers in hand, and nothing counted before. What a person accepted counts no more.
    """
    if not listed.version:
        return False
    accepted = listed.held_changes.filter(is_accepted=True).order_by("-decided_at").first()
    since = max(now - _TOGETHER, accepted.decided_at or now) if accepted else now - _TOGETHER
    before = ListVersion.objects.filter(list=listed, made_at__gt=since, number__gt=1).aggregate(Sum("added"), Sum("removed"))
    changed = counts["added"] + counts["removed"] + sum(number or 0 for number in before.values())
    entries = ListEntry.objects.filter(shelf.current(listed)).count()
    return rules.is_flood(changed, of=entries, share=listed.flood_share, rows=listed.flood_rows)


@transaction.atomic
def hold_back(*, listed: HashList, papers: Papers, counts: Counts, by: Actor, now: datetime) -> HeldChange:
    """Afterwards what was written waits for a person, and the version before it goes on counting."""
    held = HashList.objects.select_for_update().get(pk=listed.pk)
    told = {**asdict(papers), **{name: getattr(papers, name).isoformat() for name in _DATES}}
    kept = {name: counts[name] for name in _COUNTS}
    made = HeldChange.objects.create(list=held, number=held.version + 1, papers=told, made_at=now, made_by=by.pseudonym, **kept)
    held.importing_until = None
    held.save(update_fields=["importing_until"])
    record(event=Event.SIGNALS_LIST_HELD, subject_kind="list", subject=held.pk, by=by, now=now, detail={"version": made.number, **kept})
    return made


@transaction.atomic
def accept_change(*, listed: HashList, why: HeldBecause, by: Actor, now: datetime) -> HashList:
    """Afterwards the change that was held back counts in every process. Raises NothingHeld, NotPermitted, ListRefused where its papers ran out."""
    held = _decide(listed, why, by, now, is_accepted=True)
    told = {**held.papers, **{name: date.fromisoformat(held.papers[name]) for name in _DATES}}
    if told["expires_on"] <= now.date():
        raise ListRefused("Its papers have run out meanwhile: refuse it, and import the list again with the new expiry.")
    counts = {name: getattr(held, name) for name in _COUNTS}
    return publish(pk=held.list_id, number=held.number, papers=Papers(**told), counts=counts, by=by, now=now, made_at=now)


@transaction.atomic
def refuse_change(*, listed: HashList, why: HeldBecause, by: Actor, now: datetime) -> HashList:
    """Afterwards what was held back is gone, and the list is as it was. Raises NothingHeld, NotPermitted."""
    held = _decide(listed, why, by, now, is_accepted=False)
    clear(held.list)
    return held.list


@transaction.atomic
def publish(*, pk: UUID, number: int, papers: Papers, counts: Counts, by: Actor, now: datetime, made_at: datetime) -> HashList:
    """From here on the version counts: one row for all processes to see. A list that expired is on again; one that a person switched off is not."""
    listed = HashList.objects.select_for_update().get(pk=pk)
    if not listed.is_on or papers.distance > listed.distance:
        look_back_anew(listed)
    for name, value in fields(papers).items():
        setattr(listed, name, value)
    if listed.off_because != "person":
        listed.is_on, listed.off_because = True, ""
    listed.version, listed.importing_until = number, None
    listed.save()
    kept = {name: counts[name] for name in _COUNTS}
    ListVersion.objects.create(list=listed, number=number, made_at=made_at, made_by=by.pseudonym, **kept)
    record(event=Event.SIGNALS_LIST_IMPORTED, subject_kind="list", subject=listed.id, by=by, now=now, detail={"version": number, **kept})
    return listed


def look_back_anew(listed: HashList) -> None:
    """Afterwards all of the list is matched against what came before: what came while it was off, or is met only now, has not been."""
    LookBack.objects.filter(list=listed).delete()


def clear(listed: HashList) -> None:
    """Afterwards nothing is left of a version that was written and does not count."""
    ListEntry.objects.filter(list=listed, since__gt=listed.version).delete()
    ListEntry.objects.filter(list=listed, until__gt=listed.version).update(until=None)


def fields(papers: Papers) -> dict[str, Any]:
    """The columns of a list that its papers fill; its name stays."""
    return {name: value for name, value in asdict(papers).items() if name != "name"}


def _decide(listed: HashList, why: HeldBecause, by: Actor, now: datetime, *, is_accepted: bool) -> HeldChange:
    require(by, Verb.LIST_IMPORT, organisation=listed.organisation_id)
    HashList.objects.select_for_update().get(pk=listed.pk)
    held = HeldChange.objects.select_related("list").filter(list=listed, decided_at=None).first()
    if held is None:
        raise NothingHeld
    held.decided_at, held.decided_by, held.is_accepted, held.why = now, by.pseudonym, is_accepted, why
    held.save(update_fields=["decided_at", "decided_by", "is_accepted", "why"])
    event = Event.SIGNALS_HELD_ACCEPTED if is_accepted else Event.SIGNALS_HELD_REFUSED
    detail: dict[str, str | int] = {"version": held.number, "why": why.value}
    record(event=event, subject_kind="list", subject=listed.pk, by=by, now=now, detail=detail)
    return held
