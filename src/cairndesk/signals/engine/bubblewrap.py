"""Bubblewrap around a decoder: a file tree with nothing but our code in it, and namespaces in which nobody else is.

It is used where it is installed and this process may use it. A process behind Landlock may not: the kernel lets it mount nothing. Then,
and as root, the child makes what namespaces it may by itself (walls.py). Options: the manual page of bubblewrap 0.4.
"""

import os
import shutil
import subprocess
import sys
from functools import cache

_PLACES = "/usr/bin:/usr/local/bin:/bin"
# What an interpreter and its native libraries are read from; the last says whether large pages may be asked for.
_SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/bin", "/etc/ld.so.cache", "/sys/kernel/mm/transparent_hugepage")
_APART = ("--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try")
_SECONDS = 10


@cache
def around(*readable: str) -> tuple[str, ...]:
    """What stands before a command that shall see only its interpreter and `readable`; nothing where that is not allowed."""
    found = shutil.which("bwrap", path=_PLACES)
    # As root its namespaces would belong to root.
    if found is None or os.geteuid() == 0:
        return ()
    command = (found, *_APART, "--die-with-parent", "--new-session", "--cap-drop", "ALL", *_tree(readable), "--chdir", "/", "--")
    return command if _works(command) else ()


def _tree(readable: tuple[str, ...]) -> list[str]:
    real = os.path.realpath(sys.executable)
    paths = dict.fromkeys((*_SYSTEM, sys.base_prefix, sys.prefix, os.path.dirname(real), *readable))  # noqa: PTH120 - for the command line
    return [part for path in paths for part in ("--ro-bind-try", path, path)]


def _works(command: tuple[str, ...]) -> bool:
    try:
        done = subprocess.run(  # noqa: S603 - bubblewrap and our own interpreter
            [*command, sys.executable, "-I", "-S", "-c", "pass"], env={"PATH": ""}, stdin=subprocess.DEVNULL, capture_output=True,
            timeout=_SECONDS, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
