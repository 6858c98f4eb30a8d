"""Which half runs: the compiled one where it was built, otherwise the one in NumPy."""

from cairndesk.signals.engine.compiled import library
from cairndesk.signals.engine.near import native, plain
from cairndesk.signals.engine.near.tables import Kernel


def best() -> Kernel:
    """The compiled half if it is here, otherwise the readable one."""
    return native if is_compiled() else plain


def is_compiled() -> bool:
    """Whether the compiled half answers."""
    return library() is not None
