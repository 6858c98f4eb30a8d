"""Whether time tells one useless receipt from another: Welch's t over look-ups of wrong, unknown, erased and expired ones in random order."""

import itertools
import os
import secrets
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bench.report import Row, Scale

from cairndesk.config import Config, Receipts
from cairndesk.custody.sealing import hpke
from cairndesk.intake import receipt
from cairndesk.intake.portal.site import Site, open_site
from cairndesk.intake.rules import Mailbox, mailbox_context

LIMIT = 4.5
# A whole soak of look-ups takes about three quarters of an hour on a quiet machine; a busy one ends it here, and the row says so.
_MINUTES = float(os.environ.get("SOAK_MINUTES", "120"))
_HELD = 20
Kinds = Mapping[str, Callable[[], receipt.Parts]]


def rows(*, scale: Scale) -> list[Row]:
    """The largest |t| between two kinds; over 4.5 somebody could tell them apart. A soak takes the full cost of stretching."""
    with tempfile.TemporaryDirectory() as folder:
        site, kinds = _site(Path(folder), Receipts() if scale is Scale.SOAK else Receipts(memory_kib=64, passes=1))
        times = _times(site, kinds, scale.of(tiny=100, quick=2_000, usual=2_000, soak=20_000))
    worst, pair = _worst(times)
    means = ", ".join(f"{kind} {statistics.mean(_kept(held)) / 1e6:.3f}" for kind, held in times.items())
    note = f"largest of six pairs ({pair}) over {sum(map(len, times.values())):,} look-ups; lower is better; the peer is the limit; ms: {means}"
    return [Row("receipt-timing", round(worst, 3), LIMIT, round(LIMIT / max(worst, 0.01), 2), "|t|", note)]


def _site(folder: Path, cost: Receipts) -> tuple[Site, Kinds]:
    """A portal with mailboxes of which some were taken down: at once when erased, and long after their last change when expired."""
    (folder / "spool").mkdir()
    (folder / "published" / "mailboxes").mkdir(parents=True)
    (folder / "published" / "argon2.salt").write_bytes(os.urandom(receipt.SALT_LENGTH))
    site = open_site(Config(data=folder, receipts=cost), verifier="")
    erased, expired, held = ([receipt.draw() for _ in range(_HELD)] for _ in range(3))
    laid_out = {parts: _lay_out(site, parts) for parts in erased + expired + held}
    for parts in expired:
        os.utime(laid_out[parts], (0, 0))
    for parts in erased + expired:
        laid_out[parts].unlink()
    return site, {
        "wrong": lambda: _misremembered(secrets.choice(held)),
        "unknown": receipt.draw,
        "erased": lambda: secrets.choice(erased),
        "expired": lambda: secrets.choice(expired),
    }


def _lay_out(site: Site, parts: receipt.Parts) -> Path:
    opened = site.stretch(parts)
    path = site.config.data / "published" / "mailboxes" / opened.index
    path.write_bytes(hpke.seal(opened.public, Mailbox().to_json(), mailbox_context(opened.index)))
    return path


def _misremembered(parts: receipt.Parts) -> receipt.Parts:
    """A receipt that opens something, with one word that is another."""
    place = secrets.randbelow(len(parts))
    other = secrets.choice([word for word in receipt.words() if word != parts[place]])
    return (*parts[:place], other, *parts[place + 1 :])


def _times(site: Site, kinds: Kinds, tries: int) -> dict[str, list[int]]:
    """Nanoseconds of each look-up, its kind drawn at random."""
    times: dict[str, list[int]] = {kind: [] for kind in kinds}
    until = time.monotonic() + _MINUTES * 60
    for _ in range(tries):
        kind = secrets.choice(list(kinds))
        parts = kinds[kind]()
        start = time.perf_counter_ns()
        _, box = site.look_up(parts)
        times[kind].append(time.perf_counter_ns() - start)
        assert box is None
        if time.monotonic() > until:
            break
    return times


def _worst(times: Mapping[str, Sequence[int]]) -> tuple[float, str]:
    """The largest |t| between two kinds, and which two."""
    return max((_welch(times[one], times[other]), f"{one} and {other}") for one, other in itertools.combinations(times, 2))


def _welch(one: Sequence[int], other: Sequence[int]) -> float:
    first, second = _kept(one), _kept(other)
    spread = statistics.variance(first) / len(first) + statistics.variance(second) / len(second)
    return float(abs(statistics.mean(first) - statistics.mean(second)) / spread**0.5)


def _kept(times: Sequence[int]) -> list[int]:
    """All but the slowest twentieth, where the machine was busy with something else."""
    return sorted(times)[: len(times) * 19 // 20]
