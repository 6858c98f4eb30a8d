"""For how long what was let go waits: half a minute, as the operator sets it, and never for long after a clock was set back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cairndesk import config
from cairndesk.accounts import undo

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(("later", "over"), [(0, False), (29, False), (30, True), (31, True), (-1, False), (-30, False), (-31, True), (-3600, True)])
def test_what_was_let_go_waits_for_half_a_minute_and_for_twice_that_at_most(later: int, *, over: bool) -> None:
    assert undo.is_over(NOON, NOON + timedelta(seconds=later)) is over


def test_an_operator_gives_more_time_and_pages_say_how_much(settings: Any) -> None:
    assert undo.in_words() == "30 seconds"
    desk = config.load({"CAIRNDESK_DESK__UNDO_SECONDS": "120"}).desk
    settings.CAIRNDESK = settings.CAIRNDESK.model_copy(update={"desk": desk})
    assert (undo.window(), undo.in_words()) == (timedelta(minutes=2), "120 seconds")
    assert not undo.is_over(NOON, NOON + timedelta(seconds=119))


@pytest.mark.parametrize("seconds", ["0", "301", "soon"])
def test_nobody_is_left_without_time_and_nothing_waits_for_more_than_five_minutes(seconds: str) -> None:
    with pytest.raises(config.ConfigError, match=r"desk\.undo_seconds"):
        config.load({"CAIRNDESK_DESK__UNDO_SECONDS": seconds})
