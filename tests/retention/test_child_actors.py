"""A child who may have harmed another child: help comes first, no list of the desk knows them, and what is known of them goes soon."""

import re
from dataclasses import replace
from datetime import datetime

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from tests.accounts.test_doors import DOORS
from tests.response.confirmed import approve
from tests.response.conftest import NOW, Keyholder
from tests.response.test_erasing import data, told
from tests.response.test_pages import SignIn
from tests.retention.test_destroying import DAY, Machine, gone, in_force, machine, run
from tests.retention.test_requests import given, granted

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import SYSTEM, Actor, Role
from cairndesk.cases.actions import Named, ReportFacts, add_item, add_named, add_person, amend_person, open_case, record_sighting, seal_identity
from cairndesk.cases.models import Case, CasePerson, IndexTerm, Item, Report
from cairndesk.cases.queries import cases_with_identifier, people_to_match, suggested_links
from cairndesk.cases.rules.stages import Stage
from cairndesk.custody.queries import unseal_text
from cairndesk.intake.models import Message
from cairndesk.lib import clock
from cairndesk.lib.ids import new_id
from cairndesk.response import actions as response
from cairndesk.response import queries as plans
from cairndesk.response.errors import SignOffMissing
from cairndesk.response.models import PlanStep
from cairndesk.retention import actions, queries
from cairndesk.retention.rules import Asked, Checked, Who
from cairndesk.triage.actions import assess
from cairndesk.triage.models import Stacked

__all__ = ["data", "machine", "told"]
pytestmark = [pytest.mark.django_db, pytest.mark.slow]
NAME, ACCOUNT = "canary-peer-name", "@canary-peer-account"
LISTS = [route for route, view in DOORS.items() if "<" not in route and view.policy.kind in {"signed_in", "verb"}]  # type: ignore[attr-defined]
BLAMING = re.compile(r"offender|perpetrator|abuser|suspect\b|culprit|juvenile", re.IGNORECASE)


@pytest.fixture
def peer(told: Case, ana: Actor) -> CasePerson:
    """A person of concern who is a child, with a name and an account, in a case that is under way."""
    child = add_person(case=told, role="person_of_concern", facts={"actor_age": "child", "relation": "peer"}, by=ana, now=NOW)
    seal_identity(person=child, identity={"name": NAME}, by=ana, now=NOW)
    account = add_item(case=told, kind="account", identifier=ACCOUNT, facts={"holder": child}, by=ana, now=NOW)
    record_sighting(item=account, seen_at=NOW, where="the third table of the canteen", by=ana, now=NOW)
    response.propose_plan(case=told, facts=replace(plans.facts_of(told), offence_suspected=True), by=ana, now=NOW)
    return child


def seen(browser: Client, routes: list[str]) -> dict[str, str]:
    """What these pages say, without what is drawn anew each time."""
    pages = {route: browser.get(route, {"q": ACCOUNT, "words": ACCOUNT}) for route in routes}
    drawn = re.compile(r'(csrfmiddlewaretoken|proof_digest|once)" value="[^"]*"')
    return {
        route: drawn.sub("", page.content.decode(errors="replace")) for route, page in pages.items() if page.status_code == 200 and not page.streaming
    }


@pytest.mark.req("PRI-10")
@pytest.mark.parametrize("role", [Role.ANALYST, Role.SUPERVISOR, Role.LIAISON, Role.AUDITOR, Role.ADMINISTRATOR])
def test_no_list_search_or_export_tells_in_which_case_a_child_is_a_person_of_concern(
    peer: CasePerson, told: Case, one: Organisation, sign_in: SignIn, role: Role
) -> None:
    browser = sign_in(one, f"Somebody {role}", role)
    with time_machine.travel(clock.now(), tick=False):
        _cannot_be_told_apart(browser, peer, [*LISTS, _stack_with(told)])


def _stack_with(told: Case) -> str:
    """Where the page is of a stack in which `told` waits, with an unread message in it."""
    facts = ReportFacts(source="platform", channel="api", path="friend", language="en", told={"answers": {}})
    lead = open_case(organisation=told.organisation, report=facts, by=SYSTEM, now=NOW)
    Case.objects.filter(pk=told.pk).update(stage=Stage.QUEUED, is_emergency=False, priority=4, claimed_by="")
    Stacked.objects.create(case=told, lead=lead, because=["url"], at=NOW)
    return reverse("review:stack", args=[lead.pk])


def _cannot_be_told_apart(browser: Client, peer: CasePerson, lists: list[str]) -> None:
    seen(browser, lists)
    as_child = seen(browser, lists)
    assert len(as_child) > 8
    for page in as_child.values():
        assert NAME not in page
        assert ACCOUNT.removeprefix("@") not in page.replace(f'value="{ACCOUNT}"', "")
    # Nothing but their age is another now: whoever lists, searches or exports cannot tell the difference.
    CasePerson.everything.filter(pk=peer.pk).update(actor_age="adult")
    assert {route for route, page in seen(browser, lists).items() if page != as_child.get(route)} == set()


def test_a_stack_shows_a_child_who_is_a_person_of_concern_like_a_message_that_nobody_read(
    peer: CasePerson, told: Case, one: Organisation, sign_in: SignIn
) -> None:
    browser, page = sign_in(one, "Somebody", Role.ANALYST), [_stack_with(told)]
    Item.everything.filter(case=told).delete()
    Report.objects.filter(case=told).update(source="platform")
    with time_machine.travel(clock.now(), tick=False):
        unread = Message.objects.filter(case=told, from_reporter=True)
        unread.update(read_at=NOW)
        seen(browser, page)
        as_child = seen(browser, page)
        assert "it must be read by itself" in as_child[page[0]]
        unread.update(read_at=None)
        CasePerson.everything.filter(pk=peer.pk).update(actor_age="adult")
        assert seen(browser, page) == as_child
        unread.update(read_at=NOW)
        assert "it must be read by itself" not in seen(browser, page)[page[0]]


@pytest.mark.req("PRI-10", "TRG-27")
def test_the_whole_path_of_a_child_actor(
    peer: CasePerson,
    told: Case,
    one: Organisation,
    police: Keyholder,
    ana: Actor,
    sam: Actor,
    sue: Actor,
    machine: Machine,
    sign_in: SignIn,
) -> None:
    _help_comes_first(told, ana, sam, sign_in(one, "Ann", Role.ANALYST))
    _they_are_found_nowhere(told, peer, ana)
    _they_may_put_right_what_is_said_of_them(told, peer, ana, sam)
    in_force(sam, sue)
    Case.objects.update(stage=Stage.CLOSED, closed_at=NOW)
    run()
    due = {line.title for line in queries.due_by(NOW + 181 * DAY, now=NOW, organisation=one.pk)}
    assert due == {"Identities and contact"}, "and the list of what is due does not say whose"
    machine.wait(180)
    run()
    assert gone() == {"child_actor"}
    peer.refresh_from_db()
    assert peer.identity is not None
    assert peer.identity.erased_at == machine.at
    _what_they_had_is_gone_and_nothing_stumbles_over_it(told, peer, sam, machine.at)


def _what_they_had_is_gone_and_nothing_stumbles_over_it(told: Case, peer: CasePerson, sam: Actor, at: datetime) -> None:
    account, others = Item.objects.get(holder=peer), Item.objects.filter(case=told, holder=None)
    [seen] = account.sightings.all()
    assert [one and one.erased_at for one in (account.identifier, seen.where)] == [at, at]
    assert others.exists()
    assert not others.exclude(identifier__erased_at=None).exists(), "what is nobody's of them is kept for as long as any"
    Case.objects.filter(pk=told.pk).update(stage=Stage.REVIEWING, closed_at=None, erased_at=None)
    again = Case.objects.get(pk=told.pk)
    assess(case=again, by=SYSTEM, now=at)
    add_named(case=again, named=[Named("url", "https://pictures.example/new")], by=sam, now=at)
    amend_person(person=peer, facts={"actor_age": "adult"}, by=sam, now=at)
    release = plans.Release(new_id(), "An authority", "a law", "to protect", False)
    assert "https://pictures.example/new" in repr(plans.case_file(again, release, at))


def _help_comes_first(told: Case, ana: Actor, sam: Actor, browser: Client) -> None:
    steps = {step.kind: step for step in PlanStep.objects.filter(case=told)}
    assert next(iter(steps)) == "welfare"
    with pytest.raises(SignOffMissing):
        approve(steps["authority"], by=ana, now=NOW)
    response.sign_off_step(step=steps["authority"], by=sam, now=NOW)
    assert approve(steps["authority"], by=ana, now=NOW).approved_by == ana.pseudonym
    shown = browser.get(reverse("response:plan", args=[told.pk])).content.decode()
    assert "The person of concern may be a child; help comes before punishment." in shown
    for page in (shown, browser.get(reverse("review:case", args=[told.pk])).content.decode()):
        assert BLAMING.search(page) is None
        assert NAME not in page


def _they_are_found_nowhere(told: Case, peer: CasePerson, ana: Actor) -> None:
    assert not people_to_match(told).exists()
    assert not IndexTerm.objects.filter(item__holder=peer).exists()
    assert list(cases_with_identifier(told.organisation_id, "account", ACCOUNT)) == []
    assert all(ACCOUNT not in repr(link) for link in suggested_links(told))
    release = plans.Release(new_id(), "An authority", "a law", "to protect", False)
    assert NAME not in repr(plans.case_file(told, release, NOW))


def _they_may_put_right_what_is_said_of_them(told: Case, peer: CasePerson, ana: Actor, sam: Actor) -> None:
    asked = actions.Told(Asked.CORRECTION, Who.THEMSELVES, "I was not there.", NOW.date(), told)
    request = actions.record_request(told=asked, by=ana, now=NOW)
    granted(actions.check_request(request=request, known=actions.Known(Checked.IN_PERSON, told, peer), by=ana, now=NOW), sam)
    assert [unseal_text(one.words) for one in queries.corrections_of(told)] == ["I was not there."]
    asked = actions.Told(Asked.ACCESS, Who.THEMSELVES, "What do you keep about me?", NOW.date(), told)
    request = actions.record_request(told=asked, by=ana, now=NOW)
    mine = given(granted(actions.check_request(request=request, known=actions.Known(Checked.IN_PERSON, told, peer), by=ana, now=NOW), sam), sam)
    assert NAME in repr(mine)
    assert "I was not there." in repr(mine)
