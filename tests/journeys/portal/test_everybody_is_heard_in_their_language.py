"""Six people tell, and one only reads, in four languages, with script off: from the first page to the six words and back.

The texts that they read and press are looked up in the catalogues, so each language joins in once it has one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect
from tests.intake.portal.rae import Portal
from tests.journeys.portal.visitor import Visitor

from cairndesk.intake.portal.languages import Language, all_languages, catalogue_of
from cairndesk.intake.rules import Kind, Mailbox
from cairndesk.intake.rules import Path as Telling
from cairndesk.lib.catalogues import SOURCE, entries

pytestmark = [pytest.mark.journey, pytest.mark.slow]
LANGUAGES = [pytest.param(one, id=one.code) for one in all_languages() if one.code in {"en", "ar", "hi", "sw"}]
# What people write in their own words.
WRITES = {"en": "Please help.", "ar": "ساعدوني من فضلكم.", "hi": "कृपया मदद कीजिए।", "sw": "Tafadhali nisaidie."}


@dataclass
class Someone:
    """A visitor who reads one language; `said` is what its catalogue says for an English text."""

    visitor: Visitor
    language: Language
    said: Mapping[str, str]
    shots: Path
    story: str
    pressed: int = 0

    def reads(self, text: str) -> None:
        expect(self.visitor.page.get_by_text(self.said.get(text, text), exact=True).first).to_be_visible()

    def heads(self, text: str) -> None:
        assert self.visitor.heading == self.said.get(text, text)

    def ticks(self, text: str) -> None:
        self.visitor.ticks(self.said.get(text, text))

    def fills(self, text: str, words: str) -> None:
        self.visitor.page.get_by_label(self.said.get(text, text), exact=True).fill(words)

    def presses(self, text: str, *, exact: bool = True) -> None:
        with self.visitor.page.expect_navigation():
            self.visitor.page.get_by_role("button", name=self.said.get(text, text), exact=exact).first.click()
        self.pressed += 1

    def looks(self) -> None:
        """A picture of the page is kept for people to look at."""
        page = self.visitor.page
        assert page.locator("html").get_attribute("lang") == self.language.code
        target = self.shots / f"journey-{self.language.code}-{self.story}-{self.pressed}.png"
        page.screenshot(path=target, full_page=True)
        assert target.stat().st_size > 2000


def a_child(one: Someone) -> None:
    one.presses("Something is happening to me", exact=False)
    one.heads("Is somebody in danger right now?")
    one.ticks("Somebody wants something from me by a set time")
    one.presses("Next")
    one.ticks("Somebody says they will share my pictures, or wants money")
    one.looks()
    one.presses("Next")
    one.ticks("Online, or on a phone")
    one.fills("Which app, game or site is it?", "A game")
    one.presses("Next")
    one.ticks("13 to 15")
    one.fills("Is there more you want us to know?", WRITES[one.language.code])
    one.presses("Send")


def a_friend(one: Someone) -> None:
    one.presses("I am worried about a friend", exact=False)
    one.presses("I’d rather not say")
    one.fills("Is there a link? Put it here.", "https://site.example/friend")
    one.presses("Send what I have told so far")


def a_carer(one: Someone) -> None:
    one.presses("I look after a child", exact=False)
    one.ticks("Yes, it is happening now")
    one.presses("Next")
    one.reads("We have your call for help. It is with us now.")
    one.looks()
    one.ticks("Somebody online wants a child to keep secrets")
    one.presses("Next")
    one.presses("I’d rather not say")
    one.fills("Is there more you want us to know?", WRITES[one.language.code])
    one.presses("Send")


def a_professional(one: Someone) -> None:
    one.presses("I work with children", exact=False)
    one.ticks("No, not right now")
    one.presses("Next")
    one.ticks("Somebody touches a child in a way that feels wrong")
    one.presses("Next")
    one.ticks("In real life")
    one.presses("Next")
    one.ticks("Under 10")
    one.fills("Is there more you want us to know?", WRITES[one.language.code])
    one.presses("Send")


def a_survivor(one: Someone) -> None:
    one.presses("It happened to me when I was a child", exact=False)
    one.presses("I’d rather not say")
    one.ticks("Somebody made me keep secrets")
    one.presses("Next")
    one.presses("Go back one page")
    one.presses("Next")
    one.presses("I’d rather not say")
    one.presses("I’d rather not say")


def who_wants_advice(one: Someone) -> None:
    one.presses("I only want advice", exact=False)
    one.presses("I’d rather not say")
    one.fills("What do you want to ask?", WRITES[one.language.code])
    one.presses("Send")


STORIES: Mapping[Telling, Callable[[Someone], None]] = {
    Telling.CHILD: a_child,
    Telling.FRIEND: a_friend,
    Telling.CARER: a_carer,
    Telling.PROFESSIONAL: a_professional,
    Telling.SURVIVOR: a_survivor,
    Telling.ADVICE: who_wants_advice,
}


def arrives(live: tuple[str, Portal], context: BrowserContext, language: Language, shots: Path, story: str) -> Someone:
    """Whoever comes reads the first page in English and chooses their language there."""
    visitor = Visitor(*live, context.new_page())
    visitor.opens()
    if language.code != SOURCE:
        visitor.page.get_by_role("link", name=language.name, exact=True).click()
    said = entries(catalogue_of(language.code).read_text("utf-8")) if language.code != SOURCE else {}
    one = Someone(visitor, language, said, shots, story)
    one.heads("You can tell us")
    assert visitor.page.locator("html").get_attribute("dir") == ("rtl" if language.is_rtl else "ltr")
    return one


@pytest.mark.req("INT-05")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", STORIES)
def test_everybody_is_heard(live: tuple[str, Portal], context: BrowserContext, shots: Path, path: Telling, language: Language) -> None:
    one = arrives(live, context, language, shots, path)
    STORIES[path](one)
    one.heads("We have it. Thank you for telling us.")
    one.looks()
    visitor = one.visitor
    words = visitor.page.locator("ol.words li bdi").all_inner_texts()
    assert len(words) == 6
    assert all(word.isdigit() for word in words) is (language.code != SOURCE)
    opened = visitor.portal.site.stretch(tuple(words))
    (receipt,) = (found for found in visitor.portal.fragments() if found.kind == Kind.RECEIPT and found.receipt_index == opened.index)
    filed = [found for found in visitor.portal.fragments() if found.draft == receipt.draft and found.kind == Kind.ANSWERS]
    assert {(found.path, found.language) for found in filed} == {(path, language.code)}
    assert filed
    # One answer to each press, and none from anywhere else.
    assert len(visitor.asked) == one.pressed + (1 if language.code == SOURCE else 2)
    assert visitor.foreign() == []
    comes_back(one, words)


def comes_back(one: Someone, words: list[str]) -> None:
    """With the six words, in the same language."""
    visitor = one.visitor
    visitor.portal.answer(tuple(words), Mailbox())
    visitor.page.get_by_role("link", name=one.said.get("The way back", "The way back"), exact=True).click()
    visitor.page.get_by_role("textbox").fill(" ".join(words))
    one.presses("Open")
    one.heads("It is good that you are back")


@pytest.mark.req("PRV-07")
@pytest.mark.parametrize("language", LANGUAGES)
def test_whoever_worries_about_themselves_reads_and_leaves_nothing(
    live: tuple[str, Portal], context: BrowserContext, shots: Path, language: Language
) -> None:
    one = arrives(live, context, language, shots, "self-concern")
    before = {path: path.stat().st_mtime_ns for path in one.visitor.portal.folder.rglob("*")}
    label = "I worry that I could hurt a child"
    one.visitor.page.get_by_role("link", name=one.said.get(label, label), exact=True).click()
    one.heads("When you worry about yourself")
    one.reads("A thought is not an act. You can choose what you do, and there is help.")
    one.looks()
    assert one.visitor.page.locator("form,input,textarea,button").count() == 0
    assert {path: path.stat().st_mtime_ns for path in one.visitor.portal.folder.rglob("*")} == before
    assert one.visitor.page.context.cookies() == []
