"""Held as its units hold it, the desk serves, comes back after a kill, decodes a file, and is copied; and it is truly held."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pyrage
import pytest
from tests.serve.conftest import Installation
from tests.serve.test_media_behind_walls import HASH
from tests.serve.test_serve import answer, children, serving
from tests.support import like_the_unit
from tests.synthetic import pictures

pytestmark = pytest.mark.slow
TRY = """
import ctypes, mmap, os, subprocess, sys
from pathlib import Path
data, libc = Path(sys.argv[1]), ctypes.CDLL(None, use_errno=True)

def may(act):
    try:
        return act() is not False
    except OSError:
        return False

(data / "program").write_bytes(Path("/bin/true").read_bytes())
(data / "program").chmod(0o755)
print(*(name for name, act in {
    "inside": lambda: (data / "ours").touch(),
    "outside": lambda: (data.parent / "outside").touch(),
    "beside the code": lambda: Path(os.__file__).with_name("x").touch(),
    "shared": lambda: Path("/var/tmp/cairndesk-x").touch(),
    "run": lambda: subprocess.run([data / "program"], check=True),
    "namespaces": lambda: libc.unshare(0x10000000) == 0,
    "priority": lambda: os.setpriority(os.PRIO_PROCESS, 0, 1),
}.items() if may(act)), sep=",")
"""


def held(data: Path, *command: str) -> list[str]:
    return [sys.executable, str(Path(like_the_unit.__file__)), str(data), *command]


def test_what_the_unit_refuses_is_refused(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    said = subprocess.run(held(data, sys.executable, "-c", TRY, str(data)), capture_output=True, text=True, check=True, timeout=60, cwd=tmp_path)
    assert said.stdout.strip() == "inside"


def test_the_desk_works_as_the_unit_holds_it(installation: Installation) -> None:
    data = installation.folder / "data"
    identity = pyrage.x25519.Identity.generate()
    backup = ("-m", "cairndesk", "backup", "--to", str(data / "copy.age"), "--recipient", str(identity.to_public()))
    with serving(installation, held(data)) as process:
        assert (answer(installation.portal), answer(installation.desk, "/sign-in/")) == (503, 200)
        before = children(process.pid)
        os.kill(before["desk"], signal.SIGKILL)
        assert answer(installation.desk, "/sign-in/") == 200
        assert children(process.pid)["desk"] != before["desk"]
        where = {"env": installation.environment, "cwd": installation.folder}
        made = subprocess.run(held(data, sys.executable, *backup), capture_output=True, text=True, timeout=120, check=False, **where)
    assert made.returncode == 0, made.stderr
    (data / "identity.txt").write_text(str(identity))
    checked = installation.run("verify", "--backup", str(data / "copy.age"), "--identity", str(data / "identity.txt"), "--json")
    for name in ("copy.age", "identity.txt"):
        (data / name).unlink()
    assert json.loads(checked.stdout)["ok"]


def test_a_file_is_decoded_as_the_unit_holds_the_desk(tmp_path: Path) -> None:
    command = held(tmp_path, sys.executable, "-c", HASH, str(tmp_path))
    one_thread = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    said = subprocess.run(command, input=pictures.encoded(pictures.scene()), capture_output=True, check=True, env=one_thread, timeout=60)
    assert said.stdout.split() == [b"hashed", b"nothing"], "its hashes, and of the copy of its pixels no reason why there is none"
