"""A case goes from one organisation to another: offered, accepted, recorded, and told only once."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from tests.support.cast import NOON, actor
from tests.support.two_people import agreed, approved, offered, proof

from cairndesk.accounts import actions as accounts
from cairndesk.accounts.errors import ChangedMeanwhile, FreshProofNeeded, NeedsSecondPerson, NotPermitted, OtherOrganisation, RequestClosed
from cairndesk.accounts.models import Request
from cairndesk.accounts.rules import GuestRight, Proof, Role, Verb
from cairndesk.cases.actions import move
from cairndesk.cases.models import Case, Report, StatedChoice
from cairndesk.cases.queries import case_for
from cairndesk.cases.rules import Stage
from cairndesk.custody.actions import seal
from cairndesk.custody.queries import entries_about, unseal_fields, unseal_text
from cairndesk.custody.rules import Purpose
from cairndesk.exchange import actions, errors, queries
from cairndesk.exchange.models import Handover
from cairndesk.intake.actions import send_message, take_back_message, take_report
from cairndesk.intake.errors import MessageStands
from cairndesk.intake.known import known_of
from cairndesk.intake.models import Message, Receipt
from cairndesk.intake.rules import Path

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
TOLD = {"what": ["threatens"], "link": "https://chat.harbour.example/r/1"}


@pytest.fixture
def case(ring, one, two, cal, data) -> Case:
    agreed(one.pk, two.pk, now=NOON)
    taken = take_report(organisation=one, path=Path.CARER, language="en", channel="phone", told=TOLD, by=cal, now=NOON)
    move(case=taken.case, to=Stage.QUEUED, by=cal, now=NOON)
    return taken.case


@pytest.fixture
def offer(case, two, sam, sue) -> Handover:
    return offered(case, two, by=sam, other=sue, now=NOON)


def ask(case, two, by) -> Request:
    return actions.ask_to_offer(case=case, to=two, reason="The child lives there.", by=by, now=NOON)


def test_an_accepted_case_is_theirs_with_everything_that_was_told(case, sam, sue, lou, two):
    send_message(case=case, words="We are passing you on.", by=sam, now=NOON)
    new = actions.accept_case(offer=offered(case, two, by=sam, other=sue, now=NOON), by=lou, now=NOON)
    assert new.organisation == two
    assert unseal_fields(new.reports.get().told)["answers"] == TOLD
    assert new.reports.get().told.organisation == two.pk
    assert [unseal_text(item.identifier) for item in new.items.all()] == ["https://chat.harbour.example/r/1"]
    assert [unseal_fields(message.text)["text"] for message in new.messages.all()] == ["We are passing you on."]
    assert Receipt.objects.get().case == new


def test_the_first_organisation_keeps_an_answered_case_and_both_acts_are_in_the_log(case, offer, lou):
    actions.accept_case(offer=offer, by=lou, now=NOON)
    case.refresh_from_db()
    assert case.stage == Stage.ANSWERED
    events = [line.event for line in entries_about(case.pk)]
    assert {"exchange.case.offered", "exchange.case.accepted"} <= set(events)


def test_nothing_that_was_told_is_open_to_them_before_they_accept(case, offer, lou):
    with pytest.raises(OtherOrganisation):
        case_for(lou, case.pk)
    assert list(queries.offered_to(lou.organisation)) == [offer]


def test_the_one_who_offers_cannot_accept_nor_does_the_one_who_let_it_go(case, offer, two, sam, sue, lou):
    with pytest.raises(OtherOrganisation):
        actions.accept_case(offer=offer, by=sam, now=NOON)
    # Sue with a place at the other desk as well, which is what a partner's person who was named for the request has.
    for one_of_two in (sam, sue):
        with pytest.raises(NeedsSecondPerson):
            actions.accept_case(offer=offer, by=replace(one_of_two, organisation=two.pk), now=NOON)
    assert not Case.objects.filter(organisation=two).exists()


def test_an_analyst_cannot_hand_a_case_over(case, two, ana):
    with pytest.raises(NotPermitted):
        ask(case, two, ana)


def test_a_hand_over_is_decided_once(offer, lou, sam):
    actions.refuse_case(offer=offer, by=lou, now=NOON)
    for act, by in ((actions.accept_case, lou), (actions.refuse_case, lou), (actions.withdraw_offer, sam)):
        with pytest.raises(errors.NotOnOffer):
            act(offer=offer, by=by, now=NOON)


def test_an_offer_can_be_taken_back_and_the_case_stays(case, offer, sam, lou):
    actions.withdraw_offer(offer=offer, by=sam, now=NOON)
    case.refresh_from_db()
    assert case.stage == Stage.QUEUED
    assert not queries.offered_to(lou.organisation).exists()


def test_a_case_in_somebodys_hands_is_not_taken_away(case, two, sam):
    move(case=case, to=Stage.REVIEWING, by=sam, now=NOON)
    with pytest.raises(errors.CannotHandOver):
        ask(case, two, sam)


def test_a_case_is_offered_to_one_organisation_at_a_time(offer, case, two, sam):
    with pytest.raises(errors.CannotHandOver):
        ask(case, two, sam)
    with pytest.raises(IntegrityError), transaction.atomic():
        Handover.objects.create(case=case, to=two, reason=offer.reason, offered_by=sam.pseudonym, offered_at=NOON)


def test_a_case_is_not_handed_to_the_organisation_that_has_it(case, one, sam):
    with pytest.raises(errors.OwnOrganisation):
        ask(case, one, sam)


@pytest.mark.parametrize("refusal", [errors.NotOnOffer, errors.CannotHandOver])
def test_a_refused_hand_over_is_no_fault_of_the_desk(refusal):
    assert refusal.status == 409


# Two people let it go


def untouched(case, two) -> bool:
    case.refresh_from_db()
    return not (case.handovers.exists() or Case.objects.filter(organisation=two).exists() or case.stage != Stage.QUEUED)


@pytest.mark.req("PRI-18")
def test_nobody_lets_their_own_request_go_by_another_sign_in_or_another_role(case, two, sam, lia):
    request = ask(case, two, sam)
    assert not queries.offered_to(two.pk).exists()
    for me in (sam, replace(sam, proof=Proof.PASSWORD), replace(sam, roles=frozenset({Role.SUPERVISOR, Role.LIAISON}), name="Somebody else")):
        with pytest.raises(NeedsSecondPerson):
            approved(request, me, NOON)
    # A second account has no role until another person gives it one; a liaison lets nothing go before it was judged.
    for alias in (actor_without_roles(sam), lia):
        with pytest.raises(NotPermitted):
            approved(request, alias, NOON)
    assert untouched(case, two)


def actor_without_roles(of):
    return replace(of, id=None, roles=frozenset(), pseudonym="a-second-account")


def more_told(case, by):
    take_report(organisation=case.organisation, path=Path.CARER, language="en", channel="phone", told=TOLD, by=by, now=NOON)
    last = Report.objects.exclude(case=case).get()
    Report.objects.filter(pk=last.pk).update(case=case)


CHANGES = {
    "an account": more_told,
    "a letter of ours": lambda case, by: send_message(case=case, words="More of it.", by=by, now=NOON),
    "a wish": lambda case, _: StatedChoice.objects.create(case=case, question="tell", codes=["no_police"], at=NOON),
}


@pytest.mark.slow
@pytest.mark.req("PRI-18")
@pytest.mark.parametrize("changed", CHANGES)
def test_what_changed_since_it_was_asked_for_is_not_let_go_and_what_changed_since_then_is_not_taken(changed, case, two, sam, sue, lou):
    request = ask(case, two, sam)
    before = proof(request, sue, NOON)
    with transaction.atomic():
        CHANGES[changed](case, sam)
        with pytest.raises(ChangedMeanwhile):
            approved(request, sue, NOON, before)
        transaction.set_rollback(True)
    approved(request, sue, NOON, before)
    CHANGES[changed](case, sam)
    with pytest.raises(errors.LetGoAnew):
        actions.accept_case(offer=case.handovers.get(), by=lou, now=NOON)
    assert not Case.objects.filter(organisation=two).exists()
    # Taken back and let go anew, it can be taken.
    actions.withdraw_offer(offer=case.handovers.get(), by=sam, now=NOON)
    assert actions.accept_case(offer=offered(case, two, by=sam, other=sue, now=NOON), by=lou, now=NOON).organisation == two


def test_what_the_reporter_writes_meanwhile_holds_nothing_up_and_goes_along(case, offer, lou):
    text = seal(organisation=case.organisation_id, purpose=Purpose.MESSAGE, plain={"text": "Are you there?"}, now=NOON)
    Message.objects.create(case=case, from_reporter=True, text=text, at=NOON)
    new = actions.accept_case(offer=offer, by=lou, now=NOON)
    assert [unseal_fields(message.text)["text"] for message in new.messages.all()] == ["Are you there?"]


def test_what_goes_on_to_the_new_desk_is_taken_back_at_neither_and_what_was_seen_stays_seen(case, two, sam, sue, lou):
    seen = send_message(case=case, words="We are here.", by=sam, now=NOON)
    Message.objects.filter(pk=seen.pk).update(laid_out_at=NOON)
    sent = send_message(case=case, words="We are passing you on.", by=sam, now=NOON + SECOND)
    new = actions.accept_case(offer=offered(case, two, by=sam, other=sue, now=NOON + SECOND), by=lou, now=NOON + 2 * SECOND)
    with pytest.raises(MessageStands):
        take_back_message(case=case, message=sent.pk, by=sam, now=NOON + 3 * SECOND)
    # There it waits for as long as it would have waited here.
    for seconds, words in ((3, ["We are here."]), (31, ["We are here.", "We are passing you on."])):
        shown = known_of(new, NOON + seconds * SECOND).messages
        assert [unseal_fields(one.text)["text"] for one in shown] == words


def test_a_request_that_ended_lets_nothing_go_and_none_lets_go_twice(case, two, sam, sue, lou):
    request = ask(case, two, sam)
    right = proof(request, sue, NOON)
    with pytest.raises(FreshProofNeeded):
        approved(request, sue, NOON, replace(right, at=NOON - timedelta(hours=1)))
    with pytest.raises(RequestClosed):
        approved(request, sue, request.until, proof(request, sue, request.until))
    accounts.take_back(request=request, by=sam, now=NOON)
    with pytest.raises(RequestClosed):
        approved(request, sue, NOON, right)
    again = ask(case, two, sam)
    with pytest.raises(FreshProofNeeded):
        approved(again, sue, NOON, right)
    right = proof(again, sue, NOON)
    approved(again, sue, NOON, right)
    with pytest.raises(RequestClosed):
        approved(again, sue, NOON, right)
    actions.withdraw_offer(offer=case.handovers.get(), by=sam, now=NOON)
    assert [one.state for one in case.handovers.all()] == ["withdrawn"]
    assert not Case.objects.filter(organisation=two).exists()


@pytest.mark.req("PRI-18")
def test_a_partners_named_person_lets_this_case_go_and_no_other_and_opens_nothing(case, two, sam, cal):
    sol = actor(two, "Sol", Role.SUPERVISOR)
    other = take_report(organisation=case.organisation, path=Path.CARER, language="en", channel="phone", told=TOLD, by=cal, now=NOON).case
    move(case=other, to=Stage.QUEUED, by=cal, now=NOON)
    request, another = ask(case, two, sam), ask(other, two, sam)
    with pytest.raises(OtherOrganisation):
        approved(request, sol, NOON)
    named = replace(sol, guest=frozenset({GuestRight(case=request.pk, organisation=case.organisation_id, verb=Verb.CASE_TRANSFER)}))
    for act in (
        lambda: approved(another, named, NOON),
        lambda: ask(case, two, named),
        lambda: case_for(named, case.pk),
        lambda: accounts.take_back(request=request, by=named, now=NOON),
    ):
        with pytest.raises(OtherOrganisation):
            act()
    approved(request, named, NOON)
    assert case.handovers.get().request.done_by == sol.pseudonym
    with pytest.raises(NeedsSecondPerson):
        actions.accept_case(offer=case.handovers.get(), by=named, now=NOON)


def test_an_offer_of_the_time_before_is_not_accepted(case, offer, lou):
    Handover.objects.update(request=None)
    with pytest.raises(errors.LetGoAnew):
        actions.accept_case(offer=offer, by=lou, now=NOON)
