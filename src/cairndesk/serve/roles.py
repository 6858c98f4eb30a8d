"""The three processes: under which user each runs, and which folder belongs to whom."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from cairndesk.config import Config

# The exit status of a process that no next try would let start (EX_CONFIG of sysexits.h).
REFUSED = 78


class Role(StrEnum):
    """One of the three processes."""

    PORTAL = "portal"
    DESK = "desk"
    WORK = "work"


@dataclass(frozen=True)
class Identity:
    """The numbers a process runs under; None as `uid` leaves it with the user who started it."""

    uid: int | None
    gid: int | None
    groups: tuple[int, ...] = ()


def identity(role: Role, config: Config) -> Identity:
    """Whose rights `role` gets: started as root a user of its own, otherwise those of the user who started it.

    `desk` and `work` meet in the group of `work` (database, key socket); `work` reads what the portal drops by its group.
    """
    if os.geteuid() != 0:
        return Identity(None, None)
    numbers = config.serve
    return {
        Role.PORTAL: Identity(numbers.portal_uid, numbers.portal_uid),
        Role.DESK: Identity(numbers.desk_uid, numbers.desk_uid, (numbers.work_uid,)),
        Role.WORK: Identity(numbers.work_uid, numbers.work_uid, (numbers.portal_uid,)),
    }[role]


@dataclass(frozen=True)
class Folder:
    """Owner, group and modes of a folder below the data folder."""

    owner: Role
    group: Role
    mode: int
    file_mode: int


FOLDERS: Mapping[str, Folder] = {
    "db": Folder(Role.DESK, Role.WORK, 0o2770, 0o660),
    # The second parts of keys. Whoever may open the database may read them, because an item opens only with both; nobody else may.
    "shred": Folder(Role.DESK, Role.WORK, 0o2770, 0o660),
    "keys": Folder(Role.DESK, Role.DESK, 0o700, 0o600),
    # The portal needs reading here for one thing: a descriptor by which it can sync the folder. Landlock takes the rest away.
    "spool": Folder(Role.WORK, Role.PORTAL, 0o1770, 0o640),
    "published": Folder(Role.WORK, Role.PORTAL, 0o2750, 0o640),
    # Language packs, which the operator lays down; every process reads them once, as it starts.
    "languages": Folder(Role.DESK, Role.PORTAL, 0o2750, 0o640),
    # The desk writes originals, the worker sweeps what a crash left; a written object is never changed, so nobody may write to one.
    "vault": Folder(Role.DESK, Role.WORK, 0o2770, 0o440),
    # The index of the lists: `work` makes it, the desk reads it.
    "signals": Folder(Role.WORK, Role.WORK, 0o2750, 0o640),
    # The log as files: `work` lays it out, the desk reads how far it went. Nothing of it is for the portal.
    "log": Folder(Role.WORK, Role.WORK, 0o2750, 0o640),
    # What was signed and speaks against this database, if anything does.
    "witnessed": Folder(Role.WORK, Role.WORK, 0o2750, 0o640),
    # What came of each drill, signed; the worker's business is none of it.
    "drills": Folder(Role.DESK, Role.DESK, 0o700, 0o600),
    "run": Folder(Role.DESK, Role.WORK, 0o2770, 0o660),
}
# What rooms add later is shared by the two inner processes, never with the portal.
OTHERS = Folder(Role.DESK, Role.WORK, 0o2770, 0o660)
