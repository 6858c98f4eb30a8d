"""Lengths of time in words that people use: "3 h 10 min", not seconds."""

from datetime import timedelta


def in_words(span: timedelta) -> str:
    """`span` in its two largest units, cut down, never negative: "under 1 min", "12 min", "3 h 10 min", "5 d 2 h"."""
    minutes = max(int(span.total_seconds()) // 60, 0)
    days, hours, left = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {left} min" if left else f"{hours} h"
    return f"{minutes} min" if minutes else "under 1 min"
