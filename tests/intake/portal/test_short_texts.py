"""What is passed on: a link, a poster and short texts in each language, which lead to the page where one can tell, in that language."""

import re
from urllib.parse import urlsplit

import pytest
from tests.intake.portal.rae import Rae
from tests.intake.portal.test_languages import Latin, held

from cairndesk.directory.portals import Sheet, Words
from cairndesk.intake.portal.languages import Language, all_languages
from cairndesk.intake.portal.voices import VOICES
from cairndesk.intake.poster import Site, poster, sites_of
from cairndesk.intake.short_texts import NAMES, as_file, short_texts

PUBLIC, ONION = "https://tell.example", f"http://{'a' * 56}.onion"
LANGUAGES = {one.code: one for one in all_languages()}


def site(slug: str = "two", sheet: Sheet = Sheet()) -> Site:  # noqa: B008 - it cannot be changed
    return Site("Desk Two", sheet, sites_of(slug, sheet, public=PUBLIC), LANGUAGES)


@pytest.mark.req("INT-28")
@pytest.mark.parametrize("language", all_languages(), ids=lambda one: one.code)
def test_link_poster_and_short_texts_lead_in_each_language_and_voice_to_where_one_can_tell(rae: Rae, language: Language) -> None:
    for slug in ("", "two"):
        for voice in VOICES:
            link = f"{PUBLIC}{language.prefix}{voice.prefix}{f'/o/{slug}' if slug else ''}/"
            texts = {one.kind: one.text for one in short_texts(site(slug), [language], voice)}
            assert list(texts) == list(NAMES)
            assert [re.findall(r"https?://\S+", text) for text in texts.values()] == [[link]] * len(NAMES)
            sheet = poster(site(slug), languages=[language], size="a6", voice=voice)
            assert f">{link.removeprefix('https://').rstrip('/')}</bdi>" in sheet
            assert sheet.count("<svg") == 1
            # And there somebody can begin to tell.
            page = rae.opens(urlsplit(link).path).text
            assert f'<html lang="{language.code}"' in page
            assert f'action="{urlsplit(link).path}next"' in page


@pytest.mark.req("INT-28")
@pytest.mark.parametrize("language", all_languages(), ids=lambda one: one.code)
def test_each_is_plain_short_and_wholly_in_its_language(language: Language) -> None:
    spoken = set(held(language).values())
    texts = {one.kind: one.text for one in short_texts(site(), [language])}
    for kind, most in (("message", 320), ("profile", 160), ("notice", 1200)):
        text = texts[kind]
        assert len(text) <= most, kind
        assert not re.search("[<>&!\ufdd0-\ufdef]", text)
        said = re.sub(r"https?://\S+|^Desk Two$", "", text, flags=re.MULTILINE)
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        assert lines
        if language.code != "en":
            assert [line for line in lines if line not in spoken] == []
        if language.code in {"ar", "ru", "zh-Hans", "hi", "bn"}:
            assert Latin(f"<p>{said}</p>", language.code).left == []
    assert "\n" not in texts["profile"]
    assert len(texts["profile"]) < len(texts["message"]) < len(texts["notice"])


def test_a_notice_names_the_organisation_as_the_language_does_and_its_onion_service() -> None:
    sheet = Sheet(host="two.example", onion=ONION, words={"ar": Words(name="المكتب الثاني")})
    arabic, french = (next(one.text for one in short_texts(site(sheet=sheet), [LANGUAGES[code]]) if one.kind == "notice") for code in ("ar", "fr"))
    assert (arabic.splitlines()[0], french.splitlines()[0]) == ("المكتب الثاني", "Desk Two")
    assert french.splitlines()[-2:] == ["https://two.example/fr/", f"{ONION}/fr/"]


def test_a_voice_speaks_as_its_page_does() -> None:
    older, middle = ([one.text for one in short_texts(site(), [LANGUAGES["fr"]], voice)] for voice in (VOICES[2], VOICES[1]))
    assert "Vous pouvez" in older[1]
    assert "Tu peux" in middle[1]


def test_the_file_says_of_each_text_what_it_is_for_and_whether_it_was_reviewed() -> None:
    heads = re.findall("^=== (.*)$", as_file(site(), [LANGUAGES["en"], LANGUAGES["ar"]]), re.MULTILINE)
    assert heads[0] == "For a message (English, en)"
    assert heads[3] == "For a message (Arabic, ar; two speakers have not reviewed it yet)"
    assert len(heads) == 6
