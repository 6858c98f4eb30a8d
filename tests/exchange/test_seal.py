"""What we close, the public tools open; what we sign, they check."""

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pyrage import x25519

from cairndesk.exchange.errors import BadRecipient
from cairndesk.exchange.formats import seal


def test_the_public_age_command_opens_it(tmp_path: Path) -> None:
    identity = x25519.Identity.generate()
    (tmp_path / "key.txt").write_text(str(identity))
    (tmp_path / "p.tar.age").write_bytes(seal.encrypt(b"content", [str(identity.to_public())]))
    done = subprocess.run(["age", "-d", "-i", "key.txt", "p.tar.age"], cwd=tmp_path, capture_output=True, check=True)
    assert done.stdout == b"content"


def test_nobody_else_opens_it(tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text(str(x25519.Identity.generate()))
    (tmp_path / "p.tar.age").write_bytes(seal.encrypt(b"content", [str(x25519.Identity.generate().to_public())]))
    done = subprocess.run(["age", "-d", "-i", "other.txt", "p.tar.age"], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode != 0
    assert b"content" not in done.stdout


@pytest.mark.parametrize("text", ["", "age1short", "ssh-ed25519 AAAA", "AGE-SECRET-KEY-1QQQ"])
def test_it_refuses_a_recipient_that_is_none(text: str) -> None:
    with pytest.raises(BadRecipient):
        seal.encrypt(b"content", [text])


def test_it_refuses_to_close_for_nobody() -> None:
    with pytest.raises(BadRecipient):
        seal.encrypt(b"content", [])


@pytest.mark.parametrize(("message", "code"), [(b"content", 0), (b"contenT", 1)])
def test_the_public_openssl_command_checks_the_signature(tmp_path: Path, message: bytes, code: int) -> None:
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    (tmp_path / "key.pem").write_text(seal.public_pem(public))
    (tmp_path / "sig").write_bytes(private.sign(b"content"))
    (tmp_path / "file").write_bytes(message)
    verify = "openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in file -sigfile sig"
    assert subprocess.run(verify.split(), cwd=tmp_path, capture_output=True, check=False).returncode == code
    assert seal.is_signed(public, message, private.sign(b"content")) is (code == 0)
