"""What code that is not ours says of our log: Sigstore's client reads the signed notes and follows the proofs of RFC 6962."""

import base64
from types import SimpleNamespace

import pytest
from sigstore._internal.merkle import verify_merkle_inclusion
from sigstore._internal.rekor.checkpoint import SignedCheckpoint
from sigstore.errors import VerificationError
from tests.custody.test_ledger import WORDS, an_entry
from tests.support.signers import Cosigner, Signer

from cairndesk.custody.ledger import proof_file, proofs
from cairndesk.custody.ledger.entry import encode
from cairndesk.custody.ledger.proof_file import ProofFile
from cairndesk.custody.ledger.tree import leaf_hash

SIZES = (1, 2, 3, 7, 8, 100)


def takes(leaf: bytes, text: str) -> bool:
    """Whether Sigstore follows the proof in `text` from the entry `leaf` to the root that the note in it states."""
    above, _, note = text.partition("\n\n")
    _, index, *steps = above.split("\n")
    theirs = SignedCheckpoint.from_text(note)
    inclusion = SimpleNamespace(
        log_index=int(index.removeprefix("index ")),
        tree_size=theirs.checkpoint.log_size,
        root_hash=bytes.fromhex(theirs.checkpoint.log_hash),
        hashes=[base64.b64decode(step) for step in steps],
    )
    try:
        verify_merkle_inclusion(SimpleNamespace(_inner=SimpleNamespace(inclusion_proof=inclusion, canonicalized_body=leaf)))  # type: ignore[arg-type]
    except VerificationError:
        return False
    return True


@pytest.mark.req("EVD-19")
@pytest.mark.parametrize("size", SIZES)
def test_sigstore_takes_every_proof_of_every_entry_and_none_of_another(size: int) -> None:
    signer, witness = Signer(), Cosigner()
    leaves = [encode(an_entry(index), WORDS) for index in range(size)]
    hashes = [leaf_hash(leaf) for leaf in leaves]
    note = signer.note(size, proofs.root_of(hashes))
    cosigned = note + witness.line(note, 1_772_000_000)
    for index, leaf in enumerate(leaves):
        text = ProofFile(index, proofs.inclusion(hashes, index), cosigned).text()
        assert takes(leaf, text)
        assert size == 1 or not takes(leaves[index - 1], text)
        assert proof_file.read(text).index == index


def test_sigstore_reads_the_origin_the_size_and_both_signers_of_a_cosigned_checkpoint() -> None:
    signer, witness = Signer(), Cosigner()
    note = signer.note(9, bytes(32))
    theirs = SignedCheckpoint.from_text(note + witness.line(note, 1_772_000_000))
    assert (theirs.checkpoint.origin, theirs.checkpoint.log_size, theirs.checkpoint.log_hash) == (signer.name, 9, "00" * 32)
    assert [one.name for one in theirs.signed_note.signatures] == [signer.name, witness.name]
    signer.key.public_key().verify(base64.b64decode(theirs.signed_note.signatures[0].signature), theirs.signed_note.note.encode())
