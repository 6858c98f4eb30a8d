"""A file that a platform hands over with its own report: hashes stay, the file does not, and triage matches what is new."""

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from tests.custody.conftest import Doer
from tests.support import canary
from tests.support.cast import NOON
from tests.synthetic import pictures

from cairndesk.accounts.models import ApiKey, Organisation
from cairndesk.accounts.queries import secret_digest
from cairndesk.cases.models import Case
from cairndesk.cases.queries import identifier_of
from cairndesk.custody.actions import open_object
from cairndesk.custody.adapters import folder
from cairndesk.custody.models import SealedObject
from cairndesk.lib import clock
from cairndesk.signals.engine.digests import digests
from cairndesk.signals.models import MediaSighting
from cairndesk.triage import jobs, queries

pytestmark = pytest.mark.django_db
FILE = "application/octet-stream"


@pytest.fixture
def keys(ring, one: Organisation, two: Organisation) -> dict[str, str]:
    for organisation, letter in ((one, "k"), (two, "o")):
        ApiKey.objects.create(organisation=organisation, sender=letter, source="platform", digest=secret_digest(letter * 43), created_at=NOON)
    Organisation.objects.update(media_mode="hash_only", media_basis="made up for tests")
    return {"own": "k" * 43, "other": "o" * 43}


@pytest.fixture
def report(keys: dict[str, str]) -> str:
    headers = {"Authorization": f"Bearer {keys['own']}", "Idempotency-Key": "order-00001"}
    body = json.dumps({"description": "An account offers pictures for sale."})
    return str(Client().post("/api/v1/reports", body, content_type=FILE.replace("octet-stream", "json"), headers=headers).json()["id"])


def hand_over(key: str, report: str, data: bytes, content_type: str = FILE) -> Any:
    return Client().post(f"/api/v1/reports/{report}/media", data, content_type=content_type, headers={"Authorization": f"Bearer {key}"})


@pytest.mark.slow
def test_the_hashes_of_a_file_join_the_report_once_and_triage_reads_it_again(keys: dict[str, str], report: str) -> None:
    jobs.assess()
    data = pictures.encoded(pictures.scene())
    answer = hand_over(keys["own"], report, data)
    assert (answer.status_code, answer.json()) == (201, {"id": report, "state": "hashed", "new_hashes": 4, "kept": False})
    case = Case.objects.get()
    assert {item.hash_kind: identifier_of(item) for item in case.items.all()}["sha256"] == digests(data).sha256
    assert queries.to_assess(now=clock.now(), most=5) == [case]
    jobs.assess()
    again = hand_over(keys["own"], report, data)
    assert (again.status_code, again.json()["new_hashes"], case.items.count()) == (200, 0, 4)
    assert queries.to_assess(now=clock.now(), most=5) == []


@pytest.mark.req("EVD-12")
@pytest.mark.slow
def test_what_cannot_be_read_as_a_picture_leaves_its_exact_hashes_and_not_one_byte(keys: dict[str, str], report: str) -> None:
    words = canary.a_canary("file")
    answer = hand_over(keys["own"], report, words.encode() * 50)
    assert (answer.status_code, answer.json()["state"], answer.json()["new_hashes"]) == (201, "unrenderable", 3)
    assert {item.media_type for item in Case.objects.get().items.all()} == {"not_asked"}
    assert canary.hits_in_database({"file": words, "sha256": digests(words.encode() * 50).sha256}) == []


@pytest.mark.slow
def test_where_a_law_lets_the_desk_keep_it_the_original_is_sealed_once_however_often_it_is_sent(
    keys: dict[str, str], report: str, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Organisation.objects.update(media_mode="sealed")
    words = canary.a_canary("original")
    first, again = (hand_over(keys["own"], report, words.encode() * 500) for _ in range(2))
    assert [(one.status_code, one.json()["kept"]) for one in (first, again)] == [(201, True), (200, True)]
    [sighting, repeated] = MediaSighting.objects.order_by("seen_at")
    assert (sighting.door, sighting.original, repeated.original_id) == ("machine", SealedObject.objects.get(), sighting.original_id)
    assert canary.hits_in_database({"original": words}) + canary.hits_in_files(data, {"original": words}) == []
    assert open_object(sealed=sighting.original, by=Doer(), now=NOON).read() == words.encode() * 500

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(folder.os, "fsync", full)
    refused = hand_over(keys["own"], report, b"another file")
    assert (refused.status_code, refused["Content-Type"], refused.json()["code"]) == (503, "application/problem+json", "custody.vault_refused")
    assert "nothing of it stays here" in refused.json()["detail"]
    assert (MediaSighting.objects.count(), len(list((data / "vault").iterdir()))) == (2, 1)


def test_where_no_law_was_named_nothing_is_looked_at(keys: dict[str, str], report: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cairndesk.signals.actions.media.walled.hash_media", lambda _: pytest.fail("the file was looked at"))
    Organisation.objects.update(media_mode="none")
    answer = hand_over(keys["own"], report, pictures.encoded(pictures.plain()))
    assert (answer.status_code, answer.json()["code"]) == (403, "signals.media_refused")
    assert "takes no media" in answer.json()["detail"]
    assert not MediaSighting.objects.exists()


def test_the_report_of_another_sender_takes_nothing(keys: dict[str, str], report: str) -> None:
    answer = hand_over(keys["other"], report, b"x")
    assert (answer.status_code, answer.json()["code"]) == (404, "intake.unknown_report")
    assert hand_over("x" * 43, report, b"x").status_code == 401
    assert not MediaSighting.objects.exists()


@pytest.mark.parametrize(
    ("data", "content_type", "status", "code"),
    [(b"", FILE, 422, "intake.empty_file"), (b"--x\r\n", "multipart/form-data; boundary=x", 415, "intake.not_as_a_file")],
)
def test_an_empty_file_and_a_form_are_refused(keys: dict[str, str], report: str, data: bytes, content_type: str, status: int, code: str) -> None:
    answer = hand_over(keys["own"], report, data, content_type)
    assert (answer.status_code, answer["Content-Type"], answer.json()["code"]) == (status, "application/problem+json", code)
