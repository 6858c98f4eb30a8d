"""Which pages children have tried in a study: kept beside the pages, and said as it is."""

import functools
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Self

PAGES = Path(__file__).parent / "tested.toml"


@dataclass(frozen=True)
class Trial:
    """One page by the name of its template; `on` is the day on which the study `by` ended, None where there was none."""

    page: str
    on: date | None
    by: str

    @classmethod
    def of(cls, page: str, row: dict[str, Any]) -> Self:
        """Raises ValueError for a test without day and study, and for a study where no test is claimed."""
        on, by = row.get("on"), row.get("by", "")
        if row["tested"] is not (isinstance(on, date) and bool(by)) or (by and on is None) or (on and not by):
            raise ValueError(page)
        return cls(page, on, by)


@functools.cache
def all_pages() -> tuple[Trial, ...]:
    """Every page, in the order of their names."""
    return tuple(Trial.of(page, row) for page, row in tomllib.loads(PAGES.read_text("utf-8")).items())


def tried() -> tuple[int, int]:
    """How many pages children have tried, and how many there are."""
    return sum(one.on is not None for one in all_pages()), len(all_pages())
