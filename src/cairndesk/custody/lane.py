"""One lane for what is written on SQLite: the writing transactions of one process pass one after the other.

SQLite lets whoever finds the database locked sleep and look again, each time for longer: the slowest writers wait many times as long as they
must, and may wait in vain. In a lane the next one goes on in the moment in which the one before it is through. Other processes are still met by
sleeping, and so is a single statement outside of any transaction.
"""

import os
import threading
from typing import TYPE_CHECKING, Any

from django.db import OperationalError

if TYPE_CHECKING:
    from django.db.backends.sqlite3.base import DatabaseWrapper as _Base
else:
    _Base = object

_lane = threading.Lock()


def _open_lane() -> None:
    """A child that was forked must not wait for a thread that it does not have."""
    global _lane  # noqa: PLW0603 - one for the process is what it is
    _lane = threading.Lock()


os.register_at_fork(after_in_child=_open_lane)


class InOneLane(_Base):
    """A connection that holds the lane from the beginning of a transaction to its end, however it ends."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._held: threading.Lock | None = None

    def _start_transaction_under_autocommit(self) -> None:
        lane = _lane
        if not lane.acquire(timeout=self.settings_dict["OPTIONS"].get("timeout", 5)):
            raise OperationalError("database is locked")
        self._held = lane
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]  # the stubs leave it out
        except BaseException:
            self._leave()
            raise

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]  # the stubs leave it out
        # Where it fails Django rolls back; the lane is held until then.
        self._leave()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]  # the stubs leave it out
        finally:
            self._leave()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]  # the stubs leave it out
        finally:
            self._leave()

    def _leave(self) -> None:
        if self._held is not None:
            held, self._held = self._held, None
            held.release()
