"""How many reports an embedded desk takes: kept by the portal, and then taken in by `work`.

A report here is what most are: four pages and a receipt, five sealed files. Stretching the receipt is left out: it is slow on
purpose, has a lane of its own, and is named in docs/performance.md.
"""

import asyncio
import secrets
import statistics
import time
from collections.abc import Callable
from functools import partial

from bench.desk import NOW, a_desk, insert_plainly
from bench.report import Row

from cairndesk.cases.models import Report
from cairndesk.custody.sealing import hpke
from cairndesk.intake import jobs
from cairndesk.intake.portal import site
from cairndesk.intake.publish import publish_changes
from cairndesk.intake.rules import Answers, Fragment, Kind, Path, hour_of, new_draft

_QUICK, _SOAK, _ROUNDS = 20, 500, 3
# What the answers of one such report take as JSON.
_REPORT_BYTES = 400
PAGES: tuple[Answers, ...] = (
    {"danger": ["not_now"]},
    {"what": ["threatens"], "link": "https://site.example/room/1"},
    {"setting": "online", "service": {"unknown": "unknown"}, "handle": "gull__gull"},
    {"more": "It began last week, and now there are messages every day.", "age": "13_15"},
)


def rows(*, soak: bool) -> list[Row]:
    """Reports a second, kept and taken in; ours and the peer's taken in turns."""
    a_desk()
    publish_changes(now=NOW)
    many = _SOAK if soak else _QUICK
    kept, taken, plain = [], [], []
    for _ in range(_ROUNDS):
        kept.append(_seconds(lambda: asyncio.run(_tell(many))))
        taken.append(_seconds(lambda: _take_in(many)))
        plain.append(_seconds(lambda: [insert_plainly(_REPORT_BYTES) for _ in range(many)]))
    peer = many / statistics.median(plain)
    note = "four pages and a receipt, {}; peer: one plain row a report, unsealed, committed and synced in the same database"
    whole = [one + other for one, other in zip(kept, taken, strict=True)]
    return [
        _row("intake-acknowledged", many / statistics.median(kept), peer, note.format("each sealed, synced and acknowledged by the portal")),
        _row("intake-throughput", many / statistics.median(whole), peer, note.format("acknowledged and then taken in as a case, on one core")),
    ]


async def _tell(many: int) -> None:
    """Tell `many` reports as the portal files them, one page after the other."""
    spool, desk = site.current().spool, site.current().published.desks()[0]
    for _ in range(many):
        draft = partial(Fragment, organisation=str(desk.id), hour=hour_of(NOW), draft=new_draft(), path=Path.CHILD)
        for step, answers in enumerate(PAGES, 1):
            page = draft(Kind.ANSWERS, step=step, counter=step, answers=answers, done=step == len(PAGES))
            await spool.keep(page, public=desk.intake_public)
        slip = draft(Kind.RECEIPT, receipt_index=secrets.token_hex(16), mailbox_public=hpke.generate()[1].hex())
        await spool.keep(slip, public=desk.intake_public)


def _take_in(many: int) -> None:
    """Drain until nothing waits; every report must then be there."""
    before = Report.objects.count()
    while jobs.drain(site.current().spool):
        pass
    assert Report.objects.count() == before + many


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _row(name: str, ours: float, peer: float, note: str) -> Row:
    return Row(name, round(ours, 1), round(peer, 1), round(ours / peer, 2), "reports/s", note)
