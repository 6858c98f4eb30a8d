"""Where messages are encrypted, what the recipient tells is the way in: words, accounts, hashes and times, and never the channel itself."""

import json
import socket
from typing import Any

import pytest
from django.test import Client
from tests.support.cast import NOON

from cairndesk.accounts.models import ApiKey, Organisation
from cairndesk.accounts.queries import secret_digest
from cairndesk.accounts.rules import Actor
from cairndesk.cases.actions import describe_incident
from cairndesk.cases.models import Case
from cairndesk.cases.queries import identifier_of
from cairndesk.custody.queries import unseal_fields

pytestmark = pytest.mark.django_db
SAYS = "In the encrypted chat somebody asks for pictures, every evening at eight."
ITEMS = [{"kind": "account", "value": "@asks-for-pictures"}, {"kind": "sha256", "value": "ab" * 32}]


@pytest.fixture
def key(ring: object, one: Organisation) -> str:
    ApiKey.objects.create(organisation=one, sender="Harbour Chat", source="platform", digest=secret_digest("k" * 43), created_at=NOON)
    return "k" * 43


def hand_over(key: str, **said: object) -> int:
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": f"order-{len(said):05}"}
    return Client().post("/api/v1/reports", json.dumps(said), content_type="application/json", headers=headers).status_code


@pytest.mark.slow
@pytest.mark.req("DET-11")
def test_a_recipient_tells_of_an_encrypted_channel_and_nothing_reaches_into_it(key: str, ana: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[Any] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _, address: tried.append(address))
    monkeypatch.setattr(socket, "create_connection", lambda address, *_, **__: tried.append(address))
    assert hand_over(key, description=SAYS, items=ITEMS) == 201
    case = Case.objects.get()
    assert unseal_fields(case.reports.get().told)["answers"]["more"] == SAYS
    assert "@asks-for-pictures" in {identifier_of(item) for item in case.items.filter(kind="account")}
    assert case.items.filter(kind="media").exists()
    incident = describe_incident(case=case, facts={"encryption": "end_to_end"}, by=ana, now=NOON)
    assert incident.encryption == "end_to_end"
    assert [one for one in tried if isinstance(one, tuple)] == []


@pytest.mark.req("DET-11")
@pytest.mark.parametrize("way_in", ["password", "session", "token", "private_key", "invite", "backup", "messages"])
def test_nobody_can_hand_over_a_way_into_the_channel(key: str, way_in: str) -> None:
    assert hand_over(key, description=SAYS, **{way_in: "x"}) == 422
    assert hand_over(key, items=[ITEMS[0] | {way_in: "x"}], description=SAYS, language="en") == 422
    assert not Case.objects.exists()
