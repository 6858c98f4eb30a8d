"""Opening what is sealed: the log says who is about to read before anything is shown."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from cairndesk.accounts.models import Request
from cairndesk.accounts.rules import Actor, Matter, Verb, require
from cairndesk.cases.actions import admit, open_identifier
from cairndesk.cases.models import BrokenGlass, Case, Hold, Item, Report, SetAside
from cairndesk.custody.models import SealedItem
from cairndesk.custody.queries import unseal_fields, unseal_text
from cairndesk.custody.rules import Event
from cairndesk.review import errors
from cairndesk.review.models import BlindCoding, Classification, SecondLook
from cairndesk.triage.models import Override


def open_account(*, report: Report, by: Actor, now: datetime) -> dict[str, Any]:
    """The answers of `report`; that `by` opened them is in the log, committed, before they are unsealed. Raises DeskLocked, NotPermitted."""
    case = report.case
    admit(case=case, matter=Matter.ACCOUNT, event=Event.REVIEW_ACCOUNT_OPENED, by=by, now=now, detail={"channel": report.channel})
    told = unseal_fields(report.told)
    answers = told.get("answers", told)
    return answers if isinstance(answers, dict) else {}


def open_item(*, case: Case, item: Item, by: Actor, now: datetime) -> str:
    """The identifier of `item` as it was told; the log keeps that `by` opened it. Raises NotPermitted, DeskLocked."""
    require(by, Verb.CASE_READ, organisation=case.organisation_id, stage=case.stage, case=case.pk)
    return open_identifier(item=item, by=by, now=now)


def open_note(*, case: Case, note: UUID, by: Actor, now: datetime) -> str:
    """What a colleague wrote beside a classification, a second look, a priority, a wish to destroy, a hold or emergency access of `case`.

    The log names the reader first. Raises NoSuchAccount for a note of anything else, NotPermitted, DeskLocked.
    """
    with transaction.atomic():
        require(by, Verb.CASE_READ, organisation=case.organisation_id, stage=case.stage, case=case.pk)
        if not _is_of(case, note):
            raise errors.NoSuchAccount
        admit(case=case, matter=Matter.NOTE, event=Event.REVIEW_NOTE_OPENED, by=by, now=now)
    return unseal_text(SealedItem.objects.get(pk=note))


def _is_of(case: Case, note: UUID) -> bool:
    seen = Q(note=note)
    return (
        Classification.objects.filter(seen, case=case).exists()
        or SecondLook.objects.filter(seen, classification__case=case).exists()
        or BlindCoding.objects.filter(seen, classification__case=case).exists()
        or Request.objects.filter(case=case.pk, reason=note).exists()
        or Hold.objects.filter(case=case, why=note).exists()
        or BrokenGlass.objects.filter(grant__case=case, why=note).exists()
        or SetAside.objects.filter(case=case, why=note).exists()
        or Override.objects.filter(case=case, words=note).exists()
    )
