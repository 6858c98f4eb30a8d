"""What was seen before, packed for a look-back: of each case the keys under which a list could have it, and how its pictures look.

The forms of a picture stand on this side, all eight, because only who had the picture knows them exactly; a new entry of a list is
compared as it is. Everything else is kept as the 16 bytes that stand for a value, one for each way in which a list may write it
(`every_key` in `keys.py`), so that new entries are found by equality.

    4 x 4      little-endian: version, how many cases, keys and hashes
    cases      16 bytes each
    keys       16 bytes each, then of each the number of its case (4 bytes)
    hashes     32 bytes each, then of each the number of its case (4 bytes)

It is sealed as a whole (`signals/actions/seen.py`); what is behind its end does not count.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from cairndesk.signals.engine.exact.keys import TEXT_BYTES, text_key
from cairndesk.signals.engine.identifiers import Identifier, Kind
from cairndesk.signals.engine.keys import every_key
from cairndesk.signals.engine.near.layout import HASH_BYTES
from cairndesk.signals.errors import IndexDamaged

_VERSION, _CASE_BYTES = 1, 16
_Bytes = NDArray[np.uint8]
_Numbers = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Looks:
    """What is kept of one case: its keys and the hashes of its pictures in all their forms, each once and in order."""

    keys: tuple[bytes, ...]
    hashes: tuple[bytes, ...]

    def digest(self) -> str:
        """Equal where the same was seen."""
        return sha256(b"".join([len(self.keys).to_bytes(4, "big"), *self.keys, *self.hashes])).hexdigest()


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Many cases together: `cases` has shape (k, 16), `keys` (n, 16), `hashes` (m, 32); beside these the place of their case in `cases`."""

    cases: _Bytes
    keys: _Bytes
    key_cases: _Numbers
    hashes: _Bytes
    hash_cases: _Numbers

    def ids(self, places: Iterable[int]) -> list[UUID]:
        """The cases at `places`: a million ids take longer than all that is compared, so that only those are made which somebody wants."""
        return [UUID(bytes=self.cases[place].tobytes()) for place in places]


def looks_of(identifiers: Iterable[Identifier]) -> Looks:
    """What is kept of these identifiers, with every form of a picture that is among them."""
    keys, hashes = set[bytes](), set[bytes]()
    for identifier in identifiers:
        if identifier.kind is Kind.PDQ:
            hashes.add(bytes.fromhex(identifier.value))
        else:
            keys.update(text_key(*key) for key, _ in every_key(identifier))
    return Looks(tuple(sorted(keys)), tuple(sorted(hashes)))


def block_of(seen: Mapping[UUID, Looks]) -> Block:
    """The cases of `seen` together."""
    many = np.arange(len(seen), dtype=np.uint32)
    return Block(
        _table([case.bytes for case in seen], _CASE_BYTES),
        _table([key for looks in seen.values() for key in looks.keys], TEXT_BYTES),
        np.repeat(many, [len(looks.keys) for looks in seen.values()]),
        _table([one for looks in seen.values() for one in looks.hashes], HASH_BYTES),
        np.repeat(many, [len(looks.hashes) for looks in seen.values()]),
    )


def joined(blocks: Sequence[Block], *, without: UUID | None = None) -> Block:
    """All of `blocks` as one; a case that is in several comes together, and `without` is left out."""
    left_out = {without.bytes} if without else set[bytes]()
    cases = sorted({case.tobytes() for block in blocks for case in block.cases} - left_out)
    places = {case: at for at, case in enumerate(cases)}
    parts = [_renamed(block, places) for block in blocks]
    keys = _once([(keys, of) for keys, of, _, _ in parts], TEXT_BYTES)
    hashes = _once([(hashes, of) for _, _, hashes, of in parts], HASH_BYTES)
    return Block(_table(cases, _CASE_BYTES), *keys, *hashes)


def together(blocks: Sequence[Block]) -> Block:
    """All of `blocks` one after the other, in no time; a case that is in several stays in each."""
    if len(blocks) == 1:
        return blocks[0]
    before = np.cumsum([0, *(len(block.cases) for block in blocks)], dtype=np.uint32)
    pairs = list(zip(blocks, before, strict=False))
    return Block(
        np.concatenate([block.cases for block in blocks]),
        np.concatenate([block.keys for block in blocks]),
        np.concatenate([block.key_cases + first for block, first in pairs]),
        np.concatenate([block.hashes for block in blocks]),
        np.concatenate([block.hash_cases + first for block, first in pairs]),
    )


def encode(block: Block) -> bytes:
    """`block` as bytes."""
    head = np.array([_VERSION, len(block.cases), len(block.keys), len(block.hashes)], "<u4")
    tables = (block.keys, block.key_cases.astype("<u4"), block.hashes, block.hash_cases.astype("<u4"))
    return b"".join([head.tobytes(), block.cases.tobytes(), *(table.tobytes() for table in tables)])


def decode(data: bytes) -> Block:
    """The block in `data`; raises IndexDamaged."""
    try:
        version, cases, keys, hashes = np.frombuffer(data, "<u4", 4).tolist()
        if version != _VERSION:
            raise IndexDamaged(f"What was seen before is kept in version {version}.")
        start = 16 + _CASE_BYTES * cases
        ids = np.frombuffer(data, np.uint8, start - 16, 16).reshape(-1, _CASE_BYTES)
        after = start + (TEXT_BYTES + 4) * keys
        block = Block(ids, *_cut(data, start, keys, TEXT_BYTES), *_cut(data, after, hashes, HASH_BYTES))
    except ValueError as wrong:
        raise IndexDamaged("What was seen before is cut short.") from wrong
    if max(block.key_cases.max(initial=0), block.hash_cases.max(initial=0)) >= max(cases, 1):
        raise IndexDamaged("What was seen before names a case that it does not have.")
    return block


def _table(rows: list[bytes], width: int) -> _Bytes:
    return np.frombuffer(b"".join(rows), np.uint8).reshape(-1, width)


def _cut(data: bytes, start: int, many: int, width: int) -> tuple[_Bytes, _Numbers]:
    return np.frombuffer(data, np.uint8, width * many, start).reshape(-1, width), np.frombuffer(data, "<u4", many, start + width * many)


def _renamed(block: Block, places: Mapping[bytes, int]) -> tuple[_Bytes, NDArray[np.int64], _Bytes, NDArray[np.int64]]:
    """The rows of the cases that stay, with the places that these have now."""
    at = np.array([places.get(case.tobytes(), -1) for case in block.cases], np.int64)
    of_keys, of_hashes = at[block.key_cases], at[block.hash_cases]
    return block.keys[of_keys >= 0], of_keys[of_keys >= 0], block.hashes[of_hashes >= 0], of_hashes[of_hashes >= 0]


def _once(parts: Sequence[tuple[_Bytes, NDArray[np.int64]]], width: int) -> tuple[_Bytes, _Numbers]:
    rows = np.concatenate([np.zeros((0, width), np.uint8), *(rows for rows, _ in parts)])
    of = np.concatenate([np.zeros(0, np.int64), *(of for _, of in parts)]).astype(">u4")
    both = np.ascontiguousarray(np.concatenate([of.view(np.uint8).reshape(-1, 4), rows], axis=1))
    kept = np.unique(both.view(f"V{width + 4}").ravel()).view(np.uint8).reshape(-1, width + 4)
    return np.ascontiguousarray(kept[:, 4:]), np.ascontiguousarray(kept[:, :4]).view(">u4").ravel().astype(np.uint32)
