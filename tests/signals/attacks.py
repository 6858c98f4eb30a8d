# An attack speaks to the kernel as directly as it can, not through pathlib.
# ruff: noqa: PTH101, PTH102, PTH104, PTH108, PTH109, PTH115, PTH116, PTH118, PTH123, PTH208, PTH211, S103, S606, SIM115
"""What code that has taken over a decoder might try. Each attack returns something true when it got through.

ANYBODY holds what every user of a Linux machine may do; without walls all of it gets through (test_escapes.py). WITH_RIGHTS holds what
some machines grant and some refuse: own namespaces, the kernel's tools for tracing, rare sockets.
"""

import contextlib
import ctypes
import fcntl
import mmap
import os
import platform
import resource
import signal
import socket
import struct
import subprocess
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_libc = ctypes.CDLL(None, use_errno=True)
_UNUSED_CODE = ctypes.cast(ctypes.CDLL("libm.so.6").tgamma, ctypes.c_void_p).value or 0
_COLUMN = 0 if platform.machine() == "x86_64" else 1
_RW, _RX, _RWX = mmap.PROT_READ | mmap.PROT_WRITE, mmap.PROT_READ | mmap.PROT_EXEC, mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC
_USER, _MOUNT, _NAMES = 0x10000000, 0x00020000, 0x04000000
_HERE = -100
_SAYS_SO = ["/bin/echo", "-n", "through"]


@dataclass(frozen=True)
class Place:
    """What an attacker knows: a folder with a file `secret`, ears that listen, and another process of the same user."""

    folder: str
    tcp: int
    udp: int
    abstract: str
    victim: int
    victims_buffer: int

    def path(self, name: str) -> str:
        return os.path.join(self.folder, name)

    @property
    def secret(self) -> str:
        return self.path("secret")


Attack = Callable[[Place], object]


def _raw(numbers: tuple[int, int] | int, *arguments: object) -> bool:
    """Whether a system call that no wrapper stands before went through; its numbers are those of x86-64 and AArch64."""
    whole = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    return bool(_libc.syscall(numbers if isinstance(numbers, int) else numbers[_COLUMN], *whole) >= 0)


def _room(size: int = 256) -> "ctypes.Array[ctypes.c_char]":
    return ctypes.create_string_buffer(size)


def _dial(family: int, address: object, kind: int = socket.SOCK_STREAM, protocol: int = 0) -> bool:
    with socket.socket(family, kind, protocol) as line:
        return line.connect_ex(address) == 0


def _listen(family: int, address: object) -> bool:
    with socket.socket(family) as ear:
        ear.bind(address)
        ear.listen()
    return True


def _datagram(at: Place) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        return line.sendto(b"x", ("127.0.0.1", at.udp)) == 1


def _child(made: int) -> bool:
    """Whether there is a second process; that one ends at once."""
    if made == 0:
        os._exit(0)
    return made > 0


def _bomb(_: Place) -> int:
    started = 0
    for _ in range(50):
        with contextlib.suppress(OSError):
            started += _child(os.fork())
    return started


def _clone3(_: Place) -> bool:
    return _child(_libc.syscall(435, struct.pack("8Q", 0, 0, 0, 0, signal.SIGCHLD, 0, 0, 0), ctypes.c_size_t(64)))


def _thread(_: Place) -> bool:
    worker = threading.Thread(target=int)
    worker.start()
    return True


def _run_from_memory(_: Place) -> bool:
    held = os.memfd_create("x", 0)
    os.write(held, open("/bin/echo", "rb").read())
    return _raw((322, 281), held, b"", _words(_SAYS_SO), _words([]), 0x1000)


def _words(words: list[str]) -> "ctypes.Array[ctypes.c_char_p]":
    return (ctypes.c_char_p * (len(words) + 1))(*[word.encode() for word in words], None)


def _memory_of(at: Place, numbers: tuple[int, int]) -> bool:
    """Read or write the memory of the other process, eight bytes that hold `innocent`."""
    piece = ctypes.create_string_buffer(b"innocent", 8)
    ours, theirs = struct.pack("QQ", ctypes.addressof(piece), 8), struct.pack("QQ", at.victims_buffer, 8)
    return _raw(numbers, at.victim, ours, 1, theirs, 1, 0)


def _signal_by_descriptor(at: Place) -> bool:
    signal.pidfd_send_signal(os.pidfd_open(at.victim), signal.SIGKILL)
    return True


def _signal_by_queue(at: Place) -> bool:
    told = struct.pack("iiiiii", signal.SIGKILL, 0, -1, 0, os.getpid(), 0)
    return _raw((129, 138), at.victim, signal.SIGKILL, told + bytes(128 - len(told)))


def _descriptor_of(at: Place) -> bool:
    return _raw(438, os.pidfd_open(at.victim), 0, 0)


def _inherited(_: Place) -> bool:
    def is_open(number: int) -> bool:
        with contextlib.suppress(OSError):
            return os.fstat(number) is not None
        return False

    return any(is_open(number) for number in range(2, 256))


def _map(protection: int, flags: int = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, size: int = 4096, file: int = -1) -> bool:
    return mmap.mmap(file, size, flags=flags, prot=protection) is not None


def _made_executable(change: Callable[[ctypes.c_void_p], bool]) -> bool:
    page = mmap.mmap(-1, 4096)
    return change(ctypes.c_void_p(ctypes.addressof(ctypes.c_char.from_buffer(page))))


def _write_over_code(_: Place) -> bool:
    """Code that nobody needs is made writable, changed, and made executable again."""
    page = ctypes.c_void_p(_UNUSED_CODE & ~4095)
    if _libc.mprotect(page, 4096, _RW):
        return False
    ctypes.memset(_UNUSED_CODE, 0xC3, 1)
    return bool(_libc.mprotect(page, 4096, _RX) == 0)


def _second_filter(_: Place) -> bool:
    allow = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0x7FFF0000))
    return _libc.prctl(38, 1, 0, 0, 0) == 0 and _raw((317, 277), 1, 0, struct.pack("HxxxxxxP", 1, ctypes.addressof(allow)))


def _shared(made: int, remove: Callable[[int], object]) -> bool:
    if made >= 0:
        remove(made)
    return made >= 0


def _queue(at: Place) -> bool:
    name = at.abstract.encode()
    return _raw((240, 180), name, os.O_CREAT | os.O_RDWR, 0o600, None) and _raw((241, 181), name)


def _limits(which: int) -> bool:
    resource.setrlimit(which, resource.getrlimit(which))
    return True


def _as_own_root(*, also: int, then: Callable[[], bool]) -> bool:
    """`then`, as root of namespaces of its own where it may make any."""
    _libc.unshare(_USER | also)
    return then()


def _mounted(at: Place) -> bool:
    return bool(_libc.mount(b"none", at.folder.encode(), b"tmpfs", 0, None) == 0)


def _new_root(at: Place) -> bool:
    if not _mounted(at):
        return _raw((155, 41), b"/", b"/")
    os.mkdir(at.path("old"))
    return _raw((155, 41), at.folder.encode(), at.path("old").encode())


def _joined(_: Place) -> bool:
    handle = os.open("/proc/self/ns/uts", os.O_RDONLY)
    return bool(_libc.setns(handle, 0) == 0)


def _handle_of(at: Place) -> bool:
    handle = ctypes.create_string_buffer(struct.pack("Ii", 128, 0), 136)
    return _raw((303, 264), _HERE, at.secret.encode(), handle, ctypes.byref(ctypes.c_int()), 0)


ANYBODY: Mapping[str, Attack] = {
    # Files
    "read a file": lambda at: open(at.secret, "rb").read(),
    "read a file by openat2": lambda at: _raw(437, _HERE, at.secret.encode(), struct.pack("3Q", 0, 0, 0), ctypes.c_size_t(24)),
    "take hold of a path": lambda at: os.open(at.secret, os.O_PATH) >= 0,
    "read the password file": lambda _: open("/etc/passwd", "rb").read(),
    "follow a symbolic link": lambda at: open(at.path("link"), "rb").read(),
    "write a new file": lambda at: open(at.path("new"), "wb").write(b"x"),
    "make a file without a name": lambda at: os.open(at.folder, os.O_TMPFILE | os.O_RDWR) >= 0,
    "change a file": lambda at: open(at.secret, "ab").write(b"x"),
    "shorten a file": lambda at: os.truncate(at.secret, 0) is None,
    "change its own input": lambda _: os.write(os.open("/proc/self/fd/0", os.O_WRONLY), b"x"),
    "make its own input executable": lambda _: os.fchmod(0, 0o755) is None,
    "date its own input back": lambda _: os.utime(0, (0, 0)) is None,
    "lock its own input": lambda _: fcntl.flock(0, fcntl.LOCK_EX) is None,
    "list a folder": lambda _: os.listdir("/"),
    "look at a file": lambda at: os.stat(at.secret),
    "ask whether it may read a file": lambda at: os.access(at.secret, os.R_OK),
    "read where a link leads": lambda at: os.readlink(at.path("link")),
    "go to another folder": lambda at: os.chdir(at.folder) is None,
    "ask which folder it is in": lambda _: os.getcwd(),
    "make a symbolic link": lambda at: os.symlink("/etc", at.path("other")) is None,
    "make a hard link": lambda at: os.link(at.secret, at.path("hard")) is None,
    "rename a file": lambda at: os.rename(at.secret, at.path("renamed")) is None,
    "remove a file": lambda at: os.unlink(at.secret) is None,
    "make a folder": lambda at: os.mkdir(at.path("folder")) is None,
    "make a named pipe": lambda at: os.mkfifo(at.path("pipe")) is None,
    "change rights": lambda at: os.chmod(at.secret, 0o777) is None,
    "watch a folder": lambda at: _libc.inotify_add_watch(_libc.inotify_init1(0), at.folder.encode(), 2) >= 0,
    # What the kernel shows as files
    "read another process's environment": lambda at: open(f"/proc/{at.victim}/environ", "rb").read(),
    "open another process's memory": lambda at: open(f"/proc/{at.victim}/mem", "r+b"),
    "open its own memory": lambda _: open("/proc/self/mem", "r+b"),
    "read where its memory lies": lambda _: open("/proc/self/maps", "rb").read(),
    "look at the first process": lambda _: open("/proc/1/status", "rb").read(),
    "walk out by its own root": lambda _: os.open("/proc/self/root/etc/passwd", os.O_RDONLY) >= 0,
    "read a setting of the kernel": lambda _: open("/proc/sys/kernel/hostname", "rb").read(),
    "open a device": lambda _: open("/dev/zero", "rb").read(1),
    "read inherited descriptors": _inherited,
    "double a descriptor": lambda _: os.dup(1) >= 0,
    # The network and its neighbours
    "dial out": lambda at: _dial(socket.AF_INET, ("127.0.0.1", at.tcp)),
    "send a datagram": _datagram,
    "reach a local socket": lambda at: _dial(socket.AF_UNIX, at.path("ear")),
    "reach an abstract socket": lambda at: _dial(socket.AF_UNIX, "\0" + at.abstract),
    "ask the kernel by netlink": lambda _: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0),
    "make a pair of sockets": lambda _: socket.socketpair(),
    "make a pipe": lambda _: os.pipe(),
    "listen": lambda _: _listen(socket.AF_INET, ("127.0.0.1", 0)),
    "listen on a local socket": lambda at: _listen(socket.AF_UNIX, at.path("mine")),
    "listen on an abstract socket": lambda at: _listen(socket.AF_UNIX, f"\0{at.abstract}-mine"),
    # Processes
    "fork": lambda _: _child(os.fork()),
    "fork without end": _bomb,
    "clone by number": lambda _: _child(_libc.syscall((56, 220)[_COLUMN], signal.SIGCHLD, 0, 0, 0, 0)),
    "clone3 by number": _clone3,
    "start a thread": _thread,
    "become another program": lambda _: os.execv(_SAYS_SO[0], _SAYS_SO),
    "become another program by execveat": lambda _: _raw((322, 281), _HERE, b"/bin/echo", _words(_SAYS_SO), _words([]), 0),
    "start a program beside itself": lambda _: subprocess.call(["/bin/true"]) == 0,
    "start a program by vfork": lambda _: _child(os.posix_spawn("/bin/true", ["true"], {})),
    "end another process": lambda at: os.kill(at.victim, signal.SIGKILL) is None,
    "find its parent by a signal": lambda _: os.kill(os.getppid(), 0) is None,
    "find everybody by a signal": lambda _: os.kill(-1, 0) is None,
    "end a thread of another process": lambda at: _raw((234, 131), at.victim, at.victim, signal.SIGKILL),
    "end another process by a descriptor": _signal_by_descriptor,
    "end another process by a queue": _signal_by_queue,
    "have the kernel signal another process": lambda at: fcntl.fcntl(0, fcntl.F_SETOWN, at.victim) == 0,
    "lower another process's priority": lambda at: os.setpriority(os.PRIO_PROCESS, at.victim, 19) is None,
    "change how another process is scheduled": lambda at: os.sched_setscheduler(at.victim, os.SCHED_BATCH, os.sched_param(0)) is None,
    "read another process's limits": lambda at: resource.prlimit(at.victim, resource.RLIMIT_CORE),
    "leave its session": lambda _: os.setsid() is None,
    # Memory
    "map executable memory": lambda _: _map(_RWX),
    "map its input as code": lambda _: _map(_RX, mmap.MAP_PRIVATE, 64, 0),
    "make memory executable": lambda _: _made_executable(lambda page: _libc.mprotect(page, 4096, _RWX) == 0),
    "make memory executable by its key": lambda _: _made_executable(lambda page: _raw((329, 288), page, 4096, _RX, -1)),
    "write over code": _write_over_code,
    "take two gibibytes": lambda _: _map(_RW, size=2 << 30),
    "map a tebibyte": lambda _: _map(0, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000, 1 << 40),
    "make a file in memory": lambda _: os.memfd_create("x") >= 0,
    "run a program from memory": _run_from_memory,
    "share memory": lambda _: _shared(_libc.shmget(0, 4096, 0o1600), lambda made: _libc.shmctl(made, 0, None)),
    "make semaphores": lambda _: _shared(_libc.semget(0, 1, 0o1600), lambda made: _libc.semctl(made, 0, 0)),
    "make a queue of messages": lambda _: _shared(_libc.msgget(0, 0o1600), lambda made: _libc.msgctl(made, 0, None)),
    "see what is in the page cache": lambda _: _made_executable(lambda page: _raw((27, 232), page, 4096, _room())),
    # Its own walls, and time
    "be dumpable again": lambda _: _libc.prctl(4, 1, 0, 0, 0) == 0,
    "outlive its parent": lambda _: _libc.prctl(1, 0, 0, 0, 0) == 0,
    "let others trace it": lambda _: _libc.prctl(15, b"other", 0, 0, 0) == 0,
    "lay a filter over the filter": _second_filter,
    "lay rules over the rules": lambda _: _raw(444, struct.pack("Q", 1), ctypes.c_size_t(8), 0),
    "set its limit of processes": lambda _: _limits(resource.RLIMIT_NPROC),
    "set its limit of memory": lambda _: _limits(resource.RLIMIT_AS),
    "another personality": lambda _: _raw((135, 92), 0x0400000),
    "be a timer's storm": lambda _: signal.setitimer(signal.ITIMER_REAL, 60) is not None,
    "make a timer": lambda _: _raw((222, 107), 1, None, ctypes.byref(ctypes.c_int())),
    "make a timer with a descriptor": lambda _: _raw((283, 85), 1, 0),
    "make a counter for events": lambda _: _raw((290, 19), 0, 0),
    "wait for many descriptors": lambda _: _raw((291, 20), 0),
    "wait for signals by a descriptor": lambda _: _raw((289, 74), -1, bytes(8), 8, 0),
    "ask the terminal driver": lambda _: fcntl.ioctl(1, 0x541B, bytes(4)),
    "ask which machine this is": lambda _: os.uname(),
    "ask how busy the machine is": lambda _: _raw((99, 179), _room()),
}

WITH_RIGHTS: Mapping[str, Attack] = {
    "trace another process": lambda at: _raw((101, 117), 0x4206, at.victim, 0, 0),
    "read another process's memory": lambda at: _memory_of(at, (310, 270)),
    "write another process's memory": lambda at: _memory_of(at, (311, 271)),
    "take another process's descriptor": _descriptor_of,
    "compare itself with another process": lambda at: _raw((312, 272), os.getpid(), at.victim, 0, 0, 0),
    "set up io_uring": lambda _: _raw(425, 4, _room()),
    "catch page faults": lambda _: _raw((323, 282), 1),
    "load a program into the kernel": lambda _: _raw((321, 280), 0, struct.pack("IIII", 2, 4, 4, 1) + bytes(112), 128),
    "watch performance": lambda _: _raw((298, 241), struct.pack("IIQQQQQ", 1, 112, 0, 0, 0, 0, 0x60) + bytes(64), 0, -1, -1, 0),
    "use the key ring": lambda _: _raw((250, 219), 0, -3, 1),
    "lay a key into the key ring": lambda _: _raw((248, 217), b"user", b"x", b"x", 1, -2),
    "make memory that nobody may read": lambda _: _raw(447, 0),
    "lock memory": lambda _: _made_executable(lambda page: _raw((149, 228), page, 4096)),
    "make a queue by name": _queue,
    "learn a file's handle": _handle_of,
    "open a file by its handle": lambda _: _raw((304, 265), _HERE, _room(), 0),
    "watch all files": lambda _: _raw((300, 262), 0, 0),
    "namespaces of its own": lambda _: _libc.unshare(_USER) == 0,
    "mount": lambda at: _as_own_root(also=_MOUNT, then=lambda: _mounted(at)),
    "open a file system": lambda _: _as_own_root(also=_MOUNT, then=lambda: _raw(430, b"tmpfs", 0)),
    "another root": lambda at: _as_own_root(also=_MOUNT, then=lambda: _new_root(at)),
    "be shut into another root": lambda _: _as_own_root(also=0, then=lambda: os.chroot("/proc") is None),
    "rename the machine": lambda _: _as_own_root(also=_NAMES, then=lambda: socket.sethostname("x") is None),
    "join a namespace": lambda at: _as_own_root(also=_NAMES, then=lambda: _joined(at)),
    "become root": lambda _: os.setuid(0) is None,
    "dial out by multipath": lambda at: _dial(socket.AF_INET, ("127.0.0.1", at.tcp), protocol=262),
    "make a raw socket": lambda _: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1),
    "make a packet socket": lambda _: socket.socket(17, socket.SOCK_RAW),
    "use the kernel's ciphers": lambda _: socket.socket(38, socket.SOCK_SEQPACKET),
    "reach the host of a virtual machine": lambda _: socket.socket(40, socket.SOCK_STREAM),
    "type into the terminal": lambda _: fcntl.ioctl(0, 0x5412, b"x") is not None,
    "read the kernel's messages": lambda _: _raw((103, 116), 3, _room(), 256),
}

ATTACKS: Mapping[str, Attack] = {**ANYBODY, **WITH_RIGHTS}
