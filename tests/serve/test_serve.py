import contextlib
import errno
import http.client
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from unittest import mock

import pytest
from tests.serve.conftest import Installation

from cairndesk.config import Config, ConfigError, load
from cairndesk.serve import folders, roles, supervisor, walls

pytestmark = pytest.mark.slow


@contextlib.contextmanager
def serving(installation: Installation, under: Sequence[str] = ()) -> Iterator[subprocess.Popen[str]]:
    """`cairndesk serve`, from its start until it was told to stop; whatever happens, nothing of it stays. `under` is what runs it."""
    command = [*under, sys.executable, "-m", "cairndesk", "serve"]
    with subprocess.Popen(
        command, env=installation.environment | {"CAIRNDESK_SERVE__HEADER_SECONDS": "1"}, cwd=installation.folder, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def answer(port: int, path: str = "/") -> int:
    """The status of a page, once the process behind it answers."""
    deadline = time.monotonic() + 40
    while True:
        try:
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            line.request("GET", path, headers={"Host": f"localhost:{port}"})
            return line.getresponse().status
        except (OSError, http.client.HTTPException):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def hangs_up_on_half_a_request(port: int) -> bool:
    """Whether the site closes a connection on which nothing more comes."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: loc")
        return line.recv(1) == b""


def children(parent: int) -> dict[str, int]:
    """Role and process id of each child of `parent`."""
    found = {}
    for entry in Path("/proc").iterdir():
        # A child that does not run its own program yet names no role.
        with contextlib.suppress(OSError, ValueError):
            if entry.name.isdigit() and f"\nPPid:\t{parent}\n" in (entry / "status").read_text():
                words = (entry / "cmdline").read_bytes().decode().split("\0")
                found[words[words.index("cairndesk.serve.child") + 1]] = int(entry.name)
    return found


def until(lines: Iterable[str], wanted: Callable[[str], bool], *, times: int) -> Iterator[str]:
    """The log lines up to the one that is `wanted` for the given time. A site may answer before the supervisor has heard that it is ready."""
    for line in lines:
        if line.startswith("{"):
            yield line
            times -= wanted(line)
            if not times:
                return


def portal_is_ready(line: str) -> bool:
    told = json.loads(line)
    return bool(told["process"] == "portal" and told["event"].endswith(".ready"))


def test_one_command_runs_three_processes_restarts_a_dead_one_and_ends_all(installation: Installation) -> None:
    with serving(installation) as process:
        # 503: outside the demo the portal stays closed until an emergency contact is checked.
        assert answer(installation.portal) == 503
        for port in (installation.portal, installation.desk):
            assert hangs_up_on_half_a_request(port)
        assert answer(installation.desk, "/sign-in/") == 200
        running = children(process.pid)
        assert set(running) == {"portal", "desk", "work"}
        os.kill(running["portal"], signal.SIGKILL)
        assert answer(installation.portal) == 503
        assert children(process.pid)["portal"] != running["portal"]
        last = children(process.pid)
        assert process.stderr is not None
        told = [json.loads(line) for line in until(process.stderr, portal_is_ready, times=2)]
        # The pipe ends with the last process that holds it.
        process.send_signal(signal.SIGTERM)
        told += [json.loads(line) for line in process.stderr if line.startswith("{")]
    assert process.returncode == 0
    assert [role for role, number in last.items() if Path(f"/proc/{number}").exists()] == []
    lives = [(line["event"].rpartition(".")[2], line.get("exit")) for line in told if line["process"] == "portal" and line["level"] != "warning"]
    assert [step for step in lives if step[0] in {"ready", "died"}] == [("ready", None), ("died", -signal.SIGKILL), ("ready", None)]


def test_only_a_process_that_never_gets_ready_waits_longer_and_longer() -> None:
    assert [supervisor.pause_after(failures) for failures in range(7)] == [0.0, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0]
    assert supervisor.pause_after(1_000_000) == 2.0


def test_a_machine_that_has_no_room_for_a_process_costs_only_that_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = Config(mode="demo", data=tmp_path)
    folders.make(config)
    child = supervisor.Child(roles.Role.WORK, None)
    full = OSError(errno.EAGAIN, "no more processes")
    monkeypatch.setattr(subprocess, "Popen", mock.Mock(side_effect=full))
    for _ in range(2):
        supervisor.look_after([child], config)
        child.due = 0.0
    assert (child.process, child.word, child.failures) == (None, None, 2)


def test_a_second_start_finds_nothing_stale_even_after_a_kill(installation: Installation) -> None:
    with serving(installation) as process:
        assert answer(installation.desk, "/sign-in/") == 200
        orphans = children(process.pid)
        process.kill()
        process.wait(10)
    deadline = time.monotonic() + 15
    while any(Path(f"/proc/{number}").exists() for number in orphans.values()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [role for role, number in orphans.items() if Path(f"/proc/{number}").exists()] == []
    with serving(installation):
        assert answer(installation.desk, "/sign-in/") == 200


def test_no_process_can_be_looked_into_by_another_of_the_same_user(installation: Installation) -> None:
    with serving(installation) as process:
        answer(installation.desk, "/sign-in/")
        for number in children(process.pid).values():
            # The kernel gives what belongs to a process that is not dumpable to root.
            assert Path(f"/proc/{number}/environ").stat().st_uid == 0
            assert "Max core file size        0                    0" in Path(f"/proc/{number}/limits").read_text()


def test_only_one_may_use_a_data_folder(installation: Installation) -> None:
    with supervisor.alone(installation.folder / "data"):
        done = installation.run("serve")
    assert done.returncode == 5
    assert f"Another desk is running from {installation.folder / 'data'}." in done.stderr
    assert "CAIRNDESK_DATA" in done.stderr
    assert "(serve.already_running)" in done.stderr


def test_it_says_when_there_is_no_desk_yet(installation: Installation, tmp_path: Path) -> None:
    done = installation.run("serve", CAIRNDESK_DATA=str(tmp_path / "none"))
    assert done.returncode == 5
    assert "cairndesk init" in done.stderr


def test_it_names_a_port_that_is_taken(installation: Installation) -> None:
    import socket

    with socket.create_server(("127.0.0.1", installation.portal)):
        done = installation.run("serve")
    assert done.returncode == 5
    assert f"127.0.0.1:{installation.portal}" in done.stderr


# As if nobody had installed from the lock file: Python's own SQLite, or, where that one is new enough already, a limit above it.
_UNFIXED = """
import sqlite3, sys
sys.modules["pysqlite3"], sys.modules["pysqlite3.dbapi2"] = sqlite3, sqlite3.dbapi2
if sqlite3.sqlite_version_info >= (3, 51, 3):
    from cairndesk.custody.adapters import durability
    durability.FIXED_SQLITE = (99, 0, 0)
"""


def test_an_sqlite_that_can_corrupt_a_database_starts_nothing(installation: Installation, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(_UNFIXED)
    done = installation.run("serve", PYTHONPATH=f"{tmp_path}:{installation.environment['PYTHONPATH']}")
    assert done.returncode == 5
    assert "can corrupt a database with several writers" in done.stderr
    assert "(serve.start_refused)" in done.stderr


def test_without_any_wall_only_the_demo_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walls, "level", lambda: walls.Level(users=False, abi=0))
    with pytest.raises(walls.NoWall):
        supervisor.serve(Config(mode="real", data=tmp_path))
    with pytest.raises(supervisor.NotInitialised):
        supervisor.serve(Config(mode="demo", data=tmp_path))


def test_a_data_folder_inside_the_code_is_a_hole_in_the_wall() -> None:
    with pytest.raises(walls.WallWithHole):
        walls.wall(roles.Role.PORTAL, Config(data=Path(sys.prefix) / "data"))


def test_only_work_reaches_the_sources_of_lists_and_their_files(tmp_path: Path) -> None:
    given = {"hosts": ["lists.example", "other.example:8443"], "credentials": tmp_path / "credentials", "folder": tmp_path / "laid"}
    config = Config.model_validate({"data": tmp_path / "data", "lists": given})
    for folder in (config.data, given["credentials"], given["folder"]):
        folder.mkdir()
    work, desk = (walls.wall(role, config) for role in (roles.Role.WORK, roles.Role.DESK))
    assert {443, 8443} <= set(work.tcp)
    assert {443, 8443}.isdisjoint(desk.tcp)
    for folder in (given["credentials"], given["folder"]):
        assert folder in {grant.path for grant in work.grants}
        assert folder not in {grant.path for grant in desk.grants}


@pytest.mark.parametrize("host", ["https://lists.example", "lists.example/path", "name@lists.example", "lists.example:port", ""])
def test_a_host_of_lists_is_a_name_and_perhaps_a_port(host: str) -> None:
    with pytest.raises(ConfigError, match=r"lists\.hosts"):
        load({"CAIRNDESK_LISTS__HOSTS": f"lists.example,{host}"})
    assert load({"CAIRNDESK_LISTS__HOSTS": "lists.example,lists.example:8443"}).lists.places() == [("lists.example", 443), ("lists.example", 8443)]


def test_a_way_that_only_root_can_go_is_named(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    assert folders.out_of_reach([closed / "deep" / "data"]) in {closed, *closed.parents}
    assert folders.out_of_reach([Path("/usr/bin/python3")]) is None


@pytest.mark.parametrize("kernel", ["silent", "loud"])
def test_a_start_that_cannot_share_the_folders_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kernel: str) -> None:
    """The kernel leaves out the group bit for who has no CAP_FSETID, and a unit with RestrictSUIDSGID refuses the call."""
    real = os.fchmod

    def without_the_right(handle: int, mode: int) -> None:
        if mode & stat.S_ISGID and kernel == "loud":
            raise PermissionError
        real(handle, mode & ~stat.S_ISGID)

    config = Config(data=folders.make(Config(data=tmp_path / "data")))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    for name in ("chown", "fchown"):
        monkeypatch.setattr(os, name, lambda *_, **__: None)
    monkeypatch.setattr(os, "fchmod", without_the_right)
    with pytest.raises(folders.ModeRefused, match="CAP_FSETID"):
        folders.hand_over(config)
    monkeypatch.setattr(os, "fchmod", real)
    folders.hand_over(config)
    assert {stat.S_IMODE((tmp_path / "data" / name).stat().st_mode) for name in ("db", "vault", "run")} == {0o2770}


def test_as_root_each_process_is_somebody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    who = {role: roles.identity(role, Config()) for role in roles.Role}
    assert len({one.uid for one in who.values()}) == 3
    assert 0 not in {one.uid for one in who.values()}
    keys, database, published, spool = (roles.FOLDERS[name] for name in ("keys", "db", "published", "spool"))
    assert (keys.owner, keys.mode) == (roles.Role.DESK, 0o700)
    portal = who[roles.Role.PORTAL]
    reached = {name for name, folder in roles.FOLDERS.items() if who[folder.group].gid in {portal.gid, *portal.groups}}
    assert reached == {"published", "spool", "languages"}
    assert published.mode & 0o022 == roles.FOLDERS["languages"].mode & 0o022 == 0
    assert database.mode & 0o007 == spool.mode & 0o007 == 0
