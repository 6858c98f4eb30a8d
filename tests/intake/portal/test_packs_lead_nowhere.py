"""No text of a language pack leads a child to a place or a number that the portal does not name itself."""

import pytest

from cairndesk.intake.portal import packs, urls
from cairndesk.intake.portal.languages import catalogues_of, package
from cairndesk.lib import catalogues

pytestmark = pytest.mark.slow

LEADING = (
    "call 191 or evil.example or @bob",
    "t.me/abc",
    "bit.ly/3xyz",
    "Telegram: @bob",
    "\uff20 bob",
    "call 999",
    "116  111",
    "1,1,6,1,1",
    "1/1/6/1/1/1",
    "116\u2011111",
    "\uff11\uff11\uff16",
    "\u0661\u0661\u0666",
    "\u2460\u2460\u2465",
    "\u136b",
    "\u4e00\u4e00\u516d",
    "\u4e00, \u4e00, \u516d",
    "https ://x",
    "http : / /x",
    "evil.\u200cexample",
    "evil .example",
    "evil\uff0eexample",
    "evil\u3002example",
    "24 hours, 24 hours",
    "10",
)


def test_nothing_of_a_pack_leads_elsewhere_and_what_the_package_says_itself_would_pass() -> None:
    assert [said for said in LEADING if not packs.leads_elsewhere(said, ["we wait 24 hours"])] == []
    for said in ("we wait 24 hours", "\u0968\u096a", "Wait\u2026 here. And ... here", "p. ej. \u4e00\u4e0b"):
        assert not packs.leads_elsewhere(said, ["we wait 24 hours"]), said
    assert not packs.leads_elsewhere("\u5e26 @ \u7684", ["a word with @"])
    for code in package().codes[1:]:
        for path in catalogues_of(code):
            held = catalogues.entries(path.read_text("utf-8"))
            assert [said for key, said in held.items() if key in package().texts and packs.leads_elsewhere(said, package().texts[key])] == [], path


def test_no_tag_shares_its_word_with_a_page() -> None:
    words = {str(one.pattern).split("/")[0] for one in (*urls._doors, *urls.urlpatterns)}
    assert {word for word in words if packs.TAG.fullmatch(word)} == packs._TAKEN
