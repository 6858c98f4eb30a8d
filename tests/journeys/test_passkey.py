"""Somebody new gets a link, registers a passkey in a real browser, signs in by it, and confirms an act by it."""

import os
import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import CDPSession, Page, sync_playwright
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from cairndesk.accounts import actions
from cairndesk.accounts.models import Organisation, Passkey, Person
from cairndesk.accounts.rules import SYSTEM, Role
from cairndesk.custody import access
from cairndesk.custody.queries import entries_about
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.lib import clock

pytestmark = [pytest.mark.journey, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page() -> Iterator[Page]:
    """A page in the Chromium of the system."""
    # Playwright's synchronous interface runs a loop in this thread, which Django would take for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser.new_page()
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def desk(live_server: LiveServer, settings: Settings) -> str:
    """The desk under a name, which passkeys need."""
    address = live_server.url.replace("127.0.0.1", "localhost")
    section = settings.CAIRNDESK.desk.model_copy(update={"public_url": address})
    settings.CAIRNDESK = settings.CAIRNDESK.model_copy(update={"desk": section})
    settings.CSRF_TRUSTED_ORIGINS = [address]
    return address


def authenticator(page: Page) -> tuple[CDPSession, str]:
    """A virtual authenticator that verifies its user, plugged into the browser."""
    line = page.context.new_cdp_session(page)
    line.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    return line, line.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]


def look(page: Page) -> None:
    """No accessibility violation on what the page shows now (WCAG 2.2 AA)."""
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]})
    assert found.violations_count == 0, found.generate_report()


def test_from_the_link_to_a_confirmed_act(desk: str, page: Page) -> None:
    ring = Keyring.create()
    access.use(ring)
    now = clock.now()
    one = actions.create_organisation(slug="one", name="Cairn Desk One", country="XX", make_keys=ring.add_organisation, by=SYSTEM, now=now)
    ada = actions.add_person(organisation=one, sign_in_name="ada", name="Ada", roles=[Role.ADMINISTRATOR], by=SYSTEM, now=now)
    token = actions.make_link(person=ada, by=SYSTEM, now=now)
    complaints: list[str] = []
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)

    line, key = authenticator(page)
    page.goto(f"{desk}/enrol/?link={token}")
    page.get_by_role("button", name="Set up my sign-in").click()
    page.get_by_label("A name for this passkey").fill("blue key")
    page.get_by_role("button", name="Add a passkey").click()
    page.wait_for_url(f"{desk}/sign-in/")
    assert Passkey.objects.get(person=ada).label == "blue key"

    page.get_by_role("button", name="Sign in with your passkey").click()
    page.wait_for_url(f"{desk}/")

    page.goto(f"{desk}/organisations/")
    page.get_by_label("How media are handled").select_option("hash_only")
    page.get_by_label("Law or permission that allows it").fill("Sample Act, section 1")
    page.get_by_role("button", name="See what changes").click()
    page.get_by_role("button", name=re.compile("Handle media so")).click()
    page.wait_for_url(f"{desk}/organisations/")
    assert Organisation.objects.get().media_mode == "hash_only"
    assert [entry.proof for entry in entries_about(one.id)][-1] == "passkey"

    paths = ("people/", "people/add/", f"people/{ada.pk}/", "people/lost/", "me/", "machines/", "sign-in/", "sign-in/password/", "organisations/")
    for path in paths:
        page.goto(f"{desk}/{path}")
        look(page)

    # Without its user's consent the authenticator answers nothing, and the page says so and changes nothing.
    line.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": False})
    page.get_by_label("How media are handled").select_option("none")
    page.get_by_role("button", name="See what changes").click()
    page.get_by_role("button", name=re.compile("Handle media so")).click()
    page.get_by_role("alert").get_by_text("No passkey answered").wait_for()
    assert Organisation.objects.get().media_mode == "hash_only"
    assert complaints == []
    assert Person.objects.get().sessions.count() == 1
    access.use(None)
