"""Bringing one list to what its source has: claimed by one worker, read page by page, and set down where it then stands."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cairndesk.accounts.rules import Actor
from cairndesk.lib.belt import next_try
from cairndesk.lib.errors import DeskError
from cairndesk.lib.progress import Progress, unwatched
from cairndesk.response.adapters import lists as sources
from cairndesk.response.adapters.lists import Reach
from cairndesk.response.errors import FetchDelayed, FetchError
from cairndesk.signals import actions as signals
from cairndesk.signals.engine.lists import BadRow, Format, Row, column_map, parse
from cairndesk.signals.errors import ListRefused
from cairndesk.signals.models import ListSource
from cairndesk.signals.rules import Source, SourceKind

_RENEWING = timedelta(minutes=1)
_READING, _WRITING = "reading the source", "bringing the list up to date"


def fetch_list(
    *,
    source: ListSource,
    worker: str,
    reach: Reach,
    by: Actor,
    clock: Callable[[], datetime],
    should_stop: Callable[[], bool] = lambda: False,
    progress: Progress = unwatched,
) -> DeskError | None:
    """Afterwards the list has what its source lists, or the source says what went wrong and when it is tried again; that failure is returned.

    Nothing is done where another worker is at it. A fetch that was stopped or died goes on where it was. `clock` gives the time of each step.
    """
    if not signals.claim_source(source=source, worker=worker, now=clock()):
        return None
    source.refresh_from_db()
    fetch = _Fetch(source, worker, reach, by, clock, should_stop, progress)
    try:
        checkpoint = fetch.file() if source.kind == SourceKind.FILE else fetch.pages()
        signals.record_fetched(source=source, worker=worker, checkpoint=checkpoint, by=by, now=clock())
    except _Stopped:
        return None
    except DeskError as failure:
        _set_down(source, worker, failure, by, clock())
        return failure
    except Exception:
        # Nobody foresaw it: it is said as loudly, and not tried again at once.
        _set_down(source, worker, FetchError("something went wrong that nobody foresaw"), by, clock())
        raise
    finally:
        signals.release_source(source=source, worker=worker)
    return None


class _Stopped(Exception):
    """Somebody wants this process to end."""


@dataclass(slots=True)
class _Fetch:
    """One fetch on its way; `renewed` is when its worker last said that it lives."""

    source: ListSource
    worker: str
    reach: Reach
    by: Actor
    clock: Callable[[], datetime]
    should_stop: Callable[[], bool]
    progress: Progress
    renewed: datetime | None = None

    def pages(self) -> dict[str, Any] | None:
        """Lay down all that has changed, then bring the list to it; the last page has left its mark."""
        records = 0
        began = int(self.clock().timestamp())
        for page in sources.pages(_place(self.source), self.reach, self.source.checkpoint, began):
            signals.keep_page(source=self.source, worker=self.worker, page=page, now=self.clock())
            records += len(page.records)
            self.progress(f"{_READING}, {records:,} records", 0, 0)
            if self.should_stop():
                raise _Stopped
        signals.publish_source(source=self.source, worker=self.worker, by=self.by, clock=self.clock, progress=self._written)
        return None

    def file(self) -> dict[str, Any] | None:
        """Bring the list to the file, unless it is the same file as before; returns the mark to know it by."""
        self.progress(_READING, 0, 0)
        with sources.files.changed(_place(self.source), self.reach, self.source.checkpoint, self._tick) as found:
            if found is None:
                return None
            stream, mark = found
            signals.renew_lease(source=self.source, worker=self.worker, now=self.clock())
            rows = _usable(parse(stream, Format(self.source.form), column_map(self.source.columns) if self.source.columns else None))
            signals.import_fetched(
                source=self.source, worker=self.worker, rows=rows, by=self.by, clock=self.clock, replace=True, progress=self._written
            )
            return mark

    def _tick(self) -> None:
        """Called as a long answer comes in."""
        now = self.clock()
        if self.should_stop():
            raise _Stopped
        if self.renewed is None or now - self.renewed > _RENEWING:
            self.renewed = now
            signals.renew_lease(source=self.source, worker=self.worker, now=now)

    def _written(self, row: int) -> None:
        self.progress(f"{_WRITING}, {row:,} changes", 0, 0)


def _usable(rows: Iterator[Row | BadRow]) -> Iterator[Row | BadRow]:
    """`rows`; raises ListRefused after the last if none could be used: a page of errors must not empty the list."""
    good, first = 0, ""
    for row in rows:
        good += isinstance(row, Row)
        if isinstance(row, BadRow) and not first:
            first = f" Line {row.line}: {row.reason}."
        yield row
    if not good:
        raise ListRefused(f"No row of the file could be used.{first}")


def _place(source: ListSource) -> Source:
    fields = ("address", "credentials", "every_hours", "collection", "form", "columns")
    return Source(kind=SourceKind(source.kind), **{name: getattr(source, name) for name in fields})


def _set_down(source: ListSource, worker: str, failure: DeskError, by: Actor, now: datetime) -> None:
    again = next_try(source.attempts, now) if failure.retryable else None
    if isinstance(failure, FetchDelayed):
        again = max(again or now, now + timedelta(seconds=failure.after))
    again = again or now + timedelta(hours=source.every_hours)
    signals.record_fetch_trouble(source=source, worker=worker, code=failure.code, says=_in_words(failure), again=again, by=by, now=now)


def _in_words(failure: DeskError) -> str:
    said = failure.detail.rstrip(".")
    told = f"{said[:1].upper()}{said[1:]}." if said else ""
    return told if told and failure.retryable else f"{told} {failure.remedy}".strip()
