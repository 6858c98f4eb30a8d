"""Optional analysers that others write: what one has to say of itself, and the one number that it may say of a file (DET-05).

A package names, as an entry point of the group `cairndesk.analysers`, an `Analyser`: a card, and the name of a module that only the child behind
walls ever imports. That module has `load()`, which reads from the disk whatever is needed, and `look(data)`, which gives a share from 0 to 1. When
`look` runs, no file can be opened and no thread or process begun.
"""

import struct
from dataclasses import dataclass, fields

from cairndesk.signals.engine import walls
from cairndesk.signals.engine.answer import Why
from cairndesk.signals.engine.children import Program, ask
from cairndesk.signals.errors import AnalyserRefused

GROUP = "cairndesk.analysers"
SECONDS = 20.0
LIMITS = walls.Limits(3 << 30, 20)
_LAYOUT, _MAGIC, _REASONS = struct.Struct(">4sBB"), b"CDA1", tuple(Why)


@dataclass(frozen=True, slots=True)
class ErrorRates:
    """How often it is wrong, as shares from 0 to 1: of what is not so, and of what is; and on which data that was measured."""

    false_positives: float
    false_negatives: float
    measured_on: str

    def __post_init__(self) -> None:
        if not (0 <= self.false_positives <= 1 and 0 <= self.false_negatives <= 1 and self.measured_on.strip()):
            raise AnalyserRefused("Error rates are shares from 0 to 1, and say on which data they were measured.")


@dataclass(frozen=True, slots=True)
class Card:
    """What an analyser has to say of itself; nothing of it may be left out. `says` goes on after its share: "73 of 100: …"."""

    title: str
    version: str
    maker: str
    licence: str
    says: str
    made_from: str
    limits: str
    rates: ErrorRates

    def __post_init__(self) -> None:
        if empty := [one.name for one in fields(self) if one.name != "rates" and not str(getattr(self, one.name)).strip()]:
            raise AnalyserRefused(f"The card of an analyser says nothing of: {', '.join(empty)}.")
        if not isinstance(self.rates, ErrorRates):
            raise AnalyserRefused("An analyser without error rates is not run.")


@dataclass(frozen=True, slots=True)
class Analyser:
    """One analyser: its card, and the module that runs behind walls."""

    card: Card
    module: str

    def __post_init__(self) -> None:
        if not isinstance(self.card, Card) or not all(part.isidentifier() for part in self.module.split(".")):
            raise AnalyserRefused("An analyser is a card and the name of a module.")


@dataclass(frozen=True, slots=True)
class Opinion:
    """The share from 0 to 100 that an analyser gives a file, or why there is none."""

    share: int | None
    why: Why = Why.NOTHING


def look(analyser: Analyser, data: bytes, *, folder: str, minimum: walls.Level = walls.Level.MINIMAL, seconds: float = SECONDS) -> Opinion:
    """What `analyser`, whose package lies in `folder`, says of the file in `data`. Whatever it does, there is an opinion or a reason."""
    order = f"{analyser.module}\0{folder}".encode()
    return ask(_program(folder), data, minimum=minimum, order=order, seconds=seconds)


def encode(said: Opinion) -> bytes:
    """`said` as the child writes it; 255 is no share."""
    return _LAYOUT.pack(_MAGIC, 255 if said.share is None else said.share, _REASONS.index(said.why))


def decode(raw: bytes) -> Opinion | None:
    """The opinion in `raw`, or None when any field is outside of what a child may say."""
    if len(raw) != _LAYOUT.size or not raw.startswith(_MAGIC):
        return None
    _, share, why = _LAYOUT.unpack(raw)
    if why >= len(_REASONS) or (share == 255) == (_REASONS[why] is Why.NOTHING) or 100 < share < 255:
        return None
    return Opinion(None if share == 255 else share, _REASONS[why])


def _program(folder: str) -> Program[Opinion]:
    return Program("cairndesk.signals.engine.analysing", _LAYOUT.size, decode, lambda why: Opinion(None, why), (folder,))
