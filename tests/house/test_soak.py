"""A soak can be passed: each of its goals is a figure that its benchmark gives."""

import re
from pathlib import Path

import pytest
from bench.soak import _ATTACKS, GOALS
from tests.house.tree import ROOT

BENCH = Path(__file__).parents[2] / "bench"


FIGURES = (
    "kill-worker", "kill-tree", "power-loss", "write-faults", "media", "sandbox", "tamper", "log-million", "shredding", "anonymity", "takeover",
    "receipt-timing", "same-case", "stalled-uploads", "package-mutated",
)  # fmt: skip


@pytest.mark.parametrize("figure", FIGURES)
def test_the_code_of_each_figure_is_quoted_in_the_manual_and_runs_in_a_soak(figure: str) -> None:
    sections = (ROOT / "docs" / "security.in.md").read_text("utf-8").split("\n### ")[1:]
    [section] = [one for one in sections if f"`{figure}`" in one.splitlines()[0]]
    assert re.search(r"^\{\{ (tests|bench)/\S+::\w+ \}\}$", section.partition("\n## ")[0], re.MULTILINE)
    assert figure in _ATTACKS or any(figure in goals for goals in GOALS.values())


def test_whatever_a_soak_attacks_is_a_figure_of_the_manual() -> None:
    assert {name.removesuffix("-postgresql") for name in _ATTACKS} <= set(FIGURES)


@pytest.mark.parametrize("step", GOALS)
def test_every_goal_is_a_row_of_its_benchmark(step: str) -> None:
    text = (BENCH / f"{step}.py").read_text("utf-8")
    whole, begun = set(re.findall(r'(?<!f)"([a-z0-9-]+)"', text)), tuple(re.findall(r'f"([a-z0-9-]+)\{', text))
    assert [name for name in GOALS[step] if name not in whole and not (begun and name.startswith(begun))] == []
