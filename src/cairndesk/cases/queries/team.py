"""Who is on the team of a case, and what that lets them see."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from cairndesk.accounts.errors import OtherOrganisation
from cairndesk.accounts.rules import Actor, Role, Verb, require
from cairndesk.accounts.rules.grants import Ended
from cairndesk.cases.errors import NotYourPart
from cairndesk.cases.models import Case, CaseGrant, TeamSeat
from cairndesk.cases.rules.team import SCOPES, is_narrow


def team_of(case: Case, *, now: datetime) -> QuerySet[TeamSeat]:
    """Who is on the team now, in the order in which they came."""
    return case.team.filter(_stands(now), ended_at=None).order_by("since", "pk")


def seats_of(by: Actor, *, now: datetime) -> QuerySet[TeamSeat]:
    """The seats of `by` in cases that are open, the newest first."""
    return _of(by).filter(_stands(now), ended_at=None).exclude(case__stage="closed").select_related("case__organisation")


def last_seat(by: Actor) -> Subquery:
    """For a statement about cases: the newest seat of `by` in each."""
    return Subquery(_of(by).filter(case=OuterRef("pk")).values("pk")[:1])


def withdrawn_from(by: Actor) -> QuerySet[CaseGrant]:
    """The grants that somebody took from `by` and did not give back."""
    return CaseGrant.objects.filter(holder=by.pseudonym, ended_why=Ended.WITHDRAWN)


def hidden_from(by: Actor, of: str = "pk") -> Q:
    """For a statement: which cases stand in no list, no search and no suggestion for `by`. `of`: what leads from its rows to the case.

    Whoever was taken off a case, or has a part of it only, reads there neither its number nor what it shares; their part they find under
    their teams. `_is_whole` says the same of one seat.
    """
    return Q(**{f"{of}__in": _hidden(by)})


def hides_any(by: Actor) -> Exists:
    """For a statement: whether any case is hidden from `by`; asked once, not for each row."""
    return Exists(_hidden(by))


def _hidden(by: Actor) -> QuerySet[Any, Any]:
    """The ids of those cases, out of the few rows that are about one person."""
    seats = TeamSeat.objects.filter(holder=by.pseudonym).order_by()
    standing = seats.filter(ended_at=None)
    if Role.SUPERVISOR in by.roles:
        return standing.filter(function__in=SCOPES).values("case")
    away = seats.exclude(case__in=standing.exclude(function__in=SCOPES).values("case"))
    # With duplicates: to take them out, a database would sort.
    return withdrawn_from(by).order_by().values("case").union(away.values("case"), all=True)


def require_whole(by: Actor, case: UUID, *, seat: UUID | None = None) -> None:
    """Return unless `by` sees a part of the case only, or was taken off its team: then raise NotYourPart. `seat`: their newest, if known."""
    held = TeamSeat.objects.filter(pk=seat).first() if seat else _newest(by, case)
    if held is not None and not _is_whole(held, by):
        raise NotYourPart


def narrow_seat(by: Actor, case: Case, *, now: datetime) -> TeamSeat | None:
    """The seat that says which part of `case` is for `by`; None where they see what their role allows. Raises NotYourPart for who was taken off."""
    held = _newest(by, case.pk)
    if held is None or _is_whole(held, by):
        return None
    if not _is_live(held, now) or case.stage == "closed":
        raise NotYourPart
    return held


def part_for(by: Actor, case_id: UUID, *, now: datetime) -> tuple[Case, TeamSeat]:
    """The case and the seat of `by` in it, at home or as somebody of a partner; OtherOrganisation where there is none, as if there were no case."""
    require(by, Verb.TEAM_WORK, organisation=by.organisation)
    seat = _of(by).filter(case=case_id).select_related("case__organisation").first()
    if seat is None or not _is_live(seat, now) or seat.case.stage == "closed":
        raise OtherOrganisation
    return seat.case, seat


def _of(by: Actor) -> QuerySet[TeamSeat]:
    """Every seat that `by` has or had, the newest first."""
    return TeamSeat.objects.filter(holder=by.pseudonym).order_by("-since", "-pk")


def _newest(by: Actor, case: UUID) -> TeamSeat | None:
    return _of(by).filter(case=case).first()


def _is_live(seat: TeamSeat, now: datetime) -> bool:
    return seat.ended_at is None and (seat.until is None or now < seat.until)


def _is_whole(seat: TeamSeat, by: Actor) -> bool:
    """Whether the seat takes nothing from what the role of `by` allows. A supervisor who was taken off still answers for the case."""
    return not is_narrow(seat.function) if seat.ended_at is None else Role.SUPERVISOR in by.roles


def _stands(now: datetime) -> Q:
    return Q(until=None) | Q(until__gt=now)
