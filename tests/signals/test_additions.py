"""New entries of a list meet exactly the cases that a comparison of all with all finds, by every way in which they are searched."""

from collections.abc import Iterator, Sequence
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from cairndesk.lib.ids import new_id
from cairndesk.signals.engine import lookback
from cairndesk.signals.engine.identifiers import Identifier, Kind, recognise
from cairndesk.signals.engine.keys import every_key, listed_keys
from cairndesk.signals.engine.lookback import Additions, in_groups
from cairndesk.signals.engine.near import kernels, plain
from cairndesk.signals.engine.seen import Block, Looks, block_of, looks_of

CASES = [new_id() for _ in range(40)]
TEXTS = (
    "https://pics.example/a/b?id=1", "http://pics.example/a/b?id=1", "https://pics.example/a/*", "https://a.pics.example/x?utm_source=l&q=1",
    "https://a.pics.example/x?q=1", "pics.example", "a.pics.example", "other.example", "account:instagram/Some.One", "account:instagram/some.one",
    "https://www.instagram.com/some.one/", "+43 1 58858 0", "someone@mail.example", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "ab" * 16, "ab" * 20,
    "sha256:" + "ab" * 32, "md5:" + "cd" * 16,
)  # fmt: skip


@pytest.fixture(params=["few", "many", "few in NumPy", "many in NumPy"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "many" in request.param:
        monkeypatch.setattr(lookback, "FEW", 0)
    if "NumPy" in request.param:
        monkeypatch.setattr(kernels, "best", lambda: plain)


def near(hashes: Sequence[bytes], dice: np.random.Generator, most: int) -> Iterator[bytes]:
    """Each hash with some bits turned over, up to `most`."""
    for one in hashes:
        flips = np.zeros(256, np.uint8)
        flips[dice.permutation(256)[: dice.integers(0, most + 1)]] = 1
        yield bytes(np.frombuffer(one, np.uint8) ^ np.packbits(flips))


def apart(one: NDArray[np.uint8], other: bytes) -> NDArray[np.int64]:
    return np.unpackbits(one ^ np.frombuffer(other, np.uint8), axis=1).sum(axis=1)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("distance", [0, 7, 31])
def test_every_case_with_a_picture_within_the_distance_is_met_and_no_other(distance: int) -> None:
    dice = np.random.default_rng(distance)
    pictures = [tuple(dice.bytes(32) for _ in range(8)) for _ in CASES]
    seen = {case: Looks((), tuple(sorted(forms))) for case, forms in zip(CASES, pictures, strict=True)}
    listed = [*near([forms[dice.integers(8)] for forms in pictures[:30]], dice, distance + 3), *(dice.bytes(32) for _ in range(5))]
    block = block_of(seen)
    expected = {CASES[of] for one in listed for of in block.hash_cases[apart(block.hashes, one) <= distance]}
    assert 0 < len(expected) < len(CASES)
    assert Additions([(Kind.PDQ, one.hex()) for one in listed], distance=distance).met(block) == expected


@settings(deadline=None, max_examples=50)
@given(st.lists(st.sampled_from(TEXTS), max_size=6), st.lists(st.lists(st.sampled_from(TEXTS), max_size=3), max_size=6))
def test_what_came_before_is_met_as_what_comes_after_would_be(listed: list[str], seen: list[list[str]]) -> None:
    entries = [(one.kind, one.value) for text in listed for one in recognise(text)[:1]]
    held = {key for entry in entries for key in listed_keys(*entry)}
    identifiers = {case: [one for text in texts for one in recognise(text)] for case, texts in zip(CASES, seen, strict=False)}
    expected = {case for case, asked in identifiers.items() if any(key in held for one in asked for key, _ in every_key(one))}
    block = block_of({case: looks_of(asked) for case, asked in identifiers.items()})
    assert Additions(entries, distance=31).met(block) == expected


def test_a_turned_copy_is_met_by_the_form_that_was_seen() -> None:
    forms = [Identifier(Kind.PDQ, f"{at:064x}", form=form) for at, form in ((0, "identity"), (2**200 - 1, "mirrored"))]
    block = block_of({CASES[0]: looks_of(forms)})
    assert Additions([(Kind.PDQ, f"{2**200 - 2:064x}")], distance=1).met(block) == {CASES[0]}


def test_nothing_new_or_nothing_seen_meets_nothing() -> None:
    nothing, something = block_of({}), block_of({CASES[0]: looks_of(recognise("ab" * 16))})
    assert Additions([], distance=31).met(something) == set()
    assert Additions([(Kind.MD5, "ab" * 16), (Kind.PDQ, "ab" * 32)], distance=31).met(nothing) == set()


def test_groups_hold_all_that_their_blocks_hold() -> None:
    blocks = [block_of({case: Looks((), tuple(sorted({bytes([at]) * 32, bytes([at + 100]) * 32})))}) for at, case in enumerate(CASES[:5])]
    groups = list(in_groups(blocks, hashes=4))
    assert [len(group.hashes) for group in groups] == [4, 4, 2]
    met: set[UUID] = set()
    for group in groups:
        met |= Additions([(Kind.PDQ, bytes([at]).hex() * 32) for at in range(3)], distance=0).met(group)
    assert met == set(CASES[:3])
    assert list(in_groups(iter([]), hashes=4)) == []
    assert Additions([(Kind.PDQ, bytes([at]).hex() * 32) for at in range(3)], distance=0).met_in(iter(blocks)) == met
    assert isinstance(groups[0], Block)
