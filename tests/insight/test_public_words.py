"""The public tables in the languages of the portal: every word of them, with the caveats, and what an operator named as they named it."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation
from tests.insight.public_tables import in_public, tables
from tests.intake.portal.test_languages import OTHER_SCRIPTS, OTHERS

from cairndesk.cases import taxonomy
from cairndesk.insight import words
from cairndesk.insight.words import ANSWERS, COMPLAINTS, STAFF_ONLY, TITLES
from cairndesk.intake.portal.languages import LOCALE, NUMBERS, Language, catalogue_of
from cairndesk.lib.catalogues import DRAFTED, entries

BLAME = tomllib.loads((LOCALE / "blame.toml").read_text("utf-8"))
EVERY = [pytest.param(one, id=one.code) for one in OTHERS]


def held(language: Language) -> dict[str, str]:
    return {text: said for text, said in entries(catalogue_of(language.code, domain=NUMBERS).read_text("utf-8")).items() if text}


def strings(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content.replace(DRAFTED, "")
    elif isinstance(content, (list, dict)):
        for part in content.values() if isinstance(content, dict) else content:
            yield from strings(part)


def test_every_public_table_is_looked_at() -> None:
    assert {table.id for table in tables()} == (TITLES | ANSWERS | COMPLAINTS).keys() - STAFF_ONLY


@pytest.mark.parametrize("language", EVERY)
def test_no_table_holds_a_text_of_the_source(language: Language) -> None:
    said = held(language)
    assert [text for text in said if DRAFTED in text] == []
    shown = [text for table in in_public(language.code) for text in strings({**table, "id": ""})]
    assert set(shown) & {text for text, translated in said.items() if translated != text} == set()
    if language.code in OTHER_SCRIPTS:
        assert [text for text in shown if re.search("[A-Za-z]", text)] == []


@pytest.mark.req("DIM-33", "DIM-58")
@pytest.mark.parametrize("language", EVERY)
def test_the_floor_and_the_caveat_of_self_generated_go_along_in_every_language(language: Language) -> None:
    said = held(language)
    for table in in_public(language.code):
        caveats = list(strings(table["caveats"]))
        assert said[words.CAVEATS["floor"]] in caveats
        if said["Self-generated, in whole or part"] in strings(table["headers"]):
            assert said[taxonomy.CAVEAT] in caveats
        else:
            assert table["id"] in ANSWERS


@pytest.mark.parametrize("language", EVERY)
def test_no_word_blames_and_terms_that_the_field_has_left_behind_stay_away(language: Language) -> None:
    lint = BLAME[language.code]
    assert [said for said in held(language).values() if re.search(f"{lint['blame']}|[!\uff01]", said, re.IGNORECASE)] == []
    # Self-generated is said here, where its caveat stands below; on pages for children it is not.
    left = [text for text, said in held(language).items() if re.search(lint["terms"], said, re.IGNORECASE)]
    assert [text for text in left if "elf-generated" not in text] == []


def test_what_an_operator_named_stays_as_it_is_and_apart(tmp_path: Path, settings: Any) -> None:
    settings.DATA = tmp_path
    level = '[[level]]\ncode = "x"\nlabel = "Gravely %"\ndefinition = "It is."\nis_severe = true\n'
    (tmp_path / "severity.toml").write_text(f'name = "own"\nversion = "4"\ntitle = "Own scale"\n{level}', "utf-8")
    (severity,) = (table for table in tables() if table.id == "cases_by_severity")
    with translation.override("ar"):
        assert "«\u2068Own scale\u2069»" in words.title_of(severity)
        assert words.name_of(severity.id, "own@4/x") == "\u2068Gravely %\u2069"
        assert "\u2068three_levels\u2069" in words.name_of(severity.id, "three_levels@1/a")
    assert words.name_of(severity.id, "own@4/x") == "Gravely %"
