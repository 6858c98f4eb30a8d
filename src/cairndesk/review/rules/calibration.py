"""Calibration sets: invented cases with the answers that supervisors agreed on, and what answers of people come to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from cairndesk.cases import taxonomy
from cairndesk.review.errors import CalibrationBroken
from cairndesk.review.rules.reading import Part, Reading

FIRST: Mapping[str, str] = {
    "safeguard": "Safeguard the child",
    "welfare": "Involve welfare and child-justice services",
    "preserve": "Preserve the evidence",
    "remove": "Have it removed",
    "authority": "Report to an authority",
    "partner": "Involve a partner abroad",
    "support": "Offer support",
}
"""What can come first: the steps of a plan, as response names them; a test holds the two equal."""
QUESTIONS: Mapping[str, str] = {"level": "How urgent is it?", "harm": "Which harm is it above all?", "first": "What comes first?"}
EMERGENCY = 1
FEWEST_CASES, MOST_CASES, LOWEST_BAR = 3, 60, 50
LONGEST_TEXT = 65_536
"""Characters that a file of invented cases may have."""
_LONGEST_TOLD, _LONGEST_WHY = 1200, 400
_TOP, _CASE = {"version", "bar", "case"}, {"code", "told", "level", "harm", "first", "why"}


@dataclass(frozen=True, slots=True)
class Answer:
    """How somebody judged one invented case, or how supervisors agreed to."""

    level: int
    harm: str
    first: str

    def as_codes(self) -> dict[str, str]:
        """Question → code."""
        return {"level": str(self.level), "harm": self.harm, "first": self.first}


@dataclass(frozen=True, slots=True)
class Example:
    """One invented case, the agreed answer, and why it is that one."""

    code: str
    told: str
    agreed: Answer
    why: str


@dataclass(frozen=True, slots=True)
class CalibrationSet:
    """All cases of one version, in their order; `bar`: how many of 100 answers must agree."""

    version: int
    bar: int
    cases: tuple[Example, ...]

    def case(self, code: str) -> Example | None:
        """The case of this code."""
        return next((one for one in self.cases if one.code == code), None)


@dataclass(frozen=True, slots=True)
class Score:
    """`alike` of `asked` answers agree, over `answered` of `cases`; `missed`: codes of cases of level 1 that were taken for less urgent."""

    cases: int
    answered: int
    asked: int
    alike: int
    missed: tuple[str, ...]
    bar: int

    @property
    def percent(self) -> int:
        """Agreeing answers of 100, rounded down, so that no bar is reached by rounding."""
        return self.alike * 100 // self.asked if self.asked else 0

    @property
    def is_through(self) -> bool:
        """Whether all is answered, enough of it as agreed, and no emergency was overlooked."""
        return self.answered == self.cases and self.percent >= self.bar and not self.missed


@cache
def shipped_text() -> str:
    """The file that comes with the desk."""
    return files("cairndesk.review.rules").joinpath("calibration.toml").read_text("utf-8")


@cache
def shipped() -> CalibrationSet:
    """The set that comes with the desk."""
    return read_set(shipped_text())


def read_set(text: str, *, version: int | None = None) -> CalibrationSet:
    """The set that `text` describes, under `version` where it is not the file's own. Raises CalibrationBroken with line and reason."""
    file = Reading(text, "The set", _TOP, CalibrationBroken, longest=LONGEST_TEXT)
    said, bar = file.whole("version", 1, 9999), file.whole("bar", LOWEST_BAR, 100)
    cases: list[Example] = file.each("case", _CASE, _example)
    if not FEWEST_CASES <= len(cases) <= MOST_CASES:
        raise file.wrong("case", f"a set has {FEWEST_CASES} to {MOST_CASES} cases, and this one {len(cases)}")
    codes = [one.code for one in cases]
    for place, code in enumerate(codes):
        if code in codes[:place]:
            raise file.wrong("code", f"“{code}” stands twice", ("case", place))
    if all(one.agreed.level != EMERGENCY for one in cases):
        raise file.wrong("case", f"no case has level {EMERGENCY}: a set without an emergency teaches nobody to see one")
    return CalibrationSet(version or said, bar, tuple(cases))


def score(held: CalibrationSet, answers: Mapping[str, Answer]) -> Score:
    """What `answers` (code of a case → answer) come to; answers to cases that are not in the set count nowhere."""
    met = [(one, answers[one.code]) for one in held.cases if one.code in answers]
    pairs = [pair for one, answer in met for pair in pairs_of(one, answer).values()]
    missed = tuple(one.code for one, answer in met if one.agreed.level == EMERGENCY != answer.level)
    return Score(len(held.cases), len(met), len(pairs), sum(said == agreed for said, agreed in pairs), missed, held.bar)


def pairs_of(example: Example, answer: Answer) -> dict[str, tuple[str, str]]:
    """Question → what was said, and what was agreed."""
    said, agreed = answer.as_codes(), example.agreed.as_codes()
    return {question: (said[question], agreed[question]) for question in QUESTIONS}


def by_question(held: CalibrationSet, rounds: Iterable[Mapping[str, Answer]]) -> dict[str, Sequence[tuple[str, str]]]:
    """Question → what was said and what was agreed, over all cases that the people behind `rounds` answered."""
    found: dict[str, list[tuple[str, str]]] = {question: [] for question in QUESTIONS}
    for answers in rounds:
        for one in held.cases:
            for question, pair in pairs_of(one, answers[one.code]).items() if one.code in answers else ():
                found[question].append(pair)
    return dict(found)


def _example(part: Part) -> Example:
    harms = [code.code for code in taxonomy.family("harm").codes.values() if not code.until]
    agreed = Answer(part.whole("level", 1, 5), part.one_of("harm", harms), part.one_of("first", FIRST))
    return Example(part.code("code"), part.words("told", _LONGEST_TOLD, least=20), agreed, part.words("why", _LONGEST_WHY, least=10))
