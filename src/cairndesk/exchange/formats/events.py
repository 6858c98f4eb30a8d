"""What each event of the log means, in words that an authority reads; `events.csv` is written by `make docs` from the vocabulary itself."""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


def meaning(event: str) -> str:
    """The words of `event`; none for one that is newer than this list."""
    return _all().get(event, "")


@cache
def _all() -> Mapping[str, str]:
    text = files("cairndesk.exchange.formats").joinpath("events.csv").read_text("utf-8")
    return {row["event"]: row["meaning"] for row in csv.DictReader(text.splitlines())}
