"""A thousand useless receipts, timed: the figures are shown, and only a soak holds them to a limit, as a busy machine must fail no test."""

import sys
from pathlib import Path

import pytest
from bench.receipt_answers import LIMIT, _site, _times, _worst

from cairndesk.config import Receipts
from cairndesk.custody.sealing import hpke
from cairndesk.intake import receipt

TRIES = 1_000


@pytest.mark.slow
def test_a_thousand_useless_receipts_of_four_kinds_cost_equal_work_and_their_times_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    site, kinds = _site(tmp_path, Receipts(memory_kib=64, passes=1))
    done: list[list[str]] = []
    stretch, unseal = receipt.stretch, hpke.unseal
    monkeypatch.setattr(receipt, "stretch", lambda *given, **named: done[-1].append("stretch") or stretch(*given, **named))
    monkeypatch.setattr(hpke, "unseal", lambda private, blob, context: done[-1].append(f"open {len(blob)}") or unseal(private, blob, context))
    # Each is useless, or `_times` would stop.
    times = _times(site, {kind: lambda draw=draw: done.append([]) or draw() for kind, draw in kinds.items()}, TRIES)
    assert sorted(times) == ["erased", "expired", "unknown", "wrong"]
    assert sum(len(held) for held in times.values()) == len(done) == TRIES
    assert min(len(held) for held in times.values()) > TRIES / 8
    [work] = {tuple(one) for one in done}
    assert [step.split()[0] for step in work] == ["stretch", "open"]
    worst, pair = _worst(times)
    # A worker of the test run has its standard output taken away, and not this.
    with capsys.disabled():
        sys.stderr.write(f"\n{TRIES:,} useless receipts: largest |t| {worst:.2f} ({pair}); a soak allows {LIMIT}\n")
