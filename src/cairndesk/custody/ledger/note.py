"""Checkpoints as signed notes (C2SP tlog-checkpoint and signed-note): a root that anybody's tools can verify."""

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from cairndesk.custody.errors import LogBroken
from cairndesk.custody.ledger.tree import HASH_LENGTH

_ED25519 = b"\x01"
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


def key_hash(name: str, public: bytes) -> bytes:
    """The four bytes by which a note names the key that signed it (C2SP signed-note, Ed25519)."""
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]


def verifier_key(name: str, public: bytes) -> str:
    """The key in the form that C2SP tools read: `name+hash+base64(type and key)`."""
    return f"{name}+{key_hash(name, public).hex()}+{base64.b64encode(_ED25519 + public).decode()}"


def read_verifier_key(text: str) -> tuple[str, bytes]:
    """Name and public key (32 bytes) of a verifier key; raises LogBroken when it does not hold together."""
    name, _, rest = text.strip().partition("+")
    stated, _, coded = rest.partition("+")
    decoded = _decoded(coded)
    public = decoded[1:]
    if decoded[:1] != _ED25519 or len(public) != HASH_LENGTH or stated != key_hash(name, public).hex():
        raise LogBroken("The verifier key cannot be read.")
    return name, public


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
    root = _decoded(lines[2]) if len(lines) == _BODY_LINES else b""
    if not lines[0] or len(root) != HASH_LENGTH or not _DECIMAL.fullmatch(lines[1]):
        raise LogBroken("The checkpoint cannot be read.")
    return Head(lines[0], int(lines[1]), root)


def open_note(note: str, name: str, public: bytes) -> Head:
    """What the note says, once the key `name` has signed it; raises LogBroken when it has not."""
    head, signed = read(note), False
    body, _, tail = note.partition("\n\n")
    for line in tail.splitlines():
        match = _SIGNATURE_LINE.fullmatch(line)
        if match is None:
            raise LogBroken("The checkpoint carries a line that is no signature.")
        signature = _decoded(match[2])
        if match[1] == name and signature[:4] == key_hash(name, public):
            _verify(public, signature[4:], f"{body}\n".encode())
            signed = True
    if not signed:
        raise LogBroken("The checkpoint is not signed by the key of this log.")
    return head


def _decoded(text: str) -> bytes:
    """The bytes in base64; only the one spelling is taken, since its spare bits could be changed unseen."""
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
