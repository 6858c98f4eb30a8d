"""A national portal on a shared desk: what one organisation says stands on its own pages and on no other, and the small page may be framed alone."""

import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from tests.intake.portal.rae import CONTACTS, SHEET, Portal, Rae, contact
from tests.intake.portal.rae import TWO as DESK_TWO
from tests.intake.portal.test_headers import ADDRESSES
from tests.intake.portal.walk import weight

from cairndesk.directory.portals import MOST_PARTNERS, Partner, Sheet, Words
from cairndesk.intake.rules import Mailbox

TWO = Sheet(
    languages=("ar",),
    words={"ar": Words("المكتب الثاني", "أهلًا بك عندنا.", "قانون البلد الثاني.", "حدود البلد الثاني.", date(2026, 6, 7))},
    partners=(Partner("Help Line Two", {"ar": "يجيبون عن الأسئلة."}),),
)
OF_ONE = (
    "We are glad that you are here",
    "Here the law protects",
    "يسرنا أنك هنا",
    "القانون هنا يحمي",
    "They talk with you",
    "Help Line One</bdi></strong><p",
)
OF_TWO = ("أهلًا بك عندنا", "قانون البلد الثاني", "حدود البلد الثاني", "Help Line Two", "المكتب الثاني")
PLAIN = ("", "law", "partners", "privacy", "numbers", "back", "widget")
FRAMES = ("https://play.example", "https://chat.example:8443")


@pytest.fixture
def near(portal: Portal) -> Rae:
    portal.says_of_itself("two", TWO)
    return Rae(portal)


def test_what_the_law_says_stands_before_the_choice_with_its_day(near: Rae) -> None:
    first = near.opens("/").text
    assert first.index("We are glad that you are here.") < first.index('href="/law"') < first.index('name="path"')
    law = near.opens("/law").text
    assert "<p>Here the law protects every child.</p>" in law
    assert law.index("What we may have to tell others") < law.index("We tell the police if a life is in danger.") < law.index("1\u00a0May\u00a02026")
    assert "The people at <bdi>Cairn Desk One</bdi> wrote this page." in law


def test_nothing_about_law_is_said_where_the_operator_said_nothing(portal: Portal) -> None:
    rae = Rae(portal)
    assert "What the law says" not in rae.opens("/o/two/").text
    assert [rae.opens(f"/o/two/{door}").response.status_code for door in ("law", "partners")] == [404, 404]


@pytest.mark.parametrize("language", ["", "/ar"])
def test_nothing_of_one_organisation_is_seen_through_another(near: Rae, language: str) -> None:
    one = "".join(near.opens(f"{language}/{door}").text for door in PLAIN)
    two = "".join(near.opens(f"{language}/o/two/{door}").text for door in PLAIN)
    assert [text for text in OF_TWO if text in one] == []
    assert [text for text in OF_ONE if text in two] == []
    # In English it has said nothing, so there its law is shown as it was written.
    assert [text for text in OF_TWO if text not in two] == ([] if language else ["أهلًا بك عندنا", "المكتب الثاني"])
    assert "/o/two" not in one
    addresses = set(re.findall(r'(?:href|action)="(/[^"]*)"', two))
    assert {one for one in addresses if "/o/two/" not in one} == {"/taxonomy.json"}


def test_a_state_without_a_hotline_has_a_door_of_its_own_on_a_desk_that_it_shares(near: Rae) -> None:
    near.portal.says_of_itself("two", replace(TWO, host="help.two.example"))
    near.portal.belongs_to("two", "XB")
    near.portal.publish("contacts.json", [contact("helpline", "Line of the other country", "XB", phone="555 0122"), *CONTACTS])

    def seen(address: str) -> str:
        return near.client.get(address, headers={"host": "help.two.example"}).content.decode()

    first, shared = seen("/ar/"), near.opens("/").text
    assert 'dir="rtl"' in first
    assert [text for text in ("المكتب الثاني", "أهلًا بك عندنا", 'href="/ar/law"', 'href="/ar/partners"') if text not in first] == []
    assert 'lang="en"' in first
    assert [code for code in ("fr", "ru", "es") if f'lang="{code}"' in first or f'lang="{code}"' not in shared] == []
    assert "قانون البلد الثاني." in seen("/ar/law")
    assert "حدود البلد الثاني." in seen("/ar/law")
    assert [text for text in ("Help Line Two", "يجيبون عن الأسئلة.") if text not in seen("/ar/partners")] == []
    called = seen("/ar/help/call")
    assert called.index("555 0111") < called.index("555 0101")
    assert called.index("555 0122") < called.index("555 0101")
    near.starts("child", "/ar/o/two").says(danger="not_now", at="/ar/o/two")
    assert [file.organisation for file in near.portal.fragments()] == [str(DESK_TWO)]


def test_its_own_country_comes_first_among_those_who_help(portal: Portal) -> None:
    rows = [contact("helpline", "Line of the other country", "XB", phone="555 0122"), *CONTACTS]
    portal.publish("contacts.json", rows)
    portal.belongs_to("two", "XB")
    seen = Rae(portal).opens("/o/two/").text
    assert seen.index("555 0111") < seen.index("555 0122") < seen.index("Other countries") < seen.index("555 0101")


def test_it_offers_the_languages_it_chose_and_a_page_that_is_sent_in_another_is_kept(near: Rae) -> None:
    # Nobody has reviewed the Arabic, so English stays one tap away, though it was not chosen.
    assert 'lang="ar"' in near.opens("/o/two/").text
    assert 'href="/o/two/"' in near.opens("/ar/o/two/").text
    near.portal.says_of_itself("two", replace(TWO, languages=("en",)))
    assert "العربية" not in near.opens("/o/two/").text
    near.starts("child", "/ar/o/two").says(danger="not_now", at="/ar/o/two")
    assert 'lang="en"' in near.text
    assert near.portal.fragments()[-1].answers == {"danger": ["not_now"]}


def test_changing_the_language_on_any_page_keeps_the_organisation(near: Rae) -> None:
    near.portal.says_of_itself("two", replace(TWO, languages=("ar", "en")))
    for page in (*(near.opens(f"/o/two/{door}").text for door in PLAIN if door != "widget"), near.starts("child", "/o/two").text):
        links = re.findall(r'(?:href|formaction)="([^"]*)"[^>]*lang="ar"', page)
        assert links
        assert all(link.startswith("/ar/o/two/") for link in links), links


def test_words_and_drafts_of_one_organisation_open_nothing_at_another(near: Rae) -> None:
    six = ("anchor", "apple", "acorn", "album", "amber", "apron")
    near.portal.answer(six, Mailbox())
    opened = near.posts("/back", words=" ".join(six))
    hidden = opened.hidden
    assert "It is good that you are back" in opened.text
    assert "It is good that you are back" not in near.posts("/ar/o/two/back", **hidden, go="open").text
    draft = near.starts("child").hidden
    moved = near.posts("/ar/o/two/next", s=draft["s"], go="next", danger="not_now")
    assert 'name="s"' not in moved.text
    assert near.portal.fragments() == []


def test_its_own_host_name_leads_to_it_and_to_no_other(near: Rae) -> None:
    near.portal.says_of_itself("two", replace(TWO, host="help.two.example"))
    page = near.client.get("/ar/", headers={"host": "help.two.example:443"}).content.decode()
    assert "المكتب الثاني" in page
    assert "/o/" not in page
    assert near.client.get("/o/one/", headers={"host": "help.two.example"}).status_code == 404
    # The same name, as it is written in full.
    assert near.client.get("/o/one/", headers={"host": "help.two.example.:443"}).status_code == 404
    assert "Cairn Desk One" in near.client.get("/", headers={"host": "elsewhere.example"}).content.decode()


@pytest.mark.parametrize("onion", ["", f"http://{'a' * 56}.onion"])
def test_nobody_takes_the_name_of_the_installation_for_an_own_one(near: Rae, onion: str) -> None:
    config = near.portal.site.config
    name = onion.removeprefix("http://") or "report.example"
    site = config.portal.model_copy(update={"public_url": f"http://{name}:8480"})
    near.portal.site.config = config.model_copy(update={"portal": site})
    near.portal.says_of_itself("two", replace(TWO, host="two.example" if onion else name, onion=onion))
    assert "Cairn Desk One" in near.client.get("/", headers={"host": f"{name}:8480"}).content.decode()


def test_an_onion_address_is_shown_and_named_to_the_browser_where_there_is_one(near: Rae) -> None:
    onion = f"http://{'a' * 56}.onion"
    near.portal.says_of_itself("two", replace(TWO, onion=onion))
    assert onion in near.opens("/ar/o/two/privacy").text
    assert near.response.headers["Onion-Location"] == f"{onion}/ar/o/two/privacy"
    assert "Onion-Location" not in near.posts("/ar/o/two/next", path="child").response.headers
    assert "Onion-Location" not in near.opens("/").response.headers


# The small page


@pytest.fixture
def framed(portal: Portal) -> Rae:
    portal.says_of_itself("two", replace(SHEET, frames=FRAMES))
    return Rae(portal)


@pytest.mark.parametrize("language", ["", "/ar", "/1", "/ar/3"])
def test_the_small_page_is_a_few_words_and_one_link_to_the_start(framed: Rae, language: str) -> None:
    page = framed.opens(f"{language}/o/two/widget")
    assert len(page.response.content) <= 5 * 1024
    found = [(name, held) for name, held in page.page.tags if name in {"a", "form", "script", "img", "iframe", "input", "button"}]
    link = found[0][1]
    assert (link["href"], link["rel"], link["target"]) == (f"{language}/o/two/", "noopener noreferrer", "_top")
    # Where the words wait for a review, the reviewed ones are one tap away, in the same frame.
    assert [(name, held["href"]) for name, held in found[1:]] == ([("a", language.removeprefix("/ar") + "/o/two/widget")] if "ar" in language else [])
    assert not page.response.cookies
    assert not re.search(r"https?://|url\(|@import", page.text)


def ancestors(response: Any) -> str:
    return response.headers["Content-Security-Policy"].partition("frame-ancestors ")[2].partition(";")[0]


@pytest.mark.slow
@pytest.mark.parametrize("frames", [FRAMES, ("*",)])
def test_no_other_answer_of_the_portal_may_be_framed(framed: Rae, frames: tuple[str, ...]) -> None:
    framed.portal.says_of_itself("two", replace(SHEET, frames=frames))
    open_to = {}
    for address in ADDRESSES:
        for response in (framed.opens(address).response, framed.posts(address, x="y").response):
            if ancestors(response) != "'none'" or response.headers.get("X-Frame-Options") != "DENY":
                open_to[address] = ancestors(response)
    assert open_to == {address: " ".join(frames) for address in ADDRESSES if address.endswith("/o/two/widget")}
    assert len(open_to) >= len(("", "/ar"))
    assert framed.opens("/o/two/widget").response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


@pytest.mark.slow
def test_without_a_word_of_the_operator_nobody_frames_anything(rae: Rae) -> None:
    assert {ancestors(rae.opens(address).response) for address in ADDRESSES} == {"'none'"}


@pytest.mark.parametrize(
    "evil", ["https://x.example; script-src *", "https://x.example 'self'", "'self'", "https:", "http://x.example", "https://*.example"]
)
def test_what_stands_in_the_published_folder_cannot_widen_the_policy(framed: Rae, evil: str) -> None:
    framed.portal.says_of_itself("two", replace(SHEET, frames=(evil,)))
    assert ancestors(framed.opens("/o/two/widget").response) == "'none'"


@pytest.mark.parametrize("language", ["", "/ar"])
def test_the_longest_words_that_a_sheet_may_hold_still_make_a_light_page(near: Rae, language: str) -> None:
    long = Words("न" * 66, "न" * 100, "न" * 1000, "न" * 666, date(2026, 6, 7))
    what = {"en": "न" * 100, "ar": "न" * 100}
    partners = tuple(Partner(f"{number}" + "न" * 66, what) for number in range(MOST_PARTNERS))
    near.portal.says_of_itself("two", Sheet(words={"en": long, "ar": long}, partners=partners))
    weights = {door: weight(near.opens(f"{language}/o/two/{door}").text) for door in ("", "law", "partners", "widget")}
    assert "न" * 66 in near.text
    assert max(weights.values()) <= 14 * 1024, weights
