"""Reads tables of schemes and of mappings between them; a file with a mistake is refused with its line and why. Other files read alike."""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from cairndesk.cases import taxonomy
from cairndesk.review.errors import FileBroken, SchemeBroken
from cairndesk.review.rules.features import BY_NAME
from cairndesk.review.rules.mapping import MappingKind, Pair, Table
from cairndesk.review.rules.severity import Clause, Level, Scheme, Section

LONGEST_TEXT = 262_144
"""Characters that a table may have."""

_CODE = re.compile(r"[a-z][a-z0-9_]{0,18}")
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.-]{0,18}")
_SCHEME = {"name", "version", "title", "since", "until", "source", "note", "section", "level"}
_SECTION, _LEVEL = {"code", "title", "pick"}, {"code", "label", "definition", "is_severe", "official", "section", "includes", "excludes", "when"}
_MAPPING, _PAIR = {"from", "to", "checked", "source", "pair"}, {"from", "to", "kind", "why"}
_LINE, _PARAGRAPH = 200, 2000


def read_scheme(text: str, *, place: str) -> Scheme:
    """The scheme of a TOML file. Raises SchemeBroken naming `place`, the line and what is wrong."""
    file = Reading(text, place, _SCHEME)
    sections = tuple(file.each("section", _SECTION, _section)) or (Section("", ""),)
    if len({section.code for section in sections}) != len(sections):
        raise file.wrong("section", "two sections have the same code")
    levels = tuple(file.each("level", _LEVEL, _level))
    if not levels:
        raise file.wrong("level", "there is no [[level]] yet: a scheme needs values, each with code, label and definition")
    seen, known = set[str](), {section.code for section in sections}
    for place_of, level in enumerate(levels):
        if level.code in seen:
            raise file.wrong("code", f"“{level.code}” stands twice", ("level", place_of))
        if level.section not in known:
            raise file.wrong("section", f"there is no [[section]] “{level.section}”", ("level", place_of))
        seen.add(level.code)
    since, until = file.day("since"), file.day("until")
    if since and until and until < since:
        raise file.wrong("until", "it ends before it begins")
    return Scheme(
        file.code("name"), file.version(), file.words("title", _LINE), levels, sections, since, until,
        file.words("source", _PARAGRAPH, least=0), file.words("note", _PARAGRAPH, least=0),
    )  # fmt: skip


def read_mapping(text: str, *, place: str) -> Table:
    """How the values of one scheme stand to those of another. Raises SchemeBroken naming `place`, the line and what is wrong."""
    file = Reading(text, place, _MAPPING)
    pairs = tuple(file.each("pair", _PAIR, _pair))
    if not pairs:
        raise file.wrong("pair", "there is no [[pair]]")
    checked = file.day("checked")
    if checked is None:
        raise file.wrong("checked", "say on which day somebody checked it, as 2026-11-01")
    return Table(file.code("from"), file.code("to"), checked, file.words("source", _PARAGRAPH), pairs)


def is_mapping(text: str) -> bool:
    """Whether a file is meant to be a mapping: it says from which scheme. What is no TOML is read as a scheme, and refused there."""
    try:
        return "from" in tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False


@dataclass(frozen=True, slots=True)
class Part:
    """One [[part]] of a file, or its top (`part` None), with what it says and the way to its lines."""

    file: "Reading"
    row: Mapping[str, Any]
    part: tuple[str, int] | None

    def wrong(self, name: str, reason: str) -> FileBroken:
        return self.file.wrong(name, reason, self.part)

    def words(self, name: str, longest: int, *, least: int = 1) -> str:
        value = self.row.get(name, "" if least == 0 else None)
        if not isinstance(value, str) or not least <= len(value.strip()) <= longest or not value.isprintable():
            raise self.wrong(name, f"“{name}” is one line of {least} to {longest} characters")
        return value.strip()

    def whole(self, name: str, least: int, most: int) -> int:
        value = self.row.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self.wrong(name, f"“{name}” is a number from {least} to {most}")
        return value

    def one_of(self, name: str, known: Iterable[str]) -> str:
        value = self.row.get(name)
        if not isinstance(value, str) or value not in set(known):
            raise self.wrong(name, f"“{name}” is one of {', '.join(known)}")
        return value

    def code(self, name: str, *, may_miss: bool = False) -> str:
        value = self.row.get(name, "" if may_miss else None)
        if not isinstance(value, str) or not (_CODE.fullmatch(value) or (may_miss and value == "")):
            raise self.wrong(name, f"“{name}” is written with a-z, 0-9 and _, begins with a letter and has at most 19 signs")
        return value

    def lines(self, name: str) -> tuple[str, ...]:
        value = self.row.get(name, [])
        if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() and one.isprintable() for one in value):
            raise self.wrong(name, f"“{name}” is a list of texts")
        return tuple(value)


def _section(part: Part) -> Section:
    pick = part.row.get("pick", "one")
    if pick not in {"one", "many"}:
        raise part.wrong("pick", "“pick” is “one” or “many”")
    return Section(part.code("code"), part.words("title", _LINE), is_many=pick == "many")


def _level(part: Part) -> Level:
    is_severe = part.row.get("is_severe", False)
    if not isinstance(is_severe, bool):
        raise part.wrong("is_severe", "“is_severe” is true or false")
    return Level(
        part.code("code"), part.words("label", _LINE), part.words("definition", _PARAGRAPH), is_severe,
        part.words("official", 40, least=0), part.code("section", may_miss=True), part.lines("includes"), part.lines("excludes"), _when(part),
    )  # fmt: skip


def _when(part: Part) -> tuple[Clause, ...]:
    held = part.row.get("when", [])
    if not isinstance(held, list) or not all(isinstance(clause, dict) and clause for clause in held):
        raise part.wrong("when", '“when” is a list of clauses, as { age_band = ["age_0"] }')
    for clause in held:
        for name, codes in clause.items():
            if name not in BY_NAME:
                raise part.wrong("when", f"no feature of a case is called “{name}”; they are {', '.join(BY_NAME)}")
            known = taxonomy.family(BY_NAME[name].family).codes
            if not isinstance(codes, list) or not codes or not all(isinstance(code, str) and code in known for code in codes):
                raise part.wrong("when", f"“{name}” is a list of codes, of {', '.join(known)}")
    return tuple(tuple((name, tuple(codes)) for name, codes in clause.items()) for clause in held)


def _pair(part: Part) -> Pair:
    kind = part.row.get("kind")
    if kind not in set(MappingKind):
        raise part.wrong("kind", f"“kind” is one of {', '.join(MappingKind)}")
    if (kind == MappingKind.NONE) == ("to" in part.row):
        raise part.wrong("to", "a value without an equivalent has no “to”, and every other one has")
    to = "" if kind == MappingKind.NONE else part.code("to")
    return Pair(part.code("from"), MappingKind(kind), to, part.words("why", _PARAGRAPH, least=1 if kind == MappingKind.NONE else 0))


class Reading:
    """One file as it is checked; it knows on which line what stands."""

    def __init__(self, text: str, place: str, keys: set[str], broken: type[FileBroken] = SchemeBroken, *, longest: int = LONGEST_TEXT) -> None:
        self._place, self._lines, self._broken = place, text.splitlines(), broken
        if len(text) > longest:
            raise self._at(1, f"it is longer than {longest} characters")
        try:
            self._document: Mapping[str, Any] = tomllib.loads(text)
        except (ValueError, RecursionError) as error:
            found = re.search(r"\(at line (\d+)", str(error))
            raise self._at(int(found[1]) if found else len(self._lines), str(error).split(" (at ")[0]) from error
        self._top = Part(self, self._document, None)
        for name in self._document:
            if name not in keys:
                raise self.wrong(name, f"nothing is known by the name “{name}”")
        self.code, self.words, self.whole = self._top.code, self._top.words, self._top.whole

    def each(self, part: str, keys: set[str], read: Callable[[Part], Any]) -> list[Any]:
        held = self._document.get(part, [])
        if not isinstance(held, list):
            raise self.wrong(part, f"it is written as [[{part}]]")
        found = []
        for place, row in enumerate(held):
            if not isinstance(row, dict):
                raise self.wrong(part, f"it is written as [[{part}]]", (part, place))
            for name in row:
                if name not in keys:
                    raise self.wrong(name, f"a {part} has no “{name}”", (part, place))
            found.append(read(Part(self, row, (part, place))))
        return found

    def day(self, name: str) -> date | None:
        value = self._document.get(name)
        if value is not None and (not isinstance(value, date) or isinstance(value, datetime)):
            raise self.wrong(name, f"“{name}” is a day, as 2026-11-01")
        return value

    def version(self) -> str:
        value = str(self._document.get("version", ""))
        if not _VERSION.fullmatch(value):
            raise self.wrong("version", "the version is written with letters, digits, dots and hyphens, and has at most 19 signs")
        return value

    def wrong(self, name: str, reason: str, part: tuple[str, int] | None = None) -> FileBroken:
        """The error at the line of `name`, in that [[part]] or at the top."""
        heads = [at for at, line in enumerate(self._lines) if part and re.match(rf"\s*\[\[\s*{part[0]}\s*\]\]", line)]
        begin = heads[part[1]] if part and part[1] < len(heads) else 0
        end = next((at for at in range(begin + 1, len(self._lines)) if self._lines[at].lstrip().startswith("[[")), len(self._lines))
        head = re.compile(rf"\s*\"?{re.escape(name)}\"?\s*=|\s*\[+\s*{re.escape(name)}\s*\]")
        wanted = range(begin, end) if part else range(len(self._lines))
        return self._at(next((at for at in wanted if head.match(self._lines[at])), begin) + 1, reason)

    def _at(self, line: int, reason: str) -> FileBroken:
        return self._broken(f"{self._place}, line {line}: {reason}")
