"""The site says whether somebody reads now, and else from when on; where that is not known, or no longer so, it says nothing (INT-06)."""

import gzip
import re
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from tests.intake.portal.rae import Rae
from tests.intake.portal.test_languages import held
from tests.intake.portal.walk import SIX

from cairndesk.intake.portal.languages import Language, all_languages
from cairndesk.intake.rules import Mailbox
from cairndesk.intake.rules.hours import FRESH, HOLDS, Hours, Reading, as_row

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NAIROBI, BERLIN = ZoneInfo("Africa/Nairobi"), ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 27, 9, 20, tzinfo=UTC)
HERE = "Somebody is here to read right now."
LATER = "What you tell us is kept. Somebody reads again from this time on, by our clock:"
LIGHT = 14 * 1024


def turn(begins: float, ends: float, since: datetime = NOW) -> tuple[datetime, datetime]:
    """From so many hours on until so many, by the clock of Nairobi."""
    return (since + HOUR * begins).astimezone(NAIROBI), (since + HOUR * ends).astimezone(NAIROBI)


def lays_out(rae: Rae, *spans: tuple[datetime, datetime], at: datetime = NOW, slug: str = "one") -> None:
    rae.portal.publish("hours.json", {slug: as_row(at, spans)})


def said(rae: Rae, address: str = "/", now: datetime = NOW) -> str:
    """What the page says of hours, without its tags."""
    with time_machine.travel(now, tick=False):
        text = rae.opens(address).text
    return _line(text)


def _line(text: str) -> str:
    found = [part for part in re.findall(r"<p class=\"note[^>]*>(.*?)</p>", text, re.DOTALL) if HERE in part or LATER in part]
    return re.sub("<[^>]+>", "", "".join(found)).replace("\u00a0", " ")


def test_while_somebody_is_on_duty_it_says_so_and_else_from_when_on_by_the_clock_of_the_desk(rae: Rae) -> None:
    lays_out(rae, turn(-2, 3), turn(22, 30))
    assert said(rae) == HERE
    lays_out(rae, turn(22, 30))
    assert said(rae) == f"{LATER} 28 November 2026, 10:20 Numbers to call"


def test_without_a_roster_it_says_nothing(rae: Rae) -> None:
    assert said(rae) == ""
    lays_out(rae)
    assert said(rae) == ""
    rae.portal.publish("hours.json", {})
    assert said(rae) == ""
    # The roster of another desk is no promise of this one.
    lays_out(rae, turn(-2, 3), slug="two")
    assert said(rae) == ""
    assert said(rae, "/o/two/") == HERE
    for odd in ([], {"one": {}}, {"one": {"at": "now", "spans": []}}, {"one": {"at": "2026-11-27T09:00:00", "spans": []}}):
        rae.portal.publish("hours.json", odd)
        assert said(rae) == ""


def test_it_stands_on_the_first_page_behind_the_last_one_and_where_one_comes_back_and_is_not_printed_with_the_words(rae: Rae) -> None:
    lays_out(rae, turn(-2, 3))
    with time_machine.travel(NOW, tick=False):
        assert _line(rae.opens("/").text) == HERE
        words = rae.tells_all()
        assert len(words.parts) == 6
        assert re.search(rf'<p class="note screen">{HERE}', words.text)
        rae.portal.answer(SIX, Mailbox())
        assert _line(rae.posts("/back", words=" ".join(SIX)).text) == HERE
        assert not _line(rae.posts("/back", words="acorn " * 6).text)


def test_what_was_laid_out_too_long_ago_or_by_a_clock_that_goes_otherwise_says_nothing(rae: Rae) -> None:
    lays_out(rae, turn(-2, 300))
    assert said(rae, now=NOW + FRESH - MINUTE) == HERE
    for now in (NOW + FRESH, NOW + FRESH * 100, NOW - HOUR, NOW - HOUR * 24 * 400):
        assert said(rae, now=now) == "", now


def test_who_begins_to_read_a_page_shortly_before_a_turn_ends_is_not_promised_that_somebody_is_there(rae: Rae) -> None:
    lays_out(rae, turn(-2, 1), turn(5, 6))
    assert said(rae, now=NOW + HOUR - HOLDS) == HERE
    for now in (NOW + HOUR - HOLDS + timedelta(seconds=1), NOW + HOUR, NOW + HOUR * 2):
        assert said(rae, now=now).startswith(f"{LATER} 27 November 2026, 17:20"), now
    # Behind the last turn that is known it is not known.
    lays_out(rae, turn(-2, 1))
    assert said(rae, now=NOW + HOUR) == ""


def test_where_clocks_are_changed_in_between_the_time_is_the_one_that_then_hangs_on_the_wall(rae: Rae) -> None:
    friday, monday = (datetime(2026, 10, day, 8, tzinfo=BERLIN).astimezone(UTC) for day in (23, 26))
    assert monday - friday == timedelta(days=3, hours=1)
    evening = friday + HOUR * 10
    lays_out(rae, (monday.astimezone(BERLIN), (monday + HOUR * 8).astimezone(BERLIN)), at=evening)
    assert said(rae, now=evening).startswith(f"{LATER} 26 October 2026, 08:00")
    # Another zone from now on: the same moment by another clock, and another day.
    far = timezone(timedelta(hours=-11))
    lays_out(rae, (monday.astimezone(far), (monday + HOUR * 8).astimezone(far)), at=evening)
    assert said(rae, now=evening).startswith(f"{LATER} 25 October 2026, 20:00")


@given(st.lists(st.tuples(st.integers(-600, 600), st.integers(1, 600)), max_size=6), st.integers(-300, 300))
def test_it_never_says_that_somebody_is_there_when_nobody_is_and_never_names_a_time_that_is_over(turns: list[tuple[int, int]], after: int) -> None:
    spans = tuple((NOW + MINUTE * begins, NOW + MINUTE * (begins + long)) for begins, long in sorted(turns))
    now = NOW + MINUTE * after
    reading = Hours.of(as_row(NOW, spans)).reading(now)
    if reading is None:
        return
    assert abs(now - NOW) < FRESH
    if reading == Reading():
        assert any(begins <= now and now + HOLDS <= ends for begins, ends in spans)
    else:
        assert reading.again in {begins for begins, _ in spans if begins > now}


@pytest.mark.parametrize("language", all_languages(), ids=lambda one: one.code)
@pytest.mark.parametrize("voice", ["", "/1", "/3"])
def test_every_language_says_it_with_its_own_day_and_the_page_stays_light(rae: Rae, language: Language, voice: str) -> None:
    lays_out(rae, turn(22, 30))
    with time_machine.travel(NOW, tick=False):
        page = rae.opens(f"{language.prefix}{voice}/").text
        assert f"<bdi>{language.day(datetime(2026, 11, 28, tzinfo=UTC).date())}{language.comma}10:20</bdi>" in page
        assert (LATER in page) == (language.code == "en")
        assert len(gzip.compress(page.encode())) <= LIGHT
        lays_out(rae, turn(-2, 3))
        assert held(language).get(HERE, HERE) in rae.opens(f"{language.prefix}{voice}/").text
        told = rae.tells_all(f"{language.prefix}{voice}")
        assert held(language).get(HERE, HERE) in told.text
        assert len(gzip.compress(told.text.encode())) <= LIGHT
