import io

import pytest
from tests.support.terminal import BAR, at_a_terminal

from cairndesk.lib.progress import Watched, bar, counted


def test_things_pass_in_order_and_each_is_told_of_after_it_is_done() -> None:
    told: list[tuple[str, int, int]] = []
    passing = counted("reading", "ab", 2, lambda *word: told.append(word))
    assert [(one, told[-1]) for one in passing] == [("a", ("reading", 0, 2)), ("b", ("reading", 1, 2))]
    assert told[-1] == ("reading", 2, 2)


def test_a_watched_file_reads_as_ever_and_tells_how_far_it_is() -> None:
    told: list[tuple[str, int, int]] = []
    watched = Watched(io.BytesIO(b"abcdef"), "sealing", 6, lambda *word: told.append(word))
    assert (watched.read(4), watched.read()) == (b"abcd", b"ef")
    assert told == [("sealing", 4, 6), ("sealing", 6, 6)]


def drawn(monkeypatch: pytest.MonkeyPatch, *, hidden: bool = False) -> str:
    """What a terminal shows of a short piece of work."""
    with at_a_terminal(monkeypatch) as screen, bar("reading", hidden=hidden) as progress:
        progress("writing", 0, 2)
        progress("writing", 1, 2)
    return screen.text


def test_a_terminal_shows_a_bar_that_is_gone_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = drawn(monkeypatch)
    assert "writing" in shown
    assert BAR in shown
    assert shown.rindex("\x1b[2K") > shown.rindex(BAR)


def test_a_hidden_bar_leaves_a_terminal_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert drawn(monkeypatch, hidden=True) == ""


def test_what_is_no_terminal_gets_no_bar_even_where_colours_are_wanted(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    with bar("reading") as progress:
        progress("reading", 1, 2)
    assert capsys.readouterr() == ("", "")
