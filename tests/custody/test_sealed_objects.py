import random
from collections.abc import Callable
from uuid import UUID

import pytest
from cryptography.cobblestone import Cobblestone256Decryptor
from tests.custody.conftest import ONE, TWO, part_of

from cairndesk.custody.errors import CannotOpen, UnknownSuite
from cairndesk.custody.sealing import hpke, objects
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.custody.sealing.objects import CHUNK, TAG, Opened

ITEM, OTHER = UUID(int=7), UUID(int=8)
KEY = bytes(range(32))
MEANING = objects.context(organisation=ONE, item=ITEM, purpose="original")
_, PUBLIC = hpke.generate()
STORED, HEADER = CHUNK + TAG, 56
SECOND = HEADER + STORED
EDGES = [0, 1, CHUNK - 9, CHUNK - 8, CHUNK - 7, 2 * CHUNK - 8, 2 * CHUNK, 5 * CHUNK + 123]


def dice(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - a test that can be repeated


def made(length: int) -> bytes:
    return dice(length).randbytes(length)


def sealed(data: bytes) -> bytes:
    return b"".join(objects.encrypted(KEY, data, MEANING))


def opened(stored: bytes, *, key: bytes = KEY, meaning: bytes = MEANING) -> Opened:
    return Opened(key, meaning, lambda start, count: stored[start : start + count], len(stored))


@pytest.mark.parametrize("length", EDGES)
def test_what_goes_in_comes_out_at_every_edge_of_a_chunk(length: int) -> None:
    data = made(length)
    held = opened(sealed(data))
    assert (held.size, held.read()) == (length, data)


def test_it_is_the_published_format_that_others_read_too() -> None:
    data = made(3 * CHUNK)
    theirs = Cobblestone256Decryptor(KEY, MEANING)
    plain = theirs.update(sealed(data)) + theirs.finalize()
    assert plain[:8] == len(data).to_bytes(8, "big")
    assert plain[8:].rstrip(b"\0") == data.rstrip(b"\0")
    assert len(plain) == objects.padded(8 + len(data))


def test_any_part_can_be_read_alone_and_asks_for_no_other_chunk() -> None:
    data, thrown = made(9 * CHUNK + 77), dice(1)
    stored, asked = sealed(data), []

    def fetch(start: int, count: int) -> bytes:
        asked.append(start)
        return stored[start : start + count]

    held = Opened(KEY, MEANING, fetch, len(stored))
    for _ in range(60):
        start, count = thrown.randrange(len(data) + 10), thrown.randrange(3 * CHUNK)
        assert held.read(start, count) == data[start : start + count]
    asked.clear()
    assert held.read(4 * CHUNK, 100) == data[4 * CHUNK : 4 * CHUNK + 100]
    assert asked == [HEADER + 4 * STORED]
    assert (held.read(len(data)), held.read(0, 0)) == (b"", b"")


@pytest.mark.parametrize(
    "meaning",
    [
        objects.context(organisation=TWO, item=ITEM, purpose="original"),
        objects.context(organisation=ONE, item=OTHER, purpose="original"),
        objects.context(organisation=ONE, item=ITEM, purpose="note"),
        objects.context(organisation=ONE, item=ITEM, purpose="original", suite=objects.WHOLE),
        b"",
    ],
)
def test_it_opens_for_nothing_but_what_it_was_sealed_for(meaning: bytes) -> None:
    stored = sealed(made(100))
    with pytest.raises(CannotOpen):
        opened(stored, meaning=meaning)
    with pytest.raises(CannotOpen):
        opened(stored, key=bytes(32))


def swapped(stored: bytes, one: int, other: int) -> bytes:
    parts = [stored[at : at + STORED] for at in range(HEADER, len(stored), STORED)]
    parts[one], parts[other] = parts[other], parts[one]
    return stored[:HEADER] + b"".join(parts)


def other() -> bytes:
    return sealed(made(6 * CHUNK))


TAMPERED: dict[str, Callable[[bytes], bytes]] = {
    "cut by a byte": lambda stored: stored[:-1],
    "cut at the end of a chunk": lambda stored: stored[: HEADER + 3 * STORED],
    "cut to its header": lambda stored: stored[:HEADER],
    "cut within its header": lambda stored: stored[:20],
    "nothing left": lambda _: b"",
    "lengthened": lambda stored: stored + b"\0",
    "a chunk left out": lambda stored: stored[:HEADER] + stored[HEADER + STORED :],
    "a chunk doubled": lambda stored: stored[: HEADER + STORED] + stored[HEADER:],
    "the first two reordered": lambda stored: swapped(stored, 0, 1),
    "two in the middle reordered": lambda stored: swapped(stored, 2, 3),
    "another object's chunk": lambda stored: stored[:SECOND] + other()[SECOND : SECOND + STORED] + stored[SECOND + STORED :],
    "another object's header": lambda stored: other()[:HEADER] + stored[HEADER:],
}  # fmt: skip


@pytest.mark.parametrize("way", TAMPERED)
def test_it_refuses_an_object_that_was_cut_reordered_or_put_together(way: str) -> None:
    stored = TAMPERED[way](sealed(made(6 * CHUNK)))
    with pytest.raises(CannotOpen):
        opened(stored).read()


def test_a_single_flipped_bit_is_found_wherever_it_is() -> None:
    stored = sealed(made(2 * CHUNK))
    thrown = dice(2)
    places = [*range(HEADER + 20), *thrown.sample(range(len(stored)), 300), *range(len(stored) - 20, len(stored))]
    for place in places:
        broken = bytearray(stored)
        broken[place] ^= 1 << thrown.randrange(8)
        with pytest.raises(CannotOpen):
            opened(bytes(broken)).read()


def test_the_size_on_disk_is_shared_by_many_sizes_and_costs_at_most_an_eighth() -> None:
    assert {len(sealed(made(length))) for length in (0, 5, 2000, 4088)} == {HEADER + 4096 + TAG}
    near = {len(sealed(bytes(length))) for length in (1_000_000, 1_000_001, 1_000_400)}
    assert len(near) == 1
    thrown = dice(3)
    for length in [thrown.randrange(4096, 1 << 34) for _ in range(2000)]:
        assert length <= objects.padded(length) <= length * 9 // 8
        assert objects.padded(objects.padded(length)) == objects.padded(length)


def test_two_objects_with_the_same_bytes_have_nothing_in_common() -> None:
    one, two = sealed(made(CHUNK)), sealed(made(CHUNK))
    assert one[:HEADER] != two[:HEADER]
    assert one[HEADER : HEADER + 64] != two[HEADER : HEADER + 64]
    keys = [objects.new_key(PUBLIC, bytes(32), MEANING) for _ in range(2)]
    assert keys[0][0] != keys[1][0]


def test_the_key_of_an_object_needs_both_its_parts(ring: Keyring) -> None:
    key, wrapped = objects.new_key(ring.own_public(ONE), part_of(ITEM), MEANING)
    where = {"organisation": ONE, "item": ITEM, "purpose": "original", "suite": objects.CURRENT}
    assert objects.key_of(ring, part_of, wrapped, **where) == (key, MEANING)  # type: ignore[arg-type]
    assert objects.key_of(ring, lambda _: bytes(32), wrapped, **where)[0] != key  # type: ignore[arg-type]
    with pytest.raises(CannotOpen):
        objects.key_of(ring, part_of, wrapped, **where | {"suite": objects.WHOLE})  # type: ignore[arg-type]
    with pytest.raises(UnknownSuite):
        objects.key_of(ring, part_of, wrapped, **where | {"suite": 9})  # type: ignore[arg-type]


def test_an_object_of_the_first_suite_still_has_its_key_and_asks_for_no_second_part(ring: Keyring) -> None:
    where = {"organisation": ONE, "item": ITEM, "purpose": "original", "suite": objects.WHOLE}
    meaning = objects.context(**where)  # type: ignore[arg-type]
    wrapped = hpke.seal(ring.own_public(ONE), KEY, meaning)

    def none(item: UUID) -> bytes:
        raise AssertionError(item)

    assert objects.key_of(ring, none, wrapped, **where) == (KEY, meaning)  # type: ignore[arg-type]


def test_sealing_never_holds_more_than_a_few_chunks_more() -> None:
    pieces = [len(piece) for piece in objects.encrypted(KEY, made(2_000_000), MEANING)]
    assert max(pieces) < 6 * CHUNK
    assert sum(pieces) == len(sealed(made(2_000_000)))
