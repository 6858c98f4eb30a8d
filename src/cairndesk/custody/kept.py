"""The ring as its file holds it: changed by several threads and processes one after the other, and followed where another one wrote it."""

import fcntl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from cairndesk.custody.errors import KeyringUnreadable, UnknownKey
from cairndesk.custody.sealing.intake import SecondOf
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.lib.files import opened

Result = TypeVar("Result")


class KeptRing(Keyring):
    """A ring that saves what is changed in it before the change is in use, and looks for a newer file before it says that it lacks a key."""

    def __init__(self, path: Path, *, load: Callable[[], Keyring], save: Callable[[Keyring], None], second_of: SecondOf) -> None:
        """`load` and `save` read and write the file `path`. Raises KeyringUnreadable."""
        self._path, self._load, self._save = path, load, save
        self._guard = threading.RLock()
        self._stamp = _stamp(path)
        super().__init__(load().held, second_of)

    def unseal(self, organisation: UUID, blob: bytes, context: bytes) -> bytes:
        """See `Keyring`; a key that another process added meanwhile is found."""
        try:
            return super().unseal(organisation, blob, context)
        except UnknownKey:
            if not self._reads_anew():
                raise
        return super().unseal(organisation, blob, context)

    def own_public(self, organisation: UUID) -> bytes:
        """See `Keyring`; an organisation of an older version gets its own key the first time that it is asked for."""
        try:
            return super().own_public(organisation)
        except UnknownKey:
            if not self._reads_anew() and organisation not in self.organisations:
                raise
        return self.add_organisation(organisation)

    def add_organisation(self, organisation: UUID) -> bytes:
        """See `Keyring`; raises OSError, and then nothing has changed, as do the two below."""
        return self._change(lambda ring: ring.add_organisation(organisation))

    def add_intake(self, organisation: UUID, key: UUID, second: bytes, number: int, opens: int) -> bytes:
        """See `Keyring`."""
        return self._change(lambda ring: ring.add_intake(organisation, key, second, number, opens))

    def drop_intake(self, organisation: UUID, public: bytes) -> None:
        """See `Keyring`."""
        self._change(lambda ring: ring.drop_intake(organisation, public))

    def rewrap(self, organisation: UUID, wrapped: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """See `Keyring`."""
        self.own_public(organisation)
        return super().rewrap(organisation, wrapped)

    def _change(self, change: Callable[[Keyring], Result]) -> Result:
        """Whoever changes the ring begins with what the file holds; otherwise the key that another process just added would be lost."""
        with self._guard, _alone(self._path.parent):
            self._follow()
            ring = Keyring.from_bytes(self.to_bytes())
            done = change(ring)
            self._save(ring)
            self.held, self._stamp = ring.held, _stamp(self._path)
            return done

    def _reads_anew(self) -> bool:
        """Whether there was something new to read. A file that cannot be read now is not newer: the ring at hand is good for what it holds."""
        with self._guard, suppress(KeyringUnreadable, OSError):
            return self._follow()
        return False

    def _follow(self) -> bool:
        stamp = _stamp(self._path)
        if stamp == self._stamp:
            return False
        self.held, self._stamp = self._load().held, stamp
        return True


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """What tells one file from the one that took its place; None where there is none, which `load` will say better."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_ino, facts.st_mtime_ns, facts.st_size


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with opened(folder) as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(handle, fcntl.LOCK_UN)
