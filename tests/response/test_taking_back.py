"""What somebody lets go waits thirty seconds, and until a worker has taken it they can take it back; never both."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from django.urls import reverse
from tests.response.confirmed import approve, escalate, remind, send_notice, try_again
from tests.response.conftest import NOW, later
from tests.response.test_notices import deliver, queued, sent
from tests.response.test_pages import Browser, analyst, buttons, confirm, press, proof_on, see, sign_in
from tests.support.smtp_server import SmtpServer
from tests.support.threads import in_threads, shared_database

from cairndesk.accounts import undo
from cairndesk.accounts.errors import NotPermitted
from cairndesk.accounts.rules import Actor
from cairndesk.custody.models import SealedItem
from cairndesk.custody.queries import entries_about
from cairndesk.exchange.formats.letter import Kind, Target
from cairndesk.lib import clock
from cairndesk.response import actions, queries
from cairndesk.response.actions.leasing import LEASE
from cairndesk.response.errors import LetterGone
from cairndesk.response.models import Delivery, Notice, PlanStep
from cairndesk.response.rules import NoticeState, StepState

__all__ = ["analyst", "queued", "sent", "sign_in"]
pytestmark = [pytest.mark.django_db, pytest.mark.slow]
SOON = NOW + undo.window() / 2
FIELDS = ("state", "preservation_id", "approved_by", "queued_at", "answer_by", "remind_at", "reminders", "ended_at")


def standing(notice: Notice) -> dict[str, object]:
    return Notice.objects.values(*FIELDS).get(pk=notice.pk)


def test_a_letter_is_not_due_before_its_thirty_seconds_are_over(queued: Delivery) -> None:
    assert not queries.deliveries_due(NOW + undo.window() - undo.window() / 30).exists()
    assert not actions.claim_delivery(delivery=queued, worker="w1", now=SOON)
    assert queries.deliveries_due(NOW + undo.window()).get() == queued


def test_a_letter_let_go_while_the_clock_ran_ahead_leaves_once_it_was_put_right(queued: Delivery) -> None:
    Delivery.objects.update(queued_at=later(1), next_try_at=later(1) + undo.window())
    assert queries.deliveries_due(NOW).get() == queued
    assert actions.claim_delivery(delivery=queued, worker="w1", now=NOW)
    # It is held now, and once the lease is over it is tried again like any other.
    assert not queries.deliveries_due(NOW).exists()
    assert queries.deliveries_due(NOW + 2 * LEASE).get() == queued


def test_an_approval_that_is_taken_back_is_a_proposal_with_drafts_again_and_nothing_of_the_letters_is_kept(
    ready: PlanStep, draft: actions.Draft, ana: Actor
) -> None:
    actions.draft_notices(step=ready, drafts=[replace(draft, targets=[(Target.URL, "https://pictures.example/b")])], by=ana, now=NOW)
    before, kept = [standing(one) for one in Notice.objects.order_by("pk")], set(SealedItem.objects.values_list("pk", flat=True))
    approve(ready, by=ana, now=NOW)
    assert actions.take_back_step(step=ready, by=ana, now=SOON) == 2
    ready.refresh_from_db()
    assert (ready.state, ready.approved_by, ready.approved_at) == (StepState.PROPOSED, "", None)
    assert [standing(one) for one in Notice.objects.order_by("pk")] == before
    assert (Delivery.objects.count(), set(SealedItem.objects.values_list("pk", flat=True))) == (0, kept)
    events = [line.event for line in entries_about(ready.case_id)]
    assert events[-3:] == ["response.notice.taken_back", "response.notice.taken_back", "response.plan.proposed"]
    # It is no worse for it: the same step goes another time.
    approve(ready, by=ana, now=later(1))
    assert Delivery.objects.count() == 2


def test_one_letter_of_an_approval_that_is_taken_back_leaves_the_step_approved(ready: PlanStep, draft: actions.Draft, ana: Actor) -> None:
    actions.draft_notices(step=ready, drafts=[draft], by=ana, now=NOW)
    approve(ready, by=ana, now=NOW)
    first, second = Notice.objects.order_by("drafted_at", "pk")
    actions.take_back_letter(notice=first, by=ana, now=SOON)
    ready.refresh_from_db()
    assert (ready.state, standing(first)["state"], standing(second)["state"]) == (StepState.APPROVED, "drafted", "queued")
    send_notice(first, by=ana, now=SOON)
    assert standing(first)["state"] == "queued"


@pytest.mark.parametrize("again", [remind, escalate])
def test_a_further_letter_that_is_taken_back_leaves_the_notice_as_it_was(sent: Notice, ana: Actor, again: Callable[..., Delivery]) -> None:
    before = standing(sent)
    again(sent, by=ana, now=later(25))
    assert standing(sent) != before
    # What the desk does by itself in between is nothing that somebody recorded.
    Notice.objects.filter(pk=sent.pk).update(reminders=7, remind_at=later(90))
    assert actions.take_back_letter(notice=sent, by=ana, now=later(25)) == 1
    assert standing(sent) == before
    assert PlanStep.objects.get(pk=sent.step_id).state == StepState.APPROVED


@pytest.mark.parametrize("again", [remind, escalate])
def test_what_was_recorded_since_is_not_taken_back_with_a_letter_that_still_waits(
    sent: Notice, ana: Actor, sam: Actor, again: Callable[..., Delivery]
) -> None:
    again(sent, by=ana, now=later(25))
    actions.record_answer(notice=sent, answer=NoticeState.REMOVED, by=sam, now=later(26))
    recorded, ended = standing(sent), PlanStep.objects.values("state", "ended_at", "approved_at").get(pk=sent.step_id)
    assert (recorded["state"], ended["state"]) == (NoticeState.REMOVED, StepState.DONE)
    # Without a mail server it waits for days.
    assert actions.take_back_letter(notice=sent, by=ana, now=later(90)) == 1
    assert standing(sent) == recorded
    assert PlanStep.objects.values("state", "ended_at", "approved_at").get(pk=sent.step_id) == ended
    assert not queries.unsent().exists()
    assert "response.notice.taken_back" in [line.event for line in entries_about(sent.case_id)]


def test_of_two_letters_that_wait_the_older_is_restored_only_after_the_newer(sent: Notice, ana: Actor) -> None:
    before = standing(sent)
    remind(sent, by=ana, now=later(25))
    once = standing(sent)
    remind(sent, by=ana, now=later(50))
    for stands in (once, before):
        actions.take_back_letter(notice=sent, by=ana, now=later(51))
        assert standing(sent) == stands


def test_an_approval_after_which_more_was_recorded_stays_one(queued: Delivery, ready: PlanStep, ana: Actor) -> None:
    Notice.objects.filter(pk=queued.notice_id).update(state=NoticeState.SENT, sent_at=SOON)
    assert actions.take_back_step(step=ready, by=ana, now=SOON) == 1
    ready.refresh_from_db()
    assert (ready.state, standing(queued.notice)["state"]) == (StepState.APPROVED, NoticeState.SENT)


def test_nobody_takes_back_what_somebody_else_let_go(queued: Delivery, ready: PlanStep, sam: Actor) -> None:
    for tried in (
        lambda: actions.take_back_step(step=ready, by=sam, now=SOON),
        lambda: actions.take_back_letter(notice=queued.notice, by=sam, now=SOON),
    ):
        with pytest.raises(NotPermitted):
            tried()
    assert Delivery.objects.get() == queued


def test_a_letter_that_has_gone_is_not_taken_back_and_the_page_says_so(sent: Notice, ana: Actor) -> None:
    with pytest.raises(LetterGone, match="The letter has gone"):
        actions.take_back_step(step=sent.step, by=ana, now=SOON)
    with pytest.raises(LetterGone):
        actions.take_back_letter(notice=sent, by=ana, now=SOON)
    assert standing(sent)["state"] == NoticeState.SENT


def test_a_letter_that_was_ever_tried_is_not_taken_back(queued: Delivery, ana: Actor, smtp: SmtpServer) -> None:
    smtp.behaviour.recipient = 550
    assert not deliver(queued, smtp)
    try_again(queued.notice, by=ana, now=later(1))
    with pytest.raises(LetterGone):
        actions.take_back_letter(notice=queued.notice, by=ana, now=later(1))


def test_of_several_letters_those_that_have_not_gone_are_stopped(ready: PlanStep, draft: actions.Draft, ana: Actor) -> None:
    actions.draft_notices(step=ready, drafts=[draft], by=ana, now=NOW)
    approve(ready, by=ana, now=NOW)
    gone = queries.deliveries_due(NOW + undo.window())[0]
    assert actions.claim_delivery(delivery=gone, worker="w1", now=NOW + undo.window())
    assert actions.take_back_step(step=ready, by=ana, now=NOW + undo.window()) == 1
    ready.refresh_from_db()
    assert (ready.state, Delivery.objects.get().pk) == (StepState.APPROVED, gone.pk)


def test_what_takes_an_earlier_letter_back_goes_at_once(sent: Notice) -> None:
    assert actions.notice.enqueue(sent, Kind.REVERSAL, later(2), legality="It was wrong.").next_try_at == later(2)


@pytest.mark.django_db(transaction=True)
def test_of_a_worker_and_whoever_takes_it_back_at_the_same_moment_exactly_one_wins(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    due = NOW + undo.window()

    def begins() -> tuple[PlanStep, Actor]:
        return request.getfixturevalue("ready"), request.getfixturevalue("ana")

    def lets_go() -> Delivery:
        # What the round before left is as if it had never been.
        for left in Delivery.objects.all():
            Delivery.objects.filter(pk=left.pk).update(claimed_by="", lease_until=None, attempts=0)
            actions.take_back_step(step=step, by=ana, now=due)
        approve(step, by=ana, now=NOW)
        return Delivery.objects.get()

    def takes_back() -> bool:
        try:
            return bool(actions.take_back_step(step=step, by=ana, now=due))
        except LetterGone:
            return False

    def ends() -> tuple[bool, str, str]:
        return Delivery.objects.filter(claimed_by="w1").exists(), Notice.objects.get().state, PlanStep.objects.get(pk=step.pk).state

    with shared_database(tmp_path):
        [(step, ana)] = in_threads(begins)
        for _ in range(10):
            [letter] = in_threads(lets_go)
            claims = partial(actions.claim_delivery, delivery=letter, worker="w1", now=due)
            assert sorted(in_threads(takes_back, claims)) == [False, True]
            [(is_claimed, notice, approved)] = in_threads(ends)
            assert (notice, approved) == (("queued", "approved") if is_claimed else ("drafted", "proposed"))


def test_what_was_just_let_go_is_taken_back_on_z_and_too_late_is_said_so(ready: PlanStep, analyst: Browser) -> None:
    confirm(analyst, "approve", ready.pk)
    page = see(analyst, "plan", ready.case_id)
    assert "1 letter leaves in 30 seconds." in page
    assert re.search(rf'action="/steps/{ready.pk}/take-back/">.{{0,200}}<button class="second" aria-keyshortcuts="z">Take it back</button>', page)
    assert "Take back the letter that waits" in buttons(see(analyst, "notice", Notice.objects.get().pk))
    assert press(analyst, "take-back-step", ready.pk) == reverse("response:plan", args=[ready.case_id])
    page = see(analyst, "plan", ready.case_id)
    assert "The letter has not left." in page
    assert "Take it back" not in page
    assert "Send notice to 1 provider" in buttons(page)
    assert not Delivery.objects.exists()
    confirm(analyst, "approve", ready.pk)
    actions.claim_delivery(delivery=Delivery.objects.get(), worker="w", now=clock.now() + undo.window())
    late = analyst.post(reverse("response:take-back-step", args=[ready.pk]))
    assert (late.status_code, "The letter has gone." in late.content.decode()) == (409, True)


def test_a_single_notice_is_taken_back_from_its_page(ready: PlanStep, draft: actions.Draft, ana: Actor, analyst: Browser) -> None:
    approve(ready, by=ana, now=NOW)
    (notice,) = actions.draft_notices(step=ready, drafts=[draft], by=ana, now=NOW)
    press(analyst, "send", notice.pk, act="send", **proof_on(analyst, see(analyst, "notice", notice.pk)))
    assert "The letter to Pictures leaves in 30 seconds." in see(analyst, "notice", notice.pk)
    press(analyst, "take-back", notice.pk)
    page = see(analyst, "notice", notice.pk)
    assert "The letter has not left." in page
    assert "Send notice to Pictures" in buttons(page)
