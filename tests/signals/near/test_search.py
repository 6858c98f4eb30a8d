"""Nothing within the distance is missed, nothing beyond it is answered, and both halves say the same."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.signals.near.conftest import answers, ask, brute, flipped, random, tables_of

from cairndesk.signals.engine import compiled
from cairndesk.signals.engine.container import Listed
from cairndesk.signals.engine.near import kernels, native, plain
from cairndesk.signals.engine.near.index import Entry, NearIndex
from cairndesk.signals.engine.near.layout import BITS, as_words, layout_for, radii
from cairndesk.signals.engine.near.tables import Kernel

DIFFICULT = {
    "all the same": lambda: np.repeat(random(1), 3000, axis=0),
    "all in one bucket of each chunk but the last": lambda: np.concatenate([np.repeat(random(1)[:, :29], 3000, axis=0), random(3000)[:, :3]], axis=1),
    "one bit apart from the next": lambda: np.array([flipped(random(1)[0], list(range(place))) for place in range(257)]),
    "nearly black": lambda: np.packbits((np.random.default_rng(3).random((3000, 256)) < 0.03).astype(np.uint8), axis=1),
    "none": lambda: random(0),
    "one": lambda: random(1),
}


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(
    size=st.integers(0, 400) | st.sampled_from([1500, 4000]), chunks=st.integers(13, 16), distance=st.integers(0, 40),
    seed=st.integers(0, 2**31), common=st.integers(0, 32),
    planted=st.lists(st.lists(st.integers(0, 255), max_size=45, unique=True), max_size=12),
)  # fmt: skip
def test_both_halves_find_what_a_full_comparison_finds(
    size: int, chunks: int, distance: int, seed: int, common: int, planted: list[list[int]]
) -> None:
    questions = random(2, seed)
    hashes = np.concatenate([random(size, seed + 1), *(flipped(questions[0], places)[None] for places in planted)])
    # Clustered lists: all begin alike.
    hashes[: size // 2, :common] = questions[1, :common]
    wanted = brute(hashes, questions, distance)
    for kernel in (native, plain):
        assert ask(hashes, questions, distance, kernel, chunks) == wanted


@pytest.mark.slow
@pytest.mark.parametrize(("chunks", "examples"), [(11, 3), (12, 8)])
def test_the_layouts_of_long_lists_find_what_a_full_comparison_finds(chunks: int, examples: int) -> None:
    """Lists of ten and fifty millions are cut in 12 and in 11; their tables are large however short the list, so each list is asked much."""

    @settings(max_examples=examples, deadline=None)
    @given(
        size=st.integers(0, 400) | st.sampled_from([1500, 4000]), seed=st.integers(0, 2**31), common=st.integers(0, 32),
        same=st.integers(0, 300), distances=st.sets(st.integers(0, 40), min_size=3, max_size=6),
        planted=st.lists(st.lists(st.integers(0, 255), max_size=45, unique=True), max_size=30),
    )  # fmt: skip
    def compare(size: int, seed: int, common: int, same: int, distances: set[int], planted: list[list[int]]) -> None:
        questions = random(4, seed)
        # So many bits of every number up to 44, spread over all chunks or side by side, beside what is drawn.
        spread = [flipped(questions[at], list(range(at, at + step * bits, step))) for at, step in ((0, 5), (1, 1)) for bits in range(45)]
        drawn = [flipped(questions[at % 4], places) for at, places in enumerate(planted)]
        hashes = np.concatenate([random(size, seed + 1), spread, *(one[None] for one in drawn), np.repeat(random(1, seed + 2), same, axis=0)])
        # Clustered lists: all begin alike.
        hashes[: size // 2, :common] = questions[3, :common]
        tables = tables_of(hashes, native, chunks)
        for distance in {*distances, 31}:
            wanted = brute(hashes, questions, distance)
            for kernel in (native, plain):
                assert answers(kernel.searcher(tables)(as_words(questions), distance), lambda place: int(tables.refs[place])) == wanted

    compare()


@pytest.mark.parametrize("kind", DIFFICULT)
def test_difficult_lists_are_answered_exactly(kind: str, kernel: Kernel) -> None:
    hashes = DIFFICULT[kind]()
    questions = np.concatenate([random(2, 9), hashes[:2], *(flipped(one, list(range(0, 250, 9)))[None] for one in hashes[:1])])
    for distance in (0, 7, 31):
        assert ask(hashes, questions, distance, kernel) == brute(hashes, questions, distance)


@pytest.mark.slow
def test_a_hundred_thousand_planted_questions_are_all_met_at_every_distance() -> None:
    """Each distance from 0 to 31 is asked some three thousand times, in every layout, and 32 is never answered."""
    hashes, dice = random(200_000), np.random.default_rng(5)
    for chunks in (11, 12, 13, 14, 15, 16):
        tables = tables_of(hashes, native, chunks)
        asked = dice.integers(0, len(hashes), 17_000)
        bits = np.arange(len(asked)) % 33
        # The first `bits` places of a random order of the 256, for each question.
        order = np.argsort(dice.random((len(asked), BITS), dtype=np.float32), axis=1)
        flags = np.zeros((len(asked), BITS), np.uint8)
        np.put_along_axis(flags, order, (np.arange(BITS) < bits[:, None]).astype(np.uint8), axis=1)
        questions = hashes[asked] ^ np.packbits(flags, axis=1)
        found = answers(native.searcher(tables)(as_words(questions), 31), lambda place: int(tables.refs[place]))  # noqa: B023 - used at once
        met = np.array([(int(ref), int(apart)) in some for ref, apart, some in zip(asked, bits, found, strict=True)])
        assert (met == (bits <= 31)).all()


@pytest.mark.slow
def test_both_halves_build_the_same_tables() -> None:
    hashes = np.concatenate([random(5000), np.repeat(random(1, 2), 700, axis=0)])
    for chunks in (12, 16):
        one, other = tables_of(hashes, native, chunks), tables_of(hashes, plain, chunks)
        assert one.block_bits == other.block_bits
        for mine, theirs in zip(one.every(), other.every(), strict=True):
            assert mine.dtype == theirs.dtype
            assert np.array_equal(mine, theirs)


@pytest.mark.parametrize("chunks", range(11, 17))
def test_the_distance_is_shared_out_as_the_proof_wants_it(chunks: int) -> None:
    cut = layout_for(1000, chunks=chunks).chunks
    assert sum(chunk.width for chunk in cut) == BITS
    assert [chunk.first for chunk in cut] == [sum(chunk.width for chunk in cut[:at]) for at in range(chunks)]
    assert all(chunk.next_first == cut[(at + 1) % chunks].first for at, chunk in enumerate(cut))
    for distance in range(32):
        assert sum(radius + 1 for radius in radii(chunks, distance)) == distance + 1
        assert max(radii(chunks, distance)) <= 2


@pytest.mark.parametrize("most", [3_000_000, 20_000_000])
def test_longer_lists_are_cut_into_wider_chunks(most: int) -> None:
    assert len(layout_for(most).chunks) > len(layout_for(most + 1).chunks)


@pytest.mark.slow
def test_the_half_in_numpy_runs_where_the_other_is_switched_off() -> None:
    code = "from cairndesk.signals.engine.near import kernels; print(kernels.is_compiled())"
    for switch, said in (("plain", "False"), ("", "True")):
        ran = subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONPATH": "src", compiled.SWITCH: switch}, capture_output=True, text=True, check=True
        )
        assert ran.stdout.strip() == said
    assert kernels.best() is native


def test_a_compiled_half_of_another_version_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled.library.cache_clear()
    monkeypatch.setattr(compiled, "VERSION", compiled.VERSION + 1)
    try:
        assert compiled.library() is None
    finally:
        compiled.library.cache_clear()


def test_many_questions_at_once_are_answered_like_each_alone() -> None:
    hashes, lists = random(300), [Listed("one", 31, ""), Listed("near only", 3, "")]
    entries = [Entry(one.tobytes(), ref, ref % 2) for ref, one in enumerate(hashes)]
    index = NearIndex.of(entries, lists)
    questions = np.array([flipped(one, list(range(at % 7))) for at, one in enumerate(hashes[:60])])
    many = list(index.of_each(questions.tobytes()))
    every = [(hit.ref, lists.index(hit.list), hit.distance) for one in questions for hit in index.near([one.tobytes()])]
    assert sorted((hit.ref, lists.index(hit.list), hit.distance) for hit in many) == sorted(every)
    assert {hit.distance for hit in many if hit.list is lists[1]} == {0, 1, 2, 3}
    assert sorted(hit.form for hit in many) == sorted(hit.ref for hit in many)
