"""What each page costs over the wire: bytes as they come out of the socket, with the headers, in every language and voice."""

import re

import pytest
from tests.intake.portal.walk import EVERYWHERE, TOLD, all_in
from tests.intake.portal.wire import PAGE, STEP

pytestmark = pytest.mark.slow
# A phone on GPRS: bits a second, seconds there and back, and how many times that takes (name, connection, request, answer).
SPEED, TRIP, TRIPS, PATIENCE = 35_000, 0.7, 4, 8.0


@pytest.mark.req("UXQ-07", "UXQ-15")
@pytest.mark.parametrize("at", EVERYWHERE)
def test_a_page_is_one_small_answer_that_needs_no_script_and_names_a_phone(at: str) -> None:
    seen = all_in(at)
    steps = {name: weight for name, weight in seen.weights.items() if TOLD.fullmatch(name)}
    assert len(steps) == 1 + 5 * 4 + 2 + 3
    assert {name: weight for name, weight in steps.items() if weight > STEP} == {}
    assert {name: weight for name, weight in seen.weights.items() if weight > PAGE} == {}
    assert [name for name, text in seen.pages.items() if _asks_again(text)] == []
    # It was walked without script, and each page of a telling has none, and a number to call instead.
    assert [name for name in steps if "<script" in seen.pages[name] or 'href="tel:' not in seen.pages[name]] == []
    # What a slow link makes of them, by arithmetic; `bench/slow_link.py` paints them.
    assert max(steps.values()) * 8 / SPEED + TRIPS * TRIP < PATIENCE


def _asks_again(text: str) -> bool:
    """Whether a page has a browser ask for anything more; what is filled in there is a small picture in the page itself."""
    source = r"\bsrc=(?![\"']?data:)"
    return bool(re.search(rf"<(?:img|script|iframe|video|audio|source|object|embed)\b[^>]*{source}|<link\b(?![^>]*href=\"data:)|@import|url\(", text))


def test_a_page_that_asks_for_more_is_noticed() -> None:
    for more in ('<img alt="" src="/x.png">', '<link rel="stylesheet" href="/x.css">', "<style>@import 'x'</style>", "<p style=background:url(x)>"):
        assert _asks_again(more)
    assert not _asks_again('<img alt="" src="data:image/png;base64,AA"><link rel="icon" href="data:,"><a href="/x">')


def test_an_answer_behind_the_words_goes_in_whole_steps() -> None:
    seen = all_in("")
    head = seen.weights["mailbox"] - len(seen.pages["mailbox"].encode())
    assert len(seen.pages["mailbox"].encode()) % 4096 == 0
    assert 0 < head < 2000, "it must not be pressed together"
