"""Have the day's checkpoint stamped by an authority that gives the time."""

from datetime import datetime, timedelta

from cairndesk.custody.actions import keep_stamp
from cairndesk.custody.models import Checkpoint, TimeStamp
from cairndesk.response.adapters.timestamps import Authority

_EVERY = timedelta(days=1)


def stamp_log(*, authority: Authority, checkpoint: Checkpoint, now: datetime) -> TimeStamp | None:
    """Afterwards a checkpoint of the last day carries the time of the authority; None where one does already, or where this one has a stamp.

    Raises the failures of `Web` and AnswerUnreadable.
    """
    last = TimeStamp.objects.order_by("-at").first()
    if last and (now - last.at < _EVERY or last.checkpoint_id == checkpoint.size):
        return None
    reply, at = authority.stamp(checkpoint.note.encode())
    return keep_stamp(checkpoint=checkpoint, reply=reply, at=at)
