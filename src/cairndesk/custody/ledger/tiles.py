"""A log as static files that anybody's tools can read (C2SP tlog-tiles): which files a log of some size has, and what is in them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# The newest checkpoint, and beside it, which the standard does not know, the newest that witnesses have signed: that may be older.
CHECKPOINT, WITNESSED = "checkpoint", "checkpoint.witnessed"
# Hashes, or entries, of a full tile: the root over one is one hash of the tile above it.
WIDTH = 256
_LONGEST_ENTRY = 2**16 - 1


@dataclass(frozen=True, slots=True)
class Tile:
    """The `width` hashes from the `index`-th group of 256 on at `level`; those of level 0 come with a bundle of their entries."""

    level: int
    index: int
    width: int

    @property
    def hashes(self) -> range:
        """The places, in its level, of the hashes that it holds."""
        return range(self.index * WIDTH, self.index * WIDTH + self.width)

    @property
    def path(self) -> str:
        """Where its hashes lie."""
        return self._at(str(self.level))

    @property
    def bundle(self) -> str:
        """Where its entries lie, at level 0."""
        return self._at("entries")

    @property
    def partials(self) -> tuple[str, str]:
        """The folders of what came before it was full: superseded once it is."""
        return f"{self.filled().path}.p", f"{self.filled().bundle}.p"

    def filled(self) -> "Tile":
        """The same tile with all its hashes."""
        return Tile(self.level, self.index, WIDTH)

    def _at(self, level: str) -> str:
        digits = f"{self.index:03d}"
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        *above, last = (digits[at : at + 3] for at in range(0, len(digits), 3))
        return f"tile/{level}/{''.join(f'x{part}/' for part in above)}{last}" + ("" if self.width == WIDTH else f".p/{self.width}")


def tiles(size: int, *, since: int = 0) -> Iterator[Tile]:
    """The tiles of a log of `size` entries, lower levels first; with `since`, only those that one of that size does not have already."""
    level, held, before = 0, size, since
    while held > before:
        for index in range(before // WIDTH, -(-held // WIDTH)):
            yield Tile(level, index, min(WIDTH, held - index * WIDTH))
        level, held, before = level + 1, held // WIDTH, before // WIDTH


def bundled(entries: Sequence[bytes]) -> bytes:
    """Entries end to end, each behind its length in two bytes; raises ValueError for one that is longer than that can say."""
    if any(len(entry) > _LONGEST_ENTRY for entry in entries):
        raise ValueError("An entry is too long for a bundle.")
    return b"".join(len(entry).to_bytes(2) + entry for entry in entries)
