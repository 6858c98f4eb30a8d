"""What holds for a child whose case is at another desk: their danger, their choices, who has it, and what stays here to protect them."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.response.crossed import LINK, TOLD, Desks, desks, letter_of, told
from tests.support.behind import behind
from tests.support.cast import NOON, cal, lou

from cairndesk.accounts.rules import Actor
from cairndesk.cases.actions import add_person, describe_incident, move
from cairndesk.cases.models import Case, CasePerson, StatedChoice
from cairndesk.cases.queries import case_facts
from cairndesk.cases.rules import Stage
from cairndesk.cases.rules.masking import MASK
from cairndesk.custody.actions import seal
from cairndesk.custody.queries import unseal_fields, unseal_text
from cairndesk.custody.rules import Purpose
from cairndesk.exchange import errors
from cairndesk.intake.actions import take_report
from cairndesk.intake.models import Message
from cairndesk.intake.rules import Path
from cairndesk.response import actions, queries
from cairndesk.response.models import Crossing, PlanStep
from cairndesk.response.rules import FORGOTTEN_AFTER, CalledBack, Sent, obligations
from cairndesk.triage.actions.assess import assess
from cairndesk.triage.queries import urgency

__all__ = ["cal", "desks", "lou", "told"]
pytestmark = pytest.mark.django_db


def test_what_people_recorded_here_moves_the_queue_there_as_it_did_here(desks: Desks, told: Case) -> None:
    describe_incident(case=told, facts={"location_known": "yes", "continuing_access": "yes", "active_contact": "no"}, by=desks.sam, now=NOON)
    add_person(case=told, role="child", facts={"stated_age": "age_13_15", "apparent_age": "age_7_9"}, by=desks.sam, now=NOON)
    assess(case=told, by=desks.sam, now=NOON)
    _, theirs = desks.offer(told)
    new = actions.accept_from_desk(crossing=theirs, by=desks.lou, now=NOON)
    assess(case=new, by=desks.lee, now=NOON)
    for case in (told, new):
        case.refresh_from_db()
    here, there = case_facts(told), case_facts(new)
    assert new.priority == told.priority
    assert {one.code for one in urgency(new).reasons} == {one.code for one in urgency(told).reasons}
    assert (there.location_known, there.continuing_access, there.active_contact) == ("yes", "yes", "not_asked")
    assert there.child_ages == {"age_7_9"} < here.child_ages
    assert theirs.outline["child"]["known"] == ["the other person knows where the child is", "the other person goes on having access to the child"]


def test_where_a_child_may_have_done_harm_care_comes_first_there_too(desks: Desks, told: Case) -> None:
    add_person(case=told, role="person_of_concern", facts={"actor_age": "child"}, by=desks.sam, now=NOON)
    _, theirs = desks.offer(told)
    new = actions.accept_from_desk(crossing=theirs, by=desks.lou, now=NOON)
    person = CasePerson.objects.get(case=new)
    assert (person.actor_age, person.may_match, case_facts(new).has_child_actor) == ("child", False, True)
    steps = {step.kind: step for step in obligations(replace(queries.facts_of(new), offence_suspected=True))}
    assert "welfare" in steps
    assert steps["authority"].needs_sign_off


def test_notices_that_they_held_back_wait_here_for_a_person_as_well(desks: Desks, told: Case) -> None:
    PlanStep.objects.create(case=told, kind="remove", position=1, proposed_at=NOON, due_at=NOON, is_held=True)
    _, theirs = desks.offer(told)
    new = actions.accept_from_desk(crossing=theirs, by=desks.lou, now=NOON)
    facts = queries.facts_of(new)
    assert (queries.facts_of(told).could_warn, facts.near_by_relation, facts.could_warn) == (False, False, True)
    removal = next(step for step in obligations(replace(facts, not_agreed_to=True)) if step.kind == "remove")
    assert removal.is_held


def test_what_nobody_answered_is_erased_a_week_after_its_day_and_that_it_was_offered_stays(desks: Desks, told: Case) -> None:
    _, theirs = desks.offer(told)
    assert theirs.document is not None
    gone = theirs.answer_by + FORGOTTEN_AFTER
    assert actions.forget_offers(now=gone - timedelta(seconds=1)) == 0
    assert unseal_text(theirs.document)
    assert (actions.forget_offers(now=gone), actions.forget_offers(now=gone)) == (1, 0)
    theirs.refresh_from_db()
    assert theirs.document.erased_at == gone
    assert theirs.state == "offered"
    assert not queries.due(desks.two.pk, gone)
    with pytest.raises(errors.OfferPast):
        actions.accept_from_desk(crossing=theirs, by=desks.lou, now=gone)


def test_what_was_accepted_is_not_forgotten_with_the_offers(desks: Desks, told: Case) -> None:
    _, theirs = desks.offer(told)
    new = actions.accept_from_desk(crossing=theirs, by=desks.lou, now=NOON)
    assert actions.forget_offers(now=NOON + timedelta(days=90)) == 0
    assert unseal_fields(new.reports.get().told)["answers"] == TOLD


def gone_there(desks: Desks, told: Case) -> tuple[Crossing, Crossing]:
    """Both sides of a case that they have, as both know."""
    ours, theirs = desks.offer(told)
    actions.accept_from_desk(crossing=theirs, by=desks.lou, now=NOON)
    desks.to_our_desk(letter_of(theirs, "acceptance"))
    ours.refresh_from_db()
    return ours, theirs


def came_back(desks: Desks, theirs: Crossing) -> None:
    theirs.refresh_from_db()
    assert theirs.case is not None
    move(case=theirs.case, to=Stage.QUEUED, by=desks.lee, now=NOON)
    actions.give_back(crossing=theirs, why="No.", did="", by=desks.lee, now=NOON)
    desks.to_our_desk(letter_of(theirs, "return"))


def test_who_told_reads_which_desk_has_it_for_as_long_as_it_has(desks: Desks, told: Case) -> None:
    def read() -> tuple[str, bool]:
        box = behind(Case.objects.get(pk=told.pk), told.receipts.get())
        return box.holder, "handed_over" in {one.code for one in box.milestones}

    assert read() == ("", False)
    _, theirs = gone_there(desks, told)
    assert read() == (desks.to_two.name, True)
    told.receipts.update(published_at=NOON)
    came_back(desks, theirs)
    assert read() == ("", False)
    assert told.receipts.get().published_at is None


@pytest.mark.parametrize("how", ["choice", "message"])
def test_what_they_say_after_another_desk_took_it_somebody_tells_that_desk(desks: Desks, told: Case, how: str) -> None:
    ours, _ = gone_there(desks, told)
    later = NOON + timedelta(hours=2)
    assert not queries.to_call_back(told)
    if how == "choice":
        StatedChoice.objects.create(case=told, question="tell", codes=["no_police"], at=later)
    else:
        words = seal(organisation=desks.one.pk, purpose=Purpose.MESSAGE, plain={"text": "Not the police."}, now=later)
        Message.objects.create(case=told, from_reporter=True, text=words, at=later)
    (out,) = queries.to_call_back(told)
    assert (out.what, out.thing, out.to, out.turned) == (Sent.DESK, ours.pk, desks.to_two.name, later)
    assert [(one.number, one.what, one.since) for one in queries.due(desks.one.pk, later)] == [(told.number, "tell_desk", later)]
    said = {"what": Sent.DESK, "thing": ours.pk, "outcome": CalledBack.TOLD, "words": "They have it in writing.", "by": desks.sam}
    actions.record_call_back(case=told, **said, now=later)
    assert not queries.to_call_back(told)
    assert not queries.due(desks.one.pk, later)
    # Said once more, it is told once more.
    StatedChoice.objects.create(case=told, question="tell", codes=[], at=later + timedelta(hours=1))
    assert [one.what for one in queries.due(desks.one.pk, later + timedelta(hours=1))] == ["tell_desk"]


def test_once_it_is_back_there_is_nobody_to_tell(desks: Desks, told: Case) -> None:
    _, theirs = gone_there(desks, told)
    StatedChoice.objects.create(case=told, question="tell", codes=["no_police"], at=NOON + timedelta(hours=1))
    assert queries.to_call_back(told)
    came_back(desks, theirs)
    assert not queries.to_call_back(told)


def test_what_stays_here_to_protect_a_child_goes_in_no_words_either(desks: Desks, cal: Actor) -> None:
    said = {
        "what": ["threatens"],
        "handle": "@Boy.Seven",
        "link": "https://play.example/u/boy.seven\nhttps://chat.harbour.example/r/1",
        "more": "It was boy.seven, also as BOY\u200b.SEVEN or play[.]example/u/boy.seven. The others call him something else.",
    }
    taken = take_report(organisation=desks.one, path=Path.CHILD, language="en", channel="phone", told=said, by=cal, now=NOON)
    move(case=taken.case, to=Stage.QUEUED, by=cal, now=NOON)
    child = CasePerson.objects.create(case=taken.case, actor_age="child", added_at=NOON)
    taken.case.items.filter(kind="account").update(holder=child)
    _, theirs = desks.offer(taken.case)
    assert theirs.document is not None
    offer = json.loads(unseal_text(theirs.document))
    answers = offer["accounts"][0]["answers"]
    assert "seven" not in json.dumps(offer).casefold()
    assert (answers["what"], answers["handle"]) == (["threatens"], MASK)
    assert answers["link"].splitlines()[1] == "https://chat.harbour.example/r/1"
    assert answers["more"].endswith("The others call him something else.")
    # The address of the same account stays here with it.
    assert ([one["value"] for one in offer["items"]], offer["items_left_out"]) == ([LINK], 2)
