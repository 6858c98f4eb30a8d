"""What `work` does for custody: sign the log on a fixed beat, and overwrite what was erased."""

from cairndesk.custody.actions import make_checkpoint, sweep
from cairndesk.custody.queries import unsigned_entries
from cairndesk.lib import clock
from cairndesk.lib.belt import Lane

# Ten minutes: an entry that nobody has signed yet could be rewritten unseen by whoever owns the database.
BEAT_SECONDS = 600.0


def sign_the_log() -> int:
    """Afterwards every entry stands under a signature; returns how many did not before. Raises DeskLocked."""
    waiting = unsigned_entries()
    if waiting:
        make_checkpoint(now=clock.now())
    return waiting


LANES = (
    Lane(name="custody.sign", turn=sign_the_log, every=BEAT_SECONDS),
    Lane(name="custody.sweep", turn=sweep, every=30.0),
)
