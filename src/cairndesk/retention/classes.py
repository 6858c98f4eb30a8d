"""To which class of records each column belongs: `classes.toml`, read once."""

import tomllib
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files

from cairndesk.custody.retention import RecordClass


@cache
def patterns() -> Mapping[RecordClass, Sequence[str]]:
    """Class → patterns of `room.Model.field`."""
    text = files("cairndesk.retention").joinpath("classes.toml").read_text("utf-8")
    return {RecordClass(name): held for name, held in tomllib.loads(text).items()}


@cache
def class_of(column: str) -> RecordClass | None:
    """The class of `room.Model.field`, by the pattern that says most; None for a column that nobody has put into one."""
    fitting = [(len(pattern.replace("*", "")), kind) for kind, held in patterns().items() for pattern in held if fnmatchcase(column, pattern)]
    return max(fitting, default=(0, None))[1]
