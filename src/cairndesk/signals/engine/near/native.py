"""The compiled half: `match.c` through ctypes, which needs no headers of Python and releases the GIL."""

import ctypes
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from cairndesk.signals.engine.compiled import at, library
from cairndesk.signals.engine.near.layout import Chunk, flips, packed_bytes
from cairndesk.signals.engine.near.tables import Laid, Near, Searcher, Tables, Words
from cairndesk.signals.errors import IndexDamaged

_MOST_CHUNKS, _ROOM = 16, 256
_COUNT, _PLACE, _DISTANCE = 8, 4, 2
_Array = NDArray[np.generic]
_P, _N = ctypes.c_void_p, ctypes.c_int64
_NEAR = (_P, _P, _N, ctypes.c_uint32, _P, _P, _N, _P)


class _Chunk(ctypes.Structure):
    _fields_ = [
        *((name, ctypes.c_uint32) for name in ("first", "width", "next_first", "next_width")),
        *((name, ctypes.c_void_p) for name in ("base", "ends", "wide", "sketches", "ids", "flips")),
        ("wide_length", ctypes.c_uint64),
    ]


class _Index(ctypes.Structure):
    _fields_ = [
        ("size", ctypes.c_uint64),
        *((name, ctypes.c_uint32) for name in ("chunks", "id_bits", "block_bits", "unused")),
        ("hashes", ctypes.c_void_p),
        ("chunk", _Chunk * _MOST_CHUNKS),
    ]


def order(words: Words, chunk: Chunk) -> NDArray[np.uint32]:
    """The order of the hashes by the value of `chunk`; equal ones stay as they came."""
    return lay(words, chunk, 32)[2][: len(words) * 4].view("<u4")


def lay(words: Words, chunk: Chunk, id_bits: int) -> Laid:
    """How many hashes have each value of `chunk`, and in the order of the values their sketches and numbers."""
    kernel, size = _library(), len(words)
    counts, laid = np.zeros(1 << chunk.width, np.uint32), np.empty(size, np.uint16)
    ids = np.zeros(packed_bytes(size, id_bits) if id_bits else 0, np.uint8)
    cut = (chunk.first, chunk.width, chunk.next_first, chunk.next_width)
    room = np.empty(size, np.uint64)
    kernel.cairn_lay(at(words), ctypes.c_uint64(size), *cut, at(counts), at(laid), at(ids) if id_bits else None, id_bits, at(room))
    return counts, laid, ids


def searcher(tables: Tables) -> Searcher:
    """What answers questions from `tables`: all hashes within a distance of each. Any number of threads may ask."""
    index, kept = _index(tables)
    near, by = _library().cairn_near, ctypes.byref(index)
    near.argtypes = _NEAR

    def answer(questions: Words, distance: int) -> Near:
        many, room = len(questions), len(questions) + _ROOM
        questions = np.ascontiguousarray(questions)
        while True:
            # One piece of memory for all answers: to ask an array where it lies takes longer than to look up most hashes of a small list.
            answers = np.empty(many * _COUNT + room * (_PLACE + _DISTANCE), np.uint8)
            counts = answers.ctypes.data
            places = counts + many * _COUNT
            found = near(by, questions.ctypes.data, many, distance, places, places + room * _PLACE, room, counts)
            if found < 0:
                raise IndexDamaged
            if found <= room:
                return _near(answers, many, room, found)
            room = found

    answer.kept = kept  # type: ignore[attr-defined] # the tables live as long as what points into them
    return answer


def _near(answers: NDArray[np.uint8], many: int, room: int, found: int) -> Near:
    places = many * _COUNT
    distances = places + room * _PLACE
    return Near(
        answers[:places].view(np.int64),
        answers[places : places + found * _PLACE].view(np.uint32),
        answers[distances : distances + found * _DISTANCE].view(np.uint16),
    )


def scan(words: Words, questions: Words, distance: int) -> Near:
    """The same by reading all hashes one after the other."""
    read = _library().cairn_scan

    def one(question: Words) -> tuple[NDArray[np.uint32], NDArray[np.uint16]]:
        asked = (at(words), ctypes.c_uint64(len(words)), at(question), distance)
        return _room(lambda room: read(*asked, *room), _ROOM)

    found = [one(question) for question in np.ascontiguousarray(questions)]
    places, distances = [some for some, _ in found], [some for _, some in found]
    counts = np.array([len(some) for some in places], dtype=np.int64)
    return Near(counts, np.concatenate([np.zeros(0, np.uint32), *places]), np.concatenate([np.zeros(0, np.uint16), *distances]))


def _room(ask: Callable[[tuple[object, ...]], int], room: int) -> tuple[NDArray[np.uint32], NDArray[np.uint16]]:
    """Ask with room for that many answers, and once more when there were more of them."""
    while True:
        places, distances = np.empty(room, np.uint32), np.empty(room, np.uint16)
        found = ask((at(places), at(distances), ctypes.c_int64(room)))
        if found < 0:
            raise IndexDamaged
        if found <= room:
            return places[:found], distances[:found]
        room = found


def _index(tables: Tables) -> tuple[_Index, list[_Array]]:
    """The tables as the kernel wants them, and everything that has to stay in memory meanwhile."""
    kept: list[_Array] = [tables.hashes]
    chunks = (_Chunk * _MOST_CHUNKS)()
    for place, (cut, own) in enumerate(zip(tables.layout.chunks, tables.postings, strict=True)):
        arrays = (own.base, own.ends, own.wide, own.sketches, own.ids, flips(cut.width))
        kept.extend(arrays)
        places = [array.ctypes.data if array.size else None for array in arrays]
        chunks[place] = _Chunk(cut.first, cut.width, cut.next_first, cut.next_width, *places, len(own.wide))
    return _Index(len(tables.hashes), len(tables.layout.chunks), tables.layout.id_bits, tables.block_bits, 0, tables.hashes.ctypes.data, chunks), kept


def _library() -> ctypes.CDLL:
    found = library()
    if found is None:
        raise RuntimeError("no compiled kernel is here")
    return found
