"""A portal on a folder of its own, and Rae, who reports."""

from pathlib import Path
from typing import Any

import pytest
from tests.intake.portal.line import Line
from tests.intake.portal.rae import Portal, Rae, build

from cairndesk.intake.portal import site, state


@pytest.fixture
def portal(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Portal:
    made = build(tmp_path)
    settings.ROOT_URLCONF = "cairndesk.urls.portal"
    settings.MIDDLEWARE = ["cairndesk.intake.portal.doors.Headers"]
    monkeypatch.setattr(site, "current", lambda: made.site)
    return made


@pytest.fixture
def rae(portal: Portal) -> Rae:
    return Rae(portal)


@pytest.fixture
def line(portal: Portal, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Line:
    monkeypatch.setattr(state, "_HASTE", 0)
    settings.ALLOWED_HOSTS = ["localhost"]
    return Line()
