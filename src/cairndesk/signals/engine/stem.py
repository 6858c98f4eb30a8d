"""The other end of `decoders.py`: a process that holds no secret and reads no file is copied for each file that comes."""

import contextlib
import os
import resource
import socket
from collections.abc import Callable

from cairndesk.signals.engine import walls

LONGEST_ORDER = 16


def copy_for_each(line: int, answer: Callable[[bool, bytes], None]) -> None:
    """For each file that comes by the socket `line`, a copy of this process that calls `answer` with what it is told.

    Returns when the other end is gone. `answer` is told whether the copy was set apart already; it never returns.
    """
    is_apart = walls.set_apart()
    with socket.socket(fileno=line) as orders:
        while True:
            order, handles, _, _ = socket.recv_fds(orders, LONGEST_ORDER, 2)
            if not order:
                return
            child = os.fork()
            if child == 0:
                try:
                    become(*handles)
                    answer(is_apart, order)
                finally:
                    # Never back into the loop: a copy takes no orders.
                    os._exit(1)
            # A descriptor of the copy, by which it can be killed without hitting another process.
            handles.append(os.pidfd_open(child))
            socket.send_fds(orders, [b"1"], handles[-1:])
            for handle in handles:
                os.close(handle)
            # Only now: one that was waited for has no descriptor any more.
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass


def become(file: int, mouth: int) -> None:
    """The file is the standard input, the answer goes to the standard output, and nothing else is open."""
    os.dup2(file, 0)
    os.dup2(mouth, 1)
    os.closerange(2, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    os.lseek(0, 0, os.SEEK_SET)
