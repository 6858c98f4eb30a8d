"""The log of custody: appending, proving and checking, on the embedded database."""

import hashlib
import itertools
import random
import secrets
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from bench.desk import NOW, a_desk, insert_plainly
from bench.report import Row, Scale, beside
from django.db import transaction

from cairndesk.custody.actions import make_checkpoint, record
from cairndesk.custody.ledger import entry as entries
from cairndesk.custody.ledger import note as notes
from cairndesk.custody.ledger import proofs
from cairndesk.custody.ledger.tree import leaf_hash
from cairndesk.custody.models import LogEntry, LogHead, LogOpening
from cairndesk.custody.queries import frontier_of, leaf_hashes, proofs_about, verify_log
from cairndesk.custody.rules import VOCABULARY, Event, Proof

_SOAK = 1_000_000
_BATCH = 5_000
# What one entry takes in the tables: its leaf and hash, and the opening beside it.
_ENTRY_BYTES = 700


@dataclass(frozen=True)
class Doer:
    """As much of an actor as the log takes."""

    pseudonym: str = "0" * 32
    proof: str = Proof.SYSTEM


def rows(*, scale: Scale) -> list[Row]:
    """Appending to and proving from a log that is long already, and checking all of it; a soak takes a million entries."""
    a_desk()
    size, times, rounds = scale.of(tiny=(1_000, 20, 1), quick=(20_000, 200, 3), usual=(20_000, 200, 3), soak=(_SOAK, 1000, 1))
    subjects = _fill(size)
    return [*_append(times), _prove(subjects), _verify(size, rounds=rounds)]


def _append(times: int) -> list[Row]:
    """One entry in a transaction of its own, against one plain row of as many bytes."""

    def ours() -> None:
        record(event=Event.CASES_CASE_OPENED, subject_kind="case", subject=uuid4(), by=Doer(), now=NOW)

    taken = _in_turns([ours, lambda: insert_plainly(_ENTRY_BYTES)], times)
    note = "one entry, committed and synced; peer: one plain row of as many bytes, committed and synced in the same database"
    return [_row(f"log-append-{name}", *map(measure, taken), note) for name, measure in (("p50", statistics.median), ("p99", _p99))]


def _prove(subjects: Sequence[UUID]) -> Row:
    """One entry opened, proven and verified, against computing its proof over the hashes of the whole log."""
    checkpoint = make_checkpoint(now=NOW)
    drawn = random.Random(1)  # noqa: S311 - the same entries in every run, no secret

    def ours() -> None:
        (proven,) = proofs_about(drawn.choice(subjects), checkpoint=checkpoint)
        assert proven.proof.proves(leaf_hash(proven.leaf), notes.read(proven.proof.checkpoint))

    def naively() -> None:
        proofs.inclusion(leaf_hashes(0, checkpoint.size), drawn.randrange(checkpoint.size))

    note = f"one entry of {checkpoint.size:,} opened, proven and verified; peer: the proof as RFC 6962 defines it, over all hashes in the table"
    return beside("log-proof", ours, naively, note=note, rounds=5)


def _verify(size: int, *, rounds: int) -> Row:
    """The full check, against the least that any check must do: read every entry and compute the root."""
    busy: list[float] = []

    def ours() -> None:
        start = time.process_time()
        report = verify_log()
        busy.append(time.process_time() - start)
        assert report.ok, report.first_problem
        assert report.signatures_checked

    row = beside("log-verify" if size < _SOAK else "log-million", ours, lambda: _root(_leaves()), note="", rounds=rounds)
    took = f"{statistics.median(busy):.1f} s of processor"
    note = f"{size:,} entries with openings and signatures ({took}); peer: reading the leaves and computing the root, no more"
    return Row(row.id, round(row.ours / 1000, 3), round(row.peer / 1000, 3), row.ratio, "s", note)


def _leaves() -> Iterator[bytes]:
    return (bytes(leaf) for leaf in LogEntry.objects.order_by("index").values_list("leaf", flat=True).iterator(2000))


def _root(leaves: Iterable[bytes]) -> bytes:
    """RFC 6962 level by level, as one would write it first."""
    level = [hashlib.sha256(b"\x00" + leaf).digest() for leaf in leaves]
    while len(level) > 1:
        odd = level[-1:] if len(level) % 2 else []
        level = [hashlib.sha256(b"\x01" + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)] + odd
    return level[0]


def _fill(size: int) -> list[UUID]:
    """Lengthen the log to `size` entries, such as `record` writes, many in one transaction; returns the subject of one in a thousand."""
    subjects = []
    while (held := LogHead.objects.get(id=1).size) < size:
        subjects += _add(min(_BATCH, size - held))
    return subjects


@transaction.atomic
def _add(count: int) -> list[UUID]:
    head = LogHead.objects.get(id=1)
    frontier, rows, openings = frontier_of(head), [], []
    for index in range(head.size, head.size + count):
        subject, salt = uuid4(), secrets.token_bytes(entries.SALT_LENGTH)
        values = {"subj": entries.subject_bytes("case", subject), "actor": Doer().pseudonym.encode(), "d": entries.detail_bytes({})}
        committed = [entries.commit(salt, field, value) for field, value in values.items()]
        entry = entries.Entry(index, int(NOW.timestamp()), Event.CASES_CASE_OPENED, committed[0], committed[1], 1, Proof.SYSTEM, committed[2])
        leaf = entries.encode(entry, VOCABULARY)
        frontier = frontier.append(leaf_hash(leaf))
        rows.append(LogEntry(index=index, leaf=leaf, leaf_hash=leaf_hash(leaf)))
        openings.append(LogOpening(entry_id=index, subject_kind="case", subject=subject, actor=Doer().pseudonym, salt=salt, detail={}))
    LogEntry.objects.bulk_create(rows)
    LogOpening.objects.bulk_create(openings)
    LogHead.objects.filter(id=1).update(size=frontier.size, frontier=frontier.to_bytes())
    return [opening.subject for opening in openings[::1000]]


def _in_turns(works: Sequence[Callable[[], None]], times: int) -> list[list[float]]:
    """Milliseconds of each call of each work, taken in turns."""
    taken: list[list[float]] = [[] for _ in works]
    for _, (held, work) in itertools.product(range(times), list(zip(taken, works, strict=True))):
        start = time.perf_counter()
        work()
        held.append((time.perf_counter() - start) * 1000)
    return taken


def _p99(held: Sequence[float]) -> float:
    return sorted(held)[len(held) * 99 // 100]


def _row(name: str, ours: float, peer: float, note: str) -> Row:
    return Row(name, round(ours, 3), round(peer, 3), round(peer / ours, 2), "ms", note)
