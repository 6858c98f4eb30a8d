"""Ethereum's addresses: forty hexadecimal digits whose capitals are the check (ERC-55)."""

import re

from cairndesk.signals.engine.wallets.keccak import keccak256
from cairndesk.signals.errors import NotAnIdentifier


def read(text: str) -> tuple[str, bool]:
    """(address in small letters, whether it was checked) of `0x` and 40 digits; one case of letters carries no check.

    Raises NotAnIdentifier when the capitals are wrong.
    """
    digits = text[2:]
    if not re.fullmatch(r"[0-9a-fA-F]{40}", digits):
        raise NotAnIdentifier("An address of Ethereum has 40 hexadecimal digits after 0x.")
    if digits in {digits.lower(), digits.upper()}:
        return f"0x{digits.lower()}", False
    if digits != checked(digits):
        raise NotAnIdentifier("The capitals of this wallet address, which are its check, are wrong: some letter was mistyped.")
    return f"0x{digits.lower()}", True


def checked(digits: str) -> str:
    """The 40 `digits` with the capitals that check them: a letter is one where the digit of the hash above it is 8 or more."""
    small = digits.lower()
    marks = keccak256(small.encode()).hex()
    return "".join(digit.upper() if mark >= "8" else digit for digit, mark in zip(small, marks, strict=False))
