import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from tests.intake.portal.rae import Rae

from cairndesk.custody.sealing import hpke
from cairndesk.intake import receipt
from cairndesk.intake.portal import site
from cairndesk.intake.portal.state import Keyholder
from cairndesk.intake.rules import Kind, Mailbox, Message, Milestone, Promise
from cairndesk.intake.rules.mailbox import PROMISES
from cairndesk.lib import clock

HOUR = datetime(2026, 5, 1, 12, tzinfo=UTC)
BOX = Mailbox(
    milestones=(Milestone("received", HOUR), Milestone("seen", HOUR)),
    outcome="removed",
    messages=(Message("you", "first", HOUR), Message("desk", "We saw it. <b>x</b>", HOUR)),
)
SIX = ("anchor", "apple", "acorn", "album", "amber", "apron")


@pytest.fixture
def answered(rae: Rae) -> Rae:
    rae.portal.answer(SIX, BOX)
    return rae


@pytest.mark.req("INT-10")
def test_the_words_open_milestones_outcome_and_messages(answered: Rae) -> None:
    text = answered.posts("/back", words=" ".join(SIX)).text
    assert text.index("We have your report") < text.index("A person has read it") < text.index("There is an answer for you")
    assert "were taken down" in text
    assert text.index("We saw it.") < text.index("first")
    assert "<b>x</b>" not in text


def test_a_right_answer_is_filled_to_steps_and_never_shows_the_words(answered: Rae) -> None:
    answered.posts("/back", words=" ".join(SIX))
    assert len(answered.response.content) % 4096 == 0
    assert not any(word in answered.text for word in SIX)


def test_wrong_unknown_erased_and_expired_receipts_get_the_same_bytes(answered: Rae) -> None:
    answers = {answered.posts("/back", words=" ".join(receipt.draw())).response.content for _ in range(5)}
    opened = answered.portal.site.stretch(SIX)
    (answered.portal.folder / "published" / "mailboxes" / opened.index).unlink()
    answers.add(answered.posts("/back", words=" ".join(SIX)).response.content)
    assert len(answers) == 1
    assert len(answers.pop()) % 4096 == 0


def test_wrong_and_right_words_cost_the_same_work(answered: Rae, monkeypatch: pytest.MonkeyPatch) -> None:
    work = []
    stretch, unseal = receipt.stretch, hpke.unseal
    monkeypatch.setattr(receipt, "stretch", lambda *given, **named: work.append("stretch") or stretch(*given, **named))
    monkeypatch.setattr(hpke, "unseal", lambda private, blob, context: work.append(f"open {len(blob)}") or unseal(private, blob, context))
    answered.posts("/back", words=" ".join(SIX))
    right = work.copy()
    work.clear()
    answered.posts("/back", words=" ".join(receipt.draw()))
    assert work == right


@pytest.mark.parametrize("kept_for", [0.0013, 0.0052])
def test_every_answer_comes_on_a_whole_step_of_time(answered: Rae, monkeypatch: pytest.MonkeyPatch, kept_for: float) -> None:
    # What takes some microseconds longer, as a name that never was on the disk, ends on the same step as what does not.
    here, ends = answered.portal.site, []
    for parts in (SIX, receipt.draw()):
        clock = SimpleNamespace(perf_counter=iter([10.0, 10.0 + kept_for]).__next__, sleep=lambda held: ends.append(kept_for + held))
        monkeypatch.setattr(site, "time", clock)
        here.look_up(parts)
    assert ends == [pytest.approx(site.ANSWERED_IN_STEPS_OF * (1 + kept_for // site.ANSWERED_IN_STEPS_OF))] * 2


def test_a_word_that_is_not_in_the_list_is_named_without_any_look_up(answered: Rae, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answered.portal.site, "look_up", lambda _parts: pytest.fail("no look-up"))
    answered.posts("/back", words="anchor aple acorn album amber apron")
    assert answered.response.status_code == 422
    assert "aple" in answered.text
    assert "apple" in answered.text


def test_too_few_words_are_asked_for_again(answered: Rae) -> None:
    answered.posts("/back", words="anchor apple")
    assert "all six words" in answered.text
    assert "anchor apple" in answered.text


def test_a_full_lane_asks_to_come_again_in_a_minute(answered: Rae, monkeypatch: pytest.MonkeyPatch) -> None:
    lane = answered.portal.site.lookups
    monkeypatch.setattr(lane, "_inside", 17)
    answered.posts("/back", words=" ".join(SIX))
    assert answered.response.status_code == 503
    assert "Please try again in a minute." in answered.text


def test_filing_goes_on_while_the_look_ups_are_full(answered: Rae, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answered.portal.site.lookups, "_inside", 17)
    assert len(answered.tells_all().parts) == 6


@pytest.mark.req("INT-25")
def test_a_message_is_kept_under_the_receipt(answered: Rae) -> None:
    answered.posts("/back", words=" ".join(SIX))
    answered.posts("/back", **answered.hidden, go="write", text="There is more.", link="https://site.example/2", safe_contact="sometimes")
    assert "We have your message" in answered.text
    sent = answered.portal.fragments()[-1]
    assert (sent.kind, sent.text, sent.receipt_index) == (Kind.MESSAGE, "There is more.", answered.portal.site.stretch(SIX).index)
    assert sent.answers == {"safe_contact": "sometimes", "link": "https://site.example/2"}
    assert sent.draft == ""


def test_the_page_opens_again_without_typing_the_words(answered: Rae) -> None:
    answered.posts("/back", words=" ".join(SIX))
    answered.posts("/back", **answered.hidden, go="write", text="There is more.")
    assert "It is good that you are back" in answered.posts("/back", **answered.hidden, go="open").text


def test_an_empty_message_is_asked_about_kindly(answered: Rae) -> None:
    answered.posts("/back", words=" ".join(SIX))
    answered.posts("/back", **answered.hidden, go="write", text="  ")
    assert answered.response.status_code == 422
    assert answered.portal.fragments() == []


def test_a_message_on_a_full_disk_stays_on_the_page(answered: Rae, monkeypatch: pytest.MonkeyPatch) -> None:
    answered.posts("/back", words=" ".join(SIX))

    def refuse(file: object) -> str:
        raise OSError(28, "no")

    with monkeypatch.context() as broken:
        broken.setattr(answered.portal.site.spool, "put", refuse)
        answered.posts("/back", **answered.hidden, go="write", text="There is more.", link="https://site.example/3", safe_contact="sometimes")
    assert answered.response.status_code == 503
    assert "There is more." in answered.text
    assert 'value="https://site.example/3"' in answered.text
    assert 'value="sometimes" checked' in answered.text
    assert "We have your message" in answered.posts("/back", **answered.hidden, go="write", text="There is more.").text


def test_after_a_restart_the_words_are_asked_again_and_the_message_is_not_lost(answered: Rae) -> None:
    answered.posts("/back", words=" ".join(SIX))
    hidden = answered.hidden
    answered.portal.site.keyholder = Keyholder()
    answered.posts("/back", **hidden, go="write", text="There is more.", link="https://site.example/3")
    assert "What you wrote is still here." in answered.text
    answered.posts("/back", **answered.hidden, words=" ".join(SIX))
    assert "There is more." in answered.text
    assert "https://site.example/3" in answered.text


def test_a_receipt_works_at_the_address_of_any_organisation_only_with_the_words(answered: Rae) -> None:
    answered.posts("/back", words=" ".join(SIX))
    hidden = answered.hidden
    assert "Your six words" in answered.posts("/o/two/back", **hidden, go="open").text


@pytest.mark.req("TRN-16", "UXQ-09")
def test_two_taps_say_how_it_felt_with_or_without_words(answered: Rae) -> None:
    answered.posts("/back", words=" ".join(SIX))
    hidden = answered.hidden
    answered.posts("/back", **hidden, go="felt")
    assert [answered.text.count(f'value="felt-{code}"') for code in ("better", "same", "worse")] == [1, 1, 1]
    answered.posts("/back", **answered.hidden, go="felt-better")
    assert "Thank you for saying so" in answered.text
    assert "Numbers to call" not in answered.text
    # Only what a person is brought to is promised one.
    assert "A person will read it." not in answered.text
    answered.posts("/back", **hidden, go="felt-worse", text="I am scared.")
    assert "Numbers to call" in answered.text
    for felt, text in (("worse", ""), ("same", "I dream of it.")):
        assert "A person will read it. Come back in a day or two" in answered.posts("/back", **hidden, go=f"felt-{felt}", text=text).text
    assert [(one.text, one.answers) for one in answered.portal.fragments()] == [
        ("-", {"about": "felt", "felt": "better"}),
        ("I am scared.", {"about": "felt", "felt": "worse"}),
        ("-", {"about": "felt", "felt": "worse"}),
        ("I dream of it.", {"about": "felt", "felt": "same"}),
    ]


@pytest.mark.req("PRI-09")
def test_an_objection_has_a_button_of_its_own_and_needs_no_words(answered: Rae) -> None:
    answered.posts("/back", words=" ".join(SIX))
    answered.posts("/back", **answered.hidden, go="objection")
    hidden = answered.hidden
    assert "Another person looks at it, not the one who did it." in answered.text
    for text in ("", "It was me, not my brother."):
        assert "Another person here looks at it." in answered.posts("/back", **hidden, go="object", text=text).text
    assert [(one.kind, one.text, one.answers) for one in answered.portal.fragments()] == [
        (Kind.MESSAGE, "-", {"about": "objection"}),
        (Kind.MESSAGE, "It was me, not my brother.", {"about": "objection"}),
    ]


@pytest.mark.req("INT-10")
def test_when_the_promised_day_is_over_the_page_says_so_by_itself(rae: Rae, monkeypatch: pytest.MonkeyPatch) -> None:
    rae.portal.answer(SIX, Mailbox(milestones=(Milestone("received", HOUR),), promises=tuple(Promise(code, HOUR.date()) for code in PROMISES)))
    monkeypatch.setattr(clock, "now", lambda: HOUR + timedelta(hours=11))
    text = rae.posts("/back", words=" ".join(SIX)).text
    assert text.count("by this day:") == 3
    assert "You are not forgotten" not in text
    # Nothing is laid out anew for it: the same sealed mailbox is read a day later.
    monkeypatch.setattr(clock, "now", lambda: HOUR + timedelta(hours=12))
    text = rae.posts("/back", words=" ".join(SIX)).text
    assert (text.count("We said that"), text.count("You are not forgotten")) == (3, 1)


@pytest.mark.parametrize(("at", "written"), [("", "1 May 2026"), ("/hi", "1 मई 2026"), ("/ar/3", "1 مايو 2026"), ("/fil/1", "Mayo 1, 2026")])
def test_days_are_written_as_the_reader_writes_them_and_never_break(answered: Rae, at: str, written: str) -> None:
    text = answered.posts(f"{at}/back", words=" ".join(SIX)).text
    assert f"<bdi>{written}</bdi>".replace(" ", "\u00a0") in text
    assert not re.search(r"\d{4}-\d\d-\d\d", text)


def test_who_has_the_report_now_and_who_wrote_stand_with_their_names(rae: Rae) -> None:
    said = (Message("desk", "Words of one.", HOUR), Message("desk", "Words of two.", HOUR, name="Desk <Two>"))
    stones = (Milestone("received", HOUR), Milestone("handed_over", HOUR))
    rae.portal.answer(SIX, Mailbox(milestones=stones, messages=said, holder="Desk <Two>"))
    text = rae.posts("/back", words=" ".join(SIX)).text
    assert "Another team has your report now<small><bdi>Desk &lt;Two&gt;</bdi>, <bdi>" in text
    two, one = text.split("<li><small>")[-2:]
    assert "Desk &lt;Two&gt;" in two.split("Words of two.")[0]
    assert "Desk &lt;Two&gt;" not in one
