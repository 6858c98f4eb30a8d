"""The fortnight of the demonstration: who reported when, and what the cast did about it."""

import heapq
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor
from cairndesk.cases.models import Case
from cairndesk.demo import steps
from cairndesk.demo.cast import AUTHORITIES, PROVIDERS, SERVICES
from cairndesk.demo.lists import Governing
from cairndesk.demo.stories import STORIES, Story
from cairndesk.directory import actions as directory
from cairndesk.directory.queries import is_ours_to_change
from cairndesk.intake import receipt
from cairndesk.lib.progress import Progress

# How far the demonstration takes a case, by the share of the fortnight that had gone when it came: old ones are closed, new ones wait.
ENDS = ((0.50, "closed"), (0.58, "answered"), (0.74, "acting"), (0.82, "classified"), (0.88, "second_look"), (0.94, "reviewing"), (1.0, "queued"))


@dataclass(order=True)
class Event:
    """Something that happens at a moment; `act` may schedule what follows."""

    at: datetime
    turn: int
    act: Callable[[datetime], None] = field(compare=False)


class Fortnight:
    """The clock of the demonstration: runs what was scheduled in the order of time."""

    def __init__(self, end: datetime) -> None:
        self._end, self._due, self._turns = end, list[Event](), count()

    def later(self, at: datetime, act: Callable[[datetime], None]) -> None:
        """Let `act` happen at `at`, unless that is still to come."""
        if at < self._end:
            heapq.heappush(self._due, Event(at, next(self._turns), act))

    def run(self) -> Iterator[datetime]:
        """Everything scheduled, and what it schedules, until nothing is due; yields each moment."""
        while self._due:
            event = heapq.heappop(self._due)
            event.act(event.at)
            yield event.at


def furnish(*, by: Actor, abroad: Actor, listing: Actor, now: datetime) -> None:
    """Afterwards the directory knows whom to call and whom to ask, sample rules are in force. `abroad` reaches what is not for `by` to check."""
    for fields in SERVICES:
        service = directory.add_service(fields=fields, by=by, now=now)
        directory.check_contact(entry=service, checked_on=now.date(), by=by if is_ours_to_change(service, by) else abroad, now=now)
    for fields in AUTHORITIES:
        directory.check_contact(entry=directory.add_authority(fields=fields, by=by, now=now), checked_on=now.date(), by=by, now=now)
    for fields, domains in PROVIDERS:
        added = directory.add_provider(fields=fields, domains=domains, by=by, now=now)
        directory.check_contact(entry=added, checked_on=now.date(), by=by, now=now)
    directory.load_samples(by=listing, now=now)


def play(drawn: random.Random, *, reports: int, lists: Governing, progress: Progress) -> receipt.Parts:
    """Let the fortnight of `lists` happen; returns the six words of one reporter, to try the way back."""
    begin, now = lists.begin, lists.end
    clock, first = Fortnight(now), list[receipt.Parts]()
    lists.schedule(clock.later)
    organisations = list(Organisation.objects.order_by("-is_first", "slug"))
    for number in range(reports):
        share = number / reports
        told, end = STORIES[number * 5 % len(STORIES)], next(stage for until, stage in ENDS if share < until)
        organisation = organisations[0] if number % 5 else drawn.choice(organisations)
        # Denser towards the end, so that what waits has waited for hours and not for days.
        at = begin + timedelta(minutes=30) + (now - begin - timedelta(minutes=40)) * (1 - (1 - share) ** 2)
        clock.later(at, _arrival(clock, drawn, told, organisation, end, number, first))
    for moment in clock.run():
        progress("preparing the demo", int((moment - begin) / (now - begin) * 100), 100)
    return first[0] if first else ()


def _arrival(
    clock: Fortnight, drawn: random.Random, told: Story, organisation: Organisation, end: str, number: int, first: list[receipt.Parts]
) -> Callable[[datetime], None]:
    def act(at: datetime) -> None:
        case, words = steps.tell(told, organisation=organisation, number=number, drawn=drawn, now=at)
        if organisation.is_first and end == "closed" and not first:
            first.append(words)
        steps.assess(case, now=at + timedelta(seconds=4))
        _go_on(clock, drawn, case, steps.path_to(end, organisation), at)

    return act


def _go_on(clock: Fortnight, drawn: random.Random, case: Case, left: list[steps.Step], at: datetime) -> None:
    """Schedule the next of the steps `left`, some time after `at`, and the others after it."""
    if not left:
        return
    wait = timedelta(minutes=drawn.randrange(4, 30) if case.is_emergency else drawn.randrange(15, 240))

    def act(moment: datetime) -> None:
        case.refresh_from_db()
        left[0](case, moment)
        _go_on(clock, drawn, case, left[1:], moment)

    clock.later(at + wait, act)
