"""The prefix index answers exactly as a dictionary does, one question at a time and many at once."""

import contextlib
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from cairndesk.signals.engine.container import Listed
from cairndesk.signals.engine.exact.build import build
from cairndesk.signals.engine.exact.gather import Entry
from cairndesk.signals.engine.exact.index import ExactIndex, Hit
from cairndesk.signals.engine.exact.keys import key_bytes, keyer
from cairndesk.signals.engine.exact.lookup import Lookup
from cairndesk.signals.engine.exact.tables import PREFIXES, Equal, prefix_bits, row_type
from cairndesk.signals.engine.identifiers import HASH_DIGITS, Kind
from cairndesk.signals.errors import IndexDamaged

Keys = NDArray[np.uint8]
Answers = list[list[tuple[int, int]]]
LENGTHS = (16, 20, 32)


def random(size: int, length: int, seed: int = 1) -> Keys:
    return np.random.default_rng(seed).integers(0, 256, (size, length), dtype=np.uint8)


def by_dictionary(keys: Keys, lists: NDArray[np.integer], questions: Keys) -> Answers:
    held = defaultdict(list)
    for ref, (key, number) in enumerate(zip(keys, lists.tolist(), strict=True)):
        held[key.tobytes()].append((ref, number))
    return [held[question.tobytes()] for question in questions]


def answers(found: Equal) -> Answers:
    pairs = list(zip(found.refs.tolist(), found.lists.tolist(), strict=True))
    ends = np.cumsum(found.counts).tolist()
    return [pairs[end - many : end] for many, end in zip(found.counts.tolist(), ends, strict=True)]


def compare(keys: Keys, *, bits: int | None = None, others: Keys | None = None) -> None:
    """Ask for every key and for some that are not there."""
    lists = (np.arange(len(keys)) % 3).astype(np.uint8)
    lookup = Lookup(build(keys, np.arange(len(keys), dtype=np.uint32), lists, bits=bits))
    questions = np.concatenate([keys, random(20, keys.shape[1], 9), *([] if others is None else [others])])
    expected = by_dictionary(keys, lists, questions)
    assert [lookup.find(question.tobytes()) for question in questions] == expected
    assert answers(lookup.find_many(questions)) == expected


def alike(size: int, length: int, same: int, alphabet: int, seed: int) -> Keys:
    """Keys that begin with the same bytes and go on with few different ones, zeros among them."""
    keys = np.random.default_rng(seed).integers(0, alphabet, (size, length), dtype=np.uint8)
    keys[:, :same] = 200
    return keys


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(
    st.integers(0, 300), st.sampled_from(LENGTHS), st.integers(0, 32), st.sampled_from([1, 2, 256]), st.sampled_from([None, *PREFIXES[:3]]),
    st.integers(0, 1000), st.integers(1, 4),
)  # fmt: skip
def test_it_answers_as_a_dictionary(size: int, length: int, same: int, alphabet: int, bits: int | None, seed: int, repeats: int) -> None:
    keys = alike(size, length, same, alphabet, seed)
    compare(np.repeat(keys, repeats, axis=0)[np.random.default_rng(seed).permutation(size * repeats)], bits=bits)


VALUES = {
    **dict.fromkeys(Kind, st.text(max_size=40)),
    **{kind: st.binary(min_size=key_bytes(kind), max_size=key_bytes(kind)).map(bytes.hex) for kind in HASH_DIGITS},
}
VALUED = st.sampled_from(list(VALUES)).flatmap(lambda kind: st.tuples(st.just(kind), VALUES[kind]))
LISTS = (Listed("one", 0, "by hand"), Listed("other", 31, "from a partner"))


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(st.lists(VALUED, max_size=40), st.lists(VALUED, max_size=10), st.data())
def test_every_kind_is_answered_as_by_a_dictionary(listed: list[tuple[Kind, str]], others: list[tuple[Kind, str]], data: st.DataObject) -> None:
    listed += data.draw(st.lists(st.sampled_from(listed), max_size=20)) if listed else []
    index = ExactIndex.of([Entry(kind, value, 7 * at, at % 2) for at, (kind, value) in enumerate(listed)], LISTS)
    assert len(index) == len(listed)
    for pair in [*listed, *others]:
        assert index.find(*pair) == [Hit(7 * at, LISTS[at % 2]) for at, own in enumerate(listed) if own == pair]


@pytest.mark.parametrize("size", [0, 1, 2, 300])
def test_short_lists_are_answered(size: int) -> None:
    compare(random(size, 20))


@pytest.mark.parametrize("same", [3, 8, 15])
def test_a_bucket_that_is_too_full_to_be_read_is_searched(same: int) -> None:
    keys = np.repeat(alike(100, 16, same, 2, 4), 3, axis=0)
    compare(keys, others=np.concatenate([keys + np.uint8(1), keys - np.uint8(1)]))


@pytest.mark.slow
@pytest.mark.parametrize("bits", PREFIXES[3:])
def test_long_prefixes_are_answered(bits: int) -> None:
    compare(np.concatenate([random(20_000, 16), alike(500, 16, 13, 2, 3)]), bits=bits)


@pytest.mark.slow
def test_a_long_list_is_answered_in_blocks() -> None:
    keys = random(1_100_000, 16)
    lookup = Lookup(build(keys, np.arange(len(keys), dtype=np.uint32), np.zeros(len(keys), np.uint8)))
    found = lookup.find_many(keys)
    assert np.array_equal(found.refs, np.arange(len(keys)))
    assert np.all(found.counts == 1)


def test_zeros_and_blanks_at_the_end_are_part_of_a_key() -> None:
    endings = [b"\0\0\0", b"\0\0a", b"\0 \0", b"a\0\0", b"  \0", b"   "]
    compare(np.array([[*(b"k" * 13), *ending] for ending in endings], np.uint8))


def test_the_same_text_of_another_kind_is_another_value() -> None:
    index = ExactIndex.of([Entry(Kind.URL, "pics.example", 1, 0), Entry(Kind.DOMAIN, "pics.example", 2, 1)], LISTS)
    assert index.find(Kind.URL, "pics.example") == [Hit(1, LISTS[0])]
    assert index.find(Kind.DOMAIN, "pics.example") == [Hit(2, LISTS[1])]
    assert index.find(Kind.EMAIL, "pics.example") == []


def test_many_questions_of_a_kind_that_is_not_listed_are_answered_with_nothing() -> None:
    index = ExactIndex.of([Entry(Kind.MD5, "ab" * 16, 1, 0)], LISTS)
    key = np.frombuffer(keyer(Kind.MD5)("ab" * 16), np.uint8).reshape(1, -1)
    assert answers(index.find_many(Kind.MD5, key)) == [[(1, 0)]]
    assert answers(index.find_many(Kind.URL, key)) == [[]]
    assert answers(index.find_many(Kind.MD5, key[:0])) == []


def test_more_lists_than_a_byte_can_name_are_told_apart() -> None:
    lists = [Listed(f"list {at}", 0, "") for at in range(300)]
    index = ExactIndex.of([Entry(Kind.MD5, "ab" * 16, at, at) for at in range(300)], lists)
    assert [hit.list for hit in index.find(Kind.MD5, "ab" * 16)] == lists


@pytest.mark.parametrize(("ref", "number"), [(1 << 32, 0), (0, 256), (-1, 0)])
def test_a_number_that_does_not_fit_is_refused(ref: int, number: int) -> None:
    with pytest.raises(OverflowError):
        ExactIndex.of([Entry(Kind.MD5, "ab" * 16, ref, number)], LISTS)


@pytest.mark.parametrize("offset", [51, 60, 1 << 31, (1 << 32) - 1])
def test_offsets_that_point_beyond_the_table_are_no_crash(offset: int) -> None:
    keys = random(50, 16)
    table = build(keys, np.arange(50, dtype=np.uint32), np.zeros(50, np.uint8))
    table.offsets[keys[:, 0].astype(int) + 1] = offset
    with pytest.raises(IndexDamaged):
        Lookup(table).find_many(keys)
    for key in keys:
        with contextlib.suppress(IndexDamaged):
            Lookup(table).find(key.tobytes())


def test_a_list_that_the_file_does_not_name_is_no_crash() -> None:
    index = ExactIndex.of([Entry(Kind.MD5, "ab" * 16, 1, 7)], LISTS)
    with pytest.raises(IndexDamaged):
        index.find(Kind.MD5, "ab" * 16)


def test_each_key_needs_a_number_and_a_list() -> None:
    with pytest.raises(ValueError, match="for each key"):
        build(random(3, 16), np.arange(2, dtype=np.uint32), np.zeros(3, np.uint8))


def test_a_bucket_holds_about_one_key() -> None:
    for size in (64, 1000, 4095, 100_000, 1_000_000, 10_000_000, 60_000_000):
        assert 1 / 4 <= size / (1 << prefix_bits(size)) <= 4


def test_ten_million_md5_hashes_need_less_than_25_bytes_each() -> None:
    size, bits = 10_000_000, prefix_bits(10_000_000)
    assert row_type(16, bits, 1).itemsize + 4 * ((1 << bits) + 1) / size < 25
