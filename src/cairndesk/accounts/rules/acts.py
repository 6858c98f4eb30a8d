"""The acts that take two people: one asks for exactly what will happen, another one does it, and nobody answers their own request."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

# Long enough to reach a second person, short enough that nobody finds a forgotten request open.
LIFE = timedelta(hours=24)


class Kind(StrEnum):
    """What is asked for."""

    ROLES = "roles"
    DESTROY = "destroy"
    PUBLISH = "publish"
    ERASE = "erase"
    EXPORT = "export"
    LIFT_HOLD = "lift_hold"
    HAND_OVER = "hand_over"
    CROSS_OVER = "cross_over"
    WRITE_OUT = "write_out"
    OPEN_LISTS = "open_lists"
    SET_RULE = "set_rule"
    END_RULE = "end_rule"
    SET_TABLE = "set_table"


# A reporter's right must not lapse because nobody looked for a day: the law gives a desk a month to answer (GDPR, article 12(3)).
LIVES: Mapping[Kind, timedelta] = {Kind.ERASE: timedelta(days=30)}


def life(kind: Kind) -> timedelta:
    """For how long a request of `kind` can be answered."""
    return LIVES.get(kind, LIFE)
