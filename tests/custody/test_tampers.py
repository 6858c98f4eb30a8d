"""Figure [tamper]: the log, its files, its proofs and the vault, each changed at random in thousands of ways, and every change is seen.

`SOAK_SIZE` is how many, `SOAK_ROUND` which of them; the dice are thrown by number, so that one that was missed can be thrown again.
"""

import hmac
import json
import os
import random
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from tests.custody.conftest import ONE
from tests.custody.test_ledger import WORDS
from tests.custody.test_tampering import WAYS, Log, flipped
from tests.custody.test_tiles import a_log
from tests.support.signers import Cosigner, Signer

from cairndesk.custody.adapters.folder import Folder, Stored
from cairndesk.custody.errors import CannotOpen, LogBroken
from cairndesk.custody.ledger import entry as entries
from cairndesk.custody.ledger import note, proof_file, proofs
from cairndesk.custody.ledger.check import Row
from cairndesk.custody.ledger.check_tiles import check_tiles
from cairndesk.custody.ledger.proof_file import ProofFile
from cairndesk.custody.ledger.tree import leaf_hash
from cairndesk.custody.sealing import objects

TIMES, ROUND = int(os.environ.get("SOAK_SIZE", "10000")), os.environ.get("SOAK_ROUND", "0")
# How many of ten thousand fall on each; a row is cheap to check, a whole folder of files is not.
SHARES = {"rows": 2500, "notes": 1200, "files": 600, "proofs": 2500, "openings": 2400, "objects": 800}
pytestmark = [pytest.mark.slow, pytest.mark.req("EVD-19")]


def dice(what: str) -> Iterator[random.Random]:
    """As many throws as fall on `what`."""
    for number in range(TIMES * SHARES[what] // 10_000):
        yield random.Random(f"{what} {ROUND} {number}")  # noqa: S311 - a repeatable dice, not a secret


def cut(data: bytes, thrown: random.Random) -> bytes:
    return data[: thrown.randrange(len(data))]


def test_the_shares_make_the_whole() -> None:
    assert sum(SHARES.values()) == 10_000


@pytest.fixture(scope="module")
def log() -> Log:
    return Log()


def test_rows_of_the_log_that_were_changed_moved_dropped_or_put_in(log: Log) -> None:
    for thrown in dice("rows"):
        rows: list[Row] = list(log.rows)
        way = thrown.choice(WAYS)
        way(rows, thrown)
        assert rows == log.rows or not log.check(rows=rows).ok, way.__name__


def test_checkpoints_that_were_changed_or_exchanged(log: Log) -> None:
    forger = Signer(log.signer.name)
    for thrown in dice("notes"):
        notes, at = list(log.notes), thrown.randrange(len(log.notes))
        other = thrown.choice([one for one in log.notes if one != notes[at]])
        notes[at] = thrown.choice(
            [
                flipped(notes[at].encode(), thrown).decode(errors="replace"),
                notes[at].partition("\n\n")[0] + "\n\n" + other.partition("\n\n")[2],
                forger.note(10 * (at + 1), thrown.randbytes(32)),
                cut(notes[at].encode(), thrown).decode(errors="replace"),
                other,
            ]
        )
        assert not log.check(notes=notes).ok


def test_files_of_the_log_that_were_changed_cut_exchanged_or_taken_away() -> None:
    signer = Signer()
    files = a_log(300, signer)

    def tampered(thrown: random.Random) -> dict[str, bytes]:
        name, other = thrown.sample(sorted(files), 2)
        ways = [flipped(files[name], thrown), cut(files[name], thrown), files[name] + thrown.randbytes(1), files[other], None]
        changed = files | {name: thrown.choice(ways)}
        return {path: data for path, data in changed.items() if data is not None}

    for thrown in dice("files"):
        told = tampered(thrown)
        assert told == files or not check_tiles(lambda name, told=told: told.get(name, b""), told, verifier=signer.verifier).ok


@dataclass
class Proven:
    """A log of 40 entries with a proof file for each, under a checkpoint that a witness cosigned."""

    def __post_init__(self) -> None:
        self.log, self.witness = Log(), Cosigner()
        self.hashes = [row.leaf_hash for row in self.log.rows]
        self.cosigned = self.log.notes[-1] + self.witness.line(self.log.notes[-1], 1_772_000_000)
        self.texts = [ProofFile(index, proofs.inclusion(self.hashes, index), self.cosigned).text() for index in range(len(self.hashes))]

    def holds(self, text: str, leaf: bytes) -> bool:
        """What whoever is handed the file checks: the log, the witness, and that the entry is in it."""
        try:
            held = proof_file.read(text)
            head = note.open_note(held.checkpoint, self.log.signer.name, self.log.signer.public)
            return note.cosigned_at(held.checkpoint, self.witness.name, self.witness.public) is not None and held.proves(leaf, head)
        except LogBroken:
            return False


def test_proofs_that_were_changed_or_belong_to_another_entry_another_log_or_another_witness() -> None:
    proven, other = Proven(), Proven()
    assert all(proven.holds(text, leaf) for text, leaf in zip(proven.texts, proven.hashes, strict=True))
    for thrown in dice("proofs"):
        at, elsewhere = thrown.sample(range(len(proven.texts)), 2)
        text = proven.texts[at]
        steps = text.split("\n\n")[0].split("\n")[2:]
        told = thrown.choice(
            [
                flipped(text.encode(), thrown).decode(errors="replace"),
                cut(text.encode(), thrown).decode(errors="replace"),
                text.replace(thrown.choice(steps) + "\n", "", 1),
                text.replace(f"index {at}\n", f"index {elsewhere}\n"),
                text.replace(proven.witness.line(proven.log.notes[-1], 1_772_000_000), other.witness.line(proven.log.notes[-1], 1_772_000_000)),
                text.replace(proven.witness.line(proven.log.notes[-1], 1_772_000_000), proven.witness.line(proven.log.notes[0], 1_772_000_000)),
                text.partition("\n\n")[0] + "\n\n" + proven.log.notes[0],
                proven.texts[elsewhere],
                other.texts[at],
            ]
        )
        assert not proven.holds(told, proven.hashes[at])


@dataclass(frozen=True)
class Told:
    """What one entry is about, and the salt under which it says so."""

    subject: UUID
    actor: str
    detail: dict[str, str | int]
    salt: bytes

    def values(self) -> dict[str, bytes]:
        return {"subj": entries.subject_bytes("case", self.subject), "actor": self.actor.encode(), "d": entries.detail_bytes(self.detail)}

    def leaf(self) -> bytes:
        held = {field: entries.commit(self.salt, field, value) for field, value in self.values().items()}
        return entries.encode(entries.Entry(0, 1_772_000_000, "room.thing.done", held["subj"], held["actor"], 1, "passkey", held["d"]), WORDS)

    def opens(self, leaf: bytes) -> bool:
        """As the standard tools do it: HMAC-SHA-256 of each value under the key of its field."""
        stated = json.loads(leaf)
        return all(hmac.digest(entries.field_key(self.salt, field), value, "sha256").hex() == stated[field] for field, value in self.values().items())


def test_openings_with_the_salt_or_the_words_of_another_case() -> None:
    told = [Told(uuid4(), f"person-{number % 7}", {"stage": "queued", "n": number}, secrets.token_bytes(32)) for number in range(40)]
    leaves = [one.leaf() for one in told]
    assert all(one.opens(leaf) for one, leaf in zip(told, leaves, strict=True))
    ways: list[Callable[[Told, Told, random.Random], Told]] = [
        lambda one, other, _: replace(one, salt=other.salt),
        lambda one, other, _: replace(one, subject=other.subject),
        lambda one, other, _: replace(one, detail=other.detail),
        lambda one, _, thrown: replace(one, salt=flipped(one.salt, thrown)),
        lambda one, _, thrown: replace(one, subject=UUID(bytes=flipped(one.subject.bytes, thrown))),
        lambda one, _, __: replace(one, actor=f"{one.actor}0"),
        lambda one, _, thrown: replace(one, detail=one.detail | {"n": thrown.randrange(100, 1000)}),
        lambda _, other, __: other,
    ]
    for thrown in dice("openings"):
        at, elsewhere = thrown.sample(range(len(told)), 2)
        assert not thrown.choice(ways)(told[at], told[elsewhere], thrown).opens(leaves[at])


def test_objects_of_the_vault_that_were_changed_cut_exchanged_or_taken_away(tmp_path: Path) -> None:
    store, kept, keys = Folder(tmp_path / "vault"), dict[UUID, Stored](), dict[UUID, bytes]()
    for length in (0, 90, 700, 5000, objects.CHUNK + 1):
        item = uuid4()
        keys[item] = secrets.token_bytes(32)
        kept[item] = store.put(item, list(objects.encrypted(keys[item], secrets.token_bytes(length), meaning(item))))
    whole = {item: (store.path / item.hex).read_bytes() for item in kept}
    for thrown in dice("objects"):
        item, other = thrown.sample(sorted(kept), 2)
        ways = [flipped(whole[item], thrown), cut(whole[item], thrown), whole[item] + thrown.randbytes(16), whole[other]]
        lie(store.path / item.hex, changed := thrown.choice(ways))
        assert store.length(item) != kept[item].length or store.digest(item) != kept[item].digest
        # Somebody who also changed what the database says of its digest is stopped by the seal itself.
        with pytest.raises(CannotOpen):
            objects.Opened(keys[item], meaning(item), lambda start, count, held=changed: held[start : start + count], len(changed)).read()
        lie(store.path / item.hex, whole[item])


def meaning(item: UUID) -> bytes:
    return objects.context(organisation=ONE, item=item, purpose="original")


def lie(path: Path, data: bytes) -> None:
    path.unlink()
    path.write_bytes(data)


def test_every_hash_that_stands_in_a_log_is_one_of_its_entries(log: Log) -> None:
    """The throws above would prove nothing on a log whose rows did not fit."""
    assert [leaf_hash(row.leaf) for row in log.rows] == [row.leaf_hash for row in log.rows]
    assert log.check().ok
