"""Severity schemes: named, versioned levels; which one is in force is the operator's choice."""

import re
import tomllib
from dataclasses import dataclass

from cairndesk.review.errors import SchemeBroken

_CODE = re.compile(r"[a-z][a-z0-9_]{0,18}")


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a scheme; a severe one always goes to another person."""

    code: str
    label: str
    definition: str
    is_severe: bool = False


@dataclass(frozen=True, slots=True)
class Scheme:
    """A scheme as it is recorded: its name, its version, and its levels from most to least severe."""

    name: str
    version: str
    title: str
    levels: tuple[Level, ...]

    def level(self, code: str) -> Level | None:
        """The level of that code, or None."""
        return next((level for level in self.levels if level.code == code), None)


def read_scheme(text: str, *, place: str) -> Scheme:
    """The scheme of a TOML file. Raises SchemeBroken naming `place` and what is wrong."""
    try:
        document = tomllib.loads(text)
        levels = tuple(Level(**level) for level in document["level"])
        scheme = Scheme(name=document["name"], version=str(document["version"]), title=document["title"], levels=levels)
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise SchemeBroken(f"{place}: {error}") from error
    codes = [level.code for level in levels]
    if not codes or len(codes) != len(set(codes)):
        raise SchemeBroken(f"{place}: it needs levels, each with a code of its own")
    if not all(_CODE.fullmatch(code) for code in (scheme.name, *codes)):
        raise SchemeBroken(f"{place}: name and codes are written with a-z, 0-9 and _ and begin with a letter")
    return scheme
