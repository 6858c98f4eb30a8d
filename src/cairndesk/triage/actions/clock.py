"""Set the priority of a case and the time until which somebody looks at it."""

from datetime import datetime

from cairndesk.cases.models import Case
from cairndesk.cases.rules.stages import Stage
from cairndesk.intake.actions import lay_out_anew
from cairndesk.triage.rules.queues import WAITING
from cairndesk.triage.rules.table import EMERGENCY


def set_priority(case: Case, level: int, due_at: datetime) -> None:
    """Afterwards `case` has this priority and is due at this time; a closed case waits for nothing."""
    is_waiting = case.stage in WAITING
    is_moved, case.due_at = case.due_at != due_at, due_at
    case.priority, case.is_emergency = level, level == EMERGENCY
    if is_waiting and is_moved:
        # The reporter reads the day until which somebody looks at it.
        lay_out_anew(case=case)
    if case.stage != Stage.CLOSED:
        case.next_action_at = due_at if is_waiting or case.next_action_at is None else min(case.next_action_at, due_at)
    case.save(update_fields=["priority", "is_emergency", "due_at", "next_action_at"])
