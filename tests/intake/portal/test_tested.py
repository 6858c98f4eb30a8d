from datetime import date
from typing import Any

import pytest
from tests.intake.portal.messages import PORTAL
from tests.intake.portal.rae import Rae

from cairndesk.intake.portal import privacy, tested
from cairndesk.intake.portal.tested import Trial, all_pages, tried


@pytest.mark.req("PAR-10")
def test_every_page_says_whether_children_have_tried_it() -> None:
    templates = {path.stem for path in (PORTAL / "templates" / "portal").glob("*.html") if '{% extends "portal/' in path.read_text("utf-8")}
    assert len(templates) > 20
    assert {one.page for one in all_pages()} == templates


@pytest.mark.req("PAR-10")
@pytest.mark.parametrize(
    "row",
    [
        {"tested": True},
        {"tested": True, "on": date(2026, 5, 1)},
        {"tested": True, "by": "A study"},
        {"tested": False, "on": date(2026, 5, 1), "by": "A study"},
        {"tested": False, "by": "A study"},
        {"tested": True, "on": "soon", "by": "A study"},
    ],
)
def test_a_test_without_a_day_and_a_study_is_no_test(row: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="welcome"):
        Trial.of("welcome", row)


@pytest.mark.req("PAR-10")
def test_the_portal_says_it_as_it_is(rae: Rae, monkeypatch: pytest.MonkeyPatch) -> None:
    assert tried() == (sum(one.on is not None for one in all_pages()), len(all_pages()))
    monkeypatch.setattr(tested, "all_pages", lambda: (Trial("welcome", None, ""), Trial("step", None, "")))
    assert "No child has tried these pages with us yet." in rae.opens("/privacy").text
    monkeypatch.setattr(tested, "all_pages", lambda: (Trial("welcome", date(2026, 5, 1), "A study"), Trial("step", None, "")))
    assert "Children have tried 1 of our 2 pages." in rae.opens("/3/privacy").text
    assert privacy.tried() == (1, 2)
