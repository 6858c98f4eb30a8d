"""A small filter of system calls: what Landlock leaves open (local sockets, tracing, io_uring) is refused as well.

Source of numbers and structures: the kernel's seccomp and BPF headers for x86-64 and AArch64.
"""

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Iterable

# Number of each call on (x86-64, AArch64); from 424 on they are the same everywhere.
CALLS = {
    "connect": (42, 203),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
    "execve": (59, 221),
    "execveat": (322, 281),
    "io_uring_setup": (425, 425),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
}
# A web process never dials out, not even to a local socket, and looks into no other process.
FOR_A_LISTENER = ("connect", "ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "bpf", "userfaultfd", "io_uring_setup", "pidfd_getfd")

_ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
_LOAD, _JUMP_EQUAL, _JUMP_GREATER, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_X32_BIT = 0x40000000
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _MODE_FILTER = 38, 22, 2


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def available() -> bool:
    """Whether the filter knows this machine's system calls."""
    return platform.machine() in _ARCHITECTURES


def refuse(names: Iterable[str]) -> None:
    """Afterwards this thread and its children get EPERM from each named call. It cannot be undone.

    Raises OSError where the kernel has no seccomp, KeyError for a machine or a call that is not in the tables above.
    """
    code = program(names, platform.machine())
    libc = ctypes.CDLL(None, use_errno=True)
    listing = _Program(length=len(code) // 8, filter=code)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(listing), 0, 0):
        number = ctypes.get_errno()
        raise OSError(number, f"seccomp: {os.strerror(number)}")


def program(names: Iterable[str], machine: str) -> bytes:
    """The filter as BPF instructions of 8 bytes each: another architecture or the x32 calls end the process."""
    architecture, column = _ARCHITECTURES[machine]
    numbers = [CALLS[name][column] for name in names]
    head = [(_LOAD, 0, 0, 4), (_JUMP_EQUAL, 1, 0, architecture), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, 0), (_JUMP_GREATER, 0, 1, _X32_BIT)]
    checks = [(_JUMP_EQUAL, len(numbers) - place, 0, number) for place, number in enumerate(numbers)]
    lines = [*head, (_RETURN, 0, 0, _KILL), *checks, (_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _ERRNO | errno.EPERM)]
    return b"".join(struct.pack("=HBBI", *line) for line in lines)
