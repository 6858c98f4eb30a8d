"""An authority asks that nobody be warned: nothing that somebody could notice leaves, however people try, until a supervisor lifts the hold."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.response.confirmed import approve, close, decide, escalate, remind, send_notice
from tests.response.conftest import NOW, Keyholder, later
from tests.response.test_pages import SignIn, sign_in
from tests.response.test_paging import BOSS, on_duty, ways
from tests.support.smtp_server import SmtpServer

from cairndesk.accounts.errors import AccountsError, NotPermitted
from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import SYSTEM, Actor, Role
from cairndesk.cases.actions import move
from cairndesk.cases.errors import CasesError
from cairndesk.cases.models import Case
from cairndesk.cases.rules.stages import Stage
from cairndesk.custody.queries import entries_about
from cairndesk.custody.rules import Event
from cairndesk.directory.profiles import shipped
from cairndesk.response import actions, jobs, queries
from cairndesk.response.adapters.egress import Egress
from cairndesk.response.adapters.smtp import Server
from cairndesk.response.errors import HeldBack, IllegalStep, IncompleteAct, ResponseError, StillOpen
from cairndesk.response.models import CounterNotice, Delivery, Notice, NoticeHold, PlanStep
from cairndesk.response.queries.crossing import _child
from cairndesk.response.rules import LONGEST_DAYS, Choice, NoticeKind, StepKind
from cairndesk.triage.queries import overdue

__all__ = ["sign_in", "ways"]
pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
Plan = Callable[..., dict[str, PlanStep]]


@pytest.fixture
def hold(case: Case, police: Keyholder, ana: Actor) -> NoticeHold:
    return ask(case, police, ana)


@pytest.fixture
def handed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What a mail server was given."""
    taken: list[bytes] = []
    monkeypatch.setitem(actions.deliver.__globals__, "send", lambda *_, message, **__: taken.append(message))
    return taken


def ask(case: Case, police: Keyholder, by: Actor, now: datetime = NOW, **more: object) -> NoticeHold:
    return actions.ask_hold(case=case, authority=police.authority, words="Their officer on the phone, file 12.", by=by, now=now, **more)


def put_out(now: datetime) -> None:
    """Try every letter that may be tried now."""
    for one in queries.deliveries_due(now):
        egress = Egress([("127.0.0.1", 1)])
        actions.deliver(delivery=one, server=Server("127.0.0.1", 1, tls="none"), egress=egress, sender="d@d.example", worker="w", by=SYSTEM, now=now)


def test_it_is_short_unless_somebody_says_otherwise_bounded_and_says_who_asked(case: Case, police: Keyholder, ana: Actor, hold: NoticeHold) -> None:
    assert (hold.until - NOW, hold.authority, hold.recorded_by) == (7 * DAY, police.authority, ana.pseudonym)
    assert b"file 12" not in bytes(hold.words.ciphertext)
    with pytest.raises(IllegalStep):
        ask(case, police, ana)
    hold.delete()
    for days in (0, LONGEST_DAYS + 1):
        with pytest.raises(IncompleteAct):
            ask(case, police, ana, days=days)
    with pytest.raises(IncompleteAct):
        actions.ask_hold(case=case, authority=police.authority, words=" ", by=ana, now=NOW)


@pytest.mark.slow
def test_no_notice_is_approved_and_none_that_waits_goes_out(
    ready: PlanStep, case: Case, police: Keyholder, ana: Actor, sam: Actor, handed: list[bytes]
) -> None:
    approve(ready, by=ana, now=NOW)
    hold = ask(case, police, ana)
    put_out(later(0.5))
    assert handed == []
    row = Delivery.objects.get()
    assert (row.trouble, row.attempts, row.is_dead) == (HeldBack.code, 0, False)
    with pytest.raises(HeldBack):
        remind(_sent(), by=ana, now=NOW)
    actions.lift_notice_hold(hold=hold, why="They have searched the house.", by=sam, now=later(1))
    put_out(later(1))
    assert len(handed) == 1


def _sent() -> Notice:
    Notice.objects.update(state="sent")
    return Notice.objects.get()


def test_a_proposed_step_waits_and_the_page_says_for_whom(ready: PlanStep, hold: NoticeHold, ana: Actor) -> None:
    with pytest.raises(HeldBack):
        approve(ready, by=ana, now=NOW)
    assert "Held: Sample police asked that nobody be warned." in queries.card_of(ready, ana).hindrances


@pytest.mark.slow
def test_preserving_goes_on(case: Case, plan: Plan, draft: actions.Draft, hold: NoticeHold, ana: Actor, handed: list[bytes]) -> None:

    step = plan(case)[StepKind.PRESERVE]
    actions.record_preservation(case=case, choice=Choice.PROVIDER, provider=draft.provider, why="asked", by=ana, now=NOW)
    step.refresh_from_db()
    (notice,) = actions.draft_notices(step=step, drafts=[replace(draft, kind=NoticeKind.PRESERVATION)], by=ana, now=NOW)
    send_notice(notice, by=ana, now=NOW)
    put_out(later(0.5))
    assert len(handed) == 1


def test_only_a_supervisor_ends_it_and_says_why(hold: NoticeHold, ana: Actor, sam: Actor) -> None:
    for act in (actions.lift_notice_hold, lambda **said: actions.renew_hold(days=7, **said)):
        with pytest.raises(NotPermitted):
            act(hold=hold, why="it is over", by=ana, now=later(1))
        with pytest.raises(IncompleteAct), transaction.atomic():
            act(hold=hold, why=" ", by=sam, now=later(1))
    with pytest.raises(IntegrityError), transaction.atomic():
        NoticeHold.objects.update(ended="lifted", ended_at=NOW)
    again = actions.renew_hold(hold=hold, days=3, why="They asked for three days more.", by=sam, now=later(24))
    assert (again.renews, again.until) == (hold, later(96))
    with pytest.raises(IllegalStep):
        actions.lift_notice_hold(hold=hold, why="it is over", by=sam, now=later(25))
    actions.lift_notice_hold(hold=again, why="They released it.", by=sam, now=later(25))
    said = [entry.event for entry in entries_about(hold.case_id)]
    assert [one for one in said if one.startswith("response.hold")] == [
        Event.RESPONSE_HOLD_ASKED,
        Event.RESPONSE_HOLD_RENEWED,
        Event.RESPONSE_HOLD_LIFTED,
    ]


@pytest.mark.slow
def test_when_its_time_is_over_it_stands_and_is_due_everywhere(
    ready: PlanStep, case: Case, hold: NoticeHold, one: Organisation, ana: Actor, sam: Actor, ways: Callable[..., None], smtp: SmtpServer
) -> None:
    Case.objects.update(next_action_at=NOW + 90 * DAY, due_at=NOW + 90 * DAY)
    Case.objects.filter(pk=case.pk).update(next_action_at=hold.until)
    early, late = hold.until - timedelta(minutes=1), hold.until + timedelta(minutes=1)
    ways(smtp.port)
    on_duty(one, ana, "ana@desk-one.example", begins=late)
    assert [_paged(early), _paged(late), _paged(late)] == [0, 1, 0]
    assert {one.recipient for one in smtp.taken} == {*BOSS, "ana@desk-one.example"}
    assert not any(word in smtp.taken[0].content.decode() for word in (case.number, "police", "child"))
    assert [_paged(late + DAY / 2), _paged(late + DAY)] == [0, 1]
    assert not overdue(by=ana, now=early).exists()
    assert overdue(by=ana, now=late).get() == case
    assert [[row.words for row in queries.due(one.pk, now) if row.what == "hold_ran_out"] for now in (early, late)] == [
        [],
        ["a hold that an authority asked for ran out: a supervisor renews or lifts it"],
    ]
    with pytest.raises(HeldBack):
        approve(ready, by=ana, now=late)
    actions.renew_hold(hold=hold, days=7, why="They asked again.", by=sam, now=late)
    assert not overdue(by=ana, now=late + DAY).exists()
    assert _paged(late + DAY * 2) == 0


def _paged(at: datetime) -> int:
    with time_machine.travel(at, tick=False):
        return jobs.page_holds()


def test_where_nobody_can_be_reached_it_is_tried_again_soon(hold: NoticeHold, ways: Callable[..., None], smtp: SmtpServer) -> None:
    ways(smtp.port)
    smtp.behaviour.recipient = 451
    assert _paged(hold.until) == 0
    smtp.behaviour.recipient = 250
    assert [_paged(hold.until + timedelta(minutes=minutes)) for minutes in (1, 10)] == [0, 1]


def test_whoever_takes_the_case_over_holds_its_notices_back_too(case: Case, hold: NoticeHold, sam: Actor) -> None:

    assert _child(case, shipped().kinds["partner"]).notices_held
    actions.lift_notice_hold(hold=hold, why="released", by=sam, now=later(1))
    assert not _child(case, shipped().kinds["partner"]).notices_held


@pytest.mark.slow
def test_a_case_is_not_closed_while_one_stands(case: Case, hold: NoticeHold, ana: Actor, sam: Actor) -> None:
    for to in (Stage.ACTING, Stage.ANSWERED):
        move(case=case, to=to, by=ana, now=NOW)
    with pytest.raises(StillOpen):
        close(case, best_interests="safe", outcome="help_arranged", by=ana, now=NOW)
    actions.lift_notice_hold(hold=hold, why="released", by=sam, now=NOW)
    close(case, best_interests="safe", outcome="help_arranged", by=ana, now=NOW)


ACTS = st.tuples(
    st.sampled_from(["ask", "renew", "lift", "approve", "send", "remind", "escalate", "object", "right", "wrong", "wait"]), st.integers(0, 3)
)
REFUSALS = (ResponseError, AccountsError, CasesError)


@pytest.mark.slow
@pytest.mark.req("INV-26")
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(acts=st.lists(ACTS, min_size=6, max_size=24))
def test_whatever_people_do_nothing_that_could_be_seen_leaves_while_a_hold_stands(
    acts: list[tuple[str, int]], ready: PlanStep, case: Case, police: Keyholder, ana: Actor, sam: Actor, sue: Actor, handed: list[bytes]
) -> None:
    people, hours, stands = [ana, sam, sue, SYSTEM], 0, False
    handed.clear()
    with transaction.atomic():
        for act, who in acts:
            hours += 400 if act == "wait" else 1
            before = len(handed)
            try:
                with transaction.atomic():
                    _do(act, case, police, people[who], later(hours))
            except REFUSALS:
                pass
            else:
                stands = act == "ask" or (stands and act != "lift")
            put_out(later(hours))
            assert not (stands and len(handed) > before), f"something left after {act}"
            assert NoticeHold.objects.filter(ended_at=None).exists() == stands
        transaction.set_rollback(True)


def _do(act: str, case: Case, police: Keyholder, by: Actor, now: datetime) -> None:
    notice, objection, hold = (
        Notice.objects.get(),
        CounterNotice.objects.filter(state="open").first(),
        NoticeHold.objects.filter(ended_at=None).first(),
    )
    if act == "ask":
        ask(case, police, by, now)
    elif act in {"renew", "lift"}:
        if hold is None:
            raise IllegalStep
        if act == "renew":
            actions.renew_hold(hold=hold, days=2, why="asked", by=by, now=now)
        else:
            actions.lift_notice_hold(hold=hold, why="asked", by=by, now=now)
    elif act in {"right", "wrong"} and objection is not None:
        decide(objection, is_right=act == "right", why="looked", by=by, now=now)
    elif act == "object":
        actions.record_counter_notice(notice=notice, from_whom="account_holder", words="No.", by=by, now=now)
    elif act == "approve":
        approve(PlanStep.objects.get(kind=StepKind.REMOVE), by=by, now=now)
    elif act in {"send", "remind", "escalate"}:
        {"send": send_notice, "remind": remind, "escalate": escalate}[act](notice, by=by, now=now)


@pytest.mark.slow
@pytest.mark.req("INV-26")
def test_it_is_asked_renewed_and_lifted_on_the_plan(
    case: Case, plan: Plan, one: Organisation, police: Keyholder, sign_in: SignIn, django_assert_max_num_queries: Callable[..., object]
) -> None:
    plan(case)
    ana, sam = sign_in(one, "Ana Lyst", Role.ANALYST), sign_in(one, "Sam Visor", Role.SUPERVISOR)
    page = reverse("response:plan", args=[case.pk])
    said = {"authority": str(police.authority.pk), "days": "7", "words": "Their officer, by phone"}
    assert ana.post(reverse("response:hold", args=[case.pk]), said | {"days": "99"}).status_code == 422
    assert ana.post(reverse("response:hold", args=[case.pk]), said).status_code == 302
    hold = NoticeHold.objects.get()
    with django_assert_max_num_queries(30):
        shown = ana.get(page).content.decode()
    assert "no notice leaves until" in shown
    assert "Renew or lift it" not in shown
    end = reverse("response:hold-end", args=[hold.pk])
    assert ana.post(end, {"act": "lift", "days": "7", "words": "over"}).status_code == 403
    NoticeHold.objects.update(recorded_at=NOW - DAY, until=NOW)
    assert "and still stands" in sam.get(page).content.decode()
    assert "1 hold on notices ran out" in sam.get(reverse("triage:first")).content.decode()
    assert sam.post(end, {"act": "renew", "days": "3", "words": "They asked again"}).status_code == 302
    assert "ran out" not in sam.get(reverse("triage:first")).content.decode()
    again = NoticeHold.objects.get(ended_at=None)
    assert sam.post(reverse("response:hold-end", args=[again.pk]), {"act": "lift", "days": "3", "words": "Released"}).status_code == 302
    assert "no notice leaves until" not in sam.get(page).content.decode()
