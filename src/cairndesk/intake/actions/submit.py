"""A report that a platform, a trusted flagger or an authority hands over by machine."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from cairndesk.accounts.models import ApiKey
from cairndesk.accounts.queries import Sender
from cairndesk.cases.actions import Named, open_case
from cairndesk.cases.models import Report
from cairndesk.custody import access
from cairndesk.intake import errors, rules
from cairndesk.intake.actions.alarm import lead_alarm, raise_alarm
from cairndesk.intake.facts import facts_of
from cairndesk.intake.models import ApiSubmission
from cairndesk.lib.reserve import has_room


@dataclass(frozen=True)
class Submitted:
    """The submission, and whether it is new or a repetition of one that was taken before."""

    submission: ApiSubmission
    is_new: bool


@transaction.atomic
def submit_report(
    *,
    sender: Sender,
    idempotency_key: str,
    body: bytes,
    told: Mapping[str, Any],
    language: str,
    named: Sequence[Named],
    now: datetime,
    is_found: bool = False,
) -> Submitted:
    """Afterwards there is exactly one case for this key, however often it comes. Raises ReusedKey when the body is another, and NoRoom.

    `is_found`: the sender found it by searching, which takes a mandate of theirs on record; else raises NoMandate.
    """
    if not has_room(settings.DATA):
        raise errors.NoRoom
    # Keyed, so that who steals the database cannot try guesses of what was reported.
    digest = access.keys().blind_index(sender.organisation.pk, "api-body", hashlib.sha256(body).hexdigest())
    # Senders put what they like into their key, a case number or an account of theirs among it.
    again = access.keys().blind_index(sender.organisation.pk, "api-idempotency-key", idempotency_key).hex()
    # Locking the sender's row lets two simultaneous repetitions find each other instead of both being first.
    ApiKey.objects.select_for_update().get(pk=sender.key)
    held = ApiSubmission.objects.filter(api_key=sender.key, idempotency_key=again).first()
    if held is not None:
        # Of an erased report nothing is left to compare with; it is known again by its key alone.
        if held.body_digest and bytes(held.body_digest) != digest:
            raise errors.ReusedKey
        return Submitted(held, is_new=False)
    said: dict[str, Any] = {"told": told, "state": Report.Completeness.DONE, "source": sender.source, "named": named, "is_found": is_found}
    facts = facts_of(path="platform", language=language, channel="api", **said)
    case = open_case(organisation=sender.organisation, report=facts, by=sender.actor, now=now)
    row = ApiSubmission.objects.create(api_key_id=sender.key, idempotency_key=again, body_digest=digest, case=case, report=case.reports.get(), at=now)
    if rules.is_happening_now(told):
        # Whoever is on duty is called, as for a child who says so: a screen that nobody looks at helps nobody.
        name = f"api-{row.report_id}"
        raise_alarm(spool_name=name, organisation=sender.organisation, now=now)
        lead_alarm(spool_name=name, case=case)
    return Submitted(row, is_new=True)
