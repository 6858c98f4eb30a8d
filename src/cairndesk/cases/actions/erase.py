"""Erasing what was told in a case; codes, stages and the log stay."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from cairndesk.accounts.rules import Actor, Verb
from cairndesk.cases.actions.coding import allow, note
from cairndesk.cases.actions.holds import require_no_hold
from cairndesk.cases.actions.identification import forget_units
from cairndesk.cases.models import Case, IndexTerm, SensitiveAttribute, StatedChoice
from cairndesk.cases.rules.erasing import Ground
from cairndesk.custody.actions import erase
from cairndesk.custody.rules import Event


@transaction.atomic
def erase_told(*, case: Case, sealed: Collection[UUID], ground: Ground, by: Actor, now: datetime) -> Case:
    """Afterwards none of the items `sealed` opens, nothing of `case` is found by an identifier any more, and the case says when and why.

    Whether it may be done now is decided above, by who sees the plan. Raises NotPermitted, OnHold.
    """
    allow(by, case, Verb.TOLD_ERASE)
    require_no_hold(case)
    gone = erase(items=sealed, now=now)
    IndexTerm.objects.filter(item__case=case).delete()
    SensitiveAttribute.objects.filter(person__case=case).delete()
    StatedChoice.objects.filter(case=case).delete()
    forget_units(case=case)
    case.erased_at, case.erased_because = now, ground
    case.save(update_fields=["erased_at", "erased_because"])
    note(Event.CASES_TOLD_ERASED, case, by=by, now=now, ground=ground.value, things=gone)
    return case
