"""Landlock: a process gives up every file and connection that it was not granted, without needing any right to do so.

Source of numbers and structures: the kernel's userspace API documentation of Landlock, ABI 1 to 6.
"""

import ctypes
import os
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cairndesk.lib.errors import DeskError

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_ASK_VERSION = 1
_RULE_PATH, _RULE_PORT = 1, 2
_PR_SET_NO_NEW_PRIVS = 38

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _REMOVE_FILE = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 5
_MAKE_DIR, _MAKE_REG, _MAKE_SOCK = 1 << 7, 1 << 8, 1 << 9
_REMOVE_DIR, _REFER, _TRUNCATE, _IOCTL_DEV = 1 << 4, 1 << 13, 1 << 14, 1 << 15
# What each ABI can deny; asking an older kernel for a newer right fails, so the set grows with it.
_FILES_BY_ABI = {1: (1 << 13) - 1, 2: _REFER, 3: _TRUNCATE, 5: _IOCTL_DEV}
_TCP_BIND, _TCP_CONNECT = 1, 2
_SCOPE_ABSTRACT_SOCKETS, _SCOPE_SIGNALS = 1, 2

READ = _READ_FILE | _READ_DIR | _EXECUTE
# Files may be written, renamed and removed here, but neither listed nor read.
DROP = _WRITE_FILE | _MAKE_REG | _REMOVE_FILE | _TRUNCATE
CHANGE = READ | DROP | _MAKE_DIR | _REMOVE_DIR | _MAKE_SOCK | _REFER
DEVICE = _READ_FILE | _WRITE_FILE
_ON_A_FILE = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV


class LandlockMissing(DeskError):
    """This kernel has no Landlock, or it is switched off."""

    code = "lib.landlock.missing"
    remedy = "Use Linux 5.13 or newer with Landlock switched on, or start Cairndesk as root so that it can use one user per process."


class TooLate(DeskError):
    """The process already runs threads; walls would not bind them."""

    code = "lib.landlock.too_late"
    remedy = "Report this as a fault of Cairndesk: walls must be put up before anything else is loaded."


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathRule(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


class _PortRule(ctypes.Structure):
    _fields_ = (("allowed", ctypes.c_uint64), ("port", ctypes.c_uint64))


@dataclass(frozen=True)
class Grant:
    """One path, and everything below it, with the rights that stay."""

    path: Path
    rights: int


@dataclass(frozen=True)
class Wall:
    """What a process keeps: some paths and some TCP ports to connect to; all else is refused by the kernel.

    `tcp=None` leaves the network as it is.
    """

    grants: Sequence[Grant]
    tcp: Sequence[int] | None = ()
    scoped: bool = True


_libc = ctypes.CDLL(None, use_errno=True)


def abi() -> int:
    """The kernel's Landlock version; 0 where there is none."""
    return max(0, int(_libc.syscall(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(_ASK_VERSION))))


def enclose(wall: Wall) -> int:
    """Afterwards this process and its children have nothing but what `wall` grants; returns the ABI used.

    Raises LandlockMissing without a kernel that can, TooLate when a thread already runs. It cannot be undone.
    """
    level = abi()
    if level == 0:
        raise LandlockMissing
    if _threads() != 1:
        raise TooLate
    ruleset = _create(level, wall)
    try:
        for grant in wall.grants:
            _allow_path(ruleset, grant, _deniable(level))
        for port in wall.tcp or ():
            _allow_port(ruleset, port, level)
        _call(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        _call(_libc.syscall(_RESTRICT, ruleset, 0))
    finally:
        os.close(ruleset)
    return level


def grants(paths: Iterable[Path], rights: int) -> list[Grant]:
    """Grants of `rights` on those of `paths` that exist."""
    return [Grant(path, rights) for path in paths if path.exists()]


def _threads() -> int:
    # Landlock binds the calling thread only; a thread of a native library would stay free.
    try:
        return sum(1 for _ in Path("/proc/self/task").iterdir())
    except OSError:
        # A first wall hides /proc; what it bound had one thread.
        return threading.active_count()


def _deniable(level: int) -> int:
    return sum(bits for since, bits in _FILES_BY_ABI.items() if since <= level)


def _create(level: int, wall: Wall) -> int:
    attributes = _Ruleset(files=_deniable(level))
    size = 8
    if level >= 4:
        attributes.net = 0 if wall.tcp is None else _TCP_BIND | _TCP_CONNECT
        size = 16
    if level >= 6:
        attributes.scoped = _SCOPE_ABSTRACT_SOCKETS | _SCOPE_SIGNALS if wall.scoped else 0
        size = 24
    return _call(_libc.syscall(_CREATE, ctypes.byref(attributes), ctypes.c_size_t(size), ctypes.c_uint32(0)))


def _allow_path(ruleset: int, grant: Grant, deniable: int) -> None:
    handle = os.open(grant.path, os.O_PATH | os.O_CLOEXEC)
    try:
        rights = grant.rights & deniable
        rule = _PathRule(allowed=rights if grant.path.is_dir() else rights & _ON_A_FILE, parent=handle)
        _call(_libc.syscall(_ADD, ruleset, _RULE_PATH, ctypes.byref(rule), 0))
    finally:
        os.close(handle)


def _allow_port(ruleset: int, port: int, level: int) -> None:
    if level >= 4:
        rule = _PortRule(allowed=_TCP_CONNECT, port=port)
        _call(_libc.syscall(_ADD, ruleset, _RULE_PORT, ctypes.byref(rule), 0))


def _call(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"landlock: {os.strerror(number)}")
    return result
