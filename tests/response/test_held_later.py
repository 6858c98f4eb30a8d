"""A removal that was approved is weighed again before each letter that follows: what was learned since could warn somebody near the child."""

import pytest
from tests.response.confirmed import escalate, remind
from tests.response.conftest import later
from tests.response.test_notices import deliver, queued, sent
from tests.support.smtp_server import SmtpServer

from cairndesk.accounts.rules import Actor
from cairndesk.cases.actions import amend_incident, describe_incident
from cairndesk.response import actions, queries
from cairndesk.response.errors import HeldBack
from cairndesk.response.models import Delivery, Notice, PlanStep

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
