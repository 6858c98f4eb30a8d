import base64
import hashlib
import secrets
from collections.abc import Sequence

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from tests.support.signers import Cosigner, Signer

from cairndesk.custody.errors import LogBroken, TextInLog
from cairndesk.custody.ledger import note, proof_file, proofs
from cairndesk.custody.ledger.check import Row, check
from cairndesk.custody.ledger.entry import Entry, Vocabulary, canonical, commit, decode, detail_bytes, encode
from cairndesk.custody.ledger.proof_file import ProofFile
from cairndesk.custody.ledger.tree import EMPTY_ROOT, Frontier, leaf_hash

# The test inputs and roots of the reference implementation of Certificate Transparency (RFC 6962).
LEAVES = [bytes.fromhex(h) for h in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
WORDS = Vocabulary(types=frozenset({"room.thing.done"}), proofs=frozenset({"passkey"}))
hashes = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=70)


def grown(leaves: Sequence[bytes]) -> Frontier:
    frontier = Frontier()
    for leaf in leaves:
        frontier = frontier.append(leaf)
    return frontier


def an_entry(index: int = 0) -> Entry:
    return Entry(index, 1_772_000_000 + index, "room.thing.done", b"\1" * 32, b"\2" * 32, 1, "passkey", secrets.token_bytes(32))


@pytest.mark.req("EVD-19")
@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_those_of_the_published_vectors(size: int) -> None:
    wanted = ROOTS[size - 1] if size else hashlib.sha256(b"").hexdigest()
    assert grown([leaf_hash(leaf) for leaf in LEAVES[:size]]).root().hex() == wanted
    assert proofs.root_of([leaf_hash(leaf) for leaf in LEAVES[:size]]).hex() == wanted


def test_the_inclusion_proof_is_that_of_the_published_vectors() -> None:
    assert [step.hex() for step in proofs.inclusion([leaf_hash(leaf) for leaf in LEAVES], 0)] == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]


@given(hashes)
def test_appending_and_the_definition_give_the_same_root(leaves: list[bytes]) -> None:
    assert grown(leaves).root() == proofs.root_of(leaves)


@pytest.mark.slow
@given(hashes, st.data())
def test_every_inclusion_proof_holds_and_none_holds_elsewhere(leaves: list[bytes], data: st.DataObject) -> None:
    index, root = data.draw(st.integers(0, len(leaves) - 1)), proofs.root_of(leaves)
    proof = proofs.inclusion(leaves, index)
    asked = {"leaf": leaves[index], "size": len(leaves), "root": root}
    assert proofs.verify_inclusion(**asked, index=index, proof=proof)
    assert not proofs.verify_inclusion(**{**asked, "leaf": bytes(32)}, index=index, proof=proof) or leaves[index] == bytes(32)
    assert not proofs.verify_inclusion(**asked, index=index, proof=[*proof, bytes(32)])
    assert not proof or not proofs.verify_inclusion(**asked, index=index, proof=proof[:-1])
    assert not proofs.verify_inclusion(**asked, index=len(leaves), proof=proof)


@given(hashes)
def test_proofs_made_together_are_those_made_one_by_one(leaves: list[bytes]) -> None:
    everything = range(len(leaves))
    assert proofs.inclusions(leaves, everything) == {index: proofs.inclusion(leaves, index) for index in everything}


@given(hashes, st.data())
def test_every_consistency_proof_holds_and_none_for_another_past(leaves: list[bytes], data: st.DataObject) -> None:
    earlier = data.draw(st.integers(1, len(leaves)))
    asked = {"earlier": earlier, "size": len(leaves), "root": proofs.root_of(leaves), "proof": proofs.consistency(leaves, earlier)}
    assert proofs.verify_consistency(earlier_root=proofs.root_of(leaves[:earlier]), **asked)
    assert not proofs.verify_consistency(earlier_root=leaf_hash(b"another past"), **asked)


@pytest.mark.parametrize("earlier", [0, 3])
def test_it_refuses_a_consistency_proof_from_nothing_or_from_the_future(earlier: int) -> None:
    with pytest.raises(ValueError, match="consistent"):
        proofs.consistency([bytes(32)] * 2, earlier)
    assert not proofs.verify_consistency(earlier=earlier, earlier_root=EMPTY_ROOT, size=2, root=EMPTY_ROOT, proof=[])


def test_it_refuses_a_proof_for_an_entry_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="no such entry"):
        proofs.inclusion([bytes(32)], 1)


def test_a_frontier_survives_storage_and_refuses_another_size() -> None:
    frontier = grown([bytes([n]) * 32 for n in range(11)])
    assert Frontier.from_bytes(11, frontier.to_bytes()) == frontier
    for size, data in ((10, frontier.to_bytes()), (11, frontier.to_bytes()[:-1])):
        with pytest.raises(ValueError, match="frontier"):
            Frontier.from_bytes(size, data)


@given(st.lists(st.binary(max_size=40), max_size=70))
def test_the_checker_and_the_appender_agree_without_sharing_code(data: list[bytes]) -> None:
    leaves = [encode(an_entry(index), WORDS) for index, _ in enumerate(data)]
    frontier = grown([leaf_hash(leaf) for leaf in leaves])
    report = check([Row(i, leaf) for i, leaf in enumerate(leaves)], [], head=(frontier.size, frontier.root()))
    assert (report.ok, report.root, report.size) == (True, frontier.root().hex(), len(data))


def test_an_entry_survives_encoding() -> None:
    entry = an_entry(5)
    assert decode(encode(entry, WORDS)) == entry


@pytest.mark.req("EVD-19")
@pytest.mark.parametrize(
    "broken",
    [
        {"type": "she told me on Monday"},
        {"proof": "by phone"},
        {"subject": b"a name"},
        {"detail": b""},
        {"time": -1},
        {"time": 1.5},
        {"policy": True},
        {"index": 2**53},
    ],
)
def test_an_entry_has_no_field_that_takes_words(broken: dict[str, object]) -> None:
    fields = {name: getattr(an_entry(), name) for name in Entry.__dataclass_fields__}
    with pytest.raises(TextInLog):
        encode(Entry(**{**fields, **broken}), WORDS)


@pytest.mark.parametrize("detail", [{"Note": 1}, {"a b": 1}, {"n": 2**53}, {"n": "two words"}, {"n": "x.example"}])
def test_a_detail_takes_codes_and_numbers_only(detail: dict[str, str | int]) -> None:
    with pytest.raises(TextInLog):
        detail_bytes(detail)


def test_details_are_the_same_bytes_in_any_order() -> None:
    assert detail_bytes({"b": 1, "a": "queued"}) == detail_bytes({"a": "queued", "b": 1}) == b'{"a":"queued","b":1}'


def test_a_commitment_tells_nothing_without_its_salt() -> None:
    one, two = (commit(secrets.token_bytes(32), "subj", b"same") for _ in range(2))
    assert one != two
    assert len(one) == 32


@pytest.mark.parametrize(("before", "after"), [(b'"v":1', b'"v":2'), (b"{", b" {"), (b"}", b""), (b'"i":0', b'"i":0,"x":1'), (b"{", b"\xff{")])
def test_it_refuses_an_entry_that_the_log_would_not_have_written(before: bytes, after: bytes) -> None:
    with pytest.raises(LogBroken):
        decode(encode(an_entry(), WORDS).replace(before, after))


def test_a_checkpoint_is_a_signed_note_that_opens_with_its_key() -> None:
    signer = Signer()
    text = signer.note(7, bytes(32))
    assert text.startswith("log.example\n7\n" + "A" * 43 + "=\n\n\u2014 log.example ")
    assert note.open_note(text, signer.name, signer.public) == note.Head("log.example", 7, bytes(32))
    assert note.read_verifier_key(note.verifier_key(signer.name, signer.public)) == (signer.name, signer.public)


def test_the_key_hash_is_that_of_the_signed_note_specification() -> None:
    # The example key of the Go package golang.org/x/mod/sumdb/note, which C2SP took over.
    text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    name, public = note.read_verifier_key(text)
    assert note.verifier_key(name, public) == text


@pytest.mark.req("EVD-19")
@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.replace("\n7\n", "\n8\n"),
        lambda t: t.replace("\n7\n", "\n07\n"),
        lambda t: t.replace("AAAA", "BBBB", 1),
        lambda t: t.replace("log.example\n", "dog.example\n", 1),
        lambda t: t.replace("\u2014 log.example", "\u2014 dog.example"),
        lambda t: t.partition("\n\n")[0] + "\n\n",
        lambda t: t + "no signature\n",
        lambda t: t[:20],
        lambda t: t[:0],
    ],
)
def test_it_refuses_a_checkpoint_that_was_touched(change: object) -> None:
    signer = Signer()
    with pytest.raises(LogBroken):
        note.open_note(change(signer.note(7, bytes(32))), signer.name, signer.public)  # type: ignore[operator]


def test_it_refuses_the_checkpoint_of_another_key_under_the_same_name() -> None:
    with pytest.raises(LogBroken):
        note.open_note(Signer().note(7, bytes(32)), "log.example", Signer().public)


@pytest.mark.parametrize("text", ["", "a+b+c", "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"])
def test_it_refuses_a_verifier_key_that_does_not_hold_together(text: str) -> None:
    with pytest.raises(LogBroken):
        note.read_verifier_key(text)


@pytest.mark.req("EVD-19")
def test_a_cosignature_is_read_with_its_time_and_those_of_others_are_left_out() -> None:
    signer, one, two = Signer(), Cosigner(), Cosigner("witness.example/w2")
    text = signer.note(7, bytes(32))
    cosigned = text + two.line(text, 5) + one.line(text, 1679315147) + one.line(text, 1679315000)
    assert note.open_note(cosigned, signer.name, signer.public).size == 7
    assert note.cosigned_at(cosigned, *note.read_witness_key(one.verifier)) == 1679315147
    assert note.cosigned_at(text, one.name, one.public) is None
    assert note.cosigned_at(cosigned, one.name, two.public) is None


def test_neither_key_passes_for_the_other_kind() -> None:
    with pytest.raises(LogBroken):
        note.read_witness_key(Signer().verifier)
    with pytest.raises(LogBroken):
        note.read_verifier_key(Cosigner().verifier)


@pytest.mark.req("EVD-19")
def test_a_cosignature_of_another_checkpoint_another_time_or_another_length_is_refused() -> None:
    signer, witness = Signer(), Cosigner()
    text = signer.note(7, bytes(32))
    coded = base64.b64decode(witness.line(text, 9).split()[2])
    for false in (witness.line(signer.note(8, bytes(32)), 9), *(again(witness, one) for one in (coded[:11] + b"\x0a" + coded[12:], coded[:-1]))):
        with pytest.raises(LogBroken):
            note.cosigned_at(text + false, witness.name, witness.public)


def again(witness: Cosigner, blob: bytes) -> str:
    return f"\u2014 {witness.name} {base64.b64encode(blob).decode()}\n"


@given(hashes, st.data())
def test_a_proof_file_survives_being_written_and_proves_its_own_entry_only(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    head = note.Head("log.example", len(leaves), proofs.root_of(leaves))
    text = ProofFile(index, proofs.inclusion(leaves, index), head.body() + "\n\u2014 log.example AAAAAA==\n").text()
    assert text.startswith(f"c2sp.org/tlog-proof@v1\nindex {index}\n")
    for form in (text, text.replace("\n", "\nextra AAAA\n", 1)):
        held = proof_file.read(form)
        assert held.text() == text
        assert held.proves(leaves[index], note.read(held.checkpoint))
        assert not held.proves(leaf_hash(b"another"), note.read(held.checkpoint))


@pytest.mark.parametrize(
    "text", ["", "c2sp.org/tlog-proof@v2\nindex 1\n\n", "c2sp.org/tlog-proof@v1\nindex 01\n\n", "c2sp.org/tlog-proof@v1\nindex 1\nAAAA\n\nx"]
)
def test_it_refuses_a_file_that_is_no_proof(text: str) -> None:
    with pytest.raises(LogBroken):
        proof_file.read(text)


_CODES = st.text("abcXYZ019_:-", max_size=64)


@pytest.mark.slow
@given(st.dictionaries(st.text("abc_9", min_size=1, max_size=40), _CODES | st.integers(-(2**53) + 1, 2**53 - 1) | st.lists(_CODES, max_size=2)))
def test_what_the_log_can_hold_is_written_as_the_standard_for_canonical_json_says(held: dict) -> None:
    assert canonical(held) == rfc8785.dumps(held)
