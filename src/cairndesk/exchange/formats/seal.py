"""Closing a package for one authority (age, X25519) and signing it (Ed25519), so that public tools open and check both."""

from collections.abc import Sequence

import pyrage
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cairndesk.exchange.errors import BadRecipient


def encrypt(plain: bytes, recipients: Sequence[str]) -> bytes:
    """`plain` as one age file that any of `recipients` can open and nobody else. Raises BadRecipient."""
    if not recipients:
        raise BadRecipient("no recipient was named")
    sealed: bytes = pyrage.encrypt(plain, [_recipient(text) for text in recipients])
    return sealed


def public_pem(public: bytes) -> str:
    """The raw 32 bytes of an Ed25519 public key in the form that openssl reads."""
    key = Ed25519PublicKey.from_public_bytes(public)
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")


def is_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` over `message` was made with the private half of `public`."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _recipient(text: str) -> pyrage.x25519.Recipient:
    try:
        return pyrage.x25519.Recipient.from_str(text.strip())
    except pyrage.RecipientError as refused:
        raise BadRecipient(f"{text.strip()[:12]}… is not an age X25519 recipient") from refused
