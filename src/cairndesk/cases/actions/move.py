"""Moving a case from one stage to the next."""

from datetime import datetime

from django.db import transaction

from cairndesk.accounts.rules import Actor
from cairndesk.accounts.rules.grants import Ended
from cairndesk.cases import errors
from cairndesk.cases.actions.grants import end_grants
from cairndesk.cases.models import Case, StageChange
from cairndesk.cases.rules.stages import Stage, may_move
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event


@transaction.atomic
def move(*, case: Case, to: Stage, by: Actor, now: datetime, reason: str = "", next_action_at: datetime | None = None) -> StageChange:
    """Afterwards `case` stands at `to`, free to be claimed, with one StageChange and one log entry.

    `reason` is a code, never free text. Raises IllegalMove when the stage read from the database does not allow it.
    """
    held = Case.objects.select_for_update().get(pk=case.pk)
    change = move_held(held=held, to=to, by=by, now=now, reason=reason, next_action_at=next_action_at)
    case.follow(held)
    return change


def move_held(*, held: Case, to: Stage, by: Actor, now: datetime, reason: str = "", next_action_at: datetime | None = None) -> StageChange:
    """The same for a case that who calls has read for update. Raises IllegalMove."""
    before = Stage(held.stage)
    if not may_move(before, to):
        raise errors.IllegalMove(f"{before} to {to}")
    held.stage, held.stage_since = to.value, now
    held.claimed_by, held.lease_until, held.attempts = "", None, 0
    # What was given back as the result of a case that is open again no longer holds.
    held.outcome = "" if to is Stage.QUEUED else held.outcome
    held.closed_at = now if to is Stage.CLOSED else None
    held.next_action_at = None if to is Stage.CLOSED else next_action_at or min(held.due_at, held.next_action_at or held.due_at)
    held.save()
    if before is not Stage.RECEIVED:
        end_grants(case=held, why=Ended.MOVED, by=by, now=now, emergency=to is Stage.CLOSED)
    said = {"before": before.value, "after": to.value, "reason": reason, "due_at": held.due_at}
    change = StageChange.objects.create(case=held, actor=by.pseudonym, at=now, **said)
    record(event=Event.CASES_STAGE_CHANGED, subject_kind="case", subject=held.pk, by=by, now=now, detail={"before": before.value, "after": to.value})
    return change
