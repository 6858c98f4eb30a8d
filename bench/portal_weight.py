"""What the heaviest page of telling and the heaviest of all pages of the portal weigh on the line, in every language and voice.

Each page is asked for over a socket as every browser asks, and counted with its headers; the peers are the goals.
"""

from bench.report import Row, Scale, less_is_better
from tests.intake.portal.walk import EVERYWHERE, TOLD, walked

_STEP, _PAGE = 14, 30


def rows(*, scale: Scale) -> list[Row]:
    """KiB of both; `quick` walks through English alone."""
    found = [(walked(at).weights, at) for at in scale.of(tiny=EVERYWHERE[:1], quick=EVERYWHERE[:1], usual=EVERYWHERE)]
    every = [(weight / 1024, f"`{name}` at {at}/") for weights, at in found for name, weight in weights.items()]
    steps = [(weights[name] / 1024, f"`{name}` at {at}/") for weights, at in found for name in weights if TOLD.fullmatch(name)]
    return [_row("step-weight", steps, _STEP, len(found)), _row("page-weight", every, _PAGE, len(found))]


def _row(name: str, weighed: list[tuple[float, str]], goal: int, places: int) -> Row:
    most, where = max(weighed)
    note = f"the heaviest of {len(weighed):,} pages in {places} languages and voices, with headers: {where}; the peer is the goal"
    return less_is_better(name, most, goal, unit="KiB", note=note)
