"""The operator enters, checks and dates contacts; the desk finds the right one and says which are stale."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from tests.directory.conftest import ANA, LIA, NOW, SAM

from cairndesk.accounts.errors import NotPermitted
from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor, Role
from cairndesk.custody.queries import entries_about
from cairndesk.directory import actions, queries
from cairndesk.directory.errors import NoSuchEntry, NotAUsableEntry, NotOursToChange
from cairndesk.directory.models import Provider, RuleSet, Service
from cairndesk.directory.rules import EXPERTISE, UNDERSERVED, AuthorityKind, Expertise, Kind

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


def a_service(kind: Kind = Kind.HELPLINE, name: str = "Sample line", country: str = "XX", *, checked: bool = True, **more: object) -> Service:
    fields = {"kind": kind.value, "name": name, "country": country, "phone": "555-0100", **more}
    made = actions.add_service(fields=fields, by=LIA, now=NOW)
    return actions.check_contact(entry=made, checked_on=TODAY, by=LIA, now=NOW) if checked else made


def a_provider(name: str = "Pictures", domains: tuple[str, ...] = ("pictures.example",)) -> Provider:
    fields = {"name": name, "country": "XX", "legal_entity": "Pictures Ltd", "notice_address": "abuse@pictures.example"}
    return actions.add_provider(fields=fields, domains=list(domains), by=LIA, now=NOW)


@pytest.mark.req("REF-03")
def test_a_service_carries_what_a_person_needs_to_choose_it() -> None:
    service = a_service(
        languages=["en", "ar"],
        hours="every day 08:00 to 22:00",
        cost="free",
        ages_from=6,
        ages_to=25,
        genders=["girls"],
        disability_access=["text", "sign_language"],
        expertise=["online", "intra_familial"],
        is_trauma_informed=True,
    )
    held = queries.service(service.id)
    assert (held.languages, held.hours, held.cost) == (["en", "ar"], "every day 08:00 to 22:00", "free")
    assert (held.ages_from, held.ages_to, held.genders) == (6, 25, ["girls"])
    assert (held.disability_access, held.expertise, held.is_trauma_informed) == (["text", "sign_language"], ["online", "intra_familial"], True)
    assert (held.checked_on, held.checked_by) == (TODAY, "Lia")


@pytest.mark.req("DIM-48", "REF-12")
@pytest.mark.parametrize("group", UNDERSERVED)
def test_a_gap_is_where_no_service_with_that_experience_has_been_reached(group: Expertise) -> None:
    others = [one.value for one in Expertise if one is not group]
    one = Organisation.objects.create(pk=LIA.home, slug="one", name="Cairn Desk One", country="XX", created_at=NOW)

    def covered() -> dict[str, queries.Coverage]:
        found = queries.gaps(one.pk, NOW)
        return dict(zip(found.countries, dict(found.groups)[EXPERTISE[group]], strict=True))

    assert covered() == {"XX": queries.Coverage(0, 0, None)}
    a_service(name="For everybody else", expertise=others, waiting_weeks=1)
    a_service(name="Emergency", kind=Kind.EMERGENCY, expertise=[group.value])
    a_service(name="Never reached", expertise=[group.value], checked=False, waiting_weeks=2)
    a_service(name="Elsewhere", country="AA", expertise=[group.value], waiting_weeks=26)
    # One's own country stands first.
    assert list(covered().items()) == [("XX", queries.Coverage(0, 1, None)), ("AA", queries.Coverage(1, 0, 26))]
    a_service(name="Everywhere", country="", expertise=[group.value], waiting_weeks=8)
    a_service(name="Here", expertise=[group.value])
    assert covered() == {"XX": queries.Coverage(2, 1, 8), "AA": queries.Coverage(2, 0, 8)}
    half_a_year_on = queries.gaps(one.pk, NOW + timedelta(days=181))
    assert dict(half_a_year_on.groups)[EXPERTISE[group]] == (queries.Coverage(0, 3, None), queries.Coverage(0, 2, None))


def test_an_experience_is_one_of_those_that_the_report_of_gaps_knows() -> None:
    with pytest.raises(NotAUsableEntry, match="expertise: everything"):
        a_service(expertise=["online", "everything"])


def test_the_callers_own_country_comes_first_and_the_language_after_it() -> None:
    a_service(name="Far, English", country="YY", languages=["en"])
    a_service(name="Near, French", country="XX", languages=["fr"])
    a_service(name="Near, English", country="XX", languages=["en-GB"])
    assert [one.name for one in queries.helplines("XX", "en")] == ["Near, English", "Near, French", "Far, English"]


def test_a_contact_that_nobody_has_reached_is_not_shown_to_a_child() -> None:
    a_service(kind=Kind.EMERGENCY, checked=False)
    a_service(checked=False)
    assert queries.emergency_contacts("XX") == []
    assert queries.helplines("XX") == []
    assert not queries.has_checked_emergency_contact()


def test_one_checked_emergency_contact_is_enough_to_open() -> None:
    a_service(kind=Kind.EMERGENCY)
    assert queries.has_checked_emergency_contact()
    assert [one.phone for one in queries.emergency_contacts("ZZ")] == ["555-0100"]


def test_a_portal_opens_by_a_number_of_its_country_or_of_everywhere() -> None:
    a_service(kind=Kind.EMERGENCY, country="YY")
    assert not queries.has_checked_emergency_contact("XX")
    a_service(kind=Kind.EMERGENCY, country="")
    assert queries.has_checked_emergency_contact("XX")


def test_an_emergency_number_is_changed_by_those_whose_country_it_serves_or_by_the_first_administrator() -> None:
    numbers = [a_service(kind=Kind.EMERGENCY, country=country) for country in ("XX", "YY", "ZZ")]
    line = a_service(country="YY")
    one = Organisation.objects.create(pk=LIA.home, slug="one", name="One", country="XX", is_first=True, created_at=NOW)
    two = Organisation.objects.create(slug="two", name="Two", country="YY", created_at=NOW)
    first, second = (replace(LIA, organisation=desk.pk, roles=frozenset({Role.ADMINISTRATOR})) for desk in (one, two))
    theirs = replace(LIA, organisation=two.pk)

    def may(by: Actor) -> list[bool]:
        return [queries.is_ours_to_change(number, by) for number in (*numbers, line)]

    # Nobody's portal opens by the third; a helpline opens none.
    assert may(LIA) == [True, False, True, True]
    assert may(theirs) == may(second) == [False, True, True, True]
    assert may(first) == [True, True, True, True]


def test_what_is_refused_of_anothers_emergency_number_leaves_it_as_it_was() -> None:
    number = a_service(kind=Kind.EMERGENCY, country="YY")
    Organisation.objects.create(slug="two", name="Two", country="YY", created_at=NOW)
    for act in (
        lambda: actions.change(entry=number, fields={"phone": "555-0101", "country": "XX"}, by=LIA, now=NOW),
        lambda: actions.check_contact(entry=number, checked_on=TODAY - timedelta(1), by=LIA, now=NOW),
        lambda: actions.retire(entry=number, by=LIA, now=NOW),
    ):
        with pytest.raises(NotOursToChange):
            act()
    held = Service.objects.get()
    assert (held.phone, held.country, held.checked_on, held.is_active) == ("555-0100", "YY", TODAY, True)


def test_changing_a_contact_takes_back_its_check() -> None:
    service = a_service(kind=Kind.EMERGENCY)
    actions.change(entry=service, fields={"phone": "555-0101"}, by=LIA, now=NOW)
    assert not queries.has_checked_emergency_contact()


def test_a_retired_contact_is_shown_nowhere() -> None:
    service = actions.retire(entry=a_service(kind=Kind.EMERGENCY), by=LIA, now=NOW)
    assert queries.emergency_contacts("XX") == []
    with pytest.raises(NoSuchEntry):
        actions.check_contact(entry=service, checked_on=TODAY, by=LIA, now=NOW)


def test_contacts_go_stale_and_say_so_the_oldest_first() -> None:
    old = a_service(name="Old")
    Service.objects.filter(pk=old.pk).update(checked_on=TODAY - timedelta(days=181))
    a_service(name="Fresh")
    provider = a_provider()
    assert [(one.kind, one.id) for one in queries.stale_contacts(NOW)] == [("provider", provider.id), ("service", old.id)]
    assert queries.stale_contacts(NOW, days=400) == queries.stale_contacts(NOW)[:1]


@pytest.mark.req("REF-06")
def test_mental_health_services_are_offered_by_their_wait_an_unknown_wait_last() -> None:
    for name, weeks in (("Long", 26), ("Not known", None), ("Short", 2)):
        a_service(kind=Kind.MENTAL_HEALTH, name=name, waiting_weeks=weeks)
    assert [one.name for one in queries.services_for(Kind.MENTAL_HEALTH, country="XX")] == ["Short", "Long", "Not known"]


@pytest.mark.req("REF-14")
@pytest.mark.parametrize("kind", [Kind.LEGAL_AID, Kind.MEDICAL, Kind.PEER_SUPPORT, Kind.COMMUNITY, Kind.EDUCATION])
def test_services_are_found_by_kind_and_by_the_age_they_serve(kind: Kind) -> None:
    a_service(kind=kind, ages_from=12, ages_to=17)
    assert len(queries.services_for(kind, age=12)) == 1
    assert queries.services_for(kind, age=11) == []


def test_a_provider_is_found_by_any_host_below_its_domain() -> None:
    wide = a_provider("Wide", ("pictures.example",))
    narrow = a_provider("Narrow", ("kids.pictures.example",))
    assert queries.provider_for("cdn.pictures.example") == wide
    assert queries.provider_for("a.KIDS.pictures.example.") == narrow
    assert queries.provider_for("notpictures.example") is None


def test_a_domain_belongs_to_one_provider() -> None:
    a_provider()
    with pytest.raises(NotAUsableEntry, match="another provider"):
        a_provider("Second")


@pytest.mark.req("RMV-03")
@pytest.mark.req("INV-16")
def test_a_provider_record_holds_its_protocol_and_its_legal_home() -> None:
    protocol = {
        "preserve_days": 90,
        "formats": ["letter", "xarf"],
        "authority_route": "through the legal desk",
        "contact_route": "mail, then telephone",
        "answer_hours": 24,
    }
    provider = actions.change(entry=a_provider(), fields=protocol, by=LIA, now=NOW)
    held = queries.provider_for("pictures.example")
    assert held == provider
    assert held is not None
    assert (held.legal_entity, held.country, held.preserve_days, held.formats) == ("Pictures Ltd", "XX", 90, ["letter", "xarf"])
    assert {name: getattr(held, name) for name in protocol} == protocol


@pytest.mark.req("TAX-69")
def test_a_booking_platform_is_asked_like_any_provider_and_works_with_the_desk_by_its_own_protocol() -> None:
    fields = {
        "name": "Stays",
        "country": "XX",
        "platform_types": ["rental"],
        "notice_address": "safety@stays.example",
        "contact_route": "the safety line first, then mail",
        "protocol_fields": {"booking_reference": "asked for"},
    }
    actions.add_provider(fields=fields, domains=["stays.example"], by=LIA, now=NOW)
    held = queries.provider_for("www.stays.example")
    assert held is not None
    assert {name: getattr(held, name) for name in fields} == fields


def test_authorities_are_found_by_what_they_are_competent_for() -> None:
    for name, country, kinds in (("Far police", "YY", ["police"]), ("Near unit", "XX", ["national_unit"]), ("Near police", "XX", ["police"])):
        actions.add_authority(fields={"name": name, "country": country, "kinds": kinds, "route": "by hand"}, by=LIA, now=NOW)
    assert [one.name for one in queries.authorities_for("XX", AuthorityKind.POLICE)] == ["Near police", "Far police"]
    assert len(queries.authorities_for()) == 3


@pytest.mark.req("TAX-42")
def test_the_samples_give_each_jurisdiction_its_own_verdict() -> None:
    actions.load_samples(by=SAM, now=NOW)
    assert queries.jurisdictions(TODAY) == ["Sample A", "Sample B", "Sample C"]
    drawn = {"shows_abuse": "yes", "realism": "drawn", "authenticity": "fully_synthetic"}
    rules = queries.rules_of(queries.jurisdictions(TODAY), TODAY)
    said = {j: next(rule.verdict for rule in held if rule.applies(drawn, TODAY)) for j, held in rules.items()}
    assert said == {"Sample A": "lawful_but_harmful", "Sample B": "unlawful", "Sample C": "lawful_but_harmful"}
    assert queries.rules_of(["Sample A"], date(2025, 1, 1)) == {"Sample A": []}


def test_loading_a_set_again_replaces_it() -> None:
    actions.load_samples(by=SAM, now=NOW)
    before = len(queries.rules_of(["Sample A"], TODAY)["Sample A"])
    actions.load_samples(by=SAM, now=NOW)
    assert len(queries.rules_of(["Sample A"], TODAY)["Sample A"]) == before
    assert RuleSet.objects.count() == 3


def test_the_database_refuses_a_set_without_a_source() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        RuleSet.objects.create(code="x", jurisdiction="X", label="x", source="", valid_from=TODAY, loaded_at=NOW)


def test_an_analyst_reads_the_directory_and_does_not_change_it() -> None:
    with pytest.raises(NotPermitted):
        actions.add_service(fields={"kind": "helpline", "name": "X", "phone": "555-0100"}, by=ANA, now=NOW)


def test_it_refuses_a_field_that_would_fake_a_check() -> None:
    with pytest.raises(NotAUsableEntry, match="checked_on"):
        actions.add_service(fields={"kind": "helpline", "name": "X", "phone": "555-0100", "checked_on": TODAY}, by=LIA, now=NOW)


def test_every_write_leaves_one_entry_in_the_log() -> None:
    service = a_service()
    actions.change(entry=service, fields={"hours": "always"}, by=LIA, now=NOW)
    actions.retire(entry=service, by=LIA, now=NOW)
    events = [line.event for line in entries_about(service.id)]
    assert events == ["directory.entry.added", "directory.entry.checked", "directory.entry.changed", "directory.entry.retired"]
