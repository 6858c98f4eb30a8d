"""Whatever people do in whatever order: nothing is taken down before the preservation choice, and nobody checks themselves."""

from collections.abc import Callable

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.response.confirmed import approve, close, decide, escalate, override, remind, send_notice
from tests.response.conftest import NOW, UNLAWFUL, later

from cairndesk.accounts.errors import AccountsError
from cairndesk.accounts.rules import SYSTEM, Actor
from cairndesk.cases.errors import CasesError
from cairndesk.cases.models import Case
from cairndesk.directory.models import Service
from cairndesk.response import actions, rules
from cairndesk.response.actions import Draft
from cairndesk.response.actions.deliver import record_delivered
from cairndesk.response.errors import ResponseError
from cairndesk.response.models import CounterNotice, Delivery, Notice, PlanStep, Preservation, Referral
from cairndesk.response.rules import Choice, Facts, NoticeState, StepKind, StepState, Told

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
REFUSALS = (ResponseError, AccountsError, CasesError)
ACTS = (
    "propose",
    "propose_near",
    "propose_child",
    "preserve",
    "draft",
    "approve",
    "skip",
    "again",
    "lift",
    "sign",
    "review",
    "send",
    "deliver",
    "unsend",
)
MORE = ("answer", "unsend", "escalate", "remind", "counter", "decide", "refer", "consent", "override", "look", "finish", "close")
STEPS = st.tuples(st.sampled_from([*ACTS, *MORE]), st.integers(0, 4), st.integers(0, 6))
Acts = list[tuple[str, int, int]]
# Otherwise half of the sequences would never get as far as a notice.
BEGINNINGS = st.sampled_from([[], [("propose", 0, 0), ("draft", 0, 1)], [("propose_near", 0, 0), ("draft", 0, 1), ("preserve", 0, 0)]])


class Desk:
    """One case and everybody who might touch it."""

    def __init__(self, case: Case, people: list[Actor], draft: Draft, service: Service) -> None:
        self.case, self.people, self.draft, self.service = case, people, draft, service
        self.clock = 0

    def do(self, act: str, who: int, which: int) -> None:
        self.clock += 1
        by, now = self.people[who], later(self.clock)
        try:
            with transaction.atomic():
                self._do(act, by, now, which)
        except REFUSALS:
            pass

    def _do(self, act, by, now, which) -> None:  # noqa: C901 - a table of acts
        step, notice, referral = _pick(PlanStep, self.case, which), _pick(Notice, self.case, which), _pick(Referral, self.case, which)
        facts = {"propose_near": {"continuing_access": True, "in_danger": True}, "propose_child": {"child_actor": True}}.get(act, {})
        if act.startswith("propose"):
            known = Facts(has_addresses=True, verdicts=UNLAWFUL, offence_suspected=True, **facts)
            actions.propose_plan(case=self.case, facts=known, by=by, now=now)
        elif act == "preserve":
            actions.record_preservation(case=self.case, choice=Choice.OWN_RECORD, why="kept", by=by, now=now)
        elif act == "close":
            close(self.case, best_interests="safe", outcome="help_arranged", by=by, now=now)
        elif step is not None and act == "approve":
            approve(step, by=by, now=now)
        elif step is not None and act in {"again", "sign", "review"}:
            verbs = {"again": actions.propose_again, "sign": actions.sign_off_step, "review": actions.review_step}
            verbs[act](step=step, by=by, now=now)
        elif step is not None and act in {"skip", "lift"}:
            {"skip": actions.skip_step, "lift": actions.lift_hold}[act](step=step, why="because", by=by, now=now)
        elif step is not None and act == "finish":
            actions.finish_step(step=step, outcome="done", by=by, now=now)
        elif step is not None and act == "draft":
            actions.draft_notices(step=step, drafts=[self.draft], by=by, now=now)
        elif step is not None and act == "refer" and referral is None:
            actions.draft_referral(step=step, service=self.service, reason="help", best_interests="help", by=by, now=now)
        elif referral is not None and act in {"refer", "consent", "override", "look"}:
            self._refer(act, referral, by, now)
        elif notice is not None:
            self._follow(act, notice, by, now, which)

    def _refer(self, act: str, referral: Referral, by: Actor, now) -> None:
        if act == "consent":
            choice = actions.Choice(is_given=True, limits_explained=True, by_whom="child", maturity="15")
            actions.record_consent(referral=referral, choice=choice, by=by, now=now)
        elif act == "override":
            override(referral, why="danger", told=Told.LATER, best_interests="safety", by=by, now=now)
        elif act == "look":
            actions.review_override(referral=referral, by=by, now=now)
        else:
            actions.refer(referral=referral, by=by, now=now)

    def _follow(self, act: str, notice: Notice, by: Actor, now, which: int) -> None:
        objection = CounterNotice.objects.filter(notice=notice, state="open").first()
        if act == "send":
            send_notice(notice, by=by, now=now)
        elif act == "deliver":
            delivery = Delivery.objects.filter(notice=notice, done_at=None).first()
            if delivery and actions.claim_delivery(delivery=delivery, worker="w", now=now):
                record_delivered(delivery=delivery, worker="w", by=SYSTEM, now=now)
        elif act == "unsend":
            actions.take_back_letter(notice=notice, by=by, now=now)
        elif act == "answer":
            actions.record_answer(notice=notice, answer=sorted(rules.ANSWERS)[which % len(rules.ANSWERS)], by=by, now=now)
        elif act in {"escalate", "remind"}:
            {"escalate": escalate, "remind": remind}[act](notice, by=by, now=now)
        elif act == "counter":
            actions.record_counter_notice(notice=notice, from_whom="provider", words="No.", by=by, now=now)
        elif act == "decide" and objection:
            decide(objection, is_right=bool(which % 2), why="looked", by=by, now=now)

    def check(self) -> None:
        chosen = Preservation.objects.filter(case=self.case).order_by("chosen_at").first()
        for step in PlanStep.objects.filter(case=self.case):
            if step.kind == StepKind.REMOVE and step.approved_at:
                assert chosen is not None
                assert chosen.chosen_at <= step.approved_at
            if step.state in {StepState.APPROVED, StepState.DONE}:
                assert step.approved_by
                assert step.approved_by != SYSTEM.pseudonym
                assert not step.is_held
            assert not step.needs_sign_off or step.state in {StepState.PROPOSED, StepState.SKIPPED} or step.signed_off_by != step.approved_by
            assert not step.reviewed_by or step.reviewed_by != step.approved_by
        for notice in Notice.objects.filter(case=self.case, kind__in=rules.TAKES_DOWN).exclude(state__in=rules.NOT_YET_OUT):
            assert notice.preservation is not None
            assert notice.queued_at is not None
            assert notice.preservation.case_id == self.case.pk
            assert notice.preservation.chosen_at <= notice.queued_at
        for delivery in Delivery.objects.filter(notice__case=self.case):
            assert delivery.notice.approved_by in {person.pseudonym for person in self.people[:-2]}
        for objection in CounterNotice.objects.filter(notice__case=self.case).exclude(state="open").select_related("notice"):
            assert objection.decided_by not in {objection.notice.drafted_by, objection.notice.approved_by}
        for referral in Referral.objects.filter(case=self.case):
            assert referral.made_at is None or referral.consent in rules.MAY_BE_MADE
            assert not referral.override_reviewed_by or referral.override_reviewed_by != referral.decided_by


def _pick(table, case: Case, which: int):
    rows = list(table.objects.filter(case=case).order_by("id"))
    return rows[which % len(rows)] if rows else None


@pytest.mark.req("EVD-03")
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(beginning=BEGINNINGS, sequence=st.lists(STEPS, min_size=4, max_size=18))
def test_no_sequence_reaches_a_removal_before_the_choice_or_a_self_approved_second_look(
    open_at: Callable[..., Case], ana: Actor, sam: Actor, sue: Actor, ola: Actor, draft: Draft, service: Service, beginning: Acts, sequence: Acts
) -> None:
    with transaction.atomic():
        desk = Desk(open_at(), [ana, sam, sue, ola, SYSTEM], draft, service)
        for act, who, which in [*beginning, *sequence]:
            desk.do(act, who, which)
            desk.check()
        transaction.set_rollback(True)


def test_the_machine_can_reach_a_removal_at_all(
    open_at: Callable[..., Case], ana: Actor, sam: Actor, sue: Actor, ola: Actor, draft: Draft, service: Service
) -> None:
    desk = Desk(open_at(), [ana, sam, sue, ola, SYSTEM], draft, service)
    removal = [("propose", 0, 0), ("preserve", 0, 0)]
    for act, who, which in removal:
        desk.do(act, who, which)
    step = PlanStep.objects.get(case=desk.case, kind=StepKind.REMOVE)
    at = [row.pk for row in PlanStep.objects.filter(case=desk.case).order_by("id")].index(step.pk)
    for act in ("draft", "approve", "deliver"):
        desk.do(act, 0, at)
    desk.do("answer", 0, sorted(rules.ANSWERS).index(NoticeState.REMOVED))
    assert Notice.objects.get().state == NoticeState.REMOVED
    assert Notice.objects.get().sent_at is not None
    assert Notice.objects.get().sent_at > NOW
