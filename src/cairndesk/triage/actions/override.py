"""Set the priority of a case by hand."""

from datetime import datetime

from django.db import transaction

from cairndesk.accounts.rules import Actor, Verb, require
from cairndesk.cases.actions import go_on
from cairndesk.cases.models import Case
from cairndesk.custody.actions import record, seal
from cairndesk.custody.rules import Event, Purpose
from cairndesk.triage import errors
from cairndesk.triage.actions.clock import set_priority
from cairndesk.triage.models import Override
from cairndesk.triage.queries import judged
from cairndesk.triage.queries.rules import rules_in_force
from cairndesk.triage.rules.overriding import Why, check_reason
from cairndesk.triage.rules.queues import WAITING


@transaction.atomic
def override_priority(*, case: Case, level: int, why: Why, words: str, seen: str, by: Actor, now: datetime) -> Override:
    """Afterwards the case has the priority that `by` set, and both this and what the rules said stay visible.

    `seen` says what `by` decided upon, as `judged` did when it was shown. Raises JudgedAnew where something else stands now, NoReason without
    a sentence that says why, NoSuchLevel, NotPermitted.
    """
    held = Case.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=case.pk)
    require(by, Verb.PRIORITY_OVERRIDE, organisation=held.organisation_id, stage=held.stage)
    within = rules_in_force(held.organisation_id).by_hand
    if level not in within:
        raise errors.NoSuchLevel
    if judged(held) != seen:
        # What came in meanwhile may say that a child is in danger now: nobody sets that aside without having read it.
        raise errors.JudgedAnew
    sealed = seal(organisation=held.organisation_id, purpose=Purpose.REASON, plain=check_reason(words), now=now)
    assessed = held.assessments.last()
    said = assessed.level if assessed else held.priority
    override = Override.objects.create(case=held, level=level, seen=said, why=why, words=sealed, actor=by.pseudonym, at=now)
    due = now + within[level]
    # Whoever told was promised a look, and waits no longer because somebody thinks otherwise before anybody has looked.
    set_priority(held, level, min(due, held.due_at) if held.stage in WAITING else due)
    detail = {"level": level, "rules_said": said, "why": why.value}
    record(event=Event.TRIAGE_PRIORITY_SET, subject_kind="case", subject=held.pk, by=by, now=now, detail=detail)
    go_on(case=held, by=by, now=now)
    case.refresh_from_db()
    return override
