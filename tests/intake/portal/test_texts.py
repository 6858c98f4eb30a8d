"""The words themselves: short and plain, without blame, complete in every language."""

import re
from pathlib import Path

import pyphen
import pytest
from tests.intake.portal.messages import messages
from tests.intake.portal.rae import Rae
from tests.intake.portal.walk import every_page

from cairndesk.intake import rules
from cairndesk.intake.portal import wording
from cairndesk.intake.portal.languages import SOURCE, all_languages, spoken
from cairndesk.lib.catalogues import entries

LOCALE = Path("src/cairndesk/locale")
# Said to a child, each of these puts the weight on the wrong shoulders or makes telling harder.
BLAME = (
    r"you should have|why did(n.t)? you|your own fault|you let|you allowed|careless|naughty|confess|admit|ashamed|shameful|"
    r"provok|invalid|illegal|must not"
)
# Terms of the field: the left is never used in a text of ours.
TERMS = r"child porn|kiddie|porn|sextort|prostitut|paedo|pedo|consensual|self-generated|suspect|offender|monster|victim\b"
_HYPHENS = pyphen.Pyphen(lang="en_GB")


def _sentences(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.!?:])[”’]?\s+", text) if re.search(r"\w", part)]


def _words(text: str) -> list[str]:
    return re.findall(r"[A-Za-z][A-Za-z’']*", text)


def _syllables(word: str) -> int:
    """Vowel groups and hyphenation points, whichever finds more; a silent e does not count."""
    plain = word.lower().strip("’'")
    groups = len(re.findall(r"[aeiouy]+", re.sub(r"(?<=[^l])e$", "", plain))) or 1
    return max(groups, len(_HYPHENS.positions(plain)) + 1)


def _grade(text: str) -> float:
    """Flesch-Kincaid grade (Kincaid and others, 1975)."""
    words, sentences = _words(text), _sentences(text)
    return 0.39 * len(words) / len(sentences) + 11.8 * sum(map(_syllables, words)) / len(words) - 15.59


def _plain(text: str) -> str:
    return re.sub(r"%\(\w+\)s", "Desk", text)


def test_no_sentence_is_longer_than_15_words() -> None:
    assert len(messages()) > 100
    lengths = {sentence: len(_words(sentence)) for text in messages() for sentence in _sentences(_plain(text))}
    assert {sentence: length for sentence, length in lengths.items() if length > 15} == {}


@pytest.mark.req("UXQ-01")
def test_the_texts_read_at_grade_five_or_lower() -> None:
    by_file: dict[str, list[str]] = {}
    for text, files in messages().items():
        for name in files:
            # Parts that stand on every page have a few words each; together they make a text.
            page = "base.html" if name in {"contacts.html", "contact.html", "field.html"} else name
            by_file.setdefault(page, []).append(_plain(text).rstrip(".:?") + ".")
    grades = {name: round(_grade(" ".join(texts)), 1) for name, texts in by_file.items()}
    assert {name: grade for name, grade in grades.items() if grade > 5} == {}


def test_the_grade_tells_plain_from_stilted() -> None:
    assert _grade("We ask you what is going on. You say what you like.") < 3
    assert _grade("Notwithstanding institutional confidentiality obligations, disclosure may be mandatory.") > 15


@pytest.mark.req("UXQ-11")
def test_no_text_blames_or_frightens() -> None:
    assert [text for text in messages() if re.search(BLAME, text, re.IGNORECASE)] == []
    assert [text for text in messages() if "!" in text] == []


@pytest.mark.req("TRM-12")
def test_no_text_uses_a_term_that_the_field_has_left_behind() -> None:
    assert [text for text in messages() if re.search(TERMS, text, re.IGNORECASE)] == []


@pytest.mark.req("UXQ-12")
def test_boys_girls_and_everybody_else_get_the_same_words() -> None:
    named = [text for text in messages() if re.search(r"\b(boys?|girls?|he|she|him|her|his)\b", text)]
    assert all("boys" in text and "girls" in text and "everybody else" in text for text in named)
    assert named


def test_every_outcome_and_milestone_that_the_desk_can_tell_has_words_at_the_portal() -> None:
    assert set(wording.OUTCOMES) == set(rules.OUTCOMES)
    assert set(wording.MILESTONES) == set(rules.MILESTONES)


def test_no_room_gives_an_outcome_that_a_reporter_could_not_read() -> None:
    source = Path(rules.__file__).parents[2]
    written = [code for file in source.rglob("*.py") for code in re.findall(r"\.update\(outcome=\"(\w+)\"\)", file.read_text("utf-8"))]
    assert len(written) >= 2
    assert set(written) <= set(rules.OUTCOMES)


@pytest.mark.req("EVD-13")
@pytest.mark.parametrize("language", [language.code for language in all_languages()])
def test_no_page_takes_a_file_and_where_a_link_is_asked_for_it_says_why_no_picture_is(rae: Rae, language: str) -> None:
    (asked,) = (text for text in messages() if "Please do not save it, copy it or send it" in text)
    held = {} if language == SOURCE else entries((LOCALE / language / "LC_MESSAGES" / "django.po").read_text("utf-8"))
    seen = every_page(rae, "" if language == SOURCE else f"/{language}")
    takes = re.compile(r'type=["\']?file|enctype|\baccept=|<[^<>]*\scapture\b', re.IGNORECASE)
    # On the page about a picture a file is chosen and never sent: its field has no name.
    assert [name for name, page in seen.items() if takes.search(page)] == ["picture"]
    (field,) = re.findall("<input[^>]*file[^>]*>", seen["picture"])
    assert " name=" not in field
    links = [name for name, page in seen.items() if 'name="link"' in page]
    assert {"child 2", "friend 2", "carer 2"} <= set(links)
    assert [name for name in links if held.get(asked, asked) not in seen[name]] == []


@pytest.mark.req("INT-05")
def test_every_language_has_every_text() -> None:
    for language in all_languages():
        if language.code != SOURCE:
            held = entries((LOCALE / language.code / "LC_MESSAGES" / "django.po").read_text("utf-8"))
            assert set(messages()) - set(held) == set(), language.code
            assert set(held) - set(messages()) - {""} == set(), language.code
            fields = {text: (set(re.findall(r"%\(\w+\)s", text)), set(re.findall(r"%\(\w+\)s", held[text]))) for text in messages()}
            assert {text: pair for text, pair in fields.items() if pair[0] != pair[1]} == {}


@pytest.mark.req("INT-05")
def test_no_page_in_another_language_holds_a_text_of_the_source(rae: Rae) -> None:
    visible = {text for text in messages() if "%(" not in text and len(text) > 8}
    for name, page in every_page(rae, "/ar").items():
        if name != "lost":
            left = [text for text in visible if f">{text}<" in page or f">{text} <" in page]
            assert left == [], name


def test_a_language_that_nobody_reviewed_says_so_and_stays_off_outside_the_demo(rae: Rae) -> None:
    drafted = [one for one in all_languages() if not one.is_reviewed]
    assert drafted
    assert not set(drafted) & set(spoken(with_unreviewed=False))
    assert "لم يراجع قرّاؤنا هذا النص بعد." in rae.opens("/ar/").text
    rae.portal.site.config = rae.portal.site.config.model_copy(update={"mode": "real"})
    assert rae.opens("/ar/").response.status_code == 404
    assert "العربية" not in rae.opens("/").text
    desks = rae.portal.site.config.desks.model_copy(update={"unreviewed_languages": True})
    rae.portal.site.config = rae.portal.site.config.model_copy(update={"desks": desks})
    assert rae.opens("/ar/").response.status_code == 200
