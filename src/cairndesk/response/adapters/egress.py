"""The one way out: a connection is opened only to a host and port that the operator has configured."""

import ipaddress
import socket
from collections.abc import Iterable

from cairndesk.response.errors import DeliveryDelayed, NotAllowedOut


class Egress:
    """A list of (host, port) that may be reached, and nothing beyond it."""

    def __init__(self, allowed: Iterable[tuple[str, int]]) -> None:
        self._allowed = frozenset((host.lower(), port) for host, port in allowed if host)

    def connect(self, host: str, port: int, timeout: float) -> socket.socket:
        """An open connection. Raises NotAllowedOut before any look-up, DeliveryDelayed when nobody answers within `timeout` seconds."""
        if (host.lower(), port) not in self._allowed:
            raise NotAllowedOut(f"port {port} of a host that is not configured")
        try:
            return socket.create_connection((host, port), timeout)
        except OSError as error:
            raise DeliveryDelayed("the server does not answer") from error


def is_loopback(connection: socket.socket) -> bool:
    """Whether the other end of `connection` is this machine, judged by its address and not by its name."""
    return ipaddress.ip_address(connection.getpeername()[0]).is_loopback
