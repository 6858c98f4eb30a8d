"""A real SMTP server on this machine: RFC 5321 as far as a sender needs it, with STARTTLS and failures on demand."""

import asyncio
import ssl
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class Taken:
    """One message that the server has taken."""

    sender: str
    recipient: str
    content: bytes
    was_encrypted: bool


@dataclass
class Behaviour:
    """What the server shall do: the reply codes to MAIL, RCPT (for one address: `refuses`) and the end of DATA, whether it hangs up."""

    mail: int = 250
    recipient: int = 250
    refuses: dict[str, int] = field(default_factory=dict)
    end: int = 250
    hangs_up_after_data: bool = False
    offers_tls: bool = False


@dataclass
class SmtpServer:
    """Runs in a thread of its own on a free port of 127.0.0.1 from `with` to its end."""

    behaviour: Behaviour = field(default_factory=Behaviour)
    certificate: "Certificate | None" = None
    taken: list[Taken] = field(default_factory=list)
    port: int = 0

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(asyncio.start_server(self._talk, "127.0.0.1", 0))
        self.port = self._server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    async def _stop(self) -> None:
        self._server.close()
        mine = asyncio.current_task()
        for task in asyncio.all_tasks():
            if task is not mine:
                task.cancel()
        await asyncio.sleep(0)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        conversation = _Conversation(self, reader, writer)
        try:
            await conversation.run()
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            writer.close()


class _Conversation:
    def __init__(self, server: SmtpServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.server, self.reader, self.writer = server, reader, writer
        self.sender = self.recipient = ""
        self.encrypted = False

    async def run(self) -> None:
        await self._say(220, "desk test server")
        while line := await self.reader.readline():
            verb, _, rest = line.decode("ascii").strip().partition(" ")
            if not await self._answer(verb.upper(), rest):
                return

    async def _answer(self, verb: str, rest: str) -> bool:
        how = self.server.behaviour
        if verb in {"EHLO", "HELO"}:
            offers = "250-test\r\n250 STARTTLS\r\n" if how.offers_tls and not self.encrypted else "250 test\r\n"
            self.writer.write(offers.encode())
        elif verb == "STARTTLS" and self.server.certificate is not None:
            await self._say(220, "go ahead")
            await self.writer.start_tls(self.server.certificate.for_server())
            self.encrypted = True
        elif verb == "MAIL":
            self.sender = _address(rest)
            await self._say(how.mail, "sender")
        elif verb == "RCPT":
            self.recipient = _address(rest)
            await self._say(how.refuses.get(self.recipient, how.recipient), "recipient")
        elif verb == "DATA":
            return await self._data()
        elif verb == "QUIT":
            await self._say(221, "bye")
            return False
        else:
            await self._say(250, "fine")
        await self.writer.drain()
        return True

    async def _data(self) -> bool:
        await self._say(354, "send it")
        raw = await self.reader.readuntil(b"\r\n.\r\n")
        content = raw.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")
        if self.server.behaviour.end < 300:
            self.server.taken.append(Taken(self.sender, self.recipient, content, self.encrypted))
        if self.server.behaviour.hangs_up_after_data:
            return False
        await self._say(self.server.behaviour.end, "taken")
        return True

    async def _say(self, code: int, words: str) -> None:
        self.writer.write(f"{code} {words}\r\n".encode())
        await self.writer.drain()


def _address(rest: str) -> str:
    return rest.partition("<")[2].partition(">")[0]


@dataclass(frozen=True)
class Certificate:
    """A certificate for 127.0.0.1 that its own `for_client` context trusts and no other does."""

    path: Path

    @classmethod
    def make(cls, folder: Path) -> Self:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now - timedelta(hours=1), now + timedelta(hours=1))
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(key, hashes.SHA256())
        )
        pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        (folder / "server.pem").write_bytes(pem + made.public_bytes(serialization.Encoding.PEM))
        return cls(folder / "server.pem")

    def for_server(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path)
        return context

    def for_client(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.path)
