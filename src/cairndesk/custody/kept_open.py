"""Connections that outlive the request which opened them: opening one takes a page some 8 ms on SQLite, and on PostgreSQL three times that.

Each request of the desk has a thread of its own, and Django holds a connection by its thread. What a thread lets go of waits here for the next
one. PostgreSQL prepares the statements of a connection as well, so that one which stays is asked faster the longer it is there.
"""

import os
import threading
import time
from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper as _Base
else:
    _Base = object

# A server's memory of what it has read and prepared grows with a connection.
_SECONDS = 600.0
# Statements that psycopg remembers of a connection. A page asks some forty, and there are more pages than its hundred would hold.
PREPARED = 500


@dataclass(frozen=True, slots=True)
class _Kept:
    raw: Any
    opened: float
    place: Hashable


_kept: list[_Kept] = []
_of_the_parent: list[_Kept] = []
_room = 0
_lock = threading.Lock()


def keep(many: int) -> None:
    """From now on up to `many` connections that nobody uses stay open in this process; with 0 none does, and those that did are closed."""
    global _room
    with _lock:
        _room, over = many, _kept[many:]
        del _kept[many:]
    for one in over:
        one.raw.close()


def _begin_anew() -> None:
    """A child that was forked may neither use nor close what its parent has open."""
    global _kept, _lock, _of_the_parent
    _of_the_parent, _kept, _lock = _kept, [], threading.Lock()


os.register_at_fork(after_in_child=_begin_anew)


class KeptOpen(_Base):
    """A connection that waits for the next thread once its own lets go of it, unless anything failed on it."""

    _opened = 0.0
    _place: Hashable = None

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """One that waits and still answers, else a new one. Raises what the database raises."""
        place = self._where()
        while (one := _taken()) is not None:
            if one.place == place and time.monotonic() - one.opened < _SECONDS and _answers(one.raw):
                self._opened, self._place = one.opened, place
                return one.raw
            one.raw.close()
        self._opened, self._place = time.monotonic(), place
        made = super().get_new_connection(conn_params)
        if self.vendor == "postgresql":
            made.prepared_max = PREPARED
        return made

    def _close(self) -> None:
        if not (self._is_as_new() and _put(_Kept(self.connection, self._opened, self._place))):
            super()._close()  # type: ignore[misc]  # the stubs leave it out

    def _is_as_new(self) -> bool:
        failed = self.in_atomic_block or self.needs_rollback or self.errors_occurred or not self.autocommit
        return not failed and not _is_busy(self.connection) and time.monotonic() - self._opened < _SECONDS

    def _where(self) -> Hashable:
        """What makes one connection as good as another: the name of the database, and of SQLite the file that lies there now."""
        name = str(self.settings_dict["NAME"])
        if self.vendor != "sqlite":
            return name
        try:
            found = os.stat(unquote(urlsplit(name).path))  # noqa: PTH116 - one call, before every page
        except OSError:
            return None
        return name, found.st_dev, found.st_ino


def _is_busy(raw: Any) -> bool:
    """Whether a transaction is on its way: `in_transaction` is of SQLite, `info` of psycopg."""
    return bool(raw.in_transaction) if hasattr(raw, "in_transaction") else raw.info.transaction_status != 0


def _answers(raw: Any) -> bool:
    try:
        raw.execute("SELECT 1").fetchall()
    except Exception:  # noqa: BLE001 - each database has its own, and this one is done with
        return False
    return True


def _taken() -> _Kept | None:
    with _lock:
        return _kept.pop() if _kept else None


def _put(one: _Kept) -> bool:
    with _lock:
        if one.place is None or len(_kept) >= _room:
            return False
        _kept.append(one)
    return True
