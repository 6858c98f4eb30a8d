"""Where exploitation ends and an exchange between peers begins: the decision aid for coders, read from `boundary.toml` (TRM-11)."""

import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cairndesk.cases import taxonomy
from cairndesk.cases.taxonomy import Code, Reference


@dataclass(frozen=True, slots=True)
class Question:
    """One question, what it means, and the codes that a yes proposes."""

    key: str
    asks: str
    means: str
    codes: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class Aid:
    """The questions in their order, what holds where none is answered with yes, and what is asked besides."""

    title: str
    about: tuple[str, ...]
    questions: tuple[Question, ...]
    otherwise: Question
    besides: tuple[Question, ...]
    reference: Reference

    def proposes(self, yes: Collection[str]) -> tuple[Code, ...]:
        """The codes for these answers, by the keys of the questions that are answered with yes; the first decides on the making."""
        first = next((one for one in self.questions if one.key in yes), self.otherwise)
        return (*first.codes, *(code for one in self.besides if one.key in yes for code in one.codes))


@cache
def aid() -> Aid:
    """The aid that is shipped. Raises UnknownCode for a code that there is not."""
    held = tomllib.loads(Path(__file__).with_name("boundary.toml").read_text("utf-8"))
    (rest,) = held["otherwise"]
    return Aid(
        title=held["title"],
        about=tuple(held["about"]),
        questions=tuple(_question(row) for row in held["question"]),
        otherwise=Question("", "", rest["means"], _codes(rest["codes"])),
        besides=tuple(_question(row) for row in held["besides"]),
        reference=taxonomy.load().references[held["reference"]],
    )


def _question(row: dict[str, list[str] | str]) -> Question:
    return Question(str(row["key"]), str(row["asks"]), str(row["means"]), _codes(row["yes"]))


def _codes(keys: list[str] | str) -> tuple[Code, ...]:
    pairs = [key.partition(".") for key in keys]
    return tuple(taxonomy.family(family).codes[taxonomy.accept(family, code, unknowns=False)] for family, _, code in pairs)
