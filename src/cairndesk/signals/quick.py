"""One hash in one request, read without the server's parser and the framework, which would cost four times what the answer costs.

Only the plainest form is read here: `GET /m/lookup` with a type of signal and hexadecimal digits, a key, and headers that change
nothing. Everything else goes the usual way, and is answered there as it is here.
"""

import re
from dataclasses import dataclass

from cairndesk.accounts.queries import key_in
from cairndesk.signals.engine.identifiers import HASH_DIGITS, Identifier
from cairndesk.signals.hma import KINDS

MOST_BYTES = 4096
_PLAIN = re.compile(
    rb"GET /m/lookup\?(?:signal_type=(?P<kind>[a-z0-9_]+)&signal=(?P<value>[0-9a-f]+)|signal=(?P<digits>[0-9a-f]+)&signal_type=(?P<type>[a-z0-9_]+))"
    rb" HTTP/1\.1\r\n"
    rb"(?:(?i:host|user-agent|accept|accept-encoding|accept-language|cache-control):[\t -~]*\r\n|(?i:connection: ?keep-alive)\r\n"
    rb"|(?i:authorization): ?(?P<key>[\t -~]+)\r\n)+\r\n"
)


@dataclass(frozen=True, slots=True)
class Quick:
    """Who asks about what."""

    key: str
    identifier: Identifier


def read(request: bytes) -> Quick | None:
    """What `request`, which is whole, asks; None where it is not as plain as that."""
    found = _PLAIN.fullmatch(request) if len(request) <= MOST_BYTES else None
    if found is None:
        return None
    low = request.lower()
    if low.count(b"\r\nauthorization:") != 1 or low.count(b"\r\nhost:") != 1:
        return None
    kind = KINDS.get((found["kind"] or found["type"]).decode())
    value = (found["value"] or found["digits"]).decode()
    key = key_in(found["key"].decode("latin-1").strip())
    return Quick(key, Identifier(kind, value, raw=value)) if kind and len(value) == HASH_DIGITS.get(kind) and key else None
