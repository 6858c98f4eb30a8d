import hmac
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st
from tests.custody.conftest import ONE, TWO, part_of

from cairndesk.custody.errors import CannotOpen, KeyringUnreadable, UnknownKey, UnknownSuite
from cairndesk.custody.sealing import hpke, items, parts
from cairndesk.custody.sealing.items import SealedParts
from cairndesk.custody.sealing.keyring import Keyring

PRIVATE, PUBLIC = hpke.generate()


@given(st.binary(max_size=2000), st.binary(max_size=100))
def test_what_is_sealed_opens_again(plain: bytes, context: bytes) -> None:
    assert hpke.unseal(PRIVATE, hpke.seal(PUBLIC, plain, context), context) == plain


def test_it_opens_a_blob_sealed_by_the_published_standard() -> None:
    """Ours is plain RFC 9180 behind nine bytes: the library's own call opens it, and ours opens the library's."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
    from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

    suite, private = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM), X25519PrivateKey.from_private_bytes(PRIVATE)
    assert suite.decrypt(hpke.seal(PUBLIC, b"x", b"c")[9:], private, info=b"c") == b"x"
    theirs = suite.encrypt(b"y", private.public_key(), info=b"c")
    assert hpke.unseal(PRIVATE, b"\x01" + hpke.key_id(PUBLIC) + theirs, b"c") == b"y"


@pytest.mark.req("EVD-21")
def test_every_flipped_bit_is_refused() -> None:
    blob = hpke.seal(PUBLIC, b"told in confidence", b"context")
    for place in range(len(blob) * 8):
        changed = bytearray(blob)
        changed[place // 8] ^= 1 << place % 8
        with pytest.raises(CannotOpen):
            hpke.unseal(PRIVATE, bytes(changed), b"context")


@pytest.mark.parametrize("cut", [0, 1, 9, hpke.OVERHEAD - 1, hpke.OVERHEAD])
def test_a_blob_cut_short_is_refused(cut: int) -> None:
    with pytest.raises(CannotOpen):
        hpke.unseal(PRIVATE, hpke.seal(PUBLIC, b"x", b"")[:cut], b"")


def test_another_key_another_suite_and_another_context_are_told_apart() -> None:
    blob = hpke.seal(PUBLIC, b"x", b"context")
    with pytest.raises(UnknownKey):
        hpke.unseal(hpke.generate()[0], blob, b"context")
    with pytest.raises(UnknownSuite):
        hpke.unseal(PRIVATE, b"\x63" + blob[1:], b"context")
    with pytest.raises(CannotOpen):
        hpke.unseal(PRIVATE, blob, b"another")


def test_the_same_words_never_look_the_same_twice() -> None:
    assert hpke.seal(PUBLIC, b"x", b"") != hpke.seal(PUBLIC, b"x", b"")


def test_an_item_opens_for_its_organisation_and_meaning_only(ring: Keyring) -> None:
    item = uuid4()
    sealed = items.seal(ring.own_public(ONE), part_of(item), b"x", organisation=ONE, item=item, purpose="note")
    assert items.unseal(ring, part_of, sealed, organisation=ONE, item=item, purpose="note") == b"x"
    for wrong in ({"organisation": TWO}, {"item": uuid4()}, {"purpose": "message"}):
        with pytest.raises(CannotOpen):
            items.unseal(ring, part_of, sealed, **{"organisation": ONE, "item": item, "purpose": "note", **wrong})  # type: ignore[arg-type]


def test_neither_part_of_a_key_opens_the_item_without_the_other(ring: Keyring) -> None:
    sealed = items.seal(ring.own_public(ONE), part_of(TWO), b"x", organisation=ONE, item=TWO, purpose="note")
    where = {"organisation": ONE, "item": TWO, "purpose": "note"}
    for second in (bytes(32), part_of(ONE), part_of(TWO)[::-1]):
        with pytest.raises(CannotOpen):
            items.unseal(ring, lambda _, second=second: second, sealed, **where)  # type: ignore[arg-type, misc]
    with pytest.raises(UnknownKey):
        items.unseal(Keyring.create([ONE]), part_of, sealed, **where)  # type: ignore[arg-type]
    # Taken for the older suite, in which what is wrapped is the whole key, it does not open either.
    with pytest.raises(CannotOpen):
        items.unseal(ring, part_of, SealedParts(items.WHOLE, sealed.wrapped, sealed.ciphertext), **where)  # type: ignore[arg-type]


def test_the_key_is_that_of_the_published_derivation() -> None:
    """HKDF-SHA256 of RFC 5869, written out: extract with a key of zeros, then expand to one block."""
    first, second = bytes(range(32)), bytes(range(32, 64))
    extracted = hmac.digest(bytes(32), first + second, "sha256")
    assert parts.item_key(first, second, b"meaning") == hmac.digest(extracted, b"desk/item/v1meaning\x01", "sha256")


def test_an_item_of_the_first_suite_still_opens_and_asks_for_no_second_part(ring: Keyring) -> None:
    meaning = items.context(organisation=ONE, item=TWO, purpose="note", suite=items.WHOLE)
    key, nonce = bytes(range(32)), bytes(12)
    old = SealedParts(items.WHOLE, hpke.seal(ring.own_public(ONE), key, meaning), nonce + AESGCM(key).encrypt(nonce, b"old", meaning))

    def none(item: UUID) -> bytes:
        raise AssertionError(item)

    assert items.unseal(ring, none, old, organisation=ONE, item=TWO, purpose="note") == b"old"


@pytest.mark.parametrize("ciphertext", [b"", b"x" * 11, b"x" * 28])
def test_an_item_with_a_damaged_ciphertext_is_refused(ring: Keyring, ciphertext: bytes) -> None:
    sealed = items.seal(ring.own_public(ONE), part_of(TWO), b"x", organisation=ONE, item=TWO, purpose="note")
    with pytest.raises(CannotOpen):
        items.unseal(ring, part_of, SealedParts(sealed.suite, sealed.wrapped, ciphertext), organisation=ONE, item=TWO, purpose="note")


def test_an_organisation_keeps_the_key_that_it_has(ring: Keyring) -> None:
    assert ring.add_organisation(ONE) == ring.own_public(ONE) != ring.own_public(TWO)


def test_a_blind_index_is_equal_for_equal_values_of_one_organisation_and_kind_only(ring: Keyring) -> None:
    index = ring.blind_index(ONE, "url", "x.example")
    others = [ring.blind_index(TWO, "url", "x.example"), ring.blind_index(ONE, "account", "x.example"), ring.blind_index(ONE, "url", "y")]
    assert index == ring.blind_index(ONE, "url", "x.example")
    assert len({index, *others, Keyring.create([ONE]).blind_index(ONE, "url", "x.example")}) == 5
    assert len(index) == 32


def test_each_purpose_signs_with_a_key_of_its_own(ring: Keyring) -> None:
    assert ring.public("log") != ring.public("export")
    with pytest.raises(UnknownKey):
        ring.sign("", b"x")


def test_the_ring_survives_its_bytes_and_shows_no_key_when_printed(ring: Keyring) -> None:
    again = Keyring.from_bytes(ring.to_bytes())
    assert again.public("log") == ring.public("log")
    assert again.organisations == {ONE, TWO}
    assert again.unseal(ONE, hpke.seal(ring.own_public(ONE), b"x", b""), b"") == b"x"
    assert repr(ring).startswith("<")


def test_it_refuses_a_ring_of_a_newer_version(ring: Keyring) -> None:
    with pytest.raises(KeyringUnreadable):
        Keyring.from_bytes(ring.to_bytes().replace(b'"v": 2', b'"v": 3'))


def test_an_organisation_without_a_key_is_named_so(ring: Keyring) -> None:
    with pytest.raises(UnknownKey):
        ring.own_public(uuid4())
