"""A made-up case with a real log behind it: entries as the log writes them, a tree, a signed checkpoint, a witness and a time stamp."""

import base64
import hashlib
import random
import struct
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from uuid import UUID

import rfc3161_client as tsp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.support.stamping import StampingAuthority

from cairndesk.custody.ledger import entry as entries
from cairndesk.custody.ledger import note, proofs
from cairndesk.custody.ledger.proof_file import ProofFile
from cairndesk.custody.ledger.tree import leaf_hash
from cairndesk.exchange.formats import casefile, package, proof
from cairndesk.exchange.formats.report.page import Anchor
from cairndesk.lib.unknowns import Unknown

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NAME = "3b0f8f8e-2f8e-4c39-9f1e-5f5a0d9b7c11"
PORTAL, ANA, DOOR = str(UUID(int=0)), "6d8c3b7e-95b5-4f0c-8b43-3f5a7f0d2a11", "0b6f7c52-6f0a-4f4e-9a57-0c5d5b1c7e21"
# Event, what it is about, who, by which proof, detail.
ACTS = (
    ("cases.case.opened", "case", PORTAL, "system", {}),
    ("cases.item.added", "item-1", ANA, "passkey", {}),
    ("custody.object.sealed", "item-2", DOOR, "api", {"purpose": "original"}),
    ("signals.item.matched", "item-2", PORTAL, "system", {"exact": 1}),
    ("custody.object.opened", "item-2", ANA, "passkey", {"purpose": "original"}),
    ("cases.item.amended", "item-2", ANA, "passkey", {}),
    ("cases.stage.changed", "case", ANA, "passkey", {"before": "reviewing", "after": "classified"}),
    ("response.package.built", "case", ANA, "passkey", {"names": 0}),
)
SUBJECTS = {name: UUID(int=number) for number, name in enumerate(("case", "item-1", "item-2"), start=0xA0)}


@dataclass(frozen=True)
class Keys:
    """The private halves: of the desk's packages, of its log, of a witness."""

    export: Ed25519PrivateKey
    log: Ed25519PrivateKey
    witness: Ed25519PrivateKey


def keys(seed: int) -> Keys:
    return Keys(*(Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"{seed} {part}".encode()).digest()) for part in ("export", "log", "witness")))


def a_case(name: str = NAME) -> casefile.CaseFile:
    return casefile.CaseFile(
        package=UUID(name),
        made_at=NOW,
        organisation="Cairn Desk One",
        recipient="Sample authority",
        legal_basis="sample agreement 1",
        purpose="to protect a child",
        case="ABCD-2345",
        opened_at=NOW,
        urgency=["a deadline was set"],
        harms=[casefile.Term("H-1", "sexual extortion", "a demand under threat", "1")],
        accounts=[casefile.Account(1, NOW, "child", "portal", "en", {"happening": "someone asks for money & <more>"})],
        people=[
            casefile.Person("p1", "child", "yes", Unknown.DECLINED, Unknown.NOT_ASKED, Unknown.NOT_APPLICABLE, "XX", {}),
            casefile.Person("p2", "person of concern", Unknown.UNKNOWN, Unknown.UNKNOWN, Unknown.UNKNOWN, "known only online", Unknown.UNKNOWN, {}),
        ],
        items=[
            casefile.Item("item-1", "Account", "https://chat.example/u/1", {}, [casefile.Sighting("https://chat.example/u/1", NOW)], {}),
            casefile.Item("item-2", "Media by hash", "ab" * 32, {"sha256": "ab" * 32, "md5": "cd" * 16, "pdq": "ef" * 32}, [], {}),
        ],
        details=[casefile.Detail("threat", {"demand": "money"}, NOW), casefile.Detail("place", {"country": Unknown.UNKNOWN})],
        findings=[casefile.Finding("Sample A", "report", "sample, not legal advice", "2026-11-23")],
        timeline=[casefile.Step(NOW, "received")],
        caveats=["Times from the public form are known to the hour."],
    )


@cache
def contents(
    seed: int = 1, *, others: int = 30, stamp: bool = False, witness: bool = True, name: str = NAME, hides: frozenset[int] = frozenset()
) -> package.Contents:
    """The whole package of one case, its entries lying between `others` of other cases; everything follows from `seed`.

    Of our entries those whose places are in `hides` (from 0, in the order of the log) are withheld.
    """
    made, chance = keys(seed), random.Random(seed)  # noqa: S311 - the same package for the same seed
    # The package is made by the last of its entries, which is the last of the log.
    places = [*sorted(chance.sample(range(others + len(ACTS) - 1), len(ACTS) - 1)), others + len(ACTS) - 1]
    opened, leaves, last = [], [], dict[bytes, int]()
    theirs = [entries.subject_bytes(name.partition("-")[0], thing) for name, thing in SUBJECTS.items()]
    for index in range(others + len(ACTS)):
        ours = index in places
        event, about, who, by, detail = ACTS[places.index(index)] if ours else ("cases.item.opened", "case", ANA, "passkey", {})
        subject = entries.subject_bytes(about.partition("-")[0], SUBJECTS[about] if ours else UUID(int=index))
        before = {entries.PREVIOUS: last[subject]} if subject in last else {}
        ends = {entries.LASTS: entries.lasts({one: last[one] for one in theirs if one in last})} if index == places[-1] else {}
        last[subject] = index
        values = {"subj": subject, "actor": who.encode(), "d": entries.detail_bytes(detail | before | ends)}
        salt = chance.randbytes(32)
        leaf = _leaf(index, event, by, salt, values)
        leaves.append(leaf)
        if ours:
            shown = {field: proof.Opened(entries.field_key(salt, field), value) for field, value in values.items()}
            opened.append(proof.Entry(index, leaf, shown, about, to_hour=by == "system"))
    whole = _proven(made, opened, leaves, stamp=stamp, name=name)
    told = [proof.Withheld(one.index, leaf_hash(one.leaf), one.about) if places.index(one.index) in hides else one for one in opened]
    whole = replace(whole, entries=told[::-1]) if hides else whole
    return whole if witness else _alone(whole, leaves)


def sign(seed: int = 1) -> Callable[[bytes], bytes]:
    return keys(seed).export.sign


def _leaf(index: int, event: str, by: str, salt: bytes, values: dict[str, bytes]) -> bytes:
    held = {field: entries.commit(salt, field, value) for field, value in values.items()}
    time = int((NOW - timedelta(hours=5) + timedelta(seconds=61 * index)).timestamp())
    made = entries.Entry(index, time, event, held["subj"], held["actor"], 1, by, held["d"])
    return entries.encode(made, entries.Vocabulary(frozenset({event}), frozenset({by})))


def _proven(made: Keys, opened: Sequence[proof.Entry], leaves: Sequence[bytes], *, stamp: bool, name: str) -> package.Contents:
    """The witness cosigned the log a few entries ago; what came since leads to the newest checkpoint, which begins with that one."""
    hashes, public = [leaf_hash(one) for one in leaves], made.log.public_key().public_bytes_raw()
    seen = opened[-2].index + 1
    newest, older = (_checkpoint(made, hashes[:size]) for size in (len(hashes), seen))
    older = cosign(made.witness, older, NOW - timedelta(minutes=10))
    inclusions = [
        ProofFile(one.index, proofs.inclusion(hashes[: seen if one.index < seen else None], one.index), older if one.index < seen else newest)
        for one in opened
    ]
    witness = witness_key(made.witness)
    stamps = [_stamp(seen, older.partition("\n\n")[0] + "\n\n" + _own_line(older))] if stamp else []
    return package.Contents(
        case=a_case(name),
        entries=list(reversed(opened)),
        inclusions=inclusions,
        export_key=made.export.public_key().public_bytes_raw(),
        log_key=public,
        verifier=note.verifier_key(note.origin_of(public), public),
        checkpoint=newest,
        kinds={"item-1": "account", "item-2": "media"},
        consistencies=[proof.Consistency(seen, proofs.consistency(hashes, seen), newest)],
        stamps=stamps,
        witnesses=[witness],
        anchors=[Anchor("Cosigned by a witness", "witness.example/w1", seen, NOW - timedelta(minutes=10))],
    )


def _alone(whole: package.Contents, leaves: Sequence[bytes]) -> package.Contents:
    """The same of a desk whose log nobody else has seen."""
    hashes = [leaf_hash(one) for one in leaves]
    inclusions = [ProofFile(one.index, proofs.inclusion(hashes, one.index), whole.checkpoint) for one in whole.entries]
    return replace(whole, inclusions=inclusions, consistencies=[], stamps=[], witnesses=[], anchors=[])


def _own_line(checkpoint: str) -> str:
    """The signature of the log alone: an authority is asked before any witness."""
    return next(line for line in checkpoint.partition("\n\n")[2].splitlines(keepends=True) if " cairndesk/" in line)


@cache
def authority() -> StampingAuthority:
    return StampingAuthority(Path(tempfile.mkdtemp()) / "authority")


def stamp_over(data: bytes) -> bytes:
    """The reply of the authority over `data`."""
    return authority().reply(tsp.TimestampRequestBuilder().data(data).hash_algorithm(tsp.HashAlgorithm.SHA256).build().as_bytes())


def _stamp(size: int, checkpoint: str) -> proof.Stamp:
    return proof.Stamp(size, checkpoint, stamp_over(checkpoint.encode()), authority().roots.read_text())


def _checkpoint(made: Keys, hashes: Sequence[bytes]) -> str:
    public = made.log.public_key().public_bytes_raw()
    return note.sign(note.Head(note.origin_of(public), len(hashes), proofs.root_of(hashes)), public, made.log.sign)


def cosign(witness: Ed25519PrivateKey, checkpoint: str, at: datetime, name: str = "witness.example/w1") -> str:
    """`checkpoint` with one more line (C2SP tlog-cosignature, Ed25519), straight from its text."""
    body, time = checkpoint.partition("\n\n")[0] + "\n", int(at.timestamp())
    signature = struct.pack(">Q", time) + witness.sign(f"cosignature/v1\ntime {time}\n{body}".encode())
    key = hashlib.sha256(name.encode() + b"\n\x04" + witness.public_key().public_bytes_raw()).digest()[:4]
    return f"{checkpoint}— {name} {base64.b64encode(key + signature).decode()}\n"


def witness_key(witness: Ed25519PrivateKey, name: str = "witness.example/w1") -> str:
    held = b"\x04" + witness.public_key().public_bytes_raw()
    key = hashlib.sha256(name.encode() + b"\n" + held).hexdigest()[:8]
    return f"{name}+{key}+{base64.b64encode(held).decode()}"
