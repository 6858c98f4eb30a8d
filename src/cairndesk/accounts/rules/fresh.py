"""A fresh proof: somebody confirmed, moments ago and with their own key, exactly what is about to happen."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from cairndesk.accounts import errors
from cairndesk.accounts.rules.people import Actor, Proof

# Between the touch of the key and the act lies one request, never a coffee break.
LIFE = timedelta(minutes=2)


@dataclass(frozen=True)
class FreshProof:
    """That the person behind `pseudonym` confirmed the act with this digest, at that time, by that kind of proof."""

    pseudonym: str
    digest: bytes
    proof: Proof
    at: datetime


def digest_of(act: str, /, **what: Any) -> bytes:
    """32 bytes over an act and everything that decides what it will do: ids, addresses, versions.

    Two acts that differ in any value have different digests; values are texts, numbers, ids, times, or lists and mappings of them.
    """
    coded = json.dumps([act, _plain(what)], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(b"cairndesk/act/v1\0" + coded.encode()).digest()


def require_fresh(proof: FreshProof | None, *, by: Actor, digest: bytes, now: datetime) -> None:
    """Return if `by` confirmed exactly this act just now; else raise FreshProofNeeded."""
    fits = proof is not None and proof.pseudonym == by.pseudonym and hmac.compare_digest(proof.digest, digest) and abs(now - proof.at) <= LIFE
    if not fits:
        raise errors.FreshProofNeeded


# Every type keeps a mark, so that "2026-01-01" and that day stay two things.
_MARKS: Mapping[type, Any] = {
    str: lambda value: f"s:{value}",
    UUID: lambda value: f"s:{value}",
    bytes: lambda value: f"b:{value.hex()}",
    date: lambda value: f"t:{value.isoformat()}",
}


def _plain(value: Any) -> Any:
    """`value` as JSON has it; raises TypeError for what has no settled form."""
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    if isinstance(value, (set, frozenset)):
        return sorted((_plain(inner) for inner in value), key=json.dumps)
    for kind, mark in _MARKS.items():
        if isinstance(value, kind):
            return mark(value)
    raise TypeError(f"a {type(value).__name__} has no settled form")
