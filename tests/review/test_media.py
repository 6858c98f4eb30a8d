"""A file that staff hand over: hashed, matched and dropped, where the law was named; nothing of it stays anywhere."""

import asyncio
import hashlib
import io
import re
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings as django_settings
from django.core.files.uploadedfile import InMemoryUploadedFile, SimpleUploadedFile
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from django.urls import reverse
from PIL import Image, ImageOps
from PIL.PngImagePlugin import PngInfo
from tests.review.conftest import as_actor
from tests.support import canary
from tests.synthetic import pictures, videos

from cairndesk.accounts.errors import NotPermitted, OtherOrganisation
from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import Actor, Role
from cairndesk.cases.actions import add_item
from cairndesk.cases.models import Case, CaseLink, Item
from cairndesk.cases.queries import items, unit_counts
from cairndesk.lib import clock
from cairndesk.review import actions
from cairndesk.review.queries import card
from cairndesk.review.views import cases
from cairndesk.serve.site import application
from cairndesk.signals import jobs as signals
from cairndesk.signals.actions import import_list
from cairndesk.signals.engine import pdq
from cairndesk.signals.engine.digests import digests
from cairndesk.signals.engine.identifiers import Kind, normalise
from cairndesk.signals.engine.lists import Row
from cairndesk.signals.engine.sandbox import hash_media
from cairndesk.signals.errors import MediaRefused, SandboxTooWeak
from cairndesk.signals.models import MediaSighting
from cairndesk.signals.queries import matches_of
from cairndesk.signals.rules import MayLeadTo, Papers
from cairndesk.triage import jobs as triage

pytestmark = pytest.mark.django_db
Tell = Callable[..., Case]


@pytest.fixture
def hashing(one: Organisation) -> Organisation:
    one.media_mode, one.media_basis = "hash_only", "made up for tests"
    one.save()
    return one


@pytest.fixture
def anas(enrol: Callable[..., Person], one: Organisation) -> Client:
    client, now = Client(), clock.now().isoformat()
    session = client.session
    session.update({"person": str(enrol(one, "Ana", Role.ANALYST).pk), "proof": "demo", "seen": now, "started": now})
    session.save()
    return client


def listed(organisation: Organisation, by: Actor, kind: Kind, value: str) -> None:
    papers = Papers(
        name="Partner list",
        owner="Cairn Desk Two",
        agreement="A-7",
        terms="For matching.",
        provenance="Made for tests.",
        received_on=date(2026, 1, 1),
        expires_on=date(2100, 1, 1),
        may_lead_to=MayLeadTo.PRIORITY,
    )
    rows = [Row(1, (normalise(kind, value),), label="A1", withdrawn=False)]
    import_list(organisation=organisation.pk, papers=papers, rows=rows, replace=False, by=by, now=clock.now())


def door(case: Case) -> str:
    return reverse("review:media", args=[case.pk])


@pytest.mark.slow
def test_a_file_becomes_its_hashes_and_meets_the_lists_at_once(tell: Tell, anas: Client, hashing: Organisation, sam: Actor) -> None:
    data = pictures.encoded(pictures.scene())
    listed(hashing, sam, Kind.SHA1, digests(data).sha1)
    case = tell(at=clock.now())
    answer = anas.post(door(case), {"file": SimpleUploadedFile("holiday.png", data)}, follow=True)
    assert "4 new hashes kept. 1 new match" in answer.content.decode()
    assert {item.hash_kind for item in Item.objects.filter(case=case)} == {"md5", "sha1", "sha256", "pdq"}
    [match] = matches_of(case=case.pk)
    assert (match.kind, Item.objects.get(pk=match.item).hash_kind) == ("exact", "sha1")
    case.refresh_from_db()
    assert "listed" in case.assessments.last().reasons


@pytest.mark.slow
def test_a_mirrored_copy_of_a_listed_picture_is_found(tell: Tell, hashing: Organisation, enrol: Callable[..., Person], sam: Actor) -> None:
    picture = pictures.scene(seed=7)
    listed(hashing, sam, Kind.PDQ, hash_media(pictures.encoded(picture)).identifiers()[3].value)
    case, ana = tell(at=clock.now()), as_actor(enrol(hashing, "Ana", Role.ANALYST))
    done = actions.hand_over(case=case, data=pictures.encoded(ImageOps.mirror(picture)), by=ana, now=clock.now())
    assert (done.matches, [match.kind for match in matches_of(case=case.pk)]) == (1, ["near"])


@pytest.mark.slow
@pytest.mark.req("DET-01")
def test_a_picture_that_came_before_its_list_did_is_found_mirrored_and_its_page_says_so(
    tell: Tell, anas: Client, hashing: Organisation, sam: Actor
) -> None:
    picture, case = pictures.scene(seed=7), tell(at=clock.now())
    anas.post(door(case), {"file": SimpleUploadedFile("holiday.png", pictures.encoded(ImageOps.mirror(picture)))})
    listed(hashing, sam, Kind.PDQ, hash_media(pictures.encoded(picture)).identifiers()[3].value)
    assert (signals.look_back(), triage.assess()) == (1, 1)
    assert [(match.kind, match.form) for match in matches_of(case=case.pk)] == [("near", "mirrored")]
    page = anas.get(reverse("review:case", args=[case.pk])).content.decode()
    assert "Matched later: version 1 of the list" in page


@pytest.mark.slow
@pytest.mark.req("TRG-19")
def test_cases_with_a_picture_that_looks_alike_are_suggested_and_a_person_links_them(
    tell: Tell, anas: Client, hashing: Organisation, ana: Actor
) -> None:
    picture = pictures.scene(seed=7)
    case, twin, other = tell(at=clock.now()), tell(at=clock.now()), tell(at=clock.now())
    copy = ImageOps.mirror(picture).resize((picture.width // 2, picture.height // 2))
    for one, drawn in ((case, picture), (twin, copy), (other, pictures.scene(seed=8))):
        actions.hand_over(case=one, data=pictures.encoded(drawn), by=ana, now=clock.now())
    triage.remember()
    assert "looks alike" in anas.get(reverse("review:case", args=[case.pk])).content.decode()
    for here, there in ((case, twin), (twin, case)):
        page = anas.get(reverse("review:alike", args=[here.pk])).content.decode()
        [(number, distance)] = re.findall(r"(\S+)</a> alike: (\d+) of 256 bits differ", page)
        assert number.endswith(there.number)
        assert int(distance) <= 31
        assert f"Link with {other.number}" not in page
    assert not CaseLink.objects.exists()
    anas.post(reverse("review:link", args=[case.pk, twin.pk]), {"kind": "same_event"})
    assert CaseLink.objects.count() == 1
    assert "or all that do are linked already" in anas.get(reverse("review:alike", args=[case.pk])).content.decode()


@pytest.mark.slow
@pytest.mark.req("TRG-19")
def test_work_finds_them_by_itself_and_says_so_once_on_the_page_and_in_the_queue(tell: Tell, anas: Client, hashing: Organisation, ana: Actor) -> None:
    picture = pictures.scene(seed=7)
    case, twin, other = tell(at=clock.now()), tell(at=clock.now()), tell(at=clock.now())
    for one, drawn in ((case, picture), (twin, ImageOps.mirror(picture)), (other, pictures.scene(seed=8))):
        actions.hand_over(case=one, data=pictures.encoded(drawn), by=ana, now=clock.now())
    before = {one.pk: (one.priority, one.due_at) for one in Case.objects.all()}
    assert (signals.find_alike(), triage.assess()) == (1, 2)
    assert (signals.find_alike(), triage.assess()) == (0, 0), "nobody is told twice"
    assert {one.pk: one.assessments.last().reasons for one in Case.objects.all()} == {case.pk: ["alike"], twin.pk: ["alike"], other.pk: []}
    assert {one.pk: (one.priority, one.due_at) for one in Case.objects.all()} == before, "it makes no case more urgent, and no promise longer"
    shown = anas.get(reverse("review:case", args=[case.pk])).content.decode()
    assert re.findall(r"(\S+)</a> alike: \d+ of 256 bits differ", shown)[0].endswith(twin.number)
    assert f"Link with {twin.number}" in shown
    assert "A picture looks like one in another case" in shown
    assert "A picture looks like one in another case" in anas.get(reverse("triage:queue", args=["waiting"])).content.decode()
    assert " alike: " not in anas.get(reverse("review:case", args=[other.pk])).content.decode()
    anas.post(reverse("review:link", args=[case.pk, twin.pk]), {"kind": "same_event"})
    assert " alike: " not in anas.get(reverse("review:case", args=[case.pk])).content.decode()


@pytest.mark.slow
def test_a_video_is_met_by_any_of_its_frames(tell: Tell, hashing: Organisation, ana: Actor, sam: Actor) -> None:
    frames = list(videos.cuts(3, 4, seconds=2.5))
    listed(hashing, sam, Kind.PDQ, pdq.of_rgb(frames[30][:, ::-1]).hashes[0].hex())
    case = tell(at=clock.now())
    done = actions.hand_over(case=case, data=videos.encoded(iter(frames)), by=ana, now=clock.now())
    assert (done.hashes, done.matches, [match.kind for match in matches_of(case=case.pk)]) == (4, 1, ["near"])
    assert set(case.items.filter(kind="media").values_list("media_type", flat=True)) == {"video"}
    sighting = MediaSighting.objects.get(case=case.pk)
    assert (sighting.state, sighting.file_format, sighting.rules) == ("hashed", "MOV", "stored-luminance/as-stored/video/1")


@pytest.mark.slow
def test_the_same_file_again_adds_nothing(tell: Tell, hashing: Organisation, ana: Actor) -> None:
    case, data = tell(), pictures.encoded(pictures.plain())
    first = actions.hand_over(case=case, data=data, by=ana, now=clock.now())
    again = actions.hand_over(case=case, data=data, by=ana, now=clock.now())
    assert (first.hashes, first.state, again.hashes) == (3, "too_plain", 0)
    assert "were here already" in again.words


@pytest.mark.slow
@pytest.mark.req("DIM-30")
def test_each_file_counts_once_whatever_its_hashes_and_whoever_named_one_before(tell: Tell, hashing: Organisation, ana: Actor) -> None:
    case, picture = tell(), pictures.scene()
    note = PngInfo()
    note.add_text("Comment", "the same picture in another file")
    first, second = pictures.encoded(picture), pictures.encoded(picture, pnginfo=note)
    named = add_item(case=case, kind="media", identifier=digests(first).sha256, facts={"hash_kind": "sha256"}, by=ana, now=clock.now())
    for data in (first, first, second):
        actions.hand_over(case=case, data=data, by=ana, now=clock.now())
    # The second file has a PDQ hash that was there already, and three of its own.
    assert [item.same_file_as_id for item in items(case)].count(named.pk) == 3
    assert (items(case).count(), unit_counts(Case.objects.filter(pk=case.pk)).files) == (7, 2)
    assert dict(card(case, ana).kinds)["Media by hash"] == 2


def test_behind_weak_walls_the_desk_takes_no_file_and_says_so(
    hashing: Organisation, tell: Tell, anas: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cases, "is_strong_enough", lambda: False)

    def refuse(*_: object, **__: object) -> None:
        raise SandboxTooWeak("Level NONE is below MINIMAL.")

    monkeypatch.setattr("cairndesk.signals.actions.media.walled.hash_media", refuse)
    case = tell(at=clock.now())
    page = anas.get(door(case)).content.decode()
    assert "cannot lock the process that would read them" in page
    assert 'type="file"' not in page
    refused = anas.post(door(case), {"file": SimpleUploadedFile("x.png", pictures.encoded(pictures.plain()))})
    assert (refused.status_code, MediaSighting.objects.count()) == (503, 0)
    assert "desk.media_walls" in refused.content.decode()


@pytest.mark.req("EVD-12")
def test_a_desk_without_a_law_takes_no_file_and_says_why(tell: Tell, anas: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cairndesk.signals.actions.media.walled.hash_media", lambda _: pytest.fail("the file was looked at"))
    case = tell(at=clock.now())
    page = anas.get(door(case)).content.decode()
    assert "Your organisation takes no media" in page
    assert 'type="file"' not in page
    refused = anas.post(door(case), {"file": SimpleUploadedFile("x.png", pictures.encoded(pictures.plain()))})
    assert (refused.status_code, MediaSighting.objects.count(), case.items.count()) == (403, 0, 0)


def test_no_file_and_an_empty_one_come_back_as_the_form(tell: Tell, anas: Client, hashing: Organisation) -> None:
    case = tell(at=clock.now())
    for fields, words in (({}, "Choose a file."), ({"file": SimpleUploadedFile("x", b"")}, "The file is empty.")):
        answer = anas.post(door(case), fields)
        assert (answer.status_code, words in answer.content.decode()) == (422, True)


def test_others_cannot_hand_over(tell: Tell, hashing: Organisation, cal: Actor, ola: Actor) -> None:
    case = tell()
    for by, refusal in ((cal, NotPermitted), (ola, OtherOrganisation)):
        with pytest.raises(refusal):
            actions.hand_over(case=case, data=b"x", by=by, now=clock.now())
    assert not MediaSighting.objects.exists()


def test_a_mode_that_changes_while_the_page_is_open_is_obeyed(tell: Tell, hashing: Organisation, ana: Actor) -> None:
    case = tell()
    Organisation.objects.filter(pk=hashing.pk).update(media_mode="none")
    with pytest.raises(MediaRefused):
        actions.hand_over(case=Case.objects.get(pk=case.pk), data=b"x", by=ana, now=clock.now())


def marked(words: str) -> bytes:
    """A picture of some hundred kilobytes whose bytes hold `words` in clear, before and after the drawing."""
    notes, buffer = PngInfo(), io.BytesIO()
    notes.add_text("Comment", words)
    Image.effect_noise((700, 700), 90).save(buffer, "PNG", pnginfo=notes)
    return buffer.getvalue() + words.encode()


def ask(path: str, cookie: str, body: bytes, boundary: str) -> dict[str, Any]:
    """One request through the whole desk as it is served: the edge, Django's own ASGI handler, the upload handlers."""
    headers = [(b"host", b"localhost"), (b"cookie", cookie.encode()), (b"content-type", f"multipart/form-data; boundary={boundary}".encode())]
    scope = {"type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b"", "headers": headers}
    scope |= {"http_version": "1.1", "asgi": {"version": "3.0"}, "scheme": "http", "server": ("localhost", 80), "root_path": ""}
    pieces = [body[at : at + 65536] for at in range(0, len(body), 65536)]
    came = iter([{"type": "http.request", "body": piece, "more_body": piece is not pieces[-1]} for piece in pieces])
    said: dict[str, Any] = {}

    async def receive() -> dict[str, Any]:
        # Who has sent everything stays to hear the answer.
        return next(came, None) or await asyncio.Event().wait()

    async def send(message: Any) -> None:
        said.update(message)  # the status comes first, the last piece of the body after it

    # The test's own transaction lives in the connection that Django would close after a real request.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        async_to_sync(application(django_settings.CAIRNDESK))(scope, receive, send)
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)
    return said


@pytest.fixture
def unspooled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder for everything that is temporary; nothing may be put there."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in ("NamedTemporaryFile", "TemporaryFile", "mkstemp"):
        monkeypatch.setattr(tempfile, name, lambda *_, **__: pytest.fail("something was spooled to disk"))
    monkeypatch.setattr(tempfile.SpooledTemporaryFile, "rollover", lambda _: pytest.fail("the body was spooled to disk"))
    return tmp_path


@pytest.mark.req("EVD-12")
@pytest.mark.slow
@pytest.mark.parametrize("mode", ["hash_only", "sealed"])
def test_nothing_of_a_file_reaches_the_disk_the_database_or_the_log(
    tell: Tell,
    anas: Client,
    hashing: Organisation,
    unspooled: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: Any,
    mode: str,
) -> None:
    Organisation.objects.filter(pk=hashing.pk).update(media_mode=mode)
    words, name, boundary = canary.a_canary("bytes"), canary.a_canary("name"), "between-the-parts"
    data, case, kept = marked(words), tell(at=clock.now()), []
    real = cases.MediaForm

    def watched(*given: Any) -> Any:
        kept.extend(type(one["file"]) for one in given[1:] if one)
        return real(*given)

    monkeypatch.setattr(cases, "MediaForm", watched)
    token = anas.get(door(case)).cookies[django_settings.CSRF_COOKIE_NAME].value
    session = anas.cookies[django_settings.SESSION_COOKIE_NAME].value
    cookie = f"{django_settings.SESSION_COOKIE_NAME}={session}; {django_settings.CSRF_COOKIE_NAME}={token}"
    parts = f'--{boundary}\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{token}\r\n--{boundary}\r\n'
    parts += f'Content-Disposition: form-data; name="file"; filename="{name}.png"\r\nContent-Type: image/png\r\n\r\n'
    body = parts.encode() + data + f"\r\n--{boundary}--\r\n".encode()
    said = ask(door(case), cookie, body, boundary)
    assert kept == [InMemoryUploadedFile]
    seen = MediaSighting.objects.get()
    assert (said["status"], seen.state, seen.original is not None, len(data) > 262_144) == (302, "hashed", mode == "sealed", True)
    monkeypatch.undo()
    canaries = {"bytes": words, "name": name, "digest": hashlib.sha256(data).hexdigest(), "md5": digests(data).md5}
    out, err = capfd.readouterr()
    seen = canary.hits_in((out + err + caplog.text).encode(), canaries, "what was logged")
    assert (
        seen + canary.hits_in_database(canaries) + canary.hits_in_files(unspooled, canaries) + canary.hits_in_files(django_settings.DATA, canaries)
        == []
    )


def test_only_the_two_doors_of_a_file_take_a_large_body() -> None:
    limits = application(django_settings.CAIRNDESK)._limits
    large = django_settings.CAIRNDESK.desk.media_limit + 65536
    case = "1b4e28ba-2fa1-11d2-883f-0016d3cca427"
    for path in (f"/cases/{case}/media/", f"/api/v1/reports/{case}/media"):
        assert limits.of(path) == large == django_settings.FILE_UPLOAD_MAX_MEMORY_SIZE
    for path in ("/", f"/cases/{case}/", "/api/v1/reports", "/directory/rules/", f"/cases/{case}/classify/"):
        assert limits.of(path) == 256 * 1024
