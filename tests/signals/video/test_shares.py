"""How much of a video stands in a listed one, and the other way round: an excerpt of a long known video, and a long one that holds a known one."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.signals.conftest import NOW, PAPERS, Cast, Importing, cast, take_in  # noqa: F401 - the stage

from cairndesk.accounts.rules import SYSTEM
from cairndesk.lib.ids import new_id
from cairndesk.signals import actions, check, queries, shelf
from cairndesk.signals.engine.answer import State
from cairndesk.signals.engine.digests import digests
from cairndesk.signals.engine.identifiers import Identifier, Kind
from cairndesk.signals.engine.lists import Row
from cairndesk.signals.engine.video.answer import FRAME, Container, Seen
from cairndesk.signals.engine.video.walled import VideoHashes
from cairndesk.signals.models import ListEntry, Match
from cairndesk.signals.rules import Overlap, Standing, overlap

pytestmark = pytest.mark.django_db
LOOKS = np.random.default_rng(4).integers(0, 256, (60, 8, 32), np.uint8)


def film(frames: Sequence[int], *, plain: Sequence[int] = ()) -> VideoHashes:
    """A video with these frames, a second each; `plain` of them have too little detail."""
    held = np.zeros(len(frames), FRAME)
    held["time"], held["quality"] = range(len(frames)), [0 if one in plain else 90 for one in frames]
    held["hashes"] = LOOKS[list(frames)]
    return VideoHashes(digests(bytes(frames)), Seen(State.HASHED, format=Container.MOV, records=held.tobytes()))


@pytest.fixture
def listed(cast: Cast) -> Any:  # noqa: F811
    """Put these frames on a list as those of one video."""

    def listing(frames: Sequence[int], name: str = "Partner list") -> None:
        looks = [Identifier(Kind.PDQ, LOOKS[one, 0].tobytes().hex()) for one in frames]
        papers = replace(PAPERS, name=name)
        actions.import_list(organisation=cast.one.pk, papers=papers, rows=[Row(1, tuple(looks))], by=cast.sam, now=NOW)

    return listing


def asked(cast: Cast, frames: Sequence[int], *, plain: Sequence[int] = ()) -> list[check.Met]:  # noqa: F811
    return list(check.check_file(queries.lists_now(organisation=cast.one.pk, now=NOW), film(frames, plain=plain)).matches)


@pytest.mark.req("DET-01")
def test_an_excerpt_and_a_longer_video_are_told_apart_by_the_two_shares(cast: Cast, listed: Any) -> None:  # noqa: F811
    listed(range(40))
    for frames, shares, says in (
        (range(10, 14), (4, 4, 4, 40), Overlap.EXCERPT),
        (range(40), (40, 40, 40, 40), Overlap.SAME),
        ([*range(30, 40), *range(40, 60)], (10, 30, 10, 40), Overlap.PARTS),
    ):
        [met] = asked(cast, list(frames))
        assert met.frames is not None
        assert (met.frames.met, met.frames.of, met.frames.listed_met, met.frames.listed_of) == shares
        assert says in met.frames.words
    [met] = asked(cast, [*range(10, 14), 59])
    assert met.frames is not None
    assert met.frames.words == f"4 of 5 frames, the first at 0 s, and 4 of 40 frames of the listed video: {Overlap.EXCERPT}"


def test_a_long_video_that_holds_a_short_known_one_says_so(cast: Cast, listed: Any) -> None:  # noqa: F811
    listed(range(4))
    [met] = asked(cast, [*range(20, 50), *range(4)])
    assert met.frames == check.FramesMet(4, 34, 30.0, 4, 4)
    assert met.frames.words.endswith(Overlap.HOLDS)


def test_each_listed_video_is_met_by_itself_and_a_single_picture_has_no_share(cast: Cast, listed: Any) -> None:  # noqa: F811
    listed(range(10))
    listed(range(10, 20))
    listed([20])
    found = asked(cast, [0, 1, 1, 12, 20, 50], plain=[50])
    told = {(one.frames.met, one.frames.of, one.frames.listed_met, one.frames.listed_of) for one in found if one.frames}
    assert told == {(3, 5, 2, 10), (1, 5, 1, 10), (1, 5, None, None)}


def test_a_frame_that_left_the_list_counts_on_neither_side(cast: Cast, listed: Any) -> None:  # noqa: F811
    listed(range(10))
    gone = [Row(1, (Identifier(Kind.PDQ, LOOKS[0, 0].tobytes().hex()),), withdrawn=True)]
    actions.import_list(organisation=cast.one.pk, papers=PAPERS, rows=gone, by=cast.sam, now=NOW)
    [met] = asked(cast, [0, 1])
    assert met.frames == check.FramesMet(1, 2, 1.0, 1, 9)


def test_the_matches_of_a_case_say_both_shares_by_file_until_a_person_rejects_them(cast: Cast, listed: Any) -> None:  # noqa: F811
    listed(range(8))
    case, first, other, picture = new_id(), new_id(), new_id(), new_id()
    for item, frames in ((first, [0, 0, 1, 2, 30]), (other, [3, 4]), (picture, [5])):
        looks = [one for one in film(frames).identifiers() if one.kind is Kind.PDQ]
        found = queries.find_matches(organisation=cast.one.pk, identifiers=looks, now=NOW)
        actions.record_matches(organisation=cast.one.pk, case=case, item=item, found=found, by=SYSTEM, now=NOW)
    shown = queries.videos_met(queries.matches_of(case=case))
    assert [(one.item, one.met, one.of, one.listed_met, one.listed_of) for one in shown] == [(other, 2, 2, 2, 8), (first, 3, 4, 3, 8)]
    Match.objects.filter(item=other).update(standing=Standing.REJECTED)
    assert [one.item for one in queries.videos_met(queries.matches_of(case=case))] == [first]


def test_only_frames_that_came_as_one_video_share_one(cast: Cast, take_in: Importing) -> None:  # noqa: F811
    take_in(f"pdq:{LOOKS[0, 0].tobytes().hex()}", f"pdq:{LOOKS[1, 0].tobytes().hex()}")
    assert not ListEntry.objects.exclude(video=None).exists()


def test_the_share_from_which_most_of_a_video_counts_as_met() -> None:
    assert [overlap(*pair) for pair in ((0.8, 0.79), (0.79, 0.8), (0.8, 0.8), (0.79, 0.79))] == [
        Overlap.EXCERPT, Overlap.HOLDS, Overlap.SAME, Overlap.PARTS,
    ]  # fmt: skip


@pytest.fixture(autouse=True)
def _anew() -> Iterator[None]:
    yield
    shelf.of.cache_clear()
