"""Monero's addresses: Base58 in blocks of eleven letters, the last four bytes a Keccak check (Monero's `base58.cpp`)."""

from cairndesk.signals.engine.wallets.base58 import VALUES
from cairndesk.signals.engine.wallets.keccak import keccak256
from cairndesk.signals.errors import NotAnIdentifier

# Letters of a whole address -> the first bytes that it may have: standard and subaddress, and integrated with a payment id.
LENGTHS = {95: {18, 42}, 106: {19}}
_TEST_NETWORKS = {53, 54, 63, 24, 25, 36}
# Letters of a block -> bytes that it holds.
_BLOCKS = {11: 8, 7: 5}


def read(text: str) -> str:
    """`text`, whose check bytes are right. Raises NotAnIdentifier when they are not, and for addresses of test networks."""
    data = b"".join(_block(text[at : at + 11]) for at in range(0, len(text), 11))
    body, check = data[:-4], data[-4:]
    if keccak256(body)[:4] != check:
        raise NotAnIdentifier("The check digits of this wallet address are wrong: some letter was mistyped or left out.")
    if body[0] in _TEST_NETWORKS:
        raise NotAnIdentifier("This is an address of a test network, where nothing has value.")
    if body[0] not in LENGTHS[len(text)]:
        raise NotAnIdentifier("The check digits are right, but this is no address of a coin that is known here.")
    return text


def _block(letters: str) -> bytes:
    number = 0
    for letter in letters:
        number = number * 58 + VALUES[letter]
    size = _BLOCKS[len(letters)]
    if number >> 8 * size:
        raise NotAnIdentifier("The check digits of this wallet address are wrong: some letter was mistyped or left out.")
    return number.to_bytes(size, "big")
