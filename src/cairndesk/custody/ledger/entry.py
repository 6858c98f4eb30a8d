"""One entry of the log: enumerations, whole numbers and fixed-length commitments, in canonical JSON (RFC 8785).

There is no field that could hold words. What an entry is about is committed to under a random salt; whoever holds the
salt can show it, and when the salt is erased nobody can.
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from cairndesk.custody.errors import LogBroken, TextInLog

VERSION = 1
SALT_LENGTH = 32
HASH_LENGTH = 32
# The detail by which an entry names the one before it about the same thing: committed to, so that nobody can number them anew.
PREVIOUS = "previous"
# The detail by which an entry says where the history of each thing ended when it was written, so that nobody can cut an end off.
LASTS = "lasts"
_KEYS = frozenset({"v", "i", "t", "type", "subj", "actor", "authz", "d"})
_COMMITMENT = re.compile(r"[0-9a-f]{64}")
_DETAIL_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
# A code: no blank, no dot, no at, no slash, so neither words nor an address nor a link pass for one.
_CODE = re.compile(r"[A-Za-z0-9_:-]{0,64}")
_LONG_HEX = re.compile(r"[0-9A-Fa-f]{24,}")
_GREATEST = 2**53 - 1


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The closed lists an entry may draw on."""

    types: frozenset[str]
    proofs: frozenset[str]


@dataclass(frozen=True, slots=True)
class Entry:
    """What the log keeps of one act. `time` is in whole seconds since 1970 (UTC); the three commitments have 32 bytes."""

    index: int
    time: int
    type: str
    subject: bytes
    actor: bytes
    policy: int
    proof: str
    detail: bytes


def commit(salt: bytes, field: str, value: bytes) -> bytes:
    """A commitment to `value`. Each field has a key of its own, so that one can be opened without the others."""
    return hmac.digest(field_key(salt, field), value, hashlib.sha256)


def field_key(salt: bytes, field: str) -> bytes:
    """What to hand over to open one field of one entry, and no other."""
    return hmac.digest(salt, b"cairndesk/log/v1\0" + field.encode("ascii"), hashlib.sha256)


def subject_bytes(kind: str, subject: UUID) -> bytes:
    """What the subject commitment is made over."""
    return kind.encode("ascii") + b"\0" + subject.bytes


def lasts(last: Mapping[bytes, int]) -> str:
    """43 characters that commit to which entry is the last about each thing (by its subject bytes).

    SHA-256, in base64url without its filling, over one line for each: the subject in base64, a blank, the number; in the order of their bytes.
    """
    lines = sorted(b"%s %d\n" % (base64.b64encode(subject), index) for subject, index in last.items())
    return base64.urlsafe_b64encode(hashlib.sha256(b"".join(lines)).digest()).decode().rstrip("=")


def detail_bytes(detail: Mapping[str, str | int]) -> bytes:
    """What the detail commitment is made over; raises TextInLog for anything but codes and whole numbers."""
    for key, value in detail.items():
        if not _DETAIL_KEY.fullmatch(key):
            raise TextInLog("A detail has no plain name.")
        if isinstance(value, int):
            if abs(value) > _GREATEST:
                raise TextInLog(f"The number in `{key}` is too large to be a count.")
        elif not _CODE.fullmatch(value) or _LONG_HEX.search(value):
            raise TextInLog(f"The detail `{key}` is no code.")
    return canonical(dict(detail))


def canonical(held: Mapping[str, object]) -> bytes:
    """RFC 8785 for what a log can hold: names and codes in ASCII, and whole numbers. A test compares it with a library for all of JSON."""
    return json.dumps(held, sort_keys=True, separators=(",", ":")).encode("ascii")


def encode(entry: Entry, vocabulary: Vocabulary) -> bytes:
    """The bytes that are hashed and kept; raises TextInLog for a value outside the vocabulary or of another shape."""
    if entry.type not in vocabulary.types or entry.proof not in vocabulary.proofs:
        raise TextInLog("The event or the proof is not in the vocabulary of the log.")
    if any(len(commitment) != HASH_LENGTH for commitment in (entry.subject, entry.actor, entry.detail)):
        raise TextInLog("A commitment is not 32 bytes long.")
    if any(type(number) is not int or not 0 <= number <= _GREATEST for number in (entry.index, entry.time, entry.policy)):
        raise TextInLog("Index, time and policy are whole numbers from 0.")
    return canonical(
        {
            "v": VERSION,
            "i": entry.index,
            "t": entry.time,
            "type": str(entry.type),
            "subj": entry.subject.hex(),
            "actor": entry.actor.hex(),
            "authz": [entry.policy, str(entry.proof)],
            "d": entry.detail.hex(),
        }
    )


def decode(data: bytes) -> Entry:
    """The entry in `data`; raises LogBroken unless it is exactly what `encode` writes."""
    try:
        held = json.loads(data)
        if set(held) != _KEYS or held["v"] != VERSION or not all(_COMMITMENT.fullmatch(held[k]) for k in ("subj", "actor", "d")):
            raise LogBroken("An entry has another shape than the log writes.")
        policy, proof = held["authz"]
        entry = Entry(
            index=held["i"],
            time=held["t"],
            type=held["type"],
            subject=bytes.fromhex(held["subj"]),
            actor=bytes.fromhex(held["actor"]),
            policy=policy,
            proof=proof,
            detail=bytes.fromhex(held["d"]),
        )
        same = encode(entry, Vocabulary(frozenset({entry.type}), frozenset({entry.proof}))) == data
    except (ValueError, TypeError, KeyError, TextInLog) as error:
        raise LogBroken("An entry cannot be read.") from error
    if not same:
        raise LogBroken("An entry is not in canonical form.")
    return entry
