"""The units ask for what the manual says, and for nothing that is not there: users, folders, settings and commands are ours."""

import os
import re
import shlex
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest
from tests.house.tree import ROOT
from typer.main import get_command

from cairndesk.cli.app import app
from cairndesk.config import Config, Serve
from cairndesk.serve.roles import FOLDERS

UNITS = ROOT / "deploy" / "systemd"
SERVE, BACKUP, DRILL = "cairndesk.service", "cairndesk-backup.service", "cairndesk-drill.service"
STATE = Path("/var/lib")
# Written as a unit says it; each is worth a line of `systemd-analyze security`.
WALLS = {
    **dict.fromkeys(("NoNewPrivileges", "ProtectHome", "PrivateTmp", "PrivateDevices", "PrivateMounts", "ProtectClock", "ProtectHostname"), "yes"),
    **dict.fromkeys(("ProtectKernelLogs", "ProtectKernelModules", "ProtectKernelTunables", "ProtectControlGroups"), "yes"),
    **dict.fromkeys(("RestrictNamespaces", "RestrictRealtime", "LockPersonality", "MemoryDenyWriteExecute"), "yes"),
    "ProtectSystem": "strict",
    "ProtectProc": "invisible",
    "ProcSubset": "pid",
    "KeyringMode": "private",
    "SystemCallArchitectures": "native",
    "SystemCallErrorNumber": "EPERM",
    "UMask": "0077",
    "LimitCORE": "0",
    "MemorySwapMax": "0",
}
REFUSED = {"@privileged", "@resources", "@debug", "@mount", "@keyring", "@memlock", "@obsolete"}

Unit = dict[str, list[str]]


def unit(name: str) -> Unit:
    """Every setting of a unit, in its order; one that stands several times has several values."""
    found: Unit = defaultdict(list)
    for line in (UNITS / name).read_text("utf-8").splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found[key].append(value)
    return found


def words(held: Unit, key: str) -> set[str]:
    return {word for value in held[key] for word in value.split()}


def users() -> dict[str, int]:
    """Names and numbers of the file that gives the machine our users."""
    lines = (UNITS / "cairndesk.sysusers").read_text("utf-8").splitlines()
    return {shlex.split(line)[1]: int(shlex.split(line)[2]) for line in lines if not line.startswith("#")}


@pytest.mark.parametrize("name", [SERVE, BACKUP, DRILL])
def test_a_unit_keeps_every_wall_that_it_can(name: str) -> None:
    held = unit(name)
    assert {key: held[key] for key in WALLS} == {key: [value] for key, value in WALLS.items()}
    allowed, *later = held["SystemCallFilter"]
    assert allowed.split()[0] == "@system-service"
    assert set(later[0].removeprefix("~").split()) == REFUSED
    # ExecPaths= would make writable again what it names (systemd 252); what is writable is named instead.
    assert "ExecPaths" not in held
    assert {"/tmp", "/var/tmp", "/dev/shm"} | words(held, "ReadWritePaths") <= words(held, "NoExecPaths") | {"/var/lib/cairndesk/data"}


def test_the_desk_keeps_of_root_only_what_it_needs_to_become_three_users() -> None:
    held = unit(SERVE)
    rights = {"SETUID", "SETGID", "CHOWN", "FOWNER", "FSETID", "DAC_OVERRIDE", "KILL"}
    assert words(held, "CapabilityBoundingSet") == {f"CAP_{right}" for right in rights}
    assert [value for value in held["SystemCallFilter"] if not value.startswith(("@system-service", "~"))] == ["@chown @setuid"]
    assert {call for call in words(held, "SystemCallFilter") if call.startswith("landlock_")} == {
        f"landlock_{verb}" for verb in ("create_ruleset", "add_rule", "restrict_self")
    }
    assert words(held, "RestrictAddressFamilies") == {"AF_UNIX", "AF_INET", "AF_INET6"}
    # A folder whose files belong to its group needs that bit set, and the right to set it.
    assert any(folder.mode & 0o2000 for folder in FOLDERS.values())
    assert held["RestrictSUIDSGID"] == ["no"]


def test_a_copy_is_made_without_a_right_of_root_and_without_a_network() -> None:
    held = unit(BACKUP)
    assert held["CapabilityBoundingSet"] == [""]
    assert {key: held[key] for key in ("PrivateNetwork", "PrivateUsers", "IPAddressDeny", "RestrictAddressFamilies", "RestrictSUIDSGID")} == {
        "PrivateNetwork": ["yes"],
        "PrivateUsers": ["yes"],
        "IPAddressDeny": ["any"],
        "RestrictAddressFamilies": ["AF_UNIX"],
        "RestrictSUIDSGID": ["yes"],
    }


def test_the_users_are_those_that_serve_gives_its_processes() -> None:
    serve = Serve()
    assert users() == {"cairndesk-portal": serve.portal_uid, "cairndesk-desk": serve.desk_uid, "cairndesk-work": serve.work_uid}
    held = unit(BACKUP)
    assert held["User"] == ["cairndesk-desk"]
    assert words(held, "SupplementaryGroups") == {"cairndesk-portal", "cairndesk-work"}
    assert "User" not in unit(SERVE)


@pytest.mark.parametrize(("name", "command"), [(SERVE, "serve"), (BACKUP, "backup"), (DRILL, "drill")])
def test_what_a_unit_runs_is_a_command_with_these_options(name: str, command: str) -> None:
    [line] = unit(name)["ExecStart"]
    program, named, *arguments = shlex.split(line)
    assert (program, named) == ("/opt/cairndesk/.venv/bin/cairndesk", command)
    known = get_command(app).commands[command]  # type: ignore[attr-defined]
    options = {option for parameter in known.params for option in parameter.opts}
    required = {parameter.opts[0] for parameter in known.params if parameter.required}
    given = {word for word in arguments if word.startswith("--")}
    assert required <= given <= options
    assert words(unit(name), "Environment") == {"CAIRNDESK_CONFIG=/etc/cairndesk/cairndesk.toml"}


def test_each_unit_may_write_where_it_writes_and_nowhere_else() -> None:
    serve, backup = unit(SERVE), unit(BACKUP)
    guide = (ROOT / "deploy" / "README.md").read_text("utf-8")
    [data] = re.findall(r"--data (\S+)", guide.partition("**")[0])
    assert words(serve, "ReadWritePaths") == {str(STATE / value) for value in serve["StateDirectory"]}
    assert Path(data).is_relative_to(words(serve, "ReadWritePaths").pop())
    assert words(backup, "ReadWritePaths") == {data}
    [folder] = backup["StateDirectory"]
    assert f"--to {STATE / folder} " in backup["ExecStart"][0]
    assert set(re.findall(r"\$\{(\w+)\}", backup["ExecStart"][0])) == {"CAIRN_RECIPIENT"}
    assert backup["EnvironmentFile"] == ["/etc/cairndesk/backup.env"]
    assert Config().data.name == Path(data).name


def test_the_drill_has_the_walls_of_the_copy_and_beyond_them_one_credential() -> None:
    backup, drill = unit(BACKUP), unit(DRILL)
    own = {"Description", "ExecStart", "EnvironmentFile", "LoadCredential"}
    assert {key: value for key, value in drill.items() if key not in own} == {key: value for key, value in backup.items() if key not in own}
    assert drill["LoadCredential"] == ["backup.identity:/etc/cairndesk/backup.identity"]
    assert "--identity ${CREDENTIALS_DIRECTORY}/backup.identity" in drill["ExecStart"][0]
    assert unit("cairndesk-drill.timer")["OnCalendar"] == ["Sun *-*-* 04:30"]


# Versions of systemd do not count all walls alike.
_OTHER_COUNT = 0.5


@pytest.mark.slow
def test_systemd_itself_reads_the_units_and_finds_their_walls_as_good_as_the_manual_says(tmp_path: Path) -> None:
    for path in UNITS.iterdir():
        # The command is not installed here, and that is not what is asked.
        (tmp_path / path.name).write_text(re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", path.read_text("utf-8")))
    dropped = tmp_path / f"{SERVE}.d"
    dropped.mkdir()
    (tmp_path / "cairndesk-credential.conf").rename(dropped / "credential.conf")
    asked = {"PATH": os.defpath, "SYSTEMD_UNIT_PATH": f"{tmp_path}:", "XDG_RUNTIME_DIR": str(tmp_path)}
    names = sorted(path.name for path in tmp_path.iterdir() if path.suffix in {".service", ".timer"})
    assert len(names) == 5
    read = subprocess.run(["systemd-analyze", "verify", "--man=no", *names], capture_output=True, check=False, text=True, env=asked, cwd=tmp_path)
    assert (read.returncode, [line for line in read.stderr.splitlines() if any(name in line for name in names)]) == (0, [])
    for name, most in ((SERVE, 2.6), (BACKUP, 0.2), (DRILL, 0.2)):
        command = [
            "systemd-analyze",
            "security",
            "--offline=true",
            "--no-pager",
            f"--threshold={round((most + _OTHER_COUNT) * 10)}",
            str(tmp_path / name),
        ]
        walls = subprocess.run(command, capture_output=True, check=False, text=True, env=asked)
        assert walls.returncode == 0, walls.stdout[-400:]
    # An option that is not there, and a wall that is taken down, are seen.
    (tmp_path / SERVE).write_text((tmp_path / SERVE).read_text("utf-8").replace("ProtectHome=yes", "ProtectHouse=yes"))
    read = subprocess.run(["systemd-analyze", "verify", "--man=no", SERVE], capture_output=True, check=False, text=True, env=asked, cwd=tmp_path)
    assert "ProtectHouse" in read.stderr


def test_the_image_is_run_with_the_same_rights_as_the_unit() -> None:
    said = (ROOT / "deploy" / "Containerfile").read_text("utf-8")
    [rights] = re.findall(r"--cap-drop all --cap-add (\S+)", said)
    assert {f"CAP_{right.upper()}" for right in rights.split(",")} == words(unit(SERVE), "CapabilityBoundingSet")
    assert "--security-opt no-new-privileges" in said
    assert (ROOT / ".ci" / "install").is_file()
    assert "RUN .ci/install" in said
