import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.intake.portal.rae import Portal
from tests.journeys.portal.conftest import running
from tests.journeys.portal.visitor import Visitor

from cairndesk.intake.rules import Kind

pytestmark = [pytest.mark.journey, pytest.mark.slow]


def _parts(visitor: Visitor) -> list[str]:
    return visitor.page.locator("ol.words li bdi").all_inner_texts()


@pytest.mark.req("INT-01", "INT-04")
def test_a_child_tells_what_happens_and_keeps_six_words(visitor: Visitor) -> None:
    visitor.opens()
    assert visitor.heading == "You can tell us"
    visitor.presses("Something is happening to me")
    visitor.ticks("No, not right now")
    visitor.presses("Next")
    visitor.ticks("Somebody says they will share my pictures, or wants money")
    visitor.presses("Next")
    visitor.ticks("Online, or on a phone")
    visitor.page.get_by_label("Which app, game or site is it?").fill("A game")
    visitor.presses("Next")
    visitor.page.get_by_role("textbox").fill("Please help me.")
    visitor.ticks("13 to 15")
    visitor.presses("Send")
    assert visitor.heading == "We have it. Thank you for telling us."
    assert len(_parts(visitor)) == 6
    filed = [one for one in visitor.portal.fragments() if one.answers.get("more") == "Please help me."]
    assert filed[0].answers["age"] == "13_15"
    assert visitor.foreign() == []


def test_a_friend_sends_only_a_link(visitor: Visitor) -> None:
    visitor.opens()
    visitor.presses("I am worried about a friend")
    visitor.presses("I’d rather not say")
    visitor.page.get_by_label("Is there a link? Put it here.").fill("https://site.example/friend")
    visitor.presses("Send what I have told so far")
    assert len(_parts(visitor)) == 6
    assert any(one.path == "friend" and one.answers.get("link") == "https://site.example/friend" for one in visitor.portal.fragments())


@pytest.mark.req("INT-32")
def test_danger_now_shows_help_on_the_very_next_page(visitor: Visitor) -> None:
    visitor.opens()
    visitor.presses("Something is happening to me")
    visitor.ticks("Yes, it is happening now")
    before = visitor.portal.alarms()
    visitor.presses("Next")
    expect(visitor.page.get_by_text("We have your call for help.")).to_be_visible()
    expect(visitor.page.get_by_role("link", name=re.compile("Call 555 0100")).first).to_be_visible()
    assert visitor.portal.alarms() == before + 1


def test_sending_twice_gives_the_same_words(visitor: Visitor) -> None:
    visitor.opens("/o/two/")
    visitor.presses("I only want advice")
    visitor.presses("I’d rather not say")
    visitor.page.get_by_role("textbox").fill("May I ask?")
    visitor.presses("Send")
    first = _parts(visitor)
    visitor.page.reload()
    assert _parts(visitor) == first
    drafts = {one.draft for one in visitor.portal.fragments() if one.answers.get("more") == "May I ask?"}
    assert len(drafts) == 1
    assert len({one.receipt_index for one in visitor.portal.fragments() if one.kind == Kind.RECEIPT and one.draft in drafts}) == 1


@pytest.mark.req("UXQ-06")
def test_the_whole_telling_works_by_keyboard_and_the_way_out_comes_first(visitor: Visitor) -> None:
    visitor.opens()
    focused = visitor.page.locator(":focus")
    visitor.page.keyboard.press("Tab")
    assert focused.inner_text() == "Leave now"
    # The other two voices come before who tells, as they stand on the page; and at an hour at which nobody reads, whom one can call.
    for words in ("Under 10", "14 or older, and grown-ups", "Numbers to call", "Something is happening to me"):
        visitor.page.keyboard.press("Tab")
        expect(focused).to_contain_text(words)
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.locator("h1")).to_have_text("Is somebody in danger right now?")
    for _ in range(3):
        visitor.page.keyboard.press("Tab")
    visitor.page.keyboard.press("Space")
    expect(visitor.page.get_by_label("Yes, it is happening now")).to_be_checked()


@pytest.mark.req("INT-35")
def test_the_way_out_stays_in_sight_is_large_and_leads_to_a_blank_page(visitor: Visitor) -> None:
    visitor.opens()
    visitor.page.get_by_role("button", name="I only want advice").scroll_into_view_if_needed()
    visitor.page.mouse.wheel(0, 4000)
    leave = visitor.page.get_by_role("link", name="Leave now")
    expect(leave).to_be_in_viewport()
    box = leave.bounding_box()
    assert box is not None
    assert box["height"] >= 48
    leave.click()
    assert visitor.page.url.endswith("/blank")
    assert visitor.page.context.cookies() == []


@pytest.mark.req("INT-05")
def test_a_report_is_told_in_arabic_from_right_to_left(visitor: Visitor) -> None:
    visitor.opens()
    visitor.page.get_by_role("link", name="العربية").click()
    assert visitor.page.locator("html").get_attribute("dir") == "rtl"
    expect(visitor.page.get_by_text("لم يراجع قرّاؤنا هذا النص بعد.")).to_be_visible()
    visitor.presses("يحدث لي شيء")
    visitor.ticks("لا، ليس الآن")
    visitor.presses("التالي")
    visitor.ticks("هناك من يطلب مني صورًا خاصة")
    visitor.presses("التالي")
    visitor.presses("أفضّل ألّا أقول")
    visitor.page.get_by_role("textbox").fill("ساعدوني من فضلكم")
    visitor.presses("أرسل")
    parts = _parts(visitor)
    assert len(parts) == 6
    assert all(re.fullmatch(r"\d{4}", part) for part in parts)
    assert any(one.language == "ar" and one.answers.get("more") == "ساعدوني من فضلكم" for one in visitor.portal.fragments())


def test_more_than_a_megabyte_of_text_gets_kind_words_and_the_same_headers(visitor: Visitor) -> None:
    answer = visitor.page.request.post(f"{visitor.address}/next", form={"more": "x" * (1 << 20)})
    assert answer.status == 413
    assert "That was too long for us" in answer.text()
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert answer.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("path", ["/", "/ar/", "/back", "/numbers", "/ar/o/two/"])
def test_a_page_is_one_small_transfer(visitor: Visitor, path: str) -> None:
    answer = visitor.page.goto(visitor.address + path)
    assert answer is not None
    sizes = answer.request.sizes()
    assert sizes["responseHeadersSize"] + sizes["responseBodySize"] <= 14 * 1024
    assert visitor.asked == [visitor.address + path]


def test_a_portal_that_was_killed_goes_on_with_the_draft(tmp_path_factory: pytest.TempPathFactory, page: Page) -> None:
    with running(tmp_path_factory.mktemp("killed")) as (address, portal, process, start):
        visitor = Visitor(address, portal, page)
        visitor.opens()
        visitor.presses("Something is happening to me")
        visitor.ticks("No, not right now")
        visitor.presses("Next")
        visitor.ticks("Somebody gives me gifts or money to do things")
        process.kill()
        process.wait(10)
        start()
        visitor.presses("Next")
        expect(visitor.page.get_by_text("What you told us is kept.")).to_be_visible()
        visitor.presses("Next")
        visitor.presses("Send")
        assert len(_parts(visitor)) == 6
        assert len({one.draft for one in portal.fragments()}) == 1
        assert [one.step for one in portal.fragments() if one.kind == Kind.ANSWERS] == [1, 2, 3, 4]


def test_the_receipt_fits_one_small_card(visitor: Visitor) -> None:
    visitor.opens()
    visitor.presses("I only want advice")
    visitor.ticks("Yes, it is happening now")
    visitor.presses("Next")
    visitor.page.get_by_role("textbox").fill("May I ask?")
    visitor.presses("Send")
    expect(visitor.page.locator("h1")).to_have_text("We have it. Thank you for telling us.")
    printed = visitor.page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    assert re.search(rb"/MediaBox\s*\[0 0 29[78]", printed)


def test_the_language_can_be_changed_in_the_middle_and_nothing_is_lost(visitor: Visitor) -> None:
    visitor.opens("/ar/")
    visitor.presses("يحدث لي شيء")
    visitor.ticks("لا، ليس الآن")
    visitor.presses("English")
    assert visitor.heading == "Is somebody in danger right now?"
    expect(visitor.page.get_by_label("No, not right now")).to_be_checked()


@pytest.mark.req("INT-01")
def test_nothing_that_a_browser_says_about_itself_is_kept_anywhere(live: tuple[str, Portal], chromium: Browser) -> None:
    said = {"X-Forwarded-For": "192.0.2.77", "Forwarded": "for=canary-from.example", "X-Real-IP": "192.0.2.78"}
    context = chromium.new_context(java_script_enabled=False, user_agent="canary-agent", extra_http_headers=said)
    visitor = Visitor(*live, context.new_page())
    visitor.opens()
    visitor.presses("I only want advice")
    visitor.presses("I’d rather not say")
    visitor.page.get_by_role("textbox").fill("canary-told")
    visitor.presses("Send")
    words = " ".join(_parts(visitor))
    assert any(one.answers.get("more") == "canary-told" for one in visitor.portal.fragments())
    for path in filter(Path.is_file, visitor.portal.folder.rglob("*")):
        held = path.read_bytes()
        assert not any(canary.encode() in held for canary in ("192.0.2.7", "canary-", words)), path
    for fragment in visitor.portal.fragments():
        assert not any(canary in fragment.to_json().decode() for canary in ("192.0.2.7", "canary-agent", "canary-from", words))
    context.close()
