import base64
import hashlib
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from tests.intake.portal.rae import Rae, contact
from tests.intake.portal.walk import every_page, weight

from cairndesk.intake.portal import pages


def resolved(patterns: list[URLPattern | URLResolver] | None = None, before: str = "/") -> Iterator[str]:
    """Every address that the portal's resolver knows, in Arabic and at the second desk where it has a place for them."""
    for entry in get_resolver("cairndesk.urls.portal").url_patterns if patterns is None else patterns:
        here = before + str(entry.pattern).replace("<language:language>", "ar").replace("<voice:voice>", "3").replace("<slug:slug>", "two")
        yield from resolved(entry.url_patterns, here) if isinstance(entry, URLResolver) else [here]


ADDRESSES = [*resolved(), "/nothing/here"]
ON_EVERY_ANSWER = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def test_every_door_is_tried() -> None:
    assert {"/", "/next", "/back", "/numbers", "/go", "/blank", "/o/two/back", "/ar/o/two/next", "/ar/numbers"} <= set(ADDRESSES)
    assert not [address for address in ADDRESSES if "<" in address]


def test_the_page_about_a_picture_runs_its_own_script_and_may_fetch_nothing(rae: Rae) -> None:
    inline = re.findall(r"<script>(.*?)</script>", rae.posts("/picture").text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(inline[0].encode()).digest()).decode()
    assert len(inline) == 1
    assert rae.response.headers["Content-Security-Policy"] == f"{pages.headers()['Content-Security-Policy']}; script-src 'sha256-{digest}'"
    assert len(rae.response.content) <= 30 * 1024
    assert not re.search(r"fetch|XMLHttp|WebSocket|import|sendBeacon|localStorage|indexedDB|cookie", inline[0])


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_answer_carries_the_headers_and_no_cookie(rae: Rae, address: str) -> None:
    for response in (rae.opens(address).response, rae.posts(address, x="y").response):
        assert {name: response.headers.get(name) for name in ON_EVERY_ANSWER} == ON_EVERY_ANSWER
        assert response.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
        # One page may run a script, its own, and only where it was opened from a form.
        runs = "script-src" in response.headers["Content-Security-Policy"]
        assert runs == (address.endswith("/picture") and response.status_code == 200)
        assert not response.cookies
        assert "Set-Cookie" not in response.headers


def test_the_policy_allows_the_one_inline_sheet_and_nothing_else(rae: Rae) -> None:
    inline = re.findall(r"<style>(.*?)</style>", rae.opens().text, re.DOTALL)
    assert len(inline) == 1
    digest = base64.b64encode(hashlib.sha256(inline[0].encode()).digest()).decode()
    assert rae.response.headers["Content-Security-Policy"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def test_the_sheet_is_small_and_knows_no_left_and_right() -> None:
    assert len(pages.sheet().encode()) <= 4096
    assert not re.search(r"\b(left|right)\b|(margin|padding|border)-(top|bottom)|[{;](width|height|max-width|min-height):", pages.sheet())


@pytest.mark.req("INT-35")
def test_leaving_goes_to_a_neutral_page_and_asks_the_browser_to_forget(rae: Rae) -> None:
    leaving = rae.opens("/go").response
    assert leaving.headers["Location"] == "/blank"
    assert '"cache"' in leaving.headers["Clear-Site-Data"]
    blank = rae.opens("/blank").text
    assert "Cairn" not in blank
    assert 'href="/' not in blank


def test_leaving_goes_to_the_operators_site_when_there_is_one(rae: Rae) -> None:
    config = rae.portal.site.config
    rae.portal.site.config = config.model_copy(update={"portal": config.portal.model_copy(update={"leave_url": "https://weather.example/"})})
    assert rae.opens("/go").response.headers["Location"] == "https://weather.example/"


@pytest.mark.slow
@pytest.mark.req("INT-35")
def test_the_way_out_comes_first_on_every_page_and_titles_are_neutral(rae: Rae) -> None:
    for name, text in every_page(rae).items():
        first = re.search(r"<body>.*?<(a|button|input|textarea|summary)\b[^>]*", text, re.DOTALL)
        assert first is not None, name
        assert "/go" in first[0], name
        title = re.search(r"<title>(.*?)</title>", text)
        assert title is not None, name
        # A browser prints it above the page too, where somebody else may find it.
        assert not re.search(r"abuse|report|child|sexual|victim|help|thank|told", title[1], re.IGNORECASE), name


@pytest.mark.slow
def test_every_page_that_asks_takes_no_answer_for_an_answer(rae: Rae) -> None:
    asking = {name: text for name, text in every_page(rae).items() if re.fullmatch(r"[a-z]+ [1-4]|nothing told|resumed", name)}
    assert len(asking) == 5 * 4 + 2 + 2
    for name, text in asking.items():
        assert re.search(r'<button[^>]* name="go" value="decline">I’d rather not say</button>', text), name
        # Where one page asks for several things, each choice of one can be declined by itself; a field of words can stay empty.
        alone = set(re.findall(r'type="radio" name="(\w+)"', text))
        assert alone == set(re.findall(r'type="radio" name="(\w+)" value="declined"', text)), name


@pytest.mark.slow
@pytest.mark.req("INT-32")
def test_who_can_help_stands_at_the_foot_of_every_page_in_the_same_place(rae: Rae) -> None:
    for name, text in every_page(rae).items():
        if name == "not open":
            # Nobody whom one could call was checked, which is why it is not open.
            continue
        foot = re.search(r"<footer>\s*<h2 id=\"help\">Talk to somebody now</h2>(.*?)</footer>", text, re.DOTALL)
        assert foot is not None, name
        assert text.count('id="help"') == 1, name
        if name == "quiet":
            # Its helpers stand in the page; who helps children is no use to its reader.
            assert "555 0100" in foot[1]
            continue
        assert foot[1].index("555 0100") < foot[1].index("555 0101") < foot[1].index("Other countries") < foot[1].index("555 0111"), name


@pytest.mark.slow
def test_no_page_holds_a_script_or_anything_from_elsewhere(rae: Rae) -> None:
    for name, text in every_page(rae).items():
        assert ("<script" in text) == (name == "picture"), name
        assert not re.search(r"\son\w+=", text), name
        assert not re.search(r"<(img|iframe|object|embed|link|video|audio|source)\b(?![^>]*(data:,|data:image/png;base64,))", text), name
        assert not re.search(r"style=", text), name


@pytest.mark.slow
def test_everything_that_can_be_pressed_leads_somewhere(rae: Rae) -> None:
    assert [name for name, text in every_page(rae).items() if re.search(r'\b(href|action|formaction)=(""|"#"|[\s>])', text)] == []


@pytest.mark.slow
def test_every_page_is_light(rae: Rae) -> None:
    heavy = {name: weight(text) for name, text in every_page(rae).items() if weight(text) > (30 if text.endswith("  ") else 14) * 1024}
    assert heavy == {}


@pytest.mark.parametrize("at", ["", "/1", "/ar/3", "/hi", "/zh-hans"])
def test_the_page_about_a_picture_takes_as_much_as_the_page_before_says(rae: Rae, at: str) -> None:
    rae.starts("child", at).says("decline", at)
    for fewer in (False, True):
        if fewer:
            # The page says what it weighs now, also after the operator has changed who can help.
            rae.portal.publish("contacts.json", [contact("emergency", "Emergency", "XA")])
            rae.posts(f"{at}/next", **rae.hidden, go="stay")
        [said] = re.findall(r"\b(\d+)[\s\u00a0]?(?:KB|केबी|كيلوبايت)", rae.text)
        hidden = rae.hidden
        taken = weight(rae.posts(f"{at}/picture", **hidden, go="stay").text)
        assert (int(said) - 1.4) * 1000 < taken <= int(said) * 1000, (said, taken)
        rae.posts(f"{at}/next", **hidden, go="stay")


@pytest.mark.slow
def test_the_portal_loads_no_room_with_tables() -> None:
    told = """
import django, os, sys
django.setup()
import cairndesk.urls.portal, cairndesk.intake.portal.asgi
rooms = [name for name in sys.modules if name.startswith("cairndesk.") and (name.endswith(".models") or ".models." in name)]
assert rooms == [], rooms
from django.apps import apps
assert list(apps.get_models()) == []
"""
    environment = {"CAIRNDESK_PROCESS": "portal", "DJANGO_SETTINGS_MODULE": "cairndesk.settings", "PYTHONPATH": "src"}
    done = subprocess.run([sys.executable, "-c", told], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
