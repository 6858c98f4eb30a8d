"""Which accounts in the memory of the unlocked desk are told in nearly the same words: found by their sketches, without comparing each with each."""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterable
from secrets import token_bytes
from uuid import UUID

from cairndesk.review.rules.likeness import KEPT, NEARLY, resemblance, sketch

EACH = 80 + (KEPT + 1) * 4 + 8 * 8
"""Bytes that an account takes here, at most, as counted."""
_LOOKED_UP = 8
"""Of a sketch the marks by which it is found: the chance that two which share half of their shingles have none in common is under 1 in 100."""
_SHELVES = 64
_MOST_MET, _MOST_COMPARED = 5_000, 200
_NUMBER = (1 << 32) - 1


class Likeness:
    """The sketches of one index, by the number that each account has there. Whoever holds it sees to it that one thread is in it at a time."""

    def __init__(self) -> None:
        self._key = token_bytes(32)
        self._sketches: dict[int, array[int]] = {}
        # Mark and number in one, sorted, so that all with a mark stand side by side; many short shelves, so that putting one in moves little.
        self._shelves = [array("Q") for _ in range(_SHELVES)]

    def sketch(self, words: Iterable[str], organisation: UUID) -> array[int]:
        """What is kept of `words`, told to `organisation`."""
        return sketch(words, key=self._key, organisation=organisation)

    def keep(self, number: int, held: array[int]) -> None:
        """Afterwards the account is found by what is like it; one that is too short is not."""
        if not held:
            return
        self._sketches[number] = held
        for mark in held[:_LOOKED_UP]:
            insort(self._shelves[mark % _SHELVES], mark << 32 | number)

    def drop(self, number: int) -> None:
        """Afterwards nothing of the account is left here."""
        for mark in self._sketches.pop(number, ())[:_LOOKED_UP]:
            shelf = self._shelves[mark % _SHELVES]
            del shelf[bisect_left(shelf, mark << 32 | number)]

    def near(self, number: int) -> dict[int, float]:
        """The others that are told in nearly the same words as this one, with how alike they are (from NEARLY to 1).

        Of a crowd that shares the same words not all are compared: those that share the most marks, and of these the last that came.
        """
        mine = self._sketches.get(number)
        if mine is None:
            return {}
        met: Counter[int] = Counter()
        for mark in mine[:_LOOKED_UP]:
            shelf = self._shelves[mark % _SHELVES]
            end = bisect_left(shelf, mark + 1 << 32)
            begin = max(bisect_left(shelf, mark << 32, 0, end), end - _MOST_MET)
            met.update(one & _NUMBER for one in reversed(shelf[begin:end]))
        del met[number]
        compared = ((other, resemblance(mine, self._sketches[other])) for other, _ in met.most_common(_MOST_COMPARED))
        return {other: alike for other, alike in compared if alike >= NEARLY}
