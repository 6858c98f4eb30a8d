"""The sources of lists: what each kind speaks, read page by page through the one way out."""

from collections.abc import Callable, Iterator
from typing import Any

from cairndesk.response.adapters.lists import files, ncmec, stopncii, threatexchange
from cairndesk.response.adapters.lists.reach import Reach
from cairndesk.signals.engine.fetched import Page
from cairndesk.signals.rules import Source, SourceKind

_Reader = Callable[[Source, Reach, dict[str, Any] | None, int], Iterator[Page]]
_READERS: dict[SourceKind, _Reader] = {
    SourceKind.NCMEC: ncmec.pages,
    SourceKind.STOPNCII: stopncii.pages,
    SourceKind.THREATEXCHANGE: threatexchange.pages,
}


def pages(source: Source, reach: Reach, checkpoint: dict[str, Any] | None, now: int) -> Iterator[Page]:
    """What `source` has changed since `checkpoint` (None: everything) as of `now` (seconds), in pages; after the last one it is read to its end.

    Raises the failures of `Web`, CredentialsRefused, AnswerUnreadable and ExchangesMissing; what was given before stays good.
    """
    return _READERS[source.kind](source, reach, checkpoint, now)


__all__ = ["Reach", "files", "pages"]
