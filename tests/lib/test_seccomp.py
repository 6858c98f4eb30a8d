import ctypes
import errno
import os
import socket
from pathlib import Path

import pytest
from tests.lib.walls import in_a_child, outcome

from cairndesk.lib import seccomp


def call(number: int) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    return ctypes.get_errno() if libc.syscall(number, 0, 0, 0, 0, 0, 0) < 0 else 0


def test_a_listener_can_dial_no_local_socket_either(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        server.listen()

        def child() -> dict[str, object]:
            with socket.socket(socket.AF_UNIX) as client:
                before = outcome(lambda: client.connect(str(tmp_path / "s")))
            seccomp.refuse(seccomp.FOR_A_LISTENER)
            with socket.socket(socket.AF_UNIX) as client:
                return {"before": before, "after": outcome(lambda: client.connect(str(tmp_path / "s")))}

        assert in_a_child(child) == {"before": "allowed", "after": "PermissionError"}


@pytest.mark.parametrize("name", sorted(seccomp.CALLS))
def test_each_named_call_is_refused(name: str) -> None:
    column = 0 if os.uname().machine == "x86_64" else 1

    def child() -> dict[str, object]:
        seccomp.refuse([name])
        return {"errno": call(seccomp.CALLS[name][column])}

    assert in_a_child(child) == {"errno": errno.EPERM}


def test_everything_else_still_works(tmp_path: Path) -> None:
    def child() -> dict[str, object]:
        seccomp.refuse(seccomp.CALLS)
        (tmp_path / "file").write_text("x")
        reader, writer = os.pipe()
        os.write(writer, b"x")
        return {"fork": os.waitpid(forked(), 0)[1], "pipe": os.read(reader, 1).decode()}

    assert in_a_child(child) == {"fork": 0, "pipe": "x"}


def forked() -> int:
    child = os.fork()
    if child == 0:
        os._exit(0)
    return child


def test_both_architectures_have_a_program_that_ends_in_refusal() -> None:
    for machine in ("x86_64", "aarch64"):
        code = seccomp.program(seccomp.FOR_A_LISTENER, machine)
        assert len(code) == 8 * (6 + len(seccomp.FOR_A_LISTENER) + 2)
        assert int.from_bytes(code[-4:], "little") == 0x00050000 | errno.EPERM
