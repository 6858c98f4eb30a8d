"""An authenticator in software, ES256: the key that the demo holds for its people. It makes real answers, checked like any other."""

import base64
import hashlib
import json
import struct
from uuid import UUID

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_PRESENT, _VERIFIED, _ATTESTED = 0x01, 0x04, 0x40


class SoftwareKey:
    """The passkey of one demo person, derived from the demo's secret; it keeps no counter, as synchronised passkeys do."""

    def __init__(self, secret: bytes, person: UUID) -> None:
        derived = HKDF(algorithm=hashes.SHA256(), length=48, salt=None, info=b"cairndesk/demo-key/v1\0" + person.bytes).derive(secret)
        self._private = ec.derive_private_key(int.from_bytes(derived) % (_ORDER - 1) + 1, ec.SECP256R1())
        self._person = person
        self.credential_id = hashlib.sha256(b"cairndesk/demo-credential/v1\0" + derived).digest()

    def register(self, options: str, origin: str) -> str:
        """The answer to registration options, as the browser would send it."""
        asked = json.loads(options)
        data = self._authenticator_data(asked["rp"]["id"], attested=True)
        attestation = (
            b"\xa3" + _text("fmt") + _text("none") + _text("attStmt") + b"\xa0" + _text("authData") + b"\x59" + struct.pack(">H", len(data)) + data
        )
        client = _client_data("webauthn.create", asked["challenge"], origin)
        return self._answer({"clientDataJSON": _url(client), "attestationObject": _url(attestation)})

    def answer(self, options: str, origin: str) -> str:
        """The answer to assertion options, as the browser would send it."""
        asked = json.loads(options)
        data = self._authenticator_data(asked["rpId"], attested=False)
        client = _client_data("webauthn.get", asked["challenge"], origin)
        signature = self._private.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        parts = {"clientDataJSON": client, "authenticatorData": data, "signature": signature, "userHandle": self._person.bytes}
        return self._answer({name: _url(part) for name, part in parts.items()})

    def _authenticator_data(self, party: str, *, attested: bool) -> bytes:
        flags = _PRESENT | _VERIFIED | (_ATTESTED if attested else 0)
        head = hashlib.sha256(party.encode()).digest() + bytes([flags]) + bytes(4)
        return head + (bytes(16) + struct.pack(">H", len(self.credential_id)) + self.credential_id + self._cose() if attested else b"")

    def _cose(self) -> bytes:
        """The public key as COSE has it: EC2, ES256, P-256, x, y (RFC 9053)."""
        point = self._private.public_key().public_numbers()
        return bytes.fromhex("a5010203262001215820") + point.x.to_bytes(32) + bytes.fromhex("225820") + point.y.to_bytes(32)

    def _answer(self, response: dict[str, str]) -> str:
        name = _url(self.credential_id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response, "clientExtensionResults": {}})


def _client_data(kind: str, challenge: str, origin: str) -> bytes:
    return json.dumps({"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False}, separators=(",", ":")).encode()


def _text(word: str) -> bytes:
    return bytes([0x60 + len(word)]) + word.encode()


def _url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
