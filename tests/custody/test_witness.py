import base64
import http.client
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.custody.test_ledger import hashes
from tests.support.signers import Signer
from tests.support.witnesses import RunningWitness

from cairndesk.custody.ledger import note, proofs
from cairndesk.custody.ledger.tree import leaf_hash
from cairndesk.custody.witness.__main__ import main
from cairndesk.custody.witness.judge import goes_on
from cairndesk.custody.witness.notes import Checkpoint, Key, Unreadable
from cairndesk.custody.witness.server import Answer, Witness
from cairndesk.custody.witness.store import Store

NOW = 1_772_000_000
LEAVES = [leaf_hash(bytes([n])) for n in range(40)]
FORK = [*LEAVES[:10], *(leaf_hash(b"another" + bytes([n])) for n in range(30))]


def asked(signer: Signer, old: int, size: int, leaves: list[bytes] = LEAVES, *, proof: list[bytes] | None = None) -> str:
    """The body of a request, as the standard writes it."""
    steps = proof if proof is not None else proofs.consistency(leaves[:size], old) if 0 < old <= size else []
    lines = "".join(f"{base64.b64encode(step).decode()}\n" for step in steps)
    return f"old {old}\n{lines}\n{signer.note(size, proofs.root_of(leaves[:size]))}"


@pytest.fixture
def signer() -> Signer:
    return Signer()


@pytest.fixture
def store(tmp_path: Path, signer: Signer) -> Store:
    held = Store(tmp_path / "witness")
    held.create("witness.example/w1")
    held.trust(Key.read(signer.verifier))
    return held


@pytest.fixture
def witness(store: Store) -> Witness:
    return Witness(store, clock=lambda: NOW)


@pytest.mark.req("EVD-19")
def test_it_signs_a_log_that_only_grows_and_the_ledger_takes_its_word(witness: Witness, store: Store, signer: Signer) -> None:
    own, _ = store.key()
    for old, size in ((0, 5), (5, 5), (5, 12), (12, 40)):
        answer = witness.add_checkpoint(asked(signer, old, size))
        assert answer.status == 200
        cosigned = signer.note(size, proofs.root_of(LEAVES[:size])) + answer.body
        assert note.cosigned_at(cosigned, *note.read_witness_key(str(own))) == NOW
    assert witness.seen(signer.name).body == signer.note(40, proofs.root_of(LEAVES)) + answer.body
    assert witness.seen("nobody.example").status == 404


@pytest.mark.req("EVD-19")
def test_it_refuses_forks_rollbacks_and_false_proofs_as_the_standard_says(witness: Witness, signer: Signer) -> None:
    assert witness.add_checkpoint(asked(signer, 0, 20)).status == 200
    before = witness.seen(signer.name)
    conflict = Answer(409, "20\n", "text/x.tlog.size")
    assert witness.add_checkpoint(asked(signer, 0, 30)) == conflict
    assert witness.add_checkpoint(asked(signer, 10, 15)) == conflict
    assert witness.add_checkpoint(asked(signer, 19, 30)) == conflict
    # The same size with another root, and a log that goes on from another past.
    assert witness.add_checkpoint(asked(signer, 20, 20, FORK)) == conflict
    assert witness.add_checkpoint(asked(signer, 20, 30, FORK)).status == 422
    assert witness.add_checkpoint(asked(signer, 20, 30, proof=[])).status == 422
    good = proofs.consistency(LEAVES[:30], 20)
    for proof in (good[:-1], [*good, bytes(32)], [bytes(32), *good[1:]]):
        assert witness.add_checkpoint(asked(signer, 20, 30, proof=proof)).status == 422
    assert witness.add_checkpoint(asked(signer, 30, 20)).status == 400
    assert witness.add_checkpoint(asked(signer, 20, 20, proof=[bytes(32)])).status == 422
    assert witness.seen(signer.name) == before


def test_a_first_checkpoint_comes_without_a_proof(witness: Witness, signer: Signer) -> None:
    assert witness.add_checkpoint(asked(signer, 0, 5, proof=[bytes(32)])).status == 422
    assert witness.add_checkpoint(asked(signer, 0, 0)).status == 200
    assert witness.add_checkpoint(asked(signer, 0, 5)).status == 200


def test_it_watches_only_logs_that_it_was_told_to_and_only_their_own_key(witness: Witness, signer: Signer) -> None:
    assert witness.add_checkpoint(asked(Signer("other.example"), 0, 5)).status == 404
    assert witness.add_checkpoint(asked(Signer(signer.name), 0, 5)).status == 403


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:0],
        lambda text: text.replace("old 5", "old 05"),
        lambda text: text.replace("old 5", "old five"),
        lambda text: text.replace("old 5", "old 5\nAAAA"),
        lambda text: text.replace("old 5\n", "old 5\n" + "A" * 43 + "=\n" * 64),
        lambda text: text.replace("\n12\n", "\n12 \n"),
        lambda text: text.rstrip("\n"),
        lambda text: text.partition("\u2014")[0] + "no signature\n",
    ],
)
def test_what_it_cannot_read_is_a_bad_request(witness: Witness, signer: Signer, change: object) -> None:
    witness.add_checkpoint(asked(signer, 0, 5))
    assert witness.add_checkpoint(change(asked(signer, 5, 12))).status == 400  # type: ignore[operator]


@given(hashes, st.data())
def test_it_takes_the_proofs_of_the_ledger_without_sharing_its_code_and_no_others(leaves: list[bytes], data: st.DataObject) -> None:
    old = data.draw(st.integers(1, len(leaves)))
    known, new = proofs.root_of(leaves[:old]), Checkpoint("", "", len(leaves), proofs.root_of(leaves), ())
    proof = proofs.consistency(leaves, old)
    assert goes_on(known, old, new, proof)
    assert not goes_on(leaf_hash(b"another past"), old, new, proof)
    assert not goes_on(known, old, new, [*proof, bytes(32)])
    assert not proof or not goes_on(known, old, new, proof[:-1])
    assert not goes_on(known, len(leaves) + 1, new, proof)


@pytest.mark.req("EVD-19")
def test_of_two_forks_at_once_only_one_is_signed(witness: Witness, signer: Signer) -> None:
    witness.add_checkpoint(asked(signer, 0, 10))
    answers: list[Answer] = []
    threads = [
        threading.Thread(target=lambda text=text: answers.append(witness.add_checkpoint(text)))
        for text in (asked(signer, 10, size, leaves) for size in range(20, 28) for leaves in (LEAVES, FORK))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status for answer in answers) == [200] + [409] * 15


def test_a_witness_has_one_key_and_forgets_only_when_told(store: Store, witness: Witness, signer: Signer, capsys: pytest.CaptureFixture[str]) -> None:
    witness.add_checkpoint(asked(signer, 0, 20))
    at = ["--store", str(store._folder)]
    assert main([*at, "create", "witness.example/w2"]) == 1
    assert main([*at, "trust", str(store.key()[0])]) == 1
    assert main([*at, "trust", "nonsense"]) == 1
    assert main([*at, "forget", signer.name]) == 0
    assert witness.add_checkpoint(asked(signer, 0, 10, FORK)).status == 200
    with pytest.raises(Unreadable):
        Store(store._folder / "new").create("two words")
    assert main(["--store", str(store._folder / "none"), "key"]) == 1
    assert "witness" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.req("EVD-19")
def test_the_program_speaks_the_standard_over_http_and_loads_nothing_of_a_desk(tmp_path: Path, signer: Signer) -> None:
    with RunningWitness(tmp_path / "w", "witness.example/w1", (signer.verifier,)) as running:
        for body, status in (
            (asked(signer, 0, 5), 200),
            (asked(signer, 0, 12), 409),
            (asked(signer, 5, 12), 200),
            ("x" * 70_000, 413),
            ("\xff", 400),
        ):
            answer = post(running.url, body.encode("latin-1") if status == 400 else body.encode())
            assert answer.status == status
            assert answer.getheader("Content-Type") == ("text/x.tlog.size" if status == 409 else "text/plain; charset=utf-8")
        assert post(running.url, b"\xff").status == 400
        assert post(running.url, b"", "/elsewhere").status == 404
        # Two processes on one folder could sign two stories.
        again = subprocess.run(running._command("serve", "--port", "0"), capture_output=True, check=False)
        assert (again.returncode, b"runs already" in again.stderr) == (1, True)
    loaded = (
        "import sys, cairndesk.custody.witness.__main__; sys.exit(any(n.split('.')[0] in {'django', 'sqlite3', 'pysqlite3'} for n in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", loaded], check=False).returncode == 0


def post(url: str, body: bytes, path: str = "/add-checkpoint") -> http.client.HTTPResponse:
    line = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    line.request("POST", path, body)
    answer = line.getresponse()
    answer.read()
    line.close()
    return answer
