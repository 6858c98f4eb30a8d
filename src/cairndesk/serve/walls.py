"""What each process keeps when its walls go up; everything else on the machine is refused by the kernel."""

import ctypes
import os
import resource
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

import cairndesk
from cairndesk.config import Config
from cairndesk.lib import landlock, seccomp
from cairndesk.lib.errors import DeskError
from cairndesk.lib.landlock import Grant, Wall
from cairndesk.serve.roles import Role

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE = 1, 4
_SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/localtime", "/etc/mime.types")
# To find a mail server, the source of a list or a bucket, and to check its certificate.
_NETWORK = ("/etc/ssl", "/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/services", "/etc/gai.conf")
# For the custody report as a PDF: which fonts there are, and what is known of them.
_FONTS = ("/etc/fonts", "/var/cache/fontconfig")
_DEVICES = ("/dev/null", "/dev/urandom", "/dev/random", "/dev/zero")


class NoWall(DeskError):
    """Nothing on this machine keeps the portal apart from the desk."""

    code = "serve.no_wall"
    remedy = "Start as root (one user per process), or use a kernel with Landlock; without either only the demo runs."


class WallWithHole(DeskError):
    """The data folder lies inside a folder that every process may read."""

    code = "serve.wall_with_hole"
    remedy = "Move the data folder (`data` in cairndesk.toml) out of the named folder."


@dataclass(frozen=True)
class Level:
    """How the processes are kept apart on this machine."""

    users: bool
    abi: int

    @property
    def is_enough(self) -> bool:
        return self.users or self.abi > 0

    def __str__(self) -> str:
        parts = (["users"] if self.users else []) + ([f"landlock_{self.abi}"] if self.abi else [])
        return "/".join(parts) or "none"


def level() -> Level:
    """The walls that this machine and this user allow."""
    return Level(users=os.geteuid() == 0, abi=landlock.abi())


def harden() -> None:
    """Afterwards no other process of the same user can look into this one, no core is written, and it ends with its parent."""
    libc = ctypes.CDLL(None, use_errno=True)
    for option, value in ((_PR_SET_DUMPABLE, 0), (_PR_SET_PDEATHSIG, signal.SIGTERM)):
        if libc.prctl(option, value, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "prctl")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def enclose(role: Role, config: Config) -> int:
    """Put up the walls of `role`; returns the Landlock ABI, 0 where there is none. Call it before any thread starts.

    Raises WallWithHole, or landlock.TooLate.
    """
    abi = landlock.abi()
    if abi:
        landlock.enclose(wall(role, config))
    if seccomp.available():
        seccomp.refuse(_refused(role, config))
    return abi


def wall(role: Role, config: Config) -> Wall:
    """The files and ports that `role` keeps."""
    data = config.data.absolute()
    code = [Path(sys.prefix), Path(sys.base_prefix), Path(cairndesk.__file__).parent.parent, *map(Path, _SYSTEM)]
    _refuse_holes(code, data)
    common = landlock.grants(code, landlock.READ) + landlock.grants(map(Path, _DEVICES), landlock.DEVICE)
    if role is Role.PORTAL:
        return Wall([*common, Grant(data / "published", landlock.READ), Grant(data / "spool", landlock.DROP)], tcp=())
    ports = [config.database.port] if config.database.engine == "postgresql" else []
    secrets = [config.secret_file, config.keys.key_file, config.keys.passphrase_file, config.database.password_file, config.mail.password_file]
    if role is Role.DESK:
        fonts = landlock.grants(map(Path, _FONTS), landlock.READ)
        return Wall([*common, *fonts, Grant(data, landlock.CHANGE), *_files([*secrets[:-1], config.log.authority_roots])], tcp=ports)
    parts = [part for part in sorted(data.iterdir()) if part.is_dir() and part.name != "keys"]
    kept = landlock.grants(parts, landlock.CHANGE) + landlock.grants(map(Path, _NETWORK), landlock.READ)
    others = [config.lists.credentials, config.lists.folder, config.log.authority_roots, config.vault.credentials_file, config.vault.roots]
    places = [*config.lists.places(), *config.log.places(), *config.vault.places(), *config.paging.places(), *config.partners.places()]
    return Wall([*common, *kept, *_files([*secrets[3:], *others])], tcp=[*ports, config.mail.port, *(port for _, port in places)])


def _files(paths: list[Path | None]) -> list[Grant]:
    return landlock.grants([path for path in paths if path is not None], landlock.READ)


def _refuse_holes(readable: list[Path], data: Path) -> None:
    for folder in readable:
        if data.resolve().is_relative_to(folder.resolve()):
            raise WallWithHole(f"{data} lies inside {folder}")


def _refused(role: Role, config: Config) -> tuple[str, ...]:
    """`work` talks to the hosts that the configuration names and to the desk, and PostgreSQL is dialled as well; else nobody dials."""
    dials = role is Role.WORK or (role is Role.DESK and config.database.engine == "postgresql")
    return tuple(name for name in seccomp.FOR_A_LISTENER if not (dials and name == "connect"))
