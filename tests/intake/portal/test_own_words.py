"""The own words, offered back: behind a step of their own, as they were told, and never lost for what is added."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.intake.portal.rae import Rae

from cairndesk.intake.rules import Account, Answers, Kind, Mailbox, Message

HOUR = datetime(2026, 5, 1, 12, tzinfo=UTC)
SIX = ("anchor", "apple", "acorn", "album", "amber", "apron")
OWN = "He said <b>dont</b> tel.\n  I said No & no."
SHOWN = "He said &lt;b&gt;dont&lt;/b&gt; tel.\n  I said No &amp; no."
ANSWERS: Answers = {"what": ["secrets"], "danger": ["not_now"], "more": OWN, "age": {"unknown": "declined"}, "link": {"unknown": "unknown"}}
BOX = Mailbox(
    messages=(Message("you", "It was on Monday.", HOUR, about="told"), Message("desk", "We saw it.", HOUR)),
    told=Account("child", ANSWERS, HOUR),
)


@pytest.fixture
def back(rae: Rae) -> Rae:
    rae.portal.answer(SIX, BOX)
    return rae.posts("/back", words=" ".join(SIX))


def test_they_come_back_with_the_mailbox_as_they_were_written() -> None:
    assert Mailbox.from_json(BOX.to_json()) == BOX


def test_an_answer_that_is_not_asked_any_more_takes_no_other_with_it() -> None:
    told = Account("child", {"more": OWN, "gone": "x", "age": "13"}, HOUR)
    opened = Mailbox.from_json(replace(BOX, told=told).to_json())
    assert opened.told == Account("child", {"more": OWN}, HOUR)


def test_a_mailbox_that_was_laid_out_before_there_were_accounts_still_opens() -> None:
    assert Mailbox.from_json(b'{"milestones":[],"outcome":"","messages":[{"from":"you","text":"x","hour":"2026-05-01T12:00:00+00:00"}]}').told is None


@pytest.mark.req("PRI-06")
def test_who_looks_over_the_shoulder_sees_none_of_it_until_it_is_asked_for(back: Rae) -> None:
    assert SHOWN not in back.text
    assert "It was on Monday." not in back.text
    assert "We saw it." in back.text
    assert "Can somebody see your screen?" in back.text
    back.posts("/back", **back.hidden, go="told")
    assert SHOWN in back.text
    assert back.response.headers["Cache-Control"] == "no-store"
    assert len(back.response.content) % 4096 == 0
    pressed = [dict(held).get("href") for tag, held in back.page.tags if tag == "a"]
    assert pressed[0] == "/go"


@pytest.mark.req("PRI-06")
def test_own_words_stand_first_and_every_answer_in_the_words_of_its_question(back: Rae) -> None:
    text = back.posts("/back", **back.hidden, go="told").text
    assert text.index(SHOWN) < text.index("Somebody I met online wants me to keep secrets") < text.index("It was on Monday.")
    assert "No, not right now" in text
    assert "I’d rather not say" in text
    # What was left blank was not said, and a question alone is nobody's words.
    assert "Is there a link?" not in text
    assert "We saw it." not in text


@pytest.mark.req("PRI-06")
def test_what_is_added_is_sent_beside_them_and_says_so(back: Rae) -> None:
    back.posts("/back", **back.hidden, go="told")
    back.posts("/back", **back.hidden, go="write", text="It was on Tuesday.")
    assert "We have your message" in back.text
    sent = back.portal.fragments()[-1]
    assert (sent.kind, sent.text, sent.answers) == (Kind.MESSAGE, "It was on Tuesday.", {"about": "told"})


def test_a_correction_on_a_full_disk_stays_a_correction(back: Rae, monkeypatch: pytest.MonkeyPatch) -> None:
    back.posts("/back", **back.hidden, go="told")

    def refuse(file: object) -> str:
        raise OSError(28, "no")

    with monkeypatch.context() as broken:
        broken.setattr(back.portal.site.spool, "put", refuse)
        back.posts("/back", **back.hidden, go="write", text="It was on Tuesday.")
    back.posts("/back", **back.hidden, go="write", text="It was on Tuesday.")
    assert back.portal.fragments()[-1].answers["about"] == "told"


def test_nobody_reads_them_without_the_words(back: Rae) -> None:
    assert SHOWN not in back.posts("/back", go="told").text
    assert SHOWN not in back.posts("/back", s="x", go="told").text
    assert SHOWN not in back.posts("/o/two/back", **back.hidden, go="told").text


def test_where_nothing_was_told_or_it_is_gone_nothing_is_offered(rae: Rae) -> None:
    rae.portal.answer(SIX, Mailbox())
    assert "Show what I told you" not in rae.posts("/back", words=" ".join(SIX)).text
    assert "It is good that you are back" in rae.posts("/back", **rae.hidden, go="told").text
