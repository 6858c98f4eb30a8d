"""The format in which a case goes between desks: a stranger's validator reads what is written, and a reader what a stranger writes."""

import base64
import hashlib
import json
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from jsonschema import Draft202012Validator, FormatChecker, ValidationError

from cairndesk.exchange import errors
from cairndesk.exchange.formats import referral
from cairndesk.exchange.formats.referral import Acceptance, Document, Offer, Party, Receipt, Refusal, Return, Withdrawal
from cairndesk.lib.ids import new_id

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
WE = Party(name="Cairn Desk One", seals_to="a1" * 32, signs_with="b2" * 32)
PAGE = Path(__file__).parents[2] / "docs" / "referral.md"


def about(**more: Any) -> dict[str, Any]:
    return {"id": new_id(), "offer": new_id(), "sender": WE, "recipient": "c3" * 32, "made_at": NOON, **more}


def offer(**more: Any) -> Offer:
    told = {"received_at": NOON, "source": "child", "channel": "portal", "path": "child", "language": "en"}
    answers = {"what": ["threatens"], "more": "Ils vont la montrer à tous. 😟", "age": {"unknown": "declined"}}
    child = {"dangers": {"self_harm": "yes"}, "ages": ["age_13"], "child_may_have_harmed": False, "notices_held": True}
    chosen = [{"question": "tell", "codes": ["no_police"], "at": NOON}]
    given = {
        "reference": "AB2C-3DEF",
        "answer_by": NOON,
        "urgency": {"emergency": True, "priority": 1, "reasons": [{"code": "danger_now", "words": "somebody is in danger now"}]},
        "accounts": [{**told, "answers": answers}],
        "child": {**child, "choices": chosen, "set_aside": [{"choice": "no_police", "ground": "danger", "at": NOON}]},
        "items": [{"kind": "media", "value": "d41d8cd98f00b204e9800998ecf8427e", "hash_kind": "md5"}],
        "items_left_out": 1,
        "originals": 2,
        "done": [{"what": "notice", "to": "Sample Host", "at": NOON, "state": "sent"}],
        "kept": [{"what": "preserved_by_provider", "until": "2026-06-01"}, {"what": "legal_hold"}],
    }
    return Offer.model_validate(about(**given, **more))


DOCUMENTS: dict[str, Document] = {
    "offer": offer(),
    "withdrawal": Withdrawal(**about()),
    "acceptance": Acceptance(**about(reference="XY2C-3DEF")),
    "refusal": Refusal(**about(why="We have nobody for that language.")),
    "return": Return(**about(why="They moved back.", did="We told the school.", done=[])),
    "receipt": Receipt(**about()),
}


def validator() -> Draft202012Validator:
    schema = json.loads(files("cairndesk.exchange.formats").joinpath("schemas/referral-1.1.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=FormatChecker())


def test_the_published_schema_is_that_of_the_code() -> None:
    published = files("cairndesk.exchange.formats").joinpath("schemas/referral-1.1.schema.json").read_text("utf-8")
    assert json.loads(published) == referral.schema()


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_what_is_written_fits_the_schema_and_is_read_again_as_it_was(kind: str) -> None:
    written = referral.write(DOCUMENTS[kind])
    validator().validate(json.loads(written))
    assert json.loads(written)["kind"] == kind
    assert referral.read(written) == DOCUMENTS[kind]
    assert referral.write(referral.read(written)) == written
    assert (len(written) + 64) % (16 * 1024) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"accounts": []},
        {"urgency": {"emergency": "yes", "priority": 1, "reasons": []}}, {"made_at": "noon"}, {"offer": "none"}, {"recipient": "c3"},
        {"originals": -1}, {"answer_by": "2026-03-04T12:00:00"}, {"child": {}}, {"kind": "picture"},
    ],
    ids=str,
)  # fmt: skip
def test_what_does_not_fit_is_refused_by_the_schema_and_by_the_reader_alike(wrong: dict[str, Any]) -> None:
    document = json.loads(referral.write(offer())) | wrong
    with pytest.raises(ValidationError):
        validator().validate(document)
    with pytest.raises(errors.LetterUnreadable):
        referral.read(json.dumps(document).encode())


def test_no_file_and_no_name_of_a_person_has_a_place_in_it() -> None:
    schema = json.dumps(referral.schema())
    own = set(referral.schema()["$defs"]["Offer"]["properties"]) - set(Document.model_fields)
    assert own == {"reference", "answer_by", "urgency", "accounts", "child", "items", "items_left_out", "originals", "done", "kept"}
    assert not [word for word in ("contentEncoding", "identity", "surname", "birth") if word in schema]


def test_another_tool_can_make_a_letter_from_the_page_alone() -> None:
    """By the text of docs/referral.md, with the library's HPKE and Ed25519 and nothing of ours but the reader."""
    theirs, ours = X25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    to = theirs.public_key().public_bytes_raw()
    signs = ours.public_key().public_bytes_raw()
    sender = {"name": "Another tool", "seals_to": "a1" * 32, "signs_with": signs.hex()}
    name = new_id()
    plain = json.dumps({
        "format": "cairndesk-referral", "version": "1.0", "kind": "refusal", "id": str(name), "offer": str(new_id()), "sender": sender,
        "recipient": to.hex(), "made_at": "2026-03-04T12:00:00Z", "why": "Nobody here speaks it.",
    }).encode()  # fmt: skip
    meaning = b"cairndesk/referral/1\0"
    sealed = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM).encrypt(
        ours.sign(meaning + plain) + plain, theirs.public_key(), info=meaning + name.bytes
    )
    key = hashlib.sha256(b"cairndesk/key-id/v1\0" + to).digest()[:8]
    letter = {"format": "cairndesk-referral", "version": "1.0", "id": str(name), "to": key.hex()}
    letter["sealed"] = base64.b64encode(b"\x01" + key + sealed).decode()
    validator().validate(letter)
    read = referral.read_letter(json.dumps(letter).encode())
    document, is_signed = referral.open_letter(read, lambda blob, context: _opened(theirs, blob, context))
    assert isinstance(document, Refusal)
    assert is_signed(signs)
    assert not is_signed(Ed25519PrivateKey.generate().public_key().public_bytes_raw())


def test_another_tool_can_read_a_letter_from_the_page_alone() -> None:
    theirs, ours = X25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    document = offer().model_copy(update={"recipient": theirs.public_key().public_bytes_raw().hex()})
    letter = json.loads(referral.close(document, ours.sign))
    validator().validate(letter)
    blob = base64.b64decode(letter["sealed"])
    assert blob[0] == 1
    assert blob[1:9].hex() == letter["to"]
    meaning = b"cairndesk/referral/1\0"
    opened = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM).decrypt(blob[9:], theirs, info=meaning + document.id.bytes)
    Ed25519PublicKey.from_public_bytes(ours.public_key().public_bytes_raw()).verify(opened[:64], meaning + opened[64:])
    validator().validate(json.loads(opened[64:]))


def test_a_case_that_is_too_long_for_a_letter_is_not_cut() -> None:
    document = offer()
    account = document.accounts[0].model_copy(update={"answers": {"more": "x" * 90_000}})
    to = X25519PrivateKey.generate().public_key().public_bytes_raw().hex()
    long = document.model_copy(update={"accounts": [account] * 12, "recipient": to})
    with pytest.raises(errors.LetterTooLong):
        referral.close(long, lambda _: bytes(64))


def test_the_page_names_every_document_and_every_field() -> None:
    page = PAGE.read_text("utf-8")
    for kind, document in DOCUMENTS.items():
        assert f"`{kind}`" in page
        assert not [name for name in type(document).model_fields if f"`{name}`" not in page]


def _opened(private: X25519PrivateKey, blob: bytes, context: bytes) -> bytes:
    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM).decrypt(blob[9:], private, info=context)
