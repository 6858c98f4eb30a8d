"""Under what a listed value is met: links by places, hosts and schemes, accounts in any capitals, wallets on their own chain."""

import gc
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cairndesk.signals.engine import links
from cairndesk.signals.engine.identifiers import Kind, normalise, recognise
from cairndesk.signals.engine.keys import every_key, listed_keys
from cairndesk.signals.engine.links import DEEPEST
from cairndesk.signals.errors import NotAnIdentifier


def met(listed: list[tuple[Kind, str]], text: str) -> list[tuple[int, str]]:
    """The numbers of the listed values that `text` meets, each with the form in which it is met first."""
    table: defaultdict[tuple[Kind, str], list[int]] = defaultdict(list)
    for ref, (kind, value) in enumerate(listed):
        for key in listed_keys(kind, normalise(kind, value).value):
            table[key].append(ref)
    found: dict[int, str] = {}
    for key, form in every_key(recognise(text)[0]):
        for ref in table.get(key, ()):
            found.setdefault(ref, form)
    return list(found.items())


LISTED = {
    "https://pics.example/a": [(0, "identity")],
    "http://pics.example/a": [(0, "scheme")],
    "https://pics.example/b": [],
    "https://bad.example/anything": [(1, "domain")],
    "https://deep.sub.bad.example/": [(1, "domain")],
    "sub.bad.example": [(1, "domain")],
    "bad.example": [(1, "identity")],
    "notbad.example": [],
}


@pytest.mark.parametrize("text", LISTED)
def test_a_link_is_also_met_by_its_scheme_its_host_and_its_registered_domain(text: str) -> None:
    assert met([(Kind.URL, "https://pics.example/a"), (Kind.DOMAIN, "bad.example")], text) == LISTED[text]


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


def test_a_link_of_slashes_is_met_by_every_place_that_may_be_listed_and_costs_no_more() -> None:
    deepest = "https://pics.example/" + "a/" * (DEEPEST - 1)
    assert met([(Kind.URL_PREFIX, deepest)], deepest + "/" * 1700 + "b") == [(0, "prefix")]
    with pytest.raises(NotAnIdentifier, match="folders"):
        normalise(Kind.URL_PREFIX, deepest + "a/")
    assert sum(1 for _ in every_key(normalise(Kind.URL, "https://pics.example" + "/" * 1900))) < 3 * DEEPEST


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


def test_no_host_that_somebody_told_stays_in_memory() -> None:
    assert links.same_page("https://told-by-somebody.example/a?utm_source=x") == "https://told-by-somebody.example/a"
    kept = [gc.get_referents(one) for one in vars(links).values() if hasattr(one, "cache_info")]
    assert "utm_" in repr(kept)
    assert "told-by-somebody" not in repr(kept)
