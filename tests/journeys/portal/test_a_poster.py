"""The poster on paper: one sheet a language, on its paper, with nothing cut off."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from cairndesk.directory.portals import Sheet
from cairndesk.intake.portal.languages import all_languages
from cairndesk.intake.portal.voices import VOICES, Voice
from cairndesk.intake.poster import SIZES, Site, poster

pytestmark = [pytest.mark.journey, pytest.mark.slow]
_POINTS = 72 / 25.4


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("sites", "voice"), [(1, VOICES[1]), (2, VOICES[1]), (2, VOICES[2])], ids=["1", "2", "2 older"])
def test_each_language_has_one_sheet_and_all_of_it_fits(chromium: Browser, shots: Path, size: str, sites: int, voice: Voice) -> None:
    name = "Cairn Desk for the Children of the Whole Long Northern Coast"
    ways = [("https://a-rather-long-name-of-a-desk.example", "/o/northern-coast"), (f"http://{'a' * 56}.onion", "/o/northern-coast")][:sites]
    text = poster(Site(name, Sheet(), ways, {}), languages=all_languages(), size=size, voice=voice)
    context = chromium.new_context(java_script_enabled=True, viewport={"width": 900, "height": 1200})
    page = context.new_page()
    page.set_content(text)
    printed = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == len(all_languages())
    wide = float(re.findall(rb"/MediaBox\s*\[0 0 ([\d.]+)", printed)[0])
    assert wide == pytest.approx(SIZES[size][0] * _POINTS, abs=1)
    # A sheet hides what does not fit, so nothing may be larger than it; and a code is read from 25 mm on.
    over = "[...document.querySelectorAll('section')].filter(one => one.scrollHeight > one.clientHeight + 1 || one.scrollWidth > one.clientWidth + 1)"
    assert page.evaluate(f"{over}.map(one => one.lang)") == []
    assert page.evaluate("Math.min(...[...document.querySelectorAll('svg')].map(one => one.getBoundingClientRect().width))") * 25.4 / 96 >= 25
    page.locator("section").first.screenshot(path=shots / f"poster-{size}-{sites}{voice.prefix.replace('/', '-')}-en.png")
    page.locator("section[dir=rtl]").first.screenshot(path=shots / f"poster-{size}-{sites}{voice.prefix.replace('/', '-')}-rtl.png")
    context.close()
