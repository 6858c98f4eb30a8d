"""The team of a case with names, and one person's part of it: nothing sealed is opened for either."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from cairndesk.accounts.models import Person
from cairndesk.accounts.rules import PERMISSIONS, Verb
from cairndesk.cases import taxonomy
from cairndesk.cases.models import Case, CasePerson, Evidence, TeamSeat
from cairndesk.cases.queries import clues_of, holds_of, limits_of, listed_items, standing_tracks, team_of
from cairndesk.cases.rules.team import CUSTODY_EVENTS, PART_WORDS, SCOPES, Part
from cairndesk.custody.queries import LogLine, entries_about
from cairndesk.review.queries.known import joined
from cairndesk.review.queries.names import item_names
from cairndesk.review.queries.story import files

_MOST = 200
_HARMED = ("child", "adult_survivor")


@dataclass(frozen=True)
class Member:
    """Somebody of the team: who, of which organisation, as what, and which parts they see (none named: what their role allows)."""

    seat: TeamSeat
    name: str
    organisation: str
    parts: tuple[str, ...]


@dataclass(frozen=True)
class Cared:
    """Somebody who was harmed, by what is recorded in codes."""

    roles: str
    age: str
    marks: tuple[str, ...]


def members(case: Case, *, now: datetime) -> list[Member]:
    """The team of `case`."""
    seats = list(team_of(case, now=now))
    people = {str(one.pseudonym): one for one in Person.objects.filter(pseudonym__in=[one.holder for one in seats]).select_related("organisation")}
    return [Member(one, people[one.holder].name, people[one.holder].organisation.name, part_words(one.function)) for one in seats]


def part_words(function: str) -> tuple[str, ...]:
    """What a function sees, in the order of the page."""
    return tuple(words for part, words in PART_WORDS.items() if part in SCOPES.get(function, ()))


def people_to_seat(case: Case, *, by: UUID) -> QuerySet[Person]:
    """Who could be on the team: those whose roles work on cases, at home first, and not whoever asks."""
    able = Q(grants__role__in=[role.value for role in PERMISSIONS[Verb.TEAM_WORK]], is_active=True)
    return Person.objects.filter(able).exclude(pk=by).select_related("organisation").distinct().order_by("organisation__name", "name", "pk")


def part_of(case: Case, seat: TeamSeat) -> Mapping[str, Any]:
    """What stands on the page of somebody with this seat: the parts of their function and nothing else is even read."""
    return {part.value: {"words": words, "holds": _MAKERS[part](case)} for part, words in PART_WORDS.items() if part in SCOPES[seat.function]}


def _cared_for(case: Case) -> list[Cared]:
    harmed = CasePerson.objects.filter(case=case, roles__role__in=_HARMED, roles__taken_back_at=None).distinct().order_by("added_at", "pk")
    found = []
    for one in harmed.prefetch_related("roles", "support"):
        roles = [taxonomy.label("person_role", role.role) for role in one.roles.all() if role.taken_back_at is None]
        marks = (mark.mark.partition(".") for mark in one.support.all())
        labels = tuple(sorted(taxonomy.label(family, code) for family, _, code in marks))
        found.append(Cared(", ".join(sorted(roles)), taxonomy.label("age_band", one.stated_age), labels))
    return found


def _evidence(case: Case) -> dict[str, Any]:
    listed = listed_items(case)
    named, standing = item_names(listed), {str(one.pk) for one in listed if one.taken_back_at is None}
    facts = Evidence.objects.filter(incident__case=case).order_by("added_at", "pk")
    return {"items": [(pk, words.lower()) for pk, words in named.items() if pk in standing], "facts": list(facts)}


def _clues(case: Case) -> dict[str, Any]:
    named, tracks = item_names(listed_items(case)), standing_tracks().filter(person__case=case).order_by("recorded_at", "pk")
    held = [(one.pk, joined(taxonomy.label("clue_kind", one.kind), named.get(str(one.item_id)))) for one in clues_of(case)]
    return {"tracks": [joined(taxonomy.label("identification_status", one.status), one.unit) for one in tracks], "clues": held}


def _custody(case: Case) -> dict[str, Any]:
    log: list[LogLine] = [line for line in entries_about(case.pk) if str(line.event).startswith(CUSTODY_EVENTS)]
    return {"log": log[-_MOST:], "holds": [one for one in holds_of(case) if one.lifted_at is None], "files": files(case)}


_MAKERS: Mapping[Part, Callable[[Case], Any]] = {
    Part.TOLD: lambda case: list(case.reports.order_by("received_at", "pk")),
    Part.WELFARE: _cared_for,
    Part.WISHES: limits_of,
    Part.CONTACT: lambda case: case.messages.count(),
    Part.EVIDENCE: _evidence,
    Part.CUSTODY: _custody,
    Part.CLUES: _clues,
}
