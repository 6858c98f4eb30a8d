"""Sweep as `work` does: again and again."""

import time

from cairndesk.custody.actions import sweep
from cairndesk.custody.models import SealedItem, SealedObject

_PATIENCE = 240


def until_swept() -> None:
    """Return when nothing that was erased waits any more.

    On PostgreSQL it waits for the oldest transaction of the whole server, and the tests beside us run theirs there.
    """
    deadline = time.monotonic() + _PATIENCE
    while any(table.objects.filter(is_swept=False).exists() for table in (SealedItem, SealedObject)):
        assert time.monotonic() < deadline, "sweeping does not come to an end"
        if not sweep():
            time.sleep(0.05)
