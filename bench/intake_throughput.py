"""How many reports an embedded desk takes: kept by the portal, and then taken in by `work`.

A report here is what most are: four pages and a receipt, five sealed files. Stretching the receipt is left out: it is slow on
purpose, has a lane of its own, and is named in docs/performance.md.
"""

import asyncio
import os
import secrets
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from bench.desk import NOW, a_desk, insert_plainly
from bench.report import Row, Scale

from cairndesk.cases.models import Report
from cairndesk.config import VERIFIER_VARIABLE
from cairndesk.custody.queries import verifier_key
from cairndesk.custody.sealing import hpke
from cairndesk.intake import jobs
from cairndesk.intake.portal import site
from cairndesk.intake.publish import publish_changes
from cairndesk.intake.rules import Answers, Fragment, Kind, Path, hour_of, new_draft

_ROUNDS = 3
# What the answers of one such report take as JSON.
_REPORT_BYTES = 400
PAGES: tuple[Answers, ...] = (
    {"danger": ["not_now"]},
    {"what": ["threatens"], "link": "https://site.example/room/1"},
    {"setting": "online", "service": {"unknown": "unknown"}, "handle": "gull__gull"},
    {"more": "It began last week, and now there are messages every day.", "age": "13_15"},
)


class Spent(NamedTuple):
    """Seconds by the clock, and of processor, which other work on the machine changes less."""

    clock: float
    processor: float


def rows(*, scale: Scale) -> list[Row]:
    """Reports a second, kept and taken in; ours and the peer's taken in turns."""
    a_desk()
    publish_changes(now=NOW)
    os.environ[VERIFIER_VARIABLE] = verifier_key()
    many = scale.of(tiny=1, quick=20, usual=20, soak=500)
    kept: list[Spent] = []
    taken: list[Spent] = []
    plain: list[Spent] = []
    for _ in range(_ROUNDS):
        kept.append(_spent(lambda: asyncio.run(_tell(many))))
        taken.append(_spent(lambda: _take_in(many)))
        plain.append(_spent(lambda: [insert_plainly(_REPORT_BYTES) for _ in range(many)]))
    whole = [Spent(*map(sum, zip(*both, strict=True))) for both in zip(kept, taken, strict=True)]
    note = "four pages and a receipt, {}; peer: one plain row a report, unsealed, committed and synced in the same database"
    end = "acknowledged and then taken in as a case, on one core"
    return [
        _row(
            "intake-acknowledged",
            many,
            [one.clock for one in kept],
            [one.clock for one in plain],
            note.format("each sealed, synced and acknowledged"),
        ),
        _row("intake-throughput", many, [one.clock for one in whole], [one.clock for one in plain], note.format(end)),
        _row("intake-processor", many, [one.processor for one in whole], [one.processor for one in plain], f"by processor time: {note.format(end)}"),
    ]


async def _tell(many: int) -> None:
    """Tell `many` reports as the portal files them, one page after the other."""
    spool, desk = site.current().spool, site.current().published.desks()[0]
    for _ in range(many):
        draft = partial(Fragment, organisation=str(desk.id), hour=hour_of(NOW), draft=new_draft(), path=Path.CHILD)
        for step, answers in enumerate(PAGES, 1):
            page = draft(Kind.ANSWERS, step=step, counter=step, answers=answers, done=step == len(PAGES))
            await spool.keep(page, public=desk.key_at(NOW))
        slip = draft(Kind.RECEIPT, receipt_index=secrets.token_hex(16), mailbox_public=hpke.generate()[1].hex())
        await spool.keep(slip, public=desk.key_at(NOW))


def _take_in(many: int) -> None:
    """Drain until nothing waits; every report must then be there."""
    before = Report.objects.count()
    while jobs.drain(site.current().spool):
        pass
    assert Report.objects.count() == before + many


def _spent(work: Callable[[], object]) -> Spent:
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return Spent(time.perf_counter() - clock, time.process_time() - processor)


def _row(name: str, many: int, ours: Sequence[float], peer: Sequence[float], note: str) -> Row:
    mine, theirs = many / statistics.median(ours), many / statistics.median(peer)
    return Row(name, round(mine, 1), round(theirs, 1), round(mine / theirs, 2), "reports/s", note)
