"""Countries by their names in the reader's language, from a table that `make docs` takes from CLDR."""

import csv
from functools import cache

from cairndesk.intake.portal.languages import LOCALE


def name_of(code: str, language: str) -> str:
    """The country of two letters (ISO 3166-1) in a language by its code; empty where the table does not know either."""
    return _names().get(code, {}).get(language, "")


@cache
def _names() -> dict[str, dict[str, str]]:
    with (LOCALE / "countries.csv").open(encoding="utf-8", newline="") as table:
        return {row["code"]: row for row in csv.DictReader(table)}
