"""NCMEC hash sharing, version 2, as XML: what clients of that interface read of another server, and what they say of its entries.

Source: the public documentation of the interface (https://report.cybertip.org/hashsharing/v2/documentation.pdf) and what the client
of the package `threatexchange` reads. An entry is a picture or a video; times are UTC, to the second.
"""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from urllib.parse import urlencode
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as ET

NAMESPACE = "https://hashsharing.ncmec.org/hashsharing/v2"
PAGE = 1000
CLASSIFICATIONS = ("A1", "A2", "B1", "B2")
_LONGEST = 4096
_TIME = "%Y-%m-%dT%H:%M:%SZ"


class Medium(StrEnum):
    """What an entry is of."""

    IMAGE = "image"
    VIDEO = "video"


@dataclass(frozen=True, slots=True)
class Member:
    """Who adds entries or reads them, by name."""

    name: str

    @property
    def number(self) -> int:
        """The number that the format wants beside a name: always the same for the same name."""
        return zlib.crc32(self.name.encode()) & 0x7FFFFFFF


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: fingerprints by the format's names (`md5`, `sha1`, `pdq`); a deleted one has none."""

    id: str
    medium: Medium
    member: Member
    at: datetime
    fingerprints: Mapping[str, str]
    classification: str = ""
    is_deleted: bool = False


def parse_time(text: str) -> datetime:
    """A moment as clients write it, with or without parts of a second; raises ValueError."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def entries(page: Sequence[Entry], *, following: str = "") -> bytes:
    """One page of entries; `following`: the address of the next page, below the root of the interface."""
    root = ET.Element("queryResult", xmlns=NAMESPACE)
    for medium in Medium:
        of_medium = [entry for entry in page if entry.medium is medium]
        group = ET.SubElement(root, f"{medium}s", count=str(len(of_medium)))
        if of_medium:
            group.set("maxTimestamp", _time(max(entry.at for entry in of_medium)))
        for entry in of_medium:
            _add_entry(group, entry)
    if following:
        ET.SubElement(ET.SubElement(root, "paging"), "next").text = following
    return _written(root)


def next_page(since: datetime, until: datetime, start: int, last: int) -> str:
    """The address of a further page, below the root of the interface: numbers from `start` to `last`, of the same span."""
    return f"/v2/entries?{urlencode({'from': _time(since), 'to': until.isoformat(), 'start': start, 'size': PAGE, 'max': last})}"


def status(*, user: str, member: Member) -> bytes:
    """Who asks. The address is left empty: this desk does not know it."""
    root = ET.Element("status", xmlns=NAMESPACE)
    ET.SubElement(root, "ipAddress")
    ET.SubElement(root, "username").text = user
    _add_member(root, member)
    return _written(root)


def members(held: Iterable[Member]) -> bytes:
    """Who has entries here."""
    root = ET.Element("members", xmlns=NAMESPACE)
    for member in held:
        _add_member(root, member)
    return _written(root)


def reasons(held: Mapping[str, str]) -> bytes:
    """The reasons for which an entry can be called wrong: code → what it says."""
    root = ET.Element("feedbackReasons", xmlns=NAMESPACE)
    group = ET.SubElement(root, "availableFeedbackReasons")
    for code, words in held.items():
        ET.SubElement(group, "reason", guid=_guid(f"reason/{code}"), name=words, type="negative")
    return _written(root)


def read_feedback(body: bytes, held: Iterable[str]) -> str:
    """Which of the codes `held` a partner gives for calling an entry wrong; empty where they call it right. Raises ValueError, KeyError."""
    text = body.decode()
    if len(body) > _LONGEST or "<!" in text:
        raise ValueError("too long, or with a document type")
    try:
        root = ET.fromstring(text)  # noqa: S314 - a document type, and every entity with it, was refused before
    except ET.ParseError as wrong:
        raise ValueError("no XML") from wrong
    (said,) = root
    if root.tag != _named("feedbackSubmission") or said.tag not in {_named("affirmative"), _named("negative")}:
        raise ValueError("no feedback")
    if said.tag == _named("affirmative"):
        return ""
    (guid,) = said.iterfind(f"{_named('reasonIds')}/{_named('guid')}")
    return {_guid(f"reason/{code}"): code for code in held}[(guid.text or "").strip()]


def _named(tag: str) -> str:
    return f"{{{NAMESPACE}}}{tag}"


def _guid(name: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"{NAMESPACE}/{name}"))


def categorizations() -> bytes:
    """The classifications that entries may bear, one at a time."""
    root = ET.Element("availableCategorizations", xmlns=NAMESPACE)
    group = ET.SubElement(root, "group", name="classification", allowMultiple="false")
    for name in CLASSIFICATIONS:
        ET.SubElement(group, "categorization", guid=_guid(name), name=name)
    return _written(root)


def _add_entry(group: ET.Element, entry: Entry) -> None:
    name = f"deleted{entry.medium.capitalize()}" if entry.is_deleted else entry.medium.value
    made = ET.SubElement(group, name)
    _add_member(made, entry.member)
    ET.SubElement(made, "timestamp").text = _time(entry.at)
    ET.SubElement(made, "id").text = entry.id
    if entry.is_deleted:
        return
    if entry.classification:
        ET.SubElement(made, "classification").text = entry.classification
    prints = ET.SubElement(made, "fingerprints")
    for kind, value in entry.fingerprints.items():
        ET.SubElement(prints, kind).text = value


def _add_member(root: ET.Element, member: Member) -> None:
    ET.SubElement(root, "member", id=str(member.number)).text = member.name


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime(_TIME)


def _written(root: ET.Element) -> bytes:
    made: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return made
