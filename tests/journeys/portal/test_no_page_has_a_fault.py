"""Every page of the portal in every language, at two widths, in light and forced colours: no fault that axe can find, nothing too wide or small."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence

import pytest
from playwright.sync_api import Browser, Page
from tests.intake.portal.pseudo import ROWS, pages_in_pseudo
from tests.intake.portal.walk import APART, EVERYWHERE, all_in, pages_in
from tests.journeys.portal.looked_through import SEEN, faults, hidden_in_focus, ready, too_small, too_wide

from cairndesk.intake.portal.languages import SOURCE, Language, all_languages
from cairndesk.intake.portal.pages import sheet

pytestmark = [pytest.mark.journey, pytest.mark.slow, pytest.mark.req("UXQ-06")]
# The same templates with other words.
_ALIKE = re.compile(r"(professional|survivor|advice) |friend [134]|(friend|carer) receipt|first aid ([2-9]|\d\d)")
# Nothing in it depends on the language: colours come from the one sheet.
_OF_COLOURS = ("color-contrast", "link-in-text-block")
_WIDER = "<style>*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important}p{margin-bottom:2em!important}</style>"
# `.ci/axe`, a step of every soak, asks for the whole of it: some ten minutes on two quiet cores.
EVERY_WAY = "EVERY_WAY" in os.environ
WAYS = [(360, "light"), (360, "forced"), (1280, "light"), (1280, "forced")]
VOICED = ["/fr/1", "/ar/3"]
EVERY_LANGUAGE = [language.prefix for language in all_languages()]
QUICK = [*EVERY_LANGUAGE, *VOICED]
WHOLE = [language.prefix for language in all_languages() if language.code == SOURCE or language.is_rtl]


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
    low = {"low": start + "<button>x</button>", "well": start + '<button style="height:48px;width:48px">x</button>'}
    assert set(too_small(page, low)) == {"low"}
    bar = start + '<p class="out" style="position:sticky;top:0;height:60px"><a href="/go">x</a></p>' + '<p><a href="/">x</a></p>' * 99
    beside = bar.replace("</head>", "<style>html{scroll-padding-top:80px}</style></head>")
    assert set(hidden_in_focus(page, {"covered": bar, "well": beside})) == {"covered"}


@pytest.mark.parametrize("at", EVERYWHERE if EVERY_WAY else QUICK)
def test_axe_finds_no_fault(page: Page, at: str) -> None:
    """With `EVERY_WAY`, every page in every voice in all four ways, by every rule of WCAG 2.2 AA and of good practice.

    Otherwise at 360 px in light colours by every rule, in each language and in two of the voices, and at 1280 px in forced colours the pages
    that differ in more than their words, by the rules that can come out otherwise there. The other two ways and whether colours can be told
    apart hang on the one sheet and on the direction, not on words: English and the languages from right to left are looked at in those as well.
    """
    found = {}
    for (width, colours), pages, only in looks(at):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(forced_colors="active" if colours == "forced" else "none")
        found[f"{width} {colours}"] = faults(page, pages, **only)[0]
    assert {where: faulty for where, faulty in found.items() if faulty} == {}


def looks(at: str) -> Iterator[tuple[tuple[int, str], Mapping[str, str], Mapping[str, Sequence[str]]]]:
    """In which ways which pages at `at` are looked at, and by which rules."""
    pages, kinds = all_in(at).pages, unlike(all_in(at).pages)
    if EVERY_WAY:
        yield from ((way, pages, {}) for way in WAYS)
        return
    is_voice = at in VOICED
    is_whole = at in WHOLE
    without = {} if is_whole else {"without": _OF_COLOURS}
    seen = {"rules": [rule for rule in SEEN if is_whole or rule not in _OF_COLOURS]}
    yield WAYS[0], kinds if is_voice else pages, without
    if not is_voice:
        yield from ((way, kinds, seen) for way in (WAYS[1:] if is_whole else WAYS[-1:]))


@pytest.mark.parametrize("at", EVERYWHERE if EVERY_WAY else EVERY_LANGUAGE)
def test_everything_that_can_be_pressed_is_large_enough_and_seen_in_focus(page: Page, at: str) -> None:
    pages = {name: text for name, text in all_in(at).pages.items() if name not in APART}
    pages = pages if EVERY_WAY else unlike(pages)
    assert too_small(page, pages) == {}
    assert hidden_in_focus(page, pages) == {}


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
