import stat
from pathlib import Path

import pytest
from tests.custody.conftest import ONE, TWO

from cairndesk.config import Config, Keys
from cairndesk.custody import access
from cairndesk.custody.errors import KeyringUnreadable
from cairndesk.custody.queries import verifier_key
from cairndesk.custody.sealing import keystore
from cairndesk.custody.sealing.keyring import Keyring


def by_file(folder: Path) -> Config:
    return Config.model_construct(data=folder, keys=Keys.model_construct())


def by_passphrase(folder: Path, words: str = "wide calm river") -> Config:
    (folder / "passphrase").write_text(words)
    (folder / "passphrase").chmod(0o600)
    return Config.model_construct(data=folder, keys=Keys.model_construct(passphrase_file=folder / "passphrase"))


@pytest.mark.req("EVD-21")
@pytest.mark.parametrize("configured", [by_file, pytest.param(by_passphrase, marks=pytest.mark.slow)], ids=["key file", "passphrase"])
def test_the_ring_is_kept_sealed_outside_the_database_and_opens_again(ring: Keyring, tmp_path: Path, configured: object) -> None:
    config = configured(tmp_path)  # type: ignore[operator]
    access.create(config, ring)
    assert ring.public("log").hex() not in (tmp_path / "keys" / "keyring.sealed").read_bytes().hex()
    assert b"intake" not in (tmp_path / "keys" / "keyring.sealed").read_bytes()
    access.use(None)
    assert access.unlock(config).public("log") == ring.public("log")
    assert access.keys().public("log") == ring.public("log")


def test_ring_and_key_file_are_for_their_owner_only(ring: Keyring, tmp_path: Path) -> None:
    access.create(by_file(tmp_path), ring)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "keys").iterdir()}
    assert {name: modes[name] for name in ("keyring.sealed", "unlock.key")} == {"keyring.sealed": 0o600, "unlock.key": 0o600}


def test_the_key_that_checks_the_log_is_to_be_had_without_unlocking(ring: Keyring, tmp_path: Path) -> None:
    config = by_file(tmp_path)
    assert access.kept_verifier(config) is None
    access.create(config, ring)
    assert access.kept_verifier(config) == verifier_key()


def test_it_refuses_to_replace_a_ring(ring: Keyring, tmp_path: Path) -> None:
    access.create(by_file(tmp_path), ring)
    with pytest.raises(FileExistsError):
        access.create(by_file(tmp_path), ring)


def test_a_new_organisation_is_kept(ring: Keyring, tmp_path: Path) -> None:
    config = by_file(tmp_path)
    access.create(config, Keyring.create([ONE]))
    held = access.unlock(config)
    public = held.add_organisation(TWO)
    access.save(config, held)
    assert access.unlock(config).own_public(TWO) == public


@pytest.mark.slow
def test_it_refuses_a_wrong_passphrase_and_the_wrong_kind_of_lock(ring: Keyring, tmp_path: Path) -> None:
    access.create(by_passphrase(tmp_path), ring)
    with pytest.raises(KeyringUnreadable, match="wrong"):
        access.unlock(by_passphrase(tmp_path, "another"))
    keystore.Lock.new_key_file(tmp_path / "keys" / "unlock.key")
    with pytest.raises(KeyringUnreadable, match="passphrase"):
        access.unlock(by_file(tmp_path))


def test_it_refuses_a_ring_with_any_byte_changed(ring: Keyring, tmp_path: Path) -> None:
    config, path = by_file(tmp_path), tmp_path / "keys" / "keyring.sealed"
    access.create(config, ring)
    sound = path.read_bytes()
    for place in range(len(sound)):
        path.write_bytes(sound[:place] + bytes([sound[place] ^ 1]) + sound[place + 1 :])
        with pytest.raises(KeyringUnreadable):
            access.unlock(config)


@pytest.mark.parametrize("content", [b"", b"CAIRNKR1", b"x" * 100])
def test_a_file_that_is_no_ring_is_named_so(ring: Keyring, tmp_path: Path, content: bytes) -> None:
    access.create(by_file(tmp_path), ring)
    (tmp_path / "keys" / "keyring.sealed").write_bytes(content)
    with pytest.raises(KeyringUnreadable):
        access.unlock(by_file(tmp_path))


def test_a_missing_ring_and_a_missing_key_file_are_told_apart(ring: Keyring, tmp_path: Path) -> None:
    with pytest.raises(KeyringUnreadable, match=r"key file unlock\.key cannot be read"):
        access.unlock(by_file(tmp_path))
    (tmp_path / "keys").mkdir()
    keystore.Lock.new_key_file(tmp_path / "keys" / "unlock.key")
    with pytest.raises(KeyringUnreadable, match=r"keyring keyring\.sealed cannot be read"):
        access.unlock(by_file(tmp_path))


@pytest.mark.parametrize(("mode", "content", "why"), [(0o644, b"x" * 32, "others"), (0o600, b"short", "32 bytes")])
def test_it_refuses_a_key_file_that_protects_nothing(tmp_path: Path, mode: int, content: bytes, why: str) -> None:
    path = tmp_path / "unlock.key"
    path.write_bytes(content)
    path.chmod(mode)
    with pytest.raises(KeyringUnreadable, match=why):
        keystore.Lock.of_key_file(path)


def test_it_refuses_a_passphrase_file_that_others_may_read(tmp_path: Path) -> None:
    config = by_passphrase(tmp_path)
    (tmp_path / "passphrase").chmod(0o644)
    with pytest.raises(KeyringUnreadable, match="read by others"):
        access.lock(config)


def test_a_missing_passphrase_file_is_named(tmp_path: Path) -> None:
    config = Config.model_construct(data=tmp_path, keys=Keys.model_construct(passphrase_file=tmp_path / "none"))
    with pytest.raises(KeyringUnreadable, match="passphrase file"):
        access.unlock(config)
