"""Who may open a case, for a reader: names instead of pseudonyms, and what the reader may do about each."""

from dataclasses import dataclass
from datetime import datetime

from cairndesk.accounts.queries import name_behind
from cairndesk.accounts.rules import Actor, Verb, permits
from cairndesk.accounts.rules.grants import is_live
from cairndesk.cases.models import BrokenGlass, Case, CaseGrant
from cairndesk.cases.queries import glass_of, live_grants, taken_off


@dataclass(frozen=True)
class GlassLine:
    """One emergency access: who took it, who looked at it, and whether it still lasts or the reader may say what they find."""

    glass: BrokenGlass
    who: str
    looked: str
    is_live: bool = False
    may_look: bool = False


@dataclass(frozen=True)
class Access:
    """Who may open one case: live grants with names, who was taken off, every emergency access."""

    live: list[tuple[CaseGrant, str]]
    off: list[tuple[str, str]]
    glass: list[GlassLine]
    may_withdraw: bool


def access_to(case: Case, *, by: Actor, now: datetime) -> Access:
    """Who may open `case` at `now`, as `by` sees it."""
    at_home = by.organisation == case.organisation_id
    return Access(
        live=[(grant, name_behind(grant.holder)) for grant in live_grants(case, now=now)],
        off=[(holder, name_behind(holder)) for holder in taken_off(case)],
        glass=[glass_line(one, by=by, now=now) for one in glass_of(case)],
        may_withdraw=at_home and permits(by.roles, Verb.GRANT_WITHDRAW, case.stage),
    )


def glass_standing(case: Case, *, now: datetime) -> list[GlassLine]:
    """The emergency access to `case` that lasts, or that nobody has looked at."""
    standing = [one for one in glass_of(case) if one.reviewed_at is None or is_live(one.grant, now)]
    return [glass_line(one, now=now) for one in standing]


def glass_line(glass: BrokenGlass, *, by: Actor | None = None, now: datetime | None = None) -> GlassLine:
    """One emergency access with its names."""
    case = glass.grant.case
    another = by is not None and glass.broken_by != by.pseudonym and by.organisation == case.organisation_id
    return GlassLine(
        glass=glass,
        who=name_behind(glass.broken_by),
        looked=name_behind(glass.reviewed_by) if glass.reviewed_by else "",
        is_live=now is not None and is_live(glass.grant, now),
        may_look=by is not None and another and glass.reviewed_at is None and permits(by.roles, Verb.GLASS_REVIEW, case.stage),
    )
