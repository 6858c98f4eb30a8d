"""Log lines that cannot leak: everything is withheld unless its key is known and its value is a code or a number."""

import logging
import re
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any, TextIO
from uuid import UUID

import structlog

WITHHELD = "[withheld]"
# What an operator needs to find a fault. No key here may ever hold words of a reporter, a name or an address.
ALLOWED = frozenset(
    {
        "event", "level", "timestamp", "process", "room", "lane", "code", "status", "count", "done", "attempts", "seconds",
        "exit", "pid", "port", "abi", "wall", "error", "at", "stage", "version", "logger", "waiting",
    }
)  # fmt: skip
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_]*([.:/-][A-Za-z0-9_]+)*")
_OURS = Path(__file__).parent.parent
_LONGEST = 80
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def redact(_logger: object, _method: str, line: MutableMapping[str, Any]) -> dict[str, Any]:
    """`line` with every unknown key and every value that is not a code, a number or a flag withheld."""
    return {key: _shown(key, value) if key in ALLOWED else WITHHELD for key, value in line.items() if isinstance(key, str)}


def place(error: BaseException) -> dict[str, str]:
    """The kind of `error` and the line of ours that raised it; never its message, which may quote what somebody wrote."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).is_relative_to(_OURS)]
    found = {"error": type(error).__name__}
    if frames:
        found["at"] = f"{Path(frames[-1].filename).stem}:{frames[-1].name.strip('<>')}:{frames[-1].lineno}"
    return found


def configure(process: str, stream: TextIO | None = None, *, quiet: bool = False) -> None:
    """Afterwards every logger of this process, ours and the libraries', writes redacted JSON lines to `stream` (stderr).

    `quiet` leaves out what is merely good to know: nothing scrolls away what a newcomer was just told.
    """
    target = stream or sys.stderr
    structlog.contextvars.bind_contextvars(process=process)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            redact,
            structlog.processors.JSONRenderer(sort_keys=True),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR if quiet else logging.NOTSET),
        logger_factory=structlog.WriteLoggerFactory(target),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(handlers=[_Quiet()], level=logging.WARNING, force=True)


def log() -> Any:
    """The logger of this process: `log().info("room.thing", count=3)`."""
    return structlog.get_logger()


class _Quiet(logging.Handler):
    """Lines of libraries lose their text, which may quote an address or a path, and keep who wrote them and why."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        facts: Mapping[str, object] = place(error) if error else {}
        status = getattr(record, "status_code", None)
        if status is not None:
            facts = {**facts, "status": status}
        log().log(record.levelno, "library.line", logger=record.name, **facts)


def _shown(key: str, value: object) -> object:
    if value is None or isinstance(value, bool | int | float | UUID):
        return str(value) if isinstance(value, UUID) else value
    text = str(value)
    if key == "timestamp":
        return text if _TIMESTAMP.fullmatch(text) else WITHHELD
    return text if len(text) <= _LONGEST and _CODE.fullmatch(text) else WITHHELD
