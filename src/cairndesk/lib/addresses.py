"""Addresses as an operator writes them: what is one, and where it leads."""

from ipaddress import ip_address
from urllib.parse import urlsplit


def address(value: str) -> str:
    """`value` if it is an address with nothing after its name or port. Raises ValueError."""
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("an address such as https://report.example is needed, with nothing after the name or port")
    return value


def origin(whole: str) -> str:
    """Scheme, name and port as browsers say them: the port of the scheme is left out."""
    parts = urlsplit(whole)
    usual = {"http": 80, "https": 443}[parts.scheme]
    name = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{name}" + (f":{parts.port}" if parts.port and parts.port != usual else "")


def named(value: str) -> str:
    """`value` if it names its host by a name. Raises ValueError for an IP address."""
    try:
        ip_address(urlsplit(value).hostname or "")
    except ValueError:
        return value
    raise ValueError("a name is needed, such as http://localhost:8481; passkeys know no IP address")


def place(host: str) -> tuple[str, int]:
    """The name and port of `name` or `name:port`; 443 where none is given. Raises ValueError."""
    parts = urlsplit(f"//{host}")
    if not parts.hostname or parts.netloc != host or "@" in host:
        raise ValueError("a name such as lists.example or lists.example:8443 is needed")
    return parts.hostname, parts.port or 443
