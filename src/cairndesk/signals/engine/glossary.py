"""A restricted table of terms with a meaning that few know: read from an operator's file, and met by what was reported.

No term is shipped. Terms are found by Aho-Corasick over folded text, patterns by RE2, which no pattern can make run away.
A hit says where and which; it never repeats a word. It is a hint, not a finding.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from itertools import chain, islice
from typing import Any, BinaryIO

import ahocorasick
import re2

from cairndesk.signals.engine.folding import Folded, fold, fold_beyond_ascii, plain
from cairndesk.signals.engine.lists import BadRow, cells, lines_of
from cairndesk.signals.errors import ListRefused, NotATerm

MOST_TERMS = 20_000
MOST_LETTERS = 100
# A text that meets more is met often enough.
MOST_HITS = 500
_PATTERN_MEMORY = 1 << 20
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
# Written without blanks between words: there a term may begin and end anywhere.
_NO_BLANKS = re.compile(r"(?:CJK|HIRAGANA|KATAKANA|THAI|LAO|KHMER|MYANMAR|TIBETAN|BOPOMOFO|YI|TAI|NEW TAI)\b")


class Confidence(StrEnum):
    """How sure whoever entered a term is of its meaning."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Form(StrEnum):
    """How a term was met."""

    WRITTEN = "written"  # as it stands in the table, but for capitals
    DISGUISED = "disguised"  # with look-alike letters, or with characters that nobody sees
    PATTERN = "pattern"


@dataclass(frozen=True, slots=True)
class Term:
    """One row of the table. Exactly one of `term` and `pattern` is set; an empty `language` stands for any."""

    term: str
    pattern: str
    language: str
    meaning: str
    platform: str
    confidence: Confidence
    review_on: date

    def is_due(self, today: date) -> bool:
        """Whether the term is overdue for review, and therefore off."""
        return self.review_on <= today


@dataclass(frozen=True, slots=True)
class TermHit:
    """A term that was met: its number in the table (from 0), and from which to before which character."""

    term: int
    start: int
    end: int
    form: Form


COLUMNS = tuple(column.name for column in fields(Term))


def parse(stream: BinaryIO, *, today: date) -> Iterator[Term | BadRow]:
    """The rows of a CSV file with a heading line, in order; one that cannot be used says why, and never repeats its words.

    Raises ListRefused when a column is missing.
    """
    lines = lines_of(stream)
    heading = next(((number, line) for number, line in lines if line), (1, ""))[1] or ""
    names = [name.strip().lower() for name in cells(heading.removeprefix("\ufeff"))] if heading else []
    if missing := [name for name in COLUMNS if name not in names]:
        raise ListRefused(f"The file has no column {', '.join(missing)}; it needs {', '.join(COLUMNS)}.")
    return _rows(lines, names, today)


def _rows(lines: Iterator[tuple[int, str | None]], names: list[str], today: date) -> Iterator[Term | BadRow]:
    seen: dict[tuple[str, str], int] = {}
    for number, line in lines:
        if line == "":
            continue
        try:
            term = _row(line, names, today)
        except NotATerm as problem:
            yield BadRow(number, problem.detail)
            continue
        before = seen.setdefault((term.language, fold(term.term).text or term.pattern), number)
        yield term if before == number else BadRow(number, f"the same as line {before}")


def _row(line: str | None, names: list[str], today: date) -> Term:
    if line is None:
        raise NotATerm("too long, or not UTF-8")
    try:
        row = [cell.strip() for cell in cells(line)]
    except csv.Error:
        raise NotATerm("cannot be read as CSV") from None
    if len(row) != len(names):
        raise NotATerm(f"{len(row)} cells where the heading has {len(names)}")
    return term_of(dict(zip(names, row, strict=True)), today=today)


def term_of(row: dict[str, str], *, today: date) -> Term:
    """The term in `row`. Raises NotATerm with what is missing or wrong."""
    if row["language"] and not _LANGUAGE.fullmatch(row["language"]):
        raise NotATerm("the language is no code such as en or pt-BR")
    if not row["meaning"] or len(row["meaning"]) > 500:
        raise NotATerm("the meaning is missing, or longer than 500 letters")
    if row["confidence"] not in set(Confidence):
        raise NotATerm("the confidence is none of: " + ", ".join(Confidence))
    try:
        review_on = date.fromisoformat(row["review_on"])
    except ValueError:
        raise NotATerm("the day of the next review is not written like 2027-01-31") from None
    if review_on <= today:
        raise NotATerm("overdue for review: look at the term again and give the day of the next review")
    found = read(row)
    _check_words(found)
    return found


def as_csv(terms: Iterable[Term]) -> bytes:
    """`terms` as a file that `parse` reads."""
    text = io.StringIO()
    rows = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    rows.writeheader()
    rows.writerows(as_row(term) for term in terms)
    return text.getvalue().encode()


def as_row(term: Term) -> dict[str, str]:
    """`term` as the cells from which `read` makes it again."""
    return {name: str(getattr(term, name)) for name in COLUMNS}


def read(row: dict[str, str]) -> Term:
    """A term that was checked when it came in."""
    words = {name: row[name] for name in ("term", "pattern", "language", "meaning", "platform")}
    return Term(**words, confidence=Confidence(row["confidence"]), review_on=date.fromisoformat(row["review_on"]))


def _check_words(term: Term) -> None:
    if bool(term.term) == bool(term.pattern):
        raise NotATerm("either a term or a pattern is needed, and not both")
    if len(term.term or term.pattern) > MOST_LETTERS or len(term.platform) > 60:
        raise NotATerm(f"a term or pattern has at most {MOST_LETTERS} letters, a platform 60")
    if term.pattern:
        _compiled(term.pattern)
    elif len(fold(term.term).text.strip()) < (2 if term.term.isascii() else 1):
        raise NotATerm("a term without a letter, or of a single one, would be met everywhere")


class Glossary:
    """Terms ready to be met; safe to be asked by many threads. Those that are overdue `today` are off."""

    def __init__(self, terms: Iterable[Term], *, today: date) -> None:
        self.due: list[int] = []
        self._plain: dict[int, str] = {}
        self._patterns: list[tuple[int, Any]] = []
        self._words = ahocorasick.Automaton()
        found: dict[str, list[int]] = {}
        for number, term in enumerate(terms):
            if term.is_due(today):
                self.due.append(number)
            elif term.pattern:
                self._patterns.append((number, _compiled(term.pattern)))
            else:
                self._plain[number] = plain(term.term)
                found.setdefault(fold(term.term).text.strip(), []).append(number)
        for words, numbers in found.items():
            self._words.add_word(words, (len(words), tuple(numbers)))
        self._words.make_automaton()

    def find(self, text: str) -> list[TermHit]:
        """Where `text` meets a term, in its order, the first 500 at most."""
        folded = fold(text)
        hits = islice(chain(self._terms(text, folded), self._matches(folded)), 20 * MOST_HITS)
        return sorted(hits, key=lambda hit: (hit.start, hit.end, hit.term))[:MOST_HITS]

    def _terms(self, text: str, folded: Folded) -> Iterator[TermHit]:
        for last, (length, numbers) in self._words.iter(folded.text) if len(self._words) else ():
            start, end = last + 1 - length, last + 1
            if _is_joined(folded.text, start) or _is_joined(folded.text, end):
                continue
            place = folded.place(start, end)
            written = plain(text[slice(*place)])
            for number in numbers:
                yield TermHit(number, *place, Form.WRITTEN if written == self._plain[number] else Form.DISGUISED)

    def _matches(self, folded: Folded) -> Iterator[TermHit]:
        for number, pattern in self._patterns:
            for match in pattern.finditer(folded.text):
                if match.end() > match.start():
                    yield TermHit(number, *folded.place(*match.span()), Form.PATTERN)


def _is_joined(text: str, at: int) -> bool:
    """Whether the letters before and after place `at` are of one word, so that no term may begin or end there."""
    if at in {0, len(text)} or not (_is_of_word(text[at - 1]) and _is_of_word(text[at])):
        return False
    return unicodedata.combining(text[at]) > 0 or not (_is_unspaced(text[at - 1]) or _is_unspaced(text[at]))


def _is_of_word(letter: str) -> bool:
    return letter == "_" or unicodedata.category(letter)[0] in "LMN"


def _is_unspaced(letter: str) -> bool:
    return not letter.isascii() and _NO_BLANKS.match(unicodedata.name(letter, "")) is not None


def _compiled(pattern: str) -> Any:
    """`pattern` for folded text: look-alikes in it are folded too, and capitals tell nothing. Raises NotATerm."""
    options = re2.Options()
    options.case_sensitive, options.log_errors, options.max_mem = False, False, _PATTERN_MEMORY
    try:
        compiled = re2.compile(fold_beyond_ascii(pattern), options)
    except re2.error:
        raise NotATerm("the pattern cannot be read, or is too large (RE2 syntax; it looks neither ahead nor back)") from None
    if compiled.search("") is not None:
        raise NotATerm("the pattern is met by a text without a letter")
    return compiled
