"""What a witness reads and writes: checkpoints as signed notes, and its own cosignatures (C2SP signed-note and tlog-cosignature)."""

import base64
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

LOG, WITNESS = b"\x01", b"\x04"


class Unreadable(Exception):
    """What was sent has another form than the standards say; the words say which."""


@dataclass(frozen=True, slots=True)
class Key:
    """The name and the public key of whoever signs; `kind` is that of a log or of a witness."""

    name: str
    public: bytes
    kind: bytes = LOG

    @property
    def mark(self) -> bytes:
        """The four bytes by which a note names this key."""
        return hashlib.sha256(self.name.encode() + b"\n" + self.kind + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.mark.hex()}+{base64.b64encode(self.kind + self.public).decode()}"

    @classmethod
    def read(cls, text: str) -> "Key":
        """The key that is written as `name+hash+base64`; raises Unreadable."""
        name, _, rest = text.strip().partition("+")
        _, _, coded = rest.partition("+")
        held = decoded(coded)
        key = cls(name, held[1:], held[:1])
        if len(key.public) != 32 or not name or str(key) != text.strip():
            raise Unreadable("it is no verifier key (name+hash+key)")
        return key


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed note: whose log it speaks of, its size and root, and the lines of signatures under it."""

    body: str
    origin: str
    size: int
    root: bytes
    lines: tuple[str, ...]

    @classmethod
    def read(cls, text: str) -> "Checkpoint":
        """The checkpoint in `text`, its signatures left unchecked; raises Unreadable."""
        body, _, tail = text.partition("\n\n")
        origin, *rest = body.split("\n")
        if not origin or len(rest) < 2 or not text.endswith("\n"):
            raise Unreadable("no checkpoint")
        root = decoded(rest[1])
        if len(root) != 32:
            raise Unreadable("the root is no hash")
        return cls(f"{body}\n", origin, number(rest[0]), root, tuple(tail.removesuffix("\n").split("\n")))

    def signed_by(self, key: Key) -> str | None:
        """The line by which `key` has signed it; None where there is none that holds."""
        for line in self.lines:
            name, blob = _parts(line)
            if name == key.name and blob[:4] == key.mark and _holds(key, blob[4:], self.body):
                return line
        return None


def cosign(checkpoint: Checkpoint, key: Key, private: Ed25519PrivateKey, at: int) -> str:
    """The line by which the witness `key` says that, `at` seconds since 1970, this was the longest log of that origin it knew."""
    signature = private.sign(f"cosignature/v1\ntime {at}\n{checkpoint.body}".encode())
    return f"\u2014 {key.name} {base64.b64encode(key.mark + at.to_bytes(8) + signature).decode()}\n"


def number(text: str) -> int:
    """A size as the standards write it: decimal, without leading zeros; raises Unreadable."""
    if not (text.isascii() and text.isdecimal()) or len(text) > 18 or (text[0] == "0" and text != "0"):
        raise Unreadable("a size that is no plain number")
    return int(text)


def decoded(text: str) -> bytes:
    """The bytes in base64; raises Unreadable."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Unreadable("no base64") from error


def _parts(line: str) -> tuple[str, bytes]:
    dash, _, rest = line.partition(" ")
    name, _, coded = rest.rpartition(" ")
    if dash != "\u2014" or not name:
        raise Unreadable("a line that is no signature")
    return name, decoded(coded)


def _holds(key: Key, signature: bytes, body: str) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, body.encode())
    except InvalidSignature:
        return False
    return True
