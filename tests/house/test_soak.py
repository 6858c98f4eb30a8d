"""A soak can be passed: each of its goals is a figure that its benchmark gives."""

import re
from pathlib import Path

import pytest
from bench.soak import GOALS

BENCH = Path(__file__).parents[2] / "bench"


@pytest.mark.parametrize("step", GOALS)
def test_every_goal_is_a_row_of_its_benchmark(step: str) -> None:
    text = (BENCH / f"{step}.py").read_text("utf-8")
    whole, begun = set(re.findall(r'(?<!f)"([a-z0-9-]+)"', text)), tuple(re.findall(r'f"([a-z0-9-]+)\{', text))
    assert [name for name in GOALS[step] if name not in whole and not (begun and name.startswith(begun))] == []
