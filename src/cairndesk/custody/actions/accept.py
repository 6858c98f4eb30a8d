"""Go on from a log that went back: an operator's decision, once the newer database is lost for good."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from django.conf import settings
from django.db import transaction

from cairndesk.custody import standing
from cairndesk.custody.actions.log import record
from cairndesk.custody.errors import LogBroken
from cairndesk.custody.ledger import note
from cairndesk.custody.ledger.tree import EMPTY_ROOT
from cairndesk.custody.models import LogHead
from cairndesk.custody.rules import DESK, Doer, Event
from cairndesk.lib.files import replace_durably
from cairndesk.lib.ids import new_id


def accept_log(*, now: datetime, by: Doer = DESK) -> int:
    """Afterwards the desk writes again, on the log as the database holds it, which says so for good; returns the size that is given up.

    The files of the longer log lie aside, and the checkpoints that speak against ours are kept with them. Witnesses go on refusing until
    their own operators forget it. Nothing is done, and 0 returned, where nothing contradicts. Raises OSError.
    """
    against = [text for text, _ in standing.contradictions()]
    if not against:
        return 0
    folder, given_up = settings.DATA / standing.FOLDER, _longest(against)
    with standing.lifted(), transaction.atomic():
        held = LogHead.objects.get(id=1).size
        record(event=Event.CUSTODY_LOG_ACCEPTED, subject_kind="log", subject=new_id(), by=by, now=now, detail={"signed": given_up.size, "held": held})
    aside = folder / f"before-{new_id().hex}"
    aside.mkdir(mode=0o750, parents=True)
    if (settings.DATA / standing.LOG).exists():
        (settings.DATA / standing.LOG).rename(aside / standing.LOG)
        (settings.DATA / standing.LOG).mkdir(mode=0o750)
    (aside / standing.AGAINST).write_text("\n".join(against), encoding="utf-8")
    (folder / standing.AGAINST).unlink(missing_ok=True)
    replace_durably(folder / standing.ACCEPTED, [str(given_up.size).encode()])
    standing.settle()
    return given_up.size


def _longest(against: Sequence[str]) -> note.Head:
    """The longest log that is signed; of size 0 where none of the notes can be read."""
    heads = [note.Head("", 0, EMPTY_ROOT)]
    for text in against:
        with suppress(LogBroken):
            heads.append(standing.opened(text))
    return max(heads, key=lambda head: head.size)
