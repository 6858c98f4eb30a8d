"""People who train on invented cases: one in the middle of it, one who waits to be signed off."""

from dataclasses import dataclass

from cairndesk.accounts.models import Organisation, Person, RoleGrant
from cairndesk.accounts.rules import Actor, Proof, Role
from cairndesk.lib import clock
from cairndesk.review import actions
from cairndesk.review.models import Training
from cairndesk.review.rules.calibration import Answer, shipped
from cairndesk.review.rules.orientation import CODES


@dataclass(frozen=True)
class InTraining:
    """The training of Ana, with the code of a case that she answered and of one that she did not; and one of somebody who is through."""

    mine: Training
    answered: str
    unanswered: str
    to_sign: Training


def in_training(organisation: Organisation, *, ana: Actor) -> InTraining:
    """Afterwards both stand in the database."""
    now, cases = clock.now(), shipped().cases
    mine = actions.begin_training(by=ana, now=now)
    actions.read_orientation(sections=CODES[:2], by=ana, now=now)
    for one, answer in ((cases[0], cases[0].agreed), (cases[1], Answer(2, "threat_to_share", "authority"))):
        actions.answer_example(case=one.code, answer=answer, by=ana, now=now)
    person = Person.objects.create(organisation=organisation, sign_in_name="noa", name="Noa", created_at=now)
    RoleGrant.objects.create(person=person, role=Role.ANALYST, granted_at=now)
    noa = person.as_actor(Proof.DEMO, now=now)
    to_sign = actions.begin_training(by=noa, now=now)
    actions.read_orientation(sections=CODES, by=noa, now=now)
    for one in cases:
        actions.answer_example(case=one.code, answer=one.agreed, by=noa, now=now)
    actions.ask_sign_off(by=noa, now=now)
    return InTraining(mine, cases[1].code, cases[2].code, to_sign)
