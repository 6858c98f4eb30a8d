"""The machine door, through the whole stack: key, schema, idempotency, problem documents, and only one's own reports."""

import json

import pytest
from django.test import Client
from tests.support.cast import NOON
from tests.support.threads import in_threads, shared_database

from cairndesk.accounts.models import ApiKey, Organisation
from cairndesk.accounts.queries import secret_digest
from cairndesk.accounts.rules import SENDERS
from cairndesk.cases.models import Case, Report
from cairndesk.custody import access
from cairndesk.custody.queries import unseal_fields
from cairndesk.custody.sealing.keyring import Keyring

pytestmark = pytest.mark.django_db
REPORT = {
    "description": "An account offers pictures for sale.",
    "items": [{"kind": "url", "value": "https://shop.undertow.example/u/9"}, {"kind": "md5", "value": "0123456789abcdef" * 2}],
}


@pytest.fixture
def key(ring, one) -> str:
    ApiKey.objects.create(organisation=one, sender="Harbour Chat", source="platform", digest=secret_digest("k" * 43), created_at=NOON)
    return "k" * 43


@pytest.fixture
def other_key(ring, two) -> str:
    ApiKey.objects.create(organisation=two, sender="Lantern Board", source="platform", digest=secret_digest("o" * 43), created_at=NOON)
    return "o" * 43


def post(key: str | None, body: object = REPORT, *, idempotency: str | None = "order-00001", raw: bytes | None = None):
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    headers |= {"Idempotency-Key": idempotency} if idempotency else {}
    return Client().post("/api/v1/reports", raw or json.dumps(body), content_type="application/json", headers=headers)


def test_a_platform_hands_over_a_report_and_asks_after_it(key):
    answer = post(key)
    assert answer.status_code == 201
    case = Case.objects.get()
    assert case.reports.get().source == "platform"
    assert {item.kind for item in case.items.all()} == {"url", "media"}
    assert unseal_fields(case.reports.get().told)["answers"]["more"] == REPORT["description"]
    status = Client().get(f"/api/v1/reports/{answer.json()['id']}", headers={"Authorization": f"Bearer {key}"})
    assert (status.status_code, status.json()["status"]) == (200, "received")


@pytest.mark.req("INT-16")
def test_sending_again_with_the_same_key_is_the_same_report(key):
    first, again = post(key), post(key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert Report.objects.count() == 1


@pytest.mark.req("INT-03")
@pytest.mark.parametrize("source", SENDERS)
def test_institutions_businesses_and_authorities_report_as_what_they_are(ring, one, source):
    ApiKey.objects.create(organisation=one, sender="Sender", source=source, digest=secret_digest("s" * 43), created_at=NOON)
    assert post("s" * 43).status_code == 201
    assert Case.objects.get().reports.get().source == source


def test_the_same_key_with_another_report_is_refused_and_nothing_is_lost(key):
    post(key)
    answer = post(key, REPORT | {"description": "Another matter."})
    assert (answer.status_code, answer["Content-Type"], answer.json()["code"]) == (409, "application/problem+json", "intake.reused_key")
    assert Report.objects.count() == 1


@pytest.mark.req("INT-16")
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_repetitions_at_the_same_moment_are_one_report(tmp_path):
    def prepare() -> None:
        one = Organisation.objects.create(slug="one", name="Cairn Desk One", is_first=True, created_at=NOON)
        access.use(Keyring.create([one.pk]))
        ApiKey.objects.create(organisation=one, sender="Harbour Chat", source="platform", digest=secret_digest("k" * 43), created_at=NOON)

    with shared_database(tmp_path):
        in_threads(prepare)
        answers = in_threads(*[lambda: post("k" * 43).status_code] * 4)
        [count] = in_threads(Report.objects.count)
    access.use(None)
    assert (sorted(answers), count) == ([200, 200, 200, 201], 1)


def test_happening_now_from_a_platform_is_an_emergency(key):
    post(key, {"happening_now": True})
    assert Case.objects.get().is_emergency


@pytest.mark.parametrize(
    ("body", "raw", "idempotency", "status"),
    [
        ({}, None, "order-00001", 422),
        (REPORT | {"picture": "aGVsbG8="}, None, "order-00001", 422),
        (REPORT | {"items": [{"kind": "file", "value": "x"}]}, None, "order-00001", 422),
        (REPORT, None, None, 422),
        (REPORT, b"{not json", "order-00001", 400),
        (REPORT, b"\xff\xfe", "order-00001", 400),
    ],
)
def test_what_does_not_fit_is_a_problem_document_that_repeats_nothing(key, body, raw, idempotency, status):
    answer = post(key, body, raw=raw, idempotency=idempotency)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert {"type", "title", "status", "detail", "code"} <= set(answer.json())
    assert "offers pictures" not in answer.content.decode()
    assert not Case.objects.exists()


@pytest.mark.parametrize("wrong", [None, "x" * 43])
def test_without_a_key_of_ours_the_door_stays_shut(ring, wrong):
    answer = post(wrong)
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert not Case.objects.exists()


def test_a_sender_cannot_ask_after_the_report_of_another(key, other_key):
    report = post(key).json()["id"]
    answer = Client().get(f"/api/v1/reports/{report}", headers={"Authorization": f"Bearer {other_key}"})
    assert (answer.status_code, answer.json()["code"]) == (404, "intake.unknown_report")


def test_an_item_that_cannot_be_read_is_kept_as_text(key):
    post(key, {"items": [{"kind": "md5", "value": "not a hash"}]})
    assert Case.objects.get().items.get().kind == "text"
