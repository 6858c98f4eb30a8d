"""What a witness keeps, in a folder of its own: its key, the logs it watches, and the newest checkpoint that it signed of each."""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cairndesk.custody.witness.notes import WITNESS, Checkpoint, Key, Unreadable
from cairndesk.lib.files import replace_durably, write_new


class Store:
    """The folder of one witness."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def create(self, name: str) -> Key:
        """Afterwards the witness has a name and a key; raises FileExistsError where it has one, Unreadable for a name that is none."""
        if not name or any(sign in name for sign in " +\n"):
            raise Unreadable("a name without blank or plus is needed, such as witness.example/w1")
        for folder in (self._folder, self._folder / "seen"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        private = Ed25519PrivateKey.generate()
        write_new(self._folder / "key", f"{name}\n{private.private_bytes_raw().hex()}\n".encode())
        return Key(name, private.public_key().public_bytes_raw(), WITNESS)

    def key(self) -> tuple[Key, Ed25519PrivateKey]:
        """Who we are and what we sign with; raises OSError where there is no witness."""
        name, secret = (self._folder / "key").read_text("utf-8").split()
        private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret))
        return Key(name, private.public_key().public_bytes_raw(), WITNESS), private

    def trusted(self, origin: str | None = None) -> list[Key]:
        """The keys of all logs that are watched, or of that with this origin."""
        with suppress(FileNotFoundError):
            keys = [Key.read(line) for line in (self._folder / "logs").read_text("utf-8").splitlines()]
            return [key for key in keys if origin in {None, key.name}]
        return []

    def trust(self, key: Key) -> None:
        """Afterwards the log with this key is watched."""
        if key not in self.trusted():
            self._write("logs", "".join(f"{one}\n" for one in [*self.trusted(), key]))

    def known(self, origin: str) -> str | None:
        """The newest checkpoint of that log that we signed, with our line under it; None before the first."""
        with suppress(FileNotFoundError):
            return self._seen(origin).read_text("utf-8")
        return None

    def remember(self, checkpoint: Checkpoint, lines: str) -> None:
        """Afterwards, also after a power cut, this is the newest that we signed of its log."""
        self._write(str(self._seen(checkpoint.origin).relative_to(self._folder)), f"{checkpoint.body}\n{lines}")

    def forget(self, origin: str) -> None:
        """Afterwards any checkpoint of that log is taken as its first. A person decides that, once they know why the log went back."""
        self._seen(origin).unlink(missing_ok=True)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """No other process signs from this folder meanwhile: two could sign two stories. Raises BlockingIOError."""
        handle = os.open(self._folder / "key", os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        finally:
            os.close(handle)

    def _write(self, name: str, text: str) -> None:
        replace_durably(self._folder / name, [text.encode()], mode=0o600)

    def _seen(self, origin: str) -> Path:
        return self._folder / "seen" / hashlib.sha256(origin.encode()).hexdigest()
