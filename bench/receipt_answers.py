"""Whether time tells a wrong receipt from an erased one: Welch's t over look-ups taken in random order."""

import os
import secrets
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.report import Row

from cairndesk.config import Config, Receipts
from cairndesk.custody.sealing import hpke
from cairndesk.intake import receipt
from cairndesk.intake.portal.site import Site, open_site
from cairndesk.intake.rules import Mailbox, mailbox_context

LIMIT = 4.5
_TRIES, _SOAK = 2_000, 20_000


def rows(*, soak: bool) -> list[Row]:
    """|t| of unknown against erased receipts; over 4.5 somebody could tell them apart. `soak` takes the full cost of stretching."""
    with tempfile.TemporaryDirectory() as folder:
        site, erased = _site(Path(folder), Receipts() if soak else Receipts(memory_kib=64, passes=1))
        worst = _welch(site, lambda: secrets.choice(erased), receipt.draw, _SOAK if soak else _TRIES)
    assert worst < LIMIT, f"time tells erased receipts from unknown ones: |t| = {worst:.1f}"
    return [Row("receipt: erased against unknown", round(worst, 3), LIMIT, round(LIMIT / max(worst, 0.01), 2), "|t|", "lower is better; limit 4.5")]


def _site(folder: Path, cost: Receipts) -> tuple[Site, list[receipt.Parts]]:
    """A portal whose folder once held mailboxes that were taken down, beside others that are there."""
    (folder / "spool").mkdir()
    (folder / "published" / "mailboxes").mkdir(parents=True)
    (folder / "published" / "argon2.salt").write_bytes(os.urandom(receipt.SALT_LENGTH))
    site = open_site(Config(data=folder, receipts=cost))
    erased, held = [receipt.draw() for _ in range(20)], [receipt.draw() for _ in range(20)]
    for parts in erased + held:
        opened = site.stretch(parts)
        path = folder / "published" / "mailboxes" / opened.index
        path.write_bytes(hpke.seal(opened.public, Mailbox().to_json(), mailbox_context(opened.index)))
        if parts in erased:
            path.unlink()
    return site, erased


def _welch(site: Site, erased: Callable[[], receipt.Parts], unknown: Callable[[], receipt.Parts], tries: int) -> float:
    """|t| of the two kinds, each look-up drawn at random and the slowest twentieth left out, where the machine was busy."""
    times: dict[str, list[int]] = {"erased": [], "unknown": []}
    for _ in range(tries):
        kind = secrets.choice(("erased", "unknown"))
        parts = erased() if kind == "erased" else unknown()
        start = time.perf_counter_ns()
        _, box = site.look_up(parts)
        times[kind].append(time.perf_counter_ns() - start)
        assert box is None
    kept = [sorted(held)[: len(held) * 19 // 20] for held in times.values()]
    first, second = kept
    spread = statistics.variance(first) / len(first) + statistics.variance(second) / len(second)
    return float(abs(statistics.mean(first) - statistics.mean(second)) / spread**0.5)
