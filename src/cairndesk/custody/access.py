"""Which keys this process has: a ring of its own, a line to the desk, or none."""

from cairndesk.custody.errors import DeskLocked
from cairndesk.custody.sealing.keys import Keys

_held: Keys | None = None


def use(keys: Keys | None) -> None:
    """From now on `keys()` gives these; None locks the process again."""
    global _held
    _held = keys


def keys() -> Keys:
    """The keys of this process; raises DeskLocked when it has none."""
    if _held is None:
        raise DeskLocked("This process holds no keys.")
    return _held
