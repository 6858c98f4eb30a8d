"""The words of accounts in memory: how far they are, what makes room, and what must be gone."""

from collections.abc import Callable
from copy import copy
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, Never

import pytest
import structlog
from django.db import OperationalError, connection
from tests.review.test_search import LATER, Tell, all_in, held, named, numbers
from tests.support.cast import NOON

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor
from cairndesk.cases import actions as cases
from cairndesk.cases.models import Case
from cairndesk.cases.rules.erasing import Ground
from cairndesk.custody import access
from cairndesk.custody.errors import DeskLocked, ShredStoreAway
from cairndesk.custody.models import SealedItem
from cairndesk.custody.queries import unseal_fields
from cairndesk.review import recall
from cairndesk.review.actions.search import search

__all__ = ["held", "named"]


@pytest.mark.slow
def test_a_turn_that_fails_loses_no_account_and_ends_nothing(
    named: Case, tell: Tell, ana: Actor, held: recall.Recall, monkeypatch: pytest.MonkeyPatch
) -> None:

    def failing(error: Exception) -> None:
        def fail(told: SealedItem) -> dict[str, Any]:
            raise error

        monkeypatch.setattr(recall, "unseal_fields", fail)

    for error in (OperationalError("away"), ShredStoreAway()):
        failing(error)
        with pytest.raises(type(error)):
            held.take_in(now=NOON)
        assert (held.standing(ana.organisation).known, held.standing(ana.organisation).is_whole) == (1, False)
    monkeypatch.setattr(recall, "unseal_fields", unseal_fields)
    all_in(held)
    assert held.standing(ana.organisation).is_whole
    # A look that fails is made again, over all of its time.
    late = tell({"what": ["found"], "more": "lanternfish"}, at=NOON + timedelta(days=9))
    with connection.execute_wrapper(_fail_in_order), pytest.raises(OperationalError):
        held.take_in(now=NOON + timedelta(days=30))
    all_in(held, NOON + timedelta(days=30))
    assert numbers(search(said="lanternfish", by=ana, now=LATER)) == [late.number]
    # What is not as it should be is counted, and keeps no other out.
    failing(TypeError("not fields"))
    odd = tell({"what": ["found"], "more": "teapot"}, at=NOON + timedelta(days=30))
    all_in(held, NOON + timedelta(days=30))
    standing = held.standing(ana.organisation)
    assert (standing.read, standing.known, standing.shut, standing.is_whole) == (2, 3, 1, False)
    SealedItem.objects.filter(pk=odd.reports.get().told_id).update(erased_at=NOON)
    all_in(held, NOON + timedelta(days=30))
    assert held.standing(ana.organisation).is_whole


def _fail_in_order(execute: Callable[..., Any], sql: str, *more: Any) -> Any:
    """As a database that goes away while it is asked for what is newest."""
    return _fail() if "DESC" in sql else execute(sql, *more)


def _fail() -> Never:
    raise OperationalError("away")


def test_the_thread_goes_on_whatever_fails_and_says_that_it_is_behind(
    named: Case, ana: Actor, held: recall.Recall, monkeypatch: pytest.MonkeyPatch
) -> None:
    all_in(held)
    seen: list[bool] = []

    class Turns:
        def wait(self, _seconds: float) -> bool:
            seen.append(held.standing(ana.organisation).is_whole)
            return len(seen) == 4

    fails = iter([RuntimeError("harbour"), OperationalError("harbour"), None])

    def take_in(**_: object) -> bool:
        if error := next(fails):
            raise error
        return True

    monkeypatch.setattr(held, "take_in", take_in)
    monkeypatch.setattr(held, "_stop", Turns())
    monkeypatch.setattr(recall, "connection", SimpleNamespace(close=_fail))
    with structlog.testing.capture_logs() as told:
        held._run(lambda: NOON)
    assert seen == [True, False, False, True]
    assert [line["error"] for line in told] == ["RuntimeError", "OperationalError"]
    assert "harbour" not in repr(told)


def test_what_other_keys_opened_or_is_erased_meanwhile_is_not_held(
    named: Case, ana: Actor, held: recall.Recall, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = access.keys()

    def meanwhile(told: SealedItem) -> dict[str, Any]:
        opened = unseal_fields(told)
        access.use(copy(keys))
        return opened

    monkeypatch.setattr(recall, "unseal_fields", meanwhile)
    assert held.take_in(now=NOON)
    assert "harbour" not in everything_held(held)
    access.use(keys)

    def erased(told: SealedItem) -> dict[str, Any]:
        opened = unseal_fields(told)
        SealedItem.objects.filter(pk=told.pk).update(erased_at=NOON)
        return opened

    monkeypatch.setattr(recall, "unseal_fields", erased)
    all_in(held)
    assert "harbour" not in everything_held(held)
    assert held.standing(ana.organisation).known == 0


@pytest.mark.slow
def test_what_is_erased_leaves_the_memory_at_once_words_included(tell: Tell, named: Case, ana: Actor, sam: Actor, held: recall.Recall) -> None:
    gone = tell({"what": ["found"], "more": "harbour lanternfish"})
    all_in(held)
    assert set(numbers(search(said="harbour", by=ana, now=LATER))) == {named.number, gone.number}
    cases.erase_told(case=gone, sealed=[gone.reports.get().told_id], ground=Ground.ASKED_IN_WRITING, by=sam, now=LATER)
    assert numbers(search(said="harbour", by=ana, now=LATER)) == [named.number]
    assert "lanternfish" not in everything_held(held)
    assert "harbour" in everything_held(held)


def everything_held(held: recall.Recall) -> str:
    return repr(vars(held))


@pytest.mark.slow
def test_what_is_destroyed_by_its_time_is_found_no_more_and_dropped(tell: Tell, ana: Actor, held: recall.Recall) -> None:
    case = tell({"what": ["found"], "more": "lanternfish"})
    all_in(held)
    told = case.reports.get().told
    told.erased_at = LATER
    told.save(update_fields=["erased_at"])
    assert numbers(search(said="lanternfish", by=ana, now=LATER)) == []
    assert "lanternfish" not in everything_held(held)


def test_locking_empties_it(named: Case, ana: Actor, held: recall.Recall) -> None:
    all_in(held)
    assert "harbour" in everything_held(held)
    keys = access.keys()
    access.use(None)
    with pytest.raises(DeskLocked):
        search(said="harbour", by=ana, now=LATER)
    assert held.standing(ana.organisation).known == 0
    assert "harbour" not in everything_held(held)
    access.use(keys)
    assert held.standing(ana.organisation).known == 0


@pytest.mark.slow
def test_a_fuller_account_takes_the_place_of_the_one_before(named: Case, ana: Actor, held: recall.Recall) -> None:
    all_in(held)
    report = named.reports.get()
    told = {"answers": {"what": ["found"], "more": "It was the lighthouse."}}
    cases.replace_told(report=report, told=told, state="done", by=ana, now=LATER)
    all_in(held, LATER)
    assert numbers(search(said="lighthouse", by=ana, now=LATER)) == [named.number]
    assert "harbour" not in everything_held(held)


@pytest.mark.slow
def test_it_says_how_far_it_is_and_what_does_not_fit_is_the_oldest(
    tell: Tell, two: Organisation, ana: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        tell({"what": ["found"], "more": "pebble" + "abcdef"[number] * 4}, at=NOON + timedelta(minutes=number))
    held = recall.Recall(most=2300)
    monkeypatch.setattr(recall, "HELD", held)
    assert held.take_in(now=NOON, most=2)
    partly = search(said="pebble", by=ana, now=LATER).words
    assert (partly.read, partly.known, partly.is_whole) == (2, 6, False)
    all_in(held)
    full = held.standing(ana.organisation)
    assert full.left == 6 - full.read > 0
    assert not full.is_whole
    assert numbers(search(said="pebblefff", by=ana, now=LATER)) != []
    assert numbers(search(said="pebbleaaa", by=ana, now=LATER)) == []
    oldest = "pebble" + "abcdef"[full.left]
    assert numbers(search(said=oldest, by=ana, now=LATER)) != []
    newest = tell({"what": ["found"], "more": "pebblegggg"}, at=NOON + timedelta(minutes=9))
    all_in(held)
    # The newcomer took the place of the oldest, and comes first.
    assert numbers(search(said="pebble", by=ana, now=LATER))[0] == newest.number
    assert numbers(search(said=oldest, by=ana, now=LATER)) == []
    assert oldest not in everything_held(held)
    after = held.standing(ana.organisation)
    assert (after.read, after.left) == (full.read, full.left + 1)
    # Of another house nobody reads how many there are.
    assert held.standing(two.pk).known == 0
    tell({"what": ["found"], "more": "x" * 30}, to=two, at=NOON - timedelta(minutes=1))
    all_in(held)
    assert held.standing(ana.organisation) == after
    assert (held.standing(two.pk).known, held.standing(two.pk).left) == (1, 1)


@pytest.mark.slow
def test_what_is_dropped_gives_back_all_that_was_counted_for_it(tell: Tell, ana: Actor, sam: Actor, held: recall.Recall) -> None:
    told = [tell({"what": ["found"], "more": f"harbour lighthouse {word}"}) for word in ("lanternfish", "pebble", "sunday")]
    all_in(held)
    used = everything_counted(held)
    assert used > 0
    for case in told[:2]:
        cases.erase_told(case=case, sealed=[case.reports.get().told_id], ground=Ground.ASKED_IN_WRITING, by=sam, now=LATER)
    all_in(held, LATER)
    alone = recall.Recall()
    all_in(alone, LATER)
    # As much as an index that never knew the others; and their places serve the next ones.
    assert everything_counted(held) == everything_counted(alone) < used
    tell({"what": ["found"], "more": "teapot"}, at=LATER)
    all_in(held, LATER)
    assert len(vars(held)["_named"]) == 5
    assert numbers(search(said="teapot", by=ana, now=LATER)) != []
    assert numbers(search(said="harbour sunday", by=ana, now=LATER)) == [told[2].number]


def everything_counted(held: recall.Recall) -> int:
    return int(vars(held)["_bytes"])
