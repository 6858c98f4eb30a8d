"""A case goes to a desk of another installation: let go by two people, carried closed, accepted or not, and handed back."""

import json
from datetime import timedelta

import pytest
from tests.response.crossed import LINK, TOLD, Desks, desks, facts, letter_of, offered, told
from tests.support.cast import NOON, cal, lou
from tests.support.two_people import approved

from cairndesk.accounts.errors import NeedsSecondPerson, NotPermitted, OtherOrganisation, SharingRefused
from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import SYSTEM, Actor
from cairndesk.cases.actions import ReportFacts, add_item, add_report, describe_incident, move
from cairndesk.cases.errors import AgainstTheirChoice
from cairndesk.cases.models import Case, CasePerson, Item, StatedChoice
from cairndesk.cases.queries import limits_of
from cairndesk.cases.rules import Stage
from cairndesk.custody.models import SealedItem
from cairndesk.custody.queries import entries_about, unseal_fields, unseal_text
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.exchange import errors
from cairndesk.intake.actions import take_report
from cairndesk.intake.models import Alarm, Milestone
from cairndesk.intake.rules import Path
from cairndesk.response import actions, queries
from cairndesk.response.errors import IncompleteAct, NotAPersonsAct
from cairndesk.response.models import Crossing, CrossingLetter, PartnerDesk
from cairndesk.response.queries import hindrances
from cairndesk.response.rules import Hindrance, Side
from cairndesk.triage.actions.assess import assess
from cairndesk.triage.queries import urgency

__all__ = ["cal", "desks", "lou", "told"]
pytestmark = pytest.mark.django_db


def test_an_accepted_case_is_theirs_and_ours_is_answered_only_then(desks: Desks, told: Case) -> None:
    ours, theirs = desks.offer(told)
    told.refresh_from_db()
    assert (told.stage, theirs.case) == (Stage.QUEUED, None)
    new = actions.accept_from_desk(crossing=theirs, by=desks.lou, now=NOON)
    assert (new.organisation, new.stage) == (desks.two, Stage.RECEIVED)
    assert unseal_fields(new.reports.get().told)["answers"] == TOLD
    assert new.reports.get().told.organisation == desks.two.pk
    assert (new.reports.get().language, new.reports.get().path) == ("fr", "child")
    assert [unseal_text(one.identifier) for one in new.items.all()] == [LINK]
    told.refresh_from_db()
    assert told.stage == Stage.QUEUED
    desks.to_our_desk(letter_of(theirs, "acceptance"))
    told.refresh_from_db()
    ours.refresh_from_db()
    assert (told.stage, told.outcome, ours.state, ours.theirs) == (Stage.ANSWERED, "passed_on", "accepted", new.number)
    assert Milestone.objects.filter(case=told, code="passed_on").exists()


def test_what_they_chose_binds_the_other_desk_as_well(desks: Desks, told: Case) -> None:
    _, theirs = desks.offer(told)
    new = actions.accept_from_desk(crossing=theirs, by=desks.lou, now=NOON)
    assert {one.limit for one in limits_of(new)} == {one.limit for one in limits_of(told)} == {"no_messages", "no_police", "no_school"}


def test_what_they_chose_later_counts_at_the_other_desk(desks: Desks, told: Case) -> None:
    StatedChoice.objects.create(case=told, question="tell", codes=["no_family"], at=NOON + timedelta(minutes=5))
    _, theirs = desks.offer(told)
    new = actions.accept_from_desk(crossing=theirs, by=desks.lou, now=NOON)
    assert {one.limit for one in limits_of(new)} == {"no_messages", "no_family"}


def test_nothing_that_was_told_is_seen_before_they_accept_and_nothing_is_kept_twice_afterwards(desks: Desks, told: Case) -> None:
    _, theirs = desks.offer(told)
    assert not {LINK, "show them", "harbour"} & set(json.dumps(theirs.outline).split('"'))
    assert "harbour" not in json.dumps(theirs.outline)
    assert "show them" not in json.dumps(theirs.outline)
    actions.accept_from_desk(crossing=theirs, by=desks.lou, now=NOON)
    assert SealedItem.objects.get(pk=theirs.document_id).erased_at is not None


def test_a_case_that_they_do_not_take_goes_on_here_with_their_reason_and_is_erased_there(desks: Desks, told: Case) -> None:
    ours, theirs = desks.offer(told)
    with pytest.raises(IncompleteAct):
        actions.refuse_from_desk(crossing=theirs, why="  ", by=desks.lou, now=NOON)
    actions.refuse_from_desk(crossing=theirs, why="We have nobody for that language.", by=desks.lou, now=NOON)
    assert SealedItem.objects.get(pk=theirs.document_id).erased_at is not None
    desks.to_our_desk(letter_of(theirs, "refusal"))
    ours.refresh_from_db()
    told.refresh_from_db()
    assert (ours.state, told.stage) == ("refused", Stage.QUEUED)
    assert unseal_text(ours.why) == "We have nobody for that language."
    # It can be offered anew.
    again = offered(told, desks.to_two, by=desks.sam, other=desks.sue, now=NOON + timedelta(minutes=1))
    assert again.offer != ours.offer


def test_a_case_comes_back_with_reason_and_what_was_done_and_theirs_ends_once_we_have_it(desks: Desks, told: Case) -> None:
    ours, theirs = desks.offer(told)
    new = actions.accept_from_desk(crossing=theirs, by=desks.lou, now=NOON)
    desks.to_our_desk(letter_of(theirs, "acceptance"))
    move(case=new, to=Stage.QUEUED, by=desks.lee, now=NOON)
    actions.give_back(crossing=theirs, why="The family moved back.", did="The school was not told.", by=desks.lee, now=NOON)
    new.refresh_from_db()
    assert new.stage == Stage.QUEUED
    desks.to_our_desk(letter_of(theirs, "return"))
    told.refresh_from_db()
    ours.refresh_from_db()
    assert (told.stage, told.outcome, ours.state) == (Stage.QUEUED, "", "returned")
    assert unseal_text(ours.why) == "The family moved back.\n\nThe school was not told."
    desks.to_their_desk(letter_of(ours, "receipt"))
    new.refresh_from_db()
    theirs.refresh_from_db()
    assert (new.stage, new.outcome, theirs.state) == (Stage.ANSWERED, "passed_on", "returned")
    for case, events in ((told, {"exchange.case.offered", "exchange.case.accepted", "exchange.case.taken_back"}), (new, {"exchange.case.accepted"})):
        assert events <= {line.event for line in entries_about(case.pk)}
    assert "exchange.case.handed_back" in {line.event for line in entries_about(new.pk)}


def test_a_case_that_was_closed_meanwhile_is_open_again_when_it_comes_back(desks: Desks, told: Case) -> None:
    _, theirs = desks.offer(told)
    new = actions.accept_from_desk(crossing=theirs, by=desks.lou, now=NOON)
    desks.to_our_desk(letter_of(theirs, "acceptance"))
    move(case=told, to=Stage.CLOSED, by=desks.sam, now=NOON)
    move(case=new, to=Stage.QUEUED, by=desks.lee, now=NOON)
    actions.give_back(crossing=theirs, why="The family moved back.", did="", by=desks.lee, now=NOON)
    desks.to_our_desk(letter_of(theirs, "return"))
    told.refresh_from_db()
    assert (told.stage, told.closed_at) == (Stage.QUEUED, None)


def test_a_case_that_somebody_works_on_is_not_handed_back_nor_twice(desks: Desks, told: Case) -> None:
    _, theirs = desks.offer(told)
    new = actions.accept_from_desk(crossing=theirs, by=desks.lou, now=NOON)
    with pytest.raises(errors.CannotHandOver):
        actions.give_back(crossing=theirs, why="No.", did="", by=desks.lee, now=NOON)
    move(case=new, to=Stage.QUEUED, by=desks.lee, now=NOON)
    actions.give_back(crossing=theirs, why="No.", did="", by=desks.lee, now=NOON)
    with pytest.raises(errors.LetterOutOfTurn):
        actions.give_back(crossing=theirs, why="No.", did="", by=desks.lee, now=NOON)


def test_a_return_tells_of_an_acceptance_that_was_lost(desks: Desks, told: Case) -> None:
    ours, theirs = desks.offer(told)
    new = actions.accept_from_desk(crossing=theirs, by=desks.lou, now=NOON)
    move(case=new, to=Stage.QUEUED, by=desks.lee, now=NOON)
    actions.give_back(crossing=theirs, why="No.", did="", by=desks.lee, now=NOON)
    desks.to_our_desk(letter_of(theirs, "return"))
    ours.refresh_from_db()
    told.refresh_from_db()
    assert (ours.state, told.stage) == ("returned", Stage.QUEUED)
    with pytest.raises(errors.LetterOutOfTurn):
        desks.to_our_desk(letter_of(theirs, "acceptance"))


def test_an_offer_that_nobody_took_out_is_withdrawn_without_a_word(desks: Desks, told: Case) -> None:
    ours = offered(told, desks.to_two, by=desks.sam, other=desks.sue)
    actions.withdraw_from_desk(crossing=ours, by=desks.sam, now=NOON)
    assert [(one.paper, bytes(one.sealed)) for one in ours.letters.all()] == [("offer", b"")]


def test_an_offer_that_was_taken_back_is_erased_there_and_cannot_be_accepted(desks: Desks, told: Case) -> None:
    ours = offered(told, desks.to_two, by=desks.sam, other=desks.sue)
    letter = CrossingLetter.objects.get(crossing=ours)
    theirs = desks.to_their_desk(actions.take_out_letter(letter=letter, by=desks.sam, now=NOON))
    actions.withdraw_from_desk(crossing=ours, by=desks.sam, now=NOON)
    desks.to_their_desk(letter_of(ours, "withdrawal"))
    theirs.refresh_from_db()
    assert theirs.state == "withdrawn"
    assert SealedItem.objects.get(pk=theirs.document_id).erased_at is not None
    with pytest.raises(errors.LetterOutOfTurn):
        actions.accept_from_desk(crossing=theirs, by=desks.lou, now=NOON)
    with pytest.raises(errors.LetterOutOfTurn):
        actions.withdraw_from_desk(crossing=ours, by=desks.sam, now=NOON)


def test_an_acceptance_that_crosses_our_withdrawal_leaves_the_case_open_on_both_desks_and_says_so(desks: Desks, told: Case) -> None:
    ours, theirs = desks.offer(told)
    CrossingLetter.objects.filter(crossing=ours).update(taken_at=NOON)
    actions.accept_from_desk(crossing=theirs, by=desks.lou, now=NOON)
    actions.withdraw_from_desk(crossing=ours, by=desks.sam, now=NOON)
    with pytest.raises(errors.LetterOutOfTurn):
        desks.to_their_desk(letter_of(ours, "withdrawal"))
    desks.to_our_desk(letter_of(theirs, "acceptance"))
    ours.refresh_from_db()
    told.refresh_from_db()
    assert (ours.state, ours.left_open, told.stage) == ("accepted", True, Stage.QUEUED)


def test_a_case_of_which_more_was_told_meanwhile_stays_open_here_as_well(desks: Desks, told: Case) -> None:
    ours, theirs = desks.offer(told)
    add_report(case=told, report=ReportFacts("child", "portal", "child", "en", {"answers": {"more": "He came."}}), by=desks.sam, now=NOON)
    assert not queries.is_as_offered(ours)
    actions.accept_from_desk(crossing=theirs, by=desks.lou, now=NOON)
    desks.to_our_desk(letter_of(theirs, "acceptance"))
    ours.refresh_from_db()
    told.refresh_from_db()
    assert (ours.state, ours.left_open, told.stage) == ("accepted", True, Stage.QUEUED)


def test_what_people_recorded_here_is_a_reason_there_in_the_words_of_their_desk(desks: Desks, told: Case) -> None:
    describe_incident(case=told, facts={"self_harm": "yes", "continuing_access": "yes"}, by=desks.sam, now=NOON)
    assess(case=told, by=desks.sam, now=NOON)
    _, theirs = desks.offer(told)
    told.refresh_from_db()
    known = [one.words for one in urgency(told).reasons]
    assert known
    assert set(known) <= set(theirs.outline["urgency"]["reasons"])
    assert (theirs.outline["child"]["dangers"]["self_harm"], theirs.outline["urgency"]["priority"]) == ("yes", told.priority)


def test_an_emergency_rings_there_until_somebody_takes_it_and_keeps_its_lane(desks: Desks, cal: Actor) -> None:
    taken = take_report(organisation=desks.one, path=Path.CHILD, language="en", channel="phone", told={"danger": ["happening_now"]}, by=cal, now=NOON)
    move(case=taken.case, to=Stage.QUEUED, by=cal, now=NOON)
    _, theirs = desks.offer(taken.case)
    ringing = Alarm.objects.filter(organisation=desks.two, answered_at=None)
    assert ringing.get().case is None
    new = actions.accept_from_desk(crossing=theirs, by=desks.lou, now=NOON)
    assert (ringing.get().case, new.is_emergency, new.priority) == (new, True, 1)


def test_the_alarm_of_an_emergency_that_they_do_not_take_ends_there(desks: Desks, cal: Actor) -> None:
    taken = take_report(organisation=desks.one, path=Path.CHILD, language="en", channel="phone", told={"danger": ["happening_now"]}, by=cal, now=NOON)
    move(case=taken.case, to=Stage.QUEUED, by=cal, now=NOON)
    _, theirs = desks.offer(taken.case)
    actions.refuse_from_desk(crossing=theirs, why="Call our police at once.", by=desks.lou, now=NOON)
    assert not Alarm.objects.filter(organisation=desks.two, answered_at=None).exists()


def test_offers_that_nobody_answers_fall_due_on_both_desks(desks: Desks, told: Case) -> None:
    desks.offer(told)
    later = NOON + timedelta(days=3)
    assert not [one.what for one in queries.due(desks.one.pk, later - timedelta(seconds=1)) if one.what.startswith("offer")]
    assert [(one.number, one.what) for one in queries.due(desks.one.pk, later)] == [(told.number, "offer_unanswered")]
    assert [(one.number, one.what) for one in queries.due(desks.two.pk, later)] == [(told.number, "offer_to_answer")]


@pytest.mark.parametrize("age", ["child", "mixed_group"])
@pytest.mark.parametrize("is_said", [True, False], ids=["said whose it is", "as classifying leaves it"])
def test_what_belongs_to_a_child_who_may_have_done_harm_stays_here(age: str, desks: Desks, told: Case, *, is_said: bool) -> None:
    child = CasePerson.objects.create(case=told, actor_age=age, added_at=NOON)
    item = add_item(case=told, kind="account", identifier="boy@play.example", by=desks.sam, now=NOON)
    Item.objects.filter(pk=item.pk).update(holder=child if is_said else None)
    _, theirs = desks.offer(told)
    assert (theirs.outline["items"], theirs.outline["items_left_out"]) == (1, 1)
    new = actions.accept_from_desk(crossing=theirs, by=desks.lou, now=NOON)
    assert "boy@play.example" not in {unseal_text(one.identifier) for one in new.items.all()}


def test_a_state_authority_is_not_told_where_they_asked_that_the_police_are_not(desks: Desks, told: Case) -> None:
    PartnerDesk.objects.filter(pk=desks.to_two.pk).update(kind="authority")
    with pytest.raises(AgainstTheirChoice):
        actions.ask_to_cross(case=told, desk=PartnerDesk.objects.get(pk=desks.to_two.pk), reason="x", by=desks.sam, now=NOON)


def test_the_rules_of_sharing_bind_it(desks: Desks, told: Case) -> None:
    PartnerDesk.objects.filter(pk=desks.to_two.pk).update(kind="industry")
    with pytest.raises(SharingRefused):
        actions.ask_to_cross(case=told, desk=PartnerDesk.objects.get(pk=desks.to_two.pk), reason="x", by=desks.sam, now=NOON)


def test_two_people_let_it_go_and_nothing_waits_before(desks: Desks, told: Case, ana: Actor) -> None:
    with pytest.raises(NotPermitted):
        actions.ask_to_cross(case=told, desk=desks.to_two, reason="x", by=ana, now=NOON)
    asked = actions.ask_to_cross(case=told, desk=desks.to_two, reason="x", by=desks.sam, now=NOON)
    assert not Crossing.objects.exists()
    with pytest.raises(NeedsSecondPerson):
        approved(asked, desks.sam, NOON)
    approved(asked, desks.sue, NOON)
    assert Crossing.objects.get().letters.get().paper == "offer"
    with pytest.raises(errors.CannotHandOver):
        actions.ask_to_cross(case=told, desk=desks.to_two, reason="x", by=desks.sam, now=NOON)


def test_a_case_that_is_on_offer_is_not_erased(desks: Desks, told: Case) -> None:
    offered(told, desks.to_two, by=desks.sam, other=desks.sue)
    assert Hindrance.OFFERED in hindrances(told, NOON)


def test_what_another_desk_offers_is_decided_at_that_organisation_alone(desks: Desks, told: Case, ola: Actor) -> None:
    _, theirs = desks.offer(told)
    with pytest.raises(OtherOrganisation):
        actions.accept_from_desk(crossing=theirs, by=desks.sam, now=NOON)
    with pytest.raises(OtherOrganisation):
        queries.crossing_for(desks.sam, theirs.pk)
    with pytest.raises(NotPermitted):
        actions.accept_from_desk(crossing=theirs, by=ola, now=NOON)
    assert [one.pk for one in queries.crossings_of(desks.two.pk, Side.IN)] == [theirs.pk]


# ── Partner desks ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_partner_desk_takes_two_people(ring: Keyring, one: Organisation, two: Organisation, sam: Actor, sue: Actor, told: Case) -> None:
    made = actions.enter_partner(facts=facts(two), by=sam, now=NOON)
    with pytest.raises(errors.PartnerOver):
        actions.ask_to_cross(case=told, desk=made, reason="x", by=sam, now=NOON)
    with pytest.raises(NeedsSecondPerson):
        actions.confirm_partner(desk=made, by=sam, now=NOON)
    actions.confirm_partner(desk=made, by=sue, now=NOON)
    with pytest.raises(errors.PartnerUnclear):
        actions.confirm_partner(desk=made, by=sue, now=NOON)
    assert [line.event for line in entries_about(made.pk)] == ["exchange.partner.entered", "exchange.partner.confirmed"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"seals_to": "00"}, {"signs_with": "G" * 64}, {"basis": " "},
        {"address": "http://desk.example/api/v1/referrals"}, {"address": "desk.example"},
        {"valid_until": NOON.date()},
    ],
)  # fmt: skip
def test_a_partner_desk_is_not_guessed(ring: Keyring, two: Organisation, sam: Actor, wrong: dict[str, object]) -> None:
    with pytest.raises(errors.PartnerUnclear):
        actions.enter_partner(facts=facts(two, **wrong), by=sam, now=NOON)


def test_nobody_enters_us_as_a_partner_of_ourselves_nor_another_one_twice(desks: Desks) -> None:
    for of in (desks.one, desks.two):
        with pytest.raises(errors.PartnerUnclear):
            actions.enter_partner(facts=facts(of), by=desks.sam, now=NOON)


def test_after_an_agreement_has_ended_no_case_goes_and_what_is_there_can_still_come_back(desks: Desks, told: Case) -> None:
    _, theirs = desks.offer(told)
    new = actions.accept_from_desk(crossing=theirs, by=desks.lou, now=NOON)
    with pytest.raises(errors.PartnerUnclear):
        actions.end_partner(desk=desks.to_two, why=" ", by=desks.sam, now=NOON)
    actions.end_partner(desk=desks.to_two, why="The contract is over.", by=desks.sam, now=NOON)
    desks.to_our_desk(letter_of(theirs, "acceptance"))
    move(case=new, to=Stage.QUEUED, by=desks.lee, now=NOON)
    actions.give_back(crossing=theirs, why="No.", did="", by=desks.lee, now=NOON)
    desks.to_our_desk(letter_of(theirs, "return"))
    told.refresh_from_db()
    assert told.stage == Stage.QUEUED
    with pytest.raises(errors.PartnerOver):
        actions.ask_to_cross(case=told, desk=PartnerDesk.objects.get(pk=desks.to_two.pk), reason="x", by=desks.sam, now=NOON)


def test_an_offer_is_not_accepted_once_the_agreement_is_over(desks: Desks, told: Case) -> None:
    _, theirs = desks.offer(told)
    with pytest.raises(errors.PartnerOver):
        actions.accept_from_desk(crossing=theirs, by=desks.lou, now=NOON + timedelta(days=366))
    assert not Case.objects.filter(organisation=desks.two).exists()


def test_nobody_but_a_person_decides(desks: Desks, told: Case) -> None:
    _, theirs = desks.offer(told)
    for act in (
        lambda: actions.accept_from_desk(crossing=theirs, by=SYSTEM, now=NOON),
        lambda: actions.refuse_from_desk(crossing=theirs, why="x", by=SYSTEM, now=NOON),
        lambda: actions.confirm_partner(desk=desks.to_two, by=SYSTEM, now=NOON),
    ):
        with pytest.raises(NotAPersonsAct):
            act()
