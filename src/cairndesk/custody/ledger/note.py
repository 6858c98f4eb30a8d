"""Checkpoints as signed notes that anybody's tools can verify (C2SP signed-note, tlog-checkpoint and tlog-cosignature, Ed25519)."""

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from cairndesk.custody.errors import LogBroken
from cairndesk.custody.ledger.tree import HASH_LENGTH

_LOG, _WITNESS = b"\x01", b"\x04"
_SIGNATURE_LENGTH = 64
_SIGNATURE_LINE = re.compile("\u2014 ([^ +\n]+) ([A-Za-z0-9+/]+={0,2})")
_DECIMAL = re.compile("0|[1-9][0-9]{0,17}")
_BODY_LINES = 3


@dataclass(frozen=True, slots=True)
class Head:
    """What a checkpoint says: this log had `size` entries and this `root`."""

    origin: str
    size: int
    root: bytes

    def body(self) -> str:
        """The lines that are signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def key_hash(name: str, public: bytes, kind: bytes = _LOG) -> bytes:
    """The four bytes by which a note names the key that signed it."""
    return hashlib.sha256(name.encode() + b"\n" + kind + public).digest()[:4]


def verifier_key(name: str, public: bytes, kind: bytes = _LOG) -> str:
    """The key in the form that C2SP tools read: `name+hash+base64(type and key)`."""
    return f"{name}+{key_hash(name, public, kind).hex()}+{base64.b64encode(kind + public).decode()}"


def read_verifier_key(text: str) -> tuple[str, bytes]:
    """Name and public key (32 bytes) of the verifier key of a log; raises LogBroken when it does not hold together."""
    return _read_key(text, _LOG)


def read_witness_key(text: str) -> tuple[str, bytes]:
    """Name and public key (32 bytes) of the verifier key of a witness; raises LogBroken when it does not hold together."""
    return _read_key(text, _WITNESS)


def origin_of(public: bytes) -> str:
    """The name of the log whose signing key this is: the origin in its checkpoints."""
    return f"cairndesk/{hashlib.sha256(public).hexdigest()[:16]}"


def sign(head: Head, public: bytes, signer: Callable[[bytes], bytes]) -> str:
    """The signed note over `head`, signed under the name of its origin."""
    signature = key_hash(head.origin, public) + signer(head.body().encode())
    return f"{head.body()}\n\u2014 {head.origin} {base64.b64encode(signature).decode()}\n"


def read(note: str) -> Head:
    """What the note says, its signatures left unchecked; raises LogBroken when it is no checkpoint."""
    body, _, _ = note.partition("\n\n")
    lines = body.split("\n")
    root = decoded(lines[2]) if len(lines) == _BODY_LINES else b""
    if not lines[0] or len(root) != HASH_LENGTH or not _DECIMAL.fullmatch(lines[1]):
        raise LogBroken("The checkpoint cannot be read.")
    return Head(lines[0], int(lines[1]), root)


def open_note(note: str, name: str, public: bytes) -> Head:
    """What the note says, once the key `name` has signed it; raises LogBroken when it has not."""
    head, signatures = read(note), _signatures(note, name, key_hash(name, public))
    for signature in signatures:
        _verify(public, signature, head.body().encode())
    if not signatures:
        raise LogBroken("The checkpoint is not signed by the key of this log.")
    return head


def cosigned_at(note: str, name: str, public: bytes) -> int | None:
    """When the witness `name` last cosigned `note`, in seconds since 1970 by its own clock; None where it has not.

    Raises LogBroken for a line that is said to be of this witness and is not.
    """
    body, times = read(note).body(), []
    for cosignature in _signatures(note, name, key_hash(name, public, _WITNESS)):
        if len(cosignature) != 8 + _SIGNATURE_LENGTH:
            raise LogBroken("A cosignature has another length than the standard says.")
        at = int.from_bytes(cosignature[:8])
        _verify(public, cosignature[8:], f"cosignature/v1\ntime {at}\n{body}".encode())
        times.append(at)
    return max(times, default=None)


def _read_key(text: str, kind: bytes) -> tuple[str, bytes]:
    name, _, rest = text.strip().partition("+")
    stated, _, coded = rest.partition("+")
    held = decoded(coded)
    public = held[1:]
    if held[:1] != kind or len(public) != HASH_LENGTH or stated != key_hash(name, public, kind).hex():
        raise LogBroken("The verifier key cannot be read.")
    return name, public


def _signatures(note: str, name: str, key: bytes) -> list[bytes]:
    """The signatures of the key `name` with the hash `key`, without that hash; those of others are left out."""
    _, _, tail = note.partition("\n\n")
    *lines, end = tail.split("\n")
    if end:
        raise LogBroken("The checkpoint does not end with a line.")
    found = []
    for line in lines:
        match = _SIGNATURE_LINE.fullmatch(line)
        if match is None:
            raise LogBroken("The checkpoint carries a line that is no signature.")
        signature = decoded(match[2])
        if match[1] == name and signature[:4] == key:
            found.append(signature[4:])
    return found


def decoded(text: str) -> bytes:
    """The bytes in base64; only the one spelling is taken, since its spare bits could be changed unseen. Raises LogBroken."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise LogBroken("The base64 cannot be read.") from error
    if base64.b64encode(data).decode() != text:
        raise LogBroken("The base64 is spelt in another way than the log spells it.")
    return data


def _verify(public: bytes, signature: bytes, body: bytes) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, body)
    except InvalidSignature as error:
        raise LogBroken("The signature of a checkpoint is wrong.") from error
