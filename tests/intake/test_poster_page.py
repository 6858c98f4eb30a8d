"""The desk's page for posters: who may open it, whose poster it draws, and that what it shows is what the command writes."""

import base64
import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from cairndesk.accounts.models import Organisation, Person, RoleGrant
from cairndesk.accounts.rules import Role
from cairndesk.cli import poster as command
from cairndesk.lib import clock

pytestmark = pytest.mark.django_db
SignIn = Callable[[Role], Client]
MAY = (Role.SUPERVISOR, Role.ADMINISTRATOR)


@pytest.fixture
def signed_in(one: Organisation, two: Organisation, settings: Settings) -> SignIn:
    """Somebody of the first organisation, in a demo, which offers every language."""
    config = django_settings.CAIRNDESK
    at = config.portal.model_copy(update={"public_url": "https://tell.example"})
    settings.CAIRNDESK = config.model_copy(update={"mode": "demo", "portal": at})

    def enter(role: Role) -> Client:
        browser, now = Client(), clock.now()
        person = Person.objects.create(organisation=one, created_at=now, sign_in_name=role, name="Sam")
        RoleGrant.objects.create(person=person, role=role, granted_at=now)
        session = browser.session
        session.update({"person": str(person.pk), "proof": "demo", "seen": now.isoformat(), "started": now.isoformat()})
        session.save()
        return browser

    return enter


def sheet(browser: Client, **chosen: str | list[str]) -> str:
    asked: dict[str, str | list[str]] = {"languages": ["en"], "size": "a4"}
    answer = browser.get(reverse("intake:poster-sheet"), asked | chosen)
    assert answer.status_code == 200, answer.content.decode()
    return answer.content.decode()


@pytest.mark.parametrize("role", Role)
def test_who_keeps_the_public_site_draws_its_poster_and_nobody_else(signed_in: SignIn, role: Role) -> None:
    browser = signed_in(role)
    answers = {name: browser.get(reverse(f"intake:{name}"), {"languages": "en", "size": "a4"}).status_code for name in ("poster", "poster-sheet")}
    assert answers == dict.fromkeys(answers, 200 if role in MAY else 403)
    assert (reverse("intake:poster") in browser.get(reverse("directory:portal")).content.decode()) == (role in MAY)


@pytest.mark.parametrize(
    ("languages", "voice", "size"), [(["en"], "", "a4"), (["ar", "en", "fr"], "3", "a6"), (["bn"], "1", "a4")], ids=["en", "three older", "bn young"]
)
def test_it_shows_the_bytes_that_the_command_writes(
    signed_in: SignIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, languages: list[str], voice: str, size: str
) -> None:
    page, file = sheet(signed_in(Role.SUPERVISOR), languages=languages, voice=voice, size=size), tmp_path / "poster.html"
    monkeypatch.setattr(command, "wake", lambda: django_settings.CAIRNDESK)
    monkeypatch.setattr(command, "found_in", lambda _: None)
    command.poster(file, language=languages, voice=voice, size=size)
    assert page.encode() == file.read_bytes()


def _choices(browser: Client) -> list[tuple[str, str]]:
    return list(browser.get(reverse("intake:poster")).context["form"].fields["languages"].choices)


def test_an_administrator_draws_for_every_organisation_and_others_for_their_own(signed_in: SignIn) -> None:
    ada, sam = signed_in(Role.ADMINISTRATOR), signed_in(Role.SUPERVISOR)
    assert "tell.example/o/two</bdi>" in sheet(ada, organisation="two")
    for browser, asked in ((ada, ""), (ada, "none"), (sam, "two"), (sam, "")):
        assert "tell.example</bdi>" in sheet(browser, organisation=asked)
    assert "?organisation=two" in ada.get(reverse("intake:poster")).content.decode()
    assert "?organisation=" not in sam.get(reverse("intake:poster")).content.decode()


def test_the_sheet_may_run_and_fetch_nothing_and_its_style_is_the_one_it_names(signed_in: SignIn) -> None:
    browser = signed_in(Role.SUPERVISOR)
    answer = browser.get(reverse("intake:poster-sheet"), {"languages": ["en"], "size": "a4"})
    [style] = re.findall("<style>(.*?)</style>", answer.content.decode(), re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert answer.headers["Content-Security-Policy"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert not re.search(r"<script|\son\w+=|style=", answer.content.decode())


@pytest.mark.parametrize(
    ("chosen", "says"),
    [({"size": "a4"}, "required"), ({"languages": "xx", "size": "a4"}, "xx is not one"), ({"languages": "en", "size": "a0"}, "a0 is not one")],
)
def test_what_is_missing_or_not_offered_is_named_and_nothing_is_drawn(signed_in: SignIn, chosen: dict[str, str], says: str) -> None:
    answer = signed_in(Role.SUPERVISOR).get(reverse("intake:poster-sheet"), chosen)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert "<svg" not in answer.content.decode()


def test_a_language_that_nobody_reviewed_says_so_and_one_that_is_not_offered_is_no_choice(signed_in: SignIn, settings: Settings) -> None:
    browser = signed_in(Role.SUPERVISOR)
    assert dict(_choices(browser))["ar"] == "Arabic, العربية (not reviewed yet)"
    settings.CAIRNDESK = settings.CAIRNDESK.model_copy(update={"mode": "real"})
    assert _choices(browser) == [("en", "English")]


def test_short_texts_stand_on_the_page_for_the_languages_that_were_chosen_and_come_as_the_file_that_the_command_writes(
    signed_in: SignIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, file = signed_in(Role.ADMINISTRATOR), tmp_path / "texts.txt"
    asked = {"organisation": "two", "languages": ["ar", "en"], "voice": "3", "size": "a4"}
    page = browser.get(reverse("intake:poster"), asked).content.decode()
    assert page.count('<p class="told"') == 6
    assert '<p class="told" lang="ar" dir="rtl">' in page
    assert "https://tell.example/ar/3/o/two/" in page
    assert '<p class="told"' not in browser.get(reverse("intake:poster"), {"organisation": "two"}).content.decode()
    answer = browser.get(reverse("intake:short-texts"), asked)
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="texts-two.txt"'
    monkeypatch.setattr(command, "wake", lambda: django_settings.CAIRNDESK)
    monkeypatch.setattr(command, "found_in", lambda _: None)
    command.short_texts(file, organisation="two", language=["ar", "en"], voice="3")
    assert answer.content == file.read_bytes()
    # Nobody gets another organisation's by asking for it.
    assert b"/o/two" not in signed_in(Role.SUPERVISOR).get(reverse("intake:short-texts"), asked).content


@pytest.mark.parametrize("role", Role)
def test_who_draws_the_poster_takes_the_short_texts_and_nobody_else(signed_in: SignIn, role: Role) -> None:
    browser = signed_in(role)
    asked = {"languages": "en", "size": "a4"}
    assert browser.get(reverse("intake:short-texts"), asked).status_code == (200 if role in MAY else 403)
    if role in MAY:
        assert browser.get(reverse("intake:short-texts"), {"languages": "xx", "size": "a4"}).status_code == 422
        assert browser.get(reverse("intake:poster"), {"languages": "xx", "size": "a4"}).status_code == 422
