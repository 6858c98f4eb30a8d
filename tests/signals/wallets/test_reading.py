"""Vectors: BIP 173, BIP 350, ERC-55, the documentation of Tron and Monero, and Litecoin's own encoding of BIP 173's key."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cairndesk.signals.engine.wallets import SHAPE, Chain, Wallet, base58, hexadecimal, read
from cairndesk.signals.errors import NotAnIdentifier

KEY = "751e76e8199196d454941c45d1b3a323f1433bd6"
MONERO = "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A"
SUBADDRESS = "888tNkZrPN6JsEgekjMnABU4TBzc2Dt29EPAvkRxbANsAnjyPbb3iQ1YBRk1UXcdRsiKc9dhwMVgN5S9cQUiyoogDavup3H"
INTEGRATED = "4LL9oSLmtpccfufTMvppY6JwXNouMBzSkbLYfpAV5Usx3skxNgYeYTRj5UzqtReoS44qo9mtmXCqY45DJ852K5Jv2bYXZKKQePHES9khPK"
GENESIS, SCRIPT = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy"
TRON = "TJCnKsPa7y5okkXvQAidZBzqx3QyQ6sxMW"

RIGHT = {
    GENESIS: Wallet(Chain.BITCOIN, GENESIS),
    SCRIPT: Wallet(Chain.BITCOIN, SCRIPT),
    f"bitcoin:{GENESIS}?amount=0.1&label=x": Wallet(Chain.BITCOIN, GENESIS),
    "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4": Wallet(Chain.BITCOIN, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"),
    "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y": Wallet(
        Chain.BITCOIN, "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y"
    ),
    "BC1SW50QGDZ25J": Wallet(Chain.BITCOIN, "bc1sw50qgdz25j"),
    "bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs": Wallet(Chain.BITCOIN, "bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs"),
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0": Wallet(
        Chain.BITCOIN, "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"
    ),
    "ltc1qw508d6qejxtdg4y5r3zarvary0c5xw7kgmn4n9": Wallet(Chain.LITECOIN, "ltc1qw508d6qejxtdg4y5r3zarvary0c5xw7kgmn4n9"),
    "LM2WMpR1Rp6j3Sa59cMXMs1SPzj9eXpGc1": Wallet(Chain.LITECOIN, "LM2WMpR1Rp6j3Sa59cMXMs1SPzj9eXpGc1"),
    "MJRSgZ3UUFcTBTBAaN38XAXvZLwRe8WVw7": Wallet(Chain.LITECOIN, "MJRSgZ3UUFcTBTBAaN38XAXvZLwRe8WVw7"),
    "litecoin:3CDJNfdWX8m2NwuGUV3nhXHXEeLygMXoAj": Wallet(Chain.LITECOIN, "MJRSgZ3UUFcTBTBAaN38XAXvZLwRe8WVw7"),
    TRON: Wallet(Chain.TRON, TRON),
    "TB115BhpCAFbjPUgniZ36TZYxNB67fPKzr": Wallet(Chain.TRON, "TB115BhpCAFbjPUgniZ36TZYxNB67fPKzr"),
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed": Wallet(Chain.ETHEREUM, "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"),
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359": Wallet(Chain.ETHEREUM, "0xfb6916095ca1df60bb79ce92ce3ea74c37c5d359"),
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB": Wallet(Chain.ETHEREUM, "0xdbf03b407c01e7cd3cbea99509d93f8dddc8c6fb"),
    "ethereum:0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb@1/transfer": Wallet(Chain.ETHEREUM, "0xd1220a0cf47c7b9be7a2e6ba89f429762e7b9adb"),
    "0x52908400098527886E0F7030069857D2E4169EE7": Wallet(Chain.ETHEREUM, "0x52908400098527886e0f7030069857d2e4169ee7", is_checked=False),
    "0xde709f2102306220921060314715629080e2fb77": Wallet(Chain.ETHEREUM, "0xde709f2102306220921060314715629080e2fb77", is_checked=False),
    MONERO: Wallet(Chain.MONERO, MONERO),
    SUBADDRESS: Wallet(Chain.MONERO, SUBADDRESS),
    INTEGRATED: Wallet(Chain.MONERO, INTEGRATED),
}


@pytest.mark.parametrize("text", RIGHT)
def test_a_right_address_is_read_with_its_chain(text: str) -> None:
    assert read(text) == RIGHT[text]
    assert SHAPE.fullmatch(RIGHT[text].address)
    assert read(str(RIGHT[text])).address == RIGHT[text].address


PAYLOADS = {TRON: "415a523b449890854c8fc460ab602df9f31fe4293f", "1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH": f"00{KEY}"}


@pytest.mark.parametrize(("address", "payload"), PAYLOADS.items())
def test_the_payload_is_the_one_that_the_documents_give(address: str, payload: str) -> None:
    assert base58.decode(address).hex() == payload
    assert base58.encode(bytes.fromhex(payload)) == address


CHECK, MEANING, TEST = "check digits|capitals", "nothing that can be paid to", "test network"
WRONG = {
    GENESIS.replace("Q", "R"): CHECK,
    f"{GENESIS}a": CHECK,
    TRON.replace("kk", "kz"): CHECK,
    "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5": CHECK,
    "bc1qW508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4": "small letters only",
    "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kvbf3t4": "alphabet does not have",
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd": CHECK,
    "BC13W508D6QEJXTDG4Y5R3ZARVARY0C5XW7KN40WF2": CHECK,
    "BC130XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ7ZWS8R": MEANING,
    "bc1pw5dgrnzv": MEANING,
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v8n0nx0muaewav253zgeav": MEANING,
    "BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P": MEANING,
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v07qwwzcrf": MEANING,
    "bc1gmk9yu": CHECK,
    "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7": TEST,
    "mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn": TEST,
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD": CHECK,
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe": "40 hexadecimal digits",
    MONERO.replace("Xft3", "Xft4"): CHECK,
    f"4z{MONERO[2:]}": CHECK,
    "DEA5vGb2NpAwCiCp5yTE16F3DueQUVivQp": "coin that is known",
    f"litecoin:{GENESIS}": "has the form of bitcoin",
    "dogecoin:DEA5vGb2NpAwCiCp5yTE16F3DueQUVivQp": "Wallets can be read of",
    "0OIl": "of a kind that is known",
    "": "of a kind that is known",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_address_is_refused_with_its_reason(text: str) -> None:
    with pytest.raises(NotAnIdentifier, match=WRONG[text]):
        read(text)


@given(st.sampled_from([GENESIS, SCRIPT, TRON, MONERO, INTEGRATED]), st.data())
def test_one_mistyped_letter_of_base58_is_always_noticed(address: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(address) - 1))
    other = data.draw(st.sampled_from(sorted(set(base58.DIGITS) - {address[place]})))
    with pytest.raises(NotAnIdentifier):
        read(address[:place] + other + address[place + 1 :])


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_up_to_four_mistyped_letters_of_bech32_are_always_noticed(data: st.DataObject) -> None:
    address = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
    letters = list(address)
    for place in data.draw(st.sets(st.integers(3, len(address) - 1), min_size=1, max_size=4)):
        letters[place] = data.draw(st.sampled_from(sorted(set("qpzry9x8gf2tvdw0s3jn54khce6mua7l") - {address[place]})))
    with pytest.raises(NotAnIdentifier):
        read("".join(letters))


VERSIONS = [(0x00, Chain.BITCOIN), (0x05, Chain.BITCOIN), (0x30, Chain.LITECOIN), (0x32, Chain.LITECOIN), (0x41, Chain.TRON)]


@given(st.binary(min_size=20, max_size=20), st.sampled_from(VERSIONS))
def test_every_key_makes_an_address_that_is_read_as_its_own_chain(key: bytes, kind: tuple[int, Chain]) -> None:
    version, chain = kind
    address = base58.encode(bytes([version]) + key)
    assert read(address) == Wallet(chain, address)
    assert base58.decode(address) == bytes([version]) + key


@given(st.binary(min_size=20, max_size=20))
def test_the_capitals_of_an_address_are_its_check_whatever_the_key(key: bytes) -> None:
    address = f"0x{hexadecimal.checked(key.hex())}"
    assert read(address).address == f"0x{key.hex()}"


@settings(max_examples=30, deadline=None)
@given(st.text(alphabet="01bcltxX:[? qzé" + base58.DIGITS[:20], max_size=110))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = read(text)
    except NotAnIdentifier:
        return
    assert read(str(found)) == found
