"""A flood from one place: everybody is taken in, those who are not the flood first, and no address is anywhere."""

import ipaddress
import pickle
from datetime import UTC, datetime, timedelta

import pytest
from tests.intake.portal.line import HEADER, Line
from tests.intake.portal.rae import Portal, Rae, _Page

from cairndesk.intake.jobs import _in_turn
from cairndesk.intake.portal import asgi, crowd
from cairndesk.intake.portal.crowd import PAGES, Crowd
from cairndesk.lib import clock

FLOODER, RAE = "203.0.113.77", "198.51.100.4"
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


def flooded(held: Crowd, address: str = FLOODER, now: datetime = NOON) -> None:
    for _ in range(PAGES):
        held.is_crowded(address, now)


def test_a_household_may_tell_a_great_deal_and_a_program_may_not() -> None:
    held = Crowd()
    assert not any(held.is_crowded(RAE, NOON) for _ in range(PAGES))
    assert held.is_crowded(RAE, NOON)
    assert not held.is_crowded(FLOODER, NOON)


def test_addresses_that_one_household_has_count_as_one() -> None:
    held = Crowd()
    for last in range(PAGES):
        held.is_crowded(f"2001:db8:1:2::{last:x}", NOON)
    assert held.is_crowded("2001:db8:1:2:ffff::1", NOON)
    assert not held.is_crowded("2001:db8:1:3::1", NOON)


def test_the_next_day_knows_nobody_of_today() -> None:
    held = Crowd()
    flooded(held)
    today, names = held._key, set(held._buckets)
    assert not held.is_crowded(FLOODER, NOON + timedelta(days=1))
    assert held._key != today
    assert not names & set(held._buckets)


def test_what_is_remembered_has_a_ceiling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowd, "_REMEMBERED", 10)
    held = Crowd()
    for number in range(20):
        held.is_crowded(str(number), NOON)
    assert len(held._buckets) == 10


def test_memory_holds_no_address() -> None:
    held = Crowd()
    flooded(held)
    dumped = pickle.dumps({name: value for name, value in vars(held).items() if name != "_lock"})
    for trace in (FLOODER.encode(), ipaddress.ip_address(FLOODER).packed, FLOODER.encode("utf-16-le")):
        assert trace not in dumped


@pytest.mark.req("INT-16")
@pytest.mark.slow
def test_a_flood_is_kept_and_answered_and_whoever_comes_after_it_is_taken_in_first(line: Line, portal: Portal) -> None:
    spool = portal.site.spool
    shown = {_Page(line.tells(FLOODER)).heading for _ in range(150)}
    flood = set(spool.names())
    # Nobody is turned away, or told that he was found out.
    assert shown == {_Page(line.tells(RAE)).heading}
    rae = set(spool.names()) - flood
    in_turn = _in_turn(spool.names(), {name: spool.flags(name) for name in spool.names()})
    assert len(flood) == 150
    assert sum(spool.flags(name).is_cold for name in flood) > 100
    assert not spool.flags(*rae).is_cold
    warm = [name for name in in_turn if not spool.flags(name).is_cold]
    assert in_turn[: len(warm)] == warm
    assert rae <= set(warm)


def test_nothing_behind_the_edge_learns_an_address(line: Line) -> None:
    line.tells(FLOODER)
    assert line.scopes
    assert FLOODER not in repr(line.scopes)
    assert HEADER not in dict(line.scopes[-1]["headers"])


def test_behind_an_onion_nothing_is_counted() -> None:
    is_crowded = asgi._crowd(b"")
    assert not any(is_crowded([(HEADER, FLOODER.encode()), (b"", FLOODER.encode())]) for _ in range(2 * PAGES))


def test_a_page_that_comes_back_before_anybody_can_have_read_it_waits_for_the_others(rae: Rae, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [NOON]
    monkeypatch.setattr(clock, "now", lambda: now[0])
    rae.starts()
    now[0] += timedelta(milliseconds=100)
    rae.says(danger="not_now")
    now[0] += timedelta(seconds=5)
    rae.says(what="threatens")
    spool = rae.portal.site.spool
    assert sorted(spool.flags(name).is_cold for name in spool.names()) == [False, True]


@pytest.mark.parametrize("jump", [timedelta(days=-3650), timedelta(days=-1), timedelta(days=1)])
def test_a_clock_that_jumps_calls_nobody_hasty(rae: Rae, monkeypatch: pytest.MonkeyPatch, jump: timedelta) -> None:
    now = [NOON]
    monkeypatch.setattr(clock, "now", lambda: now[0])
    rae.starts()
    now[0] += jump
    rae.says(danger="not_now")
    assert not any(rae.portal.site.spool.flags(name).is_cold for name in rae.portal.site.spool.names())
