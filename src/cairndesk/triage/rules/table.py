"""The table of priority rules: a file that a supervisor can read, change and try; one with a mistake is refused with its line and why."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from cairndesk.triage.errors import RulesBroken
from cairndesk.triage.rules.signs import Sign

EMERGENCY = 1
LEVELS = {1: "Now", 2: "Within hours", 3: "Within a day", 4: "Within two days", 5: "When there is time"}
LONGEST_TEXT = 65_536
"""Characters that a file of rules may have."""

# Whoever is in danger is never put off by a file: these signs stay emergencies, looked at within this time.
ALWAYS_NOW = (Sign.DANGER_NOW, Sign.MEETING, Sign.SELF_HARM)
NOW_WITHIN = timedelta(hours=1)
_LONGEST = timedelta(days=7)
_SPAN = re.compile(r"([1-9]\d{0,4}) (min|h|d)")
_UNITS = {"min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_TOP, _KEYS = {"version", "ordinary", "advice", "by_hand", "rule"}, {"sign", "level", "within", "words"}
_WORDS = range(3, 161)


@dataclass(frozen=True, slots=True)
class Rule:
    """While `sign` holds, the case is at least this urgent and somebody looks at it within this time."""

    sign: Sign
    level: int
    within: timedelta
    words: str


@dataclass(frozen=True, slots=True)
class Table:
    """All rules, most urgent first. `version` goes into every assessment, so that an old one can be read with its own table."""

    version: int
    rules: tuple[Rule, ...]
    ordinary: tuple[int, timedelta]
    advice: tuple[int, timedelta]
    by_hand: Mapping[int, timedelta]

    def rule(self, sign: Sign) -> Rule:
        """The rule of `sign`; every sign has one."""
        return next(rule for rule in self.rules if rule.sign is sign)


@cache
def shipped_text() -> str:
    """The file that comes with the desk."""
    return files("cairndesk.triage.rules").joinpath("priority.toml").read_text("utf-8")


@cache
def shipped() -> Table:
    """The table that comes with the desk."""
    return read_table(shipped_text())


def read_table(text: str, *, version: int | None = None) -> Table:
    """The table that `text` describes, under `version` where it is not the file's own. Raises RulesBroken with line and reason."""
    if len(text) > LONGEST_TEXT:
        raise RulesBroken(1, f"it is longer than {LONGEST_TEXT} characters")
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        # Not only what is no TOML: also a number of thousands of digits, and lists in lists without end.
        found = re.search(r"\(at line (\d+)", str(error))
        raise RulesBroken(int(found[1]) if found else text.count("\n") + 1, str(error).split(" (at ")[0]) from error
    return _Reading(text, document).table(version)


def read_kept(text: str, *, version: int) -> Table:
    """The table of a file that was good when it was kept, also where the desk has learnt since.

    A sign that the file does not know is weighed as in the table that comes with the desk, and one that there is no more is passed over. What
    cannot be read at all leaves that table in force.
    """
    try:
        return read_table(text, version=version)
    except RulesBroken:
        pass
    try:
        document = tomllib.loads(text)
        own = {row["sign"]: row for row in document["rule"] if row["sign"] in set(Sign)}
        said = [own.get(rule.sign.value) or _row(rule) for rule in shipped().rules]
        return _Reading(text, {**document, "rule": said}).table(version)
    except (RulesBroken, ValueError, RecursionError, KeyError, TypeError):
        return replace(shipped(), version=version)


def _row(rule: Rule) -> dict[str, object]:
    return {"sign": rule.sign.value, "level": rule.level, "within": f"{int(rule.within.total_seconds()) // 60} min", "words": rule.words}


class _Reading:
    """One file as it is checked; it knows on which line what stands."""

    def __init__(self, text: str, document: Mapping[str, Any]) -> None:
        self._lines, self._document = text.split("\n"), document

    def table(self, version: int | None) -> Table:
        for name in self._document:
            if name not in _TOP:
                raise self._wrong(name, f"nothing is known by the name “{name}”")
        ordinary, advice = self._rest("ordinary"), self._rest("advice")
        if advice[0] < ordinary[0]:
            raise self._wrong("advice", "who wants advice would come before who found something")
        rules = tuple(self._rules(ordinary[0]))
        said = self._document.get("version") if version is None else version
        if not isinstance(said, int) or isinstance(said, bool) or said < 1:
            raise self._wrong("version", "the version is a number")
        return Table(said, tuple(sorted(rules, key=lambda rule: rule.level)), ordinary, advice, self._by_hand())

    def _rules(self, ordinary: int) -> Iterator[Rule]:
        held = self._document.get("rule")
        if not isinstance(held, list):
            raise self._wrong("rule", "there is no [[rule]]")
        seen = set[Sign]()
        for place, row in enumerate(held):
            rule = self._rule(place, row, ordinary)
            if rule.sign in seen:
                raise self._wrong("sign", f"“{rule.sign.value}” has two rules", place)
            seen.add(rule.sign)
            yield rule
        for sign in Sign:
            if sign not in seen:
                raise RulesBroken(len(self._lines), f"“{sign.value}” has no rule: every sign needs one")

    def _rule(self, place: int, row: Any, ordinary: int) -> Rule:
        if not isinstance(row, dict):
            raise self._wrong("rule", "a rule is written as [[rule]]", place)
        for name in row:
            if name not in _KEYS:
                raise self._wrong(name, f"a rule has no “{name}”", place)
        if not isinstance(row.get("sign"), str) or row["sign"] not in set(Sign):
            raise self._wrong("sign", f"“{row.get('sign')}” is no sign; they are {', '.join(Sign)}", place)
        sign, level, within, words = Sign(row["sign"]), self._level(row, place), self._span(row, "within", place), row.get("words")
        if level > ordinary:
            raise self._wrong("level", f"a sign would make a case less urgent than one without any, which has level {ordinary}", place)
        if sign in ALWAYS_NOW and level != EMERGENCY:
            raise self._wrong("level", f"“{sign.value}” stays at level {EMERGENCY}: a child in danger never waits", place)
        if sign in ALWAYS_NOW and within > NOW_WITHIN:
            raise self._wrong("within", f"“{sign.value}” is looked at within an hour: a child in danger never waits", place)
        if not isinstance(words, str) or len(words.strip()) not in _WORDS or not words.isprintable():
            raise self._wrong("words", f"the words are one line of {_WORDS.start} to {_WORDS.stop - 1} characters", place)
        return Rule(sign, level, within, words.strip())

    def _rest(self, name: str) -> tuple[int, timedelta]:
        row = self._document.get(name)
        if not isinstance(row, dict) or set(row) != {"level", "within"}:
            raise self._wrong(name, f"[{name}] says a level and a time")
        return self._level(row, name), self._span(row, "within", name)

    def _by_hand(self) -> dict[int, timedelta]:
        row = self._document.get("by_hand")
        if not isinstance(row, dict) or set(row) != {str(level) for level in LEVELS}:
            raise self._wrong("by_hand", f"[by_hand] says a time for each of the levels 1 to {len(LEVELS)}")
        spans = {level: self._span(row, str(level), "by_hand") for level in LEVELS}
        if spans[EMERGENCY] > NOW_WITHIN:
            raise self._wrong(str(EMERGENCY), "what a person sets to now is looked at within an hour: a child in danger never waits", "by_hand")
        for level in list(LEVELS)[1:]:
            if spans[level] < spans[level - 1]:
                raise self._wrong(str(level), f"level {level} would be looked at sooner than level {level - 1}", "by_hand")
        return spans

    def _level(self, row: Mapping[str, Any], within: int | str) -> int:
        level = row.get("level")
        if isinstance(level, bool) or not isinstance(level, int) or level not in LEVELS:
            raise self._wrong("level", f"a level is a number from 1 to {len(LEVELS)}", within)
        return level

    def _span(self, row: Mapping[str, Any], name: str, within: int | str) -> timedelta:
        found = _SPAN.fullmatch(value) if isinstance(value := row.get(name), str) else None
        span = int(found[1]) * _UNITS[found[2]] if found else timedelta()
        if not timedelta() < span <= _LONGEST:
            raise self._wrong(name, f"a time is written “15 min”, “4 h” or “2 d”, and at most {_LONGEST.days} days", within)
        return span

    def _wrong(self, name: str, reason: str, within: int | str = "") -> RulesBroken:
        """The error at the line of `name`: in the rule of that place, in the table of that name, or at the top."""
        begin = self._begin(within)
        end = next((at for at in range(begin + 1, len(self._lines)) if self._lines[at].lstrip().startswith("[")), len(self._lines))
        head = re.compile(rf"\s*(?:{re.escape(name)}|\"{re.escape(name)}\")\s*=|\s*\[+\s*{re.escape(name)}\s*\]")
        wanted = range(begin, end) if within != "" else range(len(self._lines))
        return RulesBroken(next((at for at in wanted if head.match(self._lines[at])), begin) + 1, reason)

    def _begin(self, within: int | str) -> int:
        if within == "":
            return 0
        head = re.compile(r"\s*\[\[\s*rule\s*\]\]" if isinstance(within, int) else rf"\s*\[\s*{re.escape(within)}\s*\]")
        found = [at for at, line in enumerate(self._lines) if head.match(line)]
        place = within if isinstance(within, int) else 0
        return found[place] if place < len(found) else 0
