"""All secrets of a desk in one object: the keys of its organisations, their intake keys, the index key and the two signing keys."""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from cairndesk.custody.errors import BadRequest, CannotOpen, KeyringUnreadable, UnknownKey
from cairndesk.custody.sealing import hpke, intake
from cairndesk.custody.sealing.intake import SecondOf, WeekKey
from cairndesk.custody.sealing.keys import Signing

VERSION = 2
"""The first version had one intake key for each organisation, to which everything was sealed."""


@dataclass(frozen=True)
class Secrets:
    """What a ring holds. `own`: the key of each organisation; `weeks`: its intake keys; `signing`: Ed25519 seeds by purpose."""

    index: bytes
    signing: dict[str, bytes]
    own: dict[UUID, hpke.Opener] = field(default_factory=dict)
    weeks: dict[UUID, tuple[WeekKey, ...]] = field(default_factory=dict)


class Keyring:
    """The secrets of a desk; implements `Keys`. Printing it shows no key."""

    def __init__(self, held: Secrets, second_of: SecondOf = lambda _: None) -> None:
        """`second_of` gives the second halves of intake keys, which are on no ring."""
        self.held = held
        self.second_of = second_of

    @classmethod
    def create(cls, organisations: Iterable[UUID] = ()) -> "Keyring":
        """A new ring with fresh keys for `organisations`; nothing is saved yet."""
        ring = Keyring(Secrets(index=secrets.token_bytes(32), signing={p: secrets.token_bytes(32) for p in Signing}))
        for organisation in organisations:
            ring.add_organisation(organisation)
        return ring

    def add_organisation(self, organisation: UUID) -> bytes:
        """Afterwards `organisation` has a key of its own, unless it had one; returns the public part."""
        self.held.own.setdefault(organisation, hpke.Opener(hpke.generate()[0]))
        return self.own_public(organisation)

    def add_intake(self, organisation: UUID, key: UUID, second: bytes, number: int, opens: int) -> bytes:
        """See `Keys`."""
        first = secrets.token_bytes(32)
        public = hpke.Opener(intake.private(first, second, organisation, key)).public
        self.held.weeks[organisation] = (*self.held.weeks.get(organisation, ()), WeekKey(public, first, key))
        said = intake.statement(organisation=organisation, number=number, opens=opens, public=public)
        return public + self._signer(Signing.LOG).sign(said)

    def drop_intake(self, organisation: UUID, public: bytes) -> None:
        """See `Keys`."""
        self.held.weeks[organisation] = tuple(one for one in self.held.weeks.get(organisation, ()) if one.public != public)

    @property
    def organisations(self) -> frozenset[UUID]:
        """The organisations that have a key here."""
        return frozenset(self.held.own) | frozenset(self.held.weeks)

    def own_public(self, organisation: UUID) -> bytes:
        """See `Keys`."""
        try:
            return self.held.own[organisation].public
        except KeyError:
            raise UnknownKey("No key of this organisation is on the ring.") from None

    def opens_intake(self, organisation: UUID, public: bytes) -> bool:
        """Whether both halves of the intake key `public` are at hand."""
        try:
            keys = [one for one in self.held.weeks.get(organisation, ()) if one.public == public]
            return any(one.opener(organisation, self.second_of).public == public for one in keys)
        except CannotOpen:
            return False

    def unseal(self, organisation: UUID, blob: bytes, context: bytes) -> bytes:
        """What was sealed to any key of `organisation`; raises UnknownKey, PartGone or CannotOpen."""
        wanted = hpke.sealed_to(blob)
        own = self.held.own.get(organisation)
        if own is not None and own.id == wanted:
            return own.unseal(blob, context)
        for one in self.held.weeks.get(organisation, ()):
            if one.id == wanted:
                return one.opener(organisation, self.second_of).unseal(blob, context)
        raise UnknownKey("Sealed to a key that this organisation does not hold.")

    def rewrap(self, organisation: UUID, wrapped: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """See `Keys`."""
        public = self.own_public(organisation)
        return [hpke.seal(public, self.unseal(organisation, blob, context), context) for blob, context in wrapped]

    def blind_index(self, organisation: UUID, kind: str, value: str) -> bytes:
        """32 bytes for an equality search; keyed per organisation, so that two organisations cannot compare theirs."""
        info = b"cairndesk/blind-index/v1\0" + organisation.bytes
        key = HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(self.held.index)
        return hmac.digest(key, kind.encode() + b"\0" + value.encode(), hashlib.sha256)

    def sign(self, purpose: str, message: bytes) -> bytes:
        """An Ed25519 signature (64 bytes); raises UnknownKey for a purpose without a key, BadRequest for what nobody else may have signed."""
        if message.startswith(intake.MEANING):
            # Whoever asks for this would have the portal seal to a key that is not the desk's.
            raise BadRequest("The desk vouches for intake keys that it made itself, and for no other.")
        return self._signer(purpose).sign(message)

    def public(self, purpose: str) -> bytes:
        """The Ed25519 public key (32 bytes) of `purpose`; raises UnknownKey for a purpose without a key."""
        return self._signer(purpose).public_key().public_bytes_raw()

    def to_bytes(self) -> bytes:
        """Every secret, in the clear, for the sealed file only."""
        held = {
            "v": VERSION,
            "own": {str(organisation): _text(key.private) for organisation, key in self.held.own.items()},
            "intake": {str(organisation): [_week_to_json(one) for one in keys] for organisation, keys in self.held.weeks.items()},
            "index": _text(self.held.index),
            "signing": {purpose: _text(seed) for purpose, seed in self.held.signing.items()},
        }
        return json.dumps(held).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Keyring":
        """The ring that `to_bytes` wrote, or an older version; raises KeyringUnreadable when a newer one did."""
        held = json.loads(data)
        if held.get("v") not in {1, VERSION}:
            raise KeyringUnreadable("The keyring was written by a newer version.")
        read = _whole if held["v"] == 1 else _week_from_json
        return Keyring(
            Secrets(
                index=base64.b64decode(held["index"]),
                signing={purpose: base64.b64decode(seed) for purpose, seed in held["signing"].items()},
                own={UUID(name): hpke.Opener(base64.b64decode(key)) for name, key in held.get("own", {}).items()},
                weeks={UUID(name): tuple(map(read, keys)) for name, keys in held["intake"].items()},
            )
        )

    def _signer(self, purpose: str) -> Ed25519PrivateKey:
        try:
            return Ed25519PrivateKey.from_private_bytes(self.held.signing[purpose])
        except KeyError:
            raise UnknownKey("No signing key of this purpose is on the ring.") from None


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode()


def _whole(private: str) -> WeekKey:
    """An intake key as the first version wrote it."""
    return WeekKey(hpke.Opener(base64.b64decode(private)).public, base64.b64decode(private))


def _week_to_json(one: WeekKey) -> dict[str, str]:
    return {"public": _text(one.public), "held": _text(one.held)} | ({"key": one.key.hex} if one.key else {})


def _week_from_json(held: dict[str, Any]) -> WeekKey:
    key = UUID(hex=held["key"]) if "key" in held else None
    return WeekKey(base64.b64decode(held["public"]), base64.b64decode(held["held"]), key)
