"""The local vault: a folder of sealed objects, each written once under a random name and never changed."""

import contextlib
import hashlib
import os
import re
import shutil
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from cairndesk.custody.errors import VaultRefused
from cairndesk.lib.files import make_folder, write_parts_durably
from cairndesk.lib.reserve import need_room

_NAME = re.compile(r"[0-9a-f]{32}")
_UNFINISHED = re.compile(r"\.[0-9a-f]{32}\.part")
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Stored:
    """What was written: its length in bytes and its SHA-256, both of the ciphertext."""

    length: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Listed:
    """What is there without being read: which object, its length in bytes, and when it was written."""

    item: UUID
    length: int
    written_at: datetime


class Folder:
    """Objects in one folder. What another store offers is the same seven verbs: put, fetch, length, digest, listed, copy, remove."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def put(self, item: UUID, pieces: Iterable[bytes]) -> Stored:
        """Keep `pieces` as the object `item`; afterwards it survives a crash and a power cut.

        Raises VaultRefused where it cannot be written or is there already, and then nothing of it is left.
        """
        with self._open() as folder:
            try:
                need_room(folder)
                return _write(folder, item.hex, pieces)
            except OSError as error:
                raise _refusal(error) from error

    def mend(self, item: UUID, pieces: Iterable[bytes]) -> Stored:
        """Keep `pieces` in the place of a damaged or missing object, which stays as it is unless all of them are kept. Raises VaultRefused."""
        with self._open() as folder:
            try:
                return _write(folder, item.hex, pieces, is_new=False)
            except OSError as error:
                raise _refusal(error) from error

    def fetch(self, item: UUID, start: int, count: int) -> bytes:
        """`count` bytes of the stored object, fewer at its end; raises FileNotFoundError where it is missing."""
        with self._reading(item) as handle:
            return os.pread(handle, count, start)

    def length(self, item: UUID) -> int | None:
        """How many bytes are stored; None where the object is missing."""
        try:
            found = (self.path / item.hex).lstat()
        except FileNotFoundError:
            return None
        return found.st_size if stat.S_ISREG(found.st_mode) else None

    def digest(self, item: UUID) -> bytes:
        """The SHA-256 of what is stored; raises FileNotFoundError where the object is missing."""
        sum_ = hashlib.sha256()
        with self._reading(item) as handle, os.fdopen(os.dup(handle), "rb", buffering=0) as stream:
            while block := stream.read(_BLOCK):
                sum_.update(block)
        return sum_.digest()

    def listed(self) -> Iterator[Listed]:
        """Every object, with its length and when it was written."""
        for name, found in self._found(_NAME):
            yield Listed(UUID(hex=name), found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))

    def copy(self, items: Iterable[UUID] | None, target: Path) -> None:
        """Afterwards `target` holds these objects, or all, as far as they are here; where it can be, without using more of the disk."""
        target.mkdir(exist_ok=True)
        names = [item.hex for item in items] if items is not None else [name for name, _ in self._found(_NAME)]
        for name in names:
            with contextlib.suppress(FileNotFoundError, FileExistsError):
                _link(self.path / name, target / name)

    def remove(self, item: UUID) -> None:
        """Afterwards the object is not there; it is no error when it was not."""
        self._unlink([item.hex])

    def unfinished(self, *, before: datetime) -> list[str]:
        """The names of what was half-written before `before` by a process that was killed."""
        return [name for name, found in self._found(_UNFINISHED) if found.st_mtime < before.timestamp()]

    def sweep(self, *, before: datetime) -> int:
        """Delete what was half-written before `before`; returns how many files."""
        left = self.unfinished(before=before)
        self._unlink(left)
        return len(left)

    def _found(self, wanted: re.Pattern[str]) -> Iterator[tuple[str, os.stat_result]]:
        if not self.path.is_dir():
            return
        with os.scandir(self.path) as found:
            for one in found:
                with contextlib.suppress(FileNotFoundError):
                    seen = one.stat(follow_symlinks=False)
                    if wanted.fullmatch(one.name) and stat.S_ISREG(seen.st_mode):
                        yield one.name, seen

    def _unlink(self, names: Iterable[str]) -> None:
        with self._open() as folder:
            for name in names:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(name, dir_fd=folder)
            os.fsync(folder)

    @contextlib.contextmanager
    def _open(self) -> Iterator[int]:
        try:
            make_folder(self.path, mode=0o700)
            handle = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise _refusal(error) from error
        try:
            yield handle
        finally:
            os.close(handle)

    @contextlib.contextmanager
    def _reading(self, item: UUID) -> Iterator[int]:
        handle = os.open(self.path / item.hex, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            yield handle
        finally:
            os.close(handle)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except PermissionError:
        # The kernel may let only the owner of a file link it.
        shutil.copyfile(source, target, follow_symlinks=False)


def _refusal(error: OSError) -> VaultRefused:
    return VaultRefused(f"The file could not be kept, and nothing of it stays here: {error.strerror or type(error).__name__}.")


def _write(folder: int, name: str, pieces: Iterable[bytes], *, is_new: bool = True) -> Stored:
    length, sum_ = 0, hashlib.sha256()

    def measured() -> Iterator[bytes]:
        nonlocal length
        for piece in pieces:
            length += len(piece)
            sum_.update(piece)
            yield piece

    write_parts_durably(folder, name, measured(), mode=0o440, is_new=is_new)
    return Stored(length, sum_.digest())
