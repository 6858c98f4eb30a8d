"""All words here are made up and mean nothing."""

import re
from datetime import date
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cairndesk.signals.engine.glossary import COLUMNS, Confidence, Form, Glossary, Term, as_row, parse, read
from cairndesk.signals.engine.lists import BadRow
from cairndesk.signals.errors import ListRefused

TODAY = date(2026, 11, 26)
HEADING = ",".join(COLUMNS)


def term(words: str = "", *, pattern: str = "", review_on: date = date(2027, 1, 1)) -> Term:
    return Term(words, pattern, "", "made up for tests", "", Confidence.LOW, review_on)


def met(text: str, *terms: str, patterns: tuple[str, ...] = ()) -> list[tuple[int, str, Form]]:
    glossary = Glossary([*map(term, terms), *(term(pattern=pattern) for pattern in patterns)], today=TODAY)
    return [(hit.term, text[hit.start : hit.end], hit.form) for hit in glossary.find(text)]


MEETS = {
    "the glimmerfox came": [(0, "glimmerfox", Form.WRITTEN)],
    "GlimmerFox!": [(0, "GlimmerFox", Form.WRITTEN)],
    "a glіmmеrfох, then": [(0, "glіmmеrfох", Form.DISGUISED)],
    "a blue\n lantern": [(1, "blue\n lantern", Form.WRITTEN)],
    "#glimmerfox_": [],
    "glimmerfoxes and unglimmerfox": [],
    "نجمة زرقاء هنا": [(2, "نجمة زرقاء", Form.WRITTEN)],
    "彼は青提灯を見た": [(3, "青提灯", Form.WRITTEN)],
    "so 🦊🏮🦊": [(4, "🦊🏮", Form.WRITTEN)],
    "glimmerfox\u0301": [],
    "blue lantern glimmerfox": [(1, "blue lantern", Form.WRITTEN), (0, "glimmerfox", Form.WRITTEN)],
    "": [],
}


@pytest.mark.parametrize("text", MEETS)
def test_terms_are_met_as_whole_words_however_they_are_written(text: str) -> None:
    assert met(text, "Glimmerfox", "blue lantern", "نجمة زرقاء", "青提灯", "🦊🏮") == MEETS[text]


def test_a_pattern_is_met_in_folded_text() -> None:
    assert met("a GLІM-fox and glim fox", patterns=(r"\bglim[- ]?fox\b",)) == [(0, "GLІM-fox", Form.PATTERN), (0, "glim fox", Form.PATTERN)]


def test_an_overdue_term_is_off_and_is_named() -> None:
    glossary = Glossary([term("glimmerfox", review_on=TODAY), term("blue lantern"), term(pattern="fox", review_on=TODAY)], today=TODAY)
    assert glossary.due == [0, 2]
    assert [hit.term for hit in glossary.find("glimmerfox and fox and blue lantern")] == [1]


def test_no_pattern_runs_away() -> None:
    assert met("a" * 50_000 + "!", patterns=("(a+)+b", "(a|aa)+$")) == []


def test_a_text_that_repeats_a_term_is_met_five_hundred_times_at_most() -> None:
    assert len(met("glimmerfox " * 2_000, "glimmerfox")) == 500


@settings(max_examples=60)
@given(st.text(alphabet="ab -", max_size=30), st.lists(st.text(alphabet="ab", min_size=2, max_size=4), min_size=1, max_size=5, unique=True))
def test_it_meets_exactly_what_a_search_word_by_word_meets(text: str, words: list[str]) -> None:
    expected = sorted(
        (found.start(), found.end(), number) for number, word in enumerate(words) for found in re.finditer(rf"(?<![ab]){word}(?![ab])", text)
    )
    hits = Glossary(map(term, words), today=TODAY).find(text)
    assert [(hit.start, hit.end, hit.term) for hit in hits] == expected


ALIKE = {"l": "lLＬⅼ", "a": "aAаα𝒶", "n": "nNո", "t": "tTт", "e": "eEе", "r": "rRг"}


@pytest.mark.slow
@settings(max_examples=30)
@given(st.data())
def test_a_disguised_term_is_always_met_at_its_place(data: st.DataObject) -> None:
    letters = [data.draw(st.sampled_from(ALIKE[letter])) + data.draw(st.sampled_from(["", "", "\u200b", "\ufe0f"])) for letter in "lantern"]
    disguised = "".join(letters).rstrip("\u200b\ufe0f")
    text = f"вот {disguised} и"
    assert [(start_term, words) for start_term, words, _ in met(text, "lantern")] == [(0, disguised)]


GOOD = f"""{HEADING}
glimmerfox,,en,a made-up animal,,low,2027-01-01
,\\bblue ?lantern\\b,pt-BR,"made up, too",chat,high,2027-06-30
"""


def test_a_table_is_read_and_kept_as_it_was() -> None:
    terms = list(parse(BytesIO(GOOD.encode()), today=TODAY))
    assert [(one.term, one.pattern, one.language, one.platform, one.confidence) for one in terms if isinstance(one, Term)] == [
        ("glimmerfox", "", "en", "", Confidence.LOW),
        ("", "\\bblue ?lantern\\b", "pt-BR", "chat", Confidence.HIGH),
    ]
    assert [read(as_row(one)) for one in terms if isinstance(one, Term)] == terms


BAD = {
    "glimmerfox,,english,m,,low,2027-01-01": "language",
    "glimmerfox,,en,,,low,2027-01-01": "meaning is missing",
    "glimmerfox,,en,m,,sure,2027-01-01": "confidence",
    "glimmerfox,,en,m,,low,soon": "day of the next review",
    "glimmerfox,,en,m,,low,2026-11-26": "overdue for review",
    ",,en,m,,low,2027-01-01": "either a term or a pattern",
    "glimmerfox,fox,en,m,,low,2027-01-01": "either a term or a pattern",
    "x,,en,m,,low,2027-01-01": "of a single one",
    "\u200b\u200b,,en,m,,low,2027-01-01": "without a letter",
    ",(fox,en,m,,low,2027-01-01": "cannot be read",
    ",(?<=a)fox,en,m,,low,2027-01-01": "neither ahead nor back",
    ",fox*|,en,m,,low,2027-01-01": "without a letter",
    ",((a{900}){900}),en,m,,low,2027-01-01": "too large",
    f"{'fox' * 40},,en,m,,low,2027-01-01": "at most 100",
    "glimmerfox,en": "2 cells where the heading has 7",
    'glimmerfox,,en,"m,,low,2027-01-01': "CSV",
}


@pytest.mark.parametrize("line", BAD)
def test_a_row_that_cannot_be_used_says_why_and_repeats_nothing(line: str) -> None:
    (bad,) = parse(BytesIO(f"{HEADING}\n{line}\n".encode()), today=TODAY)
    assert isinstance(bad, BadRow)
    assert bad.line == 2
    assert BAD[line] in bad.reason
    assert "fox" not in bad.reason


def test_the_same_term_twice_in_a_language_is_refused() -> None:
    rows = [*parse(BytesIO((GOOD + "GLIMMERFOX,,en,again,,low,2027-01-01\nglimmerfox,,de,again,,low,2027-01-01\n").encode()), today=TODAY)]
    assert [row.reason for row in rows if isinstance(row, BadRow)] == ["the same as line 2"]
    assert len(rows) == 4


def test_a_file_without_the_columns_is_refused() -> None:
    with pytest.raises(ListRefused, match="no column pattern"):
        list(parse(BytesIO(b"term,language,meaning,platform,confidence,review_on\n"), today=TODAY))
