"""What other rooms may read: sealed items, and the part of the log that tells one record's story."""

import contextlib
import hmac
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import rfc8785
from django.conf import settings

from cairndesk.custody import access
from cairndesk.custody.errors import DeskLocked, Erased
from cairndesk.custody.ledger import entry as entries
from cairndesk.custody.ledger import note, proofs
from cairndesk.custody.ledger.check import LogReport, Row, check
from cairndesk.custody.ledger.tree import Frontier
from cairndesk.custody.models import Checkpoint, LogEntry, LogHead, LogOpening, SealedItem, SealedObject
from cairndesk.custody.sealing import items
from cairndesk.custody.sealing.keys import Signing


@dataclass(frozen=True, slots=True)
class LogLine:
    """One entry with its opening: readable until the opening is erased."""

    index: int
    at: datetime
    event: str
    subject_kind: str
    subject: UUID
    actor: str
    proof: str
    detail: dict[str, str | int]


@dataclass(frozen=True, slots=True)
class Proven:
    """One entry with what a stranger needs to check it: openings (field → key and value) and the way to a checkpoint."""

    index: int
    leaf: bytes
    opened: Mapping[str, tuple[bytes, bytes]]
    path: Sequence[bytes]
    checkpoint: str


def unseal(item: SealedItem) -> dict[str, Any] | str:
    """What was sealed; raises Erased, CannotOpen when it was changed, DeskLocked when no keys are at hand."""
    if item.erased_at is not None:
        raise Erased
    parts = items.SealedParts(item.suite, bytes(item.wrapped), bytes(item.ciphertext))
    plain = items.unseal(access.keys(), parts, organisation=item.organisation, item=item.id, purpose=item.purpose)
    opened: dict[str, Any] | str = json.loads(plain)
    return opened


def unseal_text(item: SealedItem) -> str:
    """The words that were sealed; raises like `unseal`, and TypeError when fields were sealed."""
    opened = unseal(item)
    if not isinstance(opened, str):
        raise TypeError("This item holds fields, not text.")
    return opened


def unseal_fields(item: SealedItem) -> dict[str, Any]:
    """The fields that were sealed; raises like `unseal`, and TypeError when text was sealed."""
    opened = unseal(item)
    if isinstance(opened, str):
        raise TypeError("This item holds text, not fields.")
    return opened


def kept_objects(organisation: UUID) -> int:
    """How many originals the vault holds for `organisation`."""
    return SealedObject.objects.filter(organisation=organisation, destroyed_at=None).count()


def entries_about(*subjects: UUID) -> list[LogLine]:
    """All entries about any of `subjects`, oldest first, whose openings are still kept."""
    openings = LogOpening.objects.filter(subject__in=subjects).select_related("entry").order_by("entry_id")
    return [_line(opening) for opening in openings]


def entries_by(actors: Collection[str], *, before: int | None = None, most: int = 100) -> list[LogLine]:
    """The newest `most` entries of these pseudonyms, newest first; with `before`, those under that index."""
    openings = LogOpening.objects.filter(actor__in=actors).select_related("entry").order_by("-entry_id")
    return [_line(opening) for opening in (openings if before is None else openings.filter(entry__lt=before))[:most]]


def proofs_about(subject: UUID, *, checkpoint: Checkpoint) -> list[Proven]:
    """Every entry about `subject` up to `checkpoint`, oldest first, opened and proven.

    The keys of `subj`, `actor` and `d` open those fields of that entry and no other; hand over only what the recipient may see.
    """
    openings = list(LogOpening.objects.filter(subject=subject, entry_id__lt=checkpoint.size).select_related("entry").order_by("entry_id"))
    hashes = LogEntry.objects.filter(index__lt=checkpoint.size).order_by("index").values_list("leaf_hash", flat=True)
    paths = proofs.inclusions([bytes(one) for one in hashes.iterator(5000)], [opening.entry_id for opening in openings])
    return [Proven(opening.entry_id, bytes(opening.entry.leaf), _opened(opening), paths[opening.entry_id], checkpoint.note) for opening in openings]


def frontier_of(head: LogHead) -> Frontier:
    """The right edge of the tree, as the head keeps it."""
    return Frontier.from_bytes(head.size, bytes(head.frontier))


def verifier_key() -> str:
    """The key that checks this log's checkpoints, as C2SP tools read it; raises DeskLocked when no keys are at hand."""
    public = access.keys().public(Signing.LOG)
    return note.verifier_key(note.origin_of(public), public)


def unsigned_entries() -> int:
    """How many entries are newer than the newest checkpoint."""
    signed = Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0
    return (LogHead.objects.values_list("size", flat=True).first() or 0) - signed


def verify_log(*, verifier: str | None = None) -> LogReport:
    """Whether entries, openings, checkpoints and head agree in everything; reads all of them, blocks no writer.

    `verifier` is the key to check signatures with, by default the key at hand; with neither they stay unchecked.
    """
    # Read in this order, a log that grows meanwhile stays consistent: what is read later only covers more.
    notes = list(Checkpoint.objects.order_by("size").values_list("note", flat=True))
    head = LogHead.objects.filter(id=1).first() or LogHead()
    report = check(_rows(head.size), notes, head=(head.size, _root(head)), verifier=verifier or verifier_at_hand())
    problem = _stray_entry(head.size) or _false_opening() if report.ok else ""
    return replace(report, ok=False, first_problem=problem) if problem else report


def verifier_at_hand() -> str | None:
    """The key of the ring in use, else the one that lies beside the ring on disk: never one out of the database."""
    with contextlib.suppress(DeskLocked):
        return verifier_key()
    return access.kept_verifier(settings.CAIRNDESK)


def _root(head: LogHead) -> bytes:
    """The root that the head stands for; nothing, which equals no root, where it does not hold together."""
    try:
        return frontier_of(head).root()
    except ValueError:
        return b""


def _rows(size: int) -> Iterator[Row]:
    entries_in_order = LogEntry.objects.filter(index__lt=size).order_by("index")
    for index, leaf, kept_hash in entries_in_order.values_list("index", "leaf", "leaf_hash").iterator(2000):
        yield Row(index, bytes(leaf), bytes(kept_hash))


def _stray_entry(size: int) -> str:
    stray = LogEntry.objects.filter(index__gte=size).exists()
    return "there are entries that the head does not know" if stray and LogHead.objects.get(id=1).size <= size else ""


def _false_opening() -> str:
    for opening in LogOpening.objects.select_related("entry").order_by("entry_id").iterator(2000):
        if not _opens(opening):
            return f"the opening of entry {opening.entry_id} is not what was committed to"
    return ""


def _opens(opening: LogOpening) -> bool:
    entry = entries.decode(bytes(opening.entry.leaf))
    held = {"subj": entry.subject, "actor": entry.actor, "d": entry.detail}
    return all(held[field] == hmac.digest(key, value, "sha256") for field, (key, value) in _opened(opening).items())


def _opened(opening: LogOpening) -> dict[str, tuple[bytes, bytes]]:
    values = {
        "subj": entries.subject_bytes(opening.subject_kind, opening.subject),
        "actor": opening.actor.encode(),
        "d": rfc8785.dumps(opening.detail),
    }
    return {field: (entries.field_key(bytes(opening.salt), field), value) for field, value in values.items()}


def _line(opening: LogOpening) -> LogLine:
    entry = entries.decode(bytes(opening.entry.leaf))
    return LogLine(
        index=entry.index,
        at=datetime.fromtimestamp(entry.time, UTC),
        event=entry.type,
        subject_kind=opening.subject_kind,
        subject=opening.subject,
        actor=opening.actor,
        proof=entry.proof,
        detail=opening.detail,
    )
