"""Where the law lets a desk keep files: hashed as ever, the original sealed in the vault, shown by no page, destroyed by two people."""

import base64
import errno
import os
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from tests.accounts.test_doors import DOORS, filled
from tests.review.conftest import as_actor
from tests.support.two_people import approved, proof
from tests.synthetic import pictures

from cairndesk.accounts import demo
from cairndesk.accounts.actions import approve, take_back
from cairndesk.accounts.errors import AskedAlready, FreshProofNeeded, NeedsSecondPerson, NotPermitted, OtherOrganisation, RequestClosed
from cairndesk.accounts.models import Organisation, Person, Request
from cairndesk.accounts.rules import Actor, FreshProof, Role
from cairndesk.cases.actions import place_hold
from cairndesk.cases.errors import OnHold
from cairndesk.cases.models import Case, Hold, Item
from cairndesk.cases.rules.holding import HoldGround
from cairndesk.custody.actions import check_vault, open_object
from cairndesk.custody.adapters import folder
from cairndesk.custody.errors import ObjectGone
from cairndesk.custody.models import SealedItem, SealedObject
from cairndesk.custody.queries import entries_about, unseal_text
from cairndesk.directory import actions as directory
from cairndesk.lib import clock
from cairndesk.review import actions, errors, queries
from cairndesk.review.rules.media import size_class
from cairndesk.signals import walled
from cairndesk.signals.engine import sandbox
from cairndesk.signals.engine.answer import Answer, Format, State
from cairndesk.signals.engine.digests import digests
from cairndesk.signals.models import MediaSighting

pytestmark = pytest.mark.django_db
Tell = Callable[..., Case]
DATA = b"bytes of a drawn picture" * 400


@pytest.fixture(autouse=True)
def vault(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A vault of its own, and a child that has looked at the file already: what it sees is tested where it lives."""
    settings.DATA = tmp_path
    plain = Answer(State.TOO_PLAIN, format=Format.PNG)
    monkeypatch.setattr(walled, "hash_media", lambda data: sandbox.MediaHashes(digests(data), plain))
    return tmp_path / "vault"


@pytest.fixture
def keeping(one: Organisation) -> Organisation:
    one.media_mode, one.media_basis = "sealed", "made up for tests"
    one.save()
    return one


def signed_in(person: Person) -> Client:
    client, now = Client(), clock.now().isoformat()
    session = client.session
    session.update({"person": str(person.pk), "proof": "demo", "seen": now, "started": now})
    session.save()
    return client


def hand_over(case: Case, by: Actor, data: bytes = DATA) -> SealedObject:
    actions.hand_over(case=case, data=data, by=by, now=clock.now())
    original = MediaSighting.objects.order_by("-seen_at")[0].original
    assert original is not None
    return original


def confirmed(by: Actor, wish: Request) -> FreshProof:
    return proof(wish, by)


def asked(case: Case, original: SealedObject, by: Actor, reason: str = "The court asked for it.") -> Request:
    return actions.ask_destruction(case=case, original=original, reason=reason, by=by, now=clock.now())


@pytest.mark.slow
def test_a_file_is_hashed_behind_walls_and_its_original_lies_sealed_in_the_vault(
    tell: Tell, keeping: Organisation, enrol: Callable[..., Person], vault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    case, data = tell(at=clock.now()), pictures.encoded(pictures.scene())
    client, door = signed_in(enrol(keeping, "Ana", Role.ANALYST)), reverse("review:media", args=[case.pk])
    assert "the file itself is kept sealed in the vault" in client.get(door).content.decode()
    page = client.post(door, {"file": SimpleUploadedFile("holiday.png", data)}, follow=True).content.decode()
    assert "The file was read once and put into the vault, sealed. 4 new hashes kept." in page
    assert {item.hash_kind for item in Item.objects.filter(case=case)} == {"md5", "sha1", "sha256", "pdq"}
    seen = MediaSighting.objects.get()
    assert (seen.door, [path.name for path in vault.iterdir()]) == ("staff", [seen.original_id.hex])
    assert open_object(sealed=seen.original, by=as_actor(Person.objects.get(name="Ana")), now=clock.now()).read() == data


@pytest.mark.slow
def test_the_case_tells_what_became_of_each_file_and_shows_none(
    tell: Tell, keeping: Organisation, enrol: Callable[..., Person], django_capture_on_commit_callbacks: Any
) -> None:
    case, ana = tell(at=clock.now()), as_actor(enrol(keeping, "Ana", Role.ANALYST))
    sam = enrol(keeping, "Sam", Role.SUPERVISOR)
    first = hand_over(case, ana)
    Organisation.objects.filter(pk=keeping.pk).update(media_mode="hash_only")
    actions.hand_over(case=Case.objects.get(pk=case.pk), data=b"another", by=ana, now=clock.now())
    files = queries.files(case)
    assert [(one.fate, one.type, one.size, one.door) for one in files] == [
        ("kept sealed", "PNG", "up to 64 KiB", "handed over by staff"),
        ("hashed, not kept", "PNG", "", "handed over by staff"),
    ]
    door, at = reverse("review:destroy", args=[case.pk, first.pk]), reverse("review:case", args=[case.pk])
    assert door in (page := signed_in(sam).get(at).content.decode())
    assert "kept sealed" in page
    assert "hashed, not kept" in page
    assert "A file was put into the vault, sealed" in page
    assert door in signed_in(Person.objects.get(name="Ana")).get(at).content.decode()
    wish = asked(case, first, ana)
    page = signed_in(sam).get(at).content.decode()
    assert "Somebody asked to destroy it" in page
    assert "Somebody asked to destroy a sealed file" in page
    with django_capture_on_commit_callbacks(execute=True):
        approved(wish, as_actor(sam))
    assert [(one.fate, one.original) for one in queries.files(case)] == [("original destroyed", None), ("hashed, not kept", None)]
    page = signed_in(sam).get(at).content.decode()
    assert door not in page
    assert "A sealed file was destroyed" in page


@pytest.mark.slow
def test_no_door_of_the_desk_gives_an_original_out(tell: Tell, keeping: Organisation, enrol: Callable[..., Person]) -> None:
    case, ana = tell(at=clock.now()), as_actor(enrol(keeping, "Ana", Role.ANALYST))
    original = hand_over(case, ana)
    client = signed_in(enrol(keeping, "Sam", Role.SUPERVISOR, Role.ADMINISTRATOR, Role.AUDITOR, Role.LIAISON))
    for path in (f"/vault/{original.id}", f"/vault/{original.id.hex}", f"/cases/{case.pk}/media/{original.id}/", f"/media/{original.id}/"):
        assert client.get(path).status_code == 404
    for name in ("review:case", "review:media"):
        answer = client.get(reverse(name, args=[case.pk]))
        assert (answer.status_code, DATA[:24] in answer.content) == (200, False)
    assert not [line for line in entries_about(original.id) if line.event == "custody.object.opened"]


@pytest.mark.one_database
@pytest.mark.slow
def test_no_address_of_the_resolver_answers_with_an_original_or_with_any_picture(
    tell: Tell, keeping: Organisation, enrol: Callable[..., Person]
) -> None:
    picture = pictures.encoded(pictures.scene(64, 64), "JPEG")
    case, ana = tell(at=clock.now()), as_actor(enrol(keeping, "Ana", Role.ANALYST))
    original = hand_over(case, ana, picture)
    client = signed_in(enrol(keeping, "Sam", Role.SUPERVISOR, Role.ADMINISTRATOR, Role.AUDITOR, Role.LIAISON))
    client.raise_request_exception = False
    known = {"case_id": str(case.pk), "original_id": str(original.pk), "item_id": str(case.items.filter(kind="media")[0].pk)}
    reached = 0
    for route in DOORS:
        answer = client.get(filled(route, **known))
        told = b"".join(answer.streaming_content) if answer.streaming else answer.content
        reached += answer.status_code == 200
        assert answer.headers.get("Content-Type", "").partition("/")[0] not in {"image", "video", "audio"}, route
        assert not [part for part in (picture[:40], base64.b64encode(picture[:39])) if part in told], route
    assert reached > 30
    assert not [line for line in entries_about(original.id) if line.event == "custody.object.opened"]


@pytest.mark.slow
def test_the_same_file_again_is_kept_once_in_a_case_and_apart_in_another(tell: Tell, keeping: Organisation, ana: Actor, vault: Path) -> None:
    case, other = tell(), tell()
    first, again, apart = hand_over(case, ana), hand_over(case, ana), hand_over(other, ana)
    assert (first, len(list(vault.iterdir())), SealedObject.objects.count()) == (again, 2, 2)
    assert first != apart
    assert [line.event for line in entries_about(first.id)] == ["custody.object.sealed"]


@pytest.mark.parametrize("call", ["fsync", "link"])
def test_a_full_disk_keeps_nothing_at_all_and_says_so_kindly(
    tell: Tell, keeping: Organisation, enrol: Callable[..., Person], vault: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    case, client = tell(at=clock.now()), signed_in(enrol(keeping, "Ana", Role.ANALYST))
    items = case.items.count()
    with monkeypatch.context() as patch:
        patch.setattr(folder.os, call, full)
        answer = client.post(reverse("review:media", args=[case.pk]), {"file": SimpleUploadedFile("x.png", DATA)})
    page = answer.content.decode()
    assert (answer.status_code, "nothing of it stays here" in page, "hand it over again later" in page) == (503, True, True)
    assert (MediaSighting.objects.count(), SealedObject.objects.count(), case.items.count(), list(vault.iterdir())) == (0, 0, items, [])


def test_switching_back_destroys_nothing_and_says_so(tell: Tell, keeping: Organisation, enrol: Callable[..., Person], ana: Actor) -> None:
    original = hand_over(tell(), ana)
    client = signed_in(enrol(keeping, "Ada", Role.ADMINISTRATOR))
    page = client.post("/organisations/media/", {"mode": "hash_only", "basis": "made up for tests"}).content.decode()
    assert "The change destroys nothing: 1 original that is kept sealed stays in the vault." in page
    assert "destroys nothing" not in client.post("/organisations/media/", {"mode": "sealed", "basis": "made up for tests"}).content.decode()
    Organisation.objects.filter(pk=keeping.pk).update(media_mode="none")
    assert open_object(sealed=original, by=ana, now=clock.now()).read() == DATA


@pytest.mark.slow
def test_two_people_destroy_an_original_for_a_reason_and_with_a_fresh_proof(
    tell: Tell, keeping: Organisation, ana: Actor, sam: Actor, ola: Actor, vault: Path, django_capture_on_commit_callbacks: Any
) -> None:
    case, now = tell(), clock.now()
    original, strange = hand_over(case, ana), hand_over(tell(), ana)
    wish = asked(case, original, ana)
    given: dict[str, Any] = {"request": wish, "by": sam, "fresh": confirmed(sam, wish), "now": now}
    for changed, refusal in (
        ({"by": ana, "fresh": confirmed(ana, wish)}, NotPermitted),
        ({"by": ola, "fresh": confirmed(ola, wish)}, OtherOrganisation),
        ({"fresh": None}, FreshProofNeeded),
        ({"fresh": confirmed(ana, wish)}, FreshProofNeeded),
        ({"fresh": confirmed(sam, asked(Case.objects.get(pk=strange_case(strange)), strange, ana))}, FreshProofNeeded),
    ):
        with pytest.raises(refusal):
            approve(**{**given, **changed})
    assert len(list(vault.iterdir())) == 2
    with django_capture_on_commit_callbacks(execute=True):
        approve(**given)
    gone = SealedObject.objects.get(pk=original.pk)
    assert [path.name for path in vault.iterdir()] == [strange.id.hex]
    assert unseal_text(SealedItem.objects.get(pk=gone.reason_id)) == "The court asked for it."
    # Of what was done with it before, only the request still tells: the salts of those entries went with the key.
    assert [(line.event.rpartition(".")[2], line.actor) for line in entries_about(original.id)] == [("destroyed", sam.pseudonym)]
    assert Request.objects.get(subject=original.pk).asked_by == ana.pseudonym
    assert (check_vault(now=now).ok, check_vault(now=now).objects, case.items.count()) == (True, 1, 3)
    with pytest.raises(RequestClosed):
        approve(**given)
    with pytest.raises(ObjectGone):
        asked(case, original, ana)


def strange_case(original: SealedObject) -> Any:
    return MediaSighting.objects.get(original=original).case


def test_nobody_destroys_an_original_on_their_own_word(tell: Tell, keeping: Organisation, ana: Actor, sam: Actor, vault: Path) -> None:
    case = tell()
    original = hand_over(case, ana)
    wish = asked(case, original, sam)
    with pytest.raises(NeedsSecondPerson):
        approved(wish, sam)
    with pytest.raises(IntegrityError, match="request_takes_two_people"), transaction.atomic():
        Request.objects.filter(pk=wish.pk).update(done_by=sam.pseudonym, done_at=clock.now())
    assert len(list(vault.iterdir())) == 1


@pytest.mark.req("EVD-05")
def test_a_hold_and_the_schedule_keep_an_original_from_two_people(tell: Tell, keeping: Organisation, ana: Actor, sam: Actor, vault: Path) -> None:
    case, now = tell(), clock.now()
    original = hand_over(case, ana)
    wish = asked(case, original, ana)
    soon = (now + timedelta(days=9)).date()
    hold = place_hold(case=case, original=original, ground=HoldGround.COURT, why="Order 7", review_on=soon, by=ana, now=now)
    with pytest.raises(OnHold):
        approved(wish, sam)
    Hold.objects.filter(pk=hold.pk).update(lifted_at=now)
    directory.load_schedule(text=directory.example_schedule(), by=sam, now=now)
    until = original.sealed_at + timedelta(days=90)
    for at in (now, until - timedelta(seconds=1)):
        Request.objects.filter(pk=wish.pk).update(until=at + timedelta(hours=1))
        with pytest.raises(errors.KeptByLaw, match="until"):
            approved(wish, sam, at)
    assert len(list(vault.iterdir())) == 1
    approved(wish, sam, until)
    assert SealedObject.objects.get().destroyed_at == until


@pytest.mark.slow
def test_one_wish_stands_at_a_time_and_can_be_taken_back(tell: Tell, keeping: Organisation, ana: Actor, sam: Actor, ola: Actor) -> None:
    case = tell()
    original, strange = hand_over(case, ana), hand_over(tell(), ana)
    for by, held, reason, refusal in (
        (ola, original, "Why.", OtherOrganisation),
        (ana, strange, "Why.", errors.NoSuchAccount),
        (ana, original, " ", errors.NoReasonToDestroy),
    ):
        with pytest.raises(refusal):
            asked(case, held, by, reason)
    wish = asked(case, original, ana)
    with pytest.raises(AskedAlready):
        asked(case, original, sam)
    take_back(request=wish, by=sam, now=clock.now())
    for again in (
        lambda: take_back(request=wish, by=sam, now=clock.now()),
        lambda: approved(wish, sam),
    ):
        with pytest.raises(RequestClosed):
            again()
    assert asked(case, original, sam).pk != wish.pk


def demo_person(enrol: Callable[..., Person], organisation: Organisation, name: str, role: Role) -> tuple[Person, Client]:
    """Somebody who confirms with the key that the demo holds."""
    person = enrol(organisation, name, role)
    Person.objects.filter(pk=person.pk).update(is_demo=True)
    person.refresh_from_db()
    demo.enrol(person=person, now=clock.now())
    return person, signed_in(person)


@pytest.mark.slow
def test_the_page_asks_why_and_another_person_reads_it_and_gives_the_proof(tell: Tell, keeping: Organisation, enrol: Callable[..., Person]) -> None:
    demo.make_secret()
    case = tell(at=clock.now())
    person, sam = demo_person(enrol, keeping, "Sam", Role.SUPERVISOR)
    _, sol = demo_person(enrol, keeping, "Sol", Role.SUPERVISOR)
    original = hand_over(case, as_actor(person))
    door = reverse("review:destroy", args=[case.pk, original.pk])
    assert "Its key and its bytes are deleted" in sam.get(door).content.decode()
    assert sam.post(door, {"reason": ""}).status_code == 422
    page = sam.post(door, {"reason": "The court asked for it."}, follow=True).content.decode()
    assert "It waits for a supervisor who is another person" in page
    assert "proof_digest" not in page
    decide = reverse("accounts:request-decide", args=[Request.objects.get().pk])
    page = sol.get(door).content.decode()
    assert "Sam asked for it" in page
    assert "The court asked for it." not in page
    [note] = re.findall(r'action="(/cases/[^"]+/notes/[^"]+/)"', page)
    assert "The court asked for it." in sol.post(note).content.decode()
    assert "review.note.opened" in {line.event for line in entries_about(case.pk)}
    [digest] = re.findall(r'name="proof_digest" value="([0-9a-f]{64})"', page)
    # The one who asked cannot spend what another was shown.
    assert sam.post(decide, {"act": "approve", "proof_digest": digest}).status_code == 403
    assert sol.post(decide, {"act": "approve", "proof_digest": "0" * 64}).status_code == 403
    assert SealedObject.objects.get().destroyed_at is None
    done = sol.post(decide, {"act": "approve", "proof_digest": digest}, follow=True)
    assert "The original is destroyed." in done.content.decode()
    assert SealedObject.objects.get().destroyed_at is not None
    assert "This original is destroyed." in sol.get(door).content.decode()
    assert sam.get(reverse("review:destroy", args=[tell(at=clock.now()).pk, original.pk])).status_code == 404


def test_the_size_is_told_in_steps_only() -> None:
    kib = 1024
    held = {length: size_class(length) for length in (1, 4200, 70 * kib, 1100 * kib, 16 * kib * kib, 18 * kib * kib, 40 * kib * kib)}
    assert list(held.values()) == ["up to 64 KiB", "up to 64 KiB", "up to 64 KiB", "up to 1 MiB", "up to 16 MiB", "up to 16 MiB", "over 16 MiB"]
