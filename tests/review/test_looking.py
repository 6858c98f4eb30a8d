"""A look at an original: the card first, a reason, two entries, and only then a key; what is seen holds no byte of the file."""

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse
from PIL import Image
from playwright.sync_api import Error, Request, sync_playwright
from tests.review.conftest import as_actor
from tests.review.test_originals import Tell, hand_over, signed_in
from tests.serve.conftest import free_port
from tests.support.cast import actor
from tests.support.running import running
from tests.support.threads import in_threads, shared_database
from tests.synthetic import pictures

from cairndesk.accounts import errors as refusals
from cairndesk.accounts.headers import POLICY
from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import SYSTEM, Actor, Matter, Role
from cairndesk.cases.actions import ReportFacts, open_case, withdraw_grants
from cairndesk.cases.errors import NoGrant, TakenOff
from cairndesk.cases.models import Case, CaseGrant
from cairndesk.cases.queries import opens_to
from cairndesk.custody import shred
from cairndesk.custody.actions import destroy_object
from cairndesk.custody.models import SealedObject
from cairndesk.custody.queries import entries_about, released_to
from cairndesk.custody.sealing import objects
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.lib import clock
from cairndesk.review import actions, errors, queries
from cairndesk.review.actions.looking import _enter
from cairndesk.review.rules.looking import LookReason
from cairndesk.review.window import COPIES
from cairndesk.serve import site
from cairndesk.signals import walled
from cairndesk.signals.engine import sandbox
from cairndesk.signals.engine.answer import Answer, Format, State, Why
from cairndesk.signals.engine.derivative import Derivative
from cairndesk.signals.engine.digests import digests
from cairndesk.signals.engine.walls import Level
from cairndesk.signals.errors import SandboxTooWeak
from cairndesk.signals.models import MediaSighting

CANARY = b"canary-5551"
DRAWN = Derivative(level=3, abi=7, width=4, height=2, pixels=b"\x10\x20\x30\x40\x50\x60\x70\x80")


@pytest.fixture(autouse=True)
def here(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """A vault of its own, and children that have looked at each file already; what the one that draws was given."""
    given: list[bytes] = []
    settings.DATA = tmp_path
    at_desk(settings, look_url="http://look.localhost:8481")
    shred.create(tmp_path / shred.FOLDER / shred.NAME)
    monkeypatch.setattr(walled, "hash_media", lambda data: sandbox.MediaHashes(digests(data), Answer(State.TOO_PLAIN, format=Format.PNG)))
    monkeypatch.setattr(walled, "_level", lambda: Level.FULL)
    monkeypatch.setattr(walled, "draw", lambda data, _: (given.append(data), DRAWN)[1])
    return given


@pytest.fixture
def keeping(one: Organisation) -> Organisation:
    one.media_mode, one.media_basis = "sealed", "made up for tests"
    one.save()
    return one


def at_desk(settings: Any, **changed: object) -> None:
    settings.CAIRNDESK = settings.CAIRNDESK.model_copy(update={"desk": settings.CAIRNDESK.desk.model_copy(update=changed)})


def look(case: Case, original: SealedObject, by: Actor, *, at: Any = None, reason: LookReason = LookReason.OPEN) -> Derivative:
    return actions.look_at_original(case=case, original=original.pk, reason=reason, by=by, now=at or clock.now())


def opened(original: SealedObject) -> int:
    return sum(line.event == "custody.object.opened" for line in entries_about(original.pk))


@pytest.fixture
def held(tell: Tell, keeping: Organisation, ana: Actor) -> tuple[Case, SealedObject]:
    """A case that Ana reviews now, and a file that was handed over for it."""
    case = actions.claim(case=tell(at=clock.now()), by=ana, now=clock.now())
    return case, hand_over(case, ana)


Held = tuple[Case, SealedObject]


@pytest.mark.django_db
@pytest.mark.req("EVD-20")
def test_who_looks_and_why_is_written_before_the_key_turns(held: Held, ana: Actor, here: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    case, original = held
    written: list[list[str]] = []
    key_of = objects.key_of

    def turning(*args: Any, **named: Any) -> Any:
        written.append([line.event for line in entries_about(case.pk, original.pk)][-2:])
        return key_of(*args, **named)

    monkeypatch.setattr(objects, "key_of", turning)
    assert look(case, original, ana, reason=LookReason.MATCH) is DRAWN
    assert written == [["review.original.looked_at", "custody.object.opened"]]
    assert len(here) == 1
    # Whoever reviews access finds it among everything else that was opened, under the grant by which it was.
    [line, *_] = released_to([ana.pseudonym])
    assert (line.event, line.subject, line.detail["look"], line.detail["purpose"]) == ("review.original.looked_at", case.pk, "match", "review")


@pytest.mark.django_db
@pytest.mark.req("EVD-20")
def test_nothing_is_opened_for_anybody_who_may_not_look(held: Held, tell: Tell, ana: Actor, sam: Actor, ola: Actor, here: list[bytes]) -> None:
    case, original = held
    elsewhere = actions.claim(case=tell(at=clock.now()), by=ana, now=clock.now())
    untrained = Actor(**{**ana.__dict__, "has_credential": False})
    for by, of, refusal in (
        (ola, case, refusals.OtherOrganisation),
        (untrained, case, refusals.CredentialOutOfDate),
        # Whoever supervises reads the words; a look is for whoever judges.
        (sam, case, NoGrant),
        (ana, elsewhere, errors.NoSuchAccount),
    ):
        with pytest.raises(refusal):
            look(of, original, by)
    CaseGrant.objects.filter(case=case).update(ended_at=clock.now(), ended_why="moved")
    with pytest.raises(NoGrant):
        look(case, original, ana)
    Case.objects.filter(pk=case.pk).update(stage="acting")
    with pytest.raises(refusals.NotPermitted):
        look(Case.objects.get(pk=case.pk), original, ana)
    assert (opened(original), here, queries.looks_left(ana, now=clock.now())) == (0, [], 8)


@pytest.mark.django_db
def test_who_is_taken_off_the_case_sees_nothing_not_even_a_copy_that_waits(held: Held, ana: Actor, sam: Actor) -> None:
    case, original = held
    look(case, original, ana)
    assert _still(case, ana)
    assert not _still(case, sam)
    withdraw_grants(case=case, holder=ana.pseudonym, by=sam, now=clock.now())
    assert not _still(case, ana)
    with pytest.raises(TakenOff):
        look(case, original, ana)
    assert opened(original) == 1


def _still(case: Case, by: Actor) -> bool:
    return opens_to(by.pseudonym, case=case.pk, matter=Matter.ORIGINAL, now=clock.now())


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("why", ["none", "hash_only", "", "http://localhost:8482", "destroyed"])
def test_where_nothing_is_looked_at_there_is_no_address_and_no_link(
    held: Held, why: str, enrol: Callable[..., Person], settings: Any, here: list[bytes], sam: Actor
) -> None:
    case, original = held
    client = signed_in(enrol(case.organisation, "Sue", Role.SUPERVISOR))
    door, page = reverse("review:look-at", args=[case.pk, original.pk]), reverse("review:case", args=[case.pk])
    assert door in client.get(page).content.decode()
    assert client.get(door).status_code == 200
    if why in {"", "http://localhost:8482"}:
        at_desk(settings, look_url=why)
    elif why == "destroyed":
        destroy_object(sealed=original, by=sam, now=clock.now())
    else:
        Organisation.objects.filter(pk=case.organisation_id).update(media_mode=why)
    assert door not in client.get(page).content.decode()
    assert [client.get(door).status_code, client.post(door, {"reason": "open"}).status_code] == [404, 404]
    assert here == []


@pytest.mark.django_db
def test_below_the_walls_that_are_asked_for_nothing_is_opened(held: Held, ana: Actor, here: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    case, original = held
    monkeypatch.setattr(walled, "_level", lambda: Level.NONE)
    with pytest.raises(SandboxTooWeak):
        look(case, original, ana)
    assert (opened(original), here, queries.looks_left(ana, now=clock.now())) == (0, [], 8)


@pytest.mark.django_db
@pytest.mark.parametrize(("file_format", "state"), [("NONE", "unrenderable"), ("MOV", "unrenderable"), ("JPEG", "unrenderable")])
def test_of_what_could_not_be_decoded_there_is_nothing_to_look_at(
    held: Held, file_format: str, state: str, ana: Actor, enrol: Callable[..., Person]
) -> None:
    case, original = held
    MediaSighting.objects.update(file_format=file_format, state=state)
    with pytest.raises(errors.NothingToLookAt):
        look(case, original, ana)
    client = signed_in(enrol(case.organisation, "Sue", Role.SUPERVISOR))
    page = client.get(reverse("review:look-at", args=[case.pk, original.pk])).content.decode()
    assert "There is nothing to look at." in page
    assert "Look at a small copy, once" not in page
    assert opened(original) == 0


@pytest.mark.django_db
def test_nobody_looks_more_often_in_a_day_than_the_desk_says(held: Held, tell: Tell, ana: Actor, here: list[bytes], settings: Any) -> None:
    at_desk(settings, looks_a_day=2)
    case, original = held
    other = actions.claim(case=tell(at=clock.now()), by=ana, now=clock.now())
    # Another case is no way round it.
    second = hand_over(other, ana)
    now = clock.now()
    look(case, original, ana, at=now)
    look(other, second, ana, at=now + timedelta(minutes=1))
    for of, which in (held, (other, second)):
        with pytest.raises(errors.LooksSpent):
            look(of, which, ana, at=now + timedelta(minutes=2))
    assert (opened(original), opened(second), len(here)) == (1, 1, 2)
    assert sum(line.event == "review.original.looked_at" for line in entries_about(case.pk, other.pk)) == 2
    assert queries.looks_left(ana, now=now + timedelta(minutes=2)) == 0
    assert queries.looks_left(ana, now=now + timedelta(hours=24, seconds=1)) == 1


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_of_eight_looks_in_the_same_moment_no_more_are_had_than_are_left(tmp_path: Path, ring: Keyring, settings: Any) -> None:
    at_desk(settings, looks_a_day=3)

    def race() -> None:
        one = Organisation.objects.create(slug="race", name="Race", created_at=clock.now())
        ring.add_organisation(one.pk)
        facts = ReportFacts(source="friend", channel="portal", path="friend", language="en", told={"answers": {}})
        case, now, ana = open_case(organisation=one, report=facts, by=SYSTEM, now=clock.now()), clock.now(), actor(one, "Ana", Role.ANALYST)
        Case.objects.filter(pk=case.pk).update(stage="reviewing")
        case.refresh_from_db()
        CaseGrant.objects.create(case=case, holder=ana.pseudonym, purpose="review", since=now, until=now + timedelta(hours=1), entry=0)

        def once() -> bool:
            try:
                _enter(case, LookReason.OPEN, ana, now, case.pk)
            except errors.LooksSpent:
                return False
            return True

        assert sum(in_threads(*[once] * 8)) == 3
        assert queries.looks_left(ana, now=now) == 0

    with shared_database(tmp_path):
        in_threads(race)


@pytest.mark.slow
@pytest.mark.django_db
def test_the_page_asks_why_shows_the_copy_once_and_asks_again(tell: Tell, keeping: Organisation, enrol: Callable[..., Person], settings: Any) -> None:
    at_desk(settings, looks_a_day=2, clear_seconds=0)
    ana, ben = enrol(keeping, "Ana", Role.ANALYST), signed_in(enrol(keeping, "Ben", Role.ANALYST))
    case = actions.claim(case=tell(at=clock.now()), by=as_actor(ana), now=clock.now())
    original = hand_over(case, as_actor(ana))
    door, client = reverse("review:look-at", args=[case.pk, original.pk]), signed_in(ana)
    first = client.get(door)
    page = first.content.decode()
    assert page.index('id="case-name"') < page.index("You need not look to decide") < page.index("Look at a small copy, once")
    assert "You have 2 looks left" in page
    assert first["Content-Security-Policy"] == POLICY
    for wrong in ({}, {"reason": ""}, {"reason": "curious"}):
        assert client.post(door, wrong).status_code == 422
    # A colleague who does not review it, and somebody who was sent here by another site, get nothing.
    assert ben.post(door, {"reason": "open"}).status_code == 403
    strange = Client(enforce_csrf_checks=True)
    strange.cookies = client.cookies
    assert strange.post(door, {"reason": "open"}).status_code == 403
    assert opened(original) == 0
    assert client.post(door, {"reason": "open"})["Location"] == door
    shown = client.get(door)
    [copy] = re.findall(r'<img src="(http://look\.localhost:8481/[\w-]{43})" crossorigin="anonymous"', shown.content.decode())
    assert shown["Content-Security-Policy"] == POLICY.replace("data:", "data: http://look.localhost:8481")
    # On the host of the desk there is nothing under that name.
    assert client.get(copy.removeprefix("http://look.localhost:8481")).status_code == 404
    again = client.get(door)
    assert "Look at a small copy, once" in again.content.decode()
    assert (copy in again.content.decode(), again["Content-Security-Policy"]) == (False, POLICY)
    assert (opened(original), COPIES.take(copy[-43:]).png) == (1, DRAWN.as_png())  # type: ignore[union-attr]
    # One that was asked for on the page of another file is not shown on this one, and waits on for its own.
    client.post(door, {"reason": "open"})
    other = hand_over(case, as_actor(ana), b"another file")
    assert ["look.localhost" in client.get(one).content.decode() for one in (door.replace(str(original.pk), str(other.pk)), door)] == [False, True]
    page = client.get(door).content.decode()
    assert "more than 2 copies within 24 hours" in page
    assert "Look at a small copy, once" not in page
    assert client.post(door, {"reason": "open"}).status_code == 429
    assert (opened(original), opened(other)) == (2, 0)


@pytest.mark.django_db
def test_a_file_of_which_no_copy_comes_out_is_said_kindly(held: Held, enrol: Callable[..., Person], monkeypatch: pytest.MonkeyPatch) -> None:
    case, original = held
    Case.objects.filter(pk=case.pk).update(stage="second_look")
    monkeypatch.setattr(walled, "draw", lambda *_: Derivative(Why.TOO_SLOW))
    client = signed_in(enrol(case.organisation, "Sue", Role.SUPERVISOR))
    page = client.post(reverse("review:look-at", args=[case.pk, original.pk]), {"reason": "differ"}, follow=True).content.decode()
    assert "No copy could be drawn of this file" in page
    assert "look.localhost" not in page


# With everything real: the child, the walls, the served desk and a browser.


def polyglot() -> bytes:
    """A drawn picture that tells where it was taken, holds another picture, and is a page with a script as well."""
    inner = pictures.encoded(pictures.scene(160, 120, seed=9), "JPEG")
    exif = Image.Exif()
    exif[0x010E], exif[0xEA1C] = CANARY.decode(), inner
    exif.get_ifd(0x8825)[1] = CANARY.decode()
    page = b"<html><script>" + CANARY + b"</script></html>"
    return pictures.encoded(pictures.scene(320, 180), "JPEG", exif=exif, comment=page) + page


@dataclass(frozen=True)
class Asked:
    """One line of what a browser asked for: the headers that it sent, those that it was told, and what it got."""

    url: str
    asked: dict[str, str]
    told: dict[str, str]
    body: bytes

    @classmethod
    def of(cls, one: Request) -> "Asked":
        response = one.response()
        assert response
        return cls(one.url, one.all_headers(), response.all_headers(), response.body() if response.status == 200 else b"")

    def pieces(self) -> set[bytes]:
        return {self.body[at : at + 16] for at in range(len(self.body) - 15)}


@pytest.fixture
def served(settings: Any, monkeypatch: pytest.MonkeyPatch, here: list[bytes]) -> Iterator[str]:
    """The address of a desk that really answers, on both of its names."""
    port = free_port()
    at_desk(settings, port=port, public_url=f"http://localhost:{port}", look_url=f"http://look.localhost:{port}")
    monkeypatch.setattr(walled, "draw", lambda data, manner: sandbox.draw(data, manner, seconds=60))
    with running(site.application(settings.CAIRNDESK), port=port):
        yield f"http://localhost:{port}"


@pytest.mark.journey
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_in_a_real_browser_neither_a_byte_of_the_file_nor_a_cookie_goes_to_the_other_host(
    served: str, tell: Tell, keeping: Organisation, enrol: Callable[..., Person]
) -> None:
    ana, data = enrol(keeping, "Ana", Role.ANALYST), polyglot()
    case = actions.claim(case=tell(at=clock.now()), by=as_actor(ana), now=clock.now())
    original = hand_over(case, as_actor(ana), data)
    cookie, look_host = django_settings.SESSION_COOKIE_NAME, served.replace("localhost", "look.localhost")
    key = signed_in(ana).cookies[cookie].value
    asked: list[Asked] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        context = browser.new_context(java_script_enabled=False)
        # Planted on the other host too, by whoever could: it must not go along.
        context.add_cookies([{"name": cookie, "value": key, "url": served}, {"name": "planted", "value": "here", "url": look_host}])
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("requestfinished", lambda one: asked.append(Asked.of(one)))
        page.goto(f"{served}/cases/{case.pk}/")
        page.get_by_role("link", name="Look at a small copy").click()
        page.get_by_label("Why you look").select_option("open")
        page.get_by_role("button", name="Look at a small copy, once").click()
        picture = page.locator("figure img")
        assert picture.evaluate("one => one.decode().then(() => [one.naturalWidth, one.naturalHeight])") == [160, 90]
        address = picture.get_attribute("src") or ""
        keep(page)
        page.reload()
        page.get_by_role("button", name="Look at a small copy, once").wait_for()
        assert page.locator("figure img").count() == 0
        with pytest.raises(Error, match="ERR_HTTP_RESPONSE_CODE_FAILURE"):
            page.goto(address)
        kept = {one["name"]: one["domain"] for one in context.cookies(look_host)}
        browser.close()
    [seen] = [one for one in asked if one.url.startswith(look_host) and one.body]
    assert (seen.url, seen.asked.get("cookie"), seen.asked.get("referer"), seen.asked["origin"]) == (address, None, None, served)
    assert "set-cookie" not in seen.told
    assert kept == {"planted": "look.localhost"}
    picture_seen = Image.open(io.BytesIO(seen.body))
    assert (picture_seen.format, picture_seen.mode, picture_seen.size, picture_seen.info) == ("PNG", "L", (160, 90), {})
    # No sixteen bytes in a row of the file are in anything that the browser was sent.
    assert len(asked) > 6
    assert not [one.url for one in asked if CANARY in one.body or {data[at : at + 16] for at in range(0, len(data) - 16, 7)} & one.pieces()]
    assert opened(original) == 1


def keep(page: Any, name: str = "looked-at") -> None:
    from tests.journeys.test_the_desk_is_for_everybody import keep

    keep(page, name)
