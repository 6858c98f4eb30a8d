"""Every page of the portal: it asks nobody else; and pictures for people to look at."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.intake.portal.walk import all_in

from cairndesk.intake.rules import Path as Telling

pytestmark = [pytest.mark.journey, pytest.mark.slow]
LANGUAGES = {"en": "", "ar": "/ar"}
# The one page that may run a script.
WITH_A_SCRIPT = "picture"
# The same templates with other words; their words are checked elsewhere.
_ALIKE = re.compile("(professional|survivor) |friend [134]|(friend|carer) receipt")
_LOOKED_AT = re.compile(
    "welcome|first aid|child|carer 2|friend 2|back|odd|no such|mailbox|told|privacy|choices|chosen|message kept|numbers|edge 413|resumed|nothing told"
    "|law|partners|thanks"
)


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def all_pages(language: str) -> Mapping[str, str]:
    """The text of every page of every path in one language."""
    return all_in(LANGUAGES[language]).pages


@pytest.fixture
def pages(all_pages: Mapping[str, str]) -> dict[str, str]:
    """The pages that differ in more than their words."""
    return {name: text for name, text in all_pages.items() if not _ALIKE.match(name)}


@pytest.mark.req("PRI-15")
def test_every_page_of_every_path_asks_nothing_of_anybody(all_pages: Mapping[str, str], chromium: Browser) -> None:
    page = chromium.new_context(viewport={"width": 360, "height": 740}).new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    scripts = []
    for path in Telling:
        assert any(name.startswith(f"{path} ") for name in all_pages), path
    for name, text in all_pages.items():
        page.set_content(text, wait_until="load")
        if page.evaluate("document.scripts.length"):
            scripts.append(name)
    assert scripts == [WITH_A_SCRIPT]
    assert [url for url in asked if not url.startswith(("data:", "about:"))] == []


@pytest.mark.parametrize("width", [360, 1280])
def test_pictures_are_taken_for_people_to_look_at(pages: dict[str, str], chromium: Browser, shots: Path, language: str, width: int) -> None:
    page = chromium.new_context(java_script_enabled=False, viewport={"width": width, "height": 740}).new_page()
    for name, text in pages.items():
        if not _LOOKED_AT.match(name):
            continue
        page.set_content(text)
        target = shots / f"{language}-{width}-{re.sub('[^a-z0-9]+', '-', name)}.png"
        page.screenshot(path=target, full_page=True)
        assert target.stat().st_size > 2000
