"""Bech32 and Bech32m: SegWit addresses of Bitcoin and Litecoin, as BIP 173 and BIP 350 define them."""

from itertools import accumulate

from cairndesk.signals.errors import NotAnIdentifier

DIGITS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_VALUES = {digit: value for value, digit in enumerate(DIGITS)}
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
# The remainder that a right address leaves: version 0 by BIP 173, all later versions by BIP 350.
_BECH32, _BECH32M = 1, 0x2BC830A3
_LONGEST = 90


def read(text: str) -> tuple[str, str]:
    """(human part, address in small letters) of a SegWit address. Raises NotAnIdentifier with what is wrong."""
    if text not in {text.lower(), text.upper()} or len(text) > _LONGEST:
        raise NotAnIdentifier(f"A wallet address of this form has capitals only or small letters only, and at most {_LONGEST} of them.")
    address = text.lower()
    part, _, data = address.rpartition("1")
    if not set(data) <= _VALUES.keys():
        raise NotAnIdentifier("This wallet address has a letter that its alphabet does not have (1, b, i or o).")
    values = [_VALUES[digit] for digit in data]
    if len(values) < 7 or _remainder(part, values) != (_BECH32M if values[0] else _BECH32):
        raise NotAnIdentifier("The check digits of this wallet address are wrong: some letter was mistyped or left out.")
    version, program = values[0], _bytes(values[1:-6])
    if version > 16 or program is None or not 2 <= len(program) <= 40 or (version == 0 and len(program) not in {20, 32}):
        raise NotAnIdentifier("The check digits are right, but this address names nothing that can be paid to.")
    return part, address


def _remainder(part: str, values: list[int]) -> int:
    check = 1
    for value in (*(ord(letter) >> 5 for letter in part), 0, *(ord(letter) & 31 for letter in part), *values):
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATOR):
            check ^= generator if top >> bit & 1 else 0
    return check


def _bytes(values: list[int]) -> bytes | None:
    """Groups of five bits as bytes; None where more than four bits, or any that are set, are left over."""
    number = [*accumulate(values, lambda held, value: held << 5 | value, initial=0)][-1]
    spare = len(values) * 5 % 8
    if spare > 4 or number & ((1 << spare) - 1):
        return None
    return (number >> spare).to_bytes(len(values) * 5 // 8, "big")
