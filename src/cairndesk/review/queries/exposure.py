"""The ledger of what somebody was exposed to: line by line for themselves, for a supervisor only who reached the cap, and the sum of many."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import QuerySet

from cairndesk.accounts.rules import Actor
from cairndesk.cases.models import Case
from cairndesk.review import scheme
from cairndesk.review.models import Bounds, Exposure
from cairndesk.review.queries.comfort import Standing, desk_comfort, standing
from cairndesk.review.queries.looks import latest
from cairndesk.review.rules import exposure
from cairndesk.review.rules.exposure import Entry, Prompt
from cairndesk.review.rules.looking import LEAST_DAY, LEAST_STRETCH
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


def entries_of(actor: str, *, now: datetime) -> list[Entry]:
    """The lines of somebody's ledger that are kept, oldest first; one query."""
    return [one.entry for one in Exposure.objects.filter(actor=actor, at__gt=now - exposure.KEPT)]


def mine(by: Actor, held: Standing, *, now: datetime) -> Mine:
    """The ledger of `by`, for whom `held` holds; one query."""
    found, cap = entries_of(by.pseudonym, now=now), held.shown.day * 60
    said = exposure.prompts(found, now=now, cap=cap, stretch=held.shown.stretch * 60)
    return Mine(found[::-1], exposure.media_seconds(found, now=now), cap, exposure.since_break(found, now=now), said)


def prompts(by: Actor, at: UUID, *, now: datetime) -> list[str]:
    """What the desk says to `by` now, in words, at a case of the organisation `at`; one query, and another where there may be something to say."""
    found = entries_of(by.pseudonym, now=now)
    # Where nothing would be said under the narrowest bounds it need not be asked which hold.
    if not exposure.prompts(found, now=now, cap=LEAST_DAY * 60, stretch=LEAST_STRETCH * 60):
        return []
    held = standing(by, at).shown
    return [exposure.PROMPTS[one] for one in exposure.prompts(found, now=now, cap=held.day * 60, stretch=held.stretch * 60)]


def team(organisation: UUID, *, now: datetime) -> Team:
    """What is known of everybody at `organisation` together; never what somebody was exposed to, nor when."""
    of = _by_person(Exposure.objects.filter(organisation=organisation), now)
    reached = _days_at_cap(of, _cap_of(organisation))
    names = names_of(reached)
    seconds = sum(one.seconds for entries in of.values() for one in entries)
    at_cap = sorted((names.get(actor, ""), sorted(days)) for actor, days in reached.items())
    return Team(at_cap, len(of), round(seconds / 3600, 1) if len(of) >= FEW else None)


def people_at_cap(*, now: datetime) -> int:
    """How many people of this installation reached the cap of a day within the time for which lines are kept."""
    lines = Exposure.objects.filter(at__gt=now - exposure.KEPT)
    homes = set(lines.order_by().values_list("organisation", flat=True).distinct())
    return sum(len(_days_at_cap(_by_person(lines.filter(organisation=home), now), _cap_of(home))) for home in homes)


def _by_person(lines: QuerySet[Exposure], now: datetime) -> dict[str, list[Entry]]:
    of: dict[str, list[Entry]] = {}
    for one in lines.filter(at__gt=now - exposure.KEPT):
        of.setdefault(one.actor, []).append(one.entry)
    return of


def _cap_of(organisation: UUID) -> Callable[[date], int]:
    """How many seconds a day might hold at `organisation`; what somebody chose for themselves is nobody's business."""
    said = [(at, 60 * day) for at, day in Bounds.objects.filter(organisation=organisation).order_by("pk").values_list("at", "day")]
    most = desk_comfort().day * 60
    return lambda day: exposure.cap_of(day, said, most=most)


def _days_at_cap(of: Mapping[str, list[Entry]], cap: Callable[[date], int]) -> dict[str, set[date]]:
    found = {actor: exposure.days_at_cap(entries, cap=cap) for actor, entries in of.items()}
    return {actor: days for actor, days in found.items() if days}


def weight(case: Case) -> int:
    """How heavy what `case` holds is: by its severity, and in the middle while nobody has judged it."""
    newest = latest(case)
    codes = [level.code for level in scheme.in_force().levels]
    if newest is None or newest.severity not in codes:
        return 2
    return exposure.weight_of(codes.index(newest.severity), len(codes))
