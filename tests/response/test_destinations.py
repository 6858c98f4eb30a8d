"""One case reaches several destinations from one plan, names only where a person decided so, and the way to an authority ends in an outcome."""

import json
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
import time_machine
from django.urls import reverse
from pyrage import x25519
from tests.response.confirmed import approve, build, read_summary, release, take
from tests.response.conftest import ADDRESS, NOW, Keyholder, later
from tests.response.test_packages import GROUNDS, unpack
from tests.response.test_pages import Browser, SignIn, press, see, sign_in
from tests.response.test_sharing import BASIS, term
from tests.support.two_people import another, approved

from cairndesk.accounts import actions as accounts
from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor, Role
from cairndesk.accounts.rules.sharing import Data, Recipient
from cairndesk.cases.actions import add_item, add_person, record_payment, record_sighting, seal_identity
from cairndesk.cases.models import Case
from cairndesk.custody.queries import entries_about
from cairndesk.directory import actions as directory
from cairndesk.directory.models import Authority, Provider
from cairndesk.directory.queries import authorities_for
from cairndesk.directory.rules import AuthorityKind
from cairndesk.exchange.formats.letter import Target
from cairndesk.lib import clock
from cairndesk.response import actions, queries
from cairndesk.response.errors import IllegalStep
from cairndesk.response.models import AuthorityPackage, Notice, PlanStep
from cairndesk.response.queries import letters_of
from cairndesk.response.rules import AuthorityOutcome, Choice, NoticeKind, PackageState

__all__ = ["sign_in"]
pytestmark = pytest.mark.django_db
Plan = Callable[..., dict[str, PlanStep]]
SAID = "Somebody put my picture there."
WALLET = "bc1q-sample-wallet"


def authority(name: str, kind: str, lia: Actor) -> Keyholder:
    identity = x25519.Identity.generate()
    fields = {"name": name, "country": "XX", "kinds": [kind], "route": "by hand", "age_recipient": str(identity.to_public())}
    return Keyholder(directory.add_authority(fields=fields, by=lia, now=NOW), str(identity))


@pytest.fixture
def analyst(sign_in: SignIn, one: Organisation) -> Browser:
    return sign_in(one, "Ann", Role.ANALYST)


@pytest.mark.slow
@pytest.mark.req("INV-01")
def test_a_structured_referral_to_a_competent_authority_is_followed_by_receipt_acceptance_and_outcome(
    case: Case, plan: Plan, police: Keyholder, ana: Actor, sam: Actor, analyst: Browser, tmp_path: Path
) -> None:
    step = approve(plan(case)["authority"], by=ana, now=NOW)
    assert "Sample police (XX): police" in see(analyst, "build", step.pk)
    package = build(step, police.authority, GROUNDS, by=ana, now=NOW)
    folder = unpack(package, police, tmp_path)
    said = json.loads((folder / "data/case.json").read_text())
    assert (said["format"], said["recipient"], said["purpose"]) == ("cairndesk-case", "Sample police", GROUNDS.purpose)
    release(package, by=ana, other=sam, now=later(1))
    take(package, by=ana, now=later(1))
    with pytest.raises(IllegalStep):
        actions.record_authority_answer(package=package, is_accepted=True, by=ana, now=later(1))
    actions.hand_over(package=package, by=ana, now=later(2))
    for answer, state in (("", "acknowledged"), ("accepted", "accepted"), ("child_safeguarded", "answered")):
        press(analyst, "package-follow", package.pk, act="answer", outcome=answer)
        package.refresh_from_db()
        assert package.state == state
    page = see(analyst, "package", package.pk)
    assert all(words in page for words in ("They have it", "They take it on", "child_safeguarded"))
    assert package.acknowledged_at <= package.accepted_at <= package.outcome_at
    told = [line for line in entries_about(case.pk) if line.event == "response.package.acknowledged"]
    assert len(told) == 3
    with pytest.raises(IllegalStep):
        actions.record_authority_answer(package=package, is_accepted=True, by=ana, now=later(99))


@pytest.mark.slow
def test_a_matter_that_an_authority_takes_on_is_waited_for_no_more_and_has_arrived(
    case: Case, plan: Plan, police: Keyholder, ana: Actor, sam: Actor
) -> None:
    package = build(approve(plan(case)["authority"], by=ana, now=NOW), police.authority, GROUNDS, by=ana, now=NOW)
    release(package, by=ana, other=sam, now=NOW)
    take(package, by=ana, now=NOW)
    actions.hand_over(package=package, by=ana, now=NOW)
    actions.record_authority_answer(package=package, is_accepted=True, by=ana, now=later(1))
    assert "authority_silent" not in [one.what for one in queries.due(case.organisation_id, later(24 * 9))]
    package.refresh_from_db()
    assert (package.state, package.acknowledged_at, package.accepted_at) == (PackageState.ACCEPTED, later(1), later(1))
    actions.record_authority_answer(package=package, outcome=AuthorityOutcome.ARREST, by=ana, now=later(2))
    package.refresh_from_db()
    assert (package.state, package.accepted_at) == (PackageState.ANSWERED, later(1))


@pytest.mark.slow
def test_from_one_plan_police_and_child_protection_are_told_and_names_go_only_where_a_person_decided_so(
    ready: PlanStep, case: Case, police: Keyholder, ana: Actor, lia: Actor, analyst: Browser, tmp_path: Path
) -> None:
    child = add_person(case=case, role="child", by=ana, now=NOW)
    seal_identity(person=child, identity={"name": "Kim Example"}, by=ana, now=NOW)
    add_item(case=case, kind="wallet", identifier=WALLET, by=ana, now=NOW)
    welfare = authority("Sample child protection", "child_protection", lia)
    fields = {"kind": "child_protection", "name": "Sample youth office", "country": "XX", "phone": "555-0100"}
    office = directory.add_service(fields=fields, by=lia, now=NOW)
    steps = {kind: approve(PlanStep.objects.get(case=case, kind=kind), by=ana, now=NOW) for kind in ("authority", "support")}
    # Police: what was told and found, nobody by name. Child protection, by a decision of its own: with the name of the child.
    made = {
        one: build(steps["authority"], held.authority, actions.Grounds("law", "to protect", names_people=named), by=lia if named else ana, now=NOW)
        for one, held, named in (("police", police, False), ("welfare", welfare, True))
    }
    opened = {
        one: (unpack(made[one], held, tmp_path / one) / "data/case.json").read_text() for one, held in (("police", police), ("welfare", welfare))
    }
    assert all(words in opened["police"] for words in (SAID, ADDRESS, WALLET))
    assert "Kim Example" not in opened["police"]
    assert "Kim Example" in opened["welfare"]
    # The service that helps: what was told, so that nobody is asked again; no address, wallet or name.
    drafted = actions.draft_referral(step=steps["support"], service=office, reason="support", best_interests="care", by=ana, now=NOW)
    choice = actions.Choice(is_given=True, limits_explained=True, by_whom="child", maturity="understands it")
    summary = str(read_summary(actions.record_consent(referral=drafted, choice=choice, by=ana, now=NOW), by=ana, now=NOW))
    assert SAID in summary
    assert not any(words in summary for words in (ADDRESS, WALLET, "Kim Example"))
    # The provider: the address that it can remove, and nothing that was told.
    [(_, letter)] = letters_of(ready)
    assert "pictures[.]example/a/1" in letter
    assert not any(words in letter for words in (SAID, WALLET, "Kim Example"))
    page = see(analyst, "plan", case.pk)
    assert all(words in page for words in ("Package for Sample police", "Package for Sample child protection", "Sample youth office"))


@pytest.mark.slow
@pytest.mark.req("INV-22")
def test_a_national_unit_is_a_destination_of_its_own_kind(
    case: Case, plan: Plan, ana: Actor, lia: Actor, police: Keyholder, analyst: Browser, sign_in: SignIn, one: Organisation, tmp_path: Path
) -> None:
    identity = x25519.Identity.generate()
    keeper = sign_in(one, "Lin", Role.LIAISON)
    fields = {
        "name": "Sample central bureau",
        "country": "XX",
        "kinds": ["national_unit"],
        "route": "closed line",
        "age_recipient": str(identity.to_public()),
    }
    assert keeper.post("/directory/authority/add/", fields).status_code == 302
    [unit] = authorities_for("XX", AuthorityKind.NATIONAL_UNIT)
    assert unit.name == "Sample central bureau"
    step = approve(plan(case)["authority"], by=ana, now=NOW)
    assert "Sample central bureau (XX): national unit" in see(analyst, "build", step.pk)
    package = build(step, unit, GROUNDS, by=ana, now=NOW)
    said = json.loads((unpack(package, Keyholder(unit, str(identity)), tmp_path) / "data/case.json").read_text())
    assert said["recipient"] == "Sample central bureau"


@pytest.mark.slow
@time_machine.travel(NOW, tick=False)
def test_what_goes_and_what_is_left_out_is_read_kind_by_kind_with_its_rule_before_anything_is_closed(
    case: Case, plan: Plan, police: Keyholder, ana: Actor, sam: Actor, sign_in: SignIn, one: Organisation, tmp_path: Path
) -> None:
    analyst, liaison = sign_in(one, "Ann", Role.ANALYST), sign_in(one, "Lin", Role.LIAISON)
    child = add_person(case=case, role="child", by=ana, now=NOW)
    seal_identity(person=child, identity={"name": "Kim Example"}, by=ana, now=NOW)
    step = approve(plan(case)["authority"], by=ana, now=NOW)
    asked = {"authority": str(police.authority.pk), "legal_basis": GROUNDS.legal_basis, "purpose": GROUNDS.purpose}

    def preview(by: Browser = analyst, **more: str) -> str:
        return re.sub(r"\s+", " ", unescape(by.post(reverse("response:build", args=[step.pk]), asked | more).content.decode()))

    def said(page: str, kind: str) -> str:
        return page[page.index(f">{kind}</th>") :].partition("</tr>")[0]

    first = preview()
    assert SAID in first
    assert "hxxps://pictures[.]example/a/1" in first
    assert "Kim Example" not in first
    assert "left out" in said(first, "Who somebody is")
    assert "without one this may be given" in said(first, "What was told, in their own words")
    assert not AuthorityPackage.objects.exists()
    # Whoever may not read who somebody is cannot let it go along, and reads so here.
    with_names = preview(names_people="on")
    assert "may not go" in said(with_names, "Who somebody is")
    assert "you may not read who somebody is" in said(with_names, "Who somebody is")
    assert "Build and close the package" not in with_names
    with_names = preview(liaison, names_people="on")
    assert "goes along" in said(with_names, "Who somebody is")
    assert "Kim Example" not in with_names, "not even here is it opened"
    # A rule of the desk on one kind of data for one kind of recipient in one country: it alone stays here, and says why.
    rule = term(Data.IDENTITY, Recipient.AUTHORITY, "XX", since=clock.now().date())
    made = accounts.ask_sharing_rule(term=rule, by=sam, now=clock.now())
    approved(made, another(sam), clock.now())
    refused = preview(liaison, names_people="on")
    assert "may not go" in said(refused, "Who somebody is")
    assert BASIS in said(refused, "Who somebody is")
    assert "goes along" in said(refused, "What was told, in their own words")
    assert "Build and close the package" not in refused
    assert "Build and close the package" in preview()
    # Whoever changes it finds what they wrote, and goes from there to what will be closed.
    again = analyst.post(reverse("response:build", args=[step.pk]), asked | {"change": "yes"})
    assert again.status_code == 200
    assert all(words in again.content.decode() for words in (GROUNDS.legal_basis, GROUNDS.purpose, reverse("response:build", args=[step.pk])))
    # Where something is missing, the form that comes back leads to both.
    wrong = analyst.post(reverse("response:build", args=[step.pk]), asked | {"legal_basis": ""})
    assert (wrong.status_code, f'action="{reverse("response:build", args=[step.pk])}"' in wrong.content.decode()) == (422, True)
    # What is built is what was read.
    package = build(step, police.authority, GROUNDS, by=ana, now=NOW)
    held = (unpack(package, police, tmp_path) / "data/case.json").read_text()
    assert SAID in held
    assert ADDRESS in held
    assert "Kim Example" not in held


@pytest.mark.slow
@time_machine.travel(NOW, tick=False)
def test_of_each_thing_is_read_what_the_case_file_would_say_of_it(
    case: Case, plan: Plan, police: Keyholder, ana: Actor, sign_in: SignIn, one: Organisation
) -> None:
    analyst = sign_in(one, "Ann", Role.ANALYST)
    add_person(case=case, role="child", facts={"country": "AT", "gender": "girl_or_woman"}, by=ana, now=NOW)
    record_sighting(item=case.items.get(), seen_at=later(-1), facts={}, by=ana, now=NOW)
    step = approve(plan(case, in_danger=True)["authority"], by=ana, now=NOW)
    asked = {"authority": str(police.authority.pk), "legal_basis": GROUNDS.legal_basis, "purpose": GROUNDS.purpose}
    page = re.sub(r"\s+", " ", unescape(analyst.post(reverse("response:build", args=[step.pk]), asked).content.decode()))
    file = queries.case_file(case, queries.Release(step.pk, "", "", "", names_people=False), NOW)
    assert f"{file.people[0].ref}: {file.people[0].role} (is child: yes; " in page
    assert all(words in page for words in (f"gender: {file.people[0].gender}", "country: AT", *file.urgency, *(one.event for one in file.timeline)))
    assert all(f"{name}: {value}".replace("_", " ") in page for name, value in file.items[0].notes.items())
    assert f"Seen {later(-1):%Y-%m-%d %H:%M} UTC" in page
    assert all(words in page for words in (GROUNDS.legal_basis, GROUNDS.purpose))


@pytest.mark.slow
@pytest.mark.req("INV-06")
def test_everything_that_ties_a_case_to_a_country_is_shown_with_who_may_act_there_and_a_person_decides(
    open_at: Callable[..., Case], plan: Plan, police: Keyholder, provider: Provider, ana: Actor, lia: Actor, analyst: Browser
) -> None:
    case = open_at(country_child="DE", country_actor="FR", country_host="NL", country_company="US", country_payment="CH")
    add_person(case=case, role="child", facts={"country": "AT"}, by=ana, now=NOW)
    add_person(case=case, role="person_of_concern", facts={"country": "DE"}, by=ana, now=NOW)
    item = case.items.get()
    record_sighting(item=item, seen_at=NOW, facts={"country_host": "SE"}, by=ana, now=NOW)
    record_payment(incident=case.incidents.get(), facts={"country": "PH"}, by=ana, now=NOW)
    steps = plan(case)
    actions.record_preservation(case=case, choice=Choice.OWN_RECORD, why="address and time", by=ana, now=NOW)
    asked = actions.Draft(provider, NoticeKind.REMOVAL, [(Target.URL, ADDRESS)], "unlawful", "A2", expression_checked=True)
    actions.draft_notices(step=steps["remove"], drafts=[asked], by=ana, now=NOW)
    german = authority("Sample German unit", "national_unit", lia)
    Authority.objects.filter(pk=german.authority.pk).update(country="DE")
    directory.add_authority(fields={"name": "Sample Dutch regulator", "country": "NL", "kinds": ["regulator"], "route": "by mail"}, by=lia, now=NOW)
    Organisation.objects.filter(pk=case.organisation_id).update(country="AT")
    found = {row.country: row for row in queries.connections(Case.objects.get(pk=case.pk))}
    assert {country: len(row.factors) for country, row in found.items()} == {
        "XX": 1, "DE": 2, "FR": 1, "NL": 1, "US": 1, "CH": 1, "AT": 2, "SE": 1, "PH": 1,
    }  # fmt: skip
    assert found["DE"].factors == ("where the child is", "where the person of concern is")
    assert found["XX"].factors == ("where a provider that a notice is for has its seat",)
    step = approve(steps["authority"], by=ana, now=NOW)
    page = see(analyst, "build", step.pk)
    table = page[page.index('id="where"') : page.index("</tbody>")]
    for row in found.values():
        line = table[table.index(f'<th scope="row">{row.country}</th>') :].partition("</tr>")[0]
        assert all(factor in line for factor in row.factors)
    assert "Sample German unit: national unit" in table
    assert "Sample Dutch regulator: regulator (no key for packages: by mail)" in table
    assert "nobody in the directory" in table
    assert "checked" not in page[page.index("<form", page.index("</tbody>")) :], "nothing is chosen beforehand"
    # A draft that is given up ties it nowhere.
    actions.drop_notice(notice=Notice.objects.get(case=case), by=ana, now=NOW)
    assert "XX" not in [row.country for row in queries.connections(Case.objects.get(pk=case.pk))]
