"""The reserve: laid down while there is room, released when there is next to none, and never given to what comes from outside."""

import errno
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from cairndesk.lib import reserve

MIB = 1024 * 1024


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """How much is free, to be set by hand; the reserve itself takes of it."""
    disk = SimpleNamespace(mib=1000)
    monkeypatch.setattr(reserve, "_free", lambda _: disk.mib * MIB)
    return disk


def test_it_is_laid_down_once_with_every_byte_really_taken(tmp_path: Path) -> None:
    assert (reserve.lay_down(tmp_path), reserve.lay_down(tmp_path)) == (True, False)
    facts = (tmp_path / "reserve").stat()
    assert facts.st_size == reserve.SIZE
    assert facts.st_blocks * 512 >= reserve.SIZE
    assert [path.name for path in tmp_path.iterdir()] == ["reserve"]


def test_it_goes_when_next_to_nothing_is_free_and_comes_back_with_the_room(tmp_path: Path, free: SimpleNamespace) -> None:
    reserve.lay_down(tmp_path)
    assert [(free.__setattr__("mib", mib), reserve.ease(tmp_path))[1] for mib in (5, 3, 3)] == [False, True, False]
    assert [(free.__setattr__("mib", mib), reserve.lay_down(tmp_path))[1] for mib in (19, 63, 64)] == [False, False, True]


def test_what_it_frees_is_not_given_to_what_comes_from_outside(tmp_path: Path, free: SimpleNamespace) -> None:
    reserve.lay_down(tmp_path)
    free.mib = 3
    assert reserve.ease(tmp_path)
    free.mib += reserve.SIZE // MIB
    assert not reserve.has_room(tmp_path)
    with pytest.raises(OSError, match="No space") as full:
        reserve.need_room(tmp_path)
    assert full.value.errno == errno.ENOSPC
    free.mib = 32
    assert (reserve.has_room(tmp_path), reserve.has_room(tmp_path, most=1)) == (True, False)


def test_a_disk_that_fills_up_meanwhile_keeps_no_half_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(reserve.os, "posix_fallocate", full)
    with pytest.raises(OSError, match="No space"):
        reserve.lay_down(tmp_path)
    assert list(tmp_path.iterdir()) == []
