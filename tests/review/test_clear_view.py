"""The clear view: only after a small copy, for a reason, in the log before the key turns, and over when the button is let go."""

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.urls import reverse
from PIL import Image
from playwright.sync_api import Locator, Page, sync_playwright
from tests.review.conftest import as_actor
from tests.review.test_looking import Asked, Held, at_desk, held, here, keep, keeping, look, opened, polyglot, served
from tests.review.test_originals import Tell, hand_over, signed_in
from tests.synthetic import videos

from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import Actor, Role
from cairndesk.cases.models import Case
from cairndesk.custody.models import SealedObject
from cairndesk.custody.queries import entries_about
from cairndesk.custody.sealing import objects
from cairndesk.lib import clock
from cairndesk.review import actions, errors, queries
from cairndesk.review.models import Exposure
from cairndesk.review.rules.looking import CLEAR_SIDE, Comfort, LookReason
from cairndesk.signals import walled
from cairndesk.signals.engine.derivative import Derivative, Manner
from cairndesk.signals.models import MediaSighting

__all__ = ["held", "here", "keeping", "served"]
DRAWN = Derivative(level=3, abi=7, width=4, height=2, pixels=bytes(range(24)))


@pytest.fixture
def manners(monkeypatch: pytest.MonkeyPatch) -> list[Manner]:
    """In which manner each thing was drawn."""
    asked: list[Manner] = []
    monkeypatch.setattr(walled, "draw", lambda _, manner: (asked.append(manner), DRAWN)[1])
    return asked


def see(case: Case, original: SealedObject, by: Actor, *, at: Any = None) -> Derivative:
    return actions.see_clearly(case=case, original=original.pk, reason=LookReason.MATCH, by=by, now=at or clock.now())


@pytest.mark.slow
@pytest.mark.django_db
def test_who_sees_clearly_and_why_is_written_before_the_key_turns(
    held: Held, ana: Actor, manners: list[Manner], monkeypatch: pytest.MonkeyPatch
) -> None:
    case, original = held
    look(case, original, ana)
    written: list[list[str]] = []
    key_of = objects.key_of

    def turning(*args: Any, **named: Any) -> Any:
        written.append([line.event for line in entries_about(case.pk, original.pk)][-2:])
        return key_of(*args, **named)

    monkeypatch.setattr(objects, "key_of", turning)
    assert see(case, original, ana) is DRAWN
    assert written == [["review.original.seen_clearly", "custody.object.opened"]]
    assert manners == [Manner(160, 8, is_grey=True), Manner(CLEAR_SIDE, 0, is_grey=False)]
    # It counts as a look and in the person's ledger.
    assert queries.looks_left(ana, now=clock.now()) == 6
    assert [(line.kind, line.seconds) for line in Exposure.objects.all()] == [("look", 20), ("reveal", 10)]


@pytest.mark.slow
@pytest.mark.django_db
def test_nobody_sees_clearly_what_they_did_not_look_at_small_within_a_day(held: Held, ana: Actor, manners: list[Manner]) -> None:
    case, original = held
    other = hand_over(case, ana, b"another file")
    now = clock.now()
    for of, at in ((original, now), (original, now + timedelta(hours=25))):
        with pytest.raises(errors.LookFirst):
            see(case, of, ana, at=at)
        look(case, original, ana, at=now)
    with pytest.raises(errors.LookFirst):
        see(case, other, ana, at=now)
    assert (opened(other), opened(original)) == (0, 2)


@pytest.mark.slow
@pytest.mark.django_db
def test_who_does_not_want_it_and_where_the_desk_has_none_there_is_no_clear_view(
    held: Held, ana: Actor, manners: list[Manner], settings: Any, enrol: Callable[..., Person]
) -> None:
    case, original = held
    look(case, original, ana)
    actions.choose_comfort(wanted=Comfort(80, 8, is_grey=True), by=ana)
    see(case, original, ana)
    assert manners[-1] == Manner(CLEAR_SIDE // 2, 0, is_grey=True)
    actions.choose_comfort(wanted=Comfort(160, 8, is_grey=True, no_clear=True), by=ana)
    with pytest.raises(errors.SparedThis):
        see(case, original, ana)
    actions.choose_comfort(wanted=Comfort(160, 8, is_grey=True), by=ana)
    at_desk(settings, clear_seconds=0)
    with pytest.raises(errors.SparedThis):
        see(case, original, ana)
    assert opened(original) == 2


@pytest.mark.django_db
def test_what_was_held_shorter_counts_shorter_and_never_longer(held: Held, ana: Actor, sam: Actor, manners: list[Manner]) -> None:
    case, original = held
    now = clock.now()
    look(case, original, ana, at=now)
    see(case, original, ana, at=now)
    actions.end_reveal(by=sam, now=now + timedelta(seconds=2))
    assert Exposure.objects.get(kind="reveal").seconds == 10
    for after in (3, 9, 30):
        actions.end_reveal(by=ana, now=now + timedelta(seconds=after))
        assert Exposure.objects.get(kind="reveal").seconds == 3
    actions.end_reveal(by=sam, now=now)


@pytest.mark.slow
@pytest.mark.django_db
def test_without_a_script_a_page_shows_it_after_a_reason_once_and_goes_back_by_itself(
    tell: Tell, keeping: Organisation, enrol: Callable[..., Person], manners: list[Manner], monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, now = enrol(keeping, "Ana", Role.ANALYST), clock.now()
    monkeypatch.setattr("cairndesk.lib.clock.now", lambda: now)
    case = actions.claim(case=tell(at=clock.now()), by=as_actor(ana), now=clock.now())
    original, client = hand_over(case, as_actor(ana)), signed_in(ana)
    small, clear = (reverse(f"review:{name}", args=[case.pk, original.pk]) for name in ("look-at", "see-clearly"))
    assert "Hold to see it clearly" not in client.get(small).content.decode()
    assert client.post(clear, {"reason": "open"}).status_code == 409
    client.post(small, {"reason": "open"})
    assert "Hold to see it clearly" in client.get(small).content.decode()
    assert client.get(clear)["Location"] == small
    assert client.post(clear, {"reason": ""}).status_code == 422
    assert client.post(clear, {"reason": "open"})["Location"] == clear
    shown = client.get(clear)
    assert re.findall(r'<img src="(http://look\.localhost:8481/[\w-]{43})" crossorigin', shown.content.decode())
    assert (shown["Refresh"], shown["Cache-Control"]) == (f"10;url={small}", "no-store")
    # To load it again, or to come back to it, shows nothing.
    assert client.get(clear)["Location"] == small
    monkeypatch.setattr("cairndesk.lib.clock.now", lambda: now + timedelta(seconds=4))
    assert client.post(reverse("review:end-clear")).status_code == 204
    assert Exposure.objects.get(kind="reveal").seconds == 4
    assert opened(original) == 2


# With everything real.


def shown_in(page: Page) -> int:
    return page.locator("#clear-view img").count()


def wait_for_it(page: Page) -> None:
    page.locator("#clear-view img").evaluate("one => one.decode()")


@contextmanager
def ending(page: Page) -> Iterator[None]:
    """What is done ends a view, and the page tells the desk so."""
    wait_for_it(page)
    with page.expect_response(lambda one: one.url.endswith(reverse("review:end-clear"))):
        yield
    assert shown_in(page) == 0


def press(page: Page, button: Locator) -> None:
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    assert box
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()


@pytest.mark.journey
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["picture", "video"])
def test_in_a_real_browser_nothing_sharp_comes_before_the_button_is_held_and_it_is_gone_when_it_is_let_go(
    served: str, tell: Tell, keeping: Organisation, enrol: Callable[..., Person], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Neither the desk's clock nor the page's is the machine's, which may be busy.
    now = clock.now()
    monkeypatch.setattr("cairndesk.lib.clock.now", lambda: now)
    data = polyglot() if kind == "picture" else videos.encoded(videos.cuts(1, 2, 3, 4, seconds=3), sound=True)
    ana, file_format = enrol(keeping, "Ana", Role.ANALYST), "PNG" if kind == "picture" else "MOV"
    case = actions.claim(case=tell(at=clock.now()), by=as_actor(ana), now=clock.now())
    original = hand_over(case, as_actor(ana), data)
    MediaSighting.objects.update(file_format=file_format)
    key = signed_in(ana).cookies[django_settings.SESSION_COOKIE_NAME].value
    look_host, asked = served.replace("localhost", "look.localhost"), list[Asked]()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        context = browser.new_context()
        context.add_cookies([{"name": django_settings.SESSION_COOKIE_NAME, "value": key, "url": served}])
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.clock.install(time=now)
        page.on("requestfinished", lambda one: asked.append(Asked.of(one)) if one.url.startswith(look_host) else None)
        page.goto(f"{served}/cases/{case.pk}/media/{original.pk}/look/")
        page.get_by_label("Why you look").select_option("open")
        page.get_by_role("button", name="Look at a small copy, once").click()
        small = page.locator("figure img").evaluate("one => one.decode().then(() => [one.naturalWidth, one.naturalHeight])")
        page.wait_for_timeout(500)
        before = list(asked)
        page.clock.pause_at(now + timedelta(hours=1))
        hold = page.get_by_role("button", name="Hold to see it clearly")
        page.locator("#clear_reason").select_option("match")
        press(page, hold)
        clear = page.locator("#clear-view img").evaluate("one => one.decode().then(() => [one.naturalWidth, one.naturalHeight])")
        keep(page, f"clear-{kind}")
        with ending(page):
            page.mouse.up()
        # By the keyboard too; another window in front ends it, and so do ten seconds.
        hold.focus()
        page.keyboard.down("Enter")
        with ending(page):
            page.evaluate("dispatchEvent(new Event('blur'))")
        page.keyboard.up("Enter")
        page.keyboard.down(" ")
        wait_for_it(page)
        page.clock.run_for(9_900)
        with ending(page):
            page.clock.run_for(200)
        page.keyboard.up(" ")
        assert page.url.endswith("/look/")
        browser.close()
    assert (small, clear) == (([160, 90], [320, 180]) if kind == "picture" else ([240, 135], [960, 540]))
    assert (len(before), len(asked)) == (1, 4)
    # Before a reveal nothing sharp, and not then either a byte of the file.
    assert Image.open(io.BytesIO(before[0].body)).size == tuple(small)
    assert not [one.url for one in asked if {data[at : at + 16] for at in range(0, len(data) - 16, 7)} & one.pieces()]
    assert [line.event for line in entries_about(case.pk)].count("review.original.seen_clearly") == 3
    # By the clock of the desk no time went by; each end was told, and counts a second at least.
    assert [line.seconds for line in Exposure.objects.filter(kind="reveal")] == [1, 1, 1]
