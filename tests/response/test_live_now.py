"""A platform says *live now*: the case stands first at once, and whoever is on duty is called, without anybody watching a stream."""

import json
from collections.abc import Callable

import pytest
from django.test import Client
from tests.house.test_no_interception import CAPTURE, LISTENERS
from tests.house.tree import sources, text
from tests.response.conftest import NOW
from tests.response.test_paging import on_duty, turned, ways
from tests.support.smtp_server import SmtpServer

from cairndesk.accounts.models import ApiKey, Organisation
from cairndesk.accounts.queries import secret_digest
from cairndesk.accounts.rules import Actor
from cairndesk.cases.models import Case
from cairndesk.intake.models import Alarm
from cairndesk.lib import clock
from cairndesk.review.actions import claim
from cairndesk.triage.actions import take_in
from cairndesk.triage.queries import cases_in
from cairndesk.triage.rules.queues import BY_KEY

__all__ = ["ways"]
pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def hand_over(key: str, **said: object) -> int:
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": "order-00001"}
    return Client().post("/api/v1/reports", json.dumps(said), content_type="application/json", headers=headers).status_code


@pytest.fixture
def key(ring: object, one: Organisation) -> str:
    ApiKey.objects.create(organisation=one, sender="Harbour Live", source="platform", digest=secret_digest("k" * 43), created_at=NOW)
    return "k" * 43


@pytest.mark.req("DET-08")
def test_live_now_from_a_platform_is_first_at_once_and_calls_whoever_is_on_duty(
    key: str, one: Organisation, ana: Actor, smtp: SmtpServer, ways: Callable[..., None]
) -> None:
    ways(smtp.port)
    on_duty(one, ana, "ana@desk-one.example", begins=clock.now())
    live = {"happening_now": True, "items": [{"kind": "url", "value": "https://live.harbour.example/r/1"}]}
    assert [hand_over(key, **live) for _ in range(2)] == [201, 200]
    case = Case.objects.get()
    # Before any turn of the belt: nothing has to be worked out first.
    assert list(cases_in(BY_KEY["danger"], by=ana)) == [case]
    assert [turned(clock.now()) for _ in range(2)] == [1, 0]
    assert [one.recipient for one in smtp.taken] == ["ana@desk-one.example"]
    take_in(case=case, now=clock.now())
    claim(case=case, by=ana, now=clock.now())
    assert not Alarm.objects.filter(answered_at=None).exists()
    # Who watches streams is the platform: nothing here could.
    assert {"pcap", "watchdog"} <= LISTENERS
    assert [path.name for path in sources() if CAPTURE.search(text(path)) or "rtmp" in text(path).lower()] == []


def test_what_is_not_live_calls_nobody(key: str) -> None:
    assert hand_over(key, description="Somebody sells pictures.") == 201
    assert not Alarm.objects.exists()
