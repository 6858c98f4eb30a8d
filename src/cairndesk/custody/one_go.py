"""An act of many parts in one go: its parts stand or fall together, so that none needs a place of its own to go back to."""

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper as _Base
else:
    _Base = object

going: ContextVar[Any] = ContextVar("going", default=None)
"""What is gathered by the act that is on its way in this thread; None where there is none."""


class InOneGo(_Base):
    """A connection that sets no savepoint inside such an act.

    Where a part fails and somebody goes on all the same, Django refuses every further statement until the whole is taken back.
    """

    def savepoint(self) -> Any:
        return None if going.get() is not None else super().savepoint()
