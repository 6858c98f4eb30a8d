"""Which keys this process has: a ring of its own, a line to the desk, or none."""

from cairndesk.custody.errors import DeskLocked
from cairndesk.custody.sealing.keys import Keys

_held: list[Keys] = []


def use(keys: Keys | None) -> None:
    """From now on `keys()` gives these; None locks the process again."""
    _held[:] = [] if keys is None else [keys]


def keys() -> Keys:
    """The keys of this process; raises DeskLocked when it has none."""
    if not _held:
        raise DeskLocked("This process holds no keys.")
    return _held[0]
