"""What every page of the desk shows around its content: the emergency band, the rail, what was just done and can be undone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, resolve, reverse
from django.utils.functional import SimpleLazyObject

from cairndesk.accounts import undo as undoing
from cairndesk.accounts.rules import Actor, Verb, may_somewhere
from cairndesk.accounts.together import counts
from cairndesk.cases.queries import aside_to_review, glass_to_review
from cairndesk.custody import standing
from cairndesk.lib import clock
from cairndesk.response.queries import run_out, unanswered
from cairndesk.response.rules import Side
from cairndesk.review.queries.training import to_sign
from cairndesk.triage import queries as triage


@dataclass(frozen=True)
class Place:
    """A page that is no queue."""

    name: str
    url: str


@dataclass(frozen=True)
class Row:
    """A queue with its count and the age of its oldest case."""

    name: str
    url: str
    count: int
    oldest: datetime | None


@dataclass(frozen=True)
class Shell:
    """All of it; the templates of desk/ read these names."""

    now: datetime
    band: triage.Band
    rail: tuple[Row, ...] = ()
    places: tuple[Place, ...] = ()
    said: str = ""
    shut: str = ""
    glass: int = 0
    aside: int = 0
    offers: int = 0
    holds: int = 0
    trainings: int = 0
    undo: undoing.Offer | None = field(default=None)


# Doors of other rooms, in the order of the rail; one that is not there yet is left out.
PLACES = (
    ("First screen", "triage:first"),
    ("Search", "review:search"),
    ("Duty", "accounts:duty"),
    ("Next shift", "triage:shift"),
    ("Alike", "review:stacks"),
    ("Looking after yourself", "review:yourself"),
    ("My teams", "review:teams"),
    ("Second looks", "review:looks"),
    ("Double coding", "review:codings"),
    ("Training", "review:training"),
    ("Second person", "accounts:requests"),
    ("Take a call", "intake:call"),
    ("Waiting for answers", "response:waiting"),
    ("Hand-overs", "exchange:handovers"),
    ("Partner desks", "response:desks"),
    ("Known lists", "signals:lists"),
    ("Priority rules", "triage:rules"),
    ("Tools", "signals:tools"),
    ("Terms", "review:terms"),
    ("Directory", "directory:entries"),
    ("Retention", "retention:plan"),
    ("Data subjects", "retention:requests"),
    ("Sharing", "accounts:sharing"),
    ("Mandates to search", "intake:mandates"),
    ("Numbers", "insight:numbers"),
    ("People", "accounts:people"),
    ("Organisations", "accounts:organisations"),
    ("Access", "review:accesses"),
    ("Log", "accounts:log"),
    ("What runs by itself", "accounts:automatic"),
    ("My sign-in", "accounts:me"),
)


def desk(request: HttpRequest) -> dict[str, Any]:
    """The context `shell`, read from the database only where a page uses it."""
    return {"shell": SimpleLazyObject(lambda: _shell(request))}


def _shell(request: HttpRequest) -> Shell:
    now = clock.now()
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None:
        return Shell(now=now, band=triage.Band(0, None, 0), shut=standing.reason())
    lines, waits = triage.rail(by=actor), _waits(actor, now)
    rows = tuple(Row(row.queue.title, reverse("triage:queue", args=[row.queue.key]), row.count, row.oldest) for row in lines)
    return Shell(
        now=now,
        band=triage.band(lines, alarms=waits["alarms"], by=actor),
        rail=rows if may_somewhere(actor, Verb.CASE_READ) else (),
        places=_places(actor),
        said=request.session.pop("said", ""),
        shut=standing.reason(),
        glass=waits["glass"],
        aside=waits["aside"],
        offers=waits["offers"],
        holds=waits["holds"],
        trainings=waits["trainings"],
        undo=undoing.offer_of(request.session, now=now),
    )


def _waits(actor: Actor, now: datetime) -> Mapping[str, int]:
    """How much waits for somebody like `actor`, of what every page names; one statement."""
    wanted: list[tuple[str, QuerySet[Any]]] = [("alarms", triage.locked(actor.organisation))]
    wanted += [("glass", glass_to_review(actor.home))] if may_somewhere(actor, Verb.GLASS_REVIEW) else []
    wanted += [("aside", aside_to_review(actor.home))] if may_somewhere(actor, Verb.CHOICE_REVIEW) else []
    wanted += [("offers", unanswered(actor.home, side, now)) for side in Side] if may_somewhere(actor, Verb.TRANSFER_ACCEPT) else []
    wanted += [("holds", run_out(actor.home, now))] if may_somewhere(actor, Verb.CASE_READ) else []
    wanted += [("trainings", to_sign(actor))] if may_somewhere(actor, Verb.TRAINING_LEAD) else []
    return counts(wanted)


def _places(actor: Actor) -> tuple[Place, ...]:
    """The doors that there are and that a role of `actor` opens."""
    return tuple(place for place, verb in _doors() if verb is None or may_somewhere(actor, verb))


@cache
def _doors() -> tuple[tuple[Place, Verb | None], ...]:
    # Which doors there are is settled once the process has started.
    found: list[tuple[Place, Verb | None]] = []
    for name, door in PLACES:
        try:
            url = reverse(door)
        except NoReverseMatch:
            continue
        found.append((Place(name, url), resolve(url).func.policy.verb))  # type: ignore[attr-defined]
    return tuple(found)
