"""Many reports in one request of a machine: each line is taken or refused by itself, and once."""

import json

import pytest
from django.test import Client
from tests.support.cast import NOON

from cairndesk.accounts.models import ApiKey
from cairndesk.accounts.queries import secret_digest
from cairndesk.cases.models import Case, Report
from cairndesk.custody.queries import unseal_fields
from cairndesk.intake.actions import submit
from cairndesk.intake.api import MOST_LINES

pytestmark = pytest.mark.django_db
SHOP = {"items": [{"kind": "url", "value": "https://shop.undertow.example/u/9"}]}
CHAT = {"description": "Somebody asks children for pictures.", "happening_now": True}


@pytest.fixture
def key(ring, one) -> str:
    ApiKey.objects.create(organisation=one, sender="Harbour Chat", source="platform", digest=secret_digest("k" * 43), created_at=NOON)
    return "k" * 43


def line(key: str, report: object = SHOP) -> bytes:
    return json.dumps({"key": key, "report": report}).encode()


def post(key: str | None, *lines: bytes, kind: str = "application/x-ndjson"):
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return Client().post("/api/v1/reports/batch", b"\n".join(lines) + b"\n", content_type=kind, headers=headers)


def statuses(answer) -> list[tuple[int, int]]:
    return [(one["line"], one["status"]) for one in answer.json()["lines"]]


@pytest.mark.req("INT-15")
def test_a_provider_reports_alone_or_many_at_once_checked_with_receipts_and_again_without_harm(key):
    assert post(None, line("order-1")).status_code == post("x" * 43, line("order-1")).status_code == 401
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": "order-001"}
    alone = Client().post("/api/v1/reports", json.dumps(SHOP), content_type="application/json", headers=headers)
    sent = [line("order-001"), line("order-002", CHAT), line("order-003", SHOP | {"picture": "aGVsbG8="}), line("order-004")]
    first = post(key, *sent)
    assert (first.status_code, statuses(first)) == (200, [(1, 200), (2, 201), (3, 422), (4, 201)])
    receipts = [one["report"]["id"] for one in first.json()["lines"] if one["report"]]
    assert receipts[0] == alone.json()["id"]
    assert [Client().get(f"/api/v1/reports/{one}", headers=headers).json()["status"] for one in receipts] == ["received"] * 3
    again = post(key, *sent)
    assert statuses(again) == [(1, 200), (2, 200), (3, 422), (4, 200)]
    assert [one["report"]["id"] for one in again.json()["lines"] if one["report"]] == receipts
    assert Report.objects.count() == Case.objects.count() == 3
    assert Case.objects.filter(is_emergency=True).count() == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (b"{not json", ""),
        (b"\xff\xfe", ""),
        (b'"a word"', ""),
        (b"[" * 100_000, ""),
        (line("short"), "key"),
        (b'{"report": {}}', "key"),
        (line("order-009", {"items": [{"kind": "file", "value": "x"}]}), "report.items.0.kind"),
        (line("order-009", CHAT | {"name": "Maya"}), "report.name"),
    ],
)
def test_a_line_that_does_not_fit_is_named_by_number_and_field_and_holds_up_no_other(key, wrong, field):
    answer = post(key, line("order-001"), wrong, line("order-002", CHAT))
    assert statuses(answer) == [(1, 201), (2, 422), (3, 201)]
    problem = answer.json()["lines"][1]["problem"]
    assert (problem["status"], problem["code"], problem["errors"][0]["field"]) == (422, "api.unprocessable", field)
    assert "Maya" not in answer.content.decode()
    assert Report.objects.count() == 2


def test_a_report_that_says_nothing_and_a_key_that_was_used_for_another_are_refused_by_name(key):
    answer = post(key, line("order-001"), line("order-002", {}), line("order-001", CHAT))
    assert statuses(answer) == [(1, 201), (2, 422), (3, 409)]
    assert [one["problem"]["code"] for one in answer.json()["lines"][1:]] == ["intake.nothing_told", "intake.reused_key"]
    assert (answer.json()["taken"], answer.json()["taken_before"], answer.json()["refused"]) == (1, 0, 2)
    assert unseal_fields(Report.objects.get().told)["answers"] == {}


def test_the_same_report_laid_out_otherwise_is_the_same_report(key):
    spaced = json.dumps({"report": SHOP, "key": "order-001"}, indent=None, separators=(" , ", " : ")).encode() + b"\r"
    assert statuses(post(key, b"", line("order-001"), b"", spaced)) == [(2, 201), (4, 200)]
    assert Report.objects.count() == 1


def test_where_the_desk_has_no_room_the_rest_is_to_be_sent_again_and_is_then_taken(key, monkeypatch):
    room = iter([True, False, False])
    monkeypatch.setattr(submit, "has_room", lambda _: next(room))
    sent = [line(f"order-00{number}") for number in range(3)]
    full = post(key, *sent)
    assert statuses(full) == [(1, 201), (2, 503), (3, 503)]
    monkeypatch.setattr(submit, "has_room", lambda _: True)
    assert statuses(post(key, *sent)) == [(1, 200), (2, 201), (3, 201)]


def test_what_is_no_batch_or_too_long_a_one_is_refused_whole(key):
    assert (post(key, line("order-001"), kind="application/json").json()["code"], Report.objects.count()) == ("intake.not_as_lines", 0)
    many = post(key, *(line(f"order-{number:05}") for number in range(MOST_LINES + 1)))
    assert (many.status_code, many["Content-Type"], many.json()["code"]) == (413, "application/problem+json", "intake.too_many_lines")
    assert Report.objects.count() == 0
    assert post(key).json() == {"taken": 0, "taken_before": 0, "refused": 0, "lines": []}
