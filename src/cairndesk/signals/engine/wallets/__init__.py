"""Addresses of virtual currencies: which chain one belongs to, and whether its check digits are right. Nothing is asked of a chain."""

import re
from dataclasses import dataclass
from enum import StrEnum

from cairndesk.signals.engine.wallets import base58, bech32, hexadecimal, monero
from cairndesk.signals.errors import NotAnIdentifier


class Chain(StrEnum):
    """The chains whose addresses can be read. The values are stored: never rename one."""

    BITCOIN = "bitcoin"
    ETHEREUM = "ethereum"
    LITECOIN = "litecoin"
    MONERO = "monero"
    TRON = "tron"


@dataclass(frozen=True, slots=True)
class Wallet:
    """One address in the spelling that is compared. `is_checked`: it carries check digits, and they are right.

    An Ethereum address in one case of letters carries none. The chain is not the coin: tokens of many kinds move on
    Ethereum and Tron, and the same Ethereum address is good on every chain of that family.
    """

    chain: Chain
    address: str
    is_checked: bool = True

    def __str__(self) -> str:
        return f"{self.chain}:{self.address}"


_BASE58 = f"[{base58.DIGITS}]"
_SEGWIT = r"(?i:(?:bc|ltc|tb|bcrt|tltc)1[0-9a-z]{6,86})"
# Longest first: what is searched for in a text must not end in the middle of an address.
SHAPE = re.compile(rf"0[xX][0-9a-fA-F]{{40}}|{_SEGWIT}|[48]{_BASE58}{{94,105}}|{_BASE58}{{25,36}}")
# The coin that moves there, where it is the only one.
COINS = {Chain.BITCOIN: "bitcoin", Chain.LITECOIN: "litecoin", Chain.MONERO: "monero"}

_HUMAN_PARTS = {"bc": Chain.BITCOIN, "ltc": Chain.LITECOIN}
# The first byte of Base58Check addresses: Bitcoin's and Litecoin's `chainparams.cpp`, Tron's protocol document.
_VERSIONS = {0x00: Chain.BITCOIN, 0x05: Chain.BITCOIN, 0x30: Chain.LITECOIN, 0x32: Chain.LITECOIN, 0x41: Chain.TRON}
_TEST_VERSIONS = {0x6F, 0xC4, 0x3A}
_OLD_SCRIPT, _LITECOIN_SCRIPT = 0x05, 0x32
_TEST_NETWORK = "This is an address of a test network, where nothing has value."


def read(text: str) -> Wallet:
    """The address in `text`, bare or as `bitcoin:…` (BIP 21, ERC-681). Raises NotAnIdentifier, saying what is wrong with it."""
    plain = re.sub(r"\s", "", text)
    name, mark, rest = plain.partition(":")
    if not mark:
        return _read(plain)
    chain = next((chain for chain in Chain if chain.value == name.lower()), None)
    if chain is None:
        raise NotAnIdentifier("Wallets can be read of: " + ", ".join(Chain) + ".")
    found = _read(re.split(r"[?@/]", rest, maxsplit=1)[0].removeprefix("pay-"))
    if chain is Chain.LITECOIN and found.chain is Chain.BITCOIN and found.address.startswith("3"):
        # Litecoin wrote its script addresses like Bitcoin's until it took a sign of its own for the same ones.
        return Wallet(chain, base58.encode(bytes([_LITECOIN_SCRIPT]) + base58.decode(found.address)[1:]))
    if found.chain is not chain:
        raise NotAnIdentifier(f"This is no address of {chain}: it has the form of {found.chain}.")
    return found


def _read(plain: str) -> Wallet:
    if plain[:2].lower() == "0x":
        return Wallet(Chain.ETHEREUM, *hexadecimal.read(plain))
    # Some addresses of Tron begin with the capitals of a test network, and go on in letters of both sizes, which those never do.
    if re.match(r"(?:bc|ltc|tb|bcrt|tltc)1", plain, re.IGNORECASE) and (plain[:3] != "TB1" or plain.isupper()):
        return _segwit(plain)
    if not base58.is_written(plain):
        raise NotAnIdentifier("This is no wallet address of a kind that is known here.")
    if len(plain) in monero.LENGTHS:
        return Wallet(Chain.MONERO, monero.read(plain))
    return _legacy(plain)


def _segwit(plain: str) -> Wallet:
    part, address = bech32.read(plain)
    if part not in _HUMAN_PARTS:
        raise NotAnIdentifier(_TEST_NETWORK)
    return Wallet(_HUMAN_PARTS[part], address)


def _legacy(plain: str) -> Wallet:
    payload = base58.decode(plain)
    if payload[0] in _TEST_VERSIONS:
        raise NotAnIdentifier(_TEST_NETWORK)
    if len(payload) != 21 or payload[0] not in _VERSIONS:
        raise NotAnIdentifier("The check digits are right, but this is no address of a coin that is known here.")
    return Wallet(_VERSIONS[payload[0]], plain)
