"""The hashes that came after the base of an index: few, and read one after the other for each question."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cairndesk.signals.engine.near.index import Entry
from cairndesk.signals.engine.near.layout import WORDS
from cairndesk.signals.engine.near.tables import Kernel, Words


class Tail:
    """Entries in the order in which they came. One thread at a time may add; others may ask meanwhile."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._entries: list[Entry] = []
        self._words: Words = np.zeros((64, WORDS), np.uint64)

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, entries: Sequence[Entry]) -> None:
        """The entries answer from now on."""
        held, wanted = len(self._entries), len(self._entries) + len(entries)
        if wanted > len(self._words):
            self._words = np.concatenate([self._words, np.zeros((max(wanted, held), WORDS), np.uint64)])
        self._words[held:wanted] = np.frombuffer(b"".join(entry.hash for entry in entries), dtype="<u8").reshape(-1, WORDS)
        # Last, because whoever asks reads this length first.
        self._entries.extend(entries)

    def entries(self) -> list[Entry]:
        """All of them, in the order in which they came."""
        return list(self._entries)

    def near(self, questions: Words, distance: int) -> list[tuple[Entry, int, int]]:
        """Each entry within `distance` bits of a question, with the distance and the number of the question."""
        held, entries, words = len(self._entries), self._entries, self._words
        if not held:
            return []
        found = self._kernel.scan(words[:held], questions, distance)
        of: NDArray[np.int64] = np.repeat(np.arange(len(questions)), found.counts)
        return [(entries[place], apart, form) for place, apart, form in zip(found.places, found.distances.tolist(), of.tolist(), strict=True)]
