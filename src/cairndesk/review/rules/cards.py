"""A short card for each kind of harm, read from `cards.toml`: what part technology plays, and what helps the child first."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class HarmCard:
    """Two sentences for people who judge and help, and who need not know how services work."""

    how: str
    helps: str


@cache
def harm_cards() -> Mapping[str, HarmCard]:
    """Code of a harm → its card."""
    held = tomllib.loads(Path(__file__).with_name("cards.toml").read_text("utf-8"))
    return {code: HarmCard(**row) for code, row in held.items()}
