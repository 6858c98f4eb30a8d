"""Bringing a letter to another desk: sent by the desk, or taken by a person as a file."""

import io
import json
import re
from datetime import datetime

from django.db import transaction

from cairndesk.accounts.rules import SYSTEM, Actor, Verb, require
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.directory.sharing import require_still_given
from cairndesk.exchange.errors import PartnerOver, TakenBefore
from cairndesk.lib.errors import DeskError
from cairndesk.response.actions.gate import require_person
from cairndesk.response.actions.leasing import claim_row, set_down
from cairndesk.response.actions.offering import require_crossing_sharing
from cairndesk.response.adapters.web import Web
from cairndesk.response.errors import DeliveryRefused
from cairndesk.response.models import CrossingLetter
from cairndesk.response.queries import profile_to
from cairndesk.response.rules import CrossingState, Paper, Side

CONTENT_TYPE = "application/json"
_OPENING = re.compile(r"[a-z_]{1,20}\.[a-z_]{1,38}")
# What the other desk says of a letter that it has or will never take; everything else is tried again.
_TAKEN = frozenset({200, 201})
_SAID = _TAKEN | {400, 404, 405, 409, 410, 413, 415, 422, 403}


def send_letter(*, letter: CrossingLetter, web: Web, worker: str, now: datetime) -> bool:
    """Whether the other desk has it. It is never lost: a failure sets the next try, and one that they refuse waits for a person.

    Each step is committed before the next: a process that ends anywhere leaves a letter that is sent again, under the same id.
    """
    if not claim_letter(letter=letter, worker=worker, now=now):
        return False
    try:
        _require_still_wanted(letter, now)
        answered(web, letter)
    except DeskError as failure:
        record_letter_trouble(letter=letter, worker=worker, failure=failure, now=now)
        return False
    record_letter_arrived(letter=letter, worker=worker, now=now)
    return True


def claim_letter(*, letter: CrossingLetter, worker: str, now: datetime) -> bool:
    """Whether `worker` holds the letter now; of several that ask at once exactly one does, for five minutes."""
    return claim_row(CrossingLetter.objects.filter(pk=letter.pk, side=Side.OUT), worker=worker, now=now)


def answered(web: Web, letter: CrossingLetter) -> None:
    """Return when the other desk has taken the letter, now or before; raise DeliveryRefused with the code that it said, or as `Web.post`."""
    heard = io.BytesIO()
    headers = {"Content-Type": CONTENT_TYPE, "Idempotency-Key": str(letter.document)}
    answer = web.post(web.base, bytes(letter.sealed), headers, heard, taken=_SAID)
    if answer.status in _TAKEN:
        return
    code = _code_in(heard.getvalue())
    if code != TakenBefore.code:
        raise DeliveryRefused(code)


@transaction.atomic
def record_letter_arrived(*, letter: CrossingLetter, worker: str, now: datetime) -> None:
    """Afterwards the letter is done, and nothing is kept of it. A worker whose lease went to another changes nothing."""
    held = CrossingLetter.objects.filter(pk=letter.pk, claimed_by=worker, done_at=None)
    if held.update(done_at=now, claimed_by="", lease_until=None, trouble="", sealed=b""):
        detail = {"letter": letter.paper}
        record(event=Event.EXCHANGE_LETTER_ARRIVED, subject_kind="crossing", subject=letter.crossing_id, by=SYSTEM, now=now, detail=detail)


@transaction.atomic
def record_letter_trouble(*, letter: CrossingLetter, worker: str, failure: DeskError, now: datetime) -> None:
    """Afterwards the next try is set; where there is none, a person must look."""
    held = CrossingLetter.objects.select_for_update(of=("self",)).get(pk=letter.pk)
    if held.claimed_by != worker:
        return
    said = failure.detail if isinstance(failure, DeliveryRefused) and _OPENING.fullmatch(failure.detail) else failure.code
    set_down(held, trouble=said[:60], failure=failure, now=now)
    if held.is_dead:
        detail = {"letter": held.paper}
        record(event=Event.RESPONSE_DELIVERY_GIVEN_UP, subject_kind="crossing", subject=held.crossing_id, by=SYSTEM, now=now, detail=detail)


@transaction.atomic
def send_again(*, letter: CrossingLetter, by: Actor, now: datetime) -> None:
    """Afterwards a letter that was given up is tried again, at once. Raises NotPermitted."""
    require_person(by)
    require(by, Verb.TRANSFER_ACCEPT, organisation=letter.crossing.partner.organisation_id)
    given_up = CrossingLetter.objects.filter(pk=letter.pk, side=Side.OUT, is_dead=True, done_at=None)
    given_up.update(is_dead=False, attempts=0, next_try_at=now, trouble="")


@transaction.atomic
def take_out_letter(*, letter: CrossingLetter, by: Actor, now: datetime) -> bytes:
    """The closed letter, for a person to carry; the log says who took it. Raises NotPermitted, and as before it is sent."""
    require_person(by)
    require(by, Verb.TRANSFER_ACCEPT, organisation=letter.crossing.partner.organisation_id)
    _require_still_wanted(letter, now)
    CrossingLetter.objects.filter(pk=letter.pk, taken_at=None).update(taken_at=now)
    detail = {"letter": letter.paper}
    record(event=Event.EXCHANGE_LETTER_TAKEN, subject_kind="crossing", subject=letter.crossing_id, by=by, now=now, detail=detail)
    return bytes(letter.sealed)


def _require_still_wanted(letter: CrossingLetter, now: datetime) -> None:
    """An offer goes only while the agreement holds, nobody took it back, and it may be shared; what follows upon a case that is there always may."""
    row = CrossingLetter.objects.select_related("crossing__partner", "crossing__case__organisation").get(pk=letter.pk)
    if row.paper != Paper.OFFER:
        return
    if row.crossing.case is None or row.crossing.state != CrossingState.OFFERED or not row.crossing.partner.is_in_force(now.date()):
        raise PartnerOver
    require_crossing_sharing(row.crossing.case, row.crossing.partner, now)
    require_still_given(profile_to(row.crossing.partner), row.crossing.outline.get("gives", {}).get("fields", {}))


def _code_in(body: bytes) -> str:
    """The code of the problem document in `body`; nothing else that they say is kept."""
    try:
        code = json.loads(body).get("code", "")
    except (ValueError, AttributeError, RecursionError):
        return ""
    return code if isinstance(code, str) and _OPENING.fullmatch(code) else ""
