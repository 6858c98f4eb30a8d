"""What a reporter objects to behind the six words reaches somebody who did not decide it, and the answer comes back there."""

import pytest
from tests.response.test_erasing import data, told
from tests.retention.test_objections import decided
from tests.support.behind import behind

from cairndesk.accounts.rules import Actor
from cairndesk.cases.models import Case, SetAside
from cairndesk.custody.actions import seal
from cairndesk.custody.errors import DeskLocked
from cairndesk.custody.queries import unseal_text
from cairndesk.custody.rules import Purpose
from cairndesk.intake.errors import MessageStands
from cairndesk.intake.models import Message
from cairndesk.lib import clock
from cairndesk.retention import actions, jobs
from cairndesk.retention.actions import objections
from cairndesk.retention.errors import DecidedFirst
from cairndesk.retention.models import SubjectRequest
from cairndesk.retention.rules import Against, Checked, Decision, Refusal, ToldBy, Who

__all__ = ["data", "told"]
pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def locked(*_: object, **__: object) -> dict[str, object]:
    raise DeskLocked


@pytest.mark.req("PRI-09", "INT-25")
def test_an_objection_is_decided_by_somebody_else_by_its_day_and_answered_behind_the_six_words(
    told: Case, ana: Actor, sam: Actor, sue: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, slip = clock.now(), told.receipts.get()
    why = seal(organisation=told.organisation_id, purpose=Purpose.REASON, plain="A life was in danger.", now=now)
    SetAside.objects.create(case=told, limit="no_school", ground="danger", why=why, decided_by=sam.pseudonym, at=now)
    words = seal(organisation=told.organisation_id, purpose=Purpose.MESSAGE, plain={"text": "It was not like that."}, now=now)
    Message.objects.create(case=told, from_reporter=True, text=words, at=now, about="objection")
    with monkeypatch.context() as held:
        held.setattr(objections, "about", locked)
        assert jobs.hear_objections() == 0
    assert (jobs.hear_objections(), jobs.hear_objections()) == (1, 0)
    request = SubjectRequest.objects.get()
    assert (request.who, request.checked, request.against) == (Who.REPORTER, Checked.SIX_WORDS, Against.VERDICT)
    assert unseal_text(request.words) == "It was not like that."
    assert {one.code: one.by for one in behind(told, slip).promises}["looked_again"] == request.answer_by
    # Who set aside what they had chosen does not hear what they say against it.
    with pytest.raises(DecidedFirst):
        decided(request, sam)
    decided(request, sue, Decision.REFUSED, Refusal.STANDS)
    # What was written in haste is taken back in time: then nobody was told, and it is told anew.
    actions.tell_person(request=request, how=ToldBy.RECEIPT, words="Too short.", by=ana, now=clock.now())
    with pytest.raises(MessageStands):
        actions.untell_person(request=request, by=sue, now=clock.now())
    assert actions.untell_person(request=request, by=ana, now=clock.now()).told_at is None
    assert "looked_again" not in {stone.code for stone in behind(told, slip).milestones}
    actions.tell_person(request=request, how=ToldBy.RECEIPT, words="We looked again. It stays as it is.", by=ana, now=clock.now())
    box = behind(told, slip)
    assert box.messages[-1].text == "We looked again. It stays as it is."
    assert {"looking_again", "looked_again"} <= {stone.code for stone in box.milestones}
    assert "looked_again" not in {one.code for one in box.promises}
