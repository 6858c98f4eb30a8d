"""Whatever the desk does by itself has somebody who answers for it."""

import tempfile
from pathlib import Path

import pytest
from tests.house.tree import ROOT

from cairndesk import work
from cairndesk.accounts.rules import Role
from cairndesk.accounts.rules.automatic import AUTOMATIC, CHAPTERS
from cairndesk.api import api
from cairndesk.config import Config
from cairndesk.signals.tools import Tool

# Doors for machines by the first part of their address; the look-up door and that of the lists are tools as well.
DOORS = {"reports": "reports", "referrals": "referrals", "lists": Tool.GIVING.value, "check": Tool.DOOR.value}


def lanes() -> set[str]:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "spool").mkdir()
        return {lane.name for lane in work.lanes(Config(data=Path(folder)))}


def doors() -> set[str]:
    paths = api.get_openapi_schema(path_prefix="/api/v1/")["paths"]
    return {path.removeprefix("/api/v1/").partition("/")[0] for path in paths}


@pytest.mark.req("UXQ-19")
def test_every_lane_every_tool_and_every_door_for_machines_has_a_role_that_answers_for_it() -> None:
    expected = lanes() | set(Tool) | {DOORS[door] for door in doors()}
    assert len(lanes()) > 30
    assert expected - set(AUTOMATIC) == set(), "say in accounts/rules/automatic.py what it does, what stays with people, and who answers for it"
    assert set(AUTOMATIC) - expected == set(), "nothing does this any more"
    assert sum(len(chapter.steps) for chapter in CHAPTERS) == len(AUTOMATIC)
    for code, step in AUTOMATIC.items():
        assert isinstance(step.role, Role), code
        assert all(words.strip() for words in (step.title, step.does, step.people)), code
        assert step.does.endswith("."), code
        assert step.people.endswith("."), code


@pytest.mark.req("UXQ-19")
def test_the_manual_names_every_one_with_its_role() -> None:
    page = (ROOT / "docs" / "automatic.md").read_text("utf-8")
    for step in AUTOMATIC.values():
        row = next(line for line in page.splitlines() if line.startswith(f"| {step.title} |"))
        assert f"| {step.role.words} |" in row
        assert step.people in row
