"""How long which records are kept: their classes, the terms that bind each, and what comes first where these disagree."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class RecordClass(StrEnum):
    """What a column holds, as far as it matters for how long it is kept. Every column of the database belongs to exactly one."""

    ACCOUNT = "account"
    IDENTITY = "identity"
    CHILD_ACTOR = "child_actor"
    MESSAGE = "message"
    IDENTIFIER = "identifier"
    ORIGINAL = "original"
    HASHES = "hashes"
    DRAFT = "draft"
    NOTICE = "notice"
    NOTE = "note"
    LOG_DETAIL = "log_detail"
    SUBJECT_REQUEST = "subject_request"
    SIGN_IN = "sign_in"
    CODE = "code"
    STAFF = "staff"
    SHARED = "shared"
    OPERATION = "operation"


@dataclass(frozen=True, slots=True)
class About:
    """One class for people: what it is, what it is needed for, on what ground, and what keeps it small.

    `maximum` is the cautious default in days; None: it is not destroyed by a schedule, and `small` says why it need not be.
    """

    title: str
    purpose: str
    basis: str
    small: str
    maximum: int | None = None


_TASK = "the task of the desk, in the public interest of protecting children"
_DUTY = "a legal duty or the establishment of claims"
_SAFE = "keeping the desk and its evidence secure"
# No provision is quoted: which one carries a class where a desk works is for its operator to find and to write into the schedule.
ABOUT: Mapping[RecordClass, About] = {
    RecordClass.ACCOUNT: About(
        "Accounts", "to understand what happened and act on it", _TASK, "asked on at most four pages, every question may be skipped", 1095
    ),
    RecordClass.IDENTITY: About(
        "Identities and contact", "to reach and protect a person", _TASK, "optional, sealed apart from the account, opened for a reason only", 365
    ),
    RecordClass.CHILD_ACTOR: About(
        "Identities and accounts of children who are persons of concern",
        "to help and to protect, never to list",
        _TASK,
        "sealed apart, never matched and never shared by itself; no registry is made of it",
        180,
    ),
    RecordClass.MESSAGE: About(
        "Messages and ways back", "to talk with the person who told", _TASK, "no address of a reporter is kept; the six words are nowhere", 365
    ),
    RecordClass.IDENTIFIER: About(
        "Addresses, accounts and places of items", "to find, remove and preserve", _TASK, "only what was told or seen in a case", 1095
    ),
    RecordClass.ORIGINAL: About("Originals", "evidence for a competent authority", _DUTY, "off by default; where off, a file is never stored", 365),
    RecordClass.HASHES: About(
        "Hashes of files and what was seen for a look-back", "to recognise known material", _TASK, "sealed; a hash is not put back into a file", 1095
    ),
    RecordClass.DRAFT: About("Tellings that were never sent", "to help somebody who broke off", _TASK, "page by page, nothing else", 90),
    RecordClass.NOTICE: About(
        "Letters, notices and closed packages", "to show what was asked of whom", _DUTY, "carry only what must be acted on", 1095
    ),
    RecordClass.NOTE: About("Notes and reasons of staff", "to explain decisions", _TASK, "for staff only, sealed", 1095),
    RecordClass.LOG_DETAIL: About(
        "Openings of log entries", "to prove who did what", _SAFE, "codes, numbers and pseudonyms; words are refused", 2190
    ),
    RecordClass.SUBJECT_REQUEST: About("Requests of data subjects", "to show that rights were honoured", _DUTY, "what was asked and answered", 1095),
    RecordClass.SIGN_IN: About("Sign-in sessions and links", "to keep the desk shut", _SAFE, "no address and no browser is kept", 1),
    RecordClass.CODE: About(
        "Codes, stages and dates of cases", "figures that stay right", _TASK, "codes of closed lists: no words, no names, no identifiers"
    ),
    RecordClass.STAFF: About("Staff and organisations", "to know who may do what", _SAFE, "a name and a sign-in name, as long as they work here"),
    RecordClass.SHARED: About(
        "Lists, contacts and rules", "to match, refer and judge", _TASK, "public contacts, and lists under an agreement that ends on its day"
    ),
    RecordClass.OPERATION: About("Workings of the desk", "to run it", _SAFE, "random ids, numbers and times, nothing about anybody"),
}
# What a schedule must bound. `DRAFT` and `CHILD_ACTOR` shorten what else would bind the same columns.
BOUNDED = tuple(kind for kind in RecordClass if ABOUT[kind].maximum is not None)


class Why(StrEnum):
    """What decides about a record."""

    HELD = "held"
    OPEN = "open"
    LAW = "law"
    MAXIMUM = "maximum"
    ERASURE = "erasure"
    UNBOUND = "unbound"


WORDS: Mapping[Why, str] = {
    Why.HELD: "on hold",
    Why.OPEN: "still worked on",
    Why.LAW: "kept as long as the schedule says it must be",
    Why.MAXIMUM: "its time is over",
    Why.ERASURE: "its erasure was granted",
    Why.UNBOUND: "the schedule sets no end",
}


@dataclass(frozen=True, slots=True)
class Term:
    """Days: kept for `minimum` from when it came in, whatever else; for at most `maximum` (None: no bound) from when it was done with."""

    minimum: int = 0
    maximum: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """When a record came in, when work with it ended (None: it has not), whether somebody holds it, and when its erasure was granted."""

    received: datetime
    finished: datetime | None = None
    is_held: bool = False
    erasure: datetime | None = None


@dataclass(frozen=True, slots=True)
class Fate:
    """From when on a record is to be destroyed (None: not as things are), and what decides that."""

    due: datetime | None
    why: Why

    def is_due(self, now: datetime) -> bool:
        """Whether it is to be destroyed at `now`."""
        return self.due is not None and self.due <= now


def decide(facts: Facts, term: Term) -> Fate:
    """What becomes of a record. A hold comes before the minimum, the minimum before the maximum, the maximum before an erasure.

    Whatever is earlier of maximum and erasure ends it, neither of them before the minimum, and nothing while it is held.
    """
    if facts.is_held:
        return Fate(None, Why.HELD)
    ends = []
    if facts.finished is not None and term.maximum is not None:
        ends.append((facts.finished + timedelta(days=term.maximum), 0, Why.MAXIMUM))
    if facts.erasure is not None:
        ends.append((facts.erasure, 1, Why.ERASURE))
    if not ends:
        return Fate(None, Why.OPEN if facts.finished is None else Why.UNBOUND)
    due, _, why = min(ends)
    kept_until = facts.received + timedelta(days=term.minimum)
    return Fate(kept_until, Why.LAW) if kept_until > due else Fate(due, why)
