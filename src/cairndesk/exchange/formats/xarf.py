"""XARF v4 reports of the types csam and csem: a machine-readable notice that carries nothing but the address to remove."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from cairndesk.exchange.errors import NotConforming, NotSendable

# Source: XARF specification 4.2.0, types content/csam and content/csem.
VERSION = "4.2.0"
_CORE = {"xarf_version", "report_id", "timestamp", "reporter", "sender", "source_identifier", "category", "type"}
_ALLOWED = {
    "csam": _CORE | {"url", "domain", "verified_at", "verification_method", "classification", "detection_method"},
    "csem": _CORE | {"url", "domain", "verified_at", "verification_method", "exploitation_type", "detection_method"},
}
_CONTACT = {"org", "contact", "domain"}


class Classification(StrEnum):
    """The scheme of content/csam; there is no default, because a guess would be read as a finding."""

    BASELINE = "baseline"
    A1 = "A1"
    A2 = "A2"
    B1 = "B1"
    B2 = "B2"


class Exploitation(StrEnum):
    """The kinds of content/csem."""

    GROOMING = "grooming"
    SOLICITATION = "solicitation"
    SEXTORTION = "sextortion"
    TRAFFICKING = "trafficking"
    DISTRIBUTION = "distribution"
    PRODUCTION = "production"
    POSSESSION = "possession"


@dataclass(frozen=True, slots=True)
class Sender:
    """The organisation that answers for the notice."""

    organisation: str
    contact: str
    domain: str


@dataclass(frozen=True, slots=True)
class Report:
    """One address to remove. There is no field for imagery, for a person or for free text, on purpose."""

    report_id: UUID
    seen_at: datetime
    sender: Sender
    address: str
    finding: Classification | Exploitation
    detection: str = "manual_review"


def write(report: Report) -> bytes:
    """The report as UTF-8 JSON, checked against the published schemas. Raises NotConforming or NotSendable."""
    document = _document(report)
    check(document)
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"


def check(document: Mapping[str, Any]) -> None:
    """Return when `document` may leave the desk; raise NotSendable or NotConforming when it may not.

    The schema would accept base64 evidence and an age of a victim. This desk never sends either, so every field that is not
    on a short list is refused before the schema is asked.
    """
    kind = str(document.get("type"))
    if document.get("category") != "content" or kind not in _ALLOWED:
        raise NotSendable("only content/csam and content/csem reports leave this desk")
    surplus = sorted(set(document) - _ALLOWED[kind])
    for role in ("reporter", "sender"):
        contact = document.get(role)
        surplus += sorted(set(contact) - _CONTACT) if isinstance(contact, Mapping) else []
    if surplus:
        raise NotSendable(f"fields that must not leave: {', '.join(surplus)}")
    _check_schema(document)


def _document(report: Report) -> dict[str, Any]:
    moment = report.seen_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    contact = {"org": report.sender.organisation, "contact": report.sender.contact, "domain": report.sender.domain}
    host = _host(report.address)
    finding = (
        {"type": "csam", "classification": report.finding.value}
        if isinstance(report.finding, Classification)
        else {"type": "csem", "exploitation_type": report.finding.value}
    )
    return {
        "xarf_version": VERSION,
        "report_id": str(report.report_id),
        "timestamp": moment,
        "reporter": contact,
        "sender": contact,
        "source_identifier": host,
        "category": "content",
        "url": report.address,
        "domain": host,
        "verified_at": moment,
        "verification_method": "manual",
        "detection_method": report.detection,
        **finding,
    }


def _host(address: str) -> str:
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        host = None
    if not host or parts.scheme not in {"http", "https"}:
        raise NotConforming("the address is not a web address with a host name")
    return host


def _check_schema(document: Mapping[str, Any]) -> None:
    from xarf import schema_validator  # noqa: PLC0415 - loading the schemas takes a third of a second that only a notice has to pay

    problems = schema_validator.validate(dict(document), strict=False)
    if problems:
        raise NotConforming("; ".join(f"{p.field}: {p.message}" for p in problems)[:500])
