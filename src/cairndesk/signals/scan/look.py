"""One file of an archive: its digests, and behind walls how it looks. Reads the file twice and copies it nowhere."""

import errno
import os
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Self

from cairndesk.signals.engine import walls
from cairndesk.signals.engine.answer import AS_USUAL, Answer, State, Why
from cairndesk.signals.engine.decoders import Decoders
from cairndesk.signals.engine.digests import digests_of
from cairndesk.signals.engine.sandbox import MAX_BYTES, PICTURE, SECONDS, FileHashes, MediaHashes, require
from cairndesk.signals.engine.video.answer import Container, Mode, Seen, order
from cairndesk.signals.engine.video.kinds import LOOKED_AT, kind_of
from cairndesk.signals.engine.video.walled import GRACE, VIDEO, VideoHashes, is_here

# For one video; what was seen until then counts.
VIDEO_SECONDS = 600.0


class Unread(StrEnum):
    """Why a file could not be opened or read."""

    GONE = "gone"
    NOT_ALLOWED = "not_allowed"
    NO_FILE = "no_file"
    FAILED = "failed"
    CHANGED = "changed"
    WORKER_DIED = "worker_died"


_WHY = {errno.ENOENT: Unread.GONE, errno.ENOTDIR: Unread.GONE, errno.EACCES: Unread.NOT_ALLOWED, errno.EPERM: Unread.NOT_ALLOWED}


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of one file: its hashes, or why there are none."""

    path: str
    unread: Unread | None = None
    size: int | None = None
    modified: datetime | None = None
    hashes: FileHashes | None = None


def _state(found: os.stat_result) -> tuple[int, int, int]:
    """What differs once somebody has written to the file; the last also where the time of writing was set back."""
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns


class Look:
    """What one thread looks at files with: a stem for pictures and one for videos, each started when it is first needed."""

    def __init__(self, mode: Mode, *, minimum: walls.Level = walls.Level.MINIMAL) -> None:
        self._mode, self._minimum = mode, minimum
        self._pictures, self._videos = Decoders(PICTURE, minimum=minimum), Decoders(VIDEO, minimum=minimum)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """The stems end."""
        self._pictures.close()
        self._videos.close()

    def at(self, path: str) -> Looked:
        """What can be said of the file at `path`. Raises SandboxTooWeak, and nothing else."""
        try:
            # Not waiting: a pipe that nobody writes to would stop everything.
            file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
        except (OSError, ValueError) as wrong:
            return Looked(path, _WHY.get(getattr(wrong, "errno", 0) or 0, Unread.FAILED))
        try:
            found = os.fstat(file)
            if not stat.S_ISREG(found.st_mode):
                return Looked(path, Unread.NO_FILE)
            hashes = self._hashes(file, found.st_size)
            # It is read more than once, and digests and look of two states are those of no file.
            told = None if _state(os.fstat(file)) == _state(found) else Unread.CHANGED
            return Looked(path, told, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC), None if told else hashes)
        except OSError:
            return Looked(path, Unread.FAILED)
        finally:
            os.close(file)

    def _hashes(self, file: int, size: int) -> FileHashes:
        digests = digests_of(file)
        if kind_of(os.pread(file, LOOKED_AT, 0)) is not Container.NONE:
            film = Seen(State.UNRENDERABLE, Why.NO_DECODER, mode=self._mode)
            if is_here():
                film = self._videos.look(file, order(self._mode, VIDEO_SECONDS), seconds=VIDEO_SECONDS + GRACE)
                require(self._minimum, film)
            return VideoHashes(digests, film)
        seen = Answer(State.UNRENDERABLE, Why.TOO_MUCH_MEMORY)
        if size <= MAX_BYTES:
            seen = self._pictures.look(file, AS_USUAL, seconds=SECONDS)
            require(self._minimum, seen)
        return MediaHashes(digests, seen)
