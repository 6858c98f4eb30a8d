"""How requests and answers look on the key socket: four bytes of length, then one JSON object."""

import base64
import json
import socket
import struct
from typing import Any

from cairndesk.custody.errors import BadRequest

LIMIT = 4 << 20
"""The longest message, in bytes; the longest thing sealed as a whole is a request body of 1 MiB, up to twice as long as JSON, and base64 here."""

_LENGTH = struct.Struct("!I")


def send(line: socket.socket, message: dict[str, Any]) -> None:
    """Put one message on the line; raises BadRequest when it is over the limit."""
    body = json.dumps(message).encode()
    if len(body) > LIMIT:
        raise BadRequest("The message is too long for the key socket.")
    line.sendall(_LENGTH.pack(len(body)) + body)


def receive(line: socket.socket) -> dict[str, Any] | None:
    """The next message, None when the other side hung up; raises BadRequest for what is none, OSError for a broken line."""
    head = _exactly(line, _LENGTH.size)
    if head is None:
        return None
    length: int = _LENGTH.unpack(head)[0]
    if length > LIMIT:
        raise BadRequest("The message is too long for the key socket.")
    body = _exactly(line, length)
    if body is None:
        raise ConnectionResetError("The message stops in the middle.")
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadRequest("The message is no JSON.") from error
    if not isinstance(message, dict):
        raise BadRequest("The message is no object.")
    return message


def coded(data: bytes) -> str:
    """Bytes as they travel."""
    return base64.b64encode(data).decode()


def decoded(text: object) -> bytes:
    """Bytes that travelled; raises BadRequest for anything else."""
    if not isinstance(text, str):
        raise BadRequest("A field that holds bytes is missing.")
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise BadRequest("A field that holds bytes cannot be read.") from error


def _exactly(line: socket.socket, count: int) -> bytes | None:
    """`count` bytes, or None when the line ends before; a message is at most four mebibytes, so it is kept in memory."""
    data = bytearray()
    while len(data) < count:
        more = line.recv(min(count - len(data), 65536))
        if not more:
            return None
        data += more
    return bytes(data)
