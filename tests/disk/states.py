"""Every state in which a power cut may leave a disk, from what was written, synced and renamed before.

The model is the weakest that POSIX allows. Of a file only what came before its last fsync is sure; each later write may be there, be gone, or be
there in part (by sectors), whatever came after it. Of a folder only the names before its last fsync are sure; each later change of a name may be
there or gone, and a rename is one change. Syncing a file says nothing of its name. After Pillai et al., "All File Systems Are Not Created Equal"
(OSDI 2014), whose tool ALICE builds such states from system calls.
"""

import random
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.disk.watching import Op, Record

_SECTOR = 512
# Memory that several connections share, not data: SQLite makes it anew from the write-ahead log.
_SHARED = "-shm"
Choose = Callable[[], float]


@dataclass
class File:
    """What is surely in a file, and what was written since it was synced last."""

    sure: bytes = b""
    since: list[Record] = field(default_factory=list)

    def sync(self) -> None:
        self.sure, self.since = self.left(lambda: 1.0), []

    def left(self, chance: Choose) -> bytes:
        """What a cut may leave; `chance` draws for each change how much of it got to the disk: nothing below 0.5, all at 1, else some sectors."""
        data = bytearray(self.sure)
        for change in self.since:
            luck = chance()
            if change.op is Op.TRUNCATE and luck >= 0.5:
                data[change.offset :] = bytes(max(0, change.offset - len(data)))
            elif change.op is Op.WRITE and luck >= 0.5:
                _lay(data, change.offset, change.data, chance if luck < 1 else lambda: 1.0)
        return bytes(data)


def _lay(data: bytearray, offset: int, written: bytes, chance: Choose) -> None:
    end = offset + len(written)
    data.extend(bytes(max(0, end - len(data))))
    at = offset
    while at < end:
        stop = min(end, at - at % _SECTOR + _SECTOR)
        if chance() >= 0.5:
            data[at:stop] = written[at - offset : stop - offset]
        at = stop


@dataclass
class Folder:
    """The names that are surely in a folder, and the changes of names since it was synced last; a change with None takes the name away."""

    sure: dict[str, "File | Folder"] = field(default_factory=dict)
    since: list[Mapping[str, "File | Folder | None"]] = field(default_factory=list)

    def sync(self) -> None:
        self.sure, self.since = self.left(lambda: 1.0), []

    def left(self, chance: Choose) -> dict[str, "File | Folder"]:
        names: dict[str, File | Folder | None] = {**self.sure}
        for change in self.since:
            if chance() >= 0.5:
                names |= change
        return {name: held for name, held in names.items() if held is not None}


class Disk:
    """A data folder as it was before, and everything that was done to it up to some record."""

    def __init__(self, before: Path, numbers: Mapping[int, str]) -> None:
        """`before` is a copy of the folder; `numbers` gives the path of each file by its number in the folder that was watched."""
        self._before = before
        self._folders = {"": Folder()}
        self._files: dict[int, File] = {}
        for inode, path in sorted(numbers.items(), key=lambda pair: pair[1]):
            held: File | Folder = File((before / path).read_bytes()) if (before / path).is_file() else self._folders.setdefault(path, Folder())
            if isinstance(held, File):
                self._files[inode] = held
            above, _, name = path.rpartition("/")
            if not path.endswith(_SHARED):
                self._folders[above].sure[name] = held

    def happen(self, record: Record) -> None:
        """Let one more thing have been done."""
        above, _, name = record.path.rpartition("/")
        match record.op:
            case Op.CREATE | Op.MKDIR if not record.path.endswith(_SHARED):
                made = self._folders.setdefault(record.path, Folder()) if record.op is Op.MKDIR else File()
                if isinstance(made, File):
                    self._files[record.inode] = made
                self._folders[above].since.append({name: made})
            case Op.UNLINK:
                self._folders[above].since.append({name: None})
            case Op.RENAME | Op.LINK if record.inode in self._files:
                self._rename(record, above, name)
            case Op.WRITE | Op.TRUNCATE if record.inode in self._files:
                self._files[record.inode].since.append(record)
            case Op.SYNC:
                (self._folders.get(record.path) or self._files.get(record.inode) or File()).sync()

    def _rename(self, record: Record, above: str, name: str) -> None:
        into, _, new = record.other.rpartition("/")
        assert into == above, "a rename from folder to folder would need a model of its own"
        gone = {name: None} if record.op is Op.RENAME else {}
        self._folders[above].since.append({new: self._files[record.inode], **gone})

    def cut(self, target: Path, chance: Choose, names: Choose | None = None) -> None:
        """Lay out in `target` what one power cut leaves, by the luck of `chance`, and for the names by that of `names`."""
        shutil.copytree(self._before, target, ignore=lambda folder, found: [name for name in found if not (Path(folder) / name).is_dir()])
        self._lay_out(self._folders[""], target, chance, names or chance)

    def _lay_out(self, folder: Folder, target: Path, chance: Choose, names: Choose) -> None:
        target.mkdir(exist_ok=True)
        for name, held in folder.left(names).items():
            if isinstance(held, Folder):
                self._lay_out(held, target / name, chance, names)
            else:
                (target / name).write_bytes(held.left(chance))
                (target / name).chmod(0o600)


def luck(drawn: random.Random, kind: int) -> tuple[Choose, Choose]:
    """How much of what was not synced is left, of the bytes and of the names: nothing, all, some, torn, or one of the two."""
    no, yes, some = (lambda: 0.0), (lambda: 1.0), (lambda: float(drawn.random() < 0.5))
    return ((no, no), (yes, yes), (some, some), (drawn.random, some), (no, yes), (yes, no), (some, yes))[kind % 7]


def numbers_in(root: Path) -> dict[int, str]:
    """The path of every file and folder below `root`, by its number."""
    return {path.stat().st_ino: str(path.relative_to(root)) for path in root.rglob("*") if path.is_file() or path.is_dir()}


def played(disk: Disk, records: Iterable[Record]) -> Disk:
    for record in records:
        disk.happen(record)
    return disk
