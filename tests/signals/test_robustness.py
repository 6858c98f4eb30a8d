"""docs/robustness.md says what the code does today: which changed copies of a picture are met."""

import re
from types import ModuleType

import pytest
from tests.house.tree import ROOT, page_writer

PAGE = (ROOT / "docs" / "robustness.md").read_text("utf-8")
CELLS = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if line.endswith(" |") and "%" in line]
MISSED = re.findall(r"^- (.+): `(.+)`, (\d+) bits away$", PAGE, re.MULTILINE)
ROWS = {change: [float(figure.removesuffix(" %")) for figure in rest] for change, *rest in CELLS}


@pytest.fixture(scope="module")
def written() -> ModuleType:
    return page_writer("robustness")


def test_the_page_names_every_change_and_nothing_else() -> None:
    assert list(ROWS) == list(page_writer("robustness").CHANGES)
    assert len(ROWS) >= 30


@pytest.mark.slow
@pytest.mark.parametrize("change", ROWS)
def test_the_page_says_what_is_met_today(written: ModuleType, change: str) -> None:
    distances = written.our_distances(change)
    assert [round(written.met(distances)), written.middle(distances)] == [ROWS[change][0], ROWS[change][2]]


@pytest.mark.slow
def test_the_page_says_which_pressed_pictures_are_missed_today(written: ModuleType) -> None:
    assert [(change, name, str(bits)) for change, name, bits in written.missed()] == MISSED


def test_nothing_that_the_peer_finds_is_lost() -> None:
    assert [name for name, (ours, peer, *_) in ROWS.items() if ours < peer] == []


def test_modes_and_turns_that_the_peer_loses_are_met() -> None:
    for change in ("CMYK", "palette of 256", "16 bits, grey", "mirrored", "quarter turn", "half turn"):
        ours, peer, *_ = ROWS[change]
        assert ours >= 70 > peer
