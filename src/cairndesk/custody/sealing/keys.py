"""What a process may ask of the keys, whether it holds the ring itself or asks the desk for one answer at a time."""

from enum import StrEnum
from typing import Protocol
from uuid import UUID


class Signing(StrEnum):
    """The two things that a desk signs, each with a key of its own."""

    LOG = "log"
    EXPORT = "export"


class Keys(Protocol):
    """The five questions. Every one may raise DeskLocked, which is worth trying again."""

    def unseal(self, organisation: UUID, blob: bytes, context: bytes) -> bytes:
        """What was sealed to `organisation` under `context`; raises UnknownKey or CannotOpen."""

    def intake_public(self, organisation: UUID) -> bytes:
        """The public key (32 bytes) to seal to now for `organisation`; raises UnknownKey."""

    def blind_index(self, organisation: UUID, kind: str, value: str) -> bytes:
        """32 bytes that are equal for equal values of one kind within one organisation, and tell nothing else."""

    def sign(self, purpose: str, message: bytes) -> bytes:
        """An Ed25519 signature (64 bytes) by the key of that purpose (see `Signing`)."""

    def public(self, purpose: str) -> bytes:
        """The Ed25519 public key (32 bytes) of that purpose."""
