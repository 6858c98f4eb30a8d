"""What other rooms may read: sealed items, and the part of the log that tells one record's story."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from cairndesk.custody import access
from cairndesk.custody.ledger import entry as entries
from cairndesk.custody.ledger.tree import Frontier
from cairndesk.custody.models import LogHead, LogOpening, SealedItem
from cairndesk.custody.sealing import items


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


def unseal(item: SealedItem) -> dict[str, Any] | str:
    """What was sealed; raises CannotOpen when it was changed, DeskLocked when no keys are at hand."""
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


def entries_about(subject: UUID) -> list[LogLine]:
    """All entries about `subject`, oldest first, whose openings are still kept."""
    openings = LogOpening.objects.filter(subject=subject).select_related("entry").order_by("entry_id")
    return [_line(opening) for opening in openings]


def frontier_of(head: LogHead) -> Frontier:
    """The right edge of the tree, as the head keeps it."""
    return Frontier.from_bytes(head.size, bytes(head.frontier))


def log_name(public: bytes) -> str:
    """The name of the log whose signing key this is: its origin in checkpoints."""
    return f"cairndesk/{hashlib.sha256(public).hexdigest()[:16]}"


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
