"""A lock of the keyring that systemd hands over: to one unit alone, for as long as it runs, decrypted by the machine (systemd.exec(5), Credentials).

`serve` starts as root, and only root reads there. So it opens the credential and gives the desk the open file, and no other process.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from cairndesk.config import CREDENTIAL_VARIABLE
from cairndesk.custody.errors import KeyringUnreadable

KEY, PASSPHRASE = "cairndesk.key", "cairndesk.passphrase"
_LONGEST = 4096


class Credential(NamedTuple):
    """Which of the two it is, and what it holds."""

    name: str
    secret: bytes


def found() -> Credential | None:
    """The credential of this process: the open file that it was given, or what lies in the folder that systemd names. Raises KeyringUnreadable."""
    name, _, handle = os.environ.get(CREDENTIAL_VARIABLE, "").partition(":")
    if handle:
        return _checked(name, int(handle))
    try:
        with opened() as given:
            return _checked(*given) if given else None
    except OSError as error:
        raise KeyringUnreadable(f"The credential cannot be read: {error.strerror}.") from error


@contextmanager
def opened() -> Iterator[tuple[str, int] | None]:
    """The name of the credential and its open file, closed afterwards; None where systemd handed over none. Raises OSError."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    path = next((path for path in (Path(folder) / KEY, Path(folder) / PASSPHRASE) if path.exists()), None) if folder else None
    if path is None:
        yield None
        return
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield path.name, handle
    finally:
        os.close(handle)


def keep_to_ourselves() -> None:
    """Afterwards no child of this process inherits the open file."""
    if handle := os.environ.get(CREDENTIAL_VARIABLE, "").partition(":")[2]:
        os.set_inheritable(int(handle), False)


def _checked(name: str, handle: int) -> Credential:
    # The group is that of the unit's user (an access list of systemd); nobody else is let in.
    if stat.S_IMODE(os.fstat(handle).st_mode) & stat.S_IRWXO:
        raise KeyringUnreadable(f"The credential {name} can be read by others; let systemd hand it over.")
    return Credential(name, os.pread(handle, _LONGEST, 0))
