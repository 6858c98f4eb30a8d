"""What people of the demonstration see across cases: some linked and in a record, and some linked that wait for somebody to make one."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from cairndesk.accounts.models import Person
from cairndesk.accounts.rules import Actor
from cairndesk.cases import actions
from cairndesk.cases.models import Case
from cairndesk.cases.queries import with_child_actor
from cairndesk.cases.queries.identification import self_told
from cairndesk.cases.rules.groupings import GroupingKind, GroupingState, Why
from cairndesk.cases.rules.stages import Stage
from cairndesk.directory.queries import authorities_for
from cairndesk.directory.rules import AuthorityKind
from cairndesk.review.queries.graph import graph, most_shared

_SEEN = "Each was approached in a game and went on in the same chat. The demand comes on the second day, in nearly the same words."
_CLUES = (
    ("place_sign", "A green street sign with white letters can be seen through the window. It begins with “Nor”."),
    ("language", "Somebody in the next room speaks; it may be a dialect of the coast."),
)
_WALLET, _FEW = "0x" + "d0" * 20, 4


def play(*, by: Actor, now: datetime) -> None:
    """Afterwards one campaign holds linked cases, and others are linked and in no record yet. `by` describes cases."""
    found = _alike(by)
    if held := next(found, []):
        _link(held, by, now - timedelta(hours=6))
        _keep(held, by, now - timedelta(hours=5))
        _follow_money(held, by, now - timedelta(hours=4))
        # Nobody looks for who told themselves.
        if shown := next((one for one in held if not self_told(one)), None):
            _identify(shown, by, now - timedelta(hours=3))
    _link(next(found, []), by, now - timedelta(hours=2))
    if waits := Case.objects.filter(organisation=by.home, stage=Stage.CLASSIFIED).order_by("opened_at", "pk").first():
        _book(waits, by, now - timedelta(minutes=30))


def _link(cases: Sequence[Case], by: Actor, at: datetime) -> None:
    for one, other in pairwise(cases):
        actions.link_cases(one=one, other=other, kind="same_pattern", by=by, now=at)


def _keep(cases: Sequence[Case], by: Actor, at: datetime) -> None:
    made = actions.make_grouping(cases=cases, kind=GroupingKind.CAMPAIGN, why=Why.SCRIPT, by=by, now=at)
    seen = (min(one.opened_at for one in cases).date(), at.date())
    actions.change_grouping(grouping=made, kind=GroupingKind.CAMPAIGN, state=GroupingState.WATCHED, seen=seen, by=by, now=at)
    actions.describe_grouping(grouping=made, words=_SEEN, by=by, now=at)


def _book(case: Case, by: Actor, at: datetime) -> None:
    """A meeting at a place that is let through a platform, in a case that has no plan yet: it proposes to ask there."""
    who: dict[str, Any] = {"by": by, "now": at}
    incident = case.incidents.order_by("described_at", "pk").first() or actions.describe_incident(case=case, facts={}, **who)
    actions.record_place(incident=incident, kind="rental", where="A holiday flat, as told", is_planned=True, **who)
    actions.add_item(case=case, kind="listing", identifier="https://mudflat.example/stay/204", facts={"platform_type": "rental"}, **who)


def _follow_money(cases: Sequence[Case], by: Actor, at: datetime) -> None:
    """The same wallet in two of `cases`, with a payment through it, and its disclosure by a payment service."""
    who: dict[str, Any] = {"by": by, "now": at}
    for case in cases[:2]:
        wallet = actions.add_item(case=case, kind="wallet", identifier=_WALLET, facts={"chain": "ethereum", "coin": "ether"}, **who)
        incident = case.incidents.order_by("described_at", "pk").first() or actions.describe_incident(case=case, facts={}, **who)
        paid = {"rail": "cryptocurrency", "amount_band": "under_50", "paid": "paid_once", "at": case.opened_at - timedelta(hours=3)}
        actions.record_payment(incident=incident, facts=paid, wallet=wallet, **who)
    told = {"filer": "virtual_currency", "recipient": "intelligence_unit", "at": at}
    actions.record_disclosure(incident=incident, reference="Demo report 2026-0417", facts=told, wallet=wallet, **who)


def _identify(case: Case, by: Actor, at: datetime) -> None:
    """A child of `case` whom nobody knows yet: a unit works on it, and somebody of the team sees the clues and nothing that was told."""
    who: dict[str, Any] = {"by": by, "now": at}
    child = actions.add_person(case=case, role="child", facts={"apparent_age": "age_7_9"}, **who)
    actions.record_identification(person=child, status="open", **who)
    item = case.items.order_by("added_at", "pk").first()
    for kind, words in _CLUES:
        actions.record_clue(case=case, kind=kind, words=words, item=item, **who)
    police = authorities_for(case.organisation.country, AuthorityKind.POLICE, organisation=case.organisation_id)
    unit = next((one.name for one in police), "The national unit")
    actions.record_identification(person=child, status="with_unit", unit=unit, by=by, now=at + timedelta(minutes=20))
    actions.seat(case=case, person=Person.objects.get(sign_in_name="jon"), function="victim_identification", **who)


def _alike(by: Actor) -> Iterator[list[Case]]:
    """Sets of open cases that share something, none in two of them."""
    taken = set[UUID]()
    for _, _, _, case in most_shared(by=by, most=20):
        around = [case, *(one.case for one in graph(case, by=by).neighbours if one.shares)]
        spared = with_child_actor([one.pk for one in around]) | taken
        cases = sorted((one for one in around if one.stage != Stage.CLOSED and one.pk not in spared), key=lambda one: (one.opened_at, one.pk))[:_FEW]
        taken |= {one.pk for one in cases}
        if len(cases) > 1:
            yield cases
