"""A machine that reviews and acts on one case in any order, by the verbs that people have, and what must hold after each step."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from tests.cases.machine import LEGAL
from tests.response.confirmed import approve, send_notice
from tests.response.conftest import ADDRESS, NOW, RAE_SAYS, UNLAWFUL
from tests.review.conftest import CLEAR, SEVERE
from tests.support.cast import actor

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import SYSTEM, Actor, Role
from cairndesk.cases.actions import add_item, open_case
from cairndesk.cases.models import Case
from cairndesk.cases.rules.stages import Stage
from cairndesk.custody import access
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.directory.actions import add_provider
from cairndesk.exchange.formats.letter import Target
from cairndesk.lib.errors import DeskError
from cairndesk.response import actions, rules
from cairndesk.response.models import Notice, PlanStep, Preservation
from cairndesk.response.rules import Choice, Facts, NoticeKind, StepKind
from cairndesk.review import actions as review
from cairndesk.review.models import Classification
from cairndesk.triage.actions import take_in

WHO = st.integers(0, 4)
DECIDED = {Stage.CLASSIFIED, Stage.ACTING, Stage.ANSWERED}


class DeskMachine(RuleBasedStateMachine):
    """Ana and Ina analyse, Sam and Sue supervise, Ola is of another desk; each may try everything at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.undo = transaction.atomic()
        self.undo.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)
        access.use(None)

    @initialize()
    def a_desk(self) -> None:
        one, two = (Organisation(slug=slug, name=slug, created_at=NOW) for slug in ("one", "two"))
        ring = Keyring.create([one.pk, two.pk])
        for organisation in (one, two):
            organisation.save()
        access.use(ring)
        roles = {"Ana": Role.ANALYST, "Ina": Role.ANALYST, "Sam": Role.SUPERVISOR, "Sue": Role.SUPERVISOR}
        self.people = [*(actor(one, name, role) for name, role in roles.items()), actor(two, "Ola", Role.ANALYST)]
        fields = {"name": "Pictures", "country": "XX", "notice_address": "abuse@pictures.example"}
        provider = add_provider(fields=fields, domains=["pictures.example"], by=actor(one, "Lia", Role.LIAISON), now=NOW)
        self.draft_of = actions.Draft(provider, NoticeKind.REMOVAL, [(Target.URL, ADDRESS)], "sample rules", "A2", expression_checked=True)
        self.case = open_case(organisation=one, report=RAE_SAYS, by=SYSTEM, now=NOW)
        add_item(case=self.case, kind="url", identifier=ADDRESS, by=SYSTEM, now=NOW)
        take_in(case=self.case, now=NOW)

    @rule(who=WHO)
    def take(self, who: int) -> None:
        self.attempt(who, lambda case, **by: review.claim(case=case, **by))

    @rule(who=WHO)
    def put_back(self, who: int) -> None:
        self.attempt(who, lambda case, **by: review.put_back(case=case, **by))

    @rule(who=WHO, severe=st.booleans())
    def classify(self, who: int, *, severe: bool) -> None:
        self.attempt(who, lambda case, **by: review.classify(case=case, look=SEVERE if severe else CLEAR, note="Seen anew.", **by))

    @rule(who=WHO, agrees=st.booleans())
    def look(self, who: int, *, agrees: bool) -> None:
        self.attempt(who, lambda case, **by: review.give_second_look(case=case, look=CLEAR, agrees=agrees, note="I see less.", **by))

    @rule(who=WHO)
    def propose(self, who: int) -> None:
        facts = Facts(has_addresses=True, verdicts=UNLAWFUL, offence_suspected=True)
        self.attempt(who, lambda case, **by: actions.propose_plan(case=case, facts=facts, **by))

    @rule(who=WHO)
    def preserve(self, who: int) -> None:
        self.attempt(who, lambda case, **by: actions.record_preservation(case=case, choice=Choice.OWN_RECORD, why="kept", **by))

    @rule(who=WHO)
    def draft(self, who: int) -> None:
        self.attempt(who, lambda case, **by: actions.draft_notices(step=removal(case), drafts=[self.draft_of], **by))

    @rule(who=WHO)
    def approve(self, who: int) -> None:
        self.attempt(who, lambda case, **by: approve(removal(case), **by))

    @rule(who=WHO)
    def send(self, who: int) -> None:
        self.attempt(who, lambda case, **by: send_notice(Notice.objects.filter(case=case).latest("drafted_at"), **by))

    # ── What always holds ────────────────────────────────────────────────────────────────────────────────────────

    @invariant()
    def the_case_came_to_its_stage_by_legal_moves(self) -> None:
        moves = list(self.case.stage_changes.order_by("pk").values_list("before", "after"))
        assert moves[0] == ("", "received")
        assert set(moves[1:]) <= LEGAL
        assert Case.objects.get(pk=self.case.pk).stage == moves[-1][1]

    @invariant()
    def nobody_gave_the_second_look_at_their_own_work(self) -> None:
        made = list(Classification.objects.filter(case=self.case).select_related("second_look").order_by("version"))
        at_home = {person.pseudonym for person in self.people[:-1]}
        for one in made:
            given = getattr(one, "second_look", None)
            assert given is None or given.actor in at_home - {one.actor}
        if Case.objects.get(pk=self.case.pk).stage in DECIDED:
            last = made[-1]
            assert not last.asks or last.second_look.agrees

    @invariant()
    def nothing_was_taken_down_before_the_choice(self) -> None:
        chosen = Preservation.objects.filter(case=self.case).order_by("chosen_at").first()
        for step in PlanStep.objects.filter(case=self.case, kind=StepKind.REMOVE, approved_at__isnull=False):
            assert chosen is not None
            assert chosen.chosen_at <= step.approved_at
        for notice in Notice.objects.filter(case=self.case, kind__in=rules.TAKES_DOWN).exclude(state__in=rules.NOT_YET_OUT):
            assert notice.preservation is not None
            assert notice.preservation.chosen_at <= notice.queued_at

    # ── Tools ────────────────────────────────────────────────────────────────────────────────────────────────────

    def attempt(self, who: int, act: Callable[..., object]) -> None:
        """Try it as that person; a refusal by name leaves everything as it was."""
        self.now += timedelta(minutes=1)
        by: Actor = self.people[who]
        try:
            with transaction.atomic():
                act(Case.objects.get(pk=self.case.pk), by=by, now=self.now)
        except (DeskError, PlanStep.DoesNotExist, Notice.DoesNotExist):
            pass


def removal(case: Case) -> PlanStep:
    return PlanStep.objects.filter(case=case, kind=StepKind.REMOVE).latest("id")


@pytest.mark.slow
@pytest.mark.django_db
def test_no_order_of_acts_reaches_an_illegal_stage_a_look_at_ones_own_work_or_a_removal_before_the_choice() -> None:
    # Shrinking a failure repeats thousands of database steps; the first failing sequence is short enough to read.
    chosen = settings(
        max_examples=10,
        stateful_step_count=40,
        deadline=None,
        derandomize=True,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(DeskMachine, settings=chosen)


@pytest.mark.slow
@pytest.mark.django_db
def test_the_machine_reaches_a_removal_after_a_second_look_and_is_refused_on_the_way() -> None:
    machine = DeskMachine()
    machine.a_desk()
    try:
        machine.take(0)
        machine.classify(0, severe=True)
        machine.look(0, agrees=True)
        machine.look(4, agrees=True)
        assert Case.objects.get(pk=machine.case.pk).stage == Stage.SECOND_LOOK
        machine.look(1, agrees=True)
        assert Case.objects.get(pk=machine.case.pk).stage == Stage.CLASSIFIED
        machine.propose(0)
        machine.draft(0)
        machine.approve(0)
        assert removal(machine.case).approved_at is None
        machine.preserve(0)
        machine.approve(0)
        assert removal(machine.case).approved_at == machine.now
        assert Notice.objects.get(case=machine.case).preservation is not None
        machine.nobody_gave_the_second_look_at_their_own_work()
        machine.nothing_was_taken_down_before_the_choice()
    finally:
        machine.teardown()
