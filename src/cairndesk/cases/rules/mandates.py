"""Searching without being told: by whom, and how such a report is known."""

from datetime import timedelta

FOUND = "desk_search"
"""The source of a report that the desk's own people found; a code of the taxonomy's `report_source`."""
SEARCHERS = ("trusted_flagger", "hotline", "helpline")
"""Whose machines may say that they searched, where a mandate of theirs is on record."""
WARNED_BEFORE = timedelta(days=60)


def as_handed_over(source: str) -> str:
    """The source for another desk: what our own people found, another hotline found for them, and they need no mandate to be told of it."""
    return "hotline" if source == FOUND else source
