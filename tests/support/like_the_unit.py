"""Runs a command as the units of deploy/systemd hold it, with what a user without any right can put up: `like_the_unit.py DATA COMMAND …`.

Everything is read only but DATA, and nothing in DATA is executed (ProtectSystem, ReadWritePaths, NoExecPaths); memory never becomes
executable (MemoryDenyWriteExecute); calls of every group that the filter leaves out are refused (SystemCallFilter, RestrictNamespaces).
What needs root (users, capabilities, private mounts) is not here.
"""

import ctypes
import os
import resource
import sys
from pathlib import Path

from cairndesk.lib import landlock, seccomp

# On (x86-64, AArch64): one or more of each group of calls that the units leave out.
_LEFT_OUT = {
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "add_key": (248, 217), "keyctl": (250, 219), "mlock": (149, 228), "mlockall": (151, 230), "acct": (163, 89), "capset": (126, 91),
    "perf_event_open": (298, 241), "quotactl": (179, 60), "fanotify_init": (300, 262), "open_by_handle_at": (304, 265),
    "setrlimit": (160, 164), "setpriority": (141, 140), "ioprio_set": (251, 30), "mbind": (237, 235), "set_mempolicy": (238, 237),
    "sched_setaffinity": (203, 122), "sched_setscheduler": (144, 119), "sched_setattr": (314, 274), "migrate_pages": (256, 238),
}  # fmt: skip
_REFUSED = ("ptrace", "process_vm_readv", "process_vm_writev", "bpf", "userfaultfd", "io_uring_setup", "pidfd_getfd")
_PR_SET_MDWE, _REFUSE_EXEC_GAIN = 65, 1
_READABLE = (sys.prefix, sys.base_prefix, "/usr", "/lib", "/lib64", "/bin", "/etc", "/proc", "/sys", "/dev/urandom", "/dev/random")
_EXECUTE = 1


def main(data: str, command: list[str]) -> None:
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Older kernels know no such promise; there the unit's filter does it.
    ctypes.CDLL(None).prctl(_PR_SET_MDWE, _REFUSE_EXEC_GAIN, 0, 0, 0)
    code = [Path(path) for path in (*_READABLE, Path(seccomp.__file__).parents[2], Path(__file__).parents[2])]
    grants = landlock.grants(code, landlock.READ) + landlock.grants([Path("/dev/null")], landlock.DEVICE)
    # Where the configuration lies.
    grants += landlock.grants([Path.cwd()], landlock.READ & ~_EXECUTE)
    landlock.enclose(landlock.Wall([*grants, landlock.Grant(Path(data), landlock.CHANGE & ~_EXECUTE)], tcp=None))
    seccomp.CALLS.update(_LEFT_OUT)
    seccomp.refuse((*_LEFT_OUT, *_REFUSED))
    os.execv(command[0], command)  # noqa: S606 - the command of a test


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
