"""The guidance on encryption names lawful routes alone, each with what it needs; what it says of the world stands in a named source (INV-20)."""

import re

import pytest
from tests.house.tree import ROOT
from tests.intake.portal.test_texts import BLAME, TERMS, _grade

from cairndesk.cases.actions.items import SIGHTING_FACTS
from cairndesk.cases.actions.path import DISCLOSURE_FACTS, STEP_FACTS

TEXT = (ROOT / "docs" / "encryption.md").read_text("utf-8")
pytestmark = pytest.mark.req("INV-20")


def rows(heading: str) -> list[list[str]]:
    """The cells of the table below `heading`, without its head."""
    section = TEXT[TEXT.index(f"## {heading}") :].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_every_statement_has_its_paragraph_and_the_page_its_version_and_day() -> None:
    known = rows("What is known")
    assert len(known) == 5
    assert all(re.match(r"paragraph (65|66|67)\b", source) for _, source in known)
    assert re.search(r"Version \d+ of \d{4}-\d{2}-\d{2}", TEXT)
    assert "A/79/122" in TEXT


def test_each_route_says_what_it_needs_and_what_the_desk_really_has_for_it() -> None:
    routes = rows("The routes")
    assert {row[0].split()[1] for row in routes} >= {"devices", "of"}
    assert all(len(row) == 4 and all(row) for row in routes)
    assert "warrant" in routes[0][2]
    assert "no words" in routes[1][1]
    # What is promised can be recorded: when and where an account was seen, the path of the contact, and references.
    assert "service" in SIGHTING_FACTS
    assert {"service", "at"} <= STEP_FACTS
    assert "at" in DISCLOSURE_FACTS


def test_it_is_found_from_where_the_line_is_drawn_and_from_the_tour() -> None:
    for place, link in (("docs/decisions/0038-no-interception.md", "../encryption.md"), ("docs/tour.md", "encryption.md")):
        assert f"({link})" in (ROOT / place).read_text("utf-8")


def test_it_is_plain_and_blames_nobody() -> None:
    words = re.sub(r"[#|*`-]+", ". ", TEXT)
    assert _grade(words) <= 9
    assert re.findall(BLAME, TEXT, re.IGNORECASE) == []
    assert re.findall(TERMS, TEXT, re.IGNORECASE) == []
