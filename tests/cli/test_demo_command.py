"""`cairndesk demo` before it shows anything: where it makes itself at home, what it throws away, and what it keeps its hands off."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from tests.serve.conftest import free_port

from cairndesk.cli import main, starting
from cairndesk.config import Config, Desk, Serve
from cairndesk.serve import supervisor


@pytest.fixture
def environment() -> Iterator[None]:
    """The demo sets variables of its own; afterwards all are as they were. A database that others test on is none of its business."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CAIRNDESK_")}
    with mock.patch.dict(os.environ, kept, clear=True):
        yield


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("option", [(), ("--fresh",)], ids=["kept", "fresh"])
def test_the_demo_touches_no_folder_that_it_did_not_make(tmp_path: Path, option: tuple[str, ...]) -> None:
    (tmp_path / "precious").write_text("x")
    assert main(["demo", "--data", str(tmp_path), *option]) == 5
    assert [path.name for path in tmp_path.iterdir()] == ["precious"]


@pytest.mark.usefixtures("environment")
def test_the_demo_keeps_away_from_the_real_desk_that_is_configured_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cairndesk.toml").write_text('mode = "real"\ndata = "real"\n[database]\nengine = "postgresql"\nname = "desk"\n')
    looked_at = Desk(look_url="http://look.localhost:8481")  # type: ignore[call-arg]
    assert starting.apart(tmp_path / "demo") == Config(mode="demo", data=tmp_path / "demo", serve=Serve(quiet=True), desk=looked_at)
    real = {"DATABASE__ENGINE": "sqlite", "KEYS__KEY_FILE": "unlock.key", "SECRET_FILE": "session.secret", "VAULT__BUCKET": "originals"}
    for variable, value in real.items():
        with mock.patch.dict(os.environ, {f"CAIRNDESK_{variable}": value}):
            assert main(["demo", "--data", "demo"]) == 3
        assert f"environment CAIRNDESK_{variable}: the demo keeps to a folder of its own" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["cairndesk.toml"]


@pytest.mark.usefixtures("environment")
def test_a_demo_that_has_no_place_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert main(["demo", "--data", str(tmp_path / "file")]) == 5
    assert f"{tmp_path / 'file'}: Not a directory." in capsys.readouterr().err


@pytest.mark.usefixtures("environment")
def test_a_second_demo_takes_nothing_from_one_that_is_being_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for part in ("run", "db"):
        (tmp_path / part).mkdir()
    for half in ("demo.folder", "db/half-made"):
        (tmp_path / half).touch()
    with supervisor.alone(tmp_path):
        assert main(["demo", "--data", str(tmp_path)]) == 5
    assert (tmp_path / "db" / "half-made").exists()
    said = capsys.readouterr().err
    assert f"Another desk is running from {tmp_path}." in said
    assert "--data" in said


@pytest.mark.usefixtures("environment")
def test_the_demo_names_a_taken_port_before_it_prepares_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        monkeypatch.setenv("CAIRNDESK_PORTAL__PORT", str(free.getsockname()[1]))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("CAIRNDESK_DESK__PORT", str(port))
        assert main(["demo", "--data", str(tmp_path / "demo")]) == 5
    said = capsys.readouterr().err
    assert f"desk cannot listen on 127.0.0.1:{port}" in said
    assert "CAIRNDESK_DESK__PORT" in said
    assert list((tmp_path / "demo" / "db").iterdir()) == []


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("tables", [None, "as another version has them"], ids=["this-version", "another"])
def test_a_demo_of_another_version_is_made_anew_and_one_of_this_version_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tables: str | None
) -> None:
    for site in ("PORTAL", "DESK"):
        monkeypatch.setenv(f"CAIRNDESK_{site}__PORT", str(free_port()))
    monkeypatch.setattr(starting, "_seed", mock.Mock(side_effect=KeyboardInterrupt))
    assert main(["demo", "--data", str(tmp_path)]) == 130
    (tmp_path / "demo.seeded").touch()
    (tmp_path / "db" / "of-last-time").touch()
    if tables:
        monkeypatch.setattr(starting, "_tables", lambda: tables)
    assert main(["demo", "--data", str(tmp_path)]) == 130
    assert (tmp_path / "db" / "of-last-time").exists() is (tables is None)
    assert ("Another version made the demo of last time; it is made anew." in capsys.readouterr().err) is (tables is not None)
