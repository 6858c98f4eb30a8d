"""How often a list is asked and met: counted for whoever governs it, and nothing kept of who asked, or for what."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.signals.conftest import NOW, Cast, Importing
from tests.signals.test_door import DIGEST, LISTED, OTHER, SCENE, Asking, ask, data, key, opened
from tests.signals.test_views import ask as look_up
from tests.signals.test_views import page
from tests.synthetic import pictures

from cairndesk.custody import standing
from cairndesk.lib import clock
from cairndesk.lib.ids import new_id
from cairndesk.signals import actions, check, door, governed, queries
from cairndesk.signals.door import Door
from cairndesk.signals.engine.identifiers import recognise
from cairndesk.signals.models import HashList, ItemAsked, ListUse
from cairndesk.signals.rules import Reason, SeenBy, Standing
from cairndesk.signals.tally import Tally, Use

__all__ = ["ask", "data", "key", "opened"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def counted(opened: Door) -> Callable[[], dict[str, Use]]:
    """By the name of a list, what the door has counted since the last time."""

    def counting() -> dict[str, Use]:
        used = opened._tally.take()
        return {HashList.objects.get(pk=name).name: one for name, one in used.items()}

    return counting


def test_what_machines_look_up_is_counted_for_the_lists_that_could_have_it(
    ask: Asking, take_in: Importing, counted: Callable[[], dict[str, Use]]
) -> None:
    take_in(f"pdq:{LISTED}", DIGEST, name="Pictures", seen_by=SeenBy.MACHINES)
    take_in("pics.example", name="Sites", seen_by=SeenBy.MACHINES)
    take_in(OTHER, name="For staff")
    things = [
        {"value": DIGEST},
        {"value": "https://a.pics.example/x"},
        {"value": "https://b.example"},
        {"value": "cd" * 16},
        {"value": "no such thing"},
    ]
    ask("POST", door.CHECK, {"items": things})
    assert counted() == {"Pictures": Use(2, 1), "Sites": Use(2, 1)}
    ask("POST", door.CHECK, pictures.encoded(SCENE, "PNG"), kind="application/octet-stream")
    assert counted() == {"Pictures": Use(1, 1)}, "a file counts once, whatever its hashes"
    for path, query in (("/m/lookup", f"signal={LISTED}&signal_type=pdq"), ("/m/raw_lookup", "signal=https://x.example&signal_type=url")):
        ask("GET", path, query=query)
    assert counted() == {"Pictures": Use(1, 1), "Sites": Use(1, 0)}
    ask("GET", "/m/lookup", query=f"signal={LISTED}&signal_type=pdq&banks=Sites")
    assert counted() == {}


def test_what_is_left_out_as_a_false_match_is_counted_by_itself(cast: Cast, take_in: Importing) -> None:
    take_in(f"pdq:{LISTED}")
    near = f"pdq:{int(LISTED, 16) ^ 1:064x}"
    found = queries.find_matches(organisation=cast.one.pk, identifiers=recognise(near), now=NOW)
    given = {"organisation": cast.one.pk, "case": cast.one.pk, "item": cast.one.pk}
    [match] = actions.record_matches(**given, found=found, by=cast.ana, now=NOW)
    assert look_up(cast.ana, near)
    actions.decide_match(match=match, standing=Standing.REJECTED, stage="reviewing", reason=Reason.DIFFERENT, by=cast.ana, now=NOW)
    assert look_up(cast.ana, near)
    assert list(ListUse.objects.values_list("day", "asked", "met", "left_out")) == [(NOW.date(), 2, 1, 1)]
    shown = page(cast.ana, HashList.objects.get().pk)
    assert "Since November 2026 it was asked about 2 things and met 1: 50.00 %. 1 more was left out." in shown
    assert "Of its matches 1 is marked as false now; of its entries 0 are disputed" in shown
    assert "Only counts by day are kept: not who asked, and not for what." in shown


def test_a_look_up_costs_no_statement_and_ten_seconds_of_them_cost_one_turn(
    opened: Door, ask: Asking, take_in: Importing, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in(DIGEST, seen_by=SeenBy.MACHINES)
    held = replace(queries.lists_now(organisation=cast.one.pk, now=NOW, seen_by=SeenBy.MACHINES), counts=opened._tally)
    with CaptureQueriesContext(connection) as statements:
        check.check_texts(held, [("", DIGEST)] * 500)
    assert len(statements) == 0
    with CaptureQueriesContext(connection) as statements:
        assert actions.count_uses(tally=opened._tally, now=NOW)
    assert len([one for one in statements if "signals_listuse" in one["sql"]]) == 2
    assert ListUse.objects.get().asked == 500
    monkeypatch.setattr(door, "_COUNTS_SECONDS", 0.01)

    async def some_turns() -> None:
        # More is counted while the first turn is written, and the turns end when nothing more is.
        held.count([recognise(DIGEST)], held.sort_each([recognise(DIGEST)]))
        await opened._keep_counts()
        held.count([recognise(DIGEST)], held.sort_each([recognise(DIGEST)]))
        while opened._counting is not None and not opened._counting.done():
            await asyncio.wait_for(asyncio.shield(opened._counting), 10)

    asyncio.run(some_turns())
    assert ListUse.objects.get().asked == 502


def test_a_request_at_the_door_is_what_sets_the_counting_going(ask: Asking, opened: Door, take_in: Importing) -> None:
    take_in(DIGEST, seen_by=SeenBy.MACHINES)
    assert opened._counting is None
    ask("GET", "/m/lookup", query=f"signal={DIGEST}&signal_type=md5")
    assert opened._counting is not None


def test_a_desk_that_only_reads_answers_and_keeps_its_counts_for_later(cast: Cast, take_in: Importing, monkeypatch: pytest.MonkeyPatch) -> None:
    take_in(DIGEST)
    monkeypatch.setattr(standing, "_found", ["older"])
    tally = Tally()
    held = replace(queries.lists_now(organisation=cast.one.pk, now=clock.now()), counts=tally)
    with connection.execute_wrapper(standing.guard):
        assert queries.matches_on(held, recognise(DIGEST))
        assert actions.count_uses(tally=tally, now=NOW)
        assert not ListUse.objects.exists()
        assert "A match is a lead" in look_up(cast.ana, DIGEST)
    standing._found.clear()
    actions.count_uses(tally=tally, now=NOW)
    assert list(ListUse.objects.values_list("asked", "met")) == [(1, 1)]
    assert not actions.count_uses(tally=tally, now=NOW)


def test_what_is_more_than_nothing_is_never_said_to_be_nothing() -> None:
    assert [governed.share(*pair) for pair in ((0, 0), (0, 9), (1, 8), (1, 1_000_000))] == ["0.00", "0.00", "12.50", "under 0.01"]


def test_items_of_cases_are_told_apart_from_look_ups(cast: Cast, take_in: Importing) -> None:
    take_in(DIGEST)
    listed = HashList.objects.get()
    for met in (True, False, False):
        ItemAsked.objects.create(list=listed, case=new_id(), item=new_id(), day=NOW.date(), met=met)
    assert look_up(cast.ana, DIGEST)
    shown = page(cast.ana, listed.pk)
    assert "Since November 2026 3 items of cases could have been on it, and 1 met it: 33.33 %." in shown
    assert "Since November 2026 it was asked about 1 thing and met 1: 100.00 %." in shown


def test_counts_of_a_list_that_is_no_more_are_passed_over(cast: Cast, take_in: Importing, counted: Any) -> None:
    tally = Tally()
    tally.give_back({cast.one.pk: Use(1)})
    assert actions.count_uses(tally=tally, now=NOW)
    assert not ListUse.objects.exists()
