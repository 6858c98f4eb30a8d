"""Waking a finished case whose reporter asked to hear when it shows up again.

A match of a machine is a lead: nobody is told anything until a person looked. Telling a child that a picture is back when it is not would hurt
for nothing, and a notice that went by itself would show that another case is here.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from cairndesk.accounts.rules import SYSTEM, Actor, Verb, require
from cairndesk.cases.models import Case
from cairndesk.cases.queries import suggested_links
from cairndesk.cases.rules.stages import Stage
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.intake.queries import wants_to_know_again
from cairndesk.signals.models import Match
from cairndesk.signals.rules import Standing
from cairndesk.triage import errors
from cairndesk.triage.models import Woken
from cairndesk.triage.rules.waking import Because

_FINISHED = (Stage.ANSWERED, Stage.CLOSED)


@transaction.atomic
def wake(*, case: Case, because: Because, now: datetime, other: Case | None = None) -> bool:
    """Afterwards a person is asked whether `case` is back, where it is finished and its reporter asked to hear of it. Returns if that is new."""
    if case.stage not in _FINISHED or case.erased_at is not None or not wants_to_know_again(case):
        return False
    held = case.woken.filter(other=other) if other else case.woken.filter(because=because, settled_at=None)
    if held.exists():
        return False
    Woken.objects.create(case=case, other=other, because=because, at=now)
    record(event=Event.TRIAGE_CASE_WOKEN, subject_kind="case", subject=case.pk, by=SYSTEM, now=now, detail={"because": because.value})
    return True


def wake_what_is_met(*, case: Case, looks_alike: bool, now: datetime) -> None:
    """Afterwards finished cases that hold the same as `case` are woken, and `case` itself where a list or a picture met it since it ended."""
    if case.stage not in _FINISHED:
        for one in Case.objects.filter(pk__in=[link.case for link in suggested_links(case)], stage__in=_FINISHED):
            wake(case=one, because=Because.CASE, other=case, now=now)
    else:
        settled = case.woken.exclude(settled_at=None).order_by("settled_at").values_list("settled_at", flat=True).last()
        since = max(case.stage_since, settled or case.stage_since)
        if Match.objects.filter(case=case.pk, standing=Standing.LEAD, found_at__gt=since).exists():
            wake(case=case, because=Because.LIST, now=now)
        if looks_alike:
            wake(case=case, because=Because.PICTURE, now=now)


@transaction.atomic
def settle_woken(*, case: Case, shown: Collection[int], is_back: bool, by: Actor, now: datetime, is_asked: bool = True) -> None:
    """Afterwards `by` has said of what they were `shown`, by the keys of Woken, whether it is back; what woke the case since still waits.

    Raises NotPermitted, and NothingWoke where that was not asked, or somebody else has said it.
    """
    require(by, Verb.CASE_REOPEN, organisation=case.organisation_id, stage=case.stage)
    if not case.woken.filter(pk__in=shown, settled_at=None).update(settled_at=now, settled_by=by.pseudonym, is_back=is_back):
        if is_asked:
            raise errors.NothingWoke
        return
    record(event=Event.TRIAGE_CASE_SETTLED, subject_kind="case", subject=case.pk, by=by, now=now, detail={"back": int(is_back)})
