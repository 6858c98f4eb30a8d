import base64
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any
from uuid import UUID

import pytest
from tests.serve.conftest import Installation

from cairndesk.config import Config
from cairndesk.custody import access
from cairndesk.custody.sealing import hpke, keystore
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.intake.spool import Spool, SpoolFile
from cairndesk.serve import folders
from cairndesk.serve.roles import Role, identity

# How many reports were filed before.
EARLIER = int(os.environ.get("SOAK_SIZE", "100"))
ONE = UUID("11111111-1111-4111-8111-111111111111")
MARK = b"canary-of-the-environment-5550142"
TOLD = b"what somebody told before the portal was taken over"
# What code that runs as the same person, but behind no wall, can do anywhere; tracing depends on the machine's own rules.
WITHOUT_WALLS = {
    "read the keyring",
    "read the key file",
    "list the keys",
    "read the database",
    "read the shred store",
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
    ring = keyring(installation)
    public = ring.own_public(min(ring.organisations))
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


def attack(installation: Installation, earlier: list[str], *, walled: bool, loot: IO[bytes]) -> tuple[dict[str, Any], bool]:
    """What the attack came to, and whether the process beside it still lives; all that the portal had is in `loot`."""
    keys_socket = installation.folder / "data" / "run" / "keys.sock"
    with subprocess.Popen(["/bin/sleep", "60"]) as victim, socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as keys:
        keys_socket.unlink(missing_ok=True)
        keys.bind(str(keys_socket))
        keys.listen()
        try:
            command = [sys.executable, str(Path(__file__).with_name("takeover.py")), "walled" if walled else "open"]
            done = subprocess.run(
                [*command, str(victim.pid), str(server.getsockname()[1]), str(loot.fileno()), *earlier],
                env=installation.environment | {"DJANGO_SETTINGS_MODULE": "cairndesk.settings", "TOLD_AT_START": MARK.decode()},
                pass_fds=[loot.fileno()],
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
    with tempfile.TemporaryFile() as loot:
        found, lives = attack(installation, earlier, walled=True, loot=loot)
    assert lives
    assert found.pop("earlier reports read by name") == 0
    assert found.pop("earlier reports read by the open folder") == 0
    assert found.pop("still drop a report") == "allowed"
    assert found.pop("still read what is published") == "allowed"
    assert found.pop("open the database") == "OperationalError"
    assert found.pop("take the settings' database") == "ImproperlyConfigured"
    assert set(found.values()) == {"PermissionError"}, found


def test_nothing_that_opens_them_is_in_its_environment_its_descriptors_or_its_memory(installation: Installation, earlier: list[str]) -> None:
    with tempfile.TemporaryFile() as loot:
        attack(installation, earlier, walled=True, loot=loot)
        loot.seek(0)
        carried = loot.read()
    # Once by name, and once more where it lies in memory: what is there is found.
    assert carried.count(MARK) > 1
    assert [name for name, secret in secrets_of(installation).items() if secret in carried] == []
    assert TOLD not in carried


def keyring(installation: Installation) -> Keyring:
    config = Config(mode="real", data=installation.folder / "data")
    return keystore.load(access.folder(config) / keystore.RING, access.lock(config))


def secrets_of(installation: Installation) -> dict[str, bytes]:
    """Everything secret of the desk, as it is and as it is written: each key of the ring, and what opens the ring."""
    held = {"unlock.key": (installation.folder / "data" / "keys" / "unlock.key").read_bytes().strip()}
    todo: list[tuple[str, object]] = [("ring", json.loads(keyring(installation).to_bytes()))]
    while todo:
        name, value = todo.pop()
        if isinstance(value, dict):
            todo += [(f"{name}.{key}", inner) for key, inner in value.items()]
        elif isinstance(value, list):
            todo += [(f"{name}.{place}", inner) for place, inner in enumerate(value)]
        elif isinstance(value, str) and len(value) >= 40:
            held |= {f"{name} as text": value.encode(), name: base64.b64decode(value)}
    assert len(held) > 4
    return held


def test_without_the_walls_the_same_attack_gets_everything(installation: Installation, earlier: list[str]) -> None:
    with tempfile.TemporaryFile() as loot:
        found, lives = attack(installation, earlier, walled=False, loot=loot)
    assert not lives
    assert found["earlier reports read by name"] == EARLIER
    assert found["earlier reports read by the open folder"] == EARLIER
    assert {name for name in WITHOUT_WALLS if found[name] != "allowed"} == set()
