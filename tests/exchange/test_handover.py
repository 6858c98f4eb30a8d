"""A case goes from one organisation to another: offered, accepted, recorded, and told only once."""

import pytest
from django.db import IntegrityError, transaction
from tests.support.cast import NOON

from cairndesk.accounts.errors import NotPermitted, OtherOrganisation
from cairndesk.cases.actions import move
from cairndesk.cases.models import Case
from cairndesk.cases.queries import case_for
from cairndesk.cases.rules import Stage
from cairndesk.custody.queries import entries_about, unseal_fields, unseal_text
from cairndesk.exchange import actions, errors, queries
from cairndesk.exchange.models import Handover
from cairndesk.intake.actions import send_message, take_report
from cairndesk.intake.models import Receipt
from cairndesk.intake.rules import Path

pytestmark = pytest.mark.django_db
TOLD = {"what": ["threatens"], "link": "https://chat.harbour.example/r/1"}


@pytest.fixture
def case(ring, one, cal, data) -> Case:
    taken = take_report(organisation=one, path=Path.CARER, language="en", channel="phone", told=TOLD, by=cal, now=NOON)
    move(case=taken.case, to=Stage.QUEUED, by=cal, now=NOON)
    return taken.case


@pytest.fixture
def offer(case, two, sam) -> Handover:
    return actions.offer_case(case=case, to=two, reason="The child lives there.", by=sam, now=NOON)


def test_an_accepted_case_is_theirs_with_everything_that_was_told(case, offer, sam, lou, two):
    send_message(case=case, words="We are passing you on.", by=sam, now=NOON)
    new = actions.accept_case(offer=offer, by=lou, now=NOON)
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


def test_the_one_who_offers_cannot_accept(offer, sam):
    with pytest.raises(OtherOrganisation):
        actions.accept_case(offer=offer, by=sam, now=NOON)


def test_an_analyst_cannot_hand_a_case_over(case, two, ana):
    with pytest.raises(NotPermitted):
        actions.offer_case(case=case, to=two, reason="", by=ana, now=NOON)


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
        actions.offer_case(case=case, to=two, reason="", by=sam, now=NOON)


def test_a_case_is_offered_to_one_organisation_at_a_time(offer, case, two, sam):
    with pytest.raises(errors.CannotHandOver):
        actions.offer_case(case=case, to=two, reason="", by=sam, now=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        Handover.objects.create(case=case, to=two, reason=offer.reason, offered_by=sam.pseudonym, offered_at=NOON)


def test_a_case_is_not_handed_to_the_organisation_that_has_it(case, one, sam):
    with pytest.raises(errors.OwnOrganisation):
        actions.offer_case(case=case, to=one, reason="", by=sam, now=NOON)


@pytest.mark.parametrize("refusal", [errors.NotOnOffer, errors.CannotHandOver])
def test_a_refused_hand_over_is_no_fault_of_the_desk(refusal):
    assert refusal.status == 409
