"""The words of an account, apart from what was ticked, as they are held and compared."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cairndesk.intake.rules import QUESTIONS, Form
from cairndesk.signals.engine.folding import plain

TOLD = "more"
"""What is compared: what somebody told in their own words. A link, a service and an account are compared as such."""
SHORTEST, LONGEST = 2, 40
"""Letters of a word that is held; what is longer is held by its beginning."""
UNSPACED = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff"
"""Letters of scripts that put no blank between words, as ranges of a pattern: each pair of them is held."""
_UNSPACED = re.compile(rf"[{UNSPACED}]+")


class _Letters(dict[int, str]):
    """Letters, digits and the marks that belong to them stay, everything else is a blank; found out once a letter."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        self[code] = kept = letter if letter.isalnum() or unicodedata.category(letter).startswith("M") else " "
        return kept


_LETTERS = _Letters()


def words_of(answers: Mapping[str, Any]) -> dict[str, str]:
    """By the name of the question: what somebody wrote. Codes and kinds of unknown are left out."""
    asked = [name for name, question in QUESTIONS.items() if question.form is Form.TEXT]
    return {name: answers[name] for name in asked if isinstance(answers.get(name), str)}


def words_in(text: str) -> Iterator[str]:
    """The words of `text` as they are held and asked for: without capitals and marks of punctuation, in any script."""
    for word in plain(text).translate(_LETTERS).split():
        if _UNSPACED.search(word):
            yield from _pairs(word)
        elif len(word) >= SHORTEST:
            yield word[:LONGEST]


def shingles(words: Iterable[str]) -> set[str]:
    """Each three words that follow one another; of a script without blanks each four letters, as its words are pairs of them."""
    held = list(words)
    return {" ".join(three) for three in zip(held, held[1:], held[2:], strict=False)}


def _pairs(word: str) -> Iterator[str]:
    at = 0
    for run in _UNSPACED.finditer(word):
        if run.start() - at >= SHORTEST:
            yield word[at : run.start()][:LONGEST]
        letters, at = run[0], run.end()
        yield from (letters[place : place + 2] for place in range(max(len(letters) - 1, 1)))
    if len(word) - at >= SHORTEST:
        yield word[at:][:LONGEST]
