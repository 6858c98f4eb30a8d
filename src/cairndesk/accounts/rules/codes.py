"""Codes of a generator (RFC 6238): six digits, half a minute, SHA-1, as every generator knows them."""

import base64
import secrets
from datetime import datetime

from cryptography.hazmat.primitives import constant_time
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

STEP = 30
_DIGITS = 6
# A clock may be half a minute off, and a person takes a moment to type.
_SLACK = (0, -1, 1)


def new_secret() -> str:
    """160 random bits, in the letters that generators accept (base32)."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def address(secret: str, name: str) -> str:
    """The `otpauth:` address that a generator reads."""
    return _generator(secret).get_provisioning_uri(name, "Cairndesk")


def code_at(secret: str, now: datetime) -> str:
    """The code that a generator shows at `now`."""
    return _generator(secret).generate(int(now.timestamp())).decode()


def step_of(secret: str, code: str, *, after: int, now: datetime) -> int | None:
    """The half-minute to which `code` belongs, if it is near `now` and later than `after`; else None."""
    typed = "".join(code.split()).encode()
    here = int(now.timestamp()) // STEP
    found = [here + slack for slack in _SLACK if constant_time.bytes_eq(_generator(secret).generate((here + slack) * STEP), typed)]
    return next((step for step in found if step > after), None)


def _generator(secret: str) -> TOTP:
    # SHA-1 is what generators speak; HMAC does not need its collision resistance.
    return TOTP(base64.b32decode(secret), _DIGITS, SHA1(), STEP)  # noqa: S303 - what every authenticator computes (RFC 6238)
