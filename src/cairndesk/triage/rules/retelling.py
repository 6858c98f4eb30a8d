"""Which accounts are told in nearly the same words: digests that only accounts nearly alike share, and that say none of the words.

Of all shingles of an account the one whose keyed hash is the smallest is drawn, by 160 hashes. Two accounts draw the same one as often as their
shingles overlap: Broder, "On the resemblance and containment of documents" (1997). Eight such draws in a row make one band; a band is kept
as a digest under the key of the organisation, so whoever holds the digests learns that two accounts are nearly alike, and not where they
share a sentence. Beside the bands stands one digest of the whole account: equal only where both are the same, word for word.
"""

from __future__ import annotations

import json
import re
import unicodedata
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b, shake_128
from math import comb
from typing import Any

from cairndesk.intake.rules import CHOICES
from cairndesk.lib.unknowns import Unknown
from cairndesk.signals.engine.folding import plain
from cairndesk.triage.rules.words import TOLD, UNSPACED, shingles, words_in

BANDS, ROWS, ENOUGH = 20, 8, 4
"""Bands of an account, draws of each, and how many bands two accounts must share: four of ten with 0.8 of their shingles in common do."""
FEWEST = 12
"""Words of an account that is compared, and shingles of it: a sentence that many would say says nothing."""
APART = 2
"""By how many words two accounts that are nearly the same differ in length, at most: who adds a sentence has something to say."""
LONGEST = 20_000
"""Letters of an account that is compared, as many as the doors for staff and machines take: drawing costs by the word, and copies are short."""
SIZE, WHOLE = 8, 16
"""Bytes of a band, and of the digest of the whole."""
# How it felt to tell, and what the teller wants, change nothing in what was told.
_BESIDE = frozenset({TOLD, "felt", "about", *CHOICES})
_TELL_THEMSELVES = frozenset({"child", "friend", "adult_survivor"})
# What stands between blanks, and between letters of scripts without blanks; of those scripts their digits.
_RUN = re.compile(rf"[^\s{UNSPACED}]+|\d+")
_SIGNS = frozenset("@/\\:._#+=&")
_PATHS = frozenset({"child", "survivor", "advice"})


@dataclass(frozen=True, slots=True)
class Worded:
    """The bands of an account side by side, its length in words, and the digest of all of it; empty where it was kept before there was one."""

    bands: bytes
    length: int
    whole: bytes

    @property
    def digests(self) -> list[bytes]:
        """Each band."""
        return split(self.bands)


def may_be_compared(*, source: str, path: str) -> bool:
    """Whether an account is compared with others: never that of a child or of the person it happened to, nor where nobody knows whose it is."""
    return source not in _TELL_THEMSELVES | set(Unknown) and path not in _PATHS


def worded(answers: Mapping[str, Any], *, source: str, key: bytes, kept: Worded | None = None) -> Worded | None:
    """The digests of what was told; None for what is too short or too long. They are those `kept` of it where nothing has changed.

    All but the words must be the same: what was ticked and named, who told, and in the words each number, each address and each word with a
    capital letter, in their order. `key` (16 to 64 bytes) is that of the organisation.
    """
    text = answers.get(TOLD)
    if not isinstance(text, str) or len(text) > LONGEST:
        return None
    same = json.dumps([source, {name: said for name, said in answers.items() if name not in _BESIDE}, [*_named(text)]], sort_keys=True)
    # The short words too, and every mark: here one of them may turn round what was said.
    whole = blake2b(f"{same}\n{plain(text)}".encode(), digest_size=WHOLE, key=key).digest()
    if kept is not None and kept.whole == whole:
        return kept
    held = list(words_in(text))
    found = shingles(held)
    if len(held) < FEWEST or len(found) < FEWEST:
        return None
    smallest = _smallest(found, key)
    bands = (smallest[start : start + ROWS] for start in range(0, BANDS * ROWS, ROWS))
    rest = blake2b(same.encode(), key=key).digest()
    made = (blake2b(bytes([place]) + band.tobytes() + rest, digest_size=SIZE, key=key).digest() for place, band in enumerate(bands))
    return Worded(b"".join(made), len(held), whole)


def split(bands: bytes) -> list[bytes]:
    """The digests that stand side by side in `bands`."""
    return [bands[start : start + SIZE] for start in range(0, len(bands), SIZE)]


def is_retold(one: Worded, other: Worded) -> bool:
    """Whether both are told in nearly the same words."""
    return abs(one.length - other.length) <= APART and len({*one.digests} & {*other.digests}) >= ENOUGH


def is_the_same(one: Worded, other: Worded) -> bool:
    """Whether both are told in the same words, but for capitals and blanks."""
    return bool(one.whole) and one.whole == other.whole


def chance(share: float) -> float:
    """How likely two accounts are found that have `share` (0 to 1) of their shingles in common, all else being the same."""
    band = share**ROWS
    return sum(comb(BANDS, met) * band**met * (1 - band) ** (BANDS - met) for met in range(ENOUGH, BANDS + 1))


def _smallest(found: Iterable[str], key: bytes) -> array[int]:
    """By each hash the smallest value that a shingle has."""
    keyed, rows = shake_128(key), list["array[int]"]()
    for one in found:
        drawn = keyed.copy()
        drawn.update(one.encode())
        rows.append(array("I", drawn.digest(BANDS * ROWS * 4)))
    return array("I", map(min, zip(*rows, strict=True)))


def _named(text: str) -> Iterator[str]:
    """What may name somebody or something, in the order in which it stands there: a number, an address, a word with a capital letter."""
    for found in _RUN.finditer(text):
        bare = found[0].strip("".join(letter for letter in found[0] if not letter.isalnum()))
        bare = unicodedata.normalize("NFKC", bare)
        is_name = len(bare) > 1 and any(letter.isupper() for letter in bare)
        if is_name or any(letter.isdecimal() or letter in _SIGNS for letter in bare):
            yield bare.casefold()
