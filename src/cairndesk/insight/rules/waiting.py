"""How long things took: bands of waiting times and their median."""

import statistics
from collections.abc import Sequence
from datetime import timedelta

from cairndesk.insight.rules.withholding import THRESHOLD

BANDS: tuple[tuple[str, timedelta | None], ...] = (
    ("within_1_h", timedelta(hours=1)),
    ("within_24_h", timedelta(hours=24)),
    ("within_7_days", timedelta(days=7)),
    ("longer", None),
)


def time_band(span: timedelta) -> str:
    """The band that a waiting time falls into."""
    return next(code for code, limit in BANDS if limit is None or span <= limit)


def median_hours(spans: Sequence[timedelta], *, threshold: int = THRESHOLD) -> float | None:
    """The median of `spans` in hours, rounded to half hours; None when there are fewer than `threshold`."""
    if len(spans) < max(threshold, 1):
        return None
    return round(statistics.median(span.total_seconds() for span in spans) / 1800) / 2
