"""The desk by keyboard alone: a whole review, the map of keys, keys of one's own, and keys switched off."""

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from pytest_django.live_server_helper import LiveServer
from tests.journeys.test_the_desk_is_for_everybody import WCAG, Desk, Enter, browser, desk, enter

from cairndesk.intake.models import Receipt
from cairndesk.lib import clock

__all__ = ["browser", "desk", "enter"]
pytestmark = [pytest.mark.journey, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_a_case_is_reviewed_by_keyboard_alone(desk: Desk, enter: Enter, live_server: LiveServer) -> None:
    page = enter("Ana")
    page.goto("/")
    page.keyboard.press("n")
    page.wait_for_url(f"**/cases/{desk.burning.pk}/")
    assert page.get_by_text("child may be in danger").count() == 0
    page.keyboard.press("z")
    page.wait_for_url(f"{live_server.url}/")
    # What somebody put back is not handed to them again; an emergency stays in sight, and they may still take it themselves.
    page.keyboard.press("e")
    page.wait_for_url("**/queue/danger/")
    page.keyboard.press("j")
    page.keyboard.press("o")
    page.wait_for_url(f"**/cases/{desk.burning.pk}/")
    page.keyboard.press("c")
    page.get_by_role("link", name="Classify this case").wait_for()
    page.keyboard.press("x")
    page.wait_for_url("**/classify/")
    page.keyboard.press("3")
    page.keyboard.press("u")
    page.keyboard.press("s")
    page.wait_for_url(f"**/cases/{desk.burning.pk}/")
    assert page.get_by_text("is classified. Another person looks next.").count() == 1


def test_the_list_is_walked_and_opened_by_keyboard(desk: Desk, enter: Enter) -> None:
    page = enter("Ana")
    page.goto("/queue/waiting/")
    for key in ("j", "j", "k", "o"):
        page.keyboard.press(key)
    page.wait_for_url("**/cases/**")
    assert page.get_by_role("button", name="Claim this case").count() == 1


def test_the_map_of_keys_opens_and_single_keys_can_be_switched_off(desk: Desk, enter: Enter) -> None:
    page = enter("Ana")
    page.goto("/")
    page.keyboard.press("?")
    assert page.get_by_role("dialog", name="Keys of this page").is_visible()
    found = Axe().run(page, options=WCAG)
    assert found.violations_count == 0, found.generate_report()
    page.get_by_role("button", name="Switch single keys off").click()
    page.keyboard.press("n")
    page.reload()
    page.keyboard.press("n")
    assert page.url.endswith("/")
    page.get_by_role("button", name="Switch keys on").click()
    page.keyboard.press("n")
    page.wait_for_url("**/cases/**")


def test_the_common_decision_takes_three_keys_and_ends_with_the_next_case_open(desk: Desk, enter: Enter) -> None:
    page = enter("Ana")
    page.goto(f"/cases/{desk.held.pk}/")
    for key, leads_to in (("x", "**/classify/"), ("3", None), ("n", f"**/cases/{desk.burning.pk}/")):
        page.keyboard.press(key)
        if leads_to:
            page.wait_for_url(leads_to)
    assert page.get_by_text(f"Case {desk.held.number} is classified.").is_visible()
    # What could have been wrong is taken back by one more.
    page.keyboard.press("z")
    page.wait_for_url(f"**/cases/{desk.held.pk}/")
    assert page.get_by_text("You hold the case again.").is_visible()


def test_a_message_is_taken_back_by_one_key_and_nothing_of_it_is_left(desk: Desk, enter: Enter) -> None:
    Receipt.objects.create(index="e" * 32, mailbox_public=bytes(32), case=desk.held, made_at=clock.now())
    page = enter("Ana")
    page.goto(f"/cases/{desk.held.pk}/messages/")
    before = desk.held.messages.count()
    page.get_by_label("Your message.", exact=False).fill("Meant for somebody else.")
    page.get_by_role("button", name="Send message to the reporter").click()
    page.get_by_text("The message leaves in 30 seconds.").wait_for()
    page.keyboard.press("z")
    page.get_by_text("The message has not left, and its words are gone.").wait_for()
    assert desk.held.messages.count() == before
    assert page.get_by_text("The message leaves in").count() == 0
    page.goto(f"/cases/{desk.held.pk}/messages/")
    assert page.get_by_text("Meant for somebody else.").count() == 0


def test_a_key_is_changed_for_an_own_one_and_no_two_controls_come_to_share_it(desk: Desk, enter: Enter) -> None:
    page = enter("Ana")
    page.goto(f"/cases/{desk.held.pk}/")
    shown = page.get_by_role("link", name="Classify this case")
    map_of_keys = page.get_by_role("dialog", name="Keys of this page")

    def give(name: str, key: str) -> None:
        page.keyboard.press("?")
        map_of_keys.get_by_role("button", name=f"change the key for {name}").click()
        page.keyboard.press(key)
        page.keyboard.press("Escape")

    give("Classify this case", "b")
    # What had that key has the other one now, on this page and the next.
    assert shown.get_attribute("aria-keyshortcuts") == "b"
    assert page.get_by_role("button", name="Put it back, not this one").get_attribute("aria-keyshortcuts") == "x"
    give("Classify this case", "9")
    page.reload()
    keys = page.eval_on_selector_all("[aria-keyshortcuts]", "all => all.map((one) => one.getAttribute('aria-keyshortcuts'))")
    assert len(keys) == len(set(keys))
    # Nothing but a single sign becomes a key: this one keeps what it does everywhere.
    page.keyboard.press("?")
    map_of_keys.get_by_role("button", name="change the key for Classify this case").click()
    page.keyboard.press("Escape")
    assert map_of_keys.is_visible()
    assert shown.get_attribute("aria-keyshortcuts") == "9"
    page.keyboard.press("Escape")
    give("Show or hide this map", "q")
    page.keyboard.press("q")
    found = Axe().run(page, options=WCAG)
    assert found.violations_count == 0, found.generate_report()
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / "map-of-keys.png")
    map_of_keys.get_by_role("button", name="All keys as they came").click()
    page.keyboard.press("Escape")
    page.keyboard.press("x")
    page.wait_for_url("**/classify/")


def test_an_invented_case_is_answered_by_keyboard_alone(desk: Desk, enter: Enter) -> None:
    page = enter("Ana")
    page.goto("/training/")
    page.keyboard.press("n")
    page.wait_for_url(f"**/training/cases/{desk.trained.unanswered}/")
    page.get_by_label("How urgent is it?").focus()
    # The first letters of a choice, as in any list.
    for letters in ("1", "Groom", "Safe"):
        page.keyboard.type(letters)
        page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.get_by_text("the same").count() == 3
    page.keyboard.press("n")
    page.wait_for_url("**/training/cases/shown_right_now/")


def test_a_key_typed_into_a_field_is_only_a_letter(desk: Desk, enter: Enter) -> None:
    page = enter("Ana")
    page.goto(f"/cases/{desk.held.pk}/classify/")
    page.get_by_label("Note for colleagues").fill("")
    page.get_by_label("Note for colleagues").press_sequentially("bus")
    assert page.get_by_label("Note for colleagues").input_value() == "bus"
    assert page.url.endswith("/classify/")
