"""Base58Check: how Bitcoin, Litecoin and Tron write addresses with four check bytes (Bitcoin's `base58.cpp`)."""

import re
from hashlib import sha256

from cairndesk.signals.errors import NotAnIdentifier

DIGITS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
VALUES = {digit: value for value, digit in enumerate(DIGITS)}
_WRITTEN = re.compile(f"[{DIGITS}]+")


def is_written(text: str) -> bool:
    """Whether `text` has digits of this alphabet only: it leaves out 0, O, I and l, which look alike."""
    return _WRITTEN.fullmatch(text) is not None


def encode(payload: bytes) -> str:
    """`payload` with its check bytes, as text; each leading zero byte is a 1."""
    data = payload + _check(payload)
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        text = DIGITS[rest] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def decode(text: str) -> bytes:
    """The payload of `text`, first byte the version. Raises NotAnIdentifier when the check bytes are wrong, or there is nothing else."""
    number = 0
    for digit in text:
        number = number * 58 + VALUES[digit]
    data = bytes(len(text) - len(text.lstrip("1"))) + number.to_bytes((number.bit_length() + 7) // 8, "big")
    payload, check = data[:-4], data[-4:]
    if not payload or _check(payload) != check:
        raise NotAnIdentifier("The check digits of this wallet address are wrong: some letter was mistyped or left out.")
    return payload


def _check(payload: bytes) -> bytes:
    return sha256(sha256(payload).digest()).digest()[:4]
