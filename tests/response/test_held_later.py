"""A removal that was approved is weighed again before each letter that follows: what was learned since could warn somebody near the child."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.response.confirmed import decide, escalate, remind
from tests.response.conftest import later
from tests.response.test_notices import deliver, queued, sent
from tests.support.smtp_server import SmtpServer

from cairndesk.accounts.rules import Actor
from cairndesk.cases.actions import add_person, amend_incident, amend_person, describe_incident
from cairndesk.lib.ids import new_id
from cairndesk.response import actions, queries
from cairndesk.response.errors import HeldBack, IllegalStep
from cairndesk.response.models import CounterNotice, Delivery, Notice, PlanStep
from cairndesk.response.rules import NoticeState

__all__ = ["queued", "sent"]


@pytest.mark.django_db
@pytest.mark.req("TRG-09")
def test_what_is_learned_after_a_removal_was_approved_holds_back_every_further_letter_until_a_supervisor_lifts_it(
    sent: Notice, ana: Actor, sam: Actor, smtp: SmtpServer
) -> None:
    waiting, taken = remind(sent, by=ana, now=later(25)), len(smtp.taken)
    incident = sent.case.incidents.first() or describe_incident(case=sent.case, facts={}, by=ana, now=later(25))
    amend_incident(incident=incident, facts={"continuing_access": "yes"}, by=ana, now=later(25))
    # One that waits on the belt stays there, and no further one is made.
    assert not deliver(waiting, smtp, hours=26)
    for write in (remind, escalate):
        with pytest.raises(HeldBack):
            write(sent, by=ana, now=later(26))
    assert len(smtp.taken) == taken
    step = PlanStep.objects.get(kind="remove")
    assert queries.card_of(step, sam).is_held
    assert any("could warn" in one for one in queries.card_of(step, sam).hindrances)
    actions.lift_hold(step=step, why="The police agree.", by=sam, now=later(27))
    assert not queries.card_of(PlanStep.objects.get(pk=step.pk), sam).is_held
    assert deliver(Delivery.objects.get(pk=waiting.pk), smtp, hours=27)
    assert deliver(escalate(sent, by=ana, now=later(28)), smtp, hours=28)


@pytest.mark.django_db
def test_a_hold_that_was_lifted_holds_again_for_what_nobody_knew_when_it_was_lifted(sent: Notice, ana: Actor, sam: Actor) -> None:
    case, step = sent.case, PlanStep.objects.get(kind="remove")

    def lift(hours: float) -> None:
        actions.lift_hold(step=step, why="They moved out.", by=sam, now=later(hours))
        step.refresh_from_db()
        assert not queries.would_warn(step)

    relative = add_person(case=case, role="person_of_concern", facts={"relation": "relative"}, by=ana, now=later(1))
    lift(2)
    # The same once more, and what warns nobody, change nothing.
    amend_person(person=relative, facts={"relation": "relative"}, by=ana, now=later(3))
    add_person(case=case, role="person_of_concern", facts={"relation": "online_only"}, by=ana, now=later(3))
    assert not queries.would_warn(step)
    # A second person of the same nearness was not spoken of.
    add_person(case=case, role="person_of_concern", facts={"relation": "relative"}, by=ana, now=later(4))
    assert queries.would_warn(step)
    with pytest.raises(HeldBack):
        remind(sent, by=ana, now=later(5))
    assert queries.card_of(step, sam).is_held
    lift(6)
    incident = case.incidents.first() or describe_incident(case=case, facts={}, by=ana, now=later(7))
    amend_incident(incident=incident, facts={"continuing_access": "yes"}, by=ana, now=later(7))
    assert queries.would_warn(step)
    lift(8)
    remind(sent, by=ana, now=later(25))


@pytest.mark.django_db
def test_what_is_known_is_gathered_once_for_all_steps_of_a_page(sent: Notice, ana: Actor, sam: Actor) -> None:
    """Each removal that was approved would gather it anew: the same statements, however many they are."""
    first = PlanStep.objects.get(kind="remove")

    def statements() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as asked:
            held = [card.is_held for card in queries.cards_of(sent.case, sam) if card.step.kind == "remove"]
        return len(asked), sum(held)

    statements()
    alone, _ = statements()
    last = max(PlanStep.objects.filter(case=sent.case).values_list("position", flat=True))
    for more in (1, 2, 3):
        step = PlanStep.objects.get(pk=first.pk)
        step.pk, step.position, step._state.adding = new_id(), last + more, True
        step.save(force_insert=True)
        notice = Notice.objects.get(pk=sent.pk)
        notice.pk, notice.step, notice.reference, notice._state.adding = new_id(), step, f"more-{more}", True
        notice.save(force_insert=True)
    together, held = statements()
    # What stands beside each notice is asked for all of them; holds of authorities are asked for each proposal alone.
    assert (together, held) == (alone, 0)
    add_person(case=sent.case, role="person_of_concern", facts={"relation": "relative"}, by=ana, now=later(1))
    assert statements() == (alone, 4)


@pytest.mark.django_db
def test_who_objects_to_a_notice_that_was_escalated_meanwhile_waits_for_the_first_review(sent: Notice, ana: Actor, sam: Actor) -> None:
    def object_to(notice: Notice, hours: float) -> CounterNotice:
        return actions.record_counter_notice(notice=notice, from_whom="provider", words="No.", by=ana, now=later(hours))

    first = object_to(sent, 25)
    escalate(Notice.objects.get(), by=ana, now=later(26))
    with pytest.raises(IllegalStep, match="waits for its review"):
        object_to(Notice.objects.get(), 27)
    assert actions.counter_every_notice(case=sent.case, words="It was wrong.", by=sam, now=later(27)) == 0
    decide(first, is_right=False, why="It stands.", by=sam, now=later(28))
    assert Notice.objects.get().state == "escalated", "it goes on from where it stands by now"
    second = object_to(Notice.objects.get(), 29)
    actions.record_answer(notice=Notice.objects.get(), answer=NoticeState.REMOVED, by=ana, now=later(30))
    decide(second, is_right=True, why="It was wrong.", by=sam, now=later(31))
    assert Notice.objects.get().state == "withdrawn"
