import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cairndesk.intake.portal.state import Counters, Keyholder, StateLost, Telling
from cairndesk.intake.rules import Path

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def keyholder() -> Keyholder:
    return Keyholder()


@pytest.fixture
def telling() -> Telling:
    return replace(Telling.start(Path.CHILD, "en"), answers={"danger": ["not_now"]}, counter=4)


def _sealed(keyholder: Keyholder, telling: Telling, now: datetime = NOW) -> str:
    return keyholder.seal_telling(telling, organisation="one", now=now)


def test_what_travels_with_the_reporter_comes_back_as_it_was(keyholder: Keyholder, telling: Telling) -> None:
    assert keyholder.open_telling(_sealed(keyholder, telling), organisation="one", now=NOW) == telling


def test_neither_answers_nor_words_stand_in_the_page_in_clear(keyholder: Keyholder, telling: Telling) -> None:
    sealed = _sealed(keyholder, telling)
    raw = base64.urlsafe_b64decode(sealed + "==")
    assert b"not_now" not in raw
    assert not any(part.encode() in raw for part in telling.parts)
    assert not any(part in telling.clear for part in telling.parts)


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_a_field_that_was_tampered_with_does_not_open(at: int, flip: int) -> None:
    keyholder = Keyholder()
    raw = bytearray(base64.urlsafe_b64decode(_sealed(keyholder, Telling.start(Path.CHILD, "en")) + "=="))
    raw[at % len(raw)] ^= flip
    with pytest.raises(StateLost):
        keyholder.open_telling(base64.urlsafe_b64encode(raw).decode(), organisation="one", now=NOW)


@given(st.text(max_size=80))
def test_any_other_text_does_not_open(text: str) -> None:
    with pytest.raises(StateLost):
        Keyholder().open_telling(text, organisation="one", now=NOW)


def test_it_does_not_open_at_another_organisation_or_for_another_purpose(keyholder: Keyholder, telling: Telling) -> None:
    with pytest.raises(StateLost):
        keyholder.open_telling(_sealed(keyholder, telling), organisation="two", now=NOW)
    with pytest.raises(StateLost):
        keyholder.open_return(_sealed(keyholder, telling), organisation="one", now=NOW)


def test_it_opens_on_the_next_day_and_not_on_the_day_after(keyholder: Keyholder, telling: Telling) -> None:
    sealed = _sealed(keyholder, telling)
    assert keyholder.open_telling(sealed, organisation="one", now=NOW + DAY) == telling
    with pytest.raises(StateLost):
        keyholder.open_telling(sealed, organisation="one", now=NOW + 2 * DAY)


def test_no_key_older_than_two_days_is_held(keyholder: Keyholder, telling: Telling) -> None:
    for day in range(9):
        _sealed(keyholder, telling, NOW + day * DAY)
        assert len(keyholder._keys) <= 2


def test_a_clock_that_jumps_back_loses_nothing(keyholder: Keyholder, telling: Telling) -> None:
    sealed = _sealed(keyholder, telling)
    assert keyholder.open_telling(sealed, organisation="one", now=NOW - 400 * DAY) == telling


def test_a_clock_that_jumps_far_ahead_drops_the_old_keys(keyholder: Keyholder, telling: Telling) -> None:
    sealed = _sealed(keyholder, telling)
    with pytest.raises(StateLost):
        keyholder.open_telling(sealed, organisation="one", now=NOW + 3650 * DAY)
    assert _sealed(keyholder, telling, NOW)


def test_after_a_clock_jumped_ahead_and_back_keys_are_turned_daily_again(keyholder: Keyholder, telling: Telling) -> None:
    sealed = _sealed(keyholder, telling, NOW + 3650 * DAY)
    assert keyholder.open_telling(sealed, organisation="one", now=NOW) == telling
    _sealed(keyholder, telling, NOW + DAY)
    with pytest.raises(StateLost):
        keyholder.open_telling(sealed, organisation="one", now=NOW + DAY)


def test_a_new_process_cannot_open_what_the_old_one_sealed(keyholder: Keyholder, telling: Telling) -> None:
    with pytest.raises(StateLost):
        Keyholder().open_telling(_sealed(keyholder, telling), organisation="one", now=NOW)


def test_the_clear_field_lets_the_draft_go_on_with_a_new_receipt(telling: Telling) -> None:
    resumed = Telling.resume(telling.at(3).clear, "en")
    assert (resumed.draft, resumed.step, resumed.path, resumed.counter) == (telling.draft, 3, Path.CHILD, 4)
    assert resumed.is_resumed
    assert resumed.answers == {}
    assert resumed.parts != telling.parts


@pytest.mark.slow
@given(st.text(max_size=80) | st.from_regex(r"[0-9a-f]{32}\.[0-9]\.(stranger|advice)\.[0-9]{1,8}", fullmatch=True))
def test_a_clear_field_leads_to_a_page_that_exists_or_nowhere(clear: str) -> None:
    try:
        resumed = Telling.resume(clear, "en")
    except StateLost:
        return
    assert 1 <= resumed.step <= resumed.steps


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 50)), max_size=60))
def test_counters_only_rise_also_when_an_old_page_is_sent_again(sent: list[tuple[str, int]]) -> None:
    counters, last = Counters(), {"a": 0, "b": 0}
    for draft, counter in sent:
        following = counters.after(draft, counter)
        assert following > max(last[draft], counter)
        last[draft] = following


def test_a_page_sent_again_after_a_restart_counts_as_the_newest() -> None:
    before, after = Counters(100), Counters(102)
    kept_but_not_answered = before.after("a", 0)
    assert after.after("a", 0) > kept_but_not_answered


def test_counters_forget_only_the_drafts_that_were_touched_longest_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cairndesk.intake.portal.state._REMEMBERED", 3)
    counters = Counters()
    for draft in "abcd":
        counters.after(draft, 0)
    assert counters.after("d", 0) == 2
    assert len(counters._last) == 3
