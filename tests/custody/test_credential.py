"""A credentials directory as systemd lays it out: read by its unit alone, before a file beside the ring and after what the configuration names."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.custody.conftest import ONE

from cairndesk.config import CREDENTIAL_VARIABLE, Config, Keys
from cairndesk.custody import access, credential
from cairndesk.custody.errors import KeyringUnreadable
from cairndesk.custody.sealing import keystore
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.serve import supervisor
from cairndesk.serve.roles import Role

SECRET = bytes(range(32))


def hand_over(folder: Path, name: str, secret: bytes, *, mode: int = 0o400) -> None:
    """As `LoadCredential=` does it."""
    folder.mkdir(exist_ok=True)
    folder.chmod(0o700)
    (folder / name).unlink(missing_ok=True)
    (folder / name).write_bytes(secret)
    (folder / name).chmod(mode)
    folder.chmod(0o500)


@pytest.fixture
def handed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "credentials"
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    hand_over(folder, credential.KEY, SECRET)
    return folder


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config.model_construct(data=tmp_path / "data", keys=Keys.model_construct())


@pytest.mark.req("EVD-21")
def test_the_credential_opens_the_ring_and_no_key_file_is_laid_beside_it(handed: Path, config: Config) -> None:
    access.create(config, Keyring.create([ONE]))
    assert not (access.folder(config) / keystore.KEY_FILE).exists()
    assert access.unlock(config).organisations == {ONE}
    assert access.source(config) == "the credential cairndesk.key"
    hand_over(handed, credential.KEY, SECRET[::-1], mode=0o600)
    with pytest.raises(KeyringUnreadable, match="wrong"):
        access.unlock(config)


def test_a_desk_with_a_key_file_takes_the_same_bytes_as_a_credential(tmp_path: Path, config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    access.create(config, Keyring.create([ONE]))
    file = access.folder(config) / keystore.KEY_FILE
    assert access.source(config) == "the key file beside it"
    hand_over(tmp_path / "credentials", credential.KEY, file.read_bytes())
    file.unlink()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    assert access.unlock(config).organisations == {ONE}


def test_what_the_configuration_names_comes_first(handed: Path, config: Config, tmp_path: Path) -> None:
    keystore.Lock.new_key_file(tmp_path / "named.key")
    named = config.model_copy(update={"keys": Keys(key_file=tmp_path / "named.key")})
    assert access.lock(named).secret == (tmp_path / "named.key").read_bytes() != SECRET
    assert access.source(named) == "a key file"


@pytest.mark.slow
def test_a_passphrase_comes_as_a_credential_as_well(tmp_path: Path, config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    hand_over(tmp_path / "credentials", credential.PASSPHRASE, b"wide calm river\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    access.create(config, Keyring.create([ONE]))
    assert access.source(config) == "the credential cairndesk.passphrase"
    assert access.unlock(config).organisations == {ONE}


@pytest.mark.parametrize(("mode", "secret", "why"), [(0o404, SECRET, "others"), (0o400, b"short", "32 bytes")])
def test_a_credential_that_protects_nothing_is_refused(handed: Path, config: Config, mode: int, secret: bytes, why: str) -> None:
    hand_over(handed, credential.KEY, secret, mode=mode)
    with pytest.raises(KeyringUnreadable, match=why):
        access.lock(config)


_CHILD = """
import os, sys
from cairndesk.custody import credential
credential.keep_to_ourselves()
del os.environ["CREDENTIALS_DIRECTORY"]
handle = os.environ.get("CAIRNDESK_CREDENTIAL", ":").partition(":")[2]
assert not (handle and os.get_inheritable(int(handle)))
sys.stdout.buffer.write(credential.found().secret * 2 if credential.found() else b"none")
"""


@pytest.mark.slow
def test_the_desk_is_given_the_open_file_and_no_other_process_is(handed: Path) -> None:
    """`serve` alone may enter the folder of credentials; the desk runs as another user."""
    told = {}
    for role in (Role.DESK, Role.WORK, Role.PORTAL):
        with supervisor._credential(role) as held:
            given = {**os.environ, CREDENTIAL_VARIABLE: f"{held[0]}:{held[1]}"} if held else dict(os.environ)
            child = subprocess.run([sys.executable, "-c", _CHILD], env=given, pass_fds=[held[1]] if held else [], capture_output=True, check=True)
            told[role] = child.stdout
    assert told == {Role.DESK: SECRET * 2, Role.WORK: b"none", Role.PORTAL: b"none"}
