import base64
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.db import DatabaseError, transaction
from tests.custody.conftest import NOON, Doer
from tests.support import append_only
from tests.support.signers import Cosigner

from cairndesk.custody import queries
from cairndesk.custody.actions import keep_cosignature, log, make_checkpoint, record
from cairndesk.custody.errors import LogBroken
from cairndesk.custody.ledger import note, proof_file, proofs
from cairndesk.custody.models import Checkpoint, Cosignature, LogEntry, TimeStamp
from cairndesk.custody.rules import Event
from cairndesk.custody.sealing.keyring import Keyring

pytestmark = pytest.mark.django_db


def write(count: int) -> None:
    for _ in range(count):
        record(event=Event.CUSTODY_ITEM_OPENED, subject_kind="case", subject=uuid4(), by=Doer(), now=NOON)


@pytest.fixture
def checkpoint(ring: Keyring, monkeypatch: pytest.MonkeyPatch) -> Checkpoint:
    """A checkpoint over 21 entries, in stretches of four, and one entry after it."""
    for module in (queries, log):
        monkeypatch.setattr(module, "STRETCH", 4)
    write(21)
    made = make_checkpoint(now=NOON)
    write(1)
    return made


@pytest.mark.req("EVD-19")
def test_the_proof_file_of_every_entry_holds_under_the_cosigned_checkpoint(checkpoint: Checkpoint) -> None:
    witness = Cosigner()
    keep_cosignature(checkpoint=checkpoint, answer=witness.line(checkpoint.note, 1_772_000_000), witness=witness.verifier)
    texts = {index: one.text() for index, one in queries.proof_files(range(checkpoint.size), checkpoint=checkpoint).items()}
    assert sorted(texts) == list(range(checkpoint.size))
    for index, text in texts.items():
        held = proof_file.read(text)
        head = note.open_note(held.checkpoint, *note.read_verifier_key(queries.verifier_key()))
        assert note.cosigned_at(held.checkpoint, witness.name, witness.public) == 1_772_000_000
        assert held.proves(bytes(LogEntry.objects.get(index=index).leaf_hash), head)
        assert not held.proves(bytes(LogEntry.objects.get(index=(index + 1) % 21).leaf_hash), head)
    with pytest.raises(ValueError, match="so far"):
        queries.proof_files([checkpoint.size], checkpoint=checkpoint)


@pytest.mark.req("EVD-19")
def test_every_consistency_proof_out_of_the_tables_is_that_of_the_definition(checkpoint: Checkpoint) -> None:
    leaves = queries.leaf_hashes(0, 22)
    for size in (21, 22):
        assert queries.root_at(size) == proofs.root_of(leaves[:size])
        for earlier in range(1, size + 1):
            proof = queries.consistency(earlier, size)
            assert proof == proofs.consistency(leaves[:size], earlier)
            stated = {"earlier": earlier, "earlier_root": queries.root_at(earlier), "size": size, "root": queries.root_at(size)}
            assert proofs.verify_consistency(**stated, proof=proof)


def test_of_a_witness_the_first_cosignature_stays_and_lines_of_others_are_left_out(checkpoint: Checkpoint) -> None:
    witness, other = Cosigner(), Cosigner("witness.example/w2")
    answer = other.line(checkpoint.note, 1) + witness.line(checkpoint.note, 1_772_000_000)
    kept = [keep_cosignature(checkpoint=checkpoint, answer=answer, witness=witness.verifier)]
    kept.append(keep_cosignature(checkpoint=checkpoint, answer=witness.line(checkpoint.note, 1_772_000_600), witness=witness.verifier))
    assert {one.at for one in kept} == {datetime.fromtimestamp(1_772_000_000, UTC)}
    assert queries.cosigned_note(checkpoint) == checkpoint.note + witness.line(checkpoint.note, 1_772_000_000)


@pytest.mark.req("EVD-19")
def test_a_cosignature_that_does_not_hold_is_not_kept(checkpoint: Checkpoint) -> None:
    witness = Cosigner()
    older = Checkpoint(size=20, root=queries.root_at(20), note=checkpoint.note.replace("\n21\n", "\n20\n"), made_at=NOON)
    for answer in ("", "no line", Cosigner().line(checkpoint.note, 1), witness.line(older.note, 1), witness.line(checkpoint.note, 1).strip()):
        with pytest.raises(LogBroken):
            keep_cosignature(checkpoint=checkpoint, answer=answer, witness=witness.verifier)
    assert not Cosignature.objects.exists()


@pytest.mark.req("EVD-19")
def test_openssl_verifies_the_log_and_the_witness_without_our_code(checkpoint: Checkpoint, tmp_path: Path, ring: Keyring) -> None:
    witness = Cosigner()
    keep_cosignature(checkpoint=checkpoint, answer=witness.line(checkpoint.note, 1_772_000_000), witness=witness.verifier)
    body, _, tail = queries.cosigned_note(checkpoint).partition("\n\n")
    by_log, by_witness = (base64.b64decode(line.split()[2]) for line in tail.splitlines())
    _, public = note.read_verifier_key(queries.verifier_key())
    cosigned = f"cosignature/v1\ntime {int.from_bytes(by_witness[4:12])}\n{body}\n"
    assert openssl_takes(tmp_path, public, by_log[4:], f"{body}\n")
    assert openssl_takes(tmp_path, witness.public, by_witness[12:], cosigned)
    assert not openssl_takes(tmp_path, witness.public, by_witness[12:], cosigned.replace("\n21\n", "\n22\n"))


def openssl_takes(folder: Path, public: bytes, signature: bytes, message: str) -> bool:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    pem = Ed25519PublicKey.from_public_bytes(public).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for name, data in (("key.pem", pem), ("signature", signature), ("message", message.encode())):
        (folder / name).write_bytes(data)
    command = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", "key.pem", "-sigfile", "signature", "-in", "message"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0


@pytest.mark.req("EVD-19")
@pytest.mark.parametrize("model", [Cosignature, TimeStamp])
def test_the_database_refuses_to_change_what_others_signed(checkpoint: Checkpoint, model: type[Cosignature | TimeStamp]) -> None:
    witness = Cosigner()
    kept = keep_cosignature(checkpoint=checkpoint, answer=witness.line(checkpoint.note, 1), witness=witness.verifier)
    TimeStamp.objects.create(checkpoint=checkpoint, at=NOON, token=b"token")
    for change in (lambda: model.objects.update(at=NOON), model.objects.all().delete):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()
    with pytest.raises(DatabaseError), transaction.atomic():
        Cosignature.objects.create(checkpoint=checkpoint, witness=kept.witness, at=NOON, line="another")


@pytest.mark.req("EVD-19")
def test_verify_sees_a_signature_of_a_witness_that_somebody_with_the_database_changed(checkpoint: Checkpoint) -> None:
    witness = Cosigner()
    keep_cosignature(checkpoint=checkpoint, answer=witness.line(checkpoint.note, 1_772_000_000), witness=witness.verifier)
    assert queries.verify_log(witnesses=[witness.verifier]).ok
    append_only.lift()
    for change in ({"at": NOON}, {"at": NOON, "line": witness.line(checkpoint.note.replace("\n21\n", "\n20\n"), int(NOON.timestamp()))}):
        Cosignature.objects.update(**change)
        assert "signature of witness.example/w1 under 21 entries" in queries.verify_log(witnesses=[witness.verifier]).first_problem
