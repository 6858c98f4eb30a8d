"""A list file: at an address, or in the folder of this machine. It is always the whole list."""

import base64
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from cairndesk.response.adapters.lists.reach import Reach
from cairndesk.response.errors import FetchRefused
from cairndesk.signals.rules import Source

# A hundred million hashes with their labels, and the time in which they come over a slow line.
_MOST, _SECONDS = 8 * 1024**3, 4 * 3600.0
_PIECE = 1024 * 1024
_NOT_CHANGED = 304


@contextmanager
def changed(
    source: Source, reach: Reach, checkpoint: dict[str, Any] | None, tick: Callable[[], object] = lambda: None
) -> Iterator[tuple[BinaryIO, dict[str, Any]] | None]:
    """The file from its beginning and the mark to know it by, or None where it is the one of `checkpoint`. `tick` is called as it comes in."""
    if "://" not in source.address:
        try:
            with reach.file(source.address).open("rb") as stream:
                mark = {"digest": _digest(stream)}
                yield None if checkpoint == mark else (stream, mark)
        except PermissionError as error:
            raise FetchRefused(f"the file {source.address} cannot be read") from error
        return
    # Without a name on the disk: nothing is left of a fetch that dies.
    with TemporaryFile(dir=reach.scratch) as stream:
        downloaded = _download(source, reach, checkpoint or {}, _Ticking(stream, tick))
        is_same = downloaded is None or downloaded["digest"] == (checkpoint or {}).get("digest")
        yield None if downloaded is None or is_same else (stream, downloaded)


def _download(source: Source, reach: Reach, known: dict[str, Any], into: "_Ticking") -> dict[str, Any] | None:
    headers = {ask: known[mark] for ask, mark in (("If-None-Match", "etag"), ("If-Modified-Since", "modified")) if known.get(mark)}
    if source.credentials:
        headers["Authorization"] = "Basic " + base64.b64encode(reach.secret(source.credentials).encode()).decode()
    answer = reach.web(source.address, seconds=_SECONDS, limit=_MOST).get(source.address, headers, into)
    if answer.status == _NOT_CHANGED:
        return None
    marks = {"etag": answer.headers.get("etag", ""), "modified": answer.headers.get("last-modified", "")}
    return {**{name: text[:200] for name, text in marks.items()}, "digest": _digest(into.stream)}


@dataclass(frozen=True, slots=True)
class _Ticking:
    """A stream to write to that tells of each piece."""

    stream: BinaryIO
    tick: Callable[[], object]

    def write(self, piece: bytes) -> int:
        self.tick()
        return self.stream.write(piece)


def _digest(stream: BinaryIO) -> str:
    """SHA-256 of the whole; afterwards `stream` is at its beginning."""
    stream.seek(0)
    made = hashlib.sha256()
    while piece := stream.read(_PIECE):
        made.update(piece)
    stream.seek(0)
    return made.hexdigest()
