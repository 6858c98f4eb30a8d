"""Percentages of figures that are shown. They never stand alone: the figure they rest on stands beside them."""

# A percentage of a few is chance, and reads like knowledge.
RATE_BASE = 50


def share(part: int | None, of: int | None) -> int | None:
    """`part` in whole percent; None where either is withheld or `of` is under 50."""
    if part is None or of is None or of < RATE_BASE:
        return None
    return round(100 * part / of)


def change(before: int | None, after: int | None) -> int | None:
    """By how many percent of `before` it rose (or fell, below zero); None where either is withheld or `before` is under 50."""
    if before is None or after is None or before < RATE_BASE:
        return None
    return round(100 * (after - before) / before)
