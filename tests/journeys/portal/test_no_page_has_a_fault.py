"""Every page of the portal in every language, at two widths, in light and in forced colours: no fault that axe can find, and nothing too wide."""

import re
from collections.abc import Mapping

import pytest
from playwright.sync_api import Browser, Page
from tests.intake.portal.pseudo import ROWS, pages_in_pseudo
from tests.intake.portal.walk import pages_in
from tests.journeys.portal.looked_through import SEEN, faults, ready, too_wide

from cairndesk.intake.portal.languages import SOURCE, Language, all_languages
from cairndesk.intake.portal.pages import sheet

pytestmark = [pytest.mark.journey, pytest.mark.slow, pytest.mark.req("UXQ-06")]
# The same templates with other words.
_ALIKE = re.compile(r"(professional|survivor|advice) |friend [134]|(friend|carer) receipt|first aid ([2-9]|\d\d)")
# Nothing in it depends on the language: colours come from the one sheet.
_OF_COLOURS = ("color-contrast", "link-in-text-block")
_WIDER = "<style>*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important}p{margin-bottom:2em!important}</style>"
SMALL, LARGE = {"width": 360, "height": 740}, {"width": 1280, "height": 800}


@pytest.fixture
def page(chromium: Browser) -> Page:
    """A page on which scripts run that look at it, and none of its own."""
    made = chromium.new_context(bypass_csp=True, viewport={"width": 360, "height": 740}).new_page()
    ready(made)
    return made


def unlike(pages: Mapping[str, str]) -> dict[str, str]:
    """The pages that differ in more than their words."""
    return {name: text for name, text in pages.items() if not _ALIKE.match(name)}


def test_a_fault_is_found_where_there_is_one(page: Page) -> None:
    start = '<!doctype html><html lang="en"><head><title>A</title></head><body><main><h1>A</h1>'
    broken = {"colour": start + '<p style="color:#bbb">pale</p></main></body></html>', "name": start + '<input type="text"></main></body></html>'}
    found, version = faults(page, broken | {"well": start + "<p>dark</p></main></body></html>"})
    assert {name: [rule for rule, _ in rules] for name, rules in found.items()} == {"colour": ["color-contrast"], "name": ["label"]}
    # WCAG 2.2 rules (target size) exist from axe-core 4.5 on.
    assert tuple(int(part) for part in version.split(".")[:2]) >= (4, 5)
    page.set_viewport_size({"width": 320, "height": 640})
    long = '<p style="width:9em;overflow:hidden"><b>' + "x" * 99
    assert set(too_wide(page, {"wide": start + '<p style="width:400px">x</p>', "cut": start + long, "well": start})) == {"wide", "cut"}


@pytest.mark.parametrize("language", [pytest.param(one, id=one.code) for one in all_languages()])
def test_axe_finds_no_fault(page: Page, language: Language) -> None:
    """At 360 px in light colours every page of every path, by every rule of WCAG 2.2 AA and good practice.

    At 1280 px in forced colours the pages that differ in more than their words, by the rules that can come out otherwise there. The other two ways
    and whether colours can be told apart hang on the one sheet and on the direction, not on words: English and the languages from right to left
    are looked at in those as well.
    """
    pages, kinds = pages_in(language.prefix), unlike(pages_in(language.prefix))
    is_whole = language.code == SOURCE or language.is_rtl
    seen = [rule for rule in SEEN if is_whole or rule not in _OF_COLOURS]
    found = {"360 light": faults(page, pages, without=() if is_whole else _OF_COLOURS)[0]}
    page.emulate_media(forced_colors="active")
    if is_whole:
        found["360 forced"] = faults(page, kinds, rules=seen)[0]
    page.set_viewport_size({"width": 1280, "height": 800})
    found["1280 forced"] = faults(page, kinds, rules=seen)[0]
    page.emulate_media(forced_colors="none")
    if is_whole:
        found["1280 light"] = faults(page, kinds, rules=seen)[0]
    assert {where: faulty for where, faulty in found.items() if faulty} == {}


@pytest.mark.parametrize("language", [pytest.param(one, id=one.code) for one in all_languages()])
def test_no_page_scrolls_sideways_and_nothing_is_cut(page: Page, language: Language) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    assert too_wide(page, pages_in(language.prefix)) == {}


@pytest.mark.parametrize("code", ROWS)
def test_words_that_are_longer_mirrored_or_spaced_out_fit_as_well(page: Page, code: str) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    pages = unlike(pages_in_pseudo()[code])
    assert too_wide(page, pages) == {}
    assert too_wide(page, {name: text.replace("</head>", _WIDER + "</head>") for name, text in pages.items()}) == {}


@pytest.mark.parametrize("at", ["", "/ar"])
def test_whoever_set_their_browser_to_twice_the_size_gets_it_and_nothing_is_cut(page: Page, at: str) -> None:
    # The sheet takes its size from what the reader has set; only what is printed has one of its own.
    assert not re.search(r"font(-size)?:[\d.]+p[xt]", sheet().partition("@media print")[0])
    large = "<style>html{font-size:225%!important}</style></head>"
    assert too_wide(page, {name: text.replace("</head>", large) for name, text in unlike(pages_in(at)).items()}) == {}
