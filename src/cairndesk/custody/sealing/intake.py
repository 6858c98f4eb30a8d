"""The key of one week, to which the portal seals: private only to who holds both of its halves, and vouched for by the desk.

The first half lies on the ring, and so in every copy of it; the second in the shred store, whose copies live for a week. Once the second is
deleted, neither the ring nor an old copy of it opens anything that was sealed to that week.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from cairndesk.custody.errors import PartGone
from cairndesk.custody.sealing import hpke

MEANING = b"cairndesk/intake-key/v1\0"
"""What the desk signs of an intake key begins like this, and nothing else that it signs does: no note of a log holds a zero byte."""

PUBLIC, SIGNATURE = 32, 64

SecondOf = Callable[[UUID], bytes | None]
"""Gives the second half of the key under this id; None where there is none any more."""


@dataclass(frozen=True, slots=True, repr=False)
class WeekKey:
    """One intake key as the ring holds it: the first half of its private part, or all of it where it has no `key` in the shred store.

    The latter is the one key that an organisation had before there was one for each week.
    """

    public: bytes
    held: bytes
    key: UUID | None = None

    @property
    def id(self) -> bytes:
        """What names it inside a blob."""
        return hpke.key_id(self.public)

    def opener(self, organisation: UUID, second_of: SecondOf) -> hpke.Opener:
        """Made anew each time, so that a key opens nothing from the moment on that its second half is gone. Raises PartGone."""
        if self.key is None:
            return hpke.Opener(self.held)
        second = second_of(self.key)
        if second is None:
            raise PartGone("It was sealed to the intake key of a week whose second half is gone.")
        return hpke.Opener(private(self.held, second, organisation, self.key))


def private(first: bytes, second: bytes, organisation: UUID, key: UUID) -> bytes:
    """The private key (32 bytes, X25519) of both halves: HKDF-SHA256 (RFC 5869), 32 bytes each."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=MEANING + organisation.bytes + key.bytes).derive(first + second)


def statement(*, organisation: UUID, number: int, opens: int, public: bytes) -> bytes:
    """What the desk signs: the key `public` is the intake key `number` of `organisation`, to be sealed to from `opens` (seconds since 1970) on."""
    return MEANING + organisation.bytes + number.to_bytes(4, "big") + opens.to_bytes(8, "big") + public


def is_vouched_for(signer: bytes, said: bytes, signature: bytes) -> bool:
    """Whether the key `signer` (Ed25519, 32 bytes) signed `said`."""
    try:
        Ed25519PublicKey.from_public_bytes(signer).verify(signature, said)
    except InvalidSignature:
        return False
    return True
