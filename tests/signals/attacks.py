# An attack speaks to the kernel as directly as it can, not through pathlib.
# ruff: noqa: PTH102, PTH101, PTH104, PTH108, PTH116, PTH118, PTH123, PTH208, PTH211, S103, S606
"""What code that has taken over a decoder might try. Each attack returns something true when it got through."""

import ctypes
import mmap
import os
import platform
import resource
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable

from cairndesk.signals.engine import walls

_libc = ctypes.CDLL(None, use_errno=True)
_COLUMN = 0 if platform.machine() == "x86_64" else 1
PARENT = os.getppid()


def _raw(numbers: tuple[int, int], *arguments: object) -> bool:
    """Whether a system call that no wrapper stands before went through."""
    return bool(_libc.syscall(numbers[_COLUMN], *arguments) >= 0)


def _socket(family: int, kind: int, address: object) -> bool:
    with socket.socket(family, kind) as line:
        return line.connect_ex(address) == 0


def _inherited() -> bool:
    return any(_readable(number) for number in range(3, 256))


def _readable(number: int) -> bool:
    try:
        os.read(number, 1)
    except OSError:
        return False
    return True


def _bomb() -> int:
    started = 0
    for _ in range(50):
        try:
            if os.fork() == 0:
                os._exit(0)
            started += 1
        except OSError:
            continue
    return started


def _executable_memory() -> bool:
    return mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC) is not None


def _made_executable() -> bool:
    page = mmap.mmap(-1, 4096)
    place = ctypes.addressof(ctypes.c_char.from_buffer(page))
    return bool(_libc.mprotect(ctypes.c_void_p(place), 4096, 7) == 0)


def _thread() -> bool:
    worker = threading.Thread(target=int)
    worker.start()
    return True


def _spawn() -> bool:
    return subprocess.call(["/bin/true"]) == 0


def _wide_limits() -> bool:
    resource.setrlimit(resource.RLIMIT_NOFILE, (1000, 1000))
    return True


def _much_memory() -> bool:
    return len(bytearray(2 << 30)) > 0


def _attacks(folder: str, port: int, abstract: str) -> dict[str, Callable[[], object]]:
    secret = os.path.join(folder, "secret")
    return {
        "read_a_file": lambda: open(secret, "rb").read(),
        "read_the_password_file": lambda: open("/etc/passwd", "rb").read(),
        "write_a_file": lambda: open(os.path.join(folder, "new"), "wb").write(b"x"),
        "change_a_file": lambda: open(secret, "ab").write(b"x"),
        "shorten_a_file": lambda: os.truncate(secret, 0) is None,
        "list_a_folder": lambda: os.listdir("/"),
        "look_at_a_file": lambda: os.stat(secret),
        "make_a_symlink": lambda: os.symlink("/etc", os.path.join(folder, "link")) is None,
        "make_a_hard_link": lambda: os.link(secret, os.path.join(folder, "hard")) is None,
        "rename_a_file": lambda: os.rename(secret, secret + "2") is None,
        "remove_a_file": lambda: os.unlink(secret) is None,
        "make_a_folder": lambda: os.mkdir(os.path.join(folder, "d")) is None,
        "change_rights": lambda: os.chmod(secret, 0o777) is None,
        "read_its_parents_memory_file": lambda: open(f"/proc/{PARENT}/mem", "rb"),
        "read_its_parents_environment": lambda: open(f"/proc/{PARENT}/environ", "rb").read(),
        "read_its_own_memory_file": lambda: open("/proc/self/mem", "r+b"),
        "walk_proc_by_descriptor": lambda: os.open("/proc/self/root/etc/passwd", os.O_RDONLY),
        "read_inherited_descriptors": _inherited,
        "dial_out": lambda: _socket(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", port)),
        "send_a_datagram": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", port)),
        "reach_an_abstract_socket": lambda: _socket(socket.AF_UNIX, socket.SOCK_STREAM, "\0" + abstract),
        "ask_the_kernel_by_netlink": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0),
        "make_a_pair_of_sockets": socket.socketpair,
        "listen": lambda: socket.create_server(("127.0.0.1", 0)),
        "fork": lambda: os.fork() >= 0,
        "fork_without_end": _bomb,
        "clone_by_number": lambda: _raw((56, 220), signal.SIGCHLD, 0, 0, 0, 0),
        "clone3_by_number": lambda: _raw((435, 435), None, 0),
        "start_a_thread": _thread,
        "run_a_programme": lambda: os.execv("/bin/true", ["true"]),
        "run_a_programme_beside": _spawn,
        "stop_its_parent": lambda: os.kill(PARENT, signal.SIGSTOP) is None,
        "signal_a_thread_of_its_parent": lambda: _raw((234, 131), PARENT, PARENT, signal.SIGCONT),
        "trace_its_parent": lambda: _raw((101, 117), 16, PARENT, 0, 0),
        "read_its_parents_memory": lambda: _raw((310, 270), PARENT, None, 0, None, 0, 0),
        "hold_its_parent": lambda: _raw((434, 434), PARENT, 0),
        "make_a_file_in_memory": lambda: os.memfd_create("x"),
        "make_a_secret_memory": lambda: _raw((447, 447), 0),
        "set_up_io_uring": lambda: _raw((425, 425), 4, ctypes.create_string_buffer(256)),
        "catch_page_faults": lambda: _raw((323, 282), 1),
        "load_a_kernel_programme": lambda: _raw((321, 280), 0, ctypes.create_string_buffer(256), 64),
        "watch_performance": lambda: _raw((298, 241), ctypes.create_string_buffer(256), 0, -1, -1, 0),
        "use_the_key_ring": lambda: _raw((250, 219), 0, -1, 1),
        "open_a_file_by_handle": lambda: _raw((304, 265), -100, ctypes.create_string_buffer(64), 0),
        "new_namespaces": lambda: _libc.unshare(0x10000000) == 0,
        "mount": lambda: _libc.mount(b"none", b"/", b"tmpfs", 0, None) == 0,
        "new_root": lambda: os.chroot("/proc") is None,
        "become_root": lambda: os.setuid(0) is None,
        "another_personality": lambda: _raw((135, 92), 0x0008),
        "widen_its_limits": _wide_limits,
        "be_dumpable_again": lambda: _libc.prctl(4, 1, 0, 0, 0) == 0,
        "map_executable_memory": _executable_memory,
        "make_memory_executable": _made_executable,
        "write_to_the_terminal": lambda: _raw((16, 29), 0, 0x5412, ctypes.c_char_p(b"x")),
        "share_memory": lambda: _raw((29, 194), 0, 4096, 0o1600),
        "take_two_gibibytes": _much_memory,
    }  # fmt: skip


NAMES = tuple(_attacks("", 0, ""))


def run(name: str, folder: str, port: str, abstract: str) -> None:
    """Put up the walls, try one attack, and say how it went."""
    attack = _attacks(folder, int(port), abstract)[name]
    level, _ = walls.put_up()
    assert level >= walls.Level.MINIMAL
    try:
        through = bool(attack())
    except (OSError, MemoryError, RuntimeError, ValueError, subprocess.SubprocessError):  # each is how Python tells a refusal
        through = False
    os.write(1, b"through" if through else b"held")
    os._exit(0)


if __name__ == "__main__":
    run(*sys.argv[1:])
