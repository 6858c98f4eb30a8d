"""The receipt: six words that a child can keep, and what they open.

Index and mailbox key come from the words alone, stretched by Argon2id (RFC 9106) under one public salt per installation;
the words themselves are stored nowhere. Six of 7,776 words are 77 bits, six groups of four digits 80.
"""

import difflib
import functools
import re
import secrets
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from cairndesk.intake.errors import IntakeError

PARTS = 6
SALT_LENGTH = 16
_WORDS = Path(__file__).parent / "words" / "english.txt"
_DIGITS = 4
_GROUP = re.compile(r"(?<!\d)\d{4}(?!\d)", re.ASCII)
_SEPARATORS = re.compile(r"[^\w]+|_+")
_NUMBERING = re.compile(r"(?<!\S)[1-6][.):](?=\s|$|[^\W\d])")
Parts = tuple[str, ...]


class NotAReceipt(IntakeError):
    """What was typed cannot be a receipt, seen without any look-up; `word` is the one to check, or empty when the count is off."""

    code = "intake.not_a_receipt"
    remedy = "Check the words; there are six."

    def __init__(self, word: str = "", near: tuple[str, ...] = ()) -> None:
        self.word, self.near = word, near
        # The words of a receipt never enter an error message, because messages end in logs.
        super().__init__("a word is not in the list" if word else "not six words")


@dataclass(frozen=True)
class Cost:
    """What one guess costs: memory in KiB, and passes over it."""

    memory_kib: int = 64 * 1024
    passes: int = 3


@dataclass(frozen=True, repr=False)
class Opened:
    """What six words open: the index of the mailbox (32 hex digits) and its X25519 key pair (32 raw bytes each)."""

    index: str
    private: bytes
    public: bytes


@functools.cache
def words() -> tuple[str, ...]:
    """The word list, in order."""
    return tuple(line for line in _WORDS.read_text("ascii").split("\n") if line and not line.startswith("#"))


@functools.cache
def _known() -> frozenset[str]:
    return frozenset(words())


def draw(language: str = "en") -> Parts:
    """A fresh receipt: six words, or six groups of four digits where `language` has no word list."""
    if language == "en":
        return tuple(secrets.choice(words()) for _ in range(PARTS))
    return tuple(f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}}" for _ in range(PARTS))


def normalise(typed: str) -> Parts:
    """The six parts in `typed`, however they were spaced, numbered or written large. Raises NotAReceipt."""
    spelt = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in unicodedata.normalize("NFKC", typed).casefold())
    groups = tuple(_GROUP.findall(spelt))
    if len(groups) == PARTS:
        # Whatever was copied with them: numbers before the lines, a word, marks of direction.
        return groups
    plain = _NUMBERING.sub(" ", spelt)
    digits = "".join(c for c in plain if c.isdecimal())
    parts = [part for part in _SEPARATORS.split(plain) if part]
    if len(digits) == PARTS * _DIGITS and not any(c.isalpha() for c in plain):
        return tuple(digits[at : at + _DIGITS] for at in range(0, len(digits), _DIGITS))
    found = tuple(part for part in parts if not part.isdigit())
    for word in found:
        if word not in _known():
            raise NotAReceipt(word[:40], tuple(difflib.get_close_matches(word[:40], words(), n=3, cutoff=0.75)))
    if len(found) != PARTS:
        raise NotAReceipt
    return found


def stretch(parts: Parts, *, salt: bytes, cost: Cost) -> Opened:
    """What `parts` open; takes about 0.2 s and `cost.memory_kib` of memory, on purpose."""
    root = Argon2id(salt=salt, length=32, iterations=cost.passes, lanes=1, memory_cost=cost.memory_kib).derive(" ".join(parts).encode())
    private = X25519PrivateKey.from_private_bytes(_derive(root, b"mailbox", 32))
    return Opened(
        index=_derive(root, b"index", 16).hex(),
        private=private.private_bytes_raw(),
        public=private.public_key().public_bytes_raw(),
    )


def _derive(root: bytes, purpose: bytes, length: int) -> bytes:
    return HKDFExpand(algorithm=hashes.SHA256(), length=length, info=b"cairndesk/receipt/v1|" + purpose).derive(root)
