"""The word for somebody who was harmed: their own choice first, else the usual one of the organisation (TRM-05)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Word:
    """One word, for one person and for several."""

    one: str
    many: str


USUAL = "victim_survivor"
WORDS: Mapping[str, Word] = {
    USUAL: Word("victim/survivor", "victims and survivors"),
    "victim": Word("victim", "victims"),
    "survivor": Word("survivor", "survivors"),
}
# The word itself is sealed with who the person is; where it is not open, no other word is put in its place.
OWN = "own_word"
_SEALED = Word("person who was harmed", "people who were harmed")
_STANDING = re.compile(r"victim/survivor|victims and survivors", re.IGNORECASE)


def word_for(preferred: str, usual: str = USUAL) -> Word:
    """The word for a person who prefers the code `preferred` (of the family `preferred_term`, or a kind of unknown)."""
    return _SEALED if preferred == OWN else WORDS.get(preferred) or WORDS.get(usual) or WORDS[USUAL]


def word_of_all(preferred: Iterable[str], usual: str = USUAL) -> Word:
    """The word for a case: what its people prefer where they agree, else the usual one."""
    wanted = {one for one in preferred if one in WORDS or one == OWN}
    return word_for(wanted.pop() if len(wanted) == 1 else "", usual)


def stands_in(text: str) -> bool:
    """Whether the usual wording stands in `text`."""
    return _STANDING.search(text) is not None


def said(text: str, word: Word) -> str:
    """`text` with `word` wherever the usual wording stands in it."""

    def put(found: re.Match[str]) -> str:
        wanted = word.many if found[0].casefold().startswith("victims") else word.one
        return wanted[:1].upper() + wanted[1:] if found[0][:1].isupper() else wanted

    return _STANDING.sub(put, text)
