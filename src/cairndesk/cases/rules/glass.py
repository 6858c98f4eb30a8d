"""Emergency access: for which reasons it is taken, and what whoever looks at it afterwards can find."""

from collections.abc import Mapping
from enum import StrEnum


class GlassReason(StrEnum):
    """Why somebody opens a case that they are not on."""

    CHILD_IN_DANGER = "child_in_danger"
    NOBODY_THERE = "nobody_there"
    AUTHORITY_WAITS = "authority_waits"


class GlassFinding(StrEnum):
    """What another person found."""

    RIGHT = "right"
    WRONG = "wrong"


REASONS: Mapping[GlassReason, str] = {
    GlassReason.CHILD_IN_DANGER: "a child may be in danger now",
    GlassReason.NOBODY_THERE: "whoever has the case cannot be reached, and it cannot wait",
    GlassReason.AUTHORITY_WAITS: "an authority or a service needs an answer that cannot wait",
}
FINDINGS: Mapping[GlassFinding, str] = {
    GlassFinding.RIGHT: "it was needed",
    GlassFinding.WRONG: "it was not needed, and is followed up",
}
