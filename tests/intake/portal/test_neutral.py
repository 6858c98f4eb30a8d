"""Nobody is taken for a girl or a boy, nothing graphic is shown, no answer is put into a mouth: in every language and every voice."""

import functools
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
import time_machine
from tests.intake.portal.messages import counted, messages
from tests.intake.portal.rae import CONTACTS, Rae, contact
from tests.intake.portal.test_texts import WHOM
from tests.intake.portal.voices_of import said_in

from cairndesk.cases import taxonomy
from cairndesk.cases.models import Case, CasePerson
from cairndesk.intake.portal.languages import NUMBERS, all_languages, catalogue_of
from cairndesk.intake.portal.neutral import gendered, rules, shown
from cairndesk.intake.portal.voices import VOICES, Voice
from cairndesk.intake.rules import Path, questions_of, unknown
from cairndesk.lib.catalogues import entries
from cairndesk.lib.unknowns import Unknown
from cairndesk.review.forms.known import FactForm
from cairndesk.review.rules.known import Kind

RULES = rules()
CODES = [one.code for one in all_languages()]
PEOPLE = ("reader", "child", "doer", "carer")
OWN = "whoever lives in the North"
NIGHT = datetime(2026, 11, 27, 22, tzinfo=UTC)


@functools.cache
def texts_of(code: str) -> Mapping[str, str]:
    """Every text of a language in every voice, by voice and text; whom a helpline is for says the operator."""
    held = [{text: catalogue.get(text, text) for text in messages()} for catalogue in said_in(code)]
    return {f"{number}: {text}": said for number, catalogue in enumerate(held) for text, said in catalogue.items() if text and text not in WHOM}


def tables_of(code: str) -> Mapping[str, str]:
    """The words of the public tables of a language, but for the labels of gender themselves."""
    path = catalogue_of(code, domain=NUMBERS)
    held = entries(path.read_text("utf-8")) if path.exists() else {text: text for text in counted()}
    labels = {one.label for one in taxonomy.family("gender").codes.values()}
    return {text: said for text, said in held.items() if text and text not in labels}


def caught(code: str, texts: Mapping[str, str], lint: Callable[[str, str], list[str]]) -> dict[str, list[str]]:
    return {name: words for name, said in texts.items() if (words := lint(code, said))}


def test_every_language_has_its_rules_and_shows_what_each_is_there_for() -> None:
    assert list(RULES) == CODES, "add a table to src/cairndesk/locale/neutral.toml, in the order of languages.toml"
    for held in RULES.values():
        assert set(held) == {"reader", "lone", "together", "graphic", "leading", "planted"}
        assert set(held["planted"]) == {*PEOPLE, "graphic", "leading", "fine"}
        assert all(held.values())
        assert all(held["planted"].values())


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("whom", [*PEOPLE, "graphic", "leading"])
def test_a_sentence_that_is_planted_among_the_texts_is_found_and_nothing_else(code: str, whom: str) -> None:
    planted = {sentence: sentence for sentence in RULES[code]["planted"][whom]}
    found = caught(code, {**texts_of(code), **planted}, gendered if whom in PEOPLE else shown)
    assert list(found) == list(planted)


@pytest.mark.parametrize("code", CODES)
def test_what_looks_alike_and_is_not_is_let_through(code: str) -> None:
    fine = {sentence: sentence for sentence in RULES[code]["planted"]["fine"]}
    assert caught(code, fine, gendered) == {}
    assert caught(code, fine, shown) == {}


@pytest.mark.parametrize("code", CODES)
def test_each_word_is_found_wherever_it_stands_in_a_text(code: str) -> None:
    plain = [word for word in RULES[code]["graphic"] if not re.search(r"[\\\[(?|*]", word)]
    assert plain
    around = RULES[code]["planted"]["fine"][0]
    for word in plain:
        for text in (word, f"{around} {word}", f"{word} {around}", f"“{word}”, {around}"):
            assert word in shown(code, text), text


@pytest.mark.req("UXQ-04")
@pytest.mark.parametrize("code", CODES)
def test_nobody_is_taken_for_a_girl_or_a_boy_and_whoever_says_who_they_are_finds_an_answer_that_fits(rae: Rae, code: str) -> None:
    assert caught(code, {**texts_of(code), **tables_of(code)}, gendered) == {}
    # No question asks for it, and on every path there is room for words of one's own.
    asked = {path: set(questions_of(path)) for path in Path}
    assert [path for path, names in asked.items() if names & {"gender", "sex"} or "more" not in names] == []
    # Whom a helpline is for is said in one way of everybody, and in the operator's own words where they chose them.
    rae.portal.publish("contacts.json", [*CONTACTS, contact("helpline", "Line", "XA", genders=["girls", "boys", "non_binary", OWN])])
    prefix = next(one.prefix for one in all_languages() if one.code == code)
    page = rae.opens(f"{prefix}/help/call").text
    named = [said_in(code)[1].get(text, text) for text in ("girls and women", "boys and men", "people who are both or neither")]
    comma = next(one.comma for one in all_languages() if one.code == code)
    assert comma.join([*named, f'<bdi lang="">{OWN}</bdi>']) in unescape(page)
    # The desk, which is told, fills in nothing and has an answer for everybody.
    answers = FactForm(kind=Kind.PERSON, case=Case()).fields["gender"]
    offered = [value for value, _ in answers.choices]
    assert {"non_binary", "self_described", Unknown.DECLINED, Unknown.NOT_ASKED} <= set(offered)
    assert set(taxonomy.family("gender").codes) <= set(offered)
    assert answers.initial is None
    assert CasePerson().gender == Unknown.NOT_ASKED


@pytest.mark.req("UXQ-08")
@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("voice", VOICES, ids=lambda one: one.variant or "middle")
def test_one_chooses_goes_at_ones_own_pace_may_pause_and_stop_and_is_asked_nothing_graphic(rae: Rae, code: str, voice: Voice) -> None:
    at = next(one.prefix for one in all_languages() if one.code == code) + voice.prefix
    assert caught(code, texts_of(code), shown) == {}
    with time_machine.travel(NIGHT, tick=False) as clock:
        rae.starts("child", at)
        for step in range(1, 5):
            words = re.sub("<[^>]+>", " ", rae.text.split("<main>")[1].split("</main>")[0])
            assert shown(code, unescape(words)) == []
            # Stop, at once and on every page; say nothing to a question; go back; send what there is.
            assert f'<header class="out"><a href="{at}/go"' in rae.text
            buttons = {str(held["value"]) for tag, held in rae.page.tags if tag == "button" and held.get("name") == "go"}
            assert {"next", "decline"} | ({"back"} if step > 1 else set()) | ({"send"} if 1 < step < 4 else set()) <= buttons
            # Nothing is chosen for anybody, and nothing hurries: no clock runs on the page.
            assert not [held for tag, held in rae.page.tags if "checked" in held or "required" in held or held.get("http-equiv") or tag == "script"]
            # A pause of hours loses nothing.
            clock.shift(timedelta(hours=5))
            rae.says("decline", at)
        assert len(rae.parts) == 6
    told = {name: answer for one in rae.portal.fragments() for name, answer in one.answers.items()}
    assert set(told) >= {"danger", "what", "more"}
    assert all(answer == unknown(Unknown.DECLINED) for answer in told.values())
    # Whoever stops half way is heard as far as they told: each page was kept when it was sent.
    rae.starts("child", at).says(at=at, danger="self_harm")
    rae.opens(f"{at}/go")
    assert any(one.answers.get("danger") == ["self_harm"] for one in rae.portal.fragments())
