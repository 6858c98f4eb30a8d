"""Who trains in the demonstration: one who is new and half through, and two who go through it again, of whom one waits for a sign-off."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from cairndesk.accounts.models import Person
from cairndesk.accounts.rules import Proof
from cairndesk.review import actions
from cairndesk.review.rules.calibration import Answer, shipped
from cairndesk.review.rules.orientation import CODES

# Case → what somebody said otherwise than agreed.
_NEW = {"class_chat": Answer(3, "onward_sharing", "remove"), "every_evening": Answer(3, "solicitation", "safeguard")}
_AGAIN: Mapping[str, Mapping[str, Answer]] = {
    "Ari": {"way_home": Answer(3, "exposing_details", "safeguard"), "paid_group": Answer(2, "material_distribution", "preserve")},
    "Ana": {},
}
_NEW_ANSWERED, _NEW_READ = 7, 2


def play(*, now: datetime) -> None:
    """Afterwards some invented cases are answered; the real ones of the demonstration know nothing of it."""
    _go_through("Noa", _NEW, many=_NEW_ANSWERED, read=_NEW_READ, begun=now - timedelta(hours=5))
    for name, otherwise in _AGAIN.items():
        _go_through(name, otherwise, many=None, read=len(CODES), begun=now - timedelta(days=2))
    person = Person.objects.prefetch_related("grants", "guest_grants").get(sign_in_name="ari")
    actions.ask_sign_off(by=person.as_actor(Proof.DEMO, now=now), now=now - timedelta(hours=1))


def _go_through(name: str, otherwise: Mapping[str, Answer], *, many: int | None, read: int, begun: datetime) -> None:
    by = Person.objects.prefetch_related("grants", "guest_grants").get(sign_in_name=name.lower()).as_actor(Proof.DEMO, now=begun)
    actions.begin_training(by=by, now=begun)
    actions.read_orientation(sections=CODES[:read], by=by, now=begun + timedelta(minutes=6))
    for place, one in enumerate(shipped().cases[:many]):
        answer = otherwise.get(one.code, one.agreed)
        actions.answer_example(case=one.code, answer=answer, by=by, now=begun + timedelta(minutes=10 + 2 * place))
