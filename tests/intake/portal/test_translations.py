"""Lints over every catalogue: a translation says what its text says, names buttons as they are named, and cannot break a page."""

import gettext
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import pytest
from babel import Locale
from babel.dates import format_date
from tests.house.tree import page_writer
from tests.intake.portal.test_languages import NAMES, OTHER_SCRIPTS, OTHERS, held
from tests.intake.portal.voices_of import said_in

from cairndesk.intake.portal.languages import LOCALE, Language, all_languages, catalogues_of
from cairndesk.lib import catalogues

EVERY = [pytest.param(one, id=one.code) for one in OTHERS]
FIELD = re.compile(r"%\(\w+\)s")
# Names that are the same everywhere.
SAME = {""}


def pairs(language: Language) -> Iterator[tuple[str, str]]:
    """Each text of a language with its translation, and once more where a voice says it otherwise."""
    for path in catalogues_of(language.code):
        yield from ((text, said) for text, said in catalogues.entries(path.read_text("utf-8")).items() if text)


@pytest.mark.parametrize("language", EVERY)
def test_what_is_filled_in_is_filled_in_everywhere(language: Language) -> None:
    assert [text for text, said in pairs(language) if sorted(FIELD.findall(text)) != sorted(FIELD.findall(said))] == []
    assert [said for _, said in pairs(language) if "%" in FIELD.sub("", said)] == []


@pytest.mark.parametrize("language", EVERY)
def test_a_button_that_a_text_names_is_named_as_it_stands_on_the_button(language: Language) -> None:
    for catalogue in said_in(language.code):
        named = [(text, name) for text in catalogue for name in re.findall("“([^”]+)”", text) if name in catalogue]
        assert {"Leave now", "Send"} <= {name for _, name in named}
        assert [(text, name) for text, name in named if catalogue[name] not in catalogue[text]] == []


@pytest.mark.req("INT-05")
@pytest.mark.parametrize("language", EVERY)
def test_no_text_is_left_in_english(language: Language) -> None:
    assert [text for text, said in pairs(language) if said == text and sum(map(str.isalpha, text)) > 8 and text not in SAME] == []


@pytest.mark.parametrize("language", [pytest.param(one, id=one.code) for one in OTHERS if one.code in OTHER_SCRIPTS])
def test_where_another_script_is_written_no_voice_and_no_table_says_a_word_in_latin_letters(language: Language) -> None:
    assert [said for _, said in pairs(language) if set(re.findall("[A-Za-z]+", FIELD.sub("", said))) - NAMES] == []


@pytest.mark.parametrize("language", EVERY)
def test_no_translation_shouts_reorders_or_brings_marks_of_its_own(language: Language) -> None:
    odd = re.compile("[!\uff01¡<>&\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef]|https?:|^\\s|\\s$|  ")
    assert [said for text, said in pairs(language) if odd.search(said) and not odd.search(text)] == []
    # Digits that the page fills in are Latin ones in every language, so those in the texts are too.
    assert [said for _, said in pairs(language) if re.search(r"\d", said) and not said.isascii() and re.search(r"[^\D0-9]", said)] == []


@pytest.mark.parametrize("language", EVERY)
def test_plurals_follow_the_rules_of_cldr(language: Language) -> None:
    row = tomllib.loads((LOCALE / "languages.toml").read_text("utf-8"))[language.code]
    count, rule = re.fullmatch(r"nplurals=(\d); plural=(.*);", row["plurals"]).groups()  # type: ignore[union-attr]
    ours = gettext.c2py(rule)  # type: ignore[attr-defined]
    theirs = Locale.parse(language.code, sep="-").plural_form
    forms = {(ours(number), theirs(number)) for number in range(1000)}
    assert len(forms) == len({form for form, _ in forms}) == len({form for _, form in forms})
    assert len(forms) == int(count)
    (in_catalogue,) = re.findall(r"Plural-Forms: nplurals=\d; plural=(.*);", held(language)[""])
    assert all(gettext.c2py(in_catalogue)(number) == ours(number) for number in range(1000))  # type: ignore[attr-defined]


@pytest.mark.parametrize("language", [pytest.param(one, id=one.code) for one in all_languages()])
def test_a_day_is_written_as_in_cldr_in_digits_0_to_9_and_in_one_piece(language: Language) -> None:
    # English of the world, not of one country.
    named = {"en": "en_001"}.get(language.code, language.code.replace("-", "_"))
    for month in range(1, 13):
        meant = format_date(date(2026, month, 9), "long", locale=named)
        assert language.day(date(2026, month, 9)) == re.sub(r"\s", "\u00a0", meant)
        assert set(re.findall(r"\d", meant)) <= set("0123456789")
    assert Language("xx", "Xx", "Xx", is_rtl=False).day(date(2026, 5, 9)) == "2026\u201105\u201109"


@pytest.mark.parametrize("language", [pytest.param(one, id=one.code) for one in all_languages()])
def test_a_list_is_parted_as_in_cldr(language: Language) -> None:
    meant = str(Locale.parse(language.code, sep="-").list_patterns["standard"]["middle"]).format("", "")
    # Arabic joins by a word before each further part; where a list is no sentence its comma parts it.
    assert language.comma == {"ar": "، "}.get(language.code, meant)


def a_catalogue(folder: Path, *entries: str) -> Path:
    path = folder / "django.po"
    path.write_text("\n".join(['msgid ""\nmsgstr "Language: xx\\n"\n', *entries]), "utf-8")
    return path


HEAD = 'msgid ""\nmsgstr "Language: xx\\n"\n'


@pytest.mark.req("UXQ-05")
def test_a_catalogue_is_brought_up_to_date_and_keeps_what_people_wrote(tmp_path: Path) -> None:
    tool = page_writer("texts")
    path = a_catalogue(
        tmp_path,
        '# How we say this here.\n# reviewed: 2026-12-01 carer heron\nmsgid "Leave now"\nmsgstr "Va"\n',
        'msgid "Where does it happen now?"\nmsgstr "Ubi"\n',
        'msgid "Quite another text"\nmsgstr "Aliud"\n',
    )
    wanted: Mapping[str, set[str]] = {"Leave now": {"base.html"}, "Where does it happen?": {"wording.py"}, "%(n)s of": {"step.html"}}
    told = tool.bring_up(path, wanted, HEAD)
    assert (told.missing, told.guessed, told.gone) == (["%(n)s of"], ["Where does it happen?"], ["Where does it happen now?", "Quite another text"])
    text = path.read_text("utf-8")
    assert "# How we say this here." in text
    assert f"# reviewed: 2026-12-01 carer heron {catalogues.digest_of('Leave now', 'Va')}" in text
    assert '#: step.html\n#, python-format\nmsgid "%(n)s of"\nmsgstr ""' in text
    # A guess is for the translator alone: nobody is shown it.
    assert catalogues.entries(text) == {"": "Language: xx\n", "Leave now": "Va"}
    assert (told.once, told.twice) == (1, 0)
    same = tool.bring_up(path, wanted, HEAD, reviewed="2026-12-08 teacher heron")
    assert (same.once, same.twice) == (1, 0), "a reader who reads once more, in another role, is still one"
    assert path.read_text("utf-8").count("# reviewed:") == 1
    again = tool.bring_up(path, wanted, HEAD, reviewed="2026-12-09 teacher otter")
    assert (again.once, again.twice, again.gone) == (0, 1, [])
    assert path.read_text("utf-8").count("# reviewed:") == 2, "neither what is empty nor a guess was read by anybody"
    tool.bring_up(path, wanted, HEAD, reviewed="2026-12-09 teacher otter")
    assert path.read_text("utf-8").count("# reviewed:") == 2
