"""Keccak-256, the hash behind the check digits of Ethereum and Monero: SHA3-256 (FIPS 202) but for one byte of padding.

`hashlib` has only the standardised one. Addresses are short, so plain Python is quick enough; no secret passes through.
"""

from functools import reduce
from operator import xor

RATE = 136  # bytes taken in between two rounds of mixing: 200 less twice the length of the digest
KECCAK, SHA3 = 0x01, 0x06
_MASK = (1 << 64) - 1


def keccak256(data: bytes, *, padding: int = KECCAK) -> bytes:
    """The 32 bytes of the digest; `padding` SHA3 gives `hashlib.sha3_256`, which is how this is proved."""
    padded = bytearray(data + bytes([padding]) + bytes(-(len(data) + 1) % RATE))
    padded[-1] |= 0x80
    lanes = [0] * 25
    for start in range(0, len(padded), RATE):
        for lane in range(RATE // 8):
            lanes[lane] ^= int.from_bytes(padded[start + 8 * lane : start + 8 * lane + 8], "little")
        _mix(lanes)
    return b"".join(lane.to_bytes(8, "little") for lane in lanes[:4])


def _turned(lane: int, by: int) -> int:
    return (lane << by | lane >> (64 - by)) & _MASK


def _offsets() -> list[tuple[int, int]]:
    """(to lane, turned by) in the order in which rho and pi pass the lanes on, from lane 1 (FIPS 202, 3.2.2 and 3.2.3)."""
    x, y, path = 1, 0, []
    for step in range(24):
        x, y = y, (2 * x + 3 * y) % 5
        path.append((x + 5 * y, (step + 1) * (step + 2) // 2 % 64))
    return path


def _constants() -> list[int]:
    """The constant of each of the 24 rounds, from the shift register of FIPS 202, 3.2.5."""
    register, constants = 1, []
    for _ in range(24):
        constant = 0
        for bit in range(7):
            constant |= (register & 1) << ((1 << bit) - 1)
            register = register << 1 ^ (0x171 if register >> 7 else 0)
        constants.append(constant)
    return constants


_PATH, _ROUNDS = _offsets(), _constants()


def _mix(lanes: list[int]) -> None:
    for constant in _ROUNDS:
        columns = [reduce(xor, lanes[x::5]) for x in range(5)]
        for x in range(5):
            change = columns[x - 1] ^ _turned(columns[(x + 1) % 5], 1)
            for y in range(0, 25, 5):
                lanes[x + y] ^= change
        passed = lanes[1]
        for to, by in _PATH:
            lanes[to], passed = _turned(passed, by), lanes[to]
        for y in range(0, 25, 5):
            row = lanes[y : y + 5]
            for x in range(5):
                lanes[x + y] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5])
        lanes[0] ^= constant
