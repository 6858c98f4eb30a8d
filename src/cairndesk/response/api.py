"""The door for desks of other installations: a letter is known by whom it was signed and to whom it was sealed, so it needs no key."""

from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Header, Router, Schema, Status

from cairndesk.accounts.rules import SYSTEM
from cairndesk.exchange.errors import LetterTooLong, LetterUnreadable, TakenBefore, TooManyLetters
from cairndesk.exchange.formats import referral
from cairndesk.lib import clock
from cairndesk.lib.bucket import Bucket
from cairndesk.response import actions

router = Router(tags=["referrals"])
LETTER = "application/json"
# Whoever knows the address of a desk may knock; opening costs less than a millisecond, and a desk has few partners.
_bucket = Bucket(10, 10)


class TakenOut(Schema):
    """The letter is here for good: now, or since it came first."""

    id: UUID
    state: Literal["taken", "taken_before"]


@router.post(
    "/referrals",
    response={201: TakenOut, 200: TakenOut},
    summary="Hand over a letter of another desk",
    openapi_extra={"requestBody": {"required": True, "content": {LETTER: {"schema": {"type": "object"}}}}},
)
def post_letter(request: HttpRequest, idempotency_key: Annotated[UUID, Header(alias="Idempotency-Key")]) -> Status[TakenOut]:
    """The body is one letter as docs/referral.md describes it, the header its `id`.

    201 taken, 200 taken before; 4xx refused for good; 429 and 5xx: send the very same again.
    """
    if _bucket.take():
        raise TooManyLetters
    if int(request.headers.get("Content-Length") or 0) > referral.LIMIT:
        raise LetterTooLong
    data = request.body
    # A letter that goes by another name than its own would be counted as another one by whoever sends it again.
    if referral.read_letter(data).id != idempotency_key:
        raise LetterUnreadable
    try:
        actions.take_letter(data=data, by=SYSTEM, now=clock.now())
    except TakenBefore:
        return Status(200, TakenOut(id=idempotency_key, state="taken_before"))
    return Status(201, TakenOut(id=idempotency_key, state="taken"))
