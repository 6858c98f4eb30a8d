"""What `work` does for retention: keep the time by our own counting, and destroy what the schedule ends while both agree."""

from datetime import datetime
from itertools import islice

import structlog

from cairndesk.custody.errors import DeskLocked
from cairndesk.lib import clock
from cairndesk.lib.belt import Lane
from cairndesk.lib.errors import DeskError
from cairndesk.lib.progress import Progress, unwatched
from cairndesk.response.actions import forget_offers
from cairndesk.retention import actions, queries
from cairndesk.retention.models import Destruction
from cairndesk.review.actions import forget_exposure
from cairndesk.triage.actions import forget_put_back, forget_shift_notes

log = structlog.get_logger()
# One turn must end soon, so that reports are taken in meanwhile.
A_TURN = 20


def destroy_due(most: int = A_TURN, progress: Progress = unwatched) -> int:
    """Destroy what is due, what was announced before first; returns how much was. Nothing while the clock is not believed."""
    now = clock.now()
    if not actions.keep_time(ticks=clock.ticks(), now=now):
        return 0
    before = list(queries.lined_up()[:most])
    found = list(islice((due for due in queries.due_by(now, now=now) if not _waits(due)), most - len(before)))
    done = 0
    for one in before + [actions.announce(due=due, now=now) for due in found]:
        done += _carry_out(one, now)
        progress("destroying what is due", done, len(before) + len(found))
    return done


def _waits(due: queries.Due) -> bool:
    """The openings of the log go in a turn of their own, once nothing else of the case is left; what is announced already is not twice."""
    others = [kind for kind in queries.left_of(due.case) if kind is not due.kind]
    is_announced = Destruction.objects.filter(case=due.case, record_class=due.kind, done_at=None, dropped_at=None).exists()
    return is_announced or (due.kind == "log_detail" and bool(others))


def _carry_out(one: Destruction, now: datetime) -> bool:
    try:
        return actions.carry_out(destruction=one, now=now).done_at is not None
    except DeskError as failure:
        # One that cannot be destroyed never holds up the others; it stays announced, and is tried again.
        log.warning("not_destroyed", destruction=str(one.pk), code=failure.code)
        return False


def hear_objections() -> int:
    """Write down what reporters object to behind their six words; returns how many. A locked desk leaves all for later."""
    heard = 0
    for message in queries.unheard_objections()[:A_TURN]:
        try:
            actions.hear_objection(message=message, now=clock.now())
        except DeskLocked:
            break
        except DeskError as failure:
            # One that does not open never holds up the others.
            log.warning("objection_not_heard", case=str(message.case_id), code=failure.code)
            continue
        heard += 1
    return heard


def forget_lesser() -> int:
    """Let go of old requests, sign-ins that open nothing, notes of shifts, offers that nobody answered, and what people had before them.

    Returns how many.

    Nothing while the clock is not believed.
    """
    now = clock.now()
    if not actions.keep_time(ticks=clock.ticks(), now=now):
        return 0
    forgets = (actions.forget_requests, actions.forget_sign_ins, forget_shift_notes, forget_offers, forget_exposure, forget_put_back)
    return sum(forget(now=now) for forget in forgets)


LANES = (
    Lane(name="retention.hear", turn=hear_objections, every=5.0),
    Lane(name="retention.destroy", turn=destroy_due, every=600.0),
    Lane(name="retention.forget", turn=forget_lesser, every=3600.0),
)
