"""The desk as authenticators know it."""

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from cairndesk.accounts.errors import PasskeyNeedsName


@dataclass(frozen=True)
class RelyingParty:
    """The desk as an authenticator knows it: the name that passkeys are bound to, and the origin of its pages."""

    id: str
    origin: str

    @classmethod
    def at(cls, public_url: str) -> "RelyingParty":
        """The relying party of a desk at this address; raises PasskeyNeedsName for a bare IP address."""
        parts = urlsplit(public_url)
        host = parts.hostname or ""
        try:
            ipaddress.ip_address(host)
        except ValueError:
            return cls(id=host, origin=f"{parts.scheme}://{parts.netloc}")
        raise PasskeyNeedsName(host)
