"""The data folder, laid out so that each process finds its own and nobody finds another's."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from cairndesk.config import Config
from cairndesk.lib.errors import DeskError
from cairndesk.serve.roles import FOLDERS, OTHERS, Folder, Role, identity


class ModeRefused(DeskError):
    """Started as root, but without the right to give a folder the bit by which its files belong to its group."""

    code = "serve.mode_refused"
    remedy = "Give the unit or the container CAP_FSETID, and set RestrictSUIDSGID=no; deploy/README.md names every right that is needed."


def make(config: Config) -> Path:
    """Afterwards the data folder and its parts are there, closed to other users of the machine; returns it."""
    data = config.data.absolute()
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, folder in FOLDERS.items():
        (data / name).mkdir(mode=folder.mode & 0o700, exist_ok=True)
    return data


def hand_over(config: Config) -> None:
    """Started as root: afterwards each part belongs to the user of its process. Otherwise nothing changes. Raises ModeRefused."""
    if os.geteuid() != 0:
        return
    data = config.data.absolute()
    os.chown(data, 0, 0, follow_symlinks=False)
    data.chmod(0o755)
    for part in data.iterdir():
        if part.is_dir() and not part.is_symlink():
            _give(part, FOLDERS.get(part.name, OTHERS), config)


def out_of_reach(paths: Iterable[Path]) -> Path | None:
    """The first folder on the way to one of `paths` that an unprivileged user cannot pass; None where the way is free."""
    for path in paths:
        for folder in reversed(path.absolute().parents):
            if not folder.stat().st_mode & stat.S_IXOTH:
                return folder
    return None


def temporary(role: Role, config: Config) -> Path:
    """A folder for temporary files of `role` alone; the machine's shared one is no place for them."""
    path = config.data.absolute() / "run" / f"tmp-{role}"
    path.mkdir(mode=0o700, exist_ok=True)
    if os.geteuid() == 0:
        numbers = identity(role, config)
        os.chown(path, numbers.uid or 0, numbers.gid or 0)
        path.chmod(0o700)
    return path


def _give(top: Path, folder: Folder, config: Config) -> None:
    owner, group = identity(folder.owner, config).uid or 0, identity(folder.group, config).gid or 0
    # By descriptor and without following links: a process that was taken over must not get another's file that way.
    for _, folders, files, handle in os.fwalk(top, follow_symlinks=False):
        os.fchown(handle, owner, group)
        _set_folder_mode(handle, folder.mode)
        for name in files:
            if not (folder.owner is Role.WORK and folder.group is Role.PORTAL and top.name == "spool"):
                os.chown(name, owner, group, dir_fd=handle, follow_symlinks=False)
                _set_mode(name, folder.file_mode, handle)
        folders[:] = [name for name in folders if not name.startswith("tmp-")]


def _set_folder_mode(handle: int, mode: int) -> None:
    """Without the right to it the kernel leaves one bit out and says nothing: then neither process could read what the other writes."""
    try:
        os.fchmod(handle, mode)
    except PermissionError as error:
        raise ModeRefused from error
    if stat.S_IMODE(os.fstat(handle).st_mode) != mode:
        raise ModeRefused


def _set_mode(name: str, mode: int, directory: int) -> None:
    try:
        handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=directory)
    except OSError:
        return  # a link or a socket has no content to protect
    try:
        os.fchmod(handle, mode)
    finally:
        os.close(handle)
