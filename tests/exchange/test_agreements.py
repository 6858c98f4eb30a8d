"""Cases go between organisations only while both have agreed to it, from a day on and before another; what an authority is told is bounded more."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from tests.support.cast import NOON, actor
from tests.support.two_people import agreed, approved, offered

from cairndesk.accounts.actions import set_kind
from cairndesk.accounts.errors import NeedsSecondPerson, NotPermitted, OtherOrganisation, SharingRefused
from cairndesk.accounts.models import Organisation, Person, RoleGrant, SharingRule
from cairndesk.accounts.rules import Actor, Proof, Role
from cairndesk.cases.actions import move
from cairndesk.cases.errors import AgainstTheirChoice
from cairndesk.cases.models import Case
from cairndesk.cases.rules import Stage
from cairndesk.custody.models import LogOpening
from cairndesk.custody.queries import entries_about
from cairndesk.directory.models import FIRST_OWN, SharingTable
from cairndesk.directory.profiles import shipped_text
from cairndesk.exchange import actions, errors, queries
from cairndesk.exchange.models import Agreement
from cairndesk.intake.actions import take_report
from cairndesk.intake.rules import Path
from cairndesk.lib import clock

pytestmark = pytest.mark.django_db
DAY, TODAY = timedelta(days=1), NOON.date()
YEAR = {"basis": "Contract of 1 March", "valid_from": TODAY, "valid_until": TODAY + 365 * DAY}


@pytest.fixture
def ona(two) -> Actor:
    return actor(two, "Ona", Role.SUPERVISOR)


@pytest.fixture
def ada(one) -> Actor:
    return actor(one, "Ada", Role.ADMINISTRATOR)


def told(one, cal, **answers) -> Case:
    case = take_report(organisation=one, path=Path.CHILD, language="en", channel="phone", told={"what": ["threatens"]} | answers, by=cal, now=NOON)
    move(case=case.case, to=Stage.QUEUED, by=cal, now=NOON)
    return case.case


@pytest.fixture
def case(ring, one, cal, data) -> Case:
    return told(one, cal)


def ask(case, to, by, *, at=NOON):
    return actions.ask_to_offer(case=case, to=to, reason="The child lives there.", by=by, now=at)


@pytest.mark.req("INT-26")
def test_an_ngo_refers_a_case_to_an_authority_of_the_same_desk_under_a_dated_agreement_of_both(case, one, two, ada, sam, sue, ona, lou):
    set_kind(organisation=two, kind="authority", by=ada, now=NOON)
    two.refresh_from_db()
    assert (one.get_kind_display(), two.get_kind_display()) == ("an organisation of civil society", "a state authority")
    with pytest.raises(errors.NoAgreement):
        ask(case, two, sam)
    made = actions.propose_agreement(partner=two, **YEAR, by=sam, now=NOON)
    with pytest.raises(errors.NoAgreement):
        ask(case, two, sam)
    actions.agree(agreement=made, by=ona, now=NOON)
    assert list(queries.possible_receivers(one.pk, on=TODAY)) == [two]
    assert list(queries.possible_receivers(two.pk, on=TODAY)) == [one]
    approved(ask(case, two, sam), sue, NOON)
    new = actions.accept_case(offer=case.handovers.get(), by=lou, now=NOON)
    assert (new.organisation, new.stage) == (two, Stage.RECEIVED)
    assert [line.event for line in entries_about(made.pk)] == ["exchange.agreement.proposed", "exchange.agreement.made"]
    assert not queries.agreements_in_force(one.pk, on=TODAY + 365 * DAY).exists()


def test_what_one_of_the_two_is_said_to_be_anew_holds_the_case_back_until_both_agree_anew(case, one, two, ada, sam, sue, ona, lou):
    offer = offered(case, two, by=sam, other=sue, now=NOON)
    open_one = actions.propose_agreement(partner=two, **YEAR, by=sam, now=NOON)
    later = NOON + timedelta(minutes=1)
    set_kind(organisation=two, kind="ngo", by=ada, now=later)
    assert queries.agreements_in_force(one.pk, on=TODAY).count() == 1, "it is what it was"
    set_kind(organisation=two, kind="authority", by=ada, now=later)
    assert [queries.agreements_in_force(either.pk, on=TODAY).exists() for either in (one, two)] == [False, False]
    with pytest.raises(errors.NoAgreement):
        actions.accept_case(offer=offer, by=lou, now=later)
    with pytest.raises(errors.AgreementRefused):
        actions.agree(agreement=open_one, by=ona, now=later)
    made = actions.propose_agreement(partner=Organisation.objects.get(pk=two.pk), **YEAR, by=sam, now=later)
    actions.agree(agreement=made, by=ona, now=later)
    assert actions.accept_case(offer=offer, by=lou, now=later).organisation == two


@pytest.mark.parametrize("unsaid", ["one", "two"])
def test_nothing_goes_where_nobody_has_said_what_it_is(case, one, two, ada, sam, unsaid):
    agreed(one.pk, two.pk, now=NOON)
    Organisation.objects.filter(slug=unsaid).update(kind_said_at=None)
    two.refresh_from_db()
    with pytest.raises(errors.NoAgreement):
        ask(case, two, sam)
    with pytest.raises(errors.KindUnsaid):
        actions.propose_agreement(partner=two, **YEAR, by=sam, now=NOON)
    set_kind(organisation=Organisation.objects.get(slug=unsaid), kind="ngo", by=ada, now=NOON)
    actions.propose_agreement(partner=Organisation.objects.get(pk=two.pk), **YEAR, by=sam, now=NOON)


@pytest.mark.parametrize(("days", "holds"), [(-1, False), (0, True), (29, True), (30, False)])
def test_it_holds_from_its_first_day_and_not_on_its_last(one, two, ring, days, holds):
    made = agreed(one.pk, two.pk, now=NOON)
    Agreement.objects.filter(pk=made.pk).update(valid_until=TODAY + 30 * DAY)
    on = TODAY + days * DAY
    assert [queries.agreements_in_force(either.pk, on=on).exists() for either in (one, two)] == [holds, holds]


@pytest.mark.slow
def test_what_ends_between_offer_and_acceptance_holds_the_case_back(case, one, two, sam, sue, lou, ona):
    offer = offered(case, two, by=sam, other=sue, now=NOON)
    actions.end_agreement(agreement=Agreement.objects.get(), why="The contract was ended.", by=ona, now=NOON)
    with pytest.raises(errors.NoAgreement):
        actions.accept_case(offer=offer, by=lou, now=NOON)
    assert not Case.objects.filter(organisation=two).exists()
    with pytest.raises(errors.AgreementRefused):
        actions.end_agreement(agreement=Agreement.objects.get(), why="Again.", by=sam, now=NOON)


def test_nobody_agrees_for_both_and_nobody_for_others(one, two, ring, sam, sue, ona, lou, ana):
    made = actions.propose_agreement(partner=two, **YEAR, by=sam, now=NOON)
    for wrong in (sam, sue, lou, ana):
        with pytest.raises((NotPermitted, OtherOrganisation)):
            actions.agree(agreement=made, by=wrong, now=NOON)
    third = Organisation.objects.create(slug="three", name="Cairn Desk Three", created_at=NOON)
    tia = actor(third, "Tia", Role.SUPERVISOR)
    for act in (actions.agree, lambda **given: actions.end_agreement(**given, why="Mine now.")):
        with pytest.raises((NotPermitted, OtherOrganisation)):
            act(agreement=made, by=tia, now=NOON)
    with pytest.raises(OtherOrganisation):
        queries.agreement_for(tia, made.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        Agreement.objects.filter(pk=made.pk).update(agreed_at=NOON, agreed_by=sam.pseudonym)
    # The same person, with a place at both.
    same = actor(two, "Sam", Role.SUPERVISOR)
    Agreement.objects.filter(pk=made.pk).update(proposed_by=same.pseudonym)
    with pytest.raises(NeedsSecondPerson):
        actions.agree(agreement=made, by=same, now=NOON)
    assert not queries.agreements_in_force(one.pk, on=TODAY).exists()


@pytest.mark.parametrize(
    "wrong",
    [{"basis": "  "}, {"valid_until": TODAY}, {"valid_from": TODAY + 400 * DAY}, {"valid_from": TODAY - 9 * DAY, "valid_until": TODAY - DAY}],
)
def test_an_agreement_has_a_basis_and_days_that_are_still_to_come(two, ring, sam, wrong):
    with pytest.raises(errors.AgreementRefused):
        actions.propose_agreement(partner=two, **YEAR | wrong, by=sam, now=NOON)
    assert not Agreement.objects.exists()


def test_one_that_was_not_agreed_to_in_time_is_not_agreed_to_any_more(two, ring, sam, ona):
    made = actions.propose_agreement(partner=two, **YEAR, by=sam, now=NOON)
    with pytest.raises(errors.AgreementRefused):
        actions.agree(agreement=made, by=ona, now=NOON + 365 * DAY)
    actions.end_agreement(agreement=made, why="We do not agree.", by=ona, now=NOON)
    with pytest.raises(errors.AgreementRefused):
        actions.agree(agreement=made, by=ona, now=NOON)


def test_who_asked_that_no_police_be_told_is_not_handed_to_an_authority_and_is_to_an_ngo(ring, data, one, two, cal, sam):
    agreed(one.pk, two.pk, now=NOON)
    case = told(one, cal, tell=["no_police"])
    ask(case, two, sam)
    Organisation.objects.filter(pk=two.pk).update(kind="authority")
    two.refresh_from_db()
    other = told(one, cal, tell=["no_police"])
    with pytest.raises(AgainstTheirChoice):
        ask(other, two, sam)


@pytest.mark.parametrize(("kind", "recipient"), [("authority", "authority"), ("ngo", "partner"), ("industry", "provider")])
def test_the_rules_of_sharing_are_asked_for_what_the_other_organisation_is(case, one, two, sam, kind, recipient):
    agreed(one.pk, two.pk, now=NOON)
    Organisation.objects.filter(pk=two.pk).update(kind=kind)
    two.refresh_from_db()
    rule = {"data": "account", "country": "*", "is_allowed": False, "basis": "A law.", "valid_from": TODAY, "entered_by": "x", "entered_at": NOON}
    for other in {"authority", "partner", "provider"} - {recipient}:
        SharingRule.objects.create(organisation=one, recipient=other, **rule)
    SharingRule.objects.create(organisation=one, recipient=recipient, **rule | {"is_allowed": True})
    # What was told goes whole with a case, so the table has to give it whole as well.
    text = shipped_text().replace("[provider]\n", '[provider]\nwords = "whole"\nanswers = "whole"\nsender = "whole"\n')
    SharingTable.objects.create(organisation=one, number=FIRST_OWN, text=text, asked_by="x", actor="y", at=NOON)
    actions.require_offerable(case, two, now=NOON)
    SharingRule.objects.create(organisation=one, recipient=recipient, **rule)
    with pytest.raises(SharingRefused):
        actions.require_offerable(case, two, now=NOON)


def test_without_a_rule_nothing_that_was_told_goes_to_a_company(case, one, two, sam):
    agreed(one.pk, two.pk, now=NOON)
    Organisation.objects.filter(pk=two.pk).update(kind="industry")
    two.refresh_from_db()
    with pytest.raises(SharingRefused):
        ask(case, two, sam)


def test_the_log_names_no_words_of_an_agreement(two, ring, sam, ona):
    made = actions.propose_agreement(partner=two, **YEAR, by=sam, now=NOON)
    actions.end_agreement(agreement=made, why="The contract was ended.", by=ona, now=NOON)
    assert "ontract" not in str(list(LogOpening.objects.values_list("detail", flat=True)))


# On the pages


def signed_in(organisation, name) -> Client:
    person = Person.objects.create(organisation=organisation, sign_in_name=name, name=name, created_at=NOON)
    RoleGrant.objects.create(person=person, role=Role.SUPERVISOR, granted_at=NOON)
    browser, at = Client(), clock.now().isoformat()
    session = browser.session
    session.update({"person": str(person.pk), "proof": Proof.PASSKEY.value, "started": at, "seen": at})
    session.save()
    return browser


@pytest.mark.slow
def test_one_proposes_it_on_a_page_the_other_agrees_and_either_ends_it(ring, one, two):
    ours, theirs, today = signed_in(one, "Sam"), signed_in(two, "Ona"), clock.now().date()
    said = {"partner": "two", "basis": "Contract of 1 March", "valid_from": str(today), "valid_until": str(today + 30 * DAY)}
    wrong = ours.post("/agreements/", said | {"valid_until": str(today)})
    assert (wrong.status_code, Agreement.objects.count()) == (422, 0)
    assert ours.post("/agreements/", said | {"partner": "one"}).status_code == 422
    assert ours.post("/agreements/", said).status_code == 302
    made = Agreement.objects.get()
    assert "We proposed it, and wait for them" in ours.get("/agreements/").content.decode()
    asked = theirs.get("/agreements/").content.decode()
    assert "They propose it, and wait for us" in asked
    assert "Contract of 1 March" in asked
    assert ours.post(f"/agreements/{made.pk}/agree/").status_code == 404
    assert theirs.post(f"/agreements/{made.pk}/agree/").status_code == 302
    assert "In force" in ours.get("/agreements/").content.decode()
    assert ours.post(f"/agreements/{made.pk}/end/", {"why": " "}).status_code == 422
    assert ours.post(f"/agreements/{made.pk}/end/", {"why": "It ran out."}).status_code == 302
    assert "It ran out." in theirs.get("/agreements/").content.decode()
    assert ">Agreements with other organisations</a>" in ours.get("/handovers/").content.decode()


def test_where_no_agreement_is_in_force_the_page_of_the_case_says_so(case, one):
    page = signed_in(one, "Sue").get(f"/cases/{case.pk}/hand-over/").content.decode()
    assert "No agreement with another organisation is in force today" in page
    assert "<button>Ask to offer" not in page


def test_an_offer_whose_agreement_ended_is_not_offered_for_acceptance_any_more(case, one, two, sam, sue):
    at = clock.now()
    agreed(one.pk, two.pk, now=at)
    offered(case, two, by=sam, other=sue, now=at)
    theirs = signed_in(two, "Ona")
    assert "<button>Accept the case</button>" in theirs.get("/handovers/").content.decode()
    Agreement.objects.update(ended_at=at, ended_by=sam.pseudonym, ended_why="The contract was ended.")
    page = theirs.get("/handovers/").content.decode()
    assert "Accept the case" not in page
    assert "The agreement between you has ended." in page
    assert "Leave it with them" in page
