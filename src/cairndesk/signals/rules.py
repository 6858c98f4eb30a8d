"""Decisions of the signals room: what a list's papers must say, and what the matches of an item add up to."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from enum import StrEnum

from cairndesk.signals.engine.identifiers import Identifier, Kind
from cairndesk.signals.engine.near.reach import MAX_DISTANCE
from cairndesk.signals.errors import ListRefused, MediaRefused

# Long enough to renew an agreement before its list goes dark.
WARN_BEFORE = timedelta(days=14)
# How much of a list may change by itself, where nobody said otherwise: percent of its entries, and rows.
FLOOD_SHARE, FLOOD_ROWS = 20, 1_000
# A week: a list that is asked for less often is taken in by hand.
MOST_HOURS = 168
# An address is blocked for so long; a person who looks at it again may add at most so much.
BLOCKED_FOR, MOST_BLOCKED_FOR = timedelta(days=90), timedelta(days=365)
_ADDRESS = re.compile(r"https?://[^\s/@?#\\]+(?:/[^\s#\\]*)?")
_FILE = re.compile(r"(?!\.)[\w. -]{1,120}")
_NAME = re.compile(r"(?!\.)[A-Za-z0-9._-]{1,40}")
# Forms in which something else was met than what is listed.
_RELATED = frozenset({"domain", "prefix", "capitals"})


KIND_WORDS: Mapping[Kind, str] = {
    Kind.MD5: "MD5 of files", Kind.SHA1: "SHA-1 of files", Kind.SHA256: "SHA-256 of files", Kind.PDQ: "pictures (PDQ)", Kind.URL: "links",
    Kind.DOMAIN: "domains", Kind.ACCOUNT: "accounts", Kind.EMAIL: "e-mail addresses", Kind.PHONE: "phone numbers", Kind.WALLET: "wallets",
    Kind.URL_PREFIX: "places of a site",
}  # fmt: skip


class ScanPurpose(StrEnum):
    """Why an archive is looked through; nothing else is a reason, and watching what people write to each other is none (PRI-02)."""

    HANDED_OVER = "handed-over"
    SEIZED = "seized"
    OWN_HOLDINGS = "own-holdings"


SCAN_PURPOSES: Mapping[ScanPurpose, str] = {
    ScanPurpose.HANDED_OVER: "evidence that somebody handed over",
    ScanPurpose.SEIZED: "evidence that an authority seized under its law",
    ScanPurpose.OWN_HOLDINGS: "what the organisation itself holds and may look through",
}
TERMS_OF_LOOK_UP = (
    "Ask about single things that you hold lawfully. Never about private communications, and never about everything that passes through a service."
)
"""What every machine that looks things up is told, with each answer and where its key is made."""


class MatchKind(StrEnum):
    """How close a match is. None of them is a finding: a person decides (DET-03, DET-04)."""

    EXACT = "exact"  # the same bytes, link, account or number
    NEAR = "near"  # a picture that looks the same
    RELATED = "related"  # another address below a listed place, or a handle in other capitals


class MayLeadTo(StrEnum):
    """The most that the owner's terms allow a match to be used for."""

    LEAD = "lead"  # shown to the analyst, nothing else
    PRIORITY = "priority"  # may also raise the priority of a case
    ACTION = "action"  # may also be named in a notice or report, once a person has confirmed it
    BATCH = "batch"  # its label is an agreed classification: one decision may hold for all that it calls the same, and nothing is shown


MAY_BE_NAMED = (MayLeadTo.ACTION, MayLeadTo.BATCH)
MAY_RAISE = (MayLeadTo.PRIORITY, *MAY_BE_NAMED)


class SeenBy(StrEnum):
    """Who may be told of a match, by the owner's terms."""

    STAFF = "staff"  # people of this organisation
    MACHINES = "machines"  # also the platforms and partners whose key may look things up


class SourceKind(StrEnum):
    """Whose way of speaking a source of lists has."""

    NCMEC = "ncmec"  # hash sharing of the National Center for Missing and Exploited Children, v2
    STOPNCII = "stopncii"  # StopNCII v1: intimate images of adults
    THREATEXCHANGE = "threatexchange"  # ThreatExchange of Meta
    FILE = "file"  # a list file, at an address or in the folder for lists of this machine


class Overlap(StrEnum):
    """What the shares of frames that two videos have of one another say: an aid for a person, and no decision."""

    SAME = "they are largely the same"
    EXCERPT = "it seems to be a part of a longer listed video"
    HOLDS = "it seems to be longer and to hold the listed one"
    PARTS = "they have parts in common"


MOSTLY = 0.8
"""The share of frames from which on most of a video counts as met: the default of vPDQ in `threatexchange`."""


class Standing(StrEnum):
    """What people have made of a match."""

    LEAD = "lead"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


class Reason(StrEnum):
    """Why a person says what they say of an entry; the codes stand in records, so never rename one."""

    DIFFERENT = "different"  # what was met is something else than what is listed
    NOT_ABUSE = "not_abuse"  # it shows no abuse of a child
    TOO_COMMON = "too_common"  # a logo, a plain picture, an address that many share
    WRONG_LABEL = "wrong_label"  # it belongs on the list, under another label


REASONS: Mapping[Reason, str] = {
    Reason.DIFFERENT: "it is something else than what is listed",
    Reason.NOT_ABUSE: "it shows no abuse of a child",
    Reason.TOO_COMMON: "many share it: a logo, a plain picture, a common address",
}
"""Why a match is wrong, to go on after "because"."""

DISPUTES: Mapping[Reason, str] = {
    Reason.NOT_ABUSE: "it shows no abuse of a child",
    Reason.TOO_COMMON: "many share it: a logo, a plain picture, a common address",
    Reason.WRONG_LABEL: "its label is wrong",
}
"""Why an entry is disputed, to go on after "because"."""


class WrittenOut(StrEnum):
    """What of a list can leave the house as a file."""

    BLOCKS = "blocks"
    OPINIONS = "opinions"
    TERMS = "terms"


WRITTEN_OUT: Mapping[WrittenOut, str] = {
    WrittenOut.BLOCKS: "the addresses to be blocked",
    WrittenOut.OPINIONS: "what people here said of its entries",
    WrittenOut.TERMS: "the terms",
}


class Opinion(StrEnum):
    """What is said of an entry to the owner of its list. The first two are the kinds of feedback of the NCMEC hash sharing interface."""

    AFFIRMATIVE = "affirmative"  # a person confirmed a match
    NEGATIVE = "negative"  # a person rejected a match
    DISPUTE = "dispute"  # the entry itself is in doubt


class Progress(StrEnum):
    """How far feedback has come."""

    OPEN = "open"
    SENT = "sent"
    ANSWERED = "answered"


class OwnersAnswer(StrEnum):
    """What became of a dispute."""

    STANDS = "stands"
    CORRECTED = "corrected"
    REMOVED = "removed"
    TAKEN_BACK = "taken_back"


ANSWERS: Mapping[OwnersAnswer, str] = {
    OwnersAnswer.STANDS: "the owner says that it stands",
    OwnersAnswer.CORRECTED: "the owner corrected it",
    OwnersAnswer.REMOVED: "the owner takes it off",
    OwnersAnswer.TAKEN_BACK: "we take the dispute back",
}


class HeldBecause(StrEnum):
    """Why a person accepts or refuses a change that was held back."""

    ANNOUNCED = "announced"
    COMPARED = "compared"
    UNKNOWN = "unknown"
    DAMAGED = "damaged"
    ANOTHER = "another"


ACCEPTED_BECAUSE: Mapping[HeldBecause, str] = {
    HeldBecause.ANNOUNCED: "its owner said that it would come",
    HeldBecause.COMPARED: "a person compared it with the owner's own numbers",
}
REFUSED_BECAUSE: Mapping[HeldBecause, str] = {
    HeldBecause.UNKNOWN: "its owner knows nothing of it",
    HeldBecause.DAMAGED: "it is damaged or incomplete",
    HeldBecause.ANOTHER: "it is another list",
}


class SwitchedBecause(StrEnum):
    """Why a person switches a list or glossary off, or on again."""

    OWNER_ASKED = "owner_asked"
    TOO_MANY_FALSE = "too_many_false"
    AGREEMENT = "agreement"
    SETTLED = "settled"
    MISTAKE = "mistake"


OFF_BECAUSE: Mapping[SwitchedBecause, str] = {
    SwitchedBecause.OWNER_ASKED: "its owner asked for it",
    SwitchedBecause.TOO_MANY_FALSE: "too many of its matches are false",
    SwitchedBecause.AGREEMENT: "the agreement has ended or is in doubt",
    SwitchedBecause.MISTAKE: "it was switched on by mistake",
}
ON_BECAUSE: Mapping[SwitchedBecause, str] = {
    SwitchedBecause.OWNER_ASKED: "its owner asked for it",
    SwitchedBecause.SETTLED: "what stood in the way is settled",
    SwitchedBecause.MISTAKE: "it was switched off by mistake",
}


class DelistedBecause(StrEnum):
    """Why nobody is asked to block an address any more; the codes stand in records, so never rename one."""

    REMOVED = "removed"  # it shows nothing any more
    MISTAKE = "mistake"  # it should not have been on the list
    OBJECTION = "objection"  # somebody whom it concerned objected, and was right
    LAW = "law"  # a court or an authority said so


class Novelty(StrEnum):
    """Whether material was seen before; the codes of the taxonomy, and `unknown` where nobody could tell.

    There is no code for harmless: a list that does not have a hash says nothing about the file.
    """

    KNOWN = "known"
    VARIANT = "known_variant"
    NEW = "new"
    UNKNOWN = "unknown"


class MediaMode(StrEnum):
    """How an organisation may handle files; the values of `accounts.Organisation.media_mode`."""

    NONE = "none"
    HASH_ONLY = "hash_only"
    SEALED = "sealed"


class Door(StrEnum):
    """By which way a file came to the desk."""

    STAFF = "staff"  # a person handed it over on the page of its case
    MACHINE = "machine"  # a platform or partner handed it over with its own report
    PHONE = "phone"  # it stayed with whoever told, whose own phone made its hashes


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """What must be known of a list before a row of it is taken in. `distance` is the search radius in bits of 256.

    `may_share`: partners whose key may fetch lists may have it; for a list of the desk's own that is the desk's word.
    `batch_within`: up to so many bits what looks like an entry counts for one decision (0: none); `batch_source` says who measured that.
    """

    name: str
    owner: str
    agreement: str
    terms: str
    provenance: str
    received_on: date
    expires_on: date
    distance: int = MAX_DISTANCE
    may_lead_to: MayLeadTo = MayLeadTo.LEAD
    seen_by: SeenBy = SeenBy.STAFF
    may_share: bool = False
    batch_within: int = 0
    batch_source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GlossaryPapers:
    """What must be known of a glossary before a term of it is taken in. `may_share`: platforms with a key of this desk may have it."""

    name: str
    owner: str
    agreement: str
    terms: str
    provenance: str
    received_on: date
    expires_on: date
    may_share: bool = False


def check_papers(papers: Papers | GlossaryPapers, *, today: date) -> None:
    """Return if the papers are complete and in date; raises ListRefused naming everything that is not."""
    wrong = [field for field in ("name", "owner", "agreement", "terms", "provenance") if not getattr(papers, field).strip()]
    if papers.received_on > today:
        wrong.append("received_on (in the future)")
    if papers.expires_on <= today:
        wrong.append("expires_on (not in the future)")
    if isinstance(papers, Papers) and not 0 <= papers.distance <= MAX_DISTANCE:
        wrong.append(f"distance (0 to {MAX_DISTANCE})")
    if isinstance(papers, Papers) and papers.batch_within:
        is_sound = 0 < papers.batch_within <= papers.distance and papers.batch_source.strip() and papers.may_lead_to == MayLeadTo.BATCH
        wrong += [] if is_sound else [f"batch_within (1 to {papers.distance}, with its batch_source, and only where a match may lead to batch)"]
    if wrong:
        raise ListRefused(f"These papers are missing or wrong: {', '.join(wrong)}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a list is fetched from. `collection`: the privacy group, of ThreatExchange only. `form` and `columns`: of a file only."""

    kind: SourceKind
    address: str
    credentials: str = ""
    every_hours: int = 24
    collection: str = ""
    form: str = ""
    columns: str = ""


PAPERS = tuple(field.name for field in fields(Papers))


def check_source(source: Source, papers: Papers) -> None:
    """Return if such a source can be fetched for a list with these papers; raises ListRefused with everything that is wrong."""
    wrong = []
    if source.kind is not SourceKind.FILE and not _ADDRESS.fullmatch(source.address):
        wrong.append("the address must begin with https://")
    if source.kind is SourceKind.FILE and not _ADDRESS.fullmatch(source.address) and not _FILE.fullmatch(source.address):
        wrong.append("a file is given by its address, or by its plain name in the folder for lists")
    if source.credentials and not _NAME.fullmatch(source.credentials):
        wrong.append("the name of the credentials may have letters, digits, dots, dashes and underscores")
    if source.kind is not SourceKind.FILE and not source.credentials:
        wrong.append("this kind of source needs credentials")
    if (source.kind is SourceKind.THREATEXCHANGE) != source.collection.isdecimal():
        wrong.append("the number of the privacy group goes with ThreatExchange, and only with it")
    if not 1 <= source.every_hours <= MOST_HOURS:
        wrong.append(f"every 1 to {MOST_HOURS} hours")
    if source.kind is SourceKind.STOPNCII and (papers.may_lead_to is not MayLeadTo.LEAD or papers.seen_by is not SeenBy.STAFF or papers.may_share):
        wrong.append("StopNCII lists images of adults: a match is a lead for staff and nothing else")
    if wrong:
        raise ListRefused(f"This source cannot be fetched: {'; '.join(wrong)}.")


def check_media_mode(mode: str) -> MediaMode:
    """How a file may be handled here; raises MediaRefused with the words for the person who handed it over."""
    held = MediaMode(mode)
    if held is MediaMode.NONE:
        raise MediaRefused("This organisation takes no media. Nothing was opened or kept; send the file's hashes or its address instead.")
    return held


def kind_of(identifier: Identifier, form: str) -> MatchKind:
    """How close a hit is, from what was asked and the form in which the index met it."""
    if identifier.kind is Kind.PDQ:
        return MatchKind.NEAR
    return MatchKind.RELATED if form in _RELATED else MatchKind.EXACT


def is_flood(changed: int, *, of: int, share: int, rows: int) -> bool:
    """Whether `changed` rows are too many for a list of `of` entries: more than `share` percent of it, and more than `rows`."""
    return changed > rows and changed * 100 > share * of


def overlap(asked: float, listed: float) -> Overlap:
    """What it says that so much of the video that was asked about is in the listed one, and so much of the listed one in it (0 to 1)."""
    if asked >= MOSTLY:
        return Overlap.SAME if listed >= MOSTLY else Overlap.EXCERPT
    return Overlap.HOLDS if listed >= MOSTLY else Overlap.PARTS


def may_suppress(kind: MatchKind, distance: int) -> bool:
    """Whether a person who rejects such a match may make it be met no more: only where what was asked is not the very value that is listed.

    The same digest is the same bytes, and a picture at no distance looks the same: that the list is wrong about those is no analyst's word alone.
    """
    return kind is MatchKind.RELATED or (kind is MatchKind.NEAR and distance > 0)


def novelty(found: Iterable[MatchKind], *, could_be_found: bool) -> Novelty:
    """What the matches of one item say about it; `could_be_found`: a list with such hashes was really asked.

    NEW means not on the lists held here, never that the file is harmless.
    """
    kinds = set(found)
    if MatchKind.EXACT in kinds:
        return Novelty.KNOWN
    if MatchKind.NEAR in kinds:
        return Novelty.VARIANT
    return Novelty.NEW if could_be_found else Novelty.UNKNOWN
