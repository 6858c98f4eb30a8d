"""What is due and what is held, and what would go."""

from cairndesk.retention.queries.extent import matched_in, sealed_of, subjects_of
from cairndesk.retention.queries.objections import (
    deciders_of,
    kept_apart,
    listed_as,
    listers_of,
    published_from,
    to_undo,
    unheard_objections,
    went_out,
)
from cairndesk.retention.queries.plan import Due, country_of, destroyed, due_by, fates, held_back, left_of, lined_up
from cairndesk.retention.queries.subject import corrections_of, everything_of
from cairndesk.retention.queries.time import is_doubted, timekeeping, told_last

__all__ = [
    "Due",
    "corrections_of",
    "country_of",
    "deciders_of",
    "destroyed",
    "due_by",
    "everything_of",
    "fates",
    "held_back",
    "is_doubted",
    "kept_apart",
    "left_of",
    "lined_up",
    "listed_as",
    "listers_of",
    "matched_in",
    "published_from",
    "sealed_of",
    "subjects_of",
    "timekeeping",
    "to_undo",
    "told_last",
    "unheard_objections",
    "went_out",
]
