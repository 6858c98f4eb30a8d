"""What a process may ask of the keys, whether it holds the ring itself or asks the desk for one answer at a time."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol
from uuid import UUID


class Signing(StrEnum):
    """The two things that a desk signs, each with a key of its own."""

    LOG = "log"
    EXPORT = "export"


class Keys(Protocol):
    """What may be asked. Every question may raise DeskLocked, which is worth trying again."""

    def unseal(self, organisation: UUID, blob: bytes, context: bytes) -> bytes:
        """What was sealed to `organisation` under `context`; raises UnknownKey or CannotOpen."""

    def own_public(self, organisation: UUID) -> bytes:
        """The public key (32 bytes) to which everything inside the desk is sealed for `organisation`; raises UnknownKey."""

    def add_intake(self, organisation: UUID, key: UUID, second: bytes, number: int, opens: int) -> bytes:
        """Afterwards the ring holds a fresh intake key, whose second half (32 bytes) the caller keeps under the id `key`, or has thrown away.

        Returns its public part (32 bytes) and the signature (64) by which the portal knows it (see `intake.statement`).
        """

    def drop_intake(self, organisation: UUID, public: bytes) -> None:
        """Afterwards the ring holds nothing of the intake key with this public part."""

    def rewrap(self, organisation: UUID, wrapped: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """Each of these keys of items, given with its context, sealed to the organisation's own key instead; raises like `unseal`.

        The keys are never seen by the asker, and what they open is not touched.
        """

    def blind_index(self, organisation: UUID, kind: str, value: str) -> bytes:
        """32 bytes that are equal for equal values of one kind within one organisation, and tell nothing else."""

    def sign(self, purpose: str, message: bytes) -> bytes:
        """An Ed25519 signature (64 bytes) by the key of that purpose (see `Signing`)."""

    def public(self, purpose: str) -> bytes:
        """The Ed25519 public key (32 bytes) of that purpose."""
