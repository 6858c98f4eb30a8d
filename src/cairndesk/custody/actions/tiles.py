"""Lay the log out as files beside the database (C2SP tlog-tiles). They are the desk's own, not the portal's to show."""

import fcntl
import shutil
from pathlib import Path

from django.conf import settings

from cairndesk.custody.errors import LogRolledBack
from cairndesk.custody.ledger import note, tiles
from cairndesk.custody.ledger.tiles import CHECKPOINT, WIDTH, WITNESSED, Tile
from cairndesk.custody.models import Checkpoint
from cairndesk.custody.queries import contradiction, cosigned_note, leaf_hashes, leaves, newest_cosigned, subtree_roots
from cairndesk.lib.files import opened, replace_durably


def lay_out_log(checkpoint: Checkpoint, *, to: Path | None = None) -> int:
    """Afterwards the folder holds the log up to `checkpoint` (or a newer one), with every signature under it; returns how many tiles were new.

    The checkpoint comes last: whatever a crash leaves, it is backed by the files it speaks of. Raises OSError, and LogRolledBack
    rather than write over a longer log or another one.
    """
    folder = to or settings.DATA / "log"
    folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    with opened(folder) as handle:
        # Of two who lay out at once the later one finds what the first has laid.
        fcntl.flock(handle, fcntl.LOCK_EX)
        laid = _laid(folder)
        return _lay(checkpoint, folder, laid) if laid <= checkpoint.size else 0


def _laid(folder: Path) -> int:
    """The size of the log that lies in `folder` and that ours goes on from."""
    try:
        stated = note.read((folder / CHECKPOINT).read_text("utf-8"))
    except FileNotFoundError:
        return 0
    if problem := contradiction(stated):
        raise LogRolledBack(problem)
    return stated.size


def _lay(checkpoint: Checkpoint, folder: Path, laid: int) -> int:
    new = list(tiles.tiles(checkpoint.size, since=laid))
    roots = subtree_roots(checkpoint.size)
    for tile in new:
        hashes = leaf_hashes(tile.hashes.start, tile.hashes.stop) if tile.level == 0 else roots(tile.level, tile.hashes)
        _put(folder / tile.path, b"".join(hashes))
        if tile.level == 0:
            _put(folder / tile.bundle, tiles.bundled(leaves(tile.hashes.start, tile.hashes.stop)))
        if tile.width == WIDTH:
            _forget_partials(folder, tile)
    _put(folder / CHECKPOINT, cosigned_note(checkpoint).encode())
    if witnessed := newest_cosigned():
        _put(folder / WITNESSED, cosigned_note(witnessed).encode())
    return len(new)


def _put(path: Path, data: bytes) -> None:
    path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    replace_durably(path, [data])


def _forget_partials(folder: Path, tile: Tile) -> None:
    for part in tile.partials:
        shutil.rmtree(folder / part, ignore_errors=True)
