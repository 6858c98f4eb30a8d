"""A forked child that puts up walls and tells what it could still do."""

import json
import os
import traceback
from collections.abc import Callable
from pathlib import Path


def in_a_child(task: Callable[[], dict[str, object]]) -> dict[str, object]:
    """What `task` returned in a child of its own; the walls it put up end with the child."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            answer = task()
        except BaseException:  # noqa: BLE001 - the parent shows it
            answer = {"failed": traceback.format_exc()}
        os.write(writer, json.dumps(answer).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        answer = json.loads(stream.read())
    os.waitpid(child, 0)
    return dict(answer)


def outcome(attempt: Callable[[], object]) -> str:
    """`allowed`, or the name of the error that stopped `attempt`."""
    try:
        attempt()
    except OSError as error:
        return type(error).__name__
    return "allowed"


def spare(path: Path) -> Path:
    """`path`, made as an empty folder."""
    path.mkdir(parents=True)
    return path
