import random
from dataclasses import replace

import pytest
from tests.custody.test_ledger import WORDS, an_entry
from tests.support.signers import Signer

from cairndesk.custody.ledger import note
from cairndesk.custody.ledger.check import LogReport, Row, check
from cairndesk.custody.ledger.entry import encode
from cairndesk.custody.ledger.tree import Frontier, leaf_hash

SIZE, EVERY = 40, 10


class Log:
    """A sound log of 40 entries with a checkpoint after every tenth."""

    def __init__(self) -> None:
        self.signer, self.rows, self.notes, frontier = Signer(), [], [], Frontier()
        for index in range(SIZE):
            leaf = encode(an_entry(index), WORDS)
            self.rows.append(Row(index, leaf, leaf_hash(leaf)))
            frontier = frontier.append(leaf_hash(leaf))
            if frontier.size % EVERY == 0:
                self.notes.append(self.signer.note(frontier.size, frontier.root()))
        self.head = (SIZE, frontier.root())

    def check(self, rows: list[Row] | None = None, notes: list[str] | None = None) -> LogReport:
        verifier = note.verifier_key(self.signer.name, self.signer.public)
        return check(self.rows if rows is None else rows, self.notes if notes is None else notes, head=self.head, verifier=verifier)


@pytest.fixture(scope="module")
def log() -> Log:
    return Log()


def flipped(data: bytes, dice: random.Random) -> bytes:
    place = dice.randrange(len(data) * 8)
    return data[: place // 8] + bytes([data[place // 8] ^ 1 << place % 8]) + data[place // 8 + 1 :]


def one_bit(rows: list[Row], dice: random.Random) -> None:
    at = dice.randrange(SIZE)
    rows[at] = replace(rows[at], leaf=flipped(rows[at].leaf, dice))


def one_bit_and_its_hash(rows: list[Row], dice: random.Random) -> None:
    at = dice.randrange(SIZE)
    leaf = flipped(rows[at].leaf, dice)
    rows[at] = Row(at, leaf, leaf_hash(leaf))


def hash_only(rows: list[Row], dice: random.Random) -> None:
    at = dice.randrange(SIZE)
    rows[at] = replace(rows[at], leaf_hash=flipped(rows[at].leaf_hash, dice))


def reordered(rows: list[Row], dice: random.Random) -> None:
    one, two = dice.sample(range(SIZE), 2)
    rows[one], rows[two] = rows[two], rows[one]


def renumbered(rows: list[Row], dice: random.Random) -> None:
    reordered(rows, dice)
    rows[:] = [replace(row, index=index) for index, row in enumerate(rows)]


def cut(rows: list[Row], dice: random.Random) -> None:
    del rows[dice.randrange(SIZE) :]


def dropped(rows: list[Row], dice: random.Random) -> None:
    del rows[dice.randrange(SIZE)]


def dropped_and_closed(rows: list[Row], dice: random.Random) -> None:
    dropped(rows, dice)
    rows[:] = [replace(row, index=index) for index, row in enumerate(rows)]


def doubled(rows: list[Row], dice: random.Random) -> None:
    rows.insert(dice.randrange(SIZE), rows[dice.randrange(SIZE)])


def rewritten(rows: list[Row], dice: random.Random) -> None:
    """An entry replaced by another that is sound in itself."""
    at = dice.randrange(SIZE)
    leaf = encode(an_entry(at), WORDS)
    rows[at] = Row(at, leaf, leaf_hash(leaf))


WAYS = [one_bit, one_bit_and_its_hash, hash_only, reordered, renumbered, cut, dropped, dropped_and_closed, doubled, rewritten]


def test_the_sound_log_passes(log: Log) -> None:
    report = log.check()
    assert (report.ok, report.size, report.checkpoints, report.signatures_checked) == (True, SIZE, 4, True)


@pytest.mark.req("EVD-19")
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_sixty_random_tampers_of_each_kind_are_all_seen(log: Log, way: object) -> None:
    for seed in range(60):
        rows = list(log.rows)
        way(rows, random.Random(seed))  # type: ignore[operator]  # noqa: S311 - a repeatable dice, not a secret
        report = log.check(rows=rows)
        assert not report.ok, f"seed {seed}"
        assert report.first_problem


@pytest.mark.req("EVD-19")
def test_a_flipped_bit_anywhere_in_a_checkpoint_is_seen(log: Log) -> None:
    for seed in range(100):
        dice = random.Random(seed)  # noqa: S311 - a repeatable dice, not a secret
        notes = list(log.notes)
        at = dice.randrange(len(notes))
        notes[at] = flipped(notes[at].encode(), dice).decode(errors="replace")
        assert not log.check(notes=notes).ok, f"seed {seed}"


def test_a_checkpoint_by_another_key_is_seen(log: Log) -> None:
    forged = Signer().note(SIZE, log.head[1])
    assert "not signed" in log.check(notes=[forged]).first_problem


def test_two_checkpoints_of_one_size_are_seen(log: Log) -> None:
    assert "same size" in log.check(notes=[log.notes[0], log.notes[0]]).first_problem


def test_a_tree_rebuilt_after_the_change_is_still_seen_by_the_signed_checkpoints(log: Log) -> None:
    rows = list(log.rows)
    rewritten(rows, random.Random(1))  # noqa: S311 - a repeatable dice, not a secret
    frontier = Frontier()
    for row in rows:
        frontier = frontier.append(row.leaf_hash)
    verifier = note.verifier_key(log.signer.name, log.signer.public)
    report = check(rows, log.notes, head=(frontier.size, frontier.root()), verifier=verifier)
    assert "not those that were signed" in report.first_problem
