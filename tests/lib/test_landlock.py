import os
import socket
import threading
from pathlib import Path

import pytest
from tests.lib.walls import in_a_child, outcome, spare

from cairndesk.lib import landlock


@pytest.fixture(autouse=True)
def needs_landlock() -> None:
    assert landlock.abi() > 0, "this kernel has no Landlock; the walls cannot be shown to hold"


@pytest.fixture
def rooms(tmp_path: Path) -> Path:
    spare(tmp_path / "open").joinpath("page").write_text("public")
    spare(tmp_path / "spool").joinpath("earlier").write_text("sealed report")
    spare(tmp_path / "keys").joinpath("secret").write_text("the key")
    return tmp_path


def wall(rooms: Path, **kept: object) -> landlock.Wall:
    return landlock.Wall([landlock.Grant(rooms / "open", landlock.READ), landlock.Grant(rooms / "spool", landlock.DROP)], **kept)


def test_it_keeps_a_secret_file_from_a_process_that_was_not_granted_it(rooms: Path) -> None:
    def child() -> dict[str, object]:
        landlock.enclose(wall(rooms))
        return {
            "read granted": outcome((rooms / "open" / "page").read_text),
            "read secret": outcome((rooms / "keys" / "secret").read_text),
            "list secrets": outcome(lambda: list((rooms / "keys").iterdir())),
            "write where only reading was granted": outcome(lambda: (rooms / "open" / "page").write_text("x")),
        }

    assert in_a_child(child) == {
        "read granted": "allowed",
        "read secret": "PermissionError",
        "list secrets": "PermissionError",
        "write where only reading was granted": "PermissionError",
    }


def test_it_lets_a_process_drop_files_that_it_can_neither_list_nor_read_back(rooms: Path) -> None:
    def child() -> dict[str, object]:
        landlock.enclose(wall(rooms))
        return {
            "drop": outcome(lambda: (rooms / "spool" / "new").write_text("sealed")),
            "rename": outcome(lambda: (rooms / "spool" / "new").rename(rooms / "spool" / "kept")),
            "read own": outcome((rooms / "spool" / "kept").read_text),
            "read earlier": outcome((rooms / "spool" / "earlier").read_text),
            "list": outcome(lambda: list((rooms / "spool").iterdir())),
        }

    assert in_a_child(child) == {
        "drop": "allowed",
        "rename": "allowed",
        "read own": "PermissionError",
        "read earlier": "PermissionError",
        "list": "PermissionError",
    }
    assert (rooms / "spool" / "kept").read_text() == "sealed"


def test_a_directory_opened_before_the_wall_can_still_be_synced_but_opens_nothing_new(rooms: Path) -> None:
    def child() -> dict[str, object]:
        spool = os.open(rooms / "spool", os.O_RDONLY | os.O_DIRECTORY)
        landlock.enclose(wall(rooms))
        return {
            "sync": outcome(lambda: os.fsync(spool)),
            "read through it": outcome(lambda: os.open("earlier", os.O_RDONLY, dir_fd=spool)),
        }

    assert in_a_child(child) == {"sync": "allowed", "read through it": "PermissionError"}


@pytest.mark.parametrize(("ports", "expected"), [((), "PermissionError"), ("granted", "allowed"), (None, "allowed")])
def test_it_refuses_tcp_except_to_a_granted_port(rooms: Path, ports: object, expected: str) -> None:
    assert landlock.abi() >= 4, "this kernel's Landlock cannot refuse TCP"
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        tcp = (address[1],) if ports == "granted" else ports

        def child() -> dict[str, object]:
            landlock.enclose(wall(rooms, tcp=tcp))
            return {"connect": outcome(lambda: socket.create_connection(address, timeout=2))}

        assert in_a_child(child) == {"connect": expected}


def test_it_cannot_be_widened_again(rooms: Path) -> None:
    def child() -> dict[str, object]:
        landlock.enclose(wall(rooms))
        landlock.enclose(landlock.Wall([landlock.Grant(rooms / "open", landlock.CHANGE)]))
        return {"write": outcome(lambda: (rooms / "open" / "page").write_text("x")), "read": outcome((rooms / "open" / "page").read_text)}

    assert in_a_child(child) == {"write": "PermissionError", "read": "allowed"}


def test_it_refuses_to_start_late_when_a_thread_would_stay_free(rooms: Path) -> None:
    def child() -> dict[str, object]:
        hold = threading.Event()
        threading.Thread(target=hold.wait, daemon=True).start()
        try:
            landlock.enclose(wall(rooms))
        except landlock.TooLate as error:
            return {"code": error.code}
        return {}

    assert in_a_child(child) == {"code": "lib.landlock.too_late"}


def test_it_says_so_where_the_kernel_has_none(rooms: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landlock, "abi", lambda: 0)
    with pytest.raises(landlock.LandlockMissing):
        landlock.enclose(wall(rooms))


def test_an_older_kernel_is_asked_only_for_what_it_knows(rooms: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landlock, "abi", lambda: 1)

    def child() -> dict[str, object]:
        level = landlock.enclose(wall(rooms))
        return {"level": level, "secret": outcome((rooms / "keys" / "secret").read_text)}

    assert in_a_child(child) == {"level": 1, "secret": "PermissionError"}
