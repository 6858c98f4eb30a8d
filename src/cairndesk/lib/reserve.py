"""Room that is kept back: a full disk turns away reports and files first, and the log and a sign-out last.

What comes from outside is taken while twice SIZE is free. The reserve is a file of that size; it goes when next to nothing is free, so that
staff can go on for a while, and is laid down again when four times its size is free.
"""

import errno
import os
from pathlib import Path

SIZE = 16 * 1024 * 1024
_NAME = "reserve"
# Small enough that intake stays closed once the reserve is released, and much larger than any write of staff.
_NEXT_TO_NOTHING = SIZE // 4


def has_room(place: Path | int, *, most: int = 0) -> bool:
    """Whether something from outside, of at most `most` bytes, may still be kept below `place`, a folder or its open descriptor."""
    return _free(place) >= 2 * SIZE + most


def need_room(place: Path | int, *, most: int = 0) -> None:
    """Return where `has_room`; raises OSError (ENOSPC) as a full disk does."""
    if not has_room(place, most=most):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def ease(folder: Path) -> bool:
    """Release the reserve in `folder` if next to nothing is free there; whether it was released just now."""
    try:
        if _free(folder) >= _NEXT_TO_NOTHING:
            return False
        (folder / _NAME).unlink()
    except OSError:
        # Gone already, or a disk on which even that fails: whoever wants to write will hear of it.
        return False
    return True


def lay_down(folder: Path) -> bool:
    """Make the reserve in `folder` unless it is there, or there is not room enough; whether it was made just now. Raises OSError."""
    if (folder / _NAME).exists() or _free(folder) < 4 * SIZE:
        return False
    part = folder / f".{_NAME}.part"
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o660)
    try:
        os.posix_fallocate(handle, 0, SIZE)
    except OSError:
        part.unlink()
        raise
    finally:
        os.close(handle)
    part.rename(folder / _NAME)
    return True


def _free(place: Path | int) -> int:
    """Bytes that are free below `place` to a user without rights of root."""
    found = os.statvfs(place) if isinstance(place, Path) else os.fstatvfs(place)
    return found.f_bavail * found.f_frsize
