"""Two buttons under each page that explains, and under the receipt: pressed without script, by nobody known, and never in the way of a report."""

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.intake.portal.line import Line
from tests.intake.portal.rae import FORM, TWO, Portal, Rae
from tests.intake.portal.walk import pages_in

from cairndesk.intake import spool as spools
from cairndesk.intake.portal.crowd import PAGES
from cairndesk.intake.portal.first_aid_words import AIDS
from cairndesk.intake.portal.site import PRESSES
from cairndesk.intake.portal.voices import VOICES
from cairndesk.intake.rules import EXPLAINING, HELPED, Fragment, Kind
from cairndesk.lib import clock, reserve
from cairndesk.lib.bucket import Bucket

NOW = datetime(2026, 5, 17, 21, 43, 12, tzinfo=UTC)
# Where it is asked, by the names of the walk; in between a telling it is asked as well.
ASKED = re.compile(r"first aid( \d+)?( in between)?|to call( in between)?|privacy( of who came back)?|law|partners|numbers|\w+ receipt")


def buttons(rae: Rae) -> list[dict[str, str | None]]:
    """The buttons by which Rae says whether it helped."""
    return [held for tag, held in rae.page.tags if tag == "button" and str(held.get("formaction", "")).endswith(("/y", "/n"))]


def presses(rae: Rae, *, helped: bool, **typed: str) -> Rae:
    """Rae presses as a browser does: the form that the button belongs to goes along, and the button's own name and value."""
    [button] = [one for one in buttons(rae) if str(one["formaction"]).endswith("/y") == helped]
    form = rae.hidden | typed if button.get("form") else {}
    return rae.posts(str(button["formaction"]), **form, **{str(button["name"]): str(button["value"])})


def said(portal: Portal) -> list[Fragment]:
    return [one for one in portal.fragments() if one.kind is Kind.HELPED]


@pytest.mark.slow
@pytest.mark.req("PAR-05")
@pytest.mark.parametrize("prefix", ["", "/ar"])
def test_it_is_asked_on_each_page_that_explains_and_after_the_receipt_and_nowhere_else(prefix: str) -> None:
    asking = {name for name, page in pages_in(prefix).items() if 'id="q-helped"' in page}
    assert asking == {name for name in pages_in(prefix) if ASKED.fullmatch(name)}
    assert {"quiet", "lost", "welcome", "child 1", "mailbox", "thanks"} & asking == set()
    assert EXPLAINING[1:14] == tuple(f"help/{number}" for number in sorted(AIDS))
    for name in asking:
        page = pages_in(prefix)[name]
        assert len(re.findall(r'<button class="plain"[^>]* formaction="[^"]*/[yn]"', page)) == 2, name
        assert "<script" not in page


@pytest.mark.parametrize("page", ["help", "help/1", "help/12", "help/call", "privacy", "law", "partners", "numbers"])
@pytest.mark.parametrize("helped", [True, False])
def test_a_press_is_kept_sealed_and_thanked_for_and_leads_back(rae: Rae, page: str, *, helped: bool) -> None:
    thanked = presses(rae.opens(f"/{page}"), helped=helped)
    assert (thanked.response.status_code, thanked.heading) == (200, "Thank you")
    assert f'<a class="button other" href="/{page}">Go back to where I was</a>' in thanked.text
    assert '<a href="#help">Numbers to call</a>' in thanked.text
    assert ("You do not have to be alone with this." in thanked.text) is not helped
    [press] = said(rae.portal)
    assert press.answers == {"page": page, "voice": "middle", "helped": "yes" if helped else "no"}


@pytest.mark.parametrize("language", ["", "/ar", "/bn", "/pt-br"])
@pytest.mark.parametrize("voice", VOICES, ids=str)
def test_it_is_asked_and_kept_in_every_voice(rae: Rae, language: str, voice: Any) -> None:
    presses(rae.opens(f"{language}{voice.prefix}/help/1"), helped=True)
    [press] = said(rae.portal)
    assert press.language.lower() == (language.removeprefix("/") or "en")
    assert press.answers["voice"] == (voice.variant or "middle")
    assert press.answers["voice"] in HELPED["voice"].choices
    rae.posts(f"{language}{voice.prefix}/help/1/y", go="")
    assert f'href="{language}{voice.prefix}/help/1"' in rae.text


def test_whoever_presses_in_the_middle_of_telling_goes_on_with_what_was_typed(rae: Rae) -> None:
    rae.starts("child").says(danger="not_now").says(what="gifts").says("decline")
    draft = rae.hidden["d"].partition(".")[0]
    rae.posts("/help/1", **rae.hidden, go="stay", more="half a <b>sentence", age="13_15")
    presses(rae, helped=False)
    assert (rae.heading, "six words" in rae.text) == ("Thank you", False)
    rae.posts("/next", **rae.hidden, go="stay")
    assert "half a &lt;b&gt;sentence" in rae.text
    [press] = said(rae.portal)
    assert (press.draft, press.receipt_index, press.path, press.text) == ("", "", "", "")
    assert draft not in press.to_json().decode()


def test_after_the_receipt_it_is_asked_how_telling_went_and_the_six_words_come_back(rae: Rae) -> None:
    rae.starts("child").says(danger="not_now").says(what="gifts").says("send")
    six = rae.parts
    assert len(six) == 6
    assert "Did our pages make it easier to tell us?" in rae.text
    presses(rae, helped=True)
    assert not set(six) & set(rae.text.split())
    # We show them once, and here they are not shown: the way back to them comes before everything else.
    kept = "Your six words are still there. Go back and write them down."
    assert rae.text.index(kept) < rae.text.index("Go back to where I was</button>") < rae.text.index("Such answers help us")
    assert rae.text.count("Go back to where I was") == 1
    rae.posts("/next", **rae.hidden, go="stay")
    assert rae.parts == six
    [press] = said(rae.portal)
    assert press.answers == {"page": "next", "voice": "middle", "helped": "yes"}
    assert (press.draft, press.receipt_index) == ("", "")


# ── What of it could be found ────────────────────────────────────────────────────────────────────────────────────


def test_a_press_tells_its_month_and_looks_like_any_other_file(rae: Rae, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    rae.starts("child").says(danger="not_now")
    [page] = rae.portal.site.spool.names()
    caplog.clear()
    with caplog.at_level("INFO"):
        rae.client.post(
            "/3/help/6/n", b"", content_type=FORM, headers={"user-agent": "canary", "cookie": "canary=1", "referer": "https://canary.example"}
        )
    assert [record.getMessage() for record in caplog.records] == []
    [press] = said(rae.portal)
    assert (press.hour, press.step, press.counter) == ("2026-05-01T00:00Z", 0, 0)
    [name] = set(rae.portal.site.spool.names()) - {page}
    raw, other = ((rae.portal.folder / "spool" / one).read_bytes() for one in (name, page))
    assert len(raw) == len(other)
    assert not re.search(rb"help|canary|2026|older", raw)


def test_no_answer_tells_one_reader_from_another(rae: Rae) -> None:
    first, second = (rae.posts("/help/6/n", go="").response for _ in range(2))
    assert (first.content, dict(first.headers)) == (second.content, dict(second.headers))
    assert not {"Set-Cookie", "ETag", "Last-Modified", "Location"} & set(first.headers)
    assert first.headers["Cache-Control"] == "no-store"
    assert "<title>Good to know</title>" in rae.text


@pytest.mark.parametrize("address", ["/quiet/y", "/quiet/n", "/welcome/y", "/help/14/y", "/help/1/x", "/back/y", "/picture/n"])
def test_there_is_nothing_to_press_elsewhere(rae: Rae, address: str) -> None:
    assert rae.posts(address, go="").response.status_code == 404
    assert rae.portal.fragments() == []


def test_an_address_of_a_press_that_is_opened_again_leads_to_the_start_and_counts_nothing(rae: Rae) -> None:
    answer = rae.opens("/help/1/y").response
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert rae.portal.fragments() == []


# ── Reports come first ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def thanked(rae: Rae) -> Iterator[bytes]:
    """What everybody is answered; afterwards a report is still kept."""
    yield rae.posts("/help/1/y", go="").response.content
    before = len(rae.portal.fragments())
    rae.starts("child").says(danger="happening_now")
    assert len(rae.portal.fragments()) == before + 1
    assert rae.portal.alarms() == 1


@pytest.mark.slow
def test_many_presses_do_not_fill_the_spool_and_each_is_thanked_for(rae: Rae, thanked: bytes) -> None:
    answers = {rae.posts("/help/1/y", go="").response.content for _ in range(3 * PRESSES)}
    assert answers == {thanked}
    assert PRESSES <= len(rae.portal.site.spool.names()) <= PRESSES + 5
    # What can wait is taken in after everything else.
    assert all(rae.portal.site.spool.flags(name).is_cold for name in rae.portal.site.spool.names())


@pytest.mark.slow
def test_many_presses_at_one_organisation_take_none_from_another(rae: Rae) -> None:
    for _ in range(2 * PRESSES):
        rae.posts("/help/1/y", go="")
    rae.posts("/o/two/help/1/y", go="")
    assert [one.organisation for one in said(rae.portal)].count(str(TWO)) == 1


def test_while_much_waits_or_room_gets_short_a_press_is_thanked_for_and_not_kept(rae: Rae, thanked: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = rae.portal.site.spool
    [first] = spool.names()
    with monkeypatch.context() as full:
        full.setattr(spools, "_QUIET", 1)
        assert rae.posts("/help/1/y", go="").response.content == thanked
    with monkeypatch.context() as short:
        # Reports are still taken in.
        short.setattr(reserve, "_free", lambda _: 3 * reserve.SIZE)
        assert rae.posts("/help/1/y", go="").response.content == thanked
        rae.starts("friend").says(danger="not_now")
    assert [one.kind for one in rae.portal.fragments()] == [Kind.HELPED, Kind.ANSWERS]
    assert spool.names()[0] == first


def test_a_disk_that_refuses_is_no_trouble_of_the_reader(rae: Rae, thanked: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(5, "bad disk")))
        assert rae.posts("/help/1/y", go="").response.content == thanked


@pytest.mark.slow
def test_whoever_sends_too_much_is_thanked_like_everybody_and_not_counted(line: Line, portal: Portal) -> None:
    portal.site.presses = defaultdict(lambda: Bucket(1e6, 1e6, most=1e6))
    answers = {line.post("203.0.113.77", door="/help/1/y", go="") for _ in range(PAGES + 5)}
    assert len(portal.fragments()) == PAGES
    assert answers == {line.post("198.51.100.4", door="/help/1/y", go="")}
    assert len(portal.fragments()) == PAGES + 1
