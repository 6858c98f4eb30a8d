"""Files that are wholly there or not there at all."""

import contextlib
import os
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path


def write_durably(directory: int, name: str, data: bytes, *, mode: int = 0o640) -> None:
    """Put `data` under `name` in the open directory descriptor; afterwards it survives a crash and a power cut.

    Raises OSError, and then `name` is as it was, unless only the directory could not be synced.
    """
    write_parts_durably(directory, name, [data], mode=mode)


def write_parts_durably(directory: int, name: str, parts: Iterable[bytes | memoryview], *, mode: int = 0o640, is_new: bool = False) -> None:
    """The same for a file that is too large to be put together in memory.

    With `is_new` nothing is ever replaced: raises FileExistsError, and after any other OSError there is no such file.
    Source of the order (file, name, directory): the fsync(2), rename(2) and link(2) manual pages.
    """
    part = f".{secrets.token_hex(16)}.part"
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode, dir_fd=directory)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.writelines(parts)
            stream.flush()
            os.fsync(stream.fileno())
        give = os.link if is_new else os.rename
        give(part, name, src_dir_fd=directory, dst_dir_fd=directory)
        _settle(directory, name if is_new else None)
    finally:
        # A full disk must not fill further with the remains of what did not fit.
        with contextlib.suppress(FileNotFoundError):
            os.unlink(part, dir_fd=directory)


def replace_durably(path: Path, parts: Iterable[bytes | memoryview], *, mode: int = 0o640) -> None:
    """The same by path: afterwards `path` holds `parts`, or, after OSError, what it held before."""
    with opened(path.parent) as folder:
        write_parts_durably(folder, path.name, parts, mode=mode)


def write_new(path: Path, data: bytes) -> None:
    """Afterwards `path` holds all of `data`, readable by its owner alone, whatever happens meanwhile.

    Raises FileExistsError rather than replace a file.
    """
    with opened(path.parent) as folder:
        write_parts_durably(folder, path.name, [data], mode=0o600, is_new=True)


def make_folder(path: Path, *, mode: int = 0o777) -> None:
    """Afterwards the folder `path` and those above it are there, and a power cut takes none of them away."""
    if not path.is_dir():
        make_folder(path.parent)
        path.mkdir(mode=mode, exist_ok=True)
        with opened(path.parent) as above:
            os.fsync(above)


@contextlib.contextmanager
def opened(folder: Path) -> Iterator[int]:
    """A descriptor of `folder`, by which its entries are written and synced."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield handle
    finally:
        os.close(handle)


def _settle(directory: int, name: str | None) -> None:
    """Afterwards the directory is on the disk. Where it cannot be, the new `name` goes: what cannot be promised is not kept."""
    try:
        os.fsync(directory)
    except OSError:
        if name is not None:
            with contextlib.suppress(OSError):
                os.unlink(name, dir_fd=directory)
        raise
