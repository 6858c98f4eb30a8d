import hashlib

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cairndesk.signals.engine.wallets.keccak import RATE, SHA3, keccak256

# From the submission of Keccak and from ERC-55's own sources.
KNOWN = {
    b"": "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470",
    b"testing": "5f16f4c7f149ac4f9510d9cf8cf384038ad348b3bcdc01915f95de12df9d1b02",
}


@pytest.mark.parametrize("data", KNOWN)
def test_known_digests(data: bytes) -> None:
    assert keccak256(data).hex() == KNOWN[data]


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=2 * RATE + 1))
@example(bytes(RATE - 1))
@example(bytes(RATE))
def test_with_the_padding_of_the_standard_it_is_sha3(data: bytes) -> None:
    assert keccak256(data, padding=SHA3) == hashlib.sha3_256(data).digest()
