"""Write to the log."""

import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
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
from cairndesk.custody.one_go import going
from cairndesk.custody.precision import log_time
from cairndesk.custody.queries import frontier_of, stretch_root
from cairndesk.custody.rules import PADDING, POLICY_VERSION, VOCABULARY, Doer, Event, Proof
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
    for _, detail in events:
        entries.detail_bytes(detail)
    # No savepoint: where an entry cannot be written, the change that it records must not stand either.
    with transaction.atomic(savepoint=False):
        gathered = going.get() or _Gathered()
        rows = gathered.add(events, subject_kind, subject, by, now)
        if gathered is not going.get():
            gathered.write()
    return rows


@contextmanager
def in_one_go() -> Iterator[None]:
    """One transaction, at whose end all that was recorded in it is written, in its order and by no more statements than one entry takes.

    For an act of many parts, around the whole of it or as its decorator. Until the end nobody can read these entries, the act itself included.
    """
    if going.get() is not None:
        yield
        return
    with transaction.atomic():
        gathered = _Gathered()
        token = going.set(gathered)
        try:
            yield
            gathered.write()
        finally:
            going.reset(token)


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
    """The head behind everything recorded until now, held until the transaction ends, so that two entries never get the same index."""
    if (gathered := going.get()) is not None:
        gathered.write()
    return _head()


def _head() -> LogHead:
    head, _ = LogHead.objects.select_for_update().get_or_create(id=1)
    return head


def _append(head: LogHead, drafts: Sequence[entries.Entry]) -> None:
    """`drafts` become the next entries, each in the place that is its own."""
    frontier, rows = frontier_of(head), []
    for draft in drafts:
        row, frontier = _placed(draft, frontier)
        rows.append(row)
    _write(head, rows, frontier)


def _placed(draft: entries.Entry, frontier: Frontier) -> tuple[LogEntry, Frontier]:
    leaf = entries.encode(replace(draft, index=frontier.size), VOCABULARY)
    hashed = leaf_hash(leaf)
    return LogEntry(index=frontier.size, leaf=leaf, leaf_hash=hashed), frontier.append(hashed)


def _write(head: LogHead, rows: Sequence[LogEntry], frontier: Frontier) -> None:
    LogEntry.objects.bulk_create(rows)
    head.size, head.frontier = frontier.size, frontier.to_bytes()
    head.save(update_fields=["size", "frontier"])


class _Gathered:
    """Entries that are written together; from the first of them on the head is held, so that each has its place at once."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._head: LogHead | None = None
        self._rows: list[LogEntry] = []
        self._openings: list[LogOpening] = []
        self._last: dict[tuple[str, UUID], int | None] = {}

    def add(self, events: Sequence[tuple[Event, Detail]], subject_kind: str, subject: UUID, by: Doer, now: datetime) -> list[LogEntry]:
        if self._head is None:
            self._head = _head()
            self._frontier = frontier_of(self._head)
        about, proof, begin = entries.subject_bytes(subject_kind, subject), Proof(by.proof), len(self._rows)
        for event, told in events:
            salt, detail = secrets.token_bytes(entries.SALT_LENGTH), self._linked(subject_kind, subject, told)
            draft = entries.Entry(
                index=0,
                time=log_time(event, proof, now),
                type=event,
                subject=entries.commit(salt, "subj", about),
                actor=entries.commit(salt, "actor", by.pseudonym.encode()),
                policy=POLICY_VERSION,
                proof=proof,
                detail=entries.commit(salt, "d", entries.detail_bytes(detail)),
            )
            row, self._frontier = _placed(draft, self._frontier)
            self._rows.append(row)
            self._openings.append(
                LogOpening(entry=row, subject_kind=subject_kind, subject=subject, actor=by.pseudonym, salt=salt, detail=detail),
            )
            self._last[subject_kind, subject] = row.index
        return self._rows[begin:]

    def write(self) -> None:
        """Afterwards what was added stands in the log; what is added from now on comes behind it."""
        if self._head is not None:
            _write(self._head, self._rows, self._frontier)
            LogOpening.objects.bulk_create(self._openings)
        self._begin()

    def _linked(self, subject_kind: str, subject: UUID, detail: Detail) -> dict[str, str | int]:
        """`detail` with the number of the entry before about the same thing, so that a package cannot leave one out unseen."""
        key = subject_kind, subject
        if key not in self._last:
            held = LogOpening.objects.filter(subject=subject, subject_kind=subject_kind).order_by("-entry_id")
            self._last[key] = held.values_list("entry_id", flat=True).first()
        number = self._last[key]
        return dict(detail) if number is None else {**detail, entries.PREVIOUS: number}
