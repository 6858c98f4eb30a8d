"""What the desk's own people found while they searched, where a law lets them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor, Verb, require
from cairndesk.cases.actions import open_case
from cairndesk.cases.models import Case, Report
from cairndesk.cases.rules.mandates import FOUND
from cairndesk.intake import errors, rules
from cairndesk.intake.facts import facts_of
from cairndesk.intake.models import Drained

# A way of telling that no form for reporters has.
_PATH, _CHANNEL = "search", "desk"


@transaction.atomic
def record_find(*, organisation: Organisation, told: Mapping[str, Any], by: Actor, now: datetime, once: UUID | None = None) -> Case:
    """Afterwards there is a case for what was found, with the mandate under which it was, and without six words: nobody told it.

    Raises NoMandate where none holds today, NothingTold, and TakenAlready for a form that comes a second time.
    """
    require(by, Verb.REPORT_TAKE, organisation=organisation.pk)
    if not rules.is_told(told) and not rules.is_happening_now(told):
        raise errors.NothingTold
    if once is not None and not Drained.objects.get_or_create(name=f"find-{once}", defaults={"at": now})[1]:
        raise errors.TakenAlready
    state = Report.Completeness.DONE
    facts = facts_of(path=_PATH, language="en", channel=_CHANNEL, told=told, state=state, source=FOUND, is_found=True)
    return open_case(organisation=organisation, report=facts, by=by, now=now)
