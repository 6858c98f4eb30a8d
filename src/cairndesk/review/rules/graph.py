"""How the graph of a case is laid out: cases on one side, what they share on the other; the table says the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

_ROW, _TOP, _LEFT, _RIGHT, _WIDTH = 30, 20, 150, 410, 640


@dataclass(frozen=True, slots=True)
class Entity:
    """Something that several cases hold: its name on the page, the cases of it that are shown, and in how many it is in all."""

    name: str
    where: str
    cases: tuple[UUID, ...]
    total: int

    @property
    def further(self) -> int:
        """In how many cases it is that are not shown."""
        return self.total - len(self.cases)


@dataclass(frozen=True, slots=True)
class Label:
    """A word of the drawing, in its units; `is_case` stands on the left."""

    text: str
    x: int
    y: int
    is_case: bool


@dataclass(frozen=True, slots=True)
class Line:
    """That a case holds something."""

    x1: int
    y1: int
    x2: int
    y2: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything in it, and its size."""

    width: int
    height: int
    labels: tuple[Label, ...]
    lines: tuple[Line, ...]


def drawn(cases: Mapping[UUID, str], entities: Sequence[Entity]) -> Drawing:
    """The numbers of `cases` in their order on the left, `entities` on the right, and a line wherever a case holds one."""
    left = {case: _TOP + place * _ROW for place, case in enumerate(cases)}
    right = [_TOP + place * _ROW for place in range(len(entities))]
    labels = [Label(number, _LEFT - 8, left[case], is_case=True) for case, number in cases.items()]
    labels += [Label(one.name, _RIGHT + 8, y, is_case=False) for one, y in zip(entities, right, strict=True)]
    lines = [Line(_LEFT, left[case], _RIGHT, y) for one, y in zip(entities, right, strict=True) for case in one.cases]
    return Drawing(_WIDTH, _TOP + _ROW * max(len(left), len(right), 1), tuple(labels), tuple(lines))
