"""An S3 server on this machine, and a go-between that makes it lie, fail and fall silent on demand.

The server is moto, in a process of its own; or SeaweedFS, where `S3_SERVER` names its program `weed` (`.ci/store` does that).
"""

import contextlib
import json
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Self
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from cairndesk.custody.adapters.bucket import Bucket, Place

WEED = os.environ.get("S3_SERVER", "")
_PATIENCE = 60.0 if WEED else 20.0
# The condition of a put is signed with it: nobody between can take it away where the server looks at signatures.
by_moto_alone = pytest.mark.skipif(bool(WEED), reason="a server that checks signatures cannot be made to do this")
SECRET = "no secret but this one is looked for"
KEY = f"[default]\naws_access_key_id = desk\naws_secret_access_key = {SECRET}\n"
_XML = b'<?xml version="1.0"?><Error><Code>%s</Code><Message>x</Message></Error>'


@contextlib.contextmanager
def s3_server() -> Iterator[int]:
    """The port at which the server answers until the block ends."""
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    # SeaweedFS makes seven files for each bucket else, and every test has one of its own.
    environment["WEED_MASTER_VOLUME_GROWTH_COPY_1"] = "1"
    with tempfile.TemporaryDirectory() as folder:
        port, *others = _free_ports(8 if WEED else 1)
        command = _weed(Path(folder), port, others) if WEED else [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        with subprocess.Popen(command, env=environment, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
            try:
                _wait_for(port, server)
                yield port
            finally:
                server.kill()
                server.wait(_PATIENCE)


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as held:
        return [held.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1] for _ in range(count)]


def _weed(folder: Path, port: int, others: list[int]) -> list[str]:
    """All of SeaweedFS in one process. Our key opens it; who shows none may only make a bucket for the tests, and a wrong one opens nothing."""
    desk = {"name": "desk", "credentials": [{"accessKey": "desk", "secretKey": SECRET}], "actions": ["Admin", "Read", "Write", "List"]}
    told = {"identities": [desk, {"name": "anonymous", "actions": ["Admin"]}]}
    (folder / "s3.json").write_text(json.dumps(told), encoding="ascii")
    parts = ("s3.port.grpc", "master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc")
    ports = {
        "s3.port": port,
        "s3.port.iceberg": 0,
        "s3.port.lance": 0,
        "s3.iam": "false",
        "s3.autoCreateBucket": "false",
        **dict(zip(parts, others, strict=True)),
    }
    where = {"dir": folder, "ip": "127.0.0.1", "ip.bind": "127.0.0.1", "s3.config": folder / "s3.json", "master.volumeSizeLimitMB": 64}
    return [WEED, "server", "-s3", "-volume.max=1000", *(f"-{name}={value}" for name, value in {**where, **ports}.items())]


def new_bucket(port: int, folder: Path, *, through: int | None = None) -> Bucket:
    """A bucket of its own at the server on `port`, reached at the port `through` where that is another one."""
    name = f"originals-{uuid4().hex}"
    assert _ask(port, "PUT", f"/{name}", b"", {})[0] == 200
    credentials = folder / "store.key"
    credentials.write_text(KEY, encoding="ascii")
    return Bucket(Place(name, f"http://127.0.0.1:{through or port}", "us-east-1", "one/desk", credentials))


class GoBetween:
    """Hands every request on to the server at `port`; `fault` is one of the ways below to do otherwise, `times` how often it does."""

    def __init__(self, port: int, *, context: ssl.SSLContext | None = None) -> None:
        """`elsewhere`: the port to which readers are sent by the fault of that name; `signed`: what came with a signature."""
        self.server, self.fault, self.times, self.elsewhere, self.context = port, "", 10**9, 0, context
        self.asked, self.signed = list[str](), list[str]()

    @contextlib.contextmanager
    def having(self, fault: str, *, times: int = 10**9) -> Iterator[None]:
        """`fault` is what happens until the block ends, or as often as `times` says."""
        self.fault, self.times = fault, times
        try:
            yield
        finally:
            self.fault = ""

    def __enter__(self) -> Self:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 10

            def do_GET(self) -> None:
                _answer(outer, self)

            def do_PUT(self) -> None:
                _answer(outer, self)

            def do_HEAD(self) -> None:
                _answer(outer, self)

            def do_DELETE(self) -> None:
                _answer(outer, self)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if self.context:
            self._listener.socket = self.context.wrap_socket(self._listener.socket, server_side=True, do_handshake_on_connect=False)
        self._listener.daemon_threads = True
        self._listener.block_on_close = False
        self.port = self._listener.server_address[1]
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown()
        self._listener.server_close()
        self._thread.join(_PATIENCE)

    def takes(self, *faults: str) -> bool:
        """Whether one of `faults` is due, and counts it."""
        if self.fault not in faults or self.times <= 0:
            return False
        self.times -= 1
        return True


def _answer(between: GoBetween, asked: BaseHTTPRequestHandler) -> None:
    verb, length = asked.command, int(asked.headers.get("Content-Length", 0))
    between.asked.append(f"{verb} {asked.path}")
    if "Authorization" in asked.headers:
        between.signed.append(asked.path)
    if verb == "PUT" and between.takes("dies while it is written"):
        asked.rfile.read(length // 2)
        _hang_up(asked)
        return
    body = asked.rfile.read(length)
    if _fails(between, asked):
        return
    headers = {name: value for name, value in asked.headers.items() if name.lower() != "connection"}
    if between.fault == "lies":
        headers.pop("if-none-match", None)
    status, kept, answer = _ask(between.server, verb, asked.path, body, headers)
    is_object = verb == "GET" and status < 300 and "list-type" not in asked.path
    if verb == "PUT" and between.takes("loses its answer"):
        _hang_up(asked)
    elif is_object and between.takes("changes a byte"):
        _send(asked, status, kept, answer[:-1] + bytes([answer[-1] ^ 1]))
    elif is_object and between.takes("stops in the middle"):
        _send(asked, status, kept, answer, sent=len(answer) // 2)
    else:
        _send(asked, status, kept, answer)


def _fails(between: GoBetween, asked: BaseHTTPRequestHandler) -> bool:
    """Whether the request gets no further."""
    for fault, status, code in (("busy", 503, b"SlowDown"), ("refuses", 403, b"AccessDenied")):
        if between.takes(fault):
            _send(asked, status, {}, _XML % code)
            return True
    if between.takes("is away"):
        _hang_up(asked)
        return True
    if between.takes("sends elsewhere"):
        _send(asked, 307, {"Location": f"http://127.0.0.1:{between.elsewhere}{asked.path}"}, b"")
        return True
    if asked.command == "PUT" and between.takes("forgets"):
        _send(asked, 200, {"ETag": '"0"'}, b"")
        return True
    return False


def certified(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """What a server on 127.0.0.1 speaks TLS with, and the certificate of the authority behind it, which nobody else knows."""
    now, keys = datetime.now(UTC), [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    made = []
    for number, key in enumerate(keys):
        name, by = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)]) for common in (("authority", "store")[number], "authority"))
        builder = x509.CertificateBuilder(by, name, key.public_key(), x509.random_serial_number(), now - timedelta(hours=1), now + timedelta(hours=1))
        builder = builder.add_extension(x509.BasicConstraints(ca=number == 0, path_length=None), critical=True)
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        made.append(builder.sign(keys[0], hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    secret = keys[1].private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "store.pem").write_bytes(secret + made[1])
    (folder / "authority.pem").write_bytes(made[0])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "store.pem")
    return context, folder / "authority.pem"


def _ask(port: int, verb: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
    line = HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
    try:
        line.request(verb, path, body, headers)
        answer = line.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        line.close()


def _send(asked: BaseHTTPRequestHandler, status: int, headers: dict[str, str], body: bytes, *, sent: int | None = None) -> None:
    asked.send_response_only(status)
    length = headers.get("Content-Length") if asked.command == "HEAD" else None
    for name, value in headers.items():
        if name.lower() not in {"content-length", "connection", "transfer-encoding", "server", "date"}:
            asked.send_header(name, value)
    if status != 204:
        asked.send_header("Content-Length", length or str(len(body)))
    asked.end_headers()
    if asked.command != "HEAD":
        asked.wfile.write(body[:sent])
    if sent is not None:
        _hang_up(asked)


def _hang_up(asked: BaseHTTPRequestHandler) -> None:
    asked.close_connection = True
    with contextlib.suppress(OSError):
        asked.wfile.flush()
        asked.connection.shutdown(socket.SHUT_RDWR)


def _wait_for(port: int, server: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        assert server.poll() is None, "the S3 server ended before it answered"
        with contextlib.suppress(OSError):
            if _ask(port, "GET", "/healthz" if WEED else "/moto-api/data.json", b"", {})[0] == 200:
                return
        time.sleep(0.05)
    raise AssertionError("the S3 server did not answer in time")
