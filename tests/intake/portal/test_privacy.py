"""The notice for children: true, from the schedule, in every language, one tap from every page, and nothing is lost by reading it."""

import json
import re

import pytest
from tests.intake.portal.rae import Rae
from tests.intake.portal.test_texts import _grade, _plain, _sentences, _words
from tests.intake.portal.walk import SIX

from cairndesk.intake.published import TOLD_OF
from cairndesk.intake.rules import Mailbox


def _seen(text: str) -> str:
    """What a reader sees of the page itself, one sentence or line after the other."""
    main = text.split("<main>")[1].split("</main>", maxsplit=1)[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", re.sub(r"</(h1|h2|p|li|dt|dd)>", ". ", main)))


@pytest.mark.req("PRI-14", "UXQ-01")
def test_a_child_can_read_it(rae: Rae) -> None:
    read = _plain(_seen(rae.opens("/privacy").text))
    assert len(_words(read)) > 250
    assert max(len(_words(sentence)) for sentence in _sentences(read)) <= 15
    assert _grade(read) <= 5


@pytest.mark.req("PRI-09")
def test_it_says_that_one_may_object_how_and_that_another_person_decides_and_so_does_the_page_behind_the_words(rae: Rae) -> None:
    read = _seen(rae.opens("/privacy").text).split("If you think we got something wrong")[1]
    for said in (
        "say that you do not agree",
        "With your six words: press “Ask us to look at it again”",
        "Without them: call us or write us a letter",
        "Another person here",
    ):
        assert said in read
    assert "somebody told us something about you that is wrong" in read
    rae.portal.answer(SIX, Mailbox())
    rae.posts("/back", words=" ".join(SIX))
    assert "Do you think we got something wrong?" in rae.text
    assert rae.text.index("Do you think we got") < rae.text.index("objection")
    rae.posts("/back", **rae.hidden, go="choices")
    rae.posts("/back", **rae.hidden, go="choose", wish="help_only")
    assert "If we sent something before, we ask for it back." in rae.text


@pytest.mark.req("PRI-14")
def test_how_long_is_what_the_schedule_says(rae: Rae) -> None:
    desks = rae.portal.site.published._folder / "organisations.json"
    rows = json.loads(desks.read_text("utf-8"))
    rows[0]["kept"] = {"account": [30, 711], "message": [0, 222], "draft": [0, None]}
    rae.portal.publish("organisations.json", rows)
    read = _seen(rae.opens("/privacy").text)
    assert re.search(r"What you told us\.? *\.? +Days after we finish, at most: 711 +Days after you told us, at least: 30", read)
    assert re.search(r"What we wrote to each other[ .]+Days after we finish, at most: 222", read)
    assert re.search(r"never pressed “Send” at the end[ .]+No last day is set yet", read)
    # The way back is shut when what lies behind it is gone, though receipts might be kept for a year.
    assert re.search(r"six words still work: +222", read)


@pytest.mark.req("PRI-14")
def test_without_a_schedule_in_force_it_promises_no_day(rae: Rae) -> None:
    read = _seen(rae.opens("/privacy").text)
    assert read.count("No last day is set yet.") == len(TOLD_OF)
    assert "at most" not in read
    assert re.search(rf"six words still work: +{rae.portal.site.config.receipts.keep_days}", read)


def test_it_names_what_is_counted_of_presses_and_of_how_people_felt(rae: Rae) -> None:
    assert "We count which pages helped, and how people felt since they told us." in _seen(rae.opens("/privacy").text)


@pytest.mark.req("PRI-14")
def test_whoever_reads_it_in_the_middle_of_telling_goes_on_with_what_was_typed(rae: Rae) -> None:
    rae.starts("child").says(danger="not_now").says(what="gifts").says("decline")
    filed = len(rae.portal.fragments())
    rae.posts("/privacy", **rae.hidden, go="stay", more="half a <b>sentence", age="13_15")
    assert rae.heading == "What we keep, and who sees it"
    assert len(rae.portal.fragments()) == filed
    rae.posts("/next", **rae.hidden, go="stay")
    assert "half a &lt;b&gt;sentence" in rae.text
    assert 'value="13_15" checked' in rae.text
    assert len(rae.says(more="half a <b>sentence and the end").parts) == 6


@pytest.mark.req("PRI-14")
def test_whoever_reads_it_behind_the_receipt_comes_back_without_the_words(rae: Rae) -> None:
    rae.portal.answer(SIX, Mailbox())
    rae.posts("/back", words=" ".join(SIX))
    rae.posts("/privacy", **rae.hidden, go="open", text="There is more.", words=" ".join(SIX))
    assert not any(word in rae.text for word in SIX)
    rae.posts("/back", **rae.hidden, go="open")
    assert "It is good that you are back" in rae.text
    assert "There is more." in rae.text


def test_it_takes_along_only_what_our_forms_ask_and_leads_nowhere_else(rae: Rae) -> None:
    rae.posts("/privacy", go="stay", s="x", evil="1", csrf="2")
    assert rae.hidden == {"s": "x"}
    assert "/next" in rae.text
    rae.posts("/privacy", go="https://elsewhere.example/", s="x")
    assert rae.hidden == {}
    assert "elsewhere" not in rae.text


@pytest.mark.parametrize("address", ["/", "/1/", "/help/6", "/help/11"])
def test_that_the_police_may_get_the_words_and_that_it_can_be_forbidden_is_said_before_anything_is_told(rae: Rae, address: str) -> None:
    text = rae.opens(address).text
    assert "Then the police may get your words. You can ask us not to tell them." in text
    assert text.index("police") < (text.index("Who are you?") if "Who are you?" in text else len(text))
