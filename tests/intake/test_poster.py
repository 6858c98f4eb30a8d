"""The poster: in each language its words, its address and its code, on one sheet, and nothing is fetched for it."""

import re

import pytest
import segno

from cairndesk.directory.portals import Sheet
from cairndesk.intake.portal.languages import all_languages
from cairndesk.intake.portal.voices import VOICES, Voice
from cairndesk.intake.poster import SIZES, Site, poster, sites_of
from cairndesk.lib.catalogues import DRAFTED

BOTH = [("https://tell.example/", "/o/two"), (f"http://{'a' * 56}.onion", "/o/two")]
LANGUAGES = {one.code: one for one in all_languages()}


def site(name: str, starts: list[tuple[str, str]]) -> Site:
    return Site(name, Sheet(), starts, LANGUAGES)


def _squares(drawing: str) -> set[tuple[int, int]]:
    """The dark squares of a code as it was drawn, column and row without its quiet edge: segno draws each run of a row as one stroke."""
    path = re.findall(r'<path[^>]* d="(M[^"]*)"', drawing)[-1]
    at, found = (0.0, 0.0), set()
    for kind, first, second in re.findall(r"([Mmh])(-?[\d.]+)(?: (-?[\d.]+))?", path):
        if kind == "h":
            found |= {(int(at[0]) + step - 4, int(at[1]) - 4) for step in range(int(first))}
            at = (at[0] + int(first), at[1])
        else:
            at = (float(first), float(second)) if kind == "M" else (at[0] + float(first), at[1] + float(second))
    return found


def _meant(address: str) -> set[tuple[int, int]]:
    code = segno.make(address, error="m", micro=False)
    return {(column, row) for row, line in enumerate(code.matrix) for column, dark in enumerate(line) if dark}


def test_each_sheet_holds_the_words_the_address_and_the_code_of_one_language() -> None:
    page = poster(site("Desk <Two>", BOTH), languages=[LANGUAGES["en"], LANGUAGES["ar"]], size="a4")
    english, arabic = re.findall(r"<section.*?</section>", page, re.DOTALL)
    assert "You can tell us" in english
    assert "Desk &lt;Two&gt;" in english
    assert 'dir="rtl"' in arabic
    assert "يمكنك أن تخبرنا" in arabic
    assert DRAFTED not in page
    for sheet, prefix in ((english, ""), (arabic, "/ar")):
        addresses = [f"{start.rstrip('/')}{prefix}{end}/" for start, end in BOTH]
        assert [_squares(drawing) for drawing in re.findall("<svg.*?</svg>", sheet, re.DOTALL)] == [_meant(address) for address in addresses]
        assert f"tell.example{prefix}/o/two<" in sheet
        assert f"http://{'a' * 56}.onion{prefix}/o/two<" in sheet


@pytest.mark.parametrize("voice", VOICES)
def test_it_speaks_to_the_readers_it_is_for_and_leads_to_their_words(voice: Voice) -> None:
    page = poster(site("Desk", BOTH), languages=[LANGUAGES["fr"]], size="a4", voice=voice)
    assert ("Vous pouvez nous le dire" in page) == (voice.variant == "older")
    assert f"tell.example/fr{voice.prefix}/o/two<" in page
    addresses = [f"{start.rstrip('/')}/fr{voice.prefix}{end}/" for start, end in BOTH]
    assert [_squares(drawing) for drawing in re.findall("<svg.*?</svg>", page, re.DOTALL)] == [_meant(address) for address in addresses]


def test_a_code_for_another_address_would_be_another_drawing() -> None:
    page = poster(site("Desk", [("https://tell.example", "")]), languages=[LANGUAGES["en"]], size="a6")
    assert _squares(page) == _meant("https://tell.example/")
    assert _squares(page) != _meant("https://tell.example")


@pytest.mark.parametrize(
    ("slug", "sheet", "sites"),
    [
        ("", Sheet(), [("https://tell.example", "")]),
        ("two", Sheet(), [("https://tell.example", "/o/two")]),
        ("two", Sheet(host="two.example"), [("https://two.example", "")]),
        ("two", Sheet(onion="http://a.onion"), [("https://tell.example", "/o/two"), ("http://a.onion", "/o/two")]),
        ("", Sheet(host="one.example", onion="http://a.onion"), [("https://one.example", ""), ("http://a.onion", "")]),
    ],
)
def test_it_leads_to_the_organisations_own_site_and_to_its_onion_service(slug: str, sheet: Sheet, sites: list[tuple[str, str]]) -> None:
    assert sites_of(slug, sheet, public="https://tell.example") == sites


@pytest.mark.parametrize("size", SIZES)
def test_nothing_is_fetched_for_it_and_it_is_made_for_its_paper(size: str) -> None:
    page = poster(site("Desk", BOTH), languages=LANGUAGES.values(), size=size)
    assert not re.search(r"\b(src|href|action)=|url\(|@import|<script|<link", page)
    assert f"@page{{size:{SIZES[size][0]}mm {SIZES[size][1]}mm" in page
    assert page.count("<section") == len(LANGUAGES)
