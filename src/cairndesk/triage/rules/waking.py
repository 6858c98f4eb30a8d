"""What may have shown up again when a case is finished, and how the desk says it."""

from collections.abc import Mapping
from enum import StrEnum


class Because(StrEnum):
    """What woke a finished case."""

    LIST = "list"
    CASE = "case"
    PICTURE = "picture"


WORDS: Mapping[Because, str] = {
    Because.LIST: "something new on a list meets it",
    Because.CASE: "a new report names the same",
    Because.PICTURE: "a picture that looks like one of it came in",
}
