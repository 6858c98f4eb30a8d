"""What `work` does for custody: keep the reserve of the disk, sign the log and lay it out, overwrite what was erased, tend vault and shred store."""

from uuid import UUID

from django.conf import settings
from django.db import connection

from cairndesk.custody import beside, standing
from cairndesk.custody.actions import (
    carry_originals,
    lay_canaries,
    lay_out_log,
    make_checkpoint,
    rewrap_some,
    settle_parts,
    stores,
    sweep,
    sweep_vault,
)
from cairndesk.custody.adapters.counting import count_rows
from cairndesk.custody.errors import LogRolledBack
from cairndesk.custody.queries import unsigned_entries
from cairndesk.lib import clock
from cairndesk.lib.belt import Lane
from cairndesk.lib.reserve import ease, lay_down

# Ten minutes: an entry that nobody has signed yet could be rewritten unseen by whoever owns the database.
BEAT_SECONDS = 600.0
# Parts of keys that had no row at the last look. Only this process looks, and a beat lies between two looks, whatever the clock does.
_strays: set[UUID] = set()
_SWEEPER, _CARRIER = "custody.vault", "custody.carry"
# Where wrapping keys anew goes on; one that does not open must not keep the others from their turn.
_rewrapped: list[UUID | None] = [None]


def sign_the_log() -> int:
    """Afterwards every entry stands under a signature and lies in a tile; returns how many did not before.

    Raises DeskLocked, OSError, and LogRolledBack where the database is not the one that was signed before: then nothing is signed.
    """
    if problem := standing.settle():
        raise LogRolledBack(problem)
    waiting = unsigned_entries()
    if waiting:
        lay_out_log(make_checkpoint(now=clock.now()))
    return waiting


def sweep_the_vault() -> int:
    """Afterwards the vault holds nothing old that no record knows; returns how many files went. Raises VaultRefused.

    A bucket is listed page by page, so that it is swept beside the belt.
    """
    if stores.bucket() is None:
        return sweep_vault(now=clock.now())
    beside.begin(_SWEEPER, lambda: sweep_vault(now=clock.now()), "vault_not_swept")
    return 0


def carry_the_originals() -> int:
    """The same beside the belt: recorded originals go to the bucket, if there is one."""
    if stores.bucket() is not None:
        beside.begin(_CARRIER, carry_originals, "originals_not_carried")
    return 0


def keep_the_reserve() -> int:
    """Afterwards the reserve is there where there is room for it, and gone where there is none; 1 where that changed anything. Raises OSError."""
    folder = settings.DATA / "db"
    return int(ease(folder) or lay_down(folder))


def settle_the_parts() -> int:
    """Afterwards the shred store holds no old part without a row; returns how many are in doubt no more. Raises ShredStoreAway."""
    known = set(_strays)
    left = settle_parts(now=clock.now(), before=known)
    _strays.clear()
    _strays.update(left)
    return len(known - left)


def lay_the_canaries() -> int:
    """Afterwards each organisation has a canary for the drill to find; returns how many are new. Raises DeskLocked."""
    return lay_canaries(now=clock.now())


def count_the_rows() -> int:
    """Afterwards the pages of the desk are planned by how many rows there are now; nothing is left to do until tomorrow."""
    count_rows(connection)
    return 0


def rewrap_keys() -> int:
    """Afterwards some keys more are sealed to their organisation's own; returns how many. Raises DeskLocked, ShredStoreAway."""
    done, _rewrapped[0] = rewrap_some(after=_rewrapped[0], now=clock.now())
    return done


LANES = (
    Lane(name="custody.reserve", turn=keep_the_reserve, every=2.0),
    Lane(name="custody.sign", turn=sign_the_log, every=BEAT_SECONDS),
    Lane(name="custody.sweep", turn=sweep, every=30.0),
    Lane(name=_SWEEPER, turn=sweep_the_vault, every=BEAT_SECONDS),
    Lane(name=_CARRIER, turn=carry_the_originals, every=30.0),
    Lane(name="custody.parts", turn=settle_the_parts, every=BEAT_SECONDS),
    Lane(name="custody.rewrap", turn=rewrap_keys, every=30.0),
    Lane(name="custody.canaries", turn=lay_the_canaries, every=3600.0),
    Lane(name="custody.count", turn=count_the_rows, every=24 * 3600.0),
)
