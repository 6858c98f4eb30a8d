"""The rules by which cases are ordered can be read, and our own assessment covers each, and each tool and decision about content (DET-27)."""

import re

import pytest
from tests.house.tree import ROOT, text

from cairndesk.accounts.rules.automatic import CHAPTERS
from cairndesk.signals.tools import TOOLS
from cairndesk.triage.rules.table import shipped

PAGE = text(ROOT / "docs" / "assessment.md")


def rows(heading: str) -> list[list[str]]:
    """The rows of the table below a heading, each with its cells."""
    part = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines() if line.startswith("| ")][1:]


@pytest.mark.req("DET-27")
def test_every_sign_that_moves_the_queue_is_weighed_in_the_version_that_ships() -> None:
    weighed = [sign for row in rows("How urgent a case is") for sign in re.findall(r"`(\w+)`", row[0])]
    assert sorted(weighed) == sorted(rule.sign for rule in shipped().rules)
    assert f"Assessed: version {shipped().version}." in PAGE, "the rules changed: weigh them anew"


def test_every_step_that_weighs_or_compares_is_weighed_itself() -> None:
    [chapter] = [one for one in CHAPTERS if one.title == "Understanding and ordering"]
    assert {row[0].strip("`") for row in rows("Everything else that weighs or compares")} == {*chapter.steps, *TOOLS}


@pytest.mark.parametrize("heading", ["How urgent a case is", "Everything else that weighs or compares", "What is decided about content"])
def test_each_line_says_who_could_be_harmed_and_is_held_back_by_a_test_that_exists(heading: str) -> None:
    for row in rows(heading):
        assert all(row), row
        tests = re.findall(r"`(tests/[\w/]+\.py)`", row[2])
        assert tests or row[2] == "as above", row
        assert [name for name in tests if not (ROOT / name).exists()] == []


@pytest.mark.req("DET-27")
def test_the_rules_of_urgency_are_a_file_that_a_person_can_read() -> None:
    written = text(ROOT / "src/cairndesk/triage/rules/priority.toml")
    assert "src/cairndesk/triage/rules/priority.toml" in PAGE
    for rule in shipped().rules:
        assert f'words = "{rule.words}"' in written
