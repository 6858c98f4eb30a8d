"""Every address of the desk: it has a policy, and nobody gets further than the policy and the organisation allow."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest
from django.contrib.staticfiles import finders
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django.fixtures import Settings
from tests.accounts import matrix
from tests.accounts.conftest import Staff, enter, hire

from cairndesk.accounts import actions, demo, errors
from cairndesk.accounts.models import ApiKey, Organisation
from cairndesk.accounts.policy import ActorMiddleware, Policy, check
from cairndesk.accounts.rules import SYSTEM, Role
from cairndesk.accounts.sessions import SessionStore
from cairndesk.cases.actions import ReportFacts, open_case
from cairndesk.cases.models import Case
from cairndesk.lib import clock
from cairndesk.lib.ids import new_id

_SAMPLES = {"uuid": str(UUID(int=5)), "uuidstr": str(UUID(int=5)), "slug": "sample", "int": "1", "str": "sample", "path": "sample"}


def doors() -> Iterator[tuple[str, Callable[..., HttpResponse]]]:
    """Each address, as Django's resolver has it, with its view."""

    def walk(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[tuple[str, Callable[..., HttpResponse]]]:
        for entry in patterns:
            here = before + str(entry.pattern)
            if isinstance(entry, URLResolver):
                yield from walk(entry.url_patterns, here)
            else:
                yield here, entry.callback

    yield from walk(get_resolver("cairndesk.urls.desk").url_patterns, "/")


DOORS = dict(doors())
GUARDED = [route for route, view in DOORS.items() if getattr(view, "policy", Policy("none")).kind in {"signed_in", "verb"}]
MACHINE = [route for route, view in DOORS.items() if getattr(view, "policy", Policy("none")).kind == "api"]


def filled(route: str, **values: str) -> str:
    """An address of this route; every place takes what `values` has for its name, else a sample of its kind."""

    def fill(place: re.Match[str]) -> str:
        kind, _, name = place[1].rpartition(":")
        return values.get(name) or _SAMPLES[kind or "str"]

    return re.sub(r"<([^>]+)>", fill, route)


LETTERS = "/api/v1/referrals"


def test_every_address_has_a_policy() -> None:
    assert [route for route, view in DOORS.items() if not isinstance(getattr(view, "policy", None), Policy)] == []


def test_only_machine_doors_go_without_the_form_token() -> None:
    without = {route: view.policy.kind for route, view in DOORS.items() if getattr(view, "csrf_exempt", False)}  # type: ignore[attr-defined]
    # A letter of another desk is known by its signature; whose browser brings it makes no difference.
    assert {route: kind for route, kind in without.items() if kind != "api"} == {LETTERS: "open"}


def test_the_open_doors_are_the_known_ones() -> None:
    opened = {route for route, view in DOORS.items() if view.policy.kind == "open"}  # type: ignore[attr-defined]
    assert opened == {"/sign-in/", "/sign-in/passkey/", "/sign-in/demo/", "/sign-in/password/", "/sign-out/", "/ceremonies/", "/enrol/", LETTERS}


STRICT = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@pytest.mark.slow
@pytest.mark.req("PRI-15")
@pytest.mark.one_database
@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post", "options"])
def test_every_address_of_the_resolver_answers_with_the_whole_policy(method: str) -> None:
    answers = {route: getattr(Client(raise_request_exception=False), method)(filled(route)) for route in DOORS}
    assert len(answers) > 100
    assert {route: {name: answer.headers.get(name) for name in STRICT} for route, answer in answers.items()} == dict.fromkeys(DOORS, STRICT)


@pytest.mark.slow
@pytest.mark.one_database
@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_signed_in_is_led_to_the_sign_in_page(method: str) -> None:
    answers = {route: getattr(Client(), method)(filled(route)) for route in GUARDED}
    assert len(answers) > 50
    assert {route: (answer.status_code, answer.headers.get("Location")) for route, answer in answers.items()} == dict.fromkeys(
        GUARDED, (302, "/sign-in/")
    )


@pytest.mark.django_db
@pytest.mark.parametrize("route", sorted(MACHINE))
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_machine_without_a_key_gets_a_problem_document(route: str, method: str) -> None:
    for headers in ({}, {"Authorization": "Bearer nothing"}):
        answer = getattr(Client(), method)(filled(route), headers=headers)
        assert (answer.status_code, answer.headers["Content-Type"]) == (401, "application/problem+json")
        assert {"type", "title", "status", "detail", "code"} <= set(answer.json())
        assert answer.json()["code"] == "accounts.not_signed_in"


@pytest.mark.django_db
def test_a_signed_in_person_is_no_machine(ana: Staff) -> None:
    browser = enter(ana)
    for route in MACHINE:
        assert browser.get(filled(route)).status_code == 401


@pytest.mark.slow
@pytest.mark.one_database
@pytest.mark.django_db
@pytest.mark.parametrize("role", Role)
def test_each_role_opens_its_doors_only(one: Organisation, role: Role) -> None:
    browser = enter(hire(one, "Rob", role))
    for route in GUARDED:
        verb = DOORS[route].policy.verb  # type: ignore[attr-defined]
        answer = browser.get(filled(route))
        if verb is not None and not matrix.may_somewhere(role, verb):
            assert answer.status_code == 403, route
            assert "accounts.not_permitted" in answer.content.decode()
        else:
            assert answer.status_code in {200, 302, 400, 403, 404, 405, 422}, (route, answer.status_code)


def test_there_is_no_stock_admin(settings: Settings) -> None:
    assert "django.contrib.admin" not in settings.INSTALLED_APPS
    assert [route for route in DOORS if "admin" in route.split("/")] == []


@pytest.mark.django_db
def test_a_door_without_a_policy_stays_shut(rf: RequestFactory) -> None:
    request = rf.get("/anywhere/")
    request.actor, request.session = SYSTEM, SessionStore()  # type: ignore[attr-defined]
    with pytest.raises(errors.NotPermitted):
        check(request, None)
    answer = ActorMiddleware(lambda _: HttpResponse("in")).process_view(request, lambda _: HttpResponse("in"), (), {})
    assert answer is not None
    assert answer.status_code == 403


@pytest.mark.slow
@pytest.mark.one_database
@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
def test_ola_opens_no_address_of_ones_case(one: Organisation, ola: Staff, method: str) -> None:
    facts = ReportFacts(source="child", channel="web", path="child", language="en", told={"more": "a canary in the text"})
    case = open_case(organisation=one, report=facts, by=SYSTEM, now=clock.now())
    browser, before = enter(ola), Case.objects.values().get(pk=case.pk)
    tried = 0
    for route in GUARDED:
        if "<uuid:" not in route:
            continue
        address = re.sub(r"<uuid:[^>]+>", str(case.pk), route)
        answer = getattr(browser, method)(filled(address))
        tried += "case" in route
        assert answer.status_code in {403, 404, 405, 422}, (address, answer.status_code)
        assert case.number not in answer.content.decode()
    assert tried
    assert Case.objects.values().get(pk=case.pk) == before


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
def test_ola_opens_no_address_of_ones_people_and_machines(one: Organisation, ada: Staff, ola: Staff, method: str) -> None:
    key, _ = actions.create_api_key(organisation=one, sender="Pictures Ltd", source="platform", by=SYSTEM, now=clock.now())
    asked = actions.ask_replacement(person=ada.person, by=ada.actor, now=clock.now())
    values = {"person": str(ada.person.pk), "key": str(key.pk), "organisation": str(one.pk), "replacement": str(asked.pk)}
    browser, tried = enter(ola), 0
    for route in GUARDED:
        if re.search(r"<uuid:(person|key|organisation|replacement)>", route):
            answer = getattr(browser, method)(filled(route, **values), {"roles": ["analyst"], "until": "2030-01-01", "proof_digest": "00"})
            assert answer.status_code in {403, 404, 405}, route
            tried += 1
    assert tried >= 10
    assert ApiKey.objects.get(pk=key.pk).revoked_at is None
    assert ada.actor.roles == {Role.ADMINISTRATOR}


@pytest.mark.slow
@pytest.mark.one_database
@pytest.mark.django_db
def test_a_malformed_id_is_no_address(ana: Staff) -> None:
    browser = enter(ana)
    routes = [route for route in DOORS if "<uuid:" in route]
    assert len(routes) > 40
    answers = {route: browser.get(filled(re.sub(r"<uuid:[^>]+>", "not-an-id", route))).status_code for route in routes}
    assert answers == dict.fromkeys(routes, 404)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/sign-in/", "/people/", "/no-such-page/", "/api/v1/reports", "/static/passkey.js"])
def test_every_answer_carries_the_headers(ada: Staff, path: str) -> None:
    answer = enter(ada).get(path)
    said = answer.headers
    policy = said["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert "unsafe" not in policy
    assert said["X-Content-Type-Options"] == "nosniff"
    assert said["Referrer-Policy"] == "same-origin"
    assert path.startswith("/static/") or "no-store" in said["Cache-Control"]


@pytest.mark.django_db
def test_a_file_of_the_pages_comes_in_one_piece_whole_in_part_and_only_once() -> None:
    """In pieces, Django warns with every one of them: a server that speaks ASGI has to read the whole file anyway."""
    found = finders.find("passkey.js")
    whole, browser = Path(str(found)).read_bytes(), Client()
    answer = browser.get("/static/passkey.js")
    assert (answer.status_code, answer.streaming, answer.content, answer["Content-Type"]) == (200, False, whole, 'text/javascript; charset="utf-8"')
    part = browser.get("/static/passkey.js", HTTP_RANGE="bytes=3-9")
    assert (part.status_code, part.content, part["Content-Length"]) == (206, whole[3:10], "7")
    known = browser.get("/static/passkey.js", HTTP_IF_NONE_MATCH=answer["ETag"])
    assert (known.status_code, known.content) == (304, b"")
    assert (browser.head("/static/passkey.js").content, browser.post("/static/passkey.js").status_code) == (b"", 405)


@pytest.mark.django_db
def test_no_page_of_the_room_holds_inline_script_or_style(ada: Staff) -> None:
    browser = enter(ada)
    for path in (
        "/sign-in/",
        "/sign-in/password/",
        "/me/",
        "/people/",
        "/people/add/",
        f"/people/{ada.person.pk}/",
        "/organisations/",
        "/machines/",
        "/people/lost/",
    ):
        answer = browser.get(path)
        assert answer.status_code == 200, path
        page = answer.content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", page), path


@pytest.mark.django_db
def test_a_form_without_its_token_changes_nothing(ada: Staff) -> None:
    browser = enter(ada)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = browser.cookies
    answer = strict.post("/sign-out/everywhere/")
    assert answer.status_code == 403
    assert browser.get("/me/").status_code == 200


@pytest.mark.django_db
def test_a_failure_nobody_foresaw_shows_nothing(ada: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: object) -> None:
        raise RuntimeError("a canary in a message")

    monkeypatch.setattr("cairndesk.accounts.queries.people", broken)
    browser = enter(ada)
    browser.raise_request_exception = False
    answer = browser.get("/people/")
    assert answer.status_code == 500
    assert "canary" not in answer.content.decode()


@pytest.mark.django_db
def test_the_demo_door_is_not_there_outside_the_demo(one: Organisation, settings: Settings) -> None:
    demo.make_secret()
    dee = actions.add_person(organisation=one, sign_in_name="dee", name="Dee", roles=[Role.ANALYST], is_demo=True, by=SYSTEM, now=clock.now())
    demo.enrol(person=dee, now=clock.now())
    word = demo.word_for(dee.id)
    assert Client().get("/sign-in/demo/", {"link": word}).status_code == 302
    settings.CAIRNDESK = settings.CAIRNDESK.model_copy(update={"mode": "real"})
    assert Client().get("/sign-in/demo/", {"link": word}).status_code == 404
    assert Client().post("/sign-in/demo/", {"person": str(dee.id)}).status_code == 404
    assert Client().post("/sign-in/demo/", {"person": str(new_id())}).status_code == 404
    assert "demo" not in re.sub(r"<code>.*?</code>", "", Client().get("/sign-in/").content.decode())


@pytest.mark.django_db
def test_asking_for_a_challenge_takes_a_right_to_it(ana: Staff) -> None:
    assert Client().post("/ceremonies/", {"purpose": "enrol"}).status_code == 401
    assert Client().post("/ceremonies/", {"purpose": "confirm", "digest": "00" * 32}).status_code == 401
    assert enter(ana).post("/ceremonies/", {"purpose": "confirm", "digest": "zz"}).status_code == 403
    assert json.loads(Client().post("/ceremonies/", {"purpose": "sign_in"}).content)["options"]["rpId"] == "localhost"
