"""The bucket of originals, reached from behind the walls of a process: `work` can, the desk cannot."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support import object_store

from cairndesk.config import Config
from cairndesk.serve.roles import Role
from cairndesk.serve.supervisor import environment

PROBE = """
import sys
from pathlib import Path
from cairndesk.config import Config, Vault
from cairndesk.custody.adapters.bucket import Bucket, Place
from cairndesk.custody.errors import VaultAway
from cairndesk.serve import walls
from cairndesk.serve.roles import Role
role, data, bucket, endpoint, key = sys.argv[1:]
config = Config(data=Path(data), vault=Vault(bucket=bucket, endpoint=endpoint, credentials_file=Path(key)))
walls.enclose(Role(role), config)
try:
    Bucket(Place(bucket, config.vault.address, config.vault.region, "", config.vault.credentials_file)).probe()
    print("honest")
except VaultAway:
    print("no way")
except Exception as error:
    print(type(error).__name__)
"""


def test_an_access_key_in_the_environment_reaches_work_and_neither_of_the_sites(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    (tmp_path / "run").mkdir()
    with_it = {role for role in Role if "secret" in environment(role, Config(data=tmp_path)).values()}
    assert with_it == {Role.WORK}


@pytest.mark.slow
def test_work_reaches_the_bucket_with_its_key_and_the_desk_neither(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "run").mkdir(parents=True)
    with object_store.s3_server() as port:
        place = object_store.new_bucket(port, tmp_path).place
        said = {role: _probe(role, data, place.bucket, place.endpoint, place.credentials) for role in ("work", "desk")}
        # The desk may not even read the key; with one beside its code it would still have no way out.
        assert said == {"work": "honest", "desk": "VaultUnfit"}
        inside = data / "run" / "store.key"
        inside.write_text(object_store.KEY, encoding="ascii")
        assert _probe("desk", data, place.bucket, place.endpoint, inside) == "no way"


def _probe(role: str, data: Path, *given: object) -> str:
    command = [sys.executable, "-c", PROBE, role, str(data), *map(str, given)]
    return subprocess.run(command, capture_output=True, check=True, env=dict(os.environ), timeout=60).stdout.decode().strip()
