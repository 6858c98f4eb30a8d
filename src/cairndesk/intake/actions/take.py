"""A report that somebody tells on the phone or in person and that staff write down."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor, Verb, require
from cairndesk.cases.actions import open_case
from cairndesk.cases.models import Case, Report
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.intake import errors, receipt, rules
from cairndesk.intake.facts import facts_of
from cairndesk.intake.models import Drained, Receipt
from cairndesk.intake.publish import ensure_salt


@dataclass(frozen=True)
class Taken:
    """The case that was opened, and the six words to tell the caller once; they are kept nowhere."""

    case: Case
    words: receipt.Parts


def take_report(
    *,
    organisation: Organisation,
    path: rules.Path,
    language: str,
    channel: str,
    told: Mapping[str, Any],
    by: Actor,
    now: datetime,
    once: UUID | None = None,
) -> Taken:
    """Afterwards there is a case for what the caller said, with a receipt. Raises NothingTold when there is nothing to act on.

    `channel` is `phone` or `walk_in`. `once` is drawn with the form: the same form sent again raises TakenAlready.
    """
    require(by, Verb.REPORT_TAKE, organisation=organisation.pk)
    if not rules.is_told(told) and not rules.is_happening_now(told):
        raise errors.NothingTold
    words = receipt.draw(language)
    # Stretched before the transaction: a database must not be held for as long as that takes.
    cost = receipt.Cost(settings.CAIRNDESK.receipts.memory_kib, settings.CAIRNDESK.receipts.passes)
    opened = receipt.stretch(words, salt=ensure_salt(), cost=cost)
    with transaction.atomic():
        if once is not None and not Drained.objects.get_or_create(name=f"call-{once}", defaults={"at": now})[1]:
            raise errors.TakenAlready
        facts = facts_of(path=path, language=language, channel=channel, told=told, state=Report.Completeness.DONE)
        case = open_case(organisation=organisation, report=facts, by=by, now=now)
        Receipt.objects.create(index=opened.index, mailbox_public=opened.public, case=case, made_at=now)
        record(event=Event.INTAKE_RECEIPT_MADE, subject_kind="case", subject=case.pk, by=by, now=now)
    return Taken(case, words)
