"""Text as it is compared for words: one form for capitals, for compatibility forms, for look-alike letters, for blanks.

Built on Unicode's compatibility decomposition (NFKD, equal exactly where NFKC is equal, and found letter by letter), its
case folding, and the look-alikes of its security data (UTS #39). Accents stay: in many languages they make another word.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

# Seen by nobody: format characters, variation selectors, fillers, joiners.
_UNSEEN = {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0, *range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)}


@dataclass(frozen=True, slots=True)
class Folded:
    """`text` as it is compared; letter i of it came from characters `places[i][0]` to before `places[i][1]` of the original."""

    text: str
    places: tuple[tuple[int, int], ...]

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Where letters `start` to before `end` (at least one) stood in the original."""
        return self.places[start][0], self.places[end - 1][1]


def fold(text: str) -> Folded:
    """`text` in the form that is compared, and where each letter of it came from."""
    letters: list[str] = []
    places: list[tuple[int, int]] = []
    for start, end in _clusters(text):
        for letter in _folded(text[start:end]):
            if letter == " " and letters[-1:] == [" "]:
                places[-1] = (places[-1][0], end)
                continue
            letters.append(letter)
            places.append((start, end))
    return Folded("".join(letters), tuple(places))


def plain(text: str) -> str:
    """`text` with only its capitals, its compatibility forms, its blanks and what nobody sees made one: as people mean to write it."""
    return " ".join(_compatible(_seen(text)).split())


def fold_beyond_ascii(text: str) -> str:
    """`text` folded but for its ASCII, which in a pattern has a meaning of its own."""
    return "".join(letter if letter.isascii() else _folded(letter) for letter in text)


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """The places of letters with all that belongs to them: decomposing one changes nothing in the next."""
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or not _joins(text[at]):
            yield start, at
            start = at


@lru_cache(maxsize=4096)
def _joins(letter: str) -> bool:
    return not letter.isascii() and (_is_unseen(letter) or unicodedata.combining(unicodedata.normalize("NFKD", letter)[0]) > 0)


@lru_cache(maxsize=16384)
def _folded(cluster: str) -> str:
    alike = _compatible("".join(_alike().get(letter, letter) for letter in _compatible(_seen(cluster))))
    return "".join(" " if letter.isspace() else letter for letter in alike)


def _seen(text: str) -> str:
    return "".join(letter for letter in text if not _is_unseen(letter))


def _is_unseen(letter: str) -> bool:
    return ord(letter) in _UNSEEN or unicodedata.category(letter) == "Cf"


def _compatible(text: str) -> str:
    """The compatibility decomposition, case-folded (Unicode, 3.13, D146)."""
    for _ in range(2):
        text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return text


@cache
def _alike() -> dict[str, str]:
    lines = resources.files(__package__).joinpath("data", "confusables.txt").read_text("utf-8").splitlines()
    pairs = (line.split(" ", 1) for line in lines if not line.startswith("#"))
    return {source: target for target, sources in pairs for source in sources}
