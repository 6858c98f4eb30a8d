"""A case on its way between two desks: letters that one desk signs and seals to the other, as `docs/referral.md` describes them for any tool.

A letter is JSON around one sealed document. A reader takes every version of its own major number and passes over what it does not know; another
major number is refused. No picture, film or sound has a place in it, and no name of a person.
"""

import base64
import binascii
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints, TypeAdapter, ValidationError, WithJsonSchema

from cairndesk.custody.errors import CustodyError, DeskLocked
from cairndesk.custody.sealing import hpke
from cairndesk.exchange.errors import LetterNotOpened, LetterTooLong, LetterUnreadable, UnknownVersion
from cairndesk.exchange.formats.seal import is_signed
from cairndesk.lib.unknowns import Unknown

FORMAT: Literal["cairndesk-referral"] = "cairndesk-referral"
VERSION = "1.1"
MEANING = b"cairndesk/referral/1\0"
"""Stands before what is signed and before the id under which it is sealed, so that neither can pass for anything else of a desk."""
LIMIT = 960 * 1024
"""The longest letter, in bytes; with the edges of a form around it, it stays below what a desk takes in one request."""
_SIGNATURE = 64
# What is sealed is filled up to a multiple of so many bytes: how much was told shows nowhere.
_BLOCK = 16 * 1024

Key = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Version = Annotated[str, StringConstraints(pattern=r"^1\.[0-9]{1,4}$")]
_MOMENT = {"type": "string", "format": "date-time", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}
Time = Annotated[
    AwareDatetime, PlainSerializer(lambda at: at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), return_type=str), WithJsonSchema(_MOMENT)
]
Line = Annotated[str, StringConstraints(max_length=400)]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,40}$")]
Words = Annotated[str, StringConstraints(max_length=100_000)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=5_000)]


class Part(BaseModel):
    """Something of a document; what a later version adds to it is passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Unsaid(Part):
    """In place of an answer: it is not known, and in which of four ways."""

    unknown: Unknown


class Party(Part):
    """A desk: what it calls itself, the key that others seal to (X25519) and the key that it signs with (Ed25519), each as 64 hex digits."""

    name: Line
    seals_to: Key
    signs_with: Key


class Reason(Part):
    """Why it is urgent: a code, with its family where it is one of the taxonomy, and what it means in English."""

    code: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,40}(\.[a-z0-9_]{1,60})?$")]
    words: Line


class Urgency(Part):
    """How urgent the giving desk found it. `priority` is 1, most urgent, to 5; the receiving desk judges by its own rules."""

    emergency: bool
    priority: int = Field(ge=1, le=5)
    reasons: list[Reason] = Field(max_length=50)


class Account(Part):
    """What one person told, once, in their words: question → a text, codes, or why it is not known. Questions and codes are those of the form."""

    received_at: Time
    source: Code
    channel: Code
    path: Code
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=12)]
    unfinished: bool = False
    answers: dict[Code, Words | list[Line] | Unsaid]


class Choice(Part):
    """What whoever told chose, and since when; the last one to a question stands."""

    question: Code
    codes: list[Code] = Field(max_length=20)
    at: Time


class Aside(Part):
    """A choice against which the giving desk acted, or may act, and on which ground."""

    choice: Code
    ground: Code
    at: Time


class Child(Part):
    """What is known on the child's safety: each danger with its answer, bands of age, whether a child may have done harm, and every choice."""

    dangers: dict[Code, Code]
    ages: list[Code] = Field(max_length=50)
    child_may_have_harmed: bool
    choices: list[Choice] = Field(max_length=200)
    set_aside: list[Aside] = Field(max_length=50)
    notices_held: bool = Field(description="a notice could warn somebody near the child: the giving desk held all of them back")


class Thing(Part):
    """An address, an account, or the hash of a file. The file itself stays where it is."""

    kind: Code
    value: Words
    hash_kind: Code | None = None
    service: Annotated[str, StringConstraints(pattern=r"^[-a-z0-9_]{1,60}$")] | None = None


class Done(Part):
    """What was done before, so that nothing is done twice: what, to whom (an organisation, never a person), when, and how it stands."""

    what: Code
    to: Line
    at: Time
    state: Code


class Kept(Part):
    """What has to be kept, until which day (none: until a person ends it), and on which ground."""

    what: Code
    until: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = None


class Document(Part):
    """What every document says of itself. `offer` is the id of the first document, which all later ones name."""

    format: Literal["cairndesk-referral"] = FORMAT
    version: Version = VERSION
    kind: str
    id: UUID
    offer: UUID
    sender: Party
    recipient: Key
    made_at: Time


class Offer(Document):
    """One case is offered. `originals` counts files that the giving desk keeps, and `items_left_out` what it withheld to protect a child."""

    kind: Literal["offer"] = "offer"
    reference: Line
    answer_by: Time
    urgency: Urgency
    accounts: list[Account] = Field(min_length=1, max_length=200)
    child: Child
    items: list[Thing] = Field(max_length=2000)
    items_left_out: int = Field(ge=0)
    originals: int = Field(ge=0)
    done: list[Done] = Field(max_length=500)
    kept: list[Kept] = Field(max_length=50)


class Withdrawal(Document):
    """The offer is taken back; nothing of it may be kept."""

    kind: Literal["withdrawal"] = "withdrawal"


class Acceptance(Document):
    """The receiving desk has opened a case of its own, which it calls `reference`."""

    kind: Literal["acceptance"] = "acceptance"
    reference: Line


class Refusal(Document):
    """The receiving desk does not take the case, and why; what it had of it is erased."""

    kind: Literal["refusal"] = "refusal"
    why: Text


class Return(Document):
    """The receiving desk hands the case back: why, and what it did. It looks after the case until it has the receipt."""

    kind: Literal["return"] = "return"
    why: Text
    did: Words
    done: list[Done] = Field(max_length=500)


class Receipt(Document):
    """The giving desk has its case back."""

    kind: Literal["receipt"] = "receipt"


class Feedback(Document):
    """What came of the case at the receiving desk, as a code alone, and when it was closed there."""

    kind: Literal["feedback"] = "feedback"
    outcome: Code
    closed_at: Time


AnyDocument = Annotated[Offer | Withdrawal | Acceptance | Refusal | Return | Receipt | Feedback, Field(discriminator="kind")]
_DOCUMENT: TypeAdapter[Offer | Withdrawal | Acceptance | Refusal | Return | Receipt | Feedback] = TypeAdapter(AnyDocument)


class Letter(Part):
    """What travels: to which key (8 bytes of SHA-256 over `cairndesk/key-id/v1`, a zero byte and the key), and what is sealed, in base64."""

    format: Literal["cairndesk-referral"]
    version: Version
    id: UUID
    to: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
    sealed: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]+={0,2}$", max_length=LIMIT)]


def write(document: Document) -> bytes:
    """The document as UTF-8 JSON that validates against `schema()`, filled up with spaces; the same one always gives the same bytes."""
    plain = document.model_dump_json(exclude_none=True).encode()
    return plain.ljust(-(-(_SIGNATURE + len(plain)) // _BLOCK) * _BLOCK - _SIGNATURE)


def close(document: Document, sign: Callable[[bytes], bytes]) -> bytes:
    """The letter that carries `document`, signed by `sign` and sealed to its recipient. Raises LetterTooLong."""
    plain = write(document)
    sealed = hpke.seal(bytes.fromhex(document.recipient), sign(MEANING + plain) + plain, MEANING + document.id.bytes)
    letter = {"format": FORMAT, "version": VERSION, "id": str(document.id), "to": hpke.sealed_to(sealed).hex()}
    data = json.dumps({**letter, "sealed": base64.b64encode(sealed).decode()}, indent=1).encode() + b"\n"
    if len(data) > LIMIT:
        raise LetterTooLong
    return data


def read_letter(data: bytes) -> Letter:
    """The letter in `data`, still closed. Raises LetterTooLong, LetterUnreadable, UnknownVersion."""
    if len(data) > LIMIT:
        raise LetterTooLong
    _check(data)
    try:
        return Letter.model_validate_json(data, strict=True)
    except ValidationError as unclear:
        raise LetterUnreadable(_where(unclear)) from None


def open_letter(letter: Letter, unseal: Callable[[bytes, bytes], bytes]) -> tuple[Document, Callable[[bytes], bool]]:
    """The document in `letter`, and whether it was signed with a given key: nobody may act on one that was not.

    `unseal` opens a blob under a context. Raises LetterNotOpened, LetterUnreadable, UnknownVersion, DeskLocked.
    """
    try:
        opened = unseal(base64.b64decode(letter.sealed, validate=True), MEANING + letter.id.bytes)
    except DeskLocked:
        raise
    except (CustodyError, binascii.Error) as refused:
        raise LetterNotOpened from refused
    signature, plain = opened[:_SIGNATURE], opened[_SIGNATURE:]
    document = read(plain)
    if document.id != letter.id:
        raise LetterUnreadable
    return document, lambda key: is_signed(key, MEANING + plain, signature)


def read(plain: bytes) -> Offer | Withdrawal | Acceptance | Refusal | Return | Receipt | Feedback:
    """The document in `plain`. Raises LetterUnreadable, which repeats nothing of it, and UnknownVersion."""
    _check(plain)
    try:
        return _DOCUMENT.validate_json(plain, strict=True)
    except ValidationError as unclear:
        raise LetterUnreadable(_where(unclear)) from None


def schema() -> dict[str, Any]:
    """The published JSON Schema (draft 2020-12) of this version: of a letter, and of each document in one."""
    made = TypeAdapter(Letter | Offer | Withdrawal | Acceptance | Refusal | Return | Receipt | Feedback).json_schema(mode="validation")
    about = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f"{FORMAT} {VERSION}"}
    return about | made


def _check(data: bytes) -> None:
    """Return for JSON of this format and of a major version that is known here; raise LetterUnreadable, UnknownVersion."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        raise LetterUnreadable from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise LetterUnreadable
    version = found.get("version")
    if not isinstance(version, str) or version.partition(".")[0] != VERSION.partition(".")[0]:
        raise UnknownVersion


def _where(unclear: ValidationError) -> str:
    """Which fields do not fit; what stands in them is not repeated."""
    names = sorted({".".join(str(part) for part in one["loc"] if isinstance(part, str)) for one in unclear.errors(include_input=False)})
    return f"these fields do not fit: {', '.join(names[:5])}"


def day(at: datetime) -> str:
    """The day of `at`, as documents name days."""
    return at.astimezone(UTC).strftime("%Y-%m-%d")
