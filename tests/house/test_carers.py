"""The guidance for carers is balanced: each control with what it cannot do and what it asks of the child, in plain words without blame (DET-20)."""

import re
from pathlib import Path

import pytest
from tests.intake.portal.test_texts import BLAME, TERMS, _grade

TEXT = (Path(__file__).parents[2] / "docs" / "carers.md").read_text("utf-8")
pytestmark = pytest.mark.req("DET-20")


def rows(heading: str) -> list[list[str]]:
    """The cells of the table below `heading`, without its head."""
    section = TEXT[TEXT.index(f"## {heading}") :].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_no_control_is_named_without_its_limits_and_its_price_in_privacy() -> None:
    controls = rows("What each kind of control does")
    assert len(controls) >= 6
    assert all(len(row) == 4 and all(row) for row in controls)
    (spying,) = (row for row in controls if "spying" in row[0])
    assert spying[3].startswith("Most of all")


def test_privacy_stands_as_a_right_and_secret_reading_is_advised_against() -> None:
    privacy = TEXT[TEXT.index("## Privacy is part of safety") :].split("\n## ")[0]
    for words in ("right to privacy", "Do not read along in secret", "not safe with a person at home", "how you delete it", "does not block them"):
        assert words in privacy
    assert all(len(row) == 3 and all(row) for row in rows("By age"))


def test_it_is_plain_and_blames_nobody() -> None:
    words = re.sub(r"[#|*`-]+", ". ", TEXT)
    assert _grade(words) <= 6
    assert re.findall(BLAME, TEXT, re.IGNORECASE) == []
    assert re.findall(TERMS, TEXT, re.IGNORECASE) == []
    assert "never the child" in TEXT


def test_it_leads_to_help_and_sells_nothing() -> None:
    assert "call the emergency number" in TEXT
    assert re.findall(r"https?://|www\.", TEXT) == []
    assert "docs/carers.md" in (Path(__file__).parents[2] / "README.md").read_text("utf-8")
