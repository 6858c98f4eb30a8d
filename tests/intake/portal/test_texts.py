"""The words themselves: short and plain, without blame, complete in every language."""

import re
from collections.abc import Mapping
from pathlib import Path

import pyphen
import pytest
from tests.intake.portal.messages import messages

from cairndesk.intake import rules
from cairndesk.intake.portal import wording

# Said to a child, each of these puts the weight on the wrong shoulders or makes telling harder.
BLAME = (
    r"you should have|why did(n.t)? you|your own fault|you let|you allowed|careless|naughty|confess|admit|ashamed|shameful|"
    r"provok|invalid|illegal|must not"
)
# Terms of the field: the left is never used in a text of ours.
TERMS = r"child porn|kiddie|porn|sextort|prostitut|paedo|pedo|consensual|self-generated|suspect|offender|monster|victim\b"
# Whom a helpline is for, or knows a lot about, is its own to say; both are named in the same way.
WHOM = {"girls and women", "boys and men"}
_PARTS = {"contacts.html", "contact.html", "field.html", "hours.html", "turn.html", "voices.html", "voices.py"}
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


def _grades(otherwise: Mapping[str, str]) -> dict[str, float]:
    """The grade of each page, where the texts that `otherwise` holds are said as there."""
    by_file: dict[str, list[str]] = {}
    for text, files in messages().items():
        for name in files:
            # Parts that stand on every page have a few words each; together they make a text.
            page = "base.html" if name in _PARTS else name
            by_file.setdefault(page, []).append(_plain(otherwise.get(text, text)).rstrip(".:?") + ".")
    return {name: round(_grade(" ".join(texts)), 1) for name, texts in by_file.items()}


@pytest.mark.req("UXQ-01")
def test_the_texts_read_at_grade_five_or_lower() -> None:
    assert {name: grade for name, grade in _grades({}).items() if grade > 5} == {}


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
    assert set(named) > WHOM
    assert all("boys" in text and "girls" in text and "everybody else" in text for text in set(named) - WHOM)


def test_every_outcome_and_milestone_that_the_desk_can_tell_has_words_at_the_portal() -> None:
    assert set(wording.OUTCOMES) == set(rules.OUTCOMES)
    assert set(wording.MILESTONES) == set(rules.MILESTONES)


def test_no_room_gives_an_outcome_that_a_reporter_could_not_read() -> None:
    source = Path(rules.__file__).parents[2]
    written = [code for file in source.rglob("*.py") for code in re.findall(r"\.update\(outcome=\"(\w+)\"\)", file.read_text("utf-8"))]
    assert len(written) >= 2
    assert set(written) <= set(rules.OUTCOMES)
