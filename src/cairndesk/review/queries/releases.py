"""Who opened what, when, under which grant and for what: for whoever reviews access."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.queries import roles_to_confirm
from cairndesk.accounts.rules import Actor
from cairndesk.accounts.rules.grants import WORDS, GrantPurpose
from cairndesk.cases.models import BrokenGlass, CaseGrant, SetAside
from cairndesk.cases.queries import aside_to_review, glass_to_review, set_aside_since
from cairndesk.custody.queries import LogLine, released_to
from cairndesk.review.rules.volume import WEEK, WEEKS, Volume, unusual

# More entries than that are not weighed at once: the newest tell what stands out now.
MOST = 20_000


@dataclass(frozen=True)
class Release:
    """One opening: which entry of the log, when, by whom, what of which case, how much, and under the grant that this entry gave."""

    index: int
    at: datetime
    who: str
    what: str
    case: UUID
    number: str
    items: int
    purpose: str
    grant: int


@dataclass(frozen=True)
class Weighed:
    """What one person opened in the last week, and whether it stands out."""

    name: str
    volume: Volume
    stands_out: bool


@dataclass(frozen=True)
class AccessReport:
    """What whoever reviews access looks at first."""

    weighed: list[Weighed]
    unused: list[tuple[str, CaseGrant]]
    live: list[tuple[str, CaseGrant]]
    glass: list[tuple[str, BrokenGlass]]
    aside: list[tuple[str, SetAside]]
    set_aside: list[tuple[str, SetAside]]
    to_confirm: list[Person]


def releases(organisation: UUID, *, who: str = "", before: int | None = None, most: int = 100) -> list[Release]:
    """The newest openings of people of `organisation` and of guests on its cases, or of one pseudonym, newest first."""
    names = _names(organisation)
    wanted = [who] if who in names else list(names)
    lines = released_to(wanted, before=before, most=most)
    cases = _cases(lines, organisation)
    return [_release(line, names[line.actor], grant) for line in lines if (grant := cases.get(int(line.detail["grant"])))]


def access_report(organisation: Organisation, *, by: Actor | None = None, now: datetime) -> AccessReport:
    """What stands out in the access to cases of `organisation`; whose roles `by` could confirm, or everybody's."""
    names = _names(organisation.pk)
    everything = released_to(list(names), most=MOST)
    used = _cases(everything, organisation.pk)
    lines = [line for line in everything if line.detail["grant"] in used]
    volumes = weigh(lines, names, now)
    standing_out = unusual(volumes)
    weighed = [Weighed(names[who], volume, who in standing_out) for who, volume in volumes.items()]
    own = CaseGrant.objects.filter(case__organisation=organisation).select_related("case").order_by("since")
    month = now - timedelta(days=WEEK * WEEKS)
    recent = own.filter(since__gt=month, until__lte=now)
    confirmed_after = now - timedelta(days=settings.CAIRNDESK.desk.access_review_days)
    return AccessReport(
        weighed=sorted(weighed, key=lambda one: (not one.stands_out, -one.volume.opened, one.name)),
        unused=[(names.get(grant.holder, grant.holder), grant) for grant in recent if grant.entry not in used],
        live=[(names.get(grant.holder, grant.holder), grant) for grant in own.filter(ended_at=None, since__lte=now, until__gt=now)],
        glass=[(names.get(one.broken_by, one.broken_by), one) for one in glass_to_review(organisation.pk)],
        aside=[(names.get(one.decided_by, one.decided_by), one) for one in aside_to_review(organisation.pk)],
        set_aside=[(names.get(one.decided_by, one.decided_by), one) for one in set_aside_since(organisation.pk, month) if one.reviewed_at],
        to_confirm=roles_to_confirm(by=by, organisation=organisation.pk, before=confirmed_after),
    )


def weigh(lines: Iterable[LogLine], names: Mapping[str, str], now: datetime) -> dict[str, Volume]:
    """What each person opened in the last week and, a week, in the weeks before; everybody is there, also who opened nothing."""
    week, start = now - timedelta(days=WEEK), now - timedelta(days=WEEK * (WEEKS + 1))
    opened: dict[str, int] = defaultdict(int)
    earlier: dict[str, int] = defaultdict(int)
    cases: dict[str, set[UUID]] = defaultdict(set)
    for line in lines:
        if line.at > week:
            opened[line.actor] += _items(line)
            cases[line.actor].add(line.subject)
        elif line.at > start:
            earlier[line.actor] += _items(line)
    return {who: Volume(opened[who], len(cases[who]), earlier[who] / WEEKS) for who in names}


def readers(organisation: UUID) -> list[tuple[str, str]]:
    """Pseudonym and name of everybody who could have opened something, by name."""
    return list(_names(organisation).items())


def _names(organisation: UUID) -> dict[str, str]:
    """Pseudonym → name of everybody of `organisation`, and of whoever was ever given a grant on a case of it."""
    guests = CaseGrant.objects.filter(case__organisation=organisation).values_list("holder", flat=True).distinct()
    own = Person.objects.filter(organisation=organisation) | Person.objects.filter(pseudonym__in=list(guests))
    return {str(pseudonym): name for pseudonym, name in own.order_by("name").values_list("pseudonym", "name")}


def _cases(lines: Iterable[LogLine], organisation: UUID) -> dict[int, CaseGrant]:
    """The grants that `lines` name, by the index of the entry that gave them: those on cases of `organisation`.

    A guest's other work, and a colleague's work as a guest elsewhere, is the business of another desk.
    """
    entries = {int(line.detail["grant"]) for line in lines}
    own = CaseGrant.objects.filter(case__organisation=organisation, entry__gte=min(entries, default=0)).select_related("case")
    return {grant.entry: grant for grant in own if grant.entry in entries}


def _release(line: LogLine, who: str, grant: CaseGrant) -> Release:
    number, purpose = grant.case.number, WORDS[GrantPurpose(grant.purpose)]
    return Release(line.index, line.at, who, line.event, grant.case_id, number, _items(line), purpose, grant.entry)


def _items(line: LogLine) -> int:
    return int(line.detail.get("items", 1))
