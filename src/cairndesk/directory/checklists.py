"""Checklists that an operator enters for a jurisdiction: which facts a file must hold, and what an authority there asks of evidence."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from cairndesk.directory.errors import RulesUnreadable
from cairndesk.directory.rules import read_dated


class Use(StrEnum):
    """What a checklist is for."""

    EVIDENCE = "evidence"  # what an authority of the place asks of evidence; a person answers it before a package goes there
    RECORD = "record"  # facts that a file holds when its case is closed; the desk looks them up


class Without(StrEnum):
    """What becomes of closing while a fact is missing."""

    REASON = "reason"  # it needs a reason, which is kept
    REFUSE = "refuse"  # the case stays open


class Fact(StrEnum):
    """What the desk can look up in a file, in the order in which a file is read."""

    CAME = "came"
    CHILD = "child"
    COUNTRY = "country"
    HARM = "harm"
    URGENCY = "urgency"
    DECISION = "decision"
    PRESERVATION = "preservation"
    REMOVAL = "removal"
    AUTHORITY = "authority"
    SUPPORT = "support"
    TOLD_BACK = "told_back"


FACTS: Mapping[Fact, str] = {
    Fact.CAME: "How each report came, when, and who told it",
    Fact.CHILD: "The age of each child or victim/survivor, or that it is not known",
    Fact.COUNTRY: "The country in which the child is, or that it is not known",
    Fact.HARM: "Which harm it is",
    Fact.URGENCY: "Whether it goes on, whether there is access to the child, whether there is a risk of self-harm",
    Fact.DECISION: "What was decided, by whom, and on which grounds",
    Fact.PRESERVATION: "How the evidence is preserved or held, or why not",
    Fact.REMOVAL: "What removal was asked for and what came of each notice, or why none was sent",
    Fact.AUTHORITY: "The hand-over to an authority, or why there is none",
    Fact.SUPPORT: "What support was offered, or why none was",
    Fact.TOLD_BACK: "What the reporter was told",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line: the name of what is asked, why it must be there, and what becomes of it where it is not."""

    name: str
    because: str
    without: Without = Without.REASON
    asks: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A checklist as it counts on a day."""

    code: str
    label: str
    source: str
    lines: tuple[Line, ...]


def read_checklist(text: str) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """Checklist and lines of a TOML file: dated, with a source, each line once and with its ground. Raises RulesUnreadable."""
    document = read_dated(text)
    lines = document.pop("line", [])
    if document.get("use") not in set(Use):
        raise RulesUnreadable(f"`use` must be one of {', '.join(Use)}")
    if not lines:
        raise RulesUnreadable("a checklist needs a `line`")
    names = [str(line.get("name", "")) for line in lines]
    if document["use"] == Use.EVIDENCE:
        _check_questions(lines)
    elif strange := set(names) - set(Fact):
        raise RulesUnreadable(f"{', '.join(sorted(strange))} is none of {', '.join(Fact)}")
    if len(set(names)) < len(names):
        raise RulesUnreadable("each line stands once")
    return document, [_line(line) for line in lines]


def lines_of(rows: Sequence[Mapping[str, str]]) -> tuple[Line, ...]:
    """The lines as they were kept."""
    return tuple(Line(row["name"], row["because"], Without(row["without"]), row.get("asks", "")) for row in rows)


def in_words(lines: Sequence[Line]) -> tuple[tuple[str, Line], ...]:
    """Each line with what it asks for in words."""
    return tuple((line.asks or FACTS[Fact(line.name)], line) for line in lines)


@cache
def minimum_text() -> str:
    """The minimum that counts wherever an operator has loaded nothing of its own, as TOML."""
    return files("cairndesk.directory").joinpath("minimum", "minimum.toml").read_text("utf-8")


def evidence_template() -> str:
    """A neutral evidence checklist to start from, as TOML; it says of itself that it is a template."""
    return files("cairndesk.directory").joinpath("minimum", "evidence.toml").read_text("utf-8")


@cache
def minimum() -> Asked:
    """The same, as it counts."""
    about, lines = read_checklist(minimum_text())
    return Asked(about["code"], about["label"], about["source"], lines_of(lines))


def above_the_minimum(own: Asked | None) -> Asked:
    """`own` with every line of the minimum that it does not name: an operator adds to the minimum and makes it stricter, and takes nothing off."""
    if own is None:
        return minimum()
    lines = {line.name: line for line in (*minimum().lines, *own.lines)}
    return Asked(own.code, own.label, own.source, tuple(lines[fact] for fact in Fact if fact in lines))


def _line(line: Mapping[str, Any]) -> dict[str, str]:
    without = line.get("without", Without.REASON.value)
    if without not in set(Without):
        raise RulesUnreadable(f"{line['name']}: `without` must be one of {', '.join(Without)}")
    if not str(line.get("because", "")).strip():
        raise RulesUnreadable(f"{line['name']}: `because` is missing")
    asks = {"asks": str(line["asks"])} if line.get("asks") else {}
    return {"name": str(line["name"]), "because": str(line["because"]), "without": str(without), **asks}


def _check_questions(lines: Sequence[Mapping[str, Any]]) -> None:
    for line in lines:
        if not re.fullmatch(r"[a-z][a-z_]{0,29}", str(line.get("name", ""))) or not str(line.get("asks", "")).strip():
            raise RulesUnreadable("each line of an evidence checklist needs a `name` of small letters and what it `asks`")
