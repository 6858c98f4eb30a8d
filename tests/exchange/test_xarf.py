"""A machine-readable notice carries the address to remove and nothing else."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import xarf as public_xarf

from cairndesk.exchange.errors import NotConforming, NotSendable
from cairndesk.exchange.formats import xarf

SENDER = xarf.Sender("Cairn Desk One", "notices@desk-one.example", "desk-one.example")
SEEN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ID = UUID("9f0c5c0e-3a52-4d6f-8f0e-0a5d7a1c2b3d")


def a_report(finding: xarf.Classification | xarf.Exploitation = xarf.Classification.A2, address: str = "") -> xarf.Report:
    return xarf.Report(ID, SEEN, SENDER, address or "https://pictures.example/a/1", finding)


@pytest.mark.parametrize("finding", [*xarf.Classification, *xarf.Exploitation])
def test_the_public_xarf_package_accepts_every_finding(finding: xarf.Classification | xarf.Exploitation) -> None:
    parsed = public_xarf.parse(xarf.write(a_report(finding)).decode())
    assert parsed.errors == []
    assert parsed.report is not None


def test_it_names_the_address_and_no_person() -> None:
    document = json.loads(xarf.write(a_report()))
    assert document["url"] == "https://pictures.example/a/1"
    assert document["source_identifier"] == document["domain"] == "pictures.example"
    assert not {"evidence", "description", "victim_age_range", "perpetrator_indicators", "hash_values"} & set(document)


@pytest.mark.req("RMV-23")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("evidence", [{"content_type": "image/png", "payload": "iVBORw0KGgo="}]),
        ("evidence", [{"content_type": "video/mp4", "payload": "AAAA"}]),
        ("evidence", [{"content_type": "text/plain", "payload": "AAAA"}]),
        ("screenshot_url", "https://pictures.example/s.png"),
        ("victim_age_range", "prepubescent"),
        ("perpetrator_indicators", {"account_id": "someone"}),
        ("description", "free text"),
        ("_internal", {"case": "1"}),
    ],
)
def test_it_refuses_imagery_victim_data_and_free_text(name: str, value: Any) -> None:
    document = json.loads(xarf.write(a_report(xarf.Exploitation.GROOMING)))
    with pytest.raises(NotSendable, match=name):
        xarf.check({**document, name: value})


def test_it_refuses_a_person_hidden_in_the_contact() -> None:
    document = json.loads(xarf.write(a_report()))
    with pytest.raises(NotSendable, match="analyst"):
        xarf.check({**document, "reporter": {**document["reporter"], "analyst": "Ana"}})


def test_it_refuses_another_category() -> None:
    document = json.loads(xarf.write(a_report()))
    with pytest.raises(NotSendable):
        xarf.check({**document, "category": "messaging", "type": "spam"})


def test_a_missing_finding_is_never_filled_in() -> None:
    document = json.loads(xarf.write(a_report()))
    del document["classification"]
    with pytest.raises(NotConforming):
        xarf.check(document)


@pytest.mark.parametrize("address", ["not an address", "ftp://files.example/a", "http://[broken", "https:///nohost"])
def test_it_refuses_what_is_not_a_web_address(address: str) -> None:
    with pytest.raises(NotConforming):
        xarf.write(a_report(address=address))
