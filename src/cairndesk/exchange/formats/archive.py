"""A tar whose bytes depend on nothing but its files: no clock, no owner, no order of a directory."""

import io
import tarfile
from collections.abc import Mapping


def pack(files: Mapping[str, bytes], root: str) -> bytes:
    """One uncompressed pax archive of `files` below the folder `root`; the same files always give the same bytes."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT, encoding="utf-8") as archive:
        for path in sorted(files):
            archive.addfile(_member(f"{root}/{path}", len(files[path])), io.BytesIO(files[path]))
    return stream.getvalue()


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = size, 0o644, 0
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member
