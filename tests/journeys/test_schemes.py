"""The schemes of others on the page on which a case is classified, in a real browser: no barrier, no script needed, nothing chosen for anybody."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from tests.journeys.test_the_desk_is_for_everybody import SIDEWAYS, WCAG, WIDTHS, Desk, Enter, browser, desk, enter, keep

from cairndesk.review import scheme
from cairndesk.review.models import Classification

__all__ = ["browser", "desk", "enter"]
pytestmark = [pytest.mark.journey, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
LABEL = '\n[[level]]\ncode = "{0}"\nsection = "{1}"\nlabel = "Label {0} of a made-up copy"\ndefinition = "Made up for a test."\n'


@pytest.fixture(autouse=True)
def _graded_by(desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(scheme, "folder", lambda: tmp_path / "schemes")
    for name in ("industry", "uk_sentencing", "interpol_baseline", "iwf_age"):
        scheme.load(scheme.shipped_text(name) or "", place=name)
    filled = "".join(LABEL.format(f"l{number}", part) for number, part in enumerate(("categorisation", "categorisation", "demographic")))
    scheme.load((scheme.shipped_text("inhope_ucs") or "") + filled, place="inhope.toml")


@pytest.mark.parametrize(("width", "colours"), [("wide", "light"), ("narrow", "dark")])
def test_a_suggestion_comes_back_with_all_that_was_typed_and_only_a_person_chooses(desk: Desk, enter: Enter, width: str, colours: str) -> None:
    across, down = WIDTHS[width]
    page = enter("Ana", viewport={"width": across, "height": down}, color_scheme=colours, java_script_enabled=False)
    looked = enter("Ana", viewport={"width": across, "height": down}, color_scheme=colours)
    for one in (page, looked):
        one.goto(f"/cases/{desk.held.pk}/classify/")
        one.get_by_label("How old does the youngest child seem?").select_option("age_3_6")
        one.get_by_label("Which is the gravest act that it shows?", exact=False).select_option("exhibition")
        one.get_by_label("C: other abuse imagery or conduct").check()
        one.get_by_role("button", name="Say what the features suggest").click()
        assert "A2: prepubescent, lascivious exhibition" in one.locator("#schemes").inner_text()
        assert one.get_by_label("C: other abuse imagery or conduct").is_checked()
        # A part of the schema for which the member's copy has no label yet is not asked.
        assert "Investigative Elements" not in one.locator("#schemes").inner_text()
        assert one.get_by_label("Value in Industry classification, A1 to B2").input_value() == ""
    found = Axe().run(looked, options=WCAG)
    assert found.violations_count == 0, found.generate_report()
    for direction in ("rtl", "ltr"):
        assert looked.evaluate(SIDEWAYS, direction) <= 0
        keep(looked, f"schemes-{width}-{colours}-{direction}")
    assert not Classification.objects.filter(case=desk.held).exists()
    page.get_by_label("Value in Industry classification, A1 to B2").select_option("a2")
    page.get_by_label("Label l0 of a made-up copy").check()
    page.get_by_role("button", name="Record this classification").first.click()
    page.get_by_text("is classified").first.wait_for()
    made = Classification.objects.get(case=desk.held)
    chosen = {row["scheme"]: (row["codes"], row["suggested"]) for row in made.grades if row["codes"]}
    assert chosen == {"industry": (["a2"], ["a2"]), "inhope_ucs": (["l0"], [])}
