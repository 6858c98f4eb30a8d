import errno
import json
import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import OperationalError
from tests.house.tree import ROOT
from tests.serve.conftest import Installation, found
from tests.support.terminal import BAR, Screen, terminal

from cairndesk import config as configuration
from cairndesk.cli import main
from cairndesk.cli.common import Exit, NoDeskHere, NoRoom, exit_code
from cairndesk.config import ConfigError
from cairndesk.custody.errors import DeskLocked, KeyringUnreadable
from cairndesk.lib.errors import DeskError
from cairndesk.serve.roles import FOLDERS

# Exit codes stand here as the numbers that scripts rely on, never by their names: a name would follow a changed number.
# A public key whose private part nobody has.
AGE = "age1q3ymupl8unw5gsx89t9g0q8usmamsz0dkp7jdhz0k7ptnuygpu4qcf7lek"


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Installation, Screen]:
    """A new desk, and what a terminal showed meanwhile."""
    with terminal() as screen:
        return found(tmp_path_factory.mktemp("desk"), stderr=screen.handle), screen


@pytest.fixture(scope="module")
def desk(founded: tuple[Installation, Screen]) -> Installation:
    return founded[0]


@pytest.mark.slow
def test_a_new_desk_verifies_and_the_doctor_names_what_is_missing(desk: Installation) -> None:
    verified = desk.run("verify", "--json")
    assert (verified.returncode, json.loads(verified.stdout)["ok"]) == (0, True)
    seen = desk.run("doctor", "--json")
    assert seen.returncode == 1
    problems = {one["subject"] for one in json.loads(seen.stdout)["findings"] if one["level"] == "problem"}
    assert problems == {"contacts"}
    text = desk.run("doctor", NO_COLOR="1").stdout
    assert "no emergency contact is checked" in text
    assert "\x1b" not in text


@pytest.mark.slow
def test_the_configuration_that_was_written_is_in_force_and_says_where_it_came_from(desk: Installation) -> None:
    shown = desk.run("config", "show", "--origin", "--json", CAIRNDESK_MAIL__PORT="2525")
    values = json.loads(shown.stdout)
    assert values["mode"] == {"value": "real", "origin": "cairndesk.toml"}
    assert values["mail.port"] == {"value": 2525, "origin": "environment CAIRNDESK_MAIL__PORT"}
    assert values["mail.tls"] == {"value": "starttls", "origin": "default"}
    assert tomllib.loads((desk.folder / "cairndesk.toml").read_text())["desks"]["country"] == "XX"


@pytest.mark.slow
def test_a_second_founding_changes_nothing(desk: Installation) -> None:
    before = (desk.folder / "cairndesk.toml").read_text(), (desk.folder / "data" / "keys" / "keyring.sealed").read_bytes()
    again = desk.run("init", "--organisation", "Other", "--country", "XX", "--person", "Eve")
    assert again.returncode == 5
    assert "cairndesk.toml is there already" in again.stderr
    elsewhere = ("--config", "other.toml", "--data", str(desk.folder / "data"))
    third = desk.run("init", "--organisation", "Other", "--country", "XX", "--person", "Eve", *elsewhere)
    assert third.returncode == 5
    assert not (desk.folder / "other.toml").exists()
    assert before == ((desk.folder / "cairndesk.toml").read_text(), (desk.folder / "data" / "keys" / "keyring.sealed").read_bytes())


@pytest.mark.slow
def test_the_belt_can_be_turned_once_and_waits_for_a_locked_desk(desk: Installation) -> None:
    done = desk.run("work", "--once", "--json")
    turned = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert turned["intake.drain"] == 0
    assert {"intake.drain", "intake.finish", "intake.forget", "intake.publish"} <= set(turned)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "step"),
    [(("verify",), "checking"), (("backup", "--to", ".", "--recipient", AGE), "sealing the copy")],
    ids=["verify", "backup"],
)
def test_long_work_shows_a_bar_on_a_terminal_and_no_machine(desk: Installation, tmp_path: Path, command: tuple[str, ...], step: str) -> None:
    # Two copies of one second would have the same name in one folder.
    first, second = (replace(desk, folder=tmp_path / name) for name in ("first", "second"))
    for place in (first, second):
        place.folder.mkdir()
    given = {"CAIRNDESK_CONFIG": str(desk.folder / "cairndesk.toml"), "TERM": "xterm"}
    with terminal() as screen:
        assert first.run(*command, stderr=screen.handle, **given).returncode == 0
    assert step in screen.text
    assert BAR in screen.text
    with terminal() as screen:
        assert second.run(*command, "--json", stderr=screen.handle, **given).returncode == 0
    assert screen.text == ""


@pytest.mark.slow
def test_founding_shows_a_bar_on_a_terminal(founded: tuple[Installation, Screen]) -> None:
    assert "founding the desk" in founded[1].text
    assert BAR in founded[1].text


@pytest.mark.slow
def test_a_database_server_that_does_not_answer_is_called_that(desk: Installation) -> None:
    away = {"CAIRNDESK_DATABASE__ENGINE": "postgresql", "CAIRNDESK_DATABASE__NAME": "desk", "CAIRNDESK_DATABASE__HOST": str(desk.folder)}
    said = desk.run("verify", **away)
    assert (said.returncode, "(cli.no_database)" in said.stderr) == (6, True), said.stderr
    found = desk.run("doctor", "--json", **away)
    assert {one["remedy"] for one in json.loads(found.stdout)["findings"] if one["subject"] == "database"} == {
        "See that the server runs and that [database] leads to it."
    }


@pytest.mark.slow
@pytest.mark.parametrize("there", ["no folder", "empty folders"])
def test_where_there_is_no_desk_every_command_says_so_and_leaves_nothing_behind(desk: Installation, tmp_path: Path, there: str) -> None:
    data, copies = tmp_path / "nothing", tmp_path / "copies"
    if there == "empty folders":
        for name in FOLDERS:
            (data / name).mkdir(parents=True)
    before = sorted(tmp_path.rglob("*"))
    reads = (
        ("verify",),
        ("doctor",),
        ("backup", "--to", str(copies), "--recipient", AGE),
        ("work", "--once"),
        ("serve",),
        ("signals", "lists"),
        ("signals", "match", "https://example.com/"),
    )
    for command in reads:
        done = replace(desk, folder=tmp_path).run(*command, CAIRNDESK_DATA=str(data))
        assert done.returncode == (1 if command == ("doctor",) else 5), (command, done.stderr)
        assert "`cairndesk init`" in done.stdout + done.stderr, command
        assert "Traceback" not in done.stderr
        assert sorted(tmp_path.rglob("*")) == before, command
    assert replace(desk, folder=tmp_path).run("config", "show", CAIRNDESK_DATA=str(data)).returncode == 0
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("variable", "key", "near"),
    [
        ("CAIRNDESK_PORTAL__PROT", "portal.prot", "portal.port"),
        ("CAIRNDESK_LEAVE", "leave", "portal.leave_url"),
        ("CAIRNDESK_XYZZY__42", "xyzzy.42", "analysers.on"),
        ("CAIRNDESK_PORTAL__PORT__DEEP", "portal.port.deep", "portal.port"),
    ],
)
def test_an_unknown_key_names_the_nearest_known_one_however_far_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], variable: str, key: str, near: str
) -> None:
    monkeypatch.setenv(variable, "1")
    assert main(["config", "show"]) == 3
    assert f"there is no key `{key}`; the nearest one is `{near}`" in capsys.readouterr().err


@pytest.mark.parametrize(("file", "variables"), [("portal = 1", {}), ("[portal]", {"CAIRNDESK_PORTAL": "x"})], ids=["file", "environment"])
def test_a_value_for_a_whole_table_is_an_unknown_key(tmp_path: Path, file: str, variables: dict[str, str]) -> None:
    path = tmp_path / "cairndesk.toml"
    path.write_text(file)
    with pytest.raises(ConfigError, match=r"there is no key `portal`; the nearest one is `portal\.port`"):
        configuration.load({"CAIRNDESK_CONFIG": str(path), "CAIRNDESK_PORTAL__PORT": "1"} | variables)


def test_an_empty_table_of_ours_sets_nothing(tmp_path: Path) -> None:
    path = tmp_path / "cairndesk.toml"
    path.write_text("[portal]")
    assert configuration.read({"CAIRNDESK_CONFIG": str(path)}) == configuration.read({})


@pytest.mark.parametrize("table", ["protal", "portal.deep", "data.deep"])
def test_an_empty_unknown_table_is_refused_like_any_other_key(tmp_path: Path, table: str) -> None:
    path = tmp_path / "cairndesk.toml"
    path.write_text(f"[{table}]\n")
    with pytest.raises(ConfigError, match=re.escape(f"{path}: there is no key `{table}`; the nearest one is `")):
        configuration.load({"CAIRNDESK_CONFIG": str(path)})


def test_a_file_that_cannot_be_read_is_a_matter_of_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=re.escape(f"{tmp_path}: Is a directory")):
        configuration.load({"CAIRNDESK_CONFIG": str(tmp_path)})


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("CAIRNDESK_PORTAL__PUBLIC_URL", "report.example", "an address such as https://report.example is needed"),
        ("CAIRNDESK_PORTAL__PUBLIC_URL", "https://desk.example/report", "with nothing after the name"),
        ("CAIRNDESK_DESK__PUBLIC_URL", "http://127.0.0.1:8481", "passkeys know no IP address"),
        ("CAIRNDESK_DESK__PUBLIC_URL", "http://[::1]:8481", "passkeys know no IP address"),
        ("CAIRNDESK_PORTAL__PORT", "many", "portal.port: input should be a valid integer"),
        ("CAIRNDESK_MODE", "prod", "mode: input should be 'demo' or 'real'"),
    ],
)
def test_a_value_that_cannot_work_is_named_with_its_origin(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], variable: str, value: str, words: str
) -> None:
    monkeypatch.setenv(variable, value)
    assert main(["config", "show"]) == 3
    said = capsys.readouterr().err
    assert words in said
    assert f"(from environment {variable})" in said


def test_a_postgresql_database_needs_a_name() -> None:
    with pytest.raises(ConfigError, match=r"^database\.name: the name of the PostgreSQL database is needed \(from the default\)$"):
        configuration.load({"CAIRNDESK_DATABASE__ENGINE": "postgresql"})


@pytest.mark.parametrize(
    "options",
    [("--log", "a", "--backup", "a", "--identity", "a"), ("--backup", "a"), ("--identity", "a"), ("--key", "name+00000000+AAAA"), ("--key", "x")],
    ids=" ".join,
)
def test_a_check_that_could_mean_two_things_or_nothing_is_not_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], options: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").touch()
    assert main(["verify", *options]) == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (("--person", " "), 2),
        (("--country", "Land"), 2),
        (("--desk-url", "http://192.0.2.1"), 3),
        (("--config", "/proc/none/cairndesk.toml"), 5),
        (("--data", "/proc/none"), 5),
    ],
    ids=["name", "country", "address", "place of the file", "place of the data"],
)
def test_a_founding_that_cannot_work_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], wrong: tuple[str, str], code: int
) -> None:
    monkeypatch.setenv("CAIRNDESK_CONFIG", "unset")
    files = {"--data": str(tmp_path / "data"), "--config": str(tmp_path / "cairndesk.toml")}
    given = {"--country": "XX", "--person": "Ada"} | files | dict([wrong])
    assert main(["init", "--organisation", "Our Desk", *(part for pair in given.items() for part in pair)]) == code
    assert code != 5 or "Name another place" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_command_is_a_matter_of_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bogus"]) == 2
    assert "bogus" in capsys.readouterr().err


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert re.fullmatch(r"Cairndesk \d+\.\d+\.\d+\n", capsys.readouterr().out)


def test_without_a_proxy_the_address_follows_the_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAIRNDESK_DESK__PORT", "9481")
    monkeypatch.setenv("CAIRNDESK_PORTAL__PORT", "9480")
    monkeypatch.setenv("CAIRNDESK_PORTAL__PUBLIC_URL", "https://report.example")
    loaded = configuration.load()
    assert (loaded.desk.public_url, loaded.portal.public_url) == ("http://localhost:9481", "https://report.example")


@pytest.mark.parametrize(
    "full", [OSError(errno.ENOSPC, "No space left on device"), OperationalError("database or disk is full")], ids=["file", "table"]
)
def test_a_full_disk_is_called_a_full_disk(full: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def app(_arguments: list[str]) -> None:
        raise full

    monkeypatch.setattr("cairndesk.cli.app.app", app)
    assert main(["demo"]) == 6
    assert "Make room on the disk" in capsys.readouterr().err


FAILURES = [(ConfigError(), 3), (DeskLocked(), 4), (DeskError(), 5), (KeyringUnreadable(), 4), (NoDeskHere(), 5), (NoRoom(), 6)]


@pytest.mark.parametrize(("failure", "code"), FAILURES, ids=lambda one: getattr(one, "code", ""))
def test_failures_have_stable_exit_codes(failure: DeskError, code: int) -> None:
    assert exit_code(failure) == code


def test_stopping_by_hand_has_its_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def app(_arguments: list[str]) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cairndesk.cli.app.app", app)
    assert main(["demo"]) == 130


def test_the_manual_gives_each_exit_code_its_meaning_and_no_other() -> None:
    told = (ROOT / "docs" / "commands.md").read_text("utf-8").partition("## Exit codes")[2]
    assert dict(re.findall(r"^\| (\d+) \| (.+) \|$", told, re.MULTILINE)) == {
        "0": "done",
        "1": "the command ran and found something wrong",
        "2": "the command line cannot be understood",
        "3": "the configuration cannot be used",
        "4": "keys cannot be opened",
        "5": "a named failure; the message says what to do",
        "6": "a named failure that trying again may cure",
        "130": "Ctrl-C",
    }
    assert sorted(Exit) == [0, 1, 2, 3, 4, 5, 6, 130]
