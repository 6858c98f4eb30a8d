"""Which countries a case touches, by what, and which authorities there are in each: shown to whoever decides, and never decided here."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from cairndesk.cases.models import Case, CasePerson, Incident, Item, Payment, Sighting
from cairndesk.directory.models import Authority
from cairndesk.directory.queries import authorities_for
from cairndesk.lib.unknowns import Unknown
from cairndesk.response.models import Notice
from cairndesk.response.rules import NoticeState

_OF_INCIDENTS = {
    "country_child": "where the child is",
    "country_actor": "where the person of concern is",
    "country_host": "where it is hosted",
    "country_company": "where the company has its seat",
    "country_payment": "where was paid",
}
_OF_ROLES = {"child": "where the child is", "adult_survivor": "where the survivor is", "person_of_concern": "where the person of concern is"}


@dataclass(frozen=True, slots=True)
class Connection:
    """One country: by what the case touches it, and who may act there, as (authority, for what it is competent)."""

    country: str
    factors: tuple[str, ...]
    authorities: tuple[tuple[Authority, str], ...]


def connections(case: Case) -> list[Connection]:
    """Every country that the case touches, the one with the most factors first; a country without an authority in the directory is there too."""
    found: dict[str, set[str]] = defaultdict(set)
    for country, words in _factors(case):
        if country and country not in set(Unknown):
            found[country].add(words)
    known: dict[str, list[Authority]] = defaultdict(list)
    for one in authorities_for(organisation=case.organisation_id):
        known[one.country].append(one)
    rows = [
        Connection(country, tuple(sorted(said)), tuple((one, ", ".join(kind.replace("_", " ") for kind in one.kinds)) for one in known[country]))
        for country, said in found.items()
    ]
    return sorted(rows, key=lambda row: (-len(row.factors), row.country))


def _factors(case: Case) -> Iterator[tuple[str, str]]:
    yield case.organisation.country, "where the report came in"
    for row in Incident.objects.filter(case=case).values(*_OF_INCIDENTS):
        yield from ((row[name], words) for name, words in _OF_INCIDENTS.items())
    people = CasePerson.objects.filter(case=case, roles__taken_back_at=None, roles__role__in=_OF_ROLES)
    yield from ((country, _OF_ROLES[role]) for country, role in people.values_list("country", "roles__role"))
    for country in Sighting.objects.filter(item__case=case, item__taken_back_at=None).values_list("country_host", flat=True):
        yield country, "where it is hosted"
    for country in Item.objects.filter(case=case).values_list("country_host", flat=True):
        yield country, "where it is hosted"
    for country in Payment.objects.filter(incident__case=case).values_list("country", flat=True):
        yield country, "where was paid"
    standing = Notice.objects.filter(case=case).exclude(state__in=[NoticeState.DROPPED, NoticeState.WITHDRAWN])
    for country in standing.values_list("provider__country", flat=True):
        yield country, "where a provider that a notice is for has its seat"
