"""Links to what a search engine or an app store lists are told from links to content."""

import re

import pytest

from cairndesk.cases import taxonomy
from cairndesk.signals.engine.listings import listed_as, listings

LISTED = {
    "https://www.google.co.uk/search?q=some+words&tbm=isch": "search_result",
    "hxxps://www[.]bing[.]com/images/search?q=some+words": "search_result",
    "https://duckduckgo.com/?q=some+words": "search_result",
    "https://uk.search.yahoo.com/search?p=some+words": "search_result",
    "https://yandex.com/images/search?text=some+words": "search_result",
    "https://www.baidu.com/s?wd=some+words": "search_result",
    "https://play.google.com/store/apps/details?id=example.app": "app",
    "https://apps.apple.com/gb/app/example/id1": "app",
    "https://f-droid.org/en/packages/example.app/": "app",
    "https://www.google.com/": "",
    "https://www.google.com/search": "",
    "https://google.com.example/search?q=some+words": "",
    "https://pages.example/search?q=some+words": "",
    "https://pages.example/?to=https://www.bing.com/search?q=words": "",
    "https://play.google.com/store/apps": "",
    "not an address": "",
    "": "",
}


@pytest.mark.parametrize(("link", "kind"), LISTED.items())
def test_what_is_listed_is_told_by_the_form_of_its_address(link: str, kind: str) -> None:
    assert listed_as(link) == kind


def test_every_known_place_says_a_kind_of_item() -> None:
    assert len(listings()) > 8
    assert {one.kind for one in listings()} == {"app", "search_result"} <= taxonomy.family("item_kind").codes.keys()
    assert all(isinstance(one.host, re.Pattern) and not one.host.fullmatch("pages.example") for one in listings())
