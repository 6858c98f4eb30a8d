"""The team of a case: each function sees its part and no more, at every address; whoever is taken off sees nothing (INV-03)."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from tests.accounts.test_doors import GUARDED
from tests.review.conftest import as_actor
from tests.review.test_pages import Enter, enter

from cairndesk.accounts.errors import NotPermitted, SharingRefused
from cairndesk.accounts.models import Organisation, Person, RoleGrant, SharingRule
from cairndesk.accounts.rules import Matter, Role
from cairndesk.cases import taxonomy
from cairndesk.cases.actions import (
    add_evidence,
    add_item,
    add_person,
    admit,
    describe_incident,
    keep_choices,
    open_identifier,
    record_support,
    seat,
    unseat,
)
from cairndesk.cases.errors import AgainstTheirChoice, NotYourPart, SeatRefused, UnknownCode
from cairndesk.cases.models import Case, CaseGrant, Evidence, Item, TeamSeat
from cairndesk.cases.rules.team import OPENS, PART_WORDS, SCOPES, Part, opened_by
from cairndesk.custody.actions import seal
from cairndesk.custody.queries import entries_about
from cairndesk.custody.rules import Event, Purpose
from cairndesk.intake.models import Message
from cairndesk.lib import clock
from cairndesk.review import actions

__all__ = ["enter"]
pytestmark = [pytest.mark.django_db, pytest.mark.req("INV-03")]
TOLD, TALK, ADDRESS, FACT = "It began in the summer.", "Will somebody call me?", "https://pictures.example/shared", "kept by the carrier"
FUNCTIONS = sorted(SCOPES)


@pytest.fixture
def staff(enrol: Callable[..., Person], one: Organisation) -> dict[str, Person]:
    roles = {"Ana": Role.ANALYST, "Sam": Role.SUPERVISOR, "Sue": Role.SUPERVISOR, "Psy": Role.SPECIALIST, "Oth": Role.SPECIALIST}
    return {name: enrol(one, name, role) for name, role in roles.items()}


@pytest.fixture
def case(tell: Callable[..., Case], staff: dict[str, Person]) -> Case:
    """A case that holds something in every part."""
    now, sam = clock.now(), as_actor(staff["Sam"])
    case = tell({"what": ["found"], "more": TOLD}, at=now)
    add_item(case=case, kind="url", identifier=ADDRESS, by=sam, now=now)
    child = add_person(case=case, role="child", facts={"stated_age": "age_11_12"}, by=sam, now=now)
    record_support(person=child, family="impact", codes=["fear"], by=sam, now=now)
    incident = describe_incident(case=case, facts={}, by=sam, now=now)
    add_evidence(incident=incident, kind="chat", facts={"service": FACT}, by=sam, now=now)
    text = seal(organisation=case.organisation_id, purpose=Purpose.MESSAGE, plain={"text": TALK}, now=now)
    Message.objects.create(case=case, from_reporter=True, text=text, at=now)
    keep_choices(case=case, answers={"tell": ["no_school"]}, by=sam, now=now)
    return case


def put(case: Case, person: Person, function: str, by: Person, **more: Any) -> TeamSeat:
    return seat(case=case, person=person, function=function, by=as_actor(by), now=clock.now(), **more)


def things(case: Case) -> dict[Part, object]:
    """What each part opens."""
    return {Part.TOLD: case.reports.get().pk, Part.CONTACT: case.pk, Part.EVIDENCE: case.items.get().pk}


def opened(browser: Client, case: Case, part: str, thing: object) -> tuple[int, str]:
    answer = browser.post(reverse("review:open-part", args=[case.pk, part, thing]))
    return answer.status_code, answer.content.decode()


def test_every_function_is_a_code_of_the_vocabulary_with_a_plain_name_and_opens_no_material_and_nobodys_name() -> None:
    codes = taxonomy.family("team_function").codes
    assert set(SCOPES) | {"lead", "analyst"} == set(codes)
    assert codes["psychologist"].label == "Psychologist"
    assert codes["prosecutor_liaison"].label == "Liaison to the prosecution"
    assert all(not opened_by(one) & {Matter.ORIGINAL, Matter.IDENTITY, Matter.LETTERS} for one in SCOPES)
    # Care and talk are not for the charge, and evidence not for care.
    assert SCOPES["prosecutor_liaison"] & {Part.WELFARE, Part.CONTACT} == set()
    assert SCOPES["psychologist"] & {Part.EVIDENCE, Part.CUSTODY} == set()


@pytest.mark.slow
@pytest.mark.parametrize("function", FUNCTIONS)
def test_each_function_sees_and_opens_its_part_and_nothing_else(case: Case, staff: dict[str, Person], enter: Enter, function: str) -> None:
    put(case, staff["Psy"], function, staff["Sam"])
    browser = enter(staff["Psy"])
    assert case.number in browser.get(reverse("review:teams")).content.decode()
    page = browser.get(reverse("review:part", args=[case.pk])).content.decode()
    for part in Part:
        assert (f'id="{part.value}"' in page) is (part in SCOPES[function])
        assert (PART_WORDS[part] in page) is (part in SCOPES[function])
    # Nothing sealed stands on the page itself.
    assert not any(words in page for words in (TOLD, TALK, "pictures", FACT))
    assert ("Fear" in page) is (Part.WELFARE in SCOPES[function])
    says = {Part.TOLD: TOLD, Part.CONTACT: TALK, Part.EVIDENCE: "pictures"}
    for part, thing in things(case).items():
        status, words = opened(browser, case, part, thing)
        assert status == (200 if part in SCOPES[function] else 403), part
        assert (says[part] in words) is (part in SCOPES[function])
    fact = Evidence.objects.get().pk
    assert (FACT in opened(browser, case, "evidence", fact)[1]) is (Part.EVIDENCE in SCOPES[function])
    # No part opens the thing of another one, nor a part that there is not.
    for wrong in ("welfare", "wishes", "custody", "material", "evidence", "told"):
        assert opened(browser, case, wrong, case.pk)[0] in {403, 404}
    under = {entry.detail.get("purpose") for entry in entries_about(case.pk) if entry.actor == str(staff["Psy"].pseudonym)}
    assert under == {"team"}


@pytest.mark.slow
@pytest.mark.parametrize("role", [Role.SPECIALIST, Role.ANALYST, Role.LIAISON, Role.CALL_TAKER])
@pytest.mark.parametrize("stage", ["queued", "classified"])
def test_somebody_with_a_function_finds_every_other_address_of_the_case_shut(
    case: Case, staff: dict[str, Person], enrol: Callable[..., Person], one: Organisation, enter: Enter, role: Role, stage: str
) -> None:
    person = enrol(one, "Fay", role)
    put(case, person, "psychologist", staff["Sam"])
    Case.objects.filter(pk=case.pk).update(stage=stage)
    browser = enter(person)
    known = {"report_id": case.reports.get().pk, "item_id": case.items.get().pk, "person_id": case.people.get().pk, "case_id": case.pk}
    routes = [route for route in GUARDED if "<uuid:case_id>" in route and "/part/" not in route]
    assert len(routes) > 60
    before = (Case.objects.values().get(pk=case.pk), len(entries_about(case.pk)), Item.objects.count())
    for route in routes:
        address = re.sub(r"<(\w+:)?(\w+)>", lambda found: str(known.get(found[2], case.pk if "uuid" in (found[1] or "") else "threat")), route)
        for answer in (browser.get(address), browser.post(address, {"words": "x", "why": "x", "act": "x"})):
            assert answer.status_code in {403, 404, 405}, (address, answer.status_code)
            assert not any(words in answer.content.decode() for words in (TOLD, TALK, FACT)), address
    assert (Case.objects.values().get(pk=case.pk), len(entries_about(case.pk)), Item.objects.count()) == before
    # Nor is it handed to them as the next one.
    browser.post(reverse("review:next"))
    assert Case.objects.get(pk=case.pk).claimed_by == ""


def test_behind_the_pages_the_door_of_what_is_sealed_is_narrow_too(case: Case, staff: dict[str, Person]) -> None:
    now, ana = clock.now(), as_actor(staff["Ana"])
    put(case, staff["Ana"], "psychologist", staff["Sam"])
    actions.open_account(report=case.reports.get(), by=ana, now=now)
    with pytest.raises(NotYourPart):
        open_identifier(item=case.items.get(), by=ana, now=now)
    for matter in set(Matter) - opened_by("psychologist"):
        with pytest.raises(NotYourPart):
            admit(case=case, matter=matter, event=Event.CASES_FACT_OPENED, by=ana, now=now)
    with pytest.raises(NotYourPart):
        actions.claim(case=case, by=ana, now=now)
    assert set().union(*OPENS.values()) <= set(Matter)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Psy", "Ana"])
def test_whoever_is_taken_off_sees_nothing_at_once_and_the_log_has_both(case: Case, staff: dict[str, Person], enter: Enter, name: str) -> None:
    person, holder = staff[name], str(staff[name].pseudonym)
    put(case, person, "forensic", staff["Sam"])
    browser = enter(person)
    assert opened(browser, case, "evidence", case.items.get().pk)[0] == 200
    assert CaseGrant.objects.filter(holder=holder, ended_at=None).count() == 1
    unseat(case=case, holder=holder, by=as_actor(staff["Sue"]), now=clock.now())
    assert CaseGrant.objects.filter(holder=holder, ended_at=None).count() == 0
    assert [opened(browser, case, part, thing)[0] for part, thing in things(case).items()] == [404, 404, 404]
    assert browser.get(reverse("review:part", args=[case.pk])).status_code == 404
    assert browser.get(reverse("review:case", args=[case.pk])).status_code == 403
    assert case.number not in browser.get(reverse("review:teams")).content.decode()
    with pytest.raises(NotYourPart):
        admit(case=case, matter=Matter.IDENTIFIER, event=Event.CASES_ITEM_OPENED, by=as_actor(person), now=clock.now())
    said = [(entry.event, entry.actor, entry.detail.get("function")) for entry in entries_about(case.pk) if "team" in entry.event]
    sam, sue = (str(staff[one].pseudonym) for one in ("Sam", "Sue"))
    assert said == [(Event.CASES_TEAM_SEATED, sam, "forensic"), (Event.CASES_TEAM_UNSEATED, sue, None)]
    # Seated anew they see what that function sees.
    put(case, person, "psychologist", staff["Sam"])
    assert opened(browser, case, "told", case.reports.get().pk)[0] == 200
    assert opened(browser, case, "evidence", case.items.get().pk)[0] == 403


def test_another_function_ends_what_the_first_one_opened(case: Case, staff: dict[str, Person], enter: Enter) -> None:
    put(case, staff["Psy"], "prosecutor_liaison", staff["Sam"])
    browser = enter(staff["Psy"])
    opened(browser, case, "evidence", case.items.get().pk)
    put(case, staff["Psy"], "child_protection", staff["Sam"])
    assert TeamSeat.objects.filter(ended_at=None).count() == 1
    assert opened(browser, case, "evidence", case.items.get().pk)[0] == 403


def test_a_specialist_without_a_seat_sees_no_case_and_other_cases_stay_shut(case: Case, staff: dict[str, Person], enter: Enter, tell: Any) -> None:
    put(case, staff["Psy"], "psychologist", staff["Sam"])
    other = tell({"what": ["found"], "more": "Another matter."}, at=clock.now())
    for name, shut in (("Oth", case), ("Psy", other)):
        browser = enter(staff[name])
        assert browser.get(reverse("review:part", args=[shut.pk])).status_code == 404
        assert browser.post(reverse("review:open-part", args=[shut.pk, "told", shut.reports.get().pk])).status_code == 404
        for address in ("/", reverse("review:teams"), reverse("accounts:handbook")):
            assert shut.number not in browser.get(address).content.decode()
        for address in (reverse("triage:queue", args=["waiting"]), reverse("review:search")):
            assert browser.get(address).status_code == 403
    # The report of another case does not open under this one.
    assert opened(enter(staff["Psy"]), case, "told", other.reports.get().pk)[0] == 404


def test_who_leads_or_judges_keeps_what_their_role_sees(case: Case, staff: dict[str, Person], enter: Enter) -> None:
    put(case, staff["Ana"], "analyst", staff["Sam"])
    browser = enter(staff["Ana"])
    assert browser.get(reverse("review:case", args=[case.pk])).status_code == 200
    assert browser.get(reverse("review:part", args=[case.pk])).headers["Location"] == reverse("review:case", args=[case.pk])
    assert opened(browser, case, "told", case.reports.get().pk)[0] == 403


def test_only_a_supervisor_seats_people_and_never_themselves(case: Case, staff: dict[str, Person]) -> None:
    with pytest.raises(NotPermitted):
        put(case, staff["Psy"], "psychologist", staff["Ana"])
    with pytest.raises(SeatRefused):
        put(case, staff["Sam"], "psychologist", staff["Sam"])
    with pytest.raises(SeatRefused):
        put(case, staff["Psy"], "lead", staff["Sam"])
    with pytest.raises(UnknownCode):
        put(case, staff["Psy"], "onlooker", staff["Sam"])
    put(case, staff["Sue"], "psychologist", staff["Sam"])
    with pytest.raises(SeatRefused):
        unseat(case=case, holder=str(staff["Sue"].pseudonym), by=as_actor(staff["Sue"]), now=clock.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        TeamSeat.objects.update(seated_by=str(staff["Sue"].pseudonym))
    RoleGrant.objects.filter(person=staff["Psy"]).update(role=Role.AUDITOR)
    with pytest.raises(SeatRefused):
        put(case, Person.objects.get(name="Psy"), "psychologist", staff["Sam"])


@pytest.mark.slow
def test_somebody_of_a_partner_has_a_part_for_a_month_at_most_and_what_may_be_shared(
    case: Case, staff: dict[str, Person], enrol: Callable[..., Person], two: Organisation, enter: Enter
) -> None:
    now, ola = clock.now(), enrol(two, "Ola", Role.ANALYST)
    soon = now + timedelta(days=3)
    for function, until in (("lead", soon), ("psychologist", None), ("psychologist", now + timedelta(days=40))):
        with pytest.raises(SeatRefused):
            put(case, ola, function, staff["Sam"], until=until)
    # Without a rule an address goes to no partner.
    with pytest.raises(SharingRefused):
        put(case, ola, "forensic", staff["Sam"], until=soon)
    put(case, ola, "psychologist", staff["Sam"], until=soon)
    browser = enter(ola)
    assert opened(browser, case, "told", case.reports.get().pk)[0] == 200
    assert opened(browser, case, "evidence", case.items.get().pk)[0] == 403
    assert browser.get(reverse("review:case", args=[case.pk])).status_code == 404
    TeamSeat.objects.update(since=now - timedelta(days=9), until=now - timedelta(hours=1))
    assert opened(browser, case, "told", case.reports.get().pk)[0] == 404
    days = {"valid_from": now.date() - timedelta(days=1), "entered_at": now, "entered_by": "somebody", "basis": "An agreement"}
    SharingRule.objects.create(organisation=case.organisation, data="account", recipient="partner", country="*", is_allowed=False, **days)
    with pytest.raises(SharingRefused):
        put(case, ola, "psychologist", staff["Sam"], until=soon)


def test_an_authority_gets_nobody_on_the_team_of_a_child_who_wants_no_police(
    case: Case, staff: dict[str, Person], enrol: Callable[..., Person], two: Organisation
) -> None:
    two.kind = "authority"
    two.save()
    officer, until = enrol(two, "Ola", Role.LIAISON), clock.now() + timedelta(days=3)
    keep_choices(case=case, answers={"tell": ["no_police"]}, by=as_actor(staff["Sam"]), now=clock.now())
    with pytest.raises(AgainstTheirChoice):
        put(case, officer, "police_liaison", staff["Sam"], until=until)


def test_a_closed_case_is_shut_to_its_team(case: Case, staff: dict[str, Person], enter: Enter) -> None:
    put(case, staff["Psy"], "psychologist", staff["Sam"])
    Case.objects.filter(pk=case.pk).update(stage="closed", next_action_at=None)
    browser = enter(staff["Psy"])
    assert browser.get(reverse("review:part", args=[case.pk])).status_code == 404
    assert opened(browser, case, "told", case.reports.get().pk)[0] == 404


@pytest.mark.slow
def test_the_pages_say_who_is_on_it_and_ask_little_of_the_database(
    case: Case, staff: dict[str, Person], enter: Enter, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    sam, team = enter(staff["Sam"]), reverse("review:team", args=[case.pk])
    assert sam.post(reverse("review:seat", args=[case.pk]), {"person": staff["Psy"].pk, "function": "prosecutor_liaison"}).status_code == 302
    assert sam.post(reverse("review:seat", args=[case.pk]), {"person": staff["Psy"].pk, "function": "lead"}).status_code == 422
    put(case, staff["Oth"], "psychologist", staff["Sam"])
    with django_assert_max_num_queries(30):
        page = sam.get(team).content.decode()
    assert "Liaison to the prosecution" in page
    assert team in sam.get(reverse("review:case", args=[case.pk])).content.decode()
    for name in ("Psy", "Oth"):
        with django_assert_max_num_queries(30):
            enter(staff[name]).get(reverse("review:part", args=[case.pk]))
    assert sam.post(reverse("review:unseat", args=[case.pk]), {"holder": str(staff["Psy"].pseudonym)}).status_code == 302
    assert "Liaison to the prosecution</b>" not in sam.get(team).content.decode()
