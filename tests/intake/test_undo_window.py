"""What the desk does lies behind the six words half a minute later, and until then whoever did it takes it back."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.intake.test_pages import sams
from tests.support.cast import NOON

from cairndesk.accounts import undo
from cairndesk.accounts.errors import NotPermitted
from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import SYSTEM, Actor, FreshProof
from cairndesk.cases.actions import aside_digest, claim, keep_choices, move, set_aside
from cairndesk.cases.models import Case
from cairndesk.cases.rules import Stage
from cairndesk.cases.rules.choices import Ground, Limit
from cairndesk.custody.models import SealedItem
from cairndesk.custody.queries import entries_about
from cairndesk.custody.sealing import hpke
from cairndesk.intake import actions, errors, jobs, publish, receipt
from cairndesk.intake.actions.tell import LOOK_AGAIN
from cairndesk.intake.models import Message, Receipt
from cairndesk.intake.published import Published
from cairndesk.intake.rules import Kind, Mailbox, mailbox_context
from cairndesk.intake.rules import Path as Telling
from cairndesk.lib import clock

__all__ = ["sams"]
pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
Read = Callable[[float], Mailbox]


@pytest.fixture
def taken(ring: object, one: Organisation, cal: Actor, data: Path) -> Any:
    told = {"what": ["found"]}
    return actions.take_report(organisation=one, path=Telling.CARER, language="en", channel="phone", told=told, by=cal, now=NOON)


@pytest.fixture
def case(taken: Any) -> Case:
    found: Case = taken.case
    return found


@pytest.fixture
def read(taken: Any, data: Path) -> Read:
    """The mailbox as it lies there once `work` had its turns, so many seconds after noon; then nothing is left to do."""

    def reading(seconds: float) -> Mailbox:
        now = NOON + seconds * SECOND
        publish.publish_changes(now=now)
        assert publish.publish_changes(now=now) == 0
        held = receipt.stretch(taken.words, salt=publish.ensure_salt(), cost=receipt.Cost(8, 1))
        sealed = Published(data / "published").mailbox(held.index)
        assert sealed is not None
        return Mailbox.from_json(hpke.unseal(held.private, sealed, mailbox_context(held.index)))

    return reading


def texts(box: Mailbox) -> list[str]:
    return [one.text for one in box.messages]


def stones(box: Mailbox) -> list[str]:
    return [one.code for one in box.milestones]


@pytest.mark.req("ANA-15")
def test_what_the_desk_writes_is_found_after_half_a_minute_and_not_before(case: Case, sam: Actor, read: Read) -> None:
    # What was told is there at once: nobody looks in vain for a sign that it arrived.
    assert stones(read(0)) == ["received"]
    actions.send_message(case=case, words="We are here.", by=sam, now=NOON + SECOND)
    assert [texts(read(seconds)) for seconds in (1, 15, 30)] == [[], [], []]
    assert [texts(read(seconds)) for seconds in (31, 32, 3600)] == [["We are here."]] * 3


def test_what_the_reporter_writes_is_seen_at_once_and_lets_nothing_out_early(
    case: Case, sam: Actor, read: Read, put: Callable[..., str], spool: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    actions.send_message(case=case, words="We are here.", by=sam, now=NOON)
    monkeypatch.setattr(clock, "now", lambda: NOON + 5 * SECOND)
    put({}, kind=Kind.MESSAGE, receipt_index=Receipt.objects.get().index, text="Thank you.")
    jobs.drain(spool)
    assert texts(read(6)) == ["Thank you."]
    assert texts(read(30)) == ["We are here.", "Thank you."]


@pytest.mark.req("ANA-15")
def test_whoever_wrote_it_takes_it_back_and_nothing_of_it_is_left(case: Case, sam: Actor, read: Read) -> None:
    Case.objects.update(next_action_at=NOON - SECOND, stage=Stage.REVIEWING)
    sent = actions.send_message(case=case, words="Wrong child.", by=sam, now=NOON)
    assert Case.objects.get().next_action_at == NOON + LOOK_AGAIN
    assert texts(read(20)) == []
    actions.take_back_message(case=case, message=sent.pk, by=sam, now=NOON + 29 * SECOND)
    assert not Message.objects.exists()
    assert not SealedItem.objects.filter(pk=sent.text_id).exists()
    # The case is as due as it was.
    assert Case.objects.get().next_action_at == NOON + 29 * SECOND
    assert [one.event for one in entries_about(case.pk)][-2:] == ["intake.message.sent", "intake.message.taken_back"]
    assert [texts(read(seconds)) for seconds in (30, 31, 3600)] == [[], [], []]
    with pytest.raises(errors.MessageStands):
        actions.take_back_message(case=case, message=sent.pk, by=sam, now=NOON + 29 * SECOND)


def test_nobody_else_takes_it_back_and_nobody_once_it_is_over(case: Case, sam: Actor, ana: Actor, read: Read) -> None:
    sent = actions.send_message(case=case, words="We are here.", by=sam, now=NOON)
    for by, seconds in ((ana, 1), (sam, 30), (sam, 3600), (sam, -31)):
        with pytest.raises(errors.MessageStands):
            actions.take_back_message(case=case, message=sent.pk, by=by, now=NOON + seconds * SECOND)
    assert texts(read(31)) == ["We are here."]


def test_who_may_not_write_any_more_takes_nothing_back(case: Case, cal: Actor, lia: Actor) -> None:
    sent = actions.send_message(case=case, words="We are here.", by=cal, now=NOON + SECOND)
    Message.objects.update(author=lia.pseudonym)
    with pytest.raises(NotPermitted):
        actions.take_back_message(case=case, message=sent.pk, by=lia, now=NOON + 2 * SECOND)


def test_it_is_taken_back_with_the_right_with_which_it_was_sent_wherever_the_case_stands_by_then(case: Case, cal: Actor, sam: Actor) -> None:
    sent = actions.send_message(case=case, words="We are here.", by=cal, now=NOON + SECOND)
    move(case=case, to=Stage.QUEUED, by=sam, now=NOON + 2 * SECOND)
    move(case=case, to=Stage.REVIEWING, by=sam, now=NOON + 3 * SECOND)
    actions.take_back_message(case=case, message=sent.pk, by=cal, now=NOON + 4 * SECOND)
    assert not Message.objects.exists()


@pytest.mark.parametrize("back", [-3600, -31, -29, -1])
def test_a_clock_that_is_set_back_holds_nothing_for_long_and_takes_nothing_back_that_was_seen(case: Case, sam: Actor, read: Read, back: int) -> None:
    seen = actions.send_message(case=case, words="Seen.", by=sam, now=NOON)
    assert texts(read(31)) == ["Seen."]
    held = actions.send_message(case=case, words="Held.", by=sam, now=NOON + 32 * SECOND)
    shows = 32 + back
    # What lay there stays there.
    assert "Seen." in texts(read(shows))
    with pytest.raises(errors.MessageStands):
        actions.take_back_message(case=case, message=seen.pk, by=sam, now=NOON + shows * SECOND)
    # The rest waits for as long as it would have, and once more at most.
    assert texts(read(shows + 61)) == ["Seen.", "Held."]
    with pytest.raises(errors.MessageStands):
        actions.take_back_message(case=case, message=held.pk, by=sam, now=NOON + 33 * SECOND)


def test_what_was_taken_back_is_shown_by_no_clock(case: Case, sam: Actor, read: Read) -> None:
    sent = actions.send_message(case=case, words="Wrong child.", by=sam, now=NOON)
    actions.take_back_message(case=case, message=sent.pk, by=sam, now=NOON + SECOND)
    assert [texts(read(seconds)) for seconds in (2, 3600, -3600, 31, -31)] == [[]] * 5


def test_a_clock_that_ran_ahead_when_a_mailbox_was_laid_out_hides_nothing_later(case: Case, sam: Actor, read: Read) -> None:
    read(3600)
    move(case=case, to=Stage.QUEUED, by=sam, now=NOON + SECOND)
    move(case=case, to=Stage.REVIEWING, by=sam, now=NOON + 2 * SECOND)
    assert stones(read(40)) == ["received", "seen"]


@pytest.mark.req("ANA-15")
def test_stones_and_the_outcome_wait_and_a_case_that_is_opened_again_at_once_tells_nothing_of_its_end(case: Case, sam: Actor, read: Read) -> None:
    for seconds, stage in ((1, Stage.QUEUED), (2, Stage.REVIEWING), (3, Stage.CLASSIFIED), (4, Stage.ACTING), (100, Stage.ANSWERED)):
        move(case=case, to=stage, by=sam, now=NOON + seconds * SECOND)
    box = read(101)
    assert (stones(box), box.promises) == (["received", "seen", "acting"], ())
    assert stones(read(130)) == ["received", "seen", "acting", "answered"]
    Case.objects.update(outcome="removed")
    move(case=case, to=Stage.CLOSED, by=sam, now=NOON + 200 * SECOND)
    for seconds in (200, 229):
        assert (read(seconds).outcome, "closed" in stones(read(seconds))) == ("", False)
    move(case=case, to=Stage.QUEUED, by=sam, now=NOON + 229 * SECOND)
    for seconds in (229, 230, 260, 3600):
        assert (read(seconds).outcome, {"answered", "closed"} & set(stones(read(seconds)))) == ("", set())
    for seconds, stage in ((4000, Stage.REVIEWING), (4001, Stage.CLASSIFIED), (4002, Stage.ACTING), (4003, Stage.ANSWERED)):
        move(case=case, to=stage, by=sam, now=NOON + seconds * SECOND)
    Case.objects.update(outcome="removed")
    move(case=case, to=Stage.CLOSED, by=sam, now=NOON + 4100 * SECOND)
    assert (read(4130).outcome, "closed" in stones(read(4130))) == ("removed", True)


def test_a_case_that_is_put_back_at_once_was_seen_by_nobody_and_what_was_promised_stands(case: Case, sam: Actor, ana: Actor, read: Read) -> None:
    move(case=case, to=Stage.QUEUED, by=sam, now=NOON)
    assert [one.code for one in read(1).promises] == ["seen"]
    claim(case=case, by=ana, now=NOON)
    move(case=case, to=Stage.REVIEWING, by=ana, now=NOON + 2 * SECOND)
    assert [one.code for one in read(3).promises] == ["seen"]
    move(case=case, to=Stage.QUEUED, by=ana, now=NOON + 4 * SECOND, reason="put_back")
    for seconds in (5, 33, 3600):
        assert (stones(read(seconds)), [one.code for one in read(seconds).promises]) == (["received"], ["seen"])


def test_what_was_told_as_a_milestone_or_set_aside_waits_too(case: Case, sam: Actor, read: Read) -> None:
    keep_choices(case=case, answers={"tell": ["no_police"]}, by=SYSTEM, now=NOON)
    read(1)
    Case.objects.update(stage=Stage.REVIEWING)
    case.refresh_from_db()
    aside(case, sam)
    actions.tell_milestone(case=case, code="removed", by=sam, now=NOON + 2 * SECOND)
    assert [(stones(box), len(box.set_aside)) for box in (read(3), read(31), read(32))] == [
        (["received"], 0),
        (["received"], 0),
        (["received", "removed"], 1),
    ]


def aside(case: Case, by: Actor) -> None:
    said: dict[str, Any] = {"limit": Limit.NO_POLICE, "ground": Ground.DANGER, "why": "He waits at the door."}
    at = NOON + 2 * SECOND
    set_aside(case=case, **said, by=by, fresh=FreshProof(by.pseudonym, aside_digest(case, **said), by.proof, at), now=at)


def test_the_page_offers_to_take_the_message_back_and_it_is_gone(taken: Any, sams: Any) -> None:
    held = taken.case
    page = sams.post(f"/cases/{held.pk}/messages/send/", {"words": "Wrong child."}, follow=True).content.decode()
    assert f"The message leaves in {undo.in_words()}." in page
    back = f"/cases/{held.pk}/messages/{Message.objects.get().pk}/take-back/"
    assert back in page
    assert "The message has not left" in sams.post(back, follow=True).content.decode()
    assert not Message.objects.exists()
    again = sams.post(back)
    assert (again.status_code, "The message stands." in again.content.decode()) == (409, True)


def test_each_message_that_has_not_left_has_a_button_of_its_own(taken: Any, sams: Any, ana: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    held, page = taken.case, reverse("intake:conversation", args=[taken.case.pk])
    for words in ("First.", "Second."):
        sams.post(f"/cases/{held.pk}/messages/send/", {"words": words})
    theirs = actions.send_message(case=held, words="Third.", by=ana, now=clock.now())
    first, second = Message.objects.exclude(pk=theirs.pk).order_by("pk")
    told = Message.objects.create(case=held, from_reporter=False, text=theirs.text, author=first.author, at=first.at, about="answer")

    counted: list[int] = []

    def buttons() -> list[int]:
        with CaptureQueriesContext(connection) as asked:
            shown = sams.get(page).content.decode()
        counted.append(len(asked))
        return [int(one) for one in re.findall(rf'<form method="post" action="/cases/{held.pk}/messages/(\d+)/take-back/" class="buttons">', shown)]

    # Neither what somebody else wrote, nor what came of a request: the request takes that back.
    assert buttons() == [first.pk, second.pk]
    assert sams.post(f"/cases/{held.pk}/messages/{told.pk}/take-back/").status_code == 409
    assert "The message has not left" in sams.post(f"/cases/{held.pk}/messages/{first.pk}/take-back/", follow=True).content.decode()
    assert buttons() == [second.pk]
    Message.objects.filter(pk=second.pk).update(laid_out_at=clock.now())
    assert buttons() == []
    # The button asks the database for nothing more.
    assert counted[-1] == counted[-2]
    Message.objects.filter(pk=second.pk).update(laid_out_at=None)
    late = clock.now() + undo.window()
    monkeypatch.setattr(clock, "now", lambda: late)
    assert buttons() == []


def test_an_answer_to_a_request_is_shown_like_any_message(case: Case, sam: Actor, read: Read) -> None:
    told = actions.send_answer(case=case, words="We looked again.", by=sam, now=NOON)
    with pytest.raises(errors.MessageStands):
        actions.take_back_message(case=case, message=told.pk, by=sam, now=NOON + SECOND)
    assert [(one.sender, one.text, one.about) for one in read(31).messages] == [("desk", "We looked again.", "")]
