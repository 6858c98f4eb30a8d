"""The share of frames in both directions, beside the matcher that vPDQ's own library has for Python."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from threatexchange.extensions.vpdq.vpdq_brute_matcher import match_VPDQ_hash_brute
from threatexchange.extensions.vpdq.vpdq_util import VpdqCompactFeature

from cairndesk.signals.engine.answer import FORMS
from cairndesk.signals.engine.container import Listed
from cairndesk.signals.engine.near.index import Entry, NearIndex
from cairndesk.signals.engine.video.answer import FRAME
from cairndesk.signals.engine.video.matching import Shares, compare, find

Frames = NDArray[np.void]
TWELVE = np.random.default_rng(5).integers(0, 256, (12, len(FORMS), 32), dtype=np.uint8)


def row(*which: int, quality: int = 100, changed: int = 0) -> Frames:
    """Some of the twelve frames as a video, a second apart, each changed in so many bits of its hash as it lies."""
    made = np.zeros(len(which), FRAME)
    made["time"], made["quality"], made["hashes"] = np.arange(len(which)), quality, TWELVE[list(which)]
    made["hashes"][:, 0] ^= np.packbits(np.arange(256) < changed)
    return made


def test_a_clip_of_a_film_stands_in_it_whole_and_covers_a_part_of_it() -> None:
    assert compare(row(3, 4, 5), row(*range(12))) == Shares(1.0, 0.25)
    assert compare(row(*range(12)), row(3, 4, 5)) == Shares(0.25, 1.0)
    assert compare(row(0, 1), row(2, 3)) == Shares(0.0, 0.0)


@pytest.mark.parametrize(("changed", "share"), [(0, 1.0), (31, 1.0), (32, 0.0)])
def test_a_frame_counts_up_to_31_bits(changed: int, share: float) -> None:
    assert compare(row(1, 2, changed=changed), row(1, 2, 3), forms=1).query == share


def test_plain_frames_and_repeated_ones_tell_nothing() -> None:
    assert compare(row(1, 1, 1, 2), row(1, 3)) == Shares(0.5, 0.5)
    mixed = np.concatenate([row(1), row(2, 3, quality=49)])
    assert compare(mixed, row(1, 2, 3)) == Shares(1.0, 1 / 3)
    assert compare(row(1, quality=49), row(1)) == Shares(0.0, 0.0)


def test_a_mirrored_copy_is_met_in_its_form() -> None:
    mirrored = row(1, 2, 3)
    at = FORMS.index("mirrored")
    mirrored["hashes"][:, [0, at]] = mirrored["hashes"][:, [at, 0]]
    assert compare(mirrored, row(1, 2, 3, 4)) == Shares(1.0, 0.75, "mirrored")
    assert compare(mirrored, row(1, 2, 3, 4), forms=1) == Shares(0.0, 0.0)


frames = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 34), st.sampled_from([20, 49, 50, 100])), min_size=1, max_size=12)


def _made(drawn: list[tuple[int, int, int]]) -> Frames:
    return np.concatenate([row(which, changed=changed, quality=quality) for which, changed, quality in drawn])


def _theirs(made: Frames) -> list[VpdqCompactFeature]:
    return [VpdqCompactFeature(one["hashes"][0].tobytes().hex(), int(one["quality"]), float(one["time"])) for one in made]


@pytest.mark.slow
@settings(max_examples=60)
@given(frames, frames)
def test_shares_are_the_percentages_of_vpdqs_matcher(one: list[tuple[int, int, int]], other: list[tuple[int, int, int]]) -> None:
    query, reference = _made(one), _made(other)
    ours = compare(query, reference, forms=1)
    has_any = all((made["quality"] >= 50).any() for made in (query, reference))
    if not has_any:
        assert ours == Shares(0.0, 0.0)
        return
    # Theirs leaves out equal hashes before it looks at the quality of the one that is left.
    theirs = match_VPDQ_hash_brute(*([one for one in _theirs(made) if one.quality >= 50] for made in (query, reference)), 50, 31)
    assert (ours.query * 100, ours.reference * 100) == pytest.approx((theirs.query_match_percent, theirs.compared_match_percent))


def _index() -> Iterator[Entry]:
    for ref, frame in enumerate(TWELVE[:9]):
        yield Entry(frame[0].tobytes(), ref, 0)


def test_frames_meet_listed_videos_most_frames_first() -> None:
    index = NearIndex.of(_index(), [Listed("list", 31, "")])
    owners = np.array([7, 7, 7, 8, 8, 8, 9, 9, 9])
    found = find(np.concatenate([row(11, 3, 0, 1, changed=4), row(2, 5, quality=20)]), index, owners)
    assert [(one.key, one.frames, one.of, one.at, one.nearest, one.entries) for one in found] == [
        (7, 2, 4, 2.0, 4, {0, 1}),
        (8, 1, 4, 1.0, 4, {3}),
    ]
    assert found[0].share == 0.5
    assert {one.key for one in find(row(0, 3), index)} == {0, 3}
