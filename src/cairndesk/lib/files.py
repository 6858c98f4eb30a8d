"""Files that are wholly there or not there at all."""

import contextlib
import os
import secrets
from collections.abc import Iterable
from pathlib import Path


def write_durably(directory: int, name: str, data: bytes) -> None:
    """Put `data` under `name` in the open directory descriptor; afterwards it survives a crash and a power cut.

    Raises OSError, and then no file of that name has appeared.
    """
    write_parts_durably(directory, name, [data])


def write_parts_durably(directory: int, name: str, parts: Iterable[bytes | memoryview]) -> None:
    """The same for a file that is too large to be put together in memory.

    Source of the order (file, rename, directory): the fsync(2) and rename(2) manual pages. Raises OSError, and then no
    file of that name has appeared.
    """
    temporary = f".{secrets.token_hex(16)}.part"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640, dir_fd=directory)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.writelines(parts)
            stream.flush()
            os.fsync(stream.fileno())
        os.rename(temporary, name, src_dir_fd=directory, dst_dir_fd=directory)
    except BaseException:
        # A full disk must not fill further with the remains of what did not fit.
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=directory)
        raise
    os.fsync(directory)


def replace_durably(path: Path, parts: Iterable[bytes | memoryview]) -> None:
    """The same by path: afterwards `path` holds `parts`, or, after OSError, what it held before."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        write_parts_durably(folder, path.name, parts)
    finally:
        os.close(folder)


def write_new(path: Path, data: bytes) -> None:
    """Afterwards `path` holds all of `data`, readable by its owner alone, whatever happens meanwhile.

    Raises FileExistsError rather than replace a file.
    """
    part = path.with_name(f".{secrets.token_hex(16)}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.link(part, path)
    finally:
        part.unlink()
