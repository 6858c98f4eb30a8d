"""The walls around a decoder: limits, no rights, no files, and a short list of system calls. Put up by the child itself.

What each level withstands, when the code in the child belongs to somebody else (tests/signals/attacks.py tries it):

- Every level: the child computes, reads what it was handed and answers; every other system call gets EPERM. So it opens no file,
  makes no socket, starts no process and no thread, runs no program, signals and traces nobody, makes no memory executable
  and cannot undo any of it. Landlock refuses every file once more, should a flaw of the kernel lead past the filter.
- `minimal`: Landlock knows nothing of TCP yet. The filter alone keeps the child from the network.
- `container`: Landlock refuses TCP by itself, and from ABI 6 on abstract sockets and signals.
- `full`: the child is in user, network, IPC and name namespaces of its own, whose network leads nowhere. Where bubblewrap is
  installed and allowed (bubblewrap.py), there are also no other processes to name and no files but the code.

No level withstands a flaw of the kernel in what is allowed (memory, reading, writing, clocks), or one of the processor.

The order matters: limits and identity first, then namespaces where the kernel allows them, then Landlock, and last the
filter of system calls, which would forbid the others. Sources: the kernel's headers and manual pages (setrlimit,
prctl, unshare, seccomp) for x86-64 and AArch64.
"""

import ctypes
import errno
import os
import platform
import resource
import struct
from dataclasses import dataclass
from enum import IntEnum

from cairndesk.lib import landlock


class Level(IntEnum):
    """How good the walls are. Below MINIMAL no parser is run."""

    NONE = 0
    MINIMAL = 1  # Landlock older than ABI 4 (no rule about TCP of its own), and our filter of system calls
    CONTAINER = 2  # Landlock ABI 4 or newer and the filter, but no namespaces of its own
    FULL = 3  # Landlock, the filter, and own user, network, IPC and name namespaces


@dataclass(frozen=True, slots=True)
class Limits:
    """What the kernel gives a child: bytes of address space, and seconds of processor time."""

    address_space: int
    cpu_seconds: int


OF_PICTURES = Limits(1 << 30, 5)

OPEN_FILES = 8
NOBODY = 65_534

# Enough for an interpreter that only computes, reads its standard input and answers: (x86-64, AArch64).
# Everything else, known and yet unknown, gets EPERM: an allow-list does not age when the kernel learns a new call.
_ALLOWED = {
    "read": (0, 63), "write": (1, 64), "readv": (19, 65), "writev": (20, 66), "close": (3, 57), "lseek": (8, 62), "fstat": (5, 80),
    "brk": (12, 214), "munmap": (11, 215), "mremap": (25, 216), "madvise": (28, 233),
    "futex": (202, 98), "sched_yield": (24, 124), "restart_syscall": (219, 128),
    "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139), "sigaltstack": (131, 132),
    "clock_gettime": (228, 113), "gettimeofday": (96, 169), "getrandom": (318, 278),
    "getpid": (39, 172), "gettid": (186, 178), "exit": (60, 93), "exit_group": (231, 94),
}  # fmt: skip
# Memory may be mapped, but never made executable: bytes of a picture must not become code.
_WITHOUT_EXEC = {"mmap": (9, 222), "mprotect": (10, 226)}

_ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
_LOAD, _EQUAL, _GREATER_OR_EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_X32_BIT = 0x40000000
_NUMBER_AT, _ARCHITECTURE_AT, _THIRD_ARGUMENT_AT = 0, 4, 32
_PROT_EXEC = 4
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS, _MODE_FILTER, _SIGKILL = 1, 4, 22, 38, 2, 9
_CLONE_THREAD = 0x00010000
_NAMESPACES = 0x10000000 | 0x40000000 | 0x08000000 | 0x04000000  # user, network, IPC, UTS


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def set_apart() -> bool:
    """Afterwards this process is no root and, where the kernel allows it, in namespaces of its own; its copies are there already.

    Returns whether it is. Raises lib.landlock.TooLate when a thread already runs. It cannot be undone.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    _require_one_thread(libc)
    libc.prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
    return _drop_root() and libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 and _own_namespaces(libc)


def put_up(limits: Limits = OF_PICTURES, *, is_apart: bool = False) -> tuple[Level, int]:
    """Afterwards this process can compute, read what is open and answer; nothing else. Returns (level, Landlock ABI).

    Level NONE means that a wall is missing and nothing hostile may be read. `is_apart`: it was made by one that had set itself
    apart. Raises lib.landlock.TooLate when a thread already runs. It cannot be undone.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    _require_one_thread(libc)
    _limit(limits)
    # The parent may be killed; a child that outlives it would be watched by nobody.
    libc.prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
    if not _drop_root() or libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return Level.NONE, 0
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    apart = is_apart or _own_namespaces(libc)
    # Not dumpable: no core file, and no other process of the same user may look inside.
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    try:
        abi = landlock.enclose(landlock.Wall(grants=()))
    except (landlock.LandlockMissing, OSError):
        return Level.NONE, 0
    if not _filter(libc):
        return Level.NONE, abi
    # A network of its own leads nowhere, so that nothing is missed where Landlock has no rule about TCP.
    return Level.FULL if apart else Level.CONTAINER if abi >= 4 else Level.MINIMAL, abi


def program(machine: str) -> bytes:
    """The filter as BPF instructions of 8 bytes each; raises KeyError for a machine whose calls are not known."""
    architecture, column = _ARCHITECTURES[machine]
    head = [(_LOAD, 0, 0, _ARCHITECTURE_AT), (_EQUAL, 1, 0, architecture), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, _NUMBER_AT)]
    # On x86-64 the same numbers with this bit set reach other entry points.
    foreign = [(_GREATER_OR_EQUAL, 0, 1, _X32_BIT), (_RETURN, 0, 0, _KILL)]
    plain = [numbers[column] for numbers in _ALLOWED.values()]
    mapping = [numbers[column] for numbers in _WITHOUT_EXEC.values()]
    tail = [(_RETURN, 0, 0, _ERRNO | errno.EPERM), (_LOAD, 0, 0, _THIRD_ARGUMENT_AT), (_ANY_BIT, 1, 0, _PROT_EXEC)]
    tail += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _ERRNO | errno.EPERM)]
    total = len(plain) + len(mapping)
    # Jumps count from the next instruction: plain calls go to the ALLOW at tail[3], mappings to the test at tail[1].
    checks = [(_EQUAL, total - place - 1 + 3, 0, number) for place, number in enumerate(plain)]
    checks += [(_EQUAL, total - place - 1 + 1, 0, number) for place, number in enumerate(mapping, len(plain))]
    return b"".join(struct.pack("=HBBI", *line) for line in (*head, *foreign, *checks, *tail))


def _require_one_thread(libc: ctypes.CDLL) -> None:
    # Walls bind the calling thread only. The kernel is asked, because /proc may lie behind the wall of the parent:
    # leaving the thread group is refused with EINVAL in company, and means nothing alone.
    if libc.unshare(_CLONE_THREAD) and ctypes.get_errno() == errno.EINVAL:
        raise landlock.TooLate


def _limit(limits: Limits) -> None:
    for what, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_AS, limits.address_space),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
    ):
        resource.setrlimit(what, (most, most))


def _drop_root() -> bool:
    """Whether this process is now an ordinary user, whom a limit of processes binds."""
    if os.geteuid() == 0 or os.getuid() == 0:
        try:
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
        except OSError:
            return False
    return os.getuid() != 0


def _own_namespaces(libc: ctypes.CDLL) -> bool:
    return bool(libc.unshare(_NAMESPACES) == 0)


def _filter(libc: ctypes.CDLL) -> bool:
    if platform.machine() not in _ARCHITECTURES:
        return False
    code = program(platform.machine())
    listing = _Program(length=len(code) // 8, filter=code)
    return bool(libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(listing), 0, 0) == 0)
