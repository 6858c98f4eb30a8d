import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest
from tests.serve.conftest import Installation

from cairndesk.custody.sealing import hpke
from cairndesk.intake.spool import Spool, SpoolFile

EARLIER = 100
ONE = UUID("11111111-1111-4111-8111-111111111111")

pytestmark = pytest.mark.slow


@pytest.fixture
def earlier(installation: Installation) -> list[str]:
    """Reports that were filed before the portal was taken over."""
    handle = os.open(installation.folder / "data" / "spool", os.O_RDONLY | os.O_DIRECTORY)
    _, public = hpke.generate()
    names = [Spool(handle).put(SpoolFile(ONE, happening_now=False, sealed=hpke.seal(public, b"told", b"x"))) for _ in range(EARLIER)]
    os.close(handle)
    return names


def test_who_takes_over_the_portal_gets_nothing_that_was_filed_before(installation: Installation, earlier: list[str]) -> None:
    data = installation.folder / "data"
    with subprocess.Popen(["/bin/sleep", "60"]) as victim, socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as keys:
        (data / "run" / "keys.sock").unlink(missing_ok=True)
        keys.bind(str(data / "run" / "keys.sock"))
        keys.listen()
        try:
            command = [sys.executable, str(Path(__file__).with_name("takeover.py")), str(victim.pid), str(server.getsockname()[1]), *earlier]
            environment = installation.environment | {"DJANGO_SETTINGS_MODULE": "cairndesk.settings"}
            done = subprocess.run(command, env=environment, cwd=installation.folder, capture_output=True, text=True, timeout=60, check=False)
            assert done.returncode == 0, done.stderr
            assert victim.poll() is None
        finally:
            victim.kill()
            (data / "run" / "keys.sock").unlink()
            (data / "spool" / "new").unlink(missing_ok=True)
            for name in earlier:
                (data / "spool" / name).unlink()
    found = json.loads(done.stdout)
    assert found.pop("earlier reports read by name") == 0
    assert found.pop("earlier reports read by the open folder") == 0
    assert found.pop("still drop a report") == "allowed"
    assert found.pop("still read what is published") == "allowed"
    assert found.pop("open the database") == "OperationalError"
    assert found.pop("take the settings' database") == "ImproperlyConfigured"
    assert set(found.values()) == {"PermissionError"}, found
