"""Write to the log."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from cairndesk.custody import access
from cairndesk.custody.ledger import entry as entries
from cairndesk.custody.ledger import note
from cairndesk.custody.ledger.tree import Frontier, leaf_hash
from cairndesk.custody.models import STRETCH, Checkpoint, LogEntry, LogHead, LogOpening, LogStretch
from cairndesk.custody.queries import frontier_of, stretch_root
from cairndesk.custody.rules import PADDING, POLICY_VERSION, VOCABULARY, Doer, Event, Proof, log_time
from cairndesk.custody.sealing.keys import Signing

Detail = Mapping[str, str | int]


def record(
    *,
    event: Event,
    subject_kind: str,
    subject: UUID,
    by: Doer,
    now: datetime,
    detail: Detail | None = None,
) -> LogEntry:
    """Afterwards the log has one more entry, in the caller's transaction; raises TextInLog when `detail` holds words."""
    return record_all(events=[(event, detail or {})], subject_kind=subject_kind, subject=subject, by=by, now=now)[0]


def record_all(*, events: Sequence[tuple[Event, Detail]], subject_kind: str, subject: UUID, by: Doer, now: datetime) -> list[LogEntry]:
    """Afterwards the log has an entry for each of `events`, in their order, all about one subject; raises TextInLog like `record`.

    They take no more statements than one entry, and like one they stand or fall with the caller's transaction.
    """
    if not events:
        return []
    salts = [secrets.token_bytes(entries.SALT_LENGTH) for _ in events]
    about, proof = entries.subject_bytes(subject_kind, subject), Proof(by.proof)
    for _, detail in events:
        entries.detail_bytes(detail)
    # No savepoint: where an entry cannot be written, the change that it records must not stand either.
    with transaction.atomic(savepoint=False):
        head = _locked_head()
        details = _linked(head, subject_kind, subject, [detail for _, detail in events])
        drafts = [
            entries.Entry(
                index=0,
                time=log_time(event, proof, now),
                type=event,
                subject=entries.commit(salt, "subj", about),
                actor=entries.commit(salt, "actor", by.pseudonym.encode()),
                policy=POLICY_VERSION,
                proof=proof,
                detail=entries.commit(salt, "d", entries.detail_bytes(detail)),
            )
            for salt, (event, _), detail in zip(salts, events, details, strict=True)
        ]
        rows = _append(head, drafts)
        LogOpening.objects.bulk_create(
            LogOpening(entry=row, subject_kind=subject_kind, subject=subject, actor=by.pseudonym, salt=salt, detail=detail)
            for row, salt, detail in zip(rows, salts, details, strict=True)
        )
    return rows


def record_closing(
    *, event: Event, subject_kind: str, subject: UUID, things: Collection[UUID], by: Doer, now: datetime, detail: Detail | None = None
) -> LogEntry:
    """Like `record`, and the entry commits to which entry before it is the last about each of `things`: none can be cut off unseen."""
    with transaction.atomic(savepoint=False):
        # Nothing comes between what is said to be the last and the entry that says so.
        _locked_head()
        held = LogOpening.objects.filter(subject__in=things).values_list("subject_kind", "subject").annotate(Max("entry_id"))
        ends = {entries.subject_bytes(kind, thing): last for kind, thing, last in held}
        told = {**(detail or {}), entries.LASTS: entries.lasts(ends)}
        return record(event=event, subject_kind=subject_kind, subject=subject, by=by, now=now, detail=told)


def _linked(head: LogHead, subject_kind: str, subject: UUID, details: Sequence[Detail]) -> list[dict[str, str | int]]:
    """Each detail with the number of the entry before about the same thing, so that a package cannot leave one out unseen."""
    held = LogOpening.objects.filter(subject=subject, subject_kind=subject_kind).order_by("-entry_id")
    before = [held.values_list("entry_id", flat=True).first(), *range(head.size, head.size + len(details) - 1)]
    return [dict(detail) if number is None else {**detail, entries.PREVIOUS: number} for detail, number in zip(details, before, strict=True)]


@transaction.atomic
def make_checkpoint(*, now: datetime, padded: bool = False) -> Checkpoint:
    """Afterwards the present size and root stand signed and whole stretches have their roots; no size is signed twice. Raises DeskLocked.

    With `padded` the log is filled up first, by entries that say so and are about nothing: for checkpoints that others see.
    """
    head = _locked_head()
    if padded:
        _append(head, [_filling(now) for _ in range(-head.size % PADDING)])
    frontier = frontier_of(head)
    # By their numbers, not by how many there are: one that is missing in the middle is computed anew.
    missing = sorted(set(range(frontier.size // STRETCH)) - set(LogStretch.objects.values_list("index", flat=True)))
    LogStretch.objects.bulk_create(LogStretch(index=index, root=stretch_root(index)) for index in missing)
    made = Checkpoint.objects.filter(size=frontier.size).first()
    return made or Checkpoint.objects.create(size=frontier.size, root=frontier.root(), note=_signed(frontier), made_at=now)


def _filling(now: datetime) -> entries.Entry:
    """Nothing opens it: its commitments are random and their salts were never there."""
    subject, actor, detail = (secrets.token_bytes(entries.HASH_LENGTH) for _ in range(3))
    time = log_time(Event.CUSTODY_LOG_PADDED, Proof.SYSTEM, now)
    return entries.Entry(0, time, Event.CUSTODY_LOG_PADDED, subject, actor, POLICY_VERSION, Proof.SYSTEM, detail)


def _signed(frontier: Frontier) -> str:
    public = access.keys().public(Signing.LOG)
    head = note.Head(note.origin_of(public), frontier.size, frontier.root())
    return note.sign(head, public, lambda body: access.keys().sign(Signing.LOG, body))


def _locked_head() -> LogHead:
    """The head, held until the transaction ends, so that two entries never get the same index."""
    head, _ = LogHead.objects.select_for_update().get_or_create(id=1)
    return head


def _append(head: LogHead, drafts: Sequence[entries.Entry]) -> list[LogEntry]:
    """`drafts` become the next entries, each in the place that is its own."""
    frontier, rows = frontier_of(head), []
    for draft in drafts:
        leaf = entries.encode(replace(draft, index=frontier.size), VOCABULARY)
        hashed = leaf_hash(leaf)
        rows.append(LogEntry(index=frontier.size, leaf=leaf, leaf_hash=hashed))
        frontier = frontier.append(hashed)
    LogEntry.objects.bulk_create(rows)
    head.size, head.frontier = frontier.size, frontier.to_bytes()
    head.save(update_fields=["size", "frontier"])
    return rows
