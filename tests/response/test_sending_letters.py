"""Sending letters to partner desks: whatever becomes of the sending process, none is lost and none counts twice."""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from tests.response.crossed import Desks, desks, facts, offered, told
from tests.support.cast import NOON, cal, lou

from cairndesk.accounts import undo
from cairndesk.accounts.errors import SharingRefused
from cairndesk.cases.errors import AgainstTheirChoice
from cairndesk.cases.models import Case
from cairndesk.cases.rules import Stage
from cairndesk.custody.queries import entries_about
from cairndesk.exchange import errors
from cairndesk.lib import clock
from cairndesk.lib.ids import new_id
from cairndesk.response import actions, jobs, queries
from cairndesk.response.actions import carrying
from cairndesk.response.actions.leasing import LEASE
from cairndesk.response.actions.letters import tell_outcome
from cairndesk.response.adapters.web import Answer
from cairndesk.response.errors import FetchDelayed, NotAllowedOut
from cairndesk.response.models import Crossing, CrossingLetter, PartnerDesk
from cairndesk.response.rules import Side

__all__ = ["cal", "desks", "lou", "told"]
pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(minutes=6)


class Killed(BaseException):
    """What a process that ends leaves undone."""


@dataclass
class Wire:
    """Stands for the web between the desks: what is posted comes to Two; `breaks` says where the sending process ends."""

    desks: Desks
    breaks: str = ""
    base: str = "https://two.example/api/v1/referrals"
    keys: list[str] = field(default_factory=list)

    def post(self, url: str, body: bytes, headers: dict[str, str], into: Any, *, taken: Any) -> Answer:
        if self.breaks == "before":
            raise Killed
        self.keys.append(headers["Idempotency-Key"])
        try:
            self.desks.to_their_desk(body, LATER)
            status = 201
        except errors.LetterRefused as refused:
            into.write(json.dumps({"code": refused.code}).encode())
            status = refused.status
        if self.breaks == "after":
            raise Killed
        assert status in taken
        return Answer(status, {})


@pytest.fixture
def waiting(desks: Desks, told: Case) -> CrossingLetter:
    PartnerDesk.objects.filter(pk=desks.to_two.pk).update(address="https://two.example/api/v1/referrals")
    desks.to_two.refresh_from_db()
    # It has waited its thirty seconds.
    return offered(told, desks.to_two, by=desks.sam, other=desks.sue, now=NOON - undo.window()).letters.get()


def send(letter: CrossingLetter, wire: Wire, now: Any = NOON) -> bool:
    return any(actions.send_letter(letter=one, web=wire, worker=f"w-{new_id().hex[:8]}", now=now) for one in queries.letters_due(now))  # type: ignore[arg-type]


def test_a_letter_is_sent_once_and_nothing_of_it_is_kept(desks: Desks, waiting: CrossingLetter) -> None:
    wire = Wire(desks)
    assert send(waiting, wire)
    assert not send(waiting, wire)
    waiting.refresh_from_db()
    assert (waiting.done_at, bytes(waiting.sealed), wire.keys) == (NOON, b"", [str(waiting.document)])
    assert "exchange.letter.arrived" in {line.event for line in entries_about(waiting.crossing_id)}


@pytest.mark.parametrize("step", ["claimed", "before", "after", "recorded"])
def test_a_process_that_ends_at_any_step_loses_no_letter_and_doubles_none(
    desks: Desks, waiting: CrossingLetter, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ends(*_: object, **__: object) -> None:
        raise Killed

    # The last is inside the transaction that notes the arrival.
    inside = {"claimed": "answered", "recorded": "record"}
    with monkeypatch.context() as patched:
        if step in inside:
            patched.setattr(carrying, inside[step], ends)
        with pytest.raises(Killed):
            send(waiting, Wire(desks, breaks=step))
    waiting.refresh_from_db()
    assert waiting.done_at is None
    assert bytes(waiting.sealed)
    # Until the lease is over nobody else takes it; then it goes again, under the same id.
    wire = Wire(desks)
    assert not send(waiting, wire, NOON + timedelta(minutes=4))
    assert send(waiting, wire, LATER)
    waiting.refresh_from_db()
    assert (waiting.done_at, wire.keys) == (LATER, [str(waiting.document)])
    assert Crossing.objects.filter(side=Side.IN).count() == 1


def test_a_letter_that_cannot_get_through_is_tried_again_and_later_each_time(desks: Desks, waiting: CrossingLetter) -> None:
    class Dead(Wire):
        def post(self, *_: Any, **__: Any) -> Answer:
            raise FetchDelayed

    now, waits = NOON, []
    for _ in range(4):
        assert not send(waiting, Dead(desks), now)
        waiting.refresh_from_db()
        waits.append((waiting.next_try_at - now).total_seconds())
        now = waiting.next_try_at
    assert waits == [30, 60, 120, 240]
    assert (waiting.trouble, waiting.is_dead) == ("response.fetch_delayed", False)
    assert send(waiting, Wire(desks), now)


def test_what_they_refuse_waits_for_a_person_with_their_reason_and_can_be_sent_again(desks: Desks, waiting: CrossingLetter) -> None:
    PartnerDesk.objects.filter(pk=desks.to_one.pk).update(confirmed_by="", confirmed_at=None)
    assert not send(waiting, Wire(desks))
    waiting.refresh_from_db()
    assert (waiting.is_dead, waiting.trouble, waiting.claimed_by) == (True, "exchange.foreign_desk", "")
    assert [one.what for one in queries.due(desks.one.pk, NOON)] == ["letter_undelivered"]
    PartnerDesk.objects.filter(pk=desks.to_one.pk).update(confirmed_by=str(new_id()), confirmed_at=NOON)
    actions.send_again(letter=waiting, by=desks.sam, now=NOON)
    assert send(waiting, Wire(desks))


def test_an_offer_does_not_go_once_the_agreement_has_ended_or_it_was_taken_back(desks: Desks, waiting: CrossingLetter) -> None:
    actions.end_partner(desk=desks.to_two, why="Over.", by=desks.sam, now=NOON)
    wire = Wire(desks)
    assert not send(waiting, wire)
    waiting.refresh_from_db()
    assert (wire.keys, waiting.is_dead, waiting.trouble) == ([], True, "exchange.partner_over")
    with pytest.raises(errors.PartnerOver):
        actions.take_out_letter(letter=waiting, by=desks.sam, now=NOON)


def test_what_they_chose_and_what_may_be_shared_is_asked_again_before_it_goes(desks: Desks, waiting: CrossingLetter) -> None:
    PartnerDesk.objects.filter(pk=desks.to_two.pk).update(kind="authority")
    wire = Wire(desks)
    assert not send(waiting, wire)
    waiting.refresh_from_db()
    assert (wire.keys, waiting.is_dead, waiting.trouble) == ([], True, AgainstTheirChoice.code)
    PartnerDesk.objects.filter(pk=desks.to_two.pk).update(kind="industry")
    with pytest.raises(SharingRefused):
        actions.take_out_letter(letter=waiting, by=desks.sam, now=NOON)


def test_letters_about_one_case_go_in_their_order(desks: Desks, waiting: CrossingLetter) -> None:
    CrossingLetter.objects.filter(pk=waiting.pk).update(attempts=1, next_try_at=LATER)
    actions.withdraw_from_desk(crossing=waiting.crossing, by=desks.sam, now=NOON)
    # The offer must not arrive behind its withdrawal: it does not go at all any more.
    assert [one.paper for one in queries.letters_due(LATER)] == ["withdrawal"]


@pytest.mark.parametrize("is_emergency", [False, True])
def test_an_offer_waits_thirty_seconds_also_of_a_child_in_danger(desks: Desks, told: Case, *, is_emergency: bool) -> None:
    Case.objects.filter(pk=told.pk).update(is_emergency=is_emergency)
    told.refresh_from_db()
    PartnerDesk.objects.filter(pk=desks.to_two.pk).update(address="https://two.example/api/v1/referrals")
    offer = offered(told, desks.to_two, by=desks.sam, other=desks.sue)
    assert queries.letters_due(NOON + undo.window() - timedelta(seconds=1)) == []
    assert queries.letters_due(NOON + undo.window()) == [offer.letters.get()]
    actions.withdraw_from_desk(crossing=offer, by=desks.sue, now=NOON + timedelta(seconds=20))
    # Nothing left, so nothing has to follow it.
    assert ([one.paper for one in offer.letters.all()], queries.letters_due(LATER)) == (["offer"], [])


def test_a_letter_let_go_while_the_clock_ran_ahead_leaves_once_it_was_put_right_and_is_tried_again_like_any_other(
    desks: Desks, waiting: CrossingLetter
) -> None:
    ahead, wire, second = NOON + timedelta(days=1), Wire(desks, breaks="before"), timedelta(seconds=1)
    CrossingLetter.objects.update(made_at=ahead, next_try_at=ahead + undo.window())
    with pytest.raises(Killed):
        send(waiting, wire)
    assert queries.letters_due(NOON + LEASE) == []
    assert queries.letters_due(NOON + LEASE + second) == [waiting]
    # What is put off for another reason, and what was let go just now, waits.
    CrossingLetter.objects.update(claimed_by="", lease_until=None, attempts=0, trouble="x", next_try_at=ahead)
    assert queries.letters_due(NOON) == []
    CrossingLetter.objects.update(trouble="", made_at=NOON + undo.window(), next_try_at=NOON + 2 * undo.window())
    assert queries.letters_due(NOON) == []
    CrossingLetter.objects.update(made_at=ahead)
    wire.breaks = ""
    assert send(waiting, wire)
    assert queries.letters_due(NOON) == queries.letters_due(ahead + timedelta(days=1)) == []


def test_what_came_of_it_waits_does_not_go_while_the_case_is_open_again_and_goes_once(desks: Desks, told: Case) -> None:
    PartnerDesk.objects.filter(pk=desks.to_one.pk).update(address="https://one.example/api/v1/referrals")
    _, theirs = desks.offer(told)
    new = actions.accept_from_desk(crossing=theirs, by=desks.lou, now=NOON)
    CrossingLetter.objects.filter(done_at=None).update(done_at=NOON)
    Case.objects.filter(pk=new.pk).update(stage=Stage.CLOSED, next_action_at=None, closed_at=NOON)
    tell_outcome(new, "removed", NOON)
    due = NOON + undo.window()
    assert (queries.letters_due(due - timedelta(seconds=1)), [one.paper for one in queries.letters_due(due)]) == ([], ["feedback"])
    Case.objects.filter(pk=new.pk).update(stage=Stage.QUEUED, next_action_at=NOON, closed_at=None)
    assert queries.letters_due(due) == []
    Case.objects.filter(pk=new.pk).update(stage=Stage.CLOSED, next_action_at=None, closed_at=LATER)
    tell_outcome(new, "help_arranged", LATER)
    # What was to be said first is never said.
    assert [one.made_at for one in queries.letters_due(LATER + undo.window())] == [LATER]


def test_letters_without_an_address_are_not_sent(desks: Desks, told: Case) -> None:
    offered(told, desks.to_two, by=desks.sam, other=desks.sue)
    assert queries.letters_due(LATER) == []


def test_no_host_is_reached_that_the_operator_does_not_name_and_the_letter_can_be_carried(
    desks: Desks, waiting: CrossingLetter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    assert jobs.send_letters() == 0
    waiting.refresh_from_db()
    assert (waiting.is_dead, waiting.trouble) == (True, NotAllowedOut.code)
    assert desks.to_their_desk(actions.take_out_letter(letter=waiting, by=desks.sam, now=NOON)).state == "offered"


def test_facts_of_a_partner_are_as_they_were_entered(desks: Desks) -> None:
    assert {name: getattr(desks.to_two, name) for name in facts(desks.two)} == facts(desks.two)
