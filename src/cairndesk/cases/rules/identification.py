"""For whom a track of victim identification may stand, and while which status clues are gathered."""

from collections.abc import Collection
from typing import Final

from cairndesk.cases.rules.facts import CHILD_ACTOR

HARMED: Final = frozenset({"child", "adult_survivor"})
"""The track is for somebody whom it happened to."""
BARRED: Final = frozenset({"reporter", "person_of_concern"})
"""Who somebody is who told is theirs to say; and who is of concern is for those who investigate."""
SELF_TELLING: Final = {"source": frozenset({"child", "adult_survivor"}), "path": frozenset({"child", "survivor"})}
"""Reports by somebody to whom it happened, by their source and by the path that they took. Whoever told so may have given no name."""
RUNNING: Final = frozenset({"open", "with_unit"})
"""While it stands so clues are gathered, and handed on."""
WITH_UNIT: Final = "with_unit"
UNIT_ERASED: Final = "(erased)"
"""Stands for the name of the unit once what was told is gone."""


def is_who_told(roles: Collection[str]) -> bool:
    """Whether somebody with these roles is the one to whom it happened and who told."""
    return "reporter" in roles and bool(HARMED & set(roles))


def is_clear_of(accounts: int, *, tellers: int, told_none_of: int) -> bool:
    """Whether none of so many `accounts` by somebody to whom it happened can be of a person who is not one of the `tellers`.

    One who told lifts it for one account and no more, until a person says that this one told none of them.
    """
    return accounts <= max(tellers, told_none_of)


def why_not(roles: Collection[str], actor_age: str, *, who_told_is_open: bool, is_clear: bool = True) -> str:
    """Why no track may stand for a person with these roles, in words; empty where it may.

    `who_told_is_open`: somebody to whom it happened told it, and nobody recorded which person of the case that is. `is_clear`: see `is_clear_of`.
    """
    if "person_of_concern" in roles or actor_age in CHILD_ACTOR:
        return "this person is of concern in the case, and the track is for whoever it happened to"
    if "reporter" in roles:
        return "this person told us themselves, and who they are is theirs to say"
    if who_told_is_open:
        return (
            "somebody to whom it happened told us this, and it may be this person. If it is another one, first record who told, "
            "as a person of their own with the role Reporter"
        )
    if not HARMED & set(roles):
        return "this person is not recorded as the child or the survivor"
    if not is_clear:
        return (
            "more accounts here are of somebody to whom it happened than people are recorded who told, and one of them may be of this person. "
            "Record who told each, or say that this person told none of them"
        )
    return ""
