"""One table that is asked: for one key in plain Python, for many in NumPy, with the same answers."""

import struct
from bisect import bisect_left, bisect_right

import numpy as np
from numpy.typing import NDArray

from cairndesk.signals.engine.exact.build import prefixes, rests
from cairndesk.signals.engine.exact.tables import Equal, Table
from cairndesk.signals.errors import IndexDamaged

_FEW, _BLOCK = 16, 1 << 16
_first_word = struct.Struct(">I").unpack_from


class Lookup:
    """Answers from one table; any number of threads may ask. A table that was damaged gives a wrong answer or IndexDamaged."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._shift, self._whole = 32 - table.bits, table.bits // 8
        self._offsets, self._rows = table.offsets.data, table.rows.view(np.uint8).data
        rest, _, number = (table.rows.dtype[at].itemsize for at in range(3))
        self._row_bytes, self._rest_bytes = table.rows.itemsize, rest
        self._row = struct.Struct(f"<{rest}sI{'B' if number == 1 else 'H'}").unpack_from

    def __len__(self) -> int:
        return len(self._table.rows)

    def find(self, key: bytes) -> list[tuple[int, int]]:
        """Number and list of every entry with this key, in the order in which they came in."""
        (word,) = _first_word(key)
        prefix = word >> self._shift
        start, end = self._offsets[prefix], self._offsets[prefix + 1]
        if start == end:
            return []
        found, rest = [], key[self._whole :]
        try:
            if end - start > _FEW:
                start, end = self._narrow(rest, start, end)
            rows, row, long = self._rows, self._row, self._row_bytes
            for at in range(start * long, end * long, long):
                held, ref, number = row(rows, at)
                if held == rest:
                    found.append((ref, number))
        except struct.error as wrong:
            raise IndexDamaged from wrong
        return found

    def find_many(self, keys: NDArray[np.uint8]) -> Equal:
        """The same for all keys, of shape (m, bytes of a key)."""
        found = [self._block(keys[at : at + _BLOCK]) for at in range(0, max(1, len(keys)), _BLOCK)]
        counts, rows = (np.concatenate(parts) for parts in zip(*found, strict=True))
        return Equal(counts, rows["ref"], rows["list"])

    def _block(self, keys: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.void]]:
        first, rest = prefixes(keys, self._table.bits), rests(keys, self._table.bits)
        starts, ends = self._table.offsets[first].astype(np.int64), self._table.offsets[first + np.uint32(1)].astype(np.int64)
        if np.any((starts > ends) | (ends > len(self))):
            raise IndexDamaged
        for at in np.flatnonzero(ends - starts > _FEW):
            starts[at], ends[at] = self._narrow(keys[at, self._whole :].tobytes(), int(starts[at]), int(ends[at]))
        many = ends - starts
        of = np.repeat(np.arange(len(keys)), many)
        rows = self._table.rows.take(np.repeat(starts - np.cumsum(many) + many, many) + np.arange(len(of)))
        same = rows["rest"] == rest[of]
        return np.bincount(of[same], minlength=len(keys)), rows[same]

    def _narrow(self, rest: bytes, start: int, end: int) -> tuple[int, int]:
        """Where `rest` stands in a bucket that is too full to be read, which chance does not make but a hostile list may."""
        first = bisect_left(range(end), rest, start, end, key=self._rest)
        return first, bisect_right(range(end), rest, first, end, key=self._rest)

    def _rest(self, place: int) -> bytes:
        at = place * self._row_bytes
        return self._rows[at : at + self._rest_bytes].tobytes()
