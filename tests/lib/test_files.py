"""A file is there as a whole or not at all, whichever call fails on the way; one that must be new replaces nothing."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cairndesk.lib import files

FULL = OSError(errno.ENOSPC, "no space")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[int]:
    with files.opened(tmp_path) as handle:
        yield handle


def failing(monkeypatch: pytest.MonkeyPatch, name: str, after: int = 0) -> None:
    """This call of the operating system fails, from its call number `after` on."""
    real, calls = getattr(os, name), iter(range(1000))

    def call(*given: Any, **named: Any) -> Any:
        if next(calls) >= after:
            raise FULL
        return real(*given, **named)

    monkeypatch.setattr(os, name, call)


def torn() -> Iterator[bytes]:
    yield b"half"
    raise FULL


def test_a_file_replaces_the_one_before_and_has_the_mode_that_was_asked(folder: int, tmp_path: Path) -> None:
    files.write_durably(folder, "one", b"first", mode=0o600)
    files.write_parts_durably(folder, "one", iter([b"second", memoryview(b" half")]), mode=0o400)
    assert [(path.name, path.read_bytes(), path.stat().st_mode & 0o777) for path in tmp_path.iterdir()] == [("one", b"second half", 0o400)]


def test_one_that_must_be_new_replaces_nothing(folder: int, tmp_path: Path) -> None:
    files.write_new(tmp_path / "key", b"first")
    with pytest.raises(FileExistsError):
        files.write_new(tmp_path / "key", b"second")
    (tmp_path / "link").symlink_to("nowhere")
    with pytest.raises(FileExistsError):
        files.write_parts_durably(folder, "link", [b"third"], is_new=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["key", "link"]
    assert ((tmp_path / "key").read_bytes(), (tmp_path / "key").stat().st_mode & 0o777) == (b"first", 0o600)


@pytest.mark.parametrize("is_new", [True, False], ids=["new", "replacing"])
@pytest.mark.parametrize("site", ["open", "write", "fsync", "give", "settle"])
def test_whichever_call_fails_nothing_half_stays(folder: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, site: str, *, is_new: bool) -> None:
    if not is_new:
        files.write_durably(folder, "one", b"before")
    with monkeypatch.context() as patch:
        call = {"give": "link" if is_new else "rename", "settle": "fsync"}.get(site, site)
        if site != "write":
            failing(patch, call, after=int(site == "settle"))
        with pytest.raises(OSError, match="no space"):
            files.write_parts_durably(folder, "one", torn() if site == "write" else [b"after"], is_new=is_new)
    left = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    # What was replaced before only the folder could not be synced is whole, and cannot be had back.
    assert left == ({} if is_new else {"one": b"after" if site == "settle" else b"before"})
