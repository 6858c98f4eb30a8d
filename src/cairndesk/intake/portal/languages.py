"""Which languages the portal speaks, and which of them have been reviewed by people who speak them."""

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path

STATES = Path(__file__).parents[2] / "locale" / "states.toml"
SOURCE = "en"


@dataclass(frozen=True)
class Language:
    """One language: `name` in itself, and whether two speakers have reviewed its texts."""

    code: str
    name: str
    is_rtl: bool
    is_reviewed: bool

    @property
    def prefix(self) -> str:
        """What stands before an address in this language; nothing for the source language."""
        return "" if self.code == SOURCE else f"/{self.code}"


@functools.cache
def all_languages() -> tuple[Language, ...]:
    """Every language with a catalogue, the source first."""
    rows = tomllib.loads(STATES.read_text("utf-8"))
    return tuple(
        Language(code=code, name=row["name"], is_rtl=row.get("direction") == "rtl", is_reviewed=row["state"] in {"source", "reviewed"})
        for code, row in rows.items()
    )


def spoken(*, with_unreviewed: bool) -> tuple[Language, ...]:
    """The languages to offer: the reviewed ones, and the others where the operator wants them."""
    return tuple(one for one in all_languages() if one.is_reviewed or with_unreviewed)
