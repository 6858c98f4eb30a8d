"""The server of one drill: where its programs are, what becomes of a drill when it hangs, and what a killed drill leaves."""

import subprocess
import tempfile
from pathlib import Path

import pytest

from cairndesk.custody.actions.copies import laid_down, workshop
from cairndesk.custody.adapters import scratch
from cairndesk.lib.progress import unwatched


def test_a_server_that_does_not_answer_in_time_is_a_problem_of_the_drill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stuck(*command: object) -> bool:
        raise subprocess.TimeoutExpired(str(command), 120)

    monkeypatch.setattr(scratch, "programs", lambda: tmp_path)
    monkeypatch.setattr(scratch, "_quietly", stuck)
    problem, was_laid = laid_down(tmp_path, {"engine": "postgresql", "log": {"key": ""}}, unwatched)
    assert (problem, was_laid) == ("the database does not go into a server: the server gave up (TimeoutExpired)", True)


def test_a_folder_that_lacks_one_of_the_programs_is_no_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(scratch, "_PLACES", (f"{tmp_path}/*/bin",))
    monkeypatch.setattr(scratch.shutil, "which", lambda _: None)
    for version, lacking in (("9", ""), ("15", ""), ("16", "pg_restore"), ("17", "initdb")):
        (tmp_path / version / "bin").mkdir(parents=True)
        for name in {"initdb", "pg_ctl", "pg_restore", "postgres"} - {lacking}:
            (tmp_path / version / "bin" / name).touch()
    assert scratch.programs() == tmp_path / "15" / "bin"


@pytest.mark.slow
@pytest.mark.postgres
def test_the_server_of_a_killed_drill_is_stopped_by_the_next_and_nobody_else_is(tmp_path: Path) -> None:
    server = scratch.programs()
    assert server is not None
    left, other = tmp_path / ".backup-left", tmp_path / ".backup-long-ago"
    socket = Path(tempfile.mkdtemp(prefix="cairndesk-pg-"))
    (other / "scratch").mkdir(parents=True)
    left.mkdir()
    with subprocess.Popen(["sleep", "60"]) as somebody:
        killed = scratch._serving(server, left / "scratch", str(socket))
        try:
            assert killed.__enter__()
            line = Path("/proc", (left / "scratch" / "postmaster.pid").read_text().splitlines()[0], "cmdline")
            assert line.read_bytes()
            (other / "scratch" / "postmaster.pid").write_text(f"{somebody.pid}\n")
            with workshop(tmp_path) as folder:
                assert list(tmp_path.glob(".backup-*")) == [folder]
            assert not socket.exists()
            # Whoever ended and was not fetched yet has an empty line.
            assert not (line.exists() and line.read_bytes())
            assert somebody.poll() is None
        finally:
            killed.__exit__(None, None, None)
            somebody.kill()
