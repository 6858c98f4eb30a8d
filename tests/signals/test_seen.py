"""What was seen before, packed: it comes back as it went in, without whom it should, and a damaged one is refused."""

from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cairndesk.lib.ids import new_id
from cairndesk.signals.engine.identifiers import recognise
from cairndesk.signals.engine.seen import Block, Looks, block_of, decode, encode, joined, looks_of, together
from cairndesk.signals.errors import IndexDamaged

CASES = [new_id() for _ in range(4)]
A_LOOK = st.builds(
    Looks,
    st.lists(st.binary(min_size=16, max_size=16), max_size=4, unique=True).map(lambda some: tuple(sorted(some))),
    st.lists(st.binary(min_size=32, max_size=32), max_size=9, unique=True).map(lambda some: tuple(sorted(some))),
)
SEEN = st.dictionaries(st.sampled_from(CASES), A_LOOK, max_size=4)


def told(block: Block) -> dict[UUID, Looks]:
    """What the block has of each case."""
    cases = block.ids(range(len(block.cases)))
    keys, hashes = ({case: set() for case in cases} for _ in range(2))
    for row, of in zip(block.keys, block.key_cases, strict=True):
        keys[cases[of]].add(row.tobytes())
    for row, of in zip(block.hashes, block.hash_cases, strict=True):
        hashes[cases[of]].add(row.tobytes())
    return {case: Looks(tuple(sorted(keys[case])), tuple(sorted(hashes[case]))) for case in cases}


def both(one: dict[UUID, Looks], other: dict[UUID, Looks]) -> dict[UUID, Looks]:
    nothing = Looks((), ())
    pairs = ((case, one.get(case, nothing), other.get(case, nothing)) for case in {*one, *other})
    return {case: Looks(tuple(sorted({*a.keys, *b.keys})), tuple(sorted({*a.hashes, *b.hashes}))) for case, a, b in pairs}


@settings(deadline=None, max_examples=40)
@given(SEEN)
def test_it_comes_back_as_it_went_in_and_what_lies_behind_it_does_not_count(seen: dict[UUID, Looks]) -> None:
    assert told(decode(encode(block_of(seen)) + bytes(77))) == seen


@settings(deadline=None, max_examples=40)
@given(SEEN, SEEN)
def test_blocks_are_joined_case_by_case_with_nothing_twice(one: dict[UUID, Looks], other: dict[UUID, Looks]) -> None:
    block = joined([block_of(one), block_of(other), block_of(one)])
    assert told(block) == both(one, other)
    assert len(block.keys) == sum(len(looks.keys) for looks in both(one, other).values())
    assert told(together([block_of(one), block_of(other)])) == both(one, other)


@settings(deadline=None, max_examples=40)
@given(SEEN)
def test_a_case_that_is_left_out_leaves_nothing(seen: dict[UUID, Looks]) -> None:
    left = joined([block_of(seen)], without=CASES[0])
    assert told(left) == {case: looks for case, looks in seen.items() if case != CASES[0]}
    rest = {row for case, looks in seen.items() if case != CASES[0] for row in (*looks.keys, *looks.hashes)}
    for row in {*seen[CASES[0]].keys, *seen[CASES[0]].hashes} - rest if CASES[0] in seen else ():
        assert row not in {*map(bytes, left.keys), *map(bytes, left.hashes)}


@pytest.mark.parametrize("wrong", [b"", bytes(15), bytes(16), b"\2" + bytes(40), b"\1\0\0\0\xff\xff\xff\xff" + bytes(40)])
def test_what_is_no_block_is_refused(wrong: bytes) -> None:
    with pytest.raises(IndexDamaged):
        decode(wrong)


def test_a_block_that_names_a_case_it_does_not_have_is_refused() -> None:
    block = block_of({CASES[0]: Looks((bytes(16),), ())})
    with pytest.raises(IndexDamaged):
        decode(encode(Block(block.cases, block.keys, np.array([1], np.uint32), block.hashes, block.hash_cases)))


def test_the_digest_tells_whether_the_same_was_seen() -> None:
    one, other = recognise("https://pics.example/a"), recognise("https://pics.example/b")
    assert looks_of([*one, *other]).digest() == looks_of([*other, *one, *one]).digest()
    assert looks_of(one).digest() != looks_of(other).digest()
    assert Looks((bytes(16), bytes(16)), ()).digest() != Looks((), (bytes(32),)).digest()
