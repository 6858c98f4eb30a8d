"""The spool: a folder of sealed files that the portal fills and only `work` empties.

A file is `magic (5) | organisation (16) | flags (1) | HPKE blob`. Bit 0 of the flags says *happening now*: it raises the
alarm while the desk is locked. Bit 1 says *cold*: it came from where too much comes from, and is taken in after the others. That is all that a
file tells without a key.
"""

import asyncio
import contextlib
import errno
import os
import re
import secrets
import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from cairndesk.custody.errors import CustodyError
from cairndesk.custody.sealing import hpke
from cairndesk.intake.errors import UnreadableFile
from cairndesk.intake.rules import Fragment, fragment_context, is_happening_now
from cairndesk.lib.files import write_durably
from cairndesk.lib.reserve import SIZE, has_room, need_room

MAGIC = b"CDSP1"
_HEADER = len(MAGIC) + 16 + 1
_HAPPENING_NOW, _COLD = 1, 2
_NAME = re.compile(r"[0-9a-f]{32}\.frag")
_UNFINISHED = re.compile(r"\.[0-9a-f]{32}\.part")
_ASIDE = ".aside"
# Far above the largest request that the portal accepts; a larger file was not written by it.
_LARGEST = 4 * 1024 * 1024
# More files than wait on a good day, and a few MB. What nobody waits for is left out then, and while less is free than reports may fill.
_QUIET, _AMPLE = 1000, 4 * SIZE
# A link, a socket: nothing that the portal wrote. Any other refusal of the machine (no descriptor, no right, a bad disk) says nothing of a file.
_FOREIGN = frozenset({errno.ELOOP, errno.ENXIO})


class TornFile(UnreadableFile):
    """A spool file without the header of a spool file: foreign, cut short or of another version."""

    code = "intake.torn_file"


@dataclass(frozen=True)
class SpoolFile:
    """One file: whose it is, whether danger is now, the sealed fragment, and whether it can wait for the others."""

    organisation: UUID
    happening_now: bool
    sealed: bytes
    is_cold: bool = False

    def to_bytes(self) -> bytes:
        """The file as it lies in the spool."""
        return MAGIC + self.organisation.bytes + bytes([_HAPPENING_NOW * self.happening_now + _COLD * self.is_cold]) + self.sealed


class Flags(NamedTuple):
    """The two clear bits of a file: danger is now, and it can wait for the others."""

    is_urgent: bool
    is_cold: bool


class Spool:
    """The spool folder, by a descriptor that was opened before the walls went up; it is not closed here."""

    def __init__(self, directory: int, *, is_shut: Callable[[], bool] = lambda: False) -> None:
        """`is_shut` says whether nothing may be kept now, because nobody could promise that it stays."""
        self._directory, self._is_shut = directory, is_shut

    async def keep(self, fragment: Fragment, *, public: bytes, is_cold: bool = False) -> None:
        """Afterwards `fragment` lies here, sealed to the key `public` of its organisation. Raises OSError, and then it does not."""
        if self._is_shut():
            raise OSError(errno.EROFS, "the desk only reads")
        organisation = UUID(fragment.organisation)
        sealed = hpke.seal(public, fragment.to_json(), fragment_context(organisation))
        await asyncio.to_thread(self.put, SpoolFile(organisation, is_happening_now(fragment.answers), sealed, is_cold))

    async def keep_if_quiet(self, fragment: Fragment, *, public: bytes) -> None:
        """`keep` for what nobody waits for: taken in last, and with an OSError too while much waits here or room gets short, which reports need."""
        if not await asyncio.to_thread(self._is_quiet):
            raise OSError(errno.EBUSY, "reports come first")
        await self.keep(fragment, public=public, is_cold=True)

    def put(self, file: SpoolFile) -> str:
        """Keep `file`; when this returns its name, it survives a crash and a power cut. Raises OSError: then nobody may be told so."""
        name, data = f"{secrets.token_hex(16)}.frag", file.to_bytes()
        need_room(self._directory, most=len(data))
        write_durably(self._directory, name, data)
        return name

    def names(self) -> list[str]:
        """The names of waiting files, oldest first; foreign and half-written ones are not among them."""
        return sorted(filter(_NAME.fullmatch, os.listdir(self._directory)), key=self.age_key)  # noqa: PTH208 - a descriptor has no path

    def age_key(self, name: str) -> tuple[int, str]:
        """Sorts names by age, nanoseconds; a file that has gone meanwhile sorts first."""
        try:
            return os.stat(name, dir_fd=self._directory, follow_symlinks=False).st_mtime_ns, name
        except FileNotFoundError:
            return 0, name

    def filed_at(self, name: str) -> datetime | None:
        """When `name` was written; None for a file that has gone meanwhile."""
        nanoseconds = self.age_key(name)[0]
        return datetime.fromtimestamp(nanoseconds / 1e9, UTC) if nanoseconds else None

    def read(self, name: str) -> SpoolFile:
        """The file `name`. Raises FileNotFoundError when it has gone, TornFile when it is none of ours, OSError when it cannot be read now."""
        raw = self._bytes(name, _LARGEST + 1)
        if len(raw) <= _HEADER or len(raw) > _LARGEST:
            raise TornFile(name)
        organisation, flags = _header(name, raw)
        return SpoolFile(organisation, flags.is_urgent, raw[_HEADER:], flags.is_cold)

    def key_ids(self) -> frozenset[bytes]:
        """The ids of the keys that anything here is sealed to, set aside or not. Raises OSError where a file cannot be read now."""
        found = set[bytes]()
        for name in (*self.names(), *self.aside()):
            with contextlib.suppress(FileNotFoundError, TornFile, CustodyError):
                raw = self._bytes(name, _HEADER + hpke.OVERHEAD)
                _header(name, raw)
                found.add(hpke.sealed_to(raw[_HEADER:]))
        return frozenset(found)

    def flags(self, name: str) -> Flags:
        """What the clear bits of `name` say; neither for a file that has gone, is none of ours or cannot be read now."""
        try:
            return _header(name, self._bytes(name, _HEADER))[1]
        except (OSError, TornFile):
            return Flags(is_urgent=False, is_cold=False)

    def organisation_of(self, name: str) -> UUID:
        """Whose file `name` is. Raises OSError and TornFile."""
        return _header(name, self._bytes(name, _HEADER))[0]

    def set_aside(self, name: str) -> str:
        """Take `name` out of the queue without losing it; returns its new name, which ends in `.aside`."""
        os.rename(name, name + _ASIDE, src_dir_fd=self._directory, dst_dir_fd=self._directory)
        return name + _ASIDE

    def aside(self) -> list[str]:
        """The names of files that were set aside, oldest first."""
        kept = (name for name in os.listdir(self._directory) if name.endswith(_ASIDE) and _NAME.fullmatch(name.removesuffix(_ASIDE)))  # noqa: PTH208 - a descriptor has no path
        return sorted(kept, key=self.age_key)

    def take_up(self, name: str) -> str:
        """Put `name`, which was set aside, back into the queue; returns the name it has there."""
        back = name.removesuffix(_ASIDE)
        os.rename(name, back, src_dir_fd=self._directory, dst_dir_fd=self._directory)
        return back

    def remove(self, *names: str) -> None:
        """Delete `names`; it is no error when one has gone already."""
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name, dir_fd=self._directory)
        os.fsync(self._directory)

    def sweep(self, *, before: datetime) -> int:
        """Delete what a killed portal left half-written before `before`, which nobody was told is kept; returns how many files."""
        listed = filter(_UNFINISHED.fullmatch, os.listdir(self._directory))  # noqa: PTH208 - a descriptor has no path
        left = [name for name in listed if 0 < self.age_key(name)[0] < before.timestamp() * 1e9]
        if left:
            self.remove(*left)
        return len(left)

    def _is_quiet(self) -> bool:
        return len(os.listdir(self._directory)) < _QUIET and has_room(self._directory, most=_AMPLE - 2 * SIZE)  # noqa: PTH208 - a descriptor has no path

    def _bytes(self, name: str, most: int) -> bytes:
        try:
            # Not following links and not waiting: nobody may point `work` at another file or at a pipe.
            handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=self._directory)
        except OSError as error:
            if error.errno in _FOREIGN:
                raise TornFile(name) from error
            raise
        with os.fdopen(handle, "rb") as stream:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise TornFile(name)
            return stream.read(most)


def _header(name: str, raw: bytes) -> tuple[UUID, Flags]:
    if len(raw) < _HEADER or not raw.startswith(MAGIC) or raw[_HEADER - 1] > _HAPPENING_NOW + _COLD:
        raise TornFile(name)
    bits = raw[_HEADER - 1]
    return UUID(bytes=raw[len(MAGIC) : _HEADER - 1]), Flags(bool(bits & _HAPPENING_NOW), bool(bits & _COLD))
