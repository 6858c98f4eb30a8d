"""Keys that look, whenever one is asked to turn, whether the log says so already and for good."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import connection

from cairndesk.custody import access
from cairndesk.custody.models import LogHead


class WatchedKeys:
    """The keys of a desk; `early` counts the times that one turned before the entry about it stood, or while it could still be taken back."""

    def __init__(self, keys: Any) -> None:
        self._keys, self._open = keys, len(connection.atomic_blocks)
        self.before, self.turned, self.early = size(), 0, 0

    def unseal(self, organisation: UUID, blob: bytes, context: bytes) -> bytes:
        self.turned += 1
        self.early += size() == self.before or len(connection.atomic_blocks) > self._open
        opened: bytes = self._keys.unseal(organisation, blob, context)
        return opened

    def __getattr__(self, name: str) -> Any:
        return getattr(self._keys, name)


def size() -> int:
    return LogHead.objects.values_list("size", flat=True).first() or 0


@contextmanager
def watched() -> Iterator[WatchedKeys]:
    """Inside, the keys in use are watched."""
    held = access.keys()
    access.use(watching := WatchedKeys(held))
    try:
        yield watching
    finally:
        access.use(held)
