"""A machine that acts on cases in any order it likes, and what must hold after each step.

A later room adds to it by a subclass: `class DeskMachine(CaseMachine)` with rules and invariants of its own; those here stay in force.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule
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
WHO = st.integers(0, 2)


@dataclass
class Held:
    """What the machine believes about one case."""

    id: Any
    stale: Case
    stage: str = "received"
    claimant: str = ""
    until: datetime | None = None
    logged: int = 2

    def row(self) -> Case:
        return Case.objects.get(pk=self.id)


class CaseMachine(RuleBasedStateMachine):
    """Cases, claims, people and items of one organisation."""

    cases = Bundle("cases")
    people = Bundle("people")
    items = Bundle("items")

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
        self.organisation = Organisation.objects.create(slug="machine", name="Cairn Desk One", intake_public=b"", created_at=NOON)
        access.use(Keyring.create([self.organisation.pk]))
        self.staff: list[Actor] = [actor(self.organisation, name, Role.ANALYST, Role.SUPERVISOR) for name in ("Ana", "Sam", "Lia")]

    @rule(target=cases)
    def open(self) -> Held:
        case = actions.open_case(organisation=self.organisation, report=RAE_SAYS, by=self.staff[0], now=self.now)
        held = Held(case.pk, stale=Case.objects.get(pk=case.pk))
        self.held.append(held)
        return held

    @rule(hours=st.integers(1, 30))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(held=cases, to=st.sampled_from(Stage), who=WHO, stale=st.booleans())
    def move(self, held: Held, to: Stage, who: int, *, stale: bool) -> None:
        case = held.stale if stale else held.row()
        if self.try_to(errors.IllegalMove, lambda: actions.move(case=case, to=to, by=self.staff[who], now=self.now)):
            assert (held.stage, to.value) in LEGAL
            held.stage, held.claimant, held.until = to.value, "", None
            held.logged += 1
        else:
            assert (held.stage, to.value) not in LEGAL

    @rule(held=cases, who=WHO)
    def claim(self, held: Held, who: int) -> None:
        by = self.staff[who]
        free = held.claimant in {"", by.pseudonym} or (held.until is not None and held.until < self.now)
        took = self.try_to(errors.AlreadyClaimed, lambda: actions.claim(case=held.row(), by=by, now=self.now))
        assert took is free
        if took:
            held.claimant, held.until = by.pseudonym, self.now + timedelta(hours=4)

    @rule(held=cases, who=WHO)
    def release(self, held: Held, who: int) -> None:
        by = self.staff[who]
        let_go = self.try_to(errors.NotYourClaim, lambda: actions.release(case=held.row(), by=by, now=self.now))
        assert let_go is (held.claimant == by.pseudonym)
        if let_go:
            held.claimant, held.until = "", None

    @rule(target=people, held=cases, role=st.sampled_from(["child", "person_of_concern", "reporter"]), age=st.sampled_from(["child", "adult"]))
    def add_person(self, held: Held, role: str, age: str) -> CasePerson | None:
        if held.stage == "closed":
            return None
        held.logged += 1
        return actions.add_person(case=held.row(), role=role, facts={"actor_age": age}, by=self.staff[0], now=self.now)

    @rule(target=items, held=cases)
    def add_item(self, held: Held) -> Item | None:
        if held.stage == "closed":
            return None
        held.logged += 1
        facts = {"hash_kind": "sha256"}
        return actions.add_item(case=held.row(), kind="media", identifier="ab" * 32, facts=facts, by=self.staff[0], now=self.now)

    @rule(item=items, person=people)
    def depict(self, item: Item | None, person: CasePerson | None) -> None:
        if item and person:
            self.about(
                item, (errors.DepictedChildIsVictim, errors.AlreadyRecorded), lambda **by: actions.record_depiction(item=item, child=person, **by)
            )

    @rule(item=items, person=people, role=st.sampled_from(["maker", "sharer"]))
    def give_item_role(self, item: Item | None, person: CasePerson | None, role: str) -> None:
        if item and person:
            self.about(item, (errors.DepictedChildIsVictim,), lambda **by: actions.record_item_role(item=item, person=person, role=role, **by))

    @rule(item=items, person=people, harm=st.sampled_from(["onward_sharing", "material_production"]))
    def code_harm(self, item: Item | None, person: CasePerson | None, harm: str) -> None:
        if item and person and self.of(item).stage != "closed":
            incident = Incident.objects.filter(case=item.case_id).first()
            if incident is None:
                incident = actions.describe_incident(case=self.of(item).row(), facts={}, by=self.staff[0], now=self.now)
                self.of(item).logged += 1
            self.about(
                item,
                (errors.DepictedChildIsVictim,),
                lambda **by: actions.code_harm(incident=incident, harm=harm, actor=person, item=item, **by),
            )

    @rule(item=items, number=st.integers(0, 5))
    def lead_or_withdraw(self, item: Item | None, number: int) -> None:
        harms = list(HarmCode.objects.filter(incident__case=item.case_id)) if item else []
        if item and harms and self.of(item).stage != "closed":
            harm = harms[number % len(harms)]
            verb = actions.withdraw_harm if number % 2 else actions.set_lead_harm
            verb(harm=harm, by=self.staff[0], now=self.now)
            self.of(item).logged += 1

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

    def try_to(self, refusal: Any, act: Callable[[], object]) -> bool:
        """Whether the act was done; a refusal leaves the transaction usable."""
        try:
            with transaction.atomic():
                act()
        except refusal:
            return False
        return True

    def of(self, item: Item) -> Held:
        return next(held for held in self.held if held.id == item.case_id)

    def about(self, item: Item, refusals: Any, act: Callable[..., object]) -> None:
        """Try an act on an item of an open case; what is done is logged, what is refused is not."""
        held = self.of(item)
        if held.stage != "closed" and self.try_to((*refusals, errors.NotOfThisCase), lambda: act(by=self.staff[0], now=self.now)):
            held.logged += 1
