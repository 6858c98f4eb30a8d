"""Harmless values and drawn cards that always answer the same, so that a platform can try its integration.

The cards are grey ramps in an uncompressed bitmap, so that their bytes are the same wherever they are drawn.
"""

import hashlib
import struct
from collections.abc import Mapping
from enum import StrEnum

import numpy as np

from cairndesk.signals.check import Checked, Met, Verdict
from cairndesk.signals.rules import MatchKind, MayLeadTo

_SIDE = 64
_LIST = ("Test list", "Cairndesk", "Made up; nothing follows from a match.")
SLOW_SECONDS = 3.0


class Card(StrEnum):
    """Which answer a card or value gets."""

    KNOWN = "known"
    NEAR = "near"
    NONE = "none"
    MALFORMED = "malformed"
    SLOW = "slow"  # after SLOW_SECONDS, as NONE


def draw(card: Card) -> bytes:
    """The card as a bitmap file (BMP, 24 bits, 64 x 64): each has its own ramp; MALFORMED is cut short."""
    across, down = np.meshgrid(np.arange(_SIDE), np.arange(_SIDE))
    turn = list(Card).index(card) + 1
    grey = ((across * turn + down * (7 - turn)) * 4 % 256).astype(np.uint8)
    pixels = np.repeat(grey[:, :, None], 3, axis=2).tobytes()
    # Source: the layout of BITMAPFILEHEADER and BITMAPINFOHEADER.
    front = struct.pack("<2sIHHI", b"BM", 54 + len(pixels), 0, 0, 54)
    about = struct.pack("<IiiHHIIiiII", 40, _SIDE, _SIDE, 1, 24, 0, len(pixels), 2835, 2835, 0, 0)
    return (front + about + pixels)[: 40 if card is Card.MALFORMED else None]


def link(card: Card) -> str:
    """The link that stands for the card."""
    return f"https://test.cairndesk.example/{card}"


def of_bytes(data: bytes) -> Card | None:
    """Which card these bytes are."""
    return _DIGESTS.get(hashlib.sha256(data).hexdigest())


def of_text(value: str) -> Card | None:
    """Which card the link or the SHA-256 of a card stands for."""
    plain = value.strip().lower().removeprefix("sha256:")
    return _DIGESTS.get(plain) or _LINKS.get(plain)


def answer(card: Card) -> Checked:
    """What is always said of the card."""
    name, owner, terms = _LIST
    if card is Card.KNOWN:
        met = Met(name, owner, 1, MatchKind.EXACT, 0, "identity", MayLeadTo.LEAD, terms)
        return Checked(Verdict.KNOWN, ["This is a test value that is always known."], [met], is_test=True)
    if card is Card.NEAR:
        met = Met(name, owner, 1, MatchKind.NEAR, 12, "mirrored", MayLeadTo.LEAD, terms)
        return Checked(Verdict.NEAR, ["This is a test value that is always near: 12 of 256 bits apart, mirrored."], [met], is_test=True)
    if card is Card.MALFORMED:
        return Checked(Verdict.MALFORMED, ["This is a test value that can never be read."], is_test=True)
    return Checked(Verdict.NONE, ["This is a test value that is never on a list."], is_test=True)


_DIGESTS: Mapping[str, Card] = {hashlib.sha256(draw(card)).hexdigest(): card for card in Card}
_LINKS: Mapping[str, Card] = {link(card): card for card in Card}
