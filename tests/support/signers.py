"""Keys of logs and of witnesses, for tests that need somebody who signs."""

import base64
import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cairndesk.custody.ledger import note


class Signer:
    """A key pair of a log."""

    def __init__(self, name: str = "log.example") -> None:
        self.key = Ed25519PrivateKey.generate()
        self.name, self.public = name, self.key.public_key().public_bytes_raw()
        self.verifier = note.verifier_key(name, self.public)

    def note(self, size: int, root: bytes) -> str:
        return note.sign(note.Head(self.name, size, root), self.public, self.key.sign)


class Cosigner:
    """A key pair of a witness, which signs whatever it is given; written from C2SP tlog-cosignature alone."""

    def __init__(self, name: str = "witness.example/w1") -> None:
        self.key, self.name = Ed25519PrivateKey.generate(), name
        held = b"\x04" + self.key.public_key().public_bytes_raw()
        self.public, self.mark = held[1:], hashlib.sha256(name.encode() + b"\n" + held).digest()[:4]
        self.verifier = f"{name}+{self.mark.hex()}+{base64.b64encode(held).decode()}"

    def line(self, checkpoint: str, at: int) -> str:
        body = checkpoint.partition("\n\n")[0] + "\n"
        signature = self.key.sign(f"cosignature/v1\ntime {at}\n{body}".encode())
        return f"\u2014 {self.name} {base64.b64encode(self.mark + at.to_bytes(8) + signature).decode()}\n"
