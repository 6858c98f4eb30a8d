"""What is due and what is held, and what would go."""

from cairndesk.retention.queries.extent import matched_in, sealed_of, subjects_of
from cairndesk.retention.queries.plan import Due, country_of, destroyed, due_by, fates, held_back, left_of, lined_up
from cairndesk.retention.queries.subject import corrections_of, everything_of
from cairndesk.retention.queries.time import timekeeping, told_last

__all__ = [
    "Due",
    "corrections_of",
    "country_of",
    "destroyed",
    "due_by",
    "everything_of",
    "fates",
    "held_back",
    "left_of",
    "lined_up",
    "matched_in",
    "sealed_of",
    "subjects_of",
    "timekeeping",
    "told_last",
]
