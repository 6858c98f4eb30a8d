"""What the set-up scripts do on a machine that lacks something: a made-up one, of which only PATH is real."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.house.tree import ROOT

TOOLS = ("bash", "cat", "chmod", "cut", "dirname", "env", "flock", "id", "mkdir", "setpriv", "sha256sum", "tail", "true", "uname")
pytestmark = pytest.mark.slow
AS_ROOT = os.geteuid() == 0


@dataclass(frozen=True)
class Machine:
    """A folder of commands, and a note of what was installed."""

    folder: Path

    def has(self, name: str, script: str) -> None:
        file = self.folder / name
        # It may be a link to the real one, which nobody wants to write through.
        file.unlink(missing_ok=True)
        file.write_text(f"#!/usr/bin/env bash\n{script}\n")
        file.chmod(0o755)

    def make_ready_for(self, what: str, **more: str) -> subprocess.CompletedProcess[str]:
        """`.ci/system WHAT` on this machine."""
        environment = {"PATH": str(self.folder), "HOME": str(self.folder), "CAIRNDESK_PYTHON": sys.executable} | more
        return subprocess.run([ROOT / ".ci" / "system", what], env=environment, capture_output=True, text=True, timeout=60, check=False)

    @property
    def installed(self) -> str:
        note = self.folder / "note"
        return note.read_text() if note.exists() else ""


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    for tool in TOOLS:
        if found := shutil.which(tool):
            (tmp_path / tool).symlink_to(found)
    made = Machine(tmp_path)
    made.has("apt-get", f'echo "$*" >>{tmp_path}/note; echo "Setting up a lot"')
    return made


@pytest.mark.skipif(AS_ROOT, reason="root may install")
def test_the_demo_asks_for_no_compiler(machine: Machine) -> None:
    machine.has("uname", "echo x86_64")
    done = machine.make_ready_for("demo")
    # Tests beside this one hold the same lock for a moment.
    said = done.stderr.replace("\n== waiting for another make to finish its preparation\n", "")
    assert (done.returncode, done.stdout, said, machine.installed) == (0, "", "", "")


@pytest.mark.skipif(AS_ROOT, reason="root needs no sudo")
@pytest.mark.parametrize("ending", ["exit 0", "exit 100"], ids=["reachable", "out of reach"])
def test_the_demo_takes_a_compiler_where_it_can_have_one(machine: Machine, ending: str) -> None:
    machine.has("uname", "echo x86_64")
    machine.has("sudo", 'shift; exec "$@"')
    machine.has("apt-get", f'echo "$*" >>{machine.folder}/note; {ending}')
    assert machine.make_ready_for("demo").returncode == 0
    assert machine.installed.endswith("gcc libc6-dev\n")


@pytest.mark.skipif(AS_ROOT, reason="root may install")
def test_what_it_may_not_install_it_names(machine: Machine) -> None:
    done = machine.make_ready_for("test")
    assert done.returncode == 1
    assert "sudo apt-get install --no-install-recommends g++ " in done.stderr
    assert {"chromium", "age"} <= set(done.stderr.split())
    assert machine.installed == ""


@pytest.mark.skipif(AS_ROOT, reason="root needs no sudo")
def test_with_sudo_it_installs_what_is_missing_and_keeps_the_chatter_to_itself(machine: Machine) -> None:
    machine.has("sudo", 'shift; exec "$@"')
    done = machine.make_ready_for("work")
    assert done.returncode == 0, done.stderr
    assert "installing g++" in done.stdout
    assert "Setting up" not in done.stdout + done.stderr
    assert re.search(r"^install .* g\+\+( python3-dev)? pkg-config (lib\S+-dev )+age$", machine.installed, re.MULTILINE)


@pytest.mark.skipif(AS_ROOT, reason="root needs no sudo")
def test_an_installation_that_fails_is_heard(machine: Machine) -> None:
    machine.has("sudo", 'shift; exec "$@"')
    machine.has("apt-get", '[ "$1" = update ] || { echo "E: Unable to locate package"; exit 100; }')
    done = machine.make_ready_for("work")
    assert done.returncode == 1
    assert "E: Unable to locate package" in done.stderr
    assert "Has this machine a network" in done.stderr


def test_a_python_that_is_too_old_is_not_mended_with_packages(machine: Machine, tmp_path: Path) -> None:
    # The script also tries /usr/bin/python3, which on this machine may be new enough: so the version is what it finds to be old.
    script = (ROOT / ".ci" / "python").read_text().replace("/usr/bin/python3", str(tmp_path / "python3"))
    machine.has("python3", "case $2 in *ensurepip*) exit 1 ;; *) echo 3.9.2 ;; esac")
    place = tmp_path / "scripts"
    place.mkdir()
    shutil.copy(ROOT / ".ci" / "lib.sh", place)
    shutil.copy(ROOT / ".ci" / "system", place)
    (place / "python").write_text(script)
    (place / "python").chmod(0o755)
    done = subprocess.run([place / "system", "demo"], env={"PATH": str(tmp_path)}, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "Python 3.11 or newer is needed, and here it is 3.9.2." in done.stderr
    assert machine.installed == ""


def test_help_fits_on_a_small_screen() -> None:
    targets = [line for line in (ROOT / "Makefile").read_text().splitlines() if " ## " in line]
    assert 0 < len(targets) <= 14
