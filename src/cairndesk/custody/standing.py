"""Whether this desk may write: on a database that is older than what was signed before, or another, it only reads until somebody decides.

What was signed is known from two notes beside the database, in folders that no copy of the desk carries: the newest checkpoint that was
laid out, and one that a witness showed and that our log does not go on from. Both carry our own signature, so nobody else can shut a desk.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from cairndesk.custody.errors import LogBroken, LogRolledBack
from cairndesk.custody.ledger import note
from cairndesk.custody.ledger.tiles import CHECKPOINT
from cairndesk.custody.queries import contradiction, verifier_at_hand
from cairndesk.lib.files import replace_durably

LOG, FOLDER = "log", "witnessed"
AGAINST, ACCEPTED = "against", "accepted"
_WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|REPLACE|TRUNCATE)\b", re.IGNORECASE)
# Whoever is signed in stays so, or nobody could read why the desk is shut.
_SPARED = '"accounts_session"'
_lifted: ContextVar[bool] = ContextVar("lifted", default=False)
# What this process found when it started; the note that `work` lays down tells it later.
_found: list[str] = []


def watch() -> None:
    """From now on this process refuses every write while the desk only reads."""
    connection_created.connect(_watch, dispatch_uid="cairndesk.custody.standing")
    for connection in connections.all(initialized_only=True):
        _watch(connection)


def begin() -> str:
    """The same, and the database is compared now; returns why this desk only reads, or nothing. Raises the database's own errors."""
    _found[:] = [problem for _, problem in contradictions()]
    watch()
    return reason()


def reason() -> str:
    """Why this desk only reads; nothing where it may write."""
    if _found:
        return _found[0]
    try:
        return f"{note.read(_path(AGAINST).read_text('utf-8')).size} entries were signed that are not those of the database"
    except FileNotFoundError:
        return ""
    except (LogBroken, UnicodeDecodeError):
        return "what was signed before cannot be read"


def refuse() -> None:
    """Return where this desk may write, or take anything away; else raise LogRolledBack. To an older database all that came since looks forgotten."""
    if not _lifted.get() and (why := reason()):
        raise LogRolledBack(f"This desk only reads: {why}.")


def settle(*, shown: str | None = None) -> str:
    """Afterwards the folder says whether this desk may write, for every process; returns why it may not, or nothing.

    `work` calls it when it starts, on every beat, and with the checkpoint that a witness has `shown`. A newer database that is put back
    opens the desk again. Raises OSError.
    """
    found = next(contradictions(shown), None)
    _found[:] = [found[1]] if found else []
    if found:
        _path(AGAINST).parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        replace_durably(_path(AGAINST), [found[0].encode()])
    else:
        _path(AGAINST).unlink(missing_ok=True)
    return reason()


def contradictions(shown: str | None = None) -> Iterator[tuple[str, str]]:
    """Each note that our log does not go on from, with what is wrong; those that somebody has decided to go on without are left out.

    What a witness has `shown` counts only where our own key has signed it.
    """
    given_up = _size_of(_path(ACCEPTED))
    for text, is_ours in ((_text(settings.DATA / LOG / CHECKPOINT), True), (_text(_path(AGAINST)), True), (shown, False)):
        if text is None:
            continue
        try:
            stated = opened(text)
        except LogBroken:
            if is_ours:
                yield text, "what was signed before cannot be read, or is not signed by the key of this log"
        else:
            if stated.size > given_up and (problem := contradiction(stated)):
                yield text, problem


def opened(text: str) -> note.Head:
    """What a checkpoint of our own says, whoever shows it; raises LogBroken where our key has not signed it."""
    verifier = verifier_at_hand()
    return note.open_note(text, *note.read_verifier_key(verifier)) if verifier else note.read(text)


@contextmanager
def lifted() -> Iterator[None]:
    """Inside, this thread may write: for the one who decides to go on."""
    token = _lifted.set(True)
    try:
        yield
    finally:
        _lifted.reset(token)


def guard(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:  # noqa: FBT001 - Django's signature
    """A wrapper of Django's around every statement; raises LogRolledBack for one that writes while the desk only reads."""
    if _WRITES.match(sql) and _SPARED not in sql[:60]:
        refuse()
    return execute(sql, params, many, context)


def _watch(connection: BaseDatabaseWrapper, **_: Any) -> None:
    if guard not in connection.execute_wrappers:
        connection.execute_wrappers.append(guard)


def _path(name: str) -> Path:
    return settings.DATA / FOLDER / name


def _text(path: Path) -> str | None:
    try:
        return path.read_bytes().decode(errors="replace")
    except FileNotFoundError:
        return None


def _size_of(path: Path) -> int:
    text = _text(path)
    return int(text) if text and text.isdecimal() else 0
