import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cairndesk.signals.engine.identifiers import Identifier, Kind, normalise, recognise
from cairndesk.signals.engine.index import Entry, Hit, Index
from cairndesk.signals.engine.near.reach import MAX_DISTANCE
from cairndesk.signals.errors import DistanceRefused


def brute(values: list[str], question: str, most: int) -> list[tuple[int, int]]:
    apart = ((ref, (int(value, 16) ^ int(question, 16)).bit_count()) for ref, value in enumerate(values))
    return sorted(((ref, bits) for ref, bits in apart if bits <= most), key=lambda hit: (hit[1], hit[0]))


def index_of(values: list[str], distance: int = MAX_DISTANCE) -> Index:
    return Index([Entry(ref, Kind.PDQ, value) for ref, value in enumerate(values)], distance=distance)


def turned(value: int, places: list[int]) -> str:
    for place in places:
        value ^= 1 << place
    return f"{value:064x}"


HASHES = st.integers(0, 2**256 - 1)
NEAR = st.lists(st.integers(0, 255), max_size=45, unique=True)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(HASHES, st.lists(NEAR, max_size=30), st.lists(HASHES, max_size=30), st.integers(0, MAX_DISTANCE))
def test_it_finds_exactly_what_a_full_comparison_finds(question: int, planted: list[list[int]], others: list[int], distance: int) -> None:
    values = [turned(question, places) for places in planted] + [f"{other:064x}" for other in others]
    hits = index_of(values, distance).near(f"{question:064x}")
    assert [(hit.ref, hit.distance) for hit in hits] == brute(values, f"{question:064x}", distance)


@pytest.mark.slow
def test_it_misses_nothing_at_any_distance_in_a_large_list() -> None:
    dice = np.random.default_rng(7)
    values = [dice.bytes(32).hex() for _ in range(50_000)]
    index = index_of(values)
    for bits in range(40):
        ref = int(dice.integers(len(values)))
        question = turned(int(values[ref], 16), [int(place) for place in dice.choice(256, bits, replace=False)])
        assert ((ref, bits) in [(hit.ref, hit.distance) for hit in index.near(question)]) == (bits <= MAX_DISTANCE)


@pytest.mark.parametrize("distance", [-1, 32, 256])
def test_it_refuses_a_distance_that_it_cannot_answer_exactly(distance: int) -> None:
    with pytest.raises(DistanceRefused):
        Index([], distance=distance)


def test_an_empty_index_answers_nothing() -> None:
    assert Index([]).near("00" * 32) == []
    assert len(Index([])) == 0


def test_several_entries_may_share_a_value() -> None:
    index = Index([Entry(4, Kind.MD5, "aa" * 16), Entry(9, Kind.MD5, "aa" * 16), Entry(5, Kind.SHA1, "aa" * 20)])
    assert index.find(Identifier(Kind.MD5, "aa" * 16)) == [Hit(4, 0, "identity"), Hit(9, 0, "identity")]
    assert len(index) == 3


def test_the_form_that_met_is_told() -> None:
    index = Index([Entry(1, Kind.PDQ, "00" * 32)])
    assert index.find(Identifier(Kind.PDQ, "00" * 31 + "07", form="mirrored")) == [Hit(1, 3, "mirrored")]


LISTED = {
    "https://pics.example/a": [(1, "identity")],
    "http://pics.example/a": [(1, "scheme")],
    "https://pics.example/b": [],
    "https://bad.example/anything": [(2, "domain")],
    "https://deep.sub.bad.example/": [(2, "domain")],
    "sub.bad.example": [(2, "domain")],
    "bad.example": [(2, "identity")],
    "notbad.example": [],
}


@pytest.mark.parametrize("text", LISTED)
def test_a_link_is_also_met_by_its_scheme_its_host_and_its_registered_domain(text: str) -> None:
    index = Index([Entry(1, Kind.URL, "https://pics.example/a"), Entry(2, Kind.DOMAIN, "bad.example")])
    assert [(hit.ref, hit.form) for hit in index.find(recognise(text)[0])] == LISTED[text]


def met(listed: list[tuple[Kind, str]], text: str) -> list[tuple[int, str]]:
    index = Index(Entry(ref, kind, normalise(kind, value).value) for ref, (kind, value) in enumerate(listed))
    return [(hit.ref, hit.form) for hit in index.find(recognise(text)[0])]


SEGMENTS = st.lists(st.sampled_from(["a", "b", "ab", "a.b", "A"]), max_size=5)


@settings(max_examples=20, deadline=None)
@given(SEGMENTS, SEGMENTS, st.sampled_from(["", "/"]), st.sampled_from(["", "?q=1", "?utm_source=x"]))
def test_a_listed_place_meets_what_lies_below_it_by_whole_segments_and_nothing_else(
    place: list[str], asked: list[str], slash: str, query: str
) -> None:
    listed = [(Kind.URL_PREFIX, "/".join(["http://pics.example", *place]))]
    link = "/".join(["https://pics.example", *asked]) + slash + query
    is_below = asked[: len(place)] == place
    assert met(listed, link) == ([(0, "prefix")] if is_below else [])
    assert met(listed, link.replace("pics", "other")) == met(listed, link.replace("pics.example", "pics.example:8443")) == []


TRACKED = [
    ("https://pics.example/a", "https://pics.example/a?utm_source=x&fbclid=1#top"),
    ("https://pics.example/a?utm_source=x", "https://pics.example/a"),
    ("https://pics.example/a?id=1", "http://pics.example/a?utm_id=2&id=1&GCLID=3"),
    ("https://pics.example/%61?utm_source=x", "https://pics.example/a?utm_source=y"),
    ("https://pics.example./a", "https://pics.example/a"),
    ("https://youtu.be/abc", "https://youtu.be/abc?si=123"),
    ("https://www.youtube.com/watch?v=abc", "https://www.youtube.com/watch?v=abc&feature=share"),
]


@pytest.mark.parametrize(("listed", "asked"), TRACKED)
def test_a_link_is_met_without_what_only_says_where_a_click_came_from(listed: str, asked: str) -> None:
    assert met([(Kind.URL, listed)], asked) == [(0, "tracking")]
    assert met([(Kind.URL, asked)], listed) == [(0, "tracking")]
    assert met([(Kind.URL, asked)], asked) == [(0, "identity")]


OTHERS = [
    ("https://pics.example/a?id=1", "https://pics.example/a?id=2"),
    ("https://pics.example/a", "https://pics.example/a/"),
    ("https://pics.example/a", "https://pics.example/a?si=123"),
    ("https://pics.example/a?x=1&y=2", "https://pics.example/a?y=2&x=1"),
    ("https://pics.example/a%2Fb", "https://pics.example/a/b"),
    ("https://pics.example/a", "https://pics.example/A"),
]


@pytest.mark.parametrize(("listed", "asked"), OTHERS)
def test_another_page_is_not_met(listed: str, asked: str) -> None:
    assert met([(Kind.URL, listed)], asked) == met([(Kind.URL, asked)], listed) == []


def test_an_unknown_platform_keeps_capitals_and_says_so_where_only_they_differ() -> None:
    listed = [(Kind.ACCOUNT, "chat/SomeOne"), (Kind.ACCOUNT, "chat/someone"), (Kind.ACCOUNT, "other/someone")]
    assert met(listed, "account:chat/someone") == [(1, "identity"), (0, "capitals")]
    assert met([(Kind.ACCOUNT, "instagram/SomeOne")], "account:insta/@someone") == [(0, "identity")]


def test_a_wallet_is_met_on_its_own_chain_however_it_is_written() -> None:
    address = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
    assert met([(Kind.WALLET, address)], f"ethereum:{address.lower()}") == [(0, "identity")]
    assert met([(Kind.WALLET, "litecoin:3CDJNfdWX8m2NwuGUV3nhXHXEeLygMXoAj")], "3CDJNfdWX8m2NwuGUV3nhXHXEeLygMXoAj") == []
