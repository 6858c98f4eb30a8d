"""A machine that acts on cases in any order it likes, and what must hold after each step.

A later room adds to it by a subclass: `class DeskMachine(CaseMachine)` with rules and invariants of its own; those here stay in force.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.cases.conftest import NOON, RAE_SAYS, actor

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor, Role
from cairndesk.cases import actions, errors
from cairndesk.cases.models import Case, CasePerson, HarmCode, ImageDepiction, Incident, Item, ItemActor
from cairndesk.cases.rules import Stage
from cairndesk.custody import access
from cairndesk.custody.models import LogOpening
from cairndesk.custody.sealing.keyring import Keyring

# Written out here a second time, so that a slip in the table of moves does not agree with itself.
LEGAL = {
    ("received", "queued"),
    ("queued", "reviewing"),
    ("queued", "answered"),
    ("reviewing", "queued"),
    ("reviewing", "second_look"),
    ("reviewing", "classified"),
    ("second_look", "classified"),
    ("second_look", "reviewing"),
    ("classified", "acting"),
    ("classified", "reviewing"),
    ("acting", "answered"),
    ("acting", "reviewing"),
    ("answered", "closed"),
    ("answered", "queued"),
    ("answered", "acting"),
    ("closed", "queued"),
}
# One number draws the case, the person, the item and the doer, so that the same ones meet again and again.
NUMBER = st.integers(0, 11)


@dataclass
class Held:
    """What the machine believes about one case."""

    id: Any
    stale: Case
    stage: str = "received"
    claimant: str = ""
    until: datetime | None = None
    logged: int = 2
    people: list[CasePerson] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    incident: Incident | None = None

    def row(self) -> Case:
        return Case.objects.get(pk=self.id)


class CaseMachine(RuleBasedStateMachine):
    """Two cases of one organisation at most, so that many acts meet in one place; claims, people, items and harms."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.held: list[Held] = []
        self.undo = transaction.atomic()
        self.undo.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)
        access.use(None)

    @initialize()
    def a_desk(self) -> None:
        self.organisation = Organisation.objects.create(slug="machine", name="Cairn Desk One", created_at=NOON)
        access.use(Keyring.create([self.organisation.pk]))
        self.staff: list[Actor] = [actor(self.organisation, name, Role.ANALYST, Role.SUPERVISOR) for name in ("Ana", "Sam", "Lia")]
        self.open()

    @precondition(lambda self: len(self.held) < 2)
    @rule()
    def open(self) -> None:
        case = actions.open_case(organisation=self.organisation, report=RAE_SAYS, by=self.staff[0], now=self.now)
        held = Held(case.pk, stale=Case.objects.get(pk=case.pk))
        self.held.append(held)
        held.incident = actions.describe_incident(case=case, facts={}, by=self.staff[0], now=self.now)
        held.people.append(actions.add_person(case=case, role="child", by=self.staff[0], now=self.now))
        held.items.append(self.new_item(case))
        held.logged += 3

    @rule(hours=st.integers(1, 30))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(number=NUMBER, stale=st.booleans())
    def leap(self, number: int, *, stale: bool) -> None:
        held = self.case(number)
        for to in Stage:
            if (held.stage, to.value) not in LEGAL:
                self.move(held, to, stale=stale)

    @rule(number=NUMBER, stale=st.booleans())
    def advance(self, number: int, *, stale: bool) -> None:
        held = self.case(number)
        for _ in range(1 + number % 2):
            onward = sorted(after for before, after in LEGAL if before == held.stage)
            self.move(held, Stage(onward[number % len(onward)]), stale=stale)

    @rule(number=NUMBER)
    def claim(self, number: int) -> None:
        held, by = self.case(number), self.staff[number % 3]
        free = held.claimant in {"", by.pseudonym} or (held.until is not None and held.until < self.now)
        took = self.try_to(errors.AlreadyClaimed, lambda: actions.claim(case=held.row(), by=by, now=self.now))
        assert took is free
        if took:
            held.logged += 1
            held.claimant, held.until = by.pseudonym, self.now + timedelta(hours=4)

    @rule(number=NUMBER)
    def release(self, number: int) -> None:
        held, by = self.case(number), self.staff[number % 3]
        let_go = self.try_to(errors.NotYourClaim, lambda: actions.release(case=held.row(), by=by, now=self.now))
        assert let_go is (held.claimant == by.pseudonym)
        if let_go:
            held.claimant, held.until = "", None

    @rule(number=NUMBER, role=st.sampled_from(["child", "person_of_concern", "reporter"]), age=st.sampled_from(["child", "adult"]))
    def add_person(self, number: int, role: str, age: str) -> None:
        held = self.case(number)
        if held.stage != "closed" and len(held.people) < 3:
            held.people.append(actions.add_person(case=held.row(), role=role, facts={"actor_age": age}, by=self.staff[0], now=self.now))
            held.logged += 1

    @rule(number=NUMBER)
    def add_item(self, number: int) -> None:
        held = self.case(number)
        if held.stage != "closed" and len(held.items) < 2:
            held.items.append(self.new_item(held.row()))
            held.logged += 1

    @rule(number=NUMBER)
    def depict(self, number: int) -> None:
        held, person, item = self.drawn(number)
        refusals = (errors.DepictedChildIsVictim, errors.AlreadyRecorded)
        self.about(held, refusals, lambda **by: actions.record_depiction(item=item, child=person, **by))

    @rule(number=NUMBER, role=st.sampled_from(["maker", "sharer"]))
    def give_item_role(self, number: int, role: str) -> None:
        held, person, item = self.drawn(number)
        self.about(held, errors.DepictedChildIsVictim, lambda **by: actions.record_item_role(item=item, person=person, role=role, **by))

    @rule(number=NUMBER, with_item=st.booleans())
    def code_harms(self, number: int, *, with_item: bool) -> None:
        held, person, item = self.drawn(number)
        used = item if with_item else None
        for harm in ("onward_sharing", "material_production"):
            self.about(
                held,
                errors.DepictedChildIsVictim,
                lambda harm=harm, **by: actions.code_harm(incident=held.incident, harm=harm, actor=person, item=used, **by),
            )

    @rule(number=NUMBER, withdraw=st.booleans())
    def lead_or_withdraw(self, number: int, *, withdraw: bool) -> None:
        held = self.case(number)
        harms = list(HarmCode.objects.filter(incident=held.incident).order_by("-is_lead"))
        if harms:
            verb = actions.withdraw_harm if withdraw else actions.set_lead_harm
            self.about(held, (), lambda **by: verb(harm=harms[0 if withdraw else number % len(harms)], **by))

    # ── What always holds ────────────────────────────────────────────────────────────────────────────────────────

    @invariant()
    def every_case_came_to_its_stage_by_legal_moves(self) -> None:
        for held in self.held:
            case = held.row()
            moves = list(case.stage_changes.order_by("pk").values_list("before", "after"))
            assert moves[0] == ("", "received")
            assert set(moves[1:]) <= LEGAL
            assert [before for before, _ in moves[1:]] == [after for _, after in moves[:-1]]
            assert case.stage == moves[-1][1] == held.stage
            assert (case.next_action_at is None) is (case.stage == "closed") is (case.closed_at is not None)

    @invariant()
    def every_case_has_one_claimant_at_most(self) -> None:
        for held in self.held:
            case = held.row()
            assert (case.claimed_by, case.lease_until) == (held.claimant, held.until)

    @invariant()
    def every_act_left_one_line_in_the_log(self) -> None:
        for held in self.held:
            assert LogOpening.objects.filter(subject=held.id).count() == held.logged

    @invariant()
    def a_child_who_is_shown_is_nothing_but_a_victim(self) -> None:
        shown = set(ImageDepiction.objects.values_list("item", "child"))
        assert not shown & set(ItemActor.objects.values_list("item", "person"))
        assert not shown & set(HarmCode.objects.values_list("item", "actor"))

    @invariant()
    def one_harm_leads_wherever_there_is_one(self) -> None:
        for incident in Incident.objects.all():
            assert incident.harms.filter(is_lead=True).count() == int(incident.harms.exists())

    # ── Tools ────────────────────────────────────────────────────────────────────────────────────────────────────

    def case(self, number: int) -> Held:
        return self.held[number % len(self.held)]

    def drawn(self, number: int) -> tuple[Held, CasePerson, Item]:
        """A case, one of its people and one of its items."""
        held = self.case(number)
        return held, held.people[number % len(held.people)], held.items[number % len(held.items)]

    def new_item(self, case: Case) -> Item:
        return actions.add_item(case=case, kind="media", identifier="ab" * 32, facts={"hash_kind": "sha256"}, by=self.staff[0], now=self.now)

    def move(self, held: Held, to: Stage, *, stale: bool) -> None:
        """Try to move a case, also by a row that was read long ago; it must go exactly where the table says."""
        case = held.stale if stale else held.row()
        moved = self.try_to(errors.IllegalMove, lambda: actions.move(case=case, to=to, by=self.staff[0], now=self.now))
        assert moved is ((held.stage, to.value) in LEGAL)
        if moved:
            held.stage, held.claimant, held.until = to.value, "", None
            held.logged += 1

    def try_to(self, refusal: Any, act: Callable[[], object]) -> bool:
        """Whether the act was done; a refusal leaves the transaction usable."""
        try:
            with transaction.atomic():
                act()
        except refusal:
            return False
        return True

    def about(self, held: Held, refusals: Any, act: Callable[..., object]) -> None:
        """Try an act on an open case; what is done is logged, what is refused is not."""
        if held.stage != "closed" and self.try_to(refusals, lambda: act(by=self.staff[0], now=self.now)):
            held.logged += 1
