"""The ledger of what somebody was exposed to: line by line for themselves, for a supervisor only who reached the cap, and the sum of many."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from cairndesk.accounts.rules import Actor
from cairndesk.cases.models import Case
from cairndesk.review import scheme
from cairndesk.review.models import Comfort, Exposure
from cairndesk.review.queries.looks import latest
from cairndesk.review.rules import exposure, looking
from cairndesk.review.rules.exposure import Entry, Prompt
from cairndesk.triage.queries import names_of

FEW = 3
"""A sum of fewer people would tell of one of them."""


@dataclass(frozen=True)
class Mine:
    """What somebody reads of themselves: the lines, newest first, seconds of today, what is left, and what the desk says to it."""

    entries: Sequence[Entry]
    spent: int
    cap: int
    since_break: int
    prompts: Sequence[Prompt]


@dataclass(frozen=True)
class Team:
    """What a supervisor reads: who reached the cap on which days, and the hours of all together, where they are enough people to hide in."""

    at_cap: Sequence[tuple[str, Sequence[date]]]
    people: int
    hours: float | None


def cap() -> int:
    """Seconds of pictures and videos that somebody may have within 24 hours."""
    return int(settings.CAIRNDESK.desk.exposure_minutes) * 60


def entries_of(actor: str, *, now: datetime) -> list[Entry]:
    """The lines of somebody's ledger that are kept, oldest first; one query."""
    return [one.entry for one in Exposure.objects.filter(actor=actor, at__gt=now - exposure.KEPT)]


def mine(by: Actor, *, now: datetime) -> Mine:
    """The ledger of `by`; one query."""
    found = entries_of(by.pseudonym, now=now)
    spent = exposure.media_seconds(found, now=now)
    return Mine(found[::-1], spent, cap(), exposure.since_break(found, now=now), _prompts(found, now))


def prompts(by: Actor, *, now: datetime) -> list[str]:
    """What the desk says to `by` now, in words; one query."""
    return [exposure.PROMPTS[one] for one in _prompts(entries_of(by.pseudonym, now=now), now)]


def team(organisation: UUID, *, now: datetime) -> Team:
    """What is known of everybody at `organisation` together; never what somebody was exposed to, nor when."""
    of = _by_person(Exposure.objects.filter(organisation=organisation), now)
    reached = _days_at_cap(of)
    names = names_of(reached)
    seconds = sum(one.seconds for entries in of.values() for one in entries)
    at_cap = sorted((names.get(actor, ""), sorted(days)) for actor, days in reached.items())
    return Team(at_cap, len(of), round(seconds / 3600, 1) if len(of) >= FEW else None)


def people_at_cap(*, now: datetime) -> int:
    """How many people of this desk reached the cap of a day within the time for which lines are kept."""
    return len(_days_at_cap(_by_person(Exposure.objects.all(), now)))


def _by_person(lines: QuerySet[Exposure], now: datetime) -> dict[str, list[Entry]]:
    of: dict[str, list[Entry]] = {}
    for one in lines.filter(at__gt=now - exposure.KEPT):
        of.setdefault(one.actor, []).append(one.entry)
    return of


def _days_at_cap(of: Mapping[str, list[Entry]]) -> dict[str, set[date]]:
    found = {actor: exposure.days_at_cap(entries, cap=cap()) for actor, entries in of.items()}
    return {actor: days for actor, days in found.items() if days}


def weight(case: Case) -> int:
    """How heavy what `case` holds is: by its severity, and in the middle while nobody has judged it."""
    newest = latest(case)
    codes = [level.code for level in scheme.in_force().levels]
    if newest is None or newest.severity not in codes:
        return 2
    return exposure.weight_of(codes.index(newest.severity), len(codes))


def desk_comfort() -> looking.Comfort:
    """How the desk shows anything to anybody, at the most."""
    desk = settings.CAIRNDESK.desk
    return looking.Comfort(desk.look_side, desk.look_blur, desk.look_grey, no_clear=desk.clear_seconds == 0)


def comfort_of(by: Actor) -> looking.Comfort:
    """How `by` is shown anything: what they chose, as far as it is stricter than the desk."""
    held, desk = Comfort.objects.filter(pk=by.pseudonym).first(), desk_comfort()
    return looking.strictest(held.chosen, desk) if held else desk


def wants_grey(by: Actor) -> bool:
    """Whether `by` wants everything without colour; that the desk draws small copies so says nothing of a clear view."""
    held = Comfort.objects.filter(pk=by.pseudonym).first()
    return held is not None and held.is_grey


def _prompts(found: Sequence[Entry], now: datetime) -> tuple[Prompt, ...]:
    return exposure.prompts(found, now=now, cap=cap(), stretch=int(settings.CAIRNDESK.desk.break_minutes) * 60)
