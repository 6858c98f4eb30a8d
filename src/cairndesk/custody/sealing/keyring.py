"""All secrets of a desk in one object: intake pairs, the index key and the two signing keys."""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from cairndesk.custody.errors import KeyringUnreadable, UnknownKey
from cairndesk.custody.sealing import hpke
from cairndesk.custody.sealing.keys import Signing


class Keyring:
    """The secrets of a desk; implements `Keys`. Printing it shows no key."""

    def __init__(self, *, intake: dict[UUID, list[bytes]], index: bytes, signing: dict[str, bytes]) -> None:
        """`intake`: private keys per organisation, the newest last; `signing`: Ed25519 seeds by purpose."""
        self._intake = {organisation: [hpke.Opener(key) for key in keys] for organisation, keys in intake.items()}
        self._index = index
        self._signing = signing

    @classmethod
    def create(cls, organisations: Iterable[UUID] = ()) -> "Keyring":
        """A new ring with fresh keys for `organisations`; nothing is saved yet."""
        ring = cls(intake={}, index=secrets.token_bytes(32), signing={p: secrets.token_bytes(32) for p in Signing})
        for organisation in organisations:
            ring.add_organisation(organisation)
        return ring

    def add_organisation(self, organisation: UUID) -> bytes:
        """Give `organisation` a fresh intake pair and return its public key; older pairs still open what they sealed."""
        opener = hpke.Opener(hpke.generate()[0])
        self._intake.setdefault(organisation, []).append(opener)
        return opener.public

    @property
    def organisations(self) -> frozenset[UUID]:
        """The organisations that have a key here."""
        return frozenset(self._intake)

    def intake_public(self, organisation: UUID) -> bytes:
        """The newest public key of `organisation` (32 bytes); raises UnknownKey when it has none."""
        return self._pairs(organisation)[-1].public

    def unseal(self, organisation: UUID, blob: bytes, context: bytes) -> bytes:
        """What was sealed to any key of `organisation`; raises UnknownKey or CannotOpen."""
        wanted = hpke.sealed_to(blob)
        for opener in self._pairs(organisation):
            if opener.id == wanted:
                return opener.unseal(blob, context)
        raise UnknownKey("Sealed to a key that this organisation does not hold.")

    def blind_index(self, organisation: UUID, kind: str, value: str) -> bytes:
        """32 bytes for an equality search; keyed per organisation, so that two organisations cannot compare theirs."""
        info = b"cairndesk/blind-index/v1\0" + organisation.bytes
        key = HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(self._index)
        return hmac.digest(key, kind.encode() + b"\0" + value.encode(), hashlib.sha256)

    def sign(self, purpose: str, message: bytes) -> bytes:
        """An Ed25519 signature (64 bytes); raises UnknownKey for a purpose without a key."""
        return self._signer(purpose).sign(message)

    def public(self, purpose: str) -> bytes:
        """The Ed25519 public key (32 bytes) of `purpose`; raises UnknownKey for a purpose without a key."""
        return self._signer(purpose).public_key().public_bytes_raw()

    def to_bytes(self) -> bytes:
        """Every secret, in the clear, for the sealed file only."""
        intake = {str(organisation): [_text(key.private) for key in keys] for organisation, keys in self._intake.items()}
        signing = {purpose: _text(seed) for purpose, seed in self._signing.items()}
        return json.dumps({"v": 1, "intake": intake, "index": _text(self._index), "signing": signing}).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Keyring":
        """The ring that `to_bytes` wrote; raises KeyringUnreadable when it is another version."""
        held = json.loads(data)
        if held.get("v") != 1:
            raise KeyringUnreadable("The keyring was written by a newer version.")
        intake = {UUID(name): [base64.b64decode(key) for key in keys] for name, keys in held["intake"].items()}
        signing = {purpose: base64.b64decode(seed) for purpose, seed in held["signing"].items()}
        return cls(intake=intake, index=base64.b64decode(held["index"]), signing=signing)

    def _pairs(self, organisation: UUID) -> list[hpke.Opener]:
        try:
            return self._intake[organisation]
        except KeyError:
            raise UnknownKey("No intake key of this organisation is on the ring.") from None

    def _signer(self, purpose: str) -> Ed25519PrivateKey:
        try:
            return Ed25519PrivateKey.from_private_bytes(self._signing[purpose])
        except KeyError:
            raise UnknownKey("No signing key of this purpose is on the ring.") from None


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode()
