import errno
import os
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cairndesk.intake.spool import Spool, SpoolFile, TornFile

ONE = UUID(int=1)
FILE = SpoolFile(ONE, happening_now=False, sealed=b"sealed")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def spool(folder: Path) -> Spool:
    return Spool(os.open(folder, os.O_RDONLY | os.O_DIRECTORY))


def test_what_was_put_is_read_back_whole(spool: Spool) -> None:
    name = spool.put(FILE)
    assert spool.names() == [name]
    assert spool.read(name) == FILE


def test_danger_now_is_seen_without_a_key(spool: Spool) -> None:
    calm, urgent = spool.put(FILE), spool.put(SpoolFile(ONE, happening_now=True, sealed=b"x"))
    assert not spool.flags(calm).is_urgent
    assert spool.flags(urgent).is_urgent
    assert spool.organisation_of(urgent) == ONE


def test_names_come_oldest_first(spool: Spool, folder: Path) -> None:
    names = [spool.put(FILE) for _ in range(3)]
    for age, name in enumerate(names):
        os.utime(folder / name, (age, age))
    assert spool.names() == names


def test_removing_twice_is_no_error(spool: Spool) -> None:
    name = spool.put(FILE)
    spool.remove(name)
    spool.remove(name)
    assert spool.names() == []


@pytest.mark.parametrize(
    "torn", [b"", b"CDSP", b"CDSP1" + bytes(16), b"CDSP2" + bytes(16) + b"\0x", b"CDSP1" + bytes(16) + b"\7x", b"CDSP1" + bytes(17)]
)
def test_a_torn_file_is_told_apart_and_never_urgent(spool: Spool, folder: Path, torn: bytes) -> None:
    name = "0" * 32 + ".frag"
    (folder / name).write_bytes(torn)
    with pytest.raises(TornFile):
        spool.read(name)
    assert not spool.flags(name).is_urgent


def test_a_file_larger_than_any_request_is_none_of_ours(spool: Spool, folder: Path) -> None:
    name = "0" * 32 + ".frag"
    (folder / name).write_bytes(FILE.to_bytes() + bytes(4 * 1024 * 1024))
    with pytest.raises(TornFile):
        spool.read(name)


def test_a_link_and_a_pipe_are_not_followed(spool: Spool, folder: Path) -> None:
    (folder / "elsewhere").write_bytes(FILE.to_bytes())
    (folder / ("0" * 32 + ".frag")).symlink_to(folder / "elsewhere")
    os.mkfifo(folder / ("1" * 32 + ".frag"))
    for digit in "01":
        with pytest.raises(TornFile):
            spool.read(digit * 32 + ".frag")


def test_what_is_set_aside_is_not_lost_and_not_read_again(spool: Spool, folder: Path) -> None:
    name = spool.put(FILE)
    aside = spool.set_aside(name)
    assert spool.names() == []
    assert (folder / aside).read_bytes() == FILE.to_bytes()


def test_foreign_and_half_written_files_are_passed_over(spool: Spool, folder: Path) -> None:
    for name in (".x.part", "readme", "0" * 32, "0" * 32 + ".frag.aside", "Z" * 32 + ".frag"):
        (folder / name).write_bytes(b"x")
    assert spool.names() == []


def test_a_file_that_went_meanwhile_is_not_there(spool: Spool) -> None:
    with pytest.raises(FileNotFoundError):
        spool.read("0" * 32 + ".frag")


@pytest.mark.parametrize("trouble", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
def test_a_full_disk_keeps_nothing_and_says_so(spool: Spool, folder: Path, monkeypatch: pytest.MonkeyPatch, trouble: int) -> None:
    def refuse(handle: int) -> None:
        raise OSError(trouble, "no")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="no"):
        spool.put(FILE)
    assert list(folder.iterdir()) == []


@pytest.mark.slow
@given(sealed=st.binary(min_size=1, max_size=200), urgent=st.booleans(), cold=st.booleans(), organisation=st.uuids())
def test_every_file_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, *, sealed: bytes, urgent: bool, cold: bool, organisation: UUID
) -> None:
    handle = os.open(tmp_path_factory.mktemp("spool"), os.O_RDONLY | os.O_DIRECTORY)
    spool, file = Spool(handle), SpoolFile(organisation, urgent, sealed, cold)
    assert spool.read(spool.put(file)) == file
    os.close(handle)
