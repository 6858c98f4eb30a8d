"""An authenticator in software (WebAuthn level 3, ES256), with a knob for each thing that a hostile one gets wrong.

It is written from the specification and shares no code with the desk, so that both must be right to agree.
"""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Authenticator:
    """One key. The knobs hold what it claims; the defaults are what an honest one says."""

    origin: str = "http://localhost:8481"
    rp_id: str | None = None
    user_present: bool = True
    user_verified: bool = True
    cross_origin: bool = False
    counter: int = 0
    step: int = 1
    kind: str | None = None
    challenge: bytes | None = None
    flip_signature: bool = False
    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    user_handle: bytes | None = None

    def create(self, options: dict[str, Any]) -> str:
        """The answer to registration options."""
        self.user_handle = unb64(options["user"]["id"])
        data = self._data(options["rp"]["id"], self._attested())
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options["challenge"])
        return self._wrap({"clientDataJSON": b64(client), "attestationObject": b64(attestation)})

    def get(self, options: dict[str, Any]) -> str:
        """The answer to assertion options."""
        data, client = self._data(options["rpId"], b""), self._client("webauthn.get", options["challenge"])
        signature = bytearray(self.private.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256())))
        if self.flip_signature:
            signature[-1] ^= 1
        response = {"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(bytes(signature))}
        if self.user_handle is not None:
            response["userHandle"] = b64(self.user_handle)
        return self._wrap(response)

    def _data(self, rp_id: str, attested: bytes) -> bytes:
        self.counter += self.step
        flags = self.user_present | self.user_verified << 2 | bool(attested) << 6
        return hashlib.sha256((self.rp_id or rp_id).encode()).digest() + bytes([flags]) + self.counter.to_bytes(4) + attested

    def _attested(self) -> bytes:
        point = self.private.public_key().public_numbers()
        cose = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)})
        return bytes(16) + len(self.credential_id).to_bytes(2) + self.credential_id + cose

    def _client(self, kind: str, challenge: str) -> bytes:
        said = challenge if self.challenge is None else b64(self.challenge)
        return json.dumps({"type": self.kind or kind, "challenge": said, "origin": self.origin, "crossOrigin": self.cross_origin}).encode()

    def _wrap(self, response: dict[str, str]) -> str:
        name = b64(self.credential_id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response, "clientExtensionResults": {}})
