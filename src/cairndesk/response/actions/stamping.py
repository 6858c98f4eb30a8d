"""Have the day's checkpoint stamped by an authority that gives the time."""

from datetime import datetime, timedelta

from cairndesk.custody.actions import keep_stamp
from cairndesk.custody.models import TimeStamp
from cairndesk.custody.queries import newest_checkpoint
from cairndesk.response.adapters.timestamps import Authority

_EVERY = timedelta(days=1)


def stamp_log(*, authority: Authority, now: datetime) -> TimeStamp | None:
    """Afterwards a checkpoint of the last day carries the time of the authority; None where one does already, or nothing is signed yet.

    Raises the failures of `Web` and AnswerUnreadable.
    """
    last, newest = TimeStamp.objects.order_by("-at").first(), newest_checkpoint()
    if newest is None or (last and (now - last.at < _EVERY or last.checkpoint_id == newest.size)):
        return None
    reply, at = authority.stamp(newest.note.encode())
    return keep_stamp(checkpoint=newest, reply=reply, at=at)
