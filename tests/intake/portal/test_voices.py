"""Three voices: chosen by the reader, kept in the address alone, and the same promises in each."""

import gzip
import re
from pathlib import Path
from typing import Any

import pytest
from django.utils.translation import trans_real
from tests.intake.portal.messages import messages
from tests.intake.portal.rae import Rae
from tests.intake.portal.walk import SIX, every_page

from cairndesk.intake.portal.languages import all_languages, catalogue_of
from cairndesk.intake.portal.voices import VOICES
from cairndesk.intake.rules import Mailbox
from cairndesk.lib import catalogues
from cairndesk.lib.catalogues import SOURCE

VARIANTS = [one.variant for one in VOICES if one.variant]


def overlay(language: str, variant: str) -> dict[str, str]:
    """The texts of a voice that differ from those of its language."""
    path = catalogue_of(language, f"@{variant}")
    return {text: said for text, said in catalogues.entries(path.read_text("utf-8")).items() if text}


@pytest.mark.slow
@pytest.mark.parametrize("spoken", ["/1", "/3", "/ar/1", "/ar/3"])
def test_a_voice_holds_from_the_first_page_to_the_receipt_and_back(rae: Rae, spoken: str) -> None:
    seen = every_page(rae, spoken)
    language, sign = spoken[:-2], spoken[-2:]
    turns = {f"{one.prefix}{sign}/" for one in all_languages()} | {f"{language}{voice.prefix}/" for voice in VOICES}
    for name, text in seen.items():
        ways = re.findall(r'<(?:a|form|button)\b[^>]*\b(?:href|action|formaction)="(/[^"]*)"', text)
        away = [way.replace("/help/", "/") for way in ways if not way.startswith((f"{spoken}/", "/taxonomy"))]
        # Whatever leads away is this page in other words or in another language.
        assert len({re.sub(r".*/", "", way) for way in away}) <= 1, name
        # What the edge turns away, broke, or leads nowhere has no page in other languages; the words that were reviewed are one tap away.
        is_alone = name.startswith(("edge", "sorry", "not open", "lost"))
        whole = {f"{sign}/"} if is_alone else turns - {f"{spoken}/"}
        assert {way[: way.rindex("/") + 1] for way in away} in (set(), whole), name
        assert away or is_alone, name
        first = re.search(r"<body>.*?<(?:a|button|input|textarea|summary)\b[^>]*", text, re.DOTALL)
        assert first is not None
        assert f'href="{spoken}/go"' in first[0], name
        is_step = re.fullmatch(r"welcome|[a-z]+ [1-4]", name)
        assert len(gzip.compress(text.encode())) <= (14 if is_step else 30) * 1024, name
    assert rae.portal.fragments()


@pytest.mark.req("UXQ-03")
@pytest.mark.parametrize("language", ["", "/ar"])
def test_in_the_middle_of_a_page_the_voice_changes_and_nothing_typed_is_lost(rae: Rae, language: str) -> None:
    rae.starts("child", language).says(at=language, danger="not_now")
    for sign in ("/1", "/3", ""):
        assert f'formaction="{language}{sign}/next" name="go" value="stay"' in rae.text or sign == ""
        rae.posts(f"{language}{sign}/next", **rae.hidden, go="stay", what="gifts", link="https://site.example/1")
        assert 'value="gifts" checked' in rae.text
        assert "https://site.example/1</textarea>" in rae.text
    assert len({one.draft for one in rae.portal.fragments()}) == 1


def test_the_receipt_can_be_read_in_other_words_and_stays_the_same(rae: Rae) -> None:
    rae.tells_all(at="/1")
    words, filed = rae.parts, len(rae.portal.fragments())
    for at in ("/3", "/ar/3", "/ar"):
        assert f'formaction="{at}/next" name="go" value="stay"' in rae.text or at == ""
        assert rae.posts(f"{at}/next", **rae.hidden, go="stay").parts == words
    rae.posts("/privacy", **rae.hidden, go="stay")
    assert rae.posts("/next", **rae.hidden, go="stay").parts == words
    assert len(rae.portal.fragments()) == filed


def test_behind_the_words_the_voice_changes_and_a_message_that_is_typed_stays(rae: Rae) -> None:
    rae.portal.answer(SIX, Mailbox())
    assert " ".join(SIX) in rae.posts("/back", go="words", words=" ".join(SIX)).text
    rae.posts("/3/back", words=" ".join(SIX))
    for sign in ("/1", ""):
        rae.posts(f"{sign}/back", **rae.hidden, go="open", text="There is more.")
        assert "There is more.</textarea>" in rae.text
    rae.posts("/privacy", **rae.hidden, go="open", text="There is more.")
    rae.posts("/1/privacy", **rae.hidden, go="open")
    assert "There is more.</textarea>" in rae.posts("/1/back", **rae.hidden, go="open").text


def test_nothing_of_the_voice_is_kept(rae: Rae) -> None:
    rae.tells_all(at="/1")
    young = {name for one in rae.portal.fragments() for name in one.to_json().decode().split('"')}
    rae.tells_all()
    assert not {"voice", "young", "older", "variant"} & young
    assert not rae.response.cookies


@pytest.mark.req("UXQ-02")
@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("language", [one.code for one in all_languages()])
def test_every_language_speaks_in_every_voice_where_english_does(language: str, variant: str) -> None:
    base = {text: text for text in messages()} if language == SOURCE else catalogues.entries(catalogue_of(language).read_text("utf-8"))
    held = overlay(language, variant)
    assert set(overlay(SOURCE, variant)) - set(held) == set(), "missing"
    assert set(held) - set(base) == set(), "of no text"
    assert [text for text, said in held.items() if said == base[text]] == []
    fields = {text: (set(re.findall(r"%\(\w+\)s", text)), set(re.findall(r"%\(\w+\)s", said))) for text, said in held.items()}
    assert {text: pair for text, pair in fields.items() if pair[0] != pair[1]} == {}


@pytest.mark.parametrize("language", ["xx", "xx_XX", "zh_Hans", "pt_BR"])
def test_a_text_that_a_voice_does_not_change_is_said_as_in_the_language(tmp_path: Path, settings: Any, language: str) -> None:
    for name, said in ((language, "all"), (f"{language}@young", "own")):
        folder = tmp_path / name / "LC_MESSAGES"
        folder.mkdir(parents=True)
        text = f'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "first"\nmsgstr "{said}"\n'
        # Django knows a word for Yes as well, and must not come between a voice and its language.
        folder.joinpath("django.po").write_text(text + ('\nmsgid "Yes"\nmsgstr "so"\n' if said == "all" else ""), "utf-8")
    catalogues.compile_all(tmp_path)
    settings.LOCALE_PATHS = [tmp_path]

    def said(voice: int, text: str) -> str:
        return trans_real.DjangoTranslation(VOICES[voice].catalogue(language)).gettext(text).rstrip(catalogues.DRAFTED)

    assert (said(0, "first"), said(0, "Yes")) == ("own", "so")
    assert said(1, "first") == "all"
    assert said(2, "first") == "all"
