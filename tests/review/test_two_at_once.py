"""Two analysts reach for one case in the same moment, again and again: one has it, and what that one decides is there, once.

`SOAK_SIZE=1000` plays the thousand rounds of the published figure; the suite plays a few.
"""

import os
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from tests.cases.conftest import NOON, RAE_SAYS, actor
from tests.review.conftest import CLEAR
from tests.support.threads import in_threads, shared_database

from cairndesk.accounts.errors import NotPermitted
from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import SYSTEM, Actor, Role
from cairndesk.cases.actions import open_case
from cairndesk.cases.errors import AlreadyClaimed, NotYourClaim
from cairndesk.cases.models import Case, CaseGrant, StageChange
from cairndesk.custody import access
from cairndesk.custody.models import LogOpening
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.review import actions
from cairndesk.review.models import Classification
from cairndesk.triage.actions import take_in

ROUNDS = int(os.environ.get("SOAK_SIZE", "12"))
# Seconds that all rounds may take; one takes a fraction of a second on a machine that does nothing else.
PATIENCE = 120 + 5 * ROUNDS


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_and_judge_a_case_in_the_same_moment_one_does_and_nothing_is_lost(tmp_path: Path) -> None:
    with shared_database(tmp_path):
        in_threads(play, patience=PATIENCE)


def play() -> None:
    one = Organisation.objects.create(slug="one", name="Cairn Desk One", created_at=NOON)
    access.use(Keyring.create([one.pk]))
    both = [actor(one, name, Role.ANALYST) for name in ("Ana", "Ben")]
    told = [_waiting(one) for _ in range(ROUNDS)]
    start = threading.Barrier(2, timeout=100)

    def work(by: Actor) -> list[tuple[bool, bool]]:
        return [(_tries(start, partial(_claim, case, by)), _tries(start, partial(_judge, case, by))) for case in told]

    done = dict(zip((who.pseudonym for who in both), _in_order(both, work), strict=True))
    access.use(None)
    for place, case in enumerate(told):
        [winner] = [who for who, rounds in done.items() if rounds[place][0]]
        assert [who for who, rounds in done.items() if rounds[place][1]] == [winner]
        assert [made.actor for made in Classification.objects.filter(case=case)] == [winner]
        assert Case.objects.get(pk=case).stage == "classified"
        assert list(StageChange.objects.filter(case=case, after__in=["reviewing", "classified"]).values_list("actor", flat=True)) == [winner] * 2
        assert [grant.holder for grant in CaseGrant.objects.filter(case=case, purpose="review")] == [winner]
        assert set(LogOpening.objects.filter(subject=case, actor__in=done).values_list("actor", flat=True)) == {winner}


def _waiting(one: Organisation) -> UUID:
    case = open_case(organisation=one, report=RAE_SAYS, by=SYSTEM, now=NOON)
    take_in(case=case, now=NOON)
    return case.pk


def _in_order(both: list[Actor], work: Callable[[Actor], list[tuple[bool, bool]]]) -> list[list[tuple[bool, bool]]]:
    found: dict[str, list[tuple[bool, bool]]] = {}

    def keep(by: Actor) -> None:
        found[by.pseudonym] = work(by)

    in_threads(*(partial(keep, by) for by in both), patience=PATIENCE)
    return [found[who.pseudonym] for who in both]


def _tries(start: threading.Barrier, act: Callable[[], None]) -> bool:
    start.wait()
    try:
        act()
    except (AlreadyClaimed, NotPermitted, NotYourClaim):
        return False
    finally:
        start.wait()
    return True


def _claim(case: UUID, by: Actor) -> None:
    actions.claim(case=Case.objects.get(pk=case), by=by, now=NOON)


def _judge(case: UUID, by: Actor) -> None:
    actions.classify(case=Case.objects.get(pk=case), look=CLEAR, by=by, now=NOON)
