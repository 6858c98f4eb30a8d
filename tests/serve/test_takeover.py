import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from tests.serve.conftest import Installation

from cairndesk.config import Config
from cairndesk.custody.sealing import hpke
from cairndesk.intake.spool import Spool, SpoolFile
from cairndesk.serve import folders
from cairndesk.serve.roles import Role, identity

# How many reports were filed before.
EARLIER = int(os.environ.get("SOAK_SIZE", "100"))
ONE = UUID("11111111-1111-4111-8111-111111111111")
TOLD = b"what somebody told before the portal was taken over"
# What code that runs as the same person, but behind no wall, can do anywhere; tracing depends on the machine's own rules.
WITHOUT_WALLS = {
    "read the keyring",
    "read the key file",
    "list the keys",
    "read the database",
    "open the database",
    "call the key socket",
    "dial out",
    "write what the portal shows",
    "replace the configuration",
    "read another process's environment",
    "end another process",
}

pytestmark = pytest.mark.slow


@pytest.fixture
def earlier(installation: Installation) -> Iterator[list[str]]:
    """Reports that were filed before the portal was taken over: files of its own user, as the portal leaves them."""
    folder = installation.folder / "data" / "spool"
    config = Config(mode="real", data=installation.folder / "data")
    folders.hand_over(config)
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    _, public = hpke.generate()
    names = [Spool(handle).put(SpoolFile(ONE, happening_now=False, sealed=hpke.seal(public, TOLD, b"x"))) for _ in range(EARLIER)]
    os.close(handle)
    if os.geteuid() == 0:
        numbers = identity(Role.PORTAL, config)
        for name in names:
            os.chown(folder / name, numbers.uid or 0, numbers.gid or 0)
    yield names
    for name in [*names, "new"]:
        (folder / name).unlink(missing_ok=True)
    (installation.folder / "data" / "published" / "planted").unlink(missing_ok=True)


def attack(installation: Installation, earlier: list[str], *, walled: bool) -> tuple[dict[str, Any], bool]:
    """What the attack came to, and whether the process beside it still lives."""
    keys_socket = installation.folder / "data" / "run" / "keys.sock"
    with subprocess.Popen(["/bin/sleep", "60"]) as victim, socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as keys:
        keys_socket.unlink(missing_ok=True)
        keys.bind(str(keys_socket))
        keys.listen()
        try:
            command = [sys.executable, str(Path(__file__).with_name("takeover.py")), "walled" if walled else "open"]
            done = subprocess.run(
                [*command, str(victim.pid), str(server.getsockname()[1]), *earlier],
                env=installation.environment | {"DJANGO_SETTINGS_MODULE": "cairndesk.settings"},
                cwd=installation.folder,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
                **(rights_of_the_portal() if walled else {}),
            )
            assert done.returncode == 0, done.stderr
            return json.loads(done.stdout), victim.poll() is None
        finally:
            victim.kill()
            keys_socket.unlink()


def rights_of_the_portal() -> Mapping[str, Any]:
    """Started as root, the portal is another user as well; otherwise Landlock alone is the wall."""
    numbers = identity(Role.PORTAL, Config())
    return {} if numbers.uid is None else {"user": numbers.uid, "group": numbers.gid, "extra_groups": list(numbers.groups)}


def test_who_takes_over_the_portal_gets_nothing_that_was_filed_before(installation: Installation, earlier: list[str]) -> None:
    assert [name for name in earlier if TOLD in (installation.folder / "data" / "spool" / name).read_bytes()] == []
    found, lives = attack(installation, earlier, walled=True)
    assert lives
    assert found.pop("earlier reports read by name") == 0
    assert found.pop("earlier reports read by the open folder") == 0
    assert found.pop("still drop a report") == "allowed"
    assert found.pop("still read what is published") == "allowed"
    assert found.pop("open the database") == "OperationalError"
    assert found.pop("take the settings' database") == "ImproperlyConfigured"
    assert set(found.values()) == {"PermissionError"}, found


def test_without_the_walls_the_same_attack_gets_everything(installation: Installation, earlier: list[str]) -> None:
    found, lives = attack(installation, earlier, walled=False)
    assert not lives
    assert found["earlier reports read by name"] == EARLIER
    assert found["earlier reports read by the open folder"] == EARLIER
    assert {name for name in WITHOUT_WALLS if found[name] != "allowed"} == set()
