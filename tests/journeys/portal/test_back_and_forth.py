"""The back button, two tabs of one telling, and coming back with the receipt, in a browser without script: nothing is lost."""

import pytest
from playwright.sync_api import BrowserContext, Error, Page, expect
from tests.intake.portal.rae import Portal
from tests.journeys.portal.visitor import Visitor

from cairndesk.intake.rules import Kind, Mailbox

pytestmark = [pytest.mark.journey, pytest.mark.slow]
SIX = ("anchor", "apple", "acorn", "album", "amber", "apron")


def _told(portal: Portal, draft: str) -> list[tuple[int, int, object]]:
    """Step, number and answers of the pages of one draft, in the order in which they are numbered."""
    pages = [one for one in portal.fragments() if one.kind == Kind.ANSWERS and one.draft == draft]
    return sorted((one.step, one.counter, one.answers.get("what") or one.answers.get("more")) for one in pages)


def _draft(page: Page) -> str:
    return str(page.locator("input[name=d]").first.get_attribute("value")).split(".")[0]


def _begins(visitor: Visitor) -> str:
    visitor.opens()
    visitor.presses("Something is happening to me")
    draft = _draft(visitor.page)
    visitor.ticks("No, not right now")
    visitor.presses("Next")
    return draft


def test_the_back_button_loses_nothing_and_what_is_said_last_counts(visitor: Visitor) -> None:
    draft = _begins(visitor)
    visitor.ticks("Somebody gives me gifts or money to do things")
    visitor.presses("Next")
    try:
        visitor.page.go_back()
    except Error:
        # Nothing of the pages stays in the browser: it asks once more before it shows the page again.
        visitor.page.wait_for_timeout(500)
        visitor.page.reload()
    expect(visitor.page.locator("h1")).to_have_text("What is happening?")
    visitor.ticks("Somebody I met online wants me to keep secrets")
    visitor.presses("Next")
    expect(visitor.page.locator("h1")).to_have_text("Where does it happen?")
    seconds = [(counter, said) for step, counter, said in _told(visitor.portal, draft) if step == 2]
    assert seconds[0][1] == ["gifts"]
    assert "secrets" in seconds[-1][1]  # type: ignore[operator]
    assert len({counter for counter, _ in seconds}) == len(seconds)


def test_two_tabs_of_one_telling_are_one_report_with_one_receipt(visitor: Visitor, context: BrowserContext) -> None:
    draft = _begins(visitor)
    held = visitor.page.content()
    other = context.new_page()
    other.route("**/other-tab", lambda route: route.fulfill(body=held, content_type="text/html; charset=utf-8"))
    other.goto(f"{visitor.address}/other-tab")
    tabs = [visitor, Visitor(visitor.address, visitor.portal, other)]
    for tab, said in zip(tabs, ("Somebody gives me gifts or money to do things", "Somebody I met online wants me to keep secrets"), strict=True):
        tab.ticks(said)
        tab.presses("Next")
    words = []
    for tab in tabs:
        tab.presses("Send what I have told so far")
        words.append(tab.page.locator(".words li").all_inner_texts())
    assert words[0] == words[1]
    assert len(words[0]) == 6
    told = _told(visitor.portal, draft)
    # Both are kept; the one that was sent last has the higher number.
    assert [said for step, _, said in told if step == 2] == [["gifts"], ["secrets"]]
    assert len({one.receipt_index for one in visitor.portal.fragments() if one.kind == Kind.RECEIPT and one.draft == draft}) == 1


@pytest.mark.req("TRN-16")
def test_two_taps_say_how_it_felt_and_an_objection_takes_two_as_well(visitor: Visitor) -> None:
    visitor.portal.answer(SIX, Mailbox())
    before = len(visitor.portal.fragments())
    visitor.opens("/back")
    visitor.page.get_by_role("textbox").fill(" ".join(SIX))
    visitor.presses("Open")
    visitor.page.locator("#text").fill("I began to write.")
    visitor.presses("Say how you feel")
    # What was being written goes on.
    expect(visitor.page.get_by_role("textbox")).to_have_value("I began to write.")
    visitor.presses("The same")
    expect(visitor.page.locator("h1")).to_have_text("Thank you for saying so")
    visitor.presses("See my page again")
    # The enter key in the line for a link sends the message, and opens no other page.
    visitor.page.locator("#link").fill("https://site.example/1")
    with visitor.page.expect_navigation():
        visitor.page.locator("#link").press("Enter")
    expect(visitor.page.locator("h1")).to_have_text("We have your message")
    visitor.presses("See my page again")
    visitor.presses("Ask us to look at it again")
    visitor.page.get_by_role("textbox").fill("It was not like that.")
    visitor.presses("Ask for a new look")
    expect(visitor.page.locator("h1")).to_have_text("We have it")
    said = [(one.text, one.answers) for one in visitor.portal.fragments()[before:] if one.kind == Kind.MESSAGE]
    assert ("I began to write.", {"about": "felt", "felt": "same"}) in said
    assert ("It was not like that.", {"about": "objection"}) in said
    assert visitor.foreign() == []
