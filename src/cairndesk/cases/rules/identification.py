"""For whom a track of victim identification may stand, and while which status clues are gathered."""

from collections.abc import Collection
from typing import Final

from cairndesk.cases.rules.facts import CHILD_ACTOR

HARMED: Final = frozenset({"child", "adult_survivor"})
"""The track is for somebody whom it happened to."""
BARRED: Final = frozenset({"reporter", "person_of_concern"})
"""Who somebody is who told is theirs to say; and who is of concern is for those who investigate."""
RUNNING: Final = frozenset({"open", "with_unit"})
"""While it stands so clues are gathered, and handed on."""
WITH_UNIT: Final = "with_unit"


def why_not(roles: Collection[str], actor_age: str) -> str:
    """Why no track may stand for a person with these roles, in words; empty where it may."""
    if "person_of_concern" in roles or actor_age in CHILD_ACTOR:
        return "this person is of concern in the case, and the track is for whoever it happened to"
    if "reporter" in roles:
        return "this person told us themselves, and who they are is theirs to say"
    return "" if HARMED & set(roles) else "this person is not recorded as the child or the survivor"
