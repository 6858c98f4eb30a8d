"""Handing one message to the configured mail server, with a clear answer: taken, not now, or never."""

import smtplib
import socket
import ssl
from dataclasses import dataclass, field
from functools import cached_property

from cairndesk.response.adapters.egress import Egress, is_loopback
from cairndesk.response.errors import DeliveryDelayed, DeliveryRefused, TlsMissing

# Seconds that a server may take to greet, during which the belt stands still, and then for each answer.
GREETING, TIMEOUT = 4.0, 20.0
# RFC 5321, section 4.2.1: replies from 500 up are permanent.
_PERMANENT = 500


@dataclass(frozen=True, slots=True)
class Server:
    """The operator's mail server. `tls` is `starttls`, `tls` or `none`; `none` is honoured on this machine only."""

    host: str
    port: int
    tls: str = "starttls"
    username: str = ""
    password: str = field(default="", repr=False)


def send(server: Server, egress: Egress, *, sender: str, recipient: str, message: bytes, context: ssl.SSLContext | None = None) -> None:
    """Afterwards the server has taken `message`. Raises DeliveryDelayed, DeliveryRefused, TlsMissing or NotAllowedOut.

    A server that took the message and broke off before it said so gets it again: the Message-ID lets it drop the second copy.
    """
    try:
        with _Connection(server, egress, context) as connection:
            connection.secure()
            if server.username:
                connection.login(server.username, server.password)
            connection.sendmail(sender, [recipient], message)
    except smtplib.SMTPRecipientsRefused as refused:
        code = max(code for code, _ in refused.recipients.values())
        raise _judged(code) from refused
    except smtplib.SMTPResponseException as refused:
        raise _judged(refused.smtp_code) from refused
    except ssl.SSLError as error:
        raise TlsMissing("the server's certificate does not hold") from error
    except UnicodeError as error:
        raise DeliveryRefused("an address that mail cannot carry") from error
    except (smtplib.SMTPException, OSError) as error:
        raise DeliveryDelayed("the conversation with the server broke off") from error


class _Connection(smtplib.SMTP):
    """An SMTP conversation over a socket that egress has opened."""

    def __init__(self, server: Server, egress: Egress, context: ssl.SSLContext | None) -> None:
        self._server, self._egress, self._given = server, egress, context
        # A fixed name: the machine's own would tell the other side where the desk stands.
        super().__init__(server.host, server.port, local_hostname="desk.invalid", timeout=GREETING)
        if self.sock is not None:
            self.sock.settimeout(TIMEOUT)

    @cached_property
    def _trusting(self) -> ssl.SSLContext:
        # Made where TLS is spoken only: reading what this machine trusts takes longer than handing over the letter.
        return self._given or ssl.create_default_context()

    def secure(self) -> None:
        """Afterwards the conversation is encrypted, or stays on this machine. Raises TlsMissing."""
        self.ehlo_or_helo_if_needed()
        if self._server.tls == "starttls":
            if not self.has_extn("starttls"):
                raise TlsMissing("the server does not offer STARTTLS")
            self.starttls(context=self._trusting)
            self.ehlo()
        elif self._server.tls == "none" and (self.sock is None or not is_loopback(self.sock)):
            raise TlsMissing("without TLS only a server on this machine is accepted")

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        opened = self._egress.connect(host, port, timeout)
        return self._trusting.wrap_socket(opened, server_hostname=host) if self._server.tls == "tls" else opened


def _judged(code: int) -> DeliveryDelayed | DeliveryRefused:
    return DeliveryRefused(f"the server said {code}") if code >= _PERMANENT else DeliveryDelayed(f"the server said {code}")
