"""For people who worry about their own thoughts or behaviour: a page that stands apart, leads to no report and leaves no trace."""

import logging
import re
from pathlib import Path

import pytest
from tests.intake.portal.messages import messages
from tests.intake.portal.rae import CONTACTS, Portal, Rae, contact
from tests.intake.portal.walk import pages_in

from cairndesk.intake.portal.languages import all_languages
from cairndesk.intake.portal.voices import VOICES

# A page on which a draft, a receipt or six words travel has a sealed field.
SEALED = re.compile(r'name="s" value')
TEXTS = [text for text, files in messages().items() if "quiet.html" in files]


def _traces(portal: Portal) -> dict[str, object]:
    """Everything of a portal that a visit could change: files with their times, and what it holds in memory."""
    files = {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in portal.folder.rglob("*") if path.is_file()}
    here = portal.site
    return {**files, "keys": dict(here.keyholder._keys), "drafts": dict(here.counters._last), "spool": sorted(here.spool.names())}


@pytest.mark.req("PRV-07")
@pytest.mark.parametrize("prefix", ["", "/ar"])
def test_it_takes_nothing_in_and_leads_to_no_door_of_ours(prefix: str) -> None:
    page = pages_in(prefix)["quiet"]
    assert re.findall(r"<(form|input|textarea|button|select)\b", page) == []
    ways = {way for way in re.findall(r'href="([^"]*)"', page) if not way.startswith(("tel:", "sms:", "mailto:", "https://", "data:"))}
    languages = "|".join(one.prefix for one in all_languages() if one.prefix)
    assert {re.sub(rf"^(?:{languages})?(/[13])?/", "/", way) for way in ways} == {"/go", "/quiet"}
    assert len(ways) == 1 + len(all_languages()) - 1 + len(VOICES) - 1


@pytest.mark.req("PRV-07")
def test_a_visit_leaves_no_trace_and_carries_nothing_that_a_report_could_be_tied_to(rae: Rae, caplog: pytest.LogCaptureFixture) -> None:
    rae.starts("child").says(danger="not_now")
    before = _traces(rae.portal)
    assert before["keys"]
    caplog.clear()
    with caplog.at_level(logging.INFO):
        first = rae.opens("/quiet").response
        second = rae.opens("/quiet").response
    # The same bytes for everybody: nothing in them could be known again.
    assert (first.status_code, first.content, dict(first.headers)) == (200, second.content, dict(second.headers))
    assert not {"Set-Cookie", "ETag", "Last-Modified"} & set(first.headers)
    # It may come small over the wire; by nothing else does it differ.
    assert first.headers.get("Vary", "Accept-Encoding") == "Accept-Encoding"
    assert (first.headers["Cache-Control"], first.headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert [record.getMessage() for record in caplog.records] == []
    assert _traces(rae.portal) == before


@pytest.mark.req("PRV-07")
def test_whoever_sends_something_there_is_led_away_and_nothing_is_kept(rae: Rae) -> None:
    rae.starts("child").says(danger="not_now")
    before = _traces(rae.portal)
    answer = rae.posts("/quiet", **rae.hidden, go="stay", more="canary").response
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert b"canary" not in answer.content
    assert _traces(rae.portal) == before


@pytest.mark.req("PRV-07")
def test_no_page_with_a_draft_or_a_receipt_leads_there() -> None:
    leading = {name for name, page in pages_in("").items() if '"/quiet"' in page}
    assert leading == {"welcome", "start again", "first aid"}
    assert [name for name in leading if SEALED.search(pages_in("")[name])] == []
    assert len([name for name, page in pages_in("").items() if SEALED.search(page)]) > 20


def test_who_helps_comes_from_the_directory_alone_and_is_shown_to_nobody_else(rae: Rae) -> None:
    assert "We have no number for this yet." in rae.opens("/quiet").text
    own = contact("self_concern", "Line for Own Thoughts", "XA", phone="555 0133", languages=["ar"], cost="unknown", is_always_open=False)
    rae.portal.publish("contacts.json", [own, *CONTACTS])
    page = rae.opens("/quiet").text
    assert "We have no number" not in page
    assert '<a href="tel:5550133">' in page
    assert "العربية" in page.split("They speak:")[1][:60]
    assert "555 0101" not in page
    for address in ("/", "/help", "/help/call", "/help/1"):
        assert "555 0133" not in rae.opens(address).text, address


def test_whoever_thinks_of_hurting_themselves_finds_a_number_before_anything_else_to_read(rae: Rae) -> None:
    page = rae.opens("/quiet").text
    said = [page.index(words) for words in ("Do you think of hurting yourself?", 'href="tel:5550100"', "What you can do now")]
    assert said == sorted(said)


def test_its_words_neither_judge_nor_encourage() -> None:
    said = " ".join(TEXTS)
    for words in ("A thought is not an act", "Please stop now", "Go away from there", "a doctor or a psychologist", "no report can be joined"):
        assert words in said
    assert not re.search(r"disgust|sick|evil|crime|punish|police|normal|harmless|all right|natural", said, re.IGNORECASE)


def test_its_address_and_title_say_nothing_of_what_it_is() -> None:
    assert "<title>Good to know</title>" in pages_in("")["quiet"]
    assert not re.search("concern|thought|offend|abuse", str(Path("/quiet")))
