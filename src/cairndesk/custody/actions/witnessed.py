"""Keep what others have signed over a checkpoint: witnesses, and an authority that gives the time."""

from contextlib import suppress
from datetime import UTC, datetime

from django.db import transaction

from cairndesk.custody.errors import LogBroken
from cairndesk.custody.ledger import note
from cairndesk.custody.models import Checkpoint, Cosignature, TimeStamp


@transaction.atomic
def keep_cosignature(*, checkpoint: Checkpoint, answer: str, witness: str) -> Cosignature:
    """Afterwards the line in `answer` by which the witness with this key cosigned `checkpoint` is kept; the first one stays.

    Lines of other keys are left out. Raises LogBroken when no line holds.
    """
    name, public = note.read_witness_key(witness)
    for line in answer.splitlines(keepends=True):
        with suppress(LogBroken):
            at = note.cosigned_at(checkpoint.note + line, name, public)
            if at is not None and line.endswith("\n"):
                moment = datetime.fromtimestamp(at, UTC)
                return Cosignature.objects.get_or_create(checkpoint=checkpoint, witness=name, defaults={"at": moment, "line": line})[0]
    raise LogBroken("The witness has not signed this checkpoint.")


def keep_stamp(*, checkpoint: Checkpoint, reply: bytes, at: datetime) -> TimeStamp:
    """Afterwards the reply of an authority over the note of `checkpoint`, which was verified, is kept."""
    return TimeStamp.objects.create(checkpoint=checkpoint, token=reply, at=at)
