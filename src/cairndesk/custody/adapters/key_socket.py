"""The key socket: `desk` answers single questions about the keys, `work` asks them and never holds a key for long."""

import contextlib
import os
import secrets
import socket
import struct
import threading
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, Self
from uuid import UUID

from cairndesk.custody import errors
from cairndesk.custody.adapters import wire
from cairndesk.custody.sealing.hpke import OVERHEAD
from cairndesk.custody.sealing.keys import Keys
from cairndesk.custody.sealing.parts import LENGTH

NAME = "keys.sock"
_MODE = 0o660
# More than the threads that all workers of a desk have together; who comes beyond them is told to try again.
_LINES = 256
_IDLE_SECONDS = 60.0
_PAUSE_SECONDS = 0.1
_ANSWER_SECONDS = 10.0
_CONTEXT_LIMIT = 1024
WRAPPED = OVERHEAD + LENGTH
"""Bytes of a sealed key, or part of one."""
# The room in `sockaddr_un`, less the closing zero (unix(7)).
_LONGEST_ADDRESS = 107
_STANDING = threading.Lock()
_KNOWN: dict[str, type[errors.CustodyError]] = {
    kind.code: kind
    for kind in (
        errors.CannotOpen,
        errors.PartGone,
        errors.UnknownKey,
        errors.UnknownSuite,
        errors.DeskLocked,
        errors.ShredStoreAway,
        errors.Stranger,
        errors.BadRequest,
    )
}

_LAST_WORDS = {errors.Stranger.code, errors.BadRequest.code}


class KeyServer:
    """Answers on a Unix socket, in threads of the process that holds `keys`, to the users in `allowed_uids` and to nobody else."""

    def __init__(self, keys: Keys, path: Path, *, allowed_uids: Collection[int], group: int | None = None) -> None:
        """`group`: the group number that the socket is given, where the two processes run as different users."""
        self._keys, self._path = keys, path
        self._allowed, self._group = frozenset(allowed_uids), group
        self._places = threading.BoundedSemaphore(_LINES)
        self._listener: socket.socket | None = None
        self._closed = threading.Event()
        self._lines: set[socket.socket] = set()

    def start(self) -> Self:
        """Afterwards questions are answered, and a socket that a killed desk left behind is replaced."""
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        part = self._path.with_name(f".{secrets.token_hex(4)}")
        # The name appears with its mode already set: there is no moment at which anybody could call.
        with _near(part) as address:
            listener.bind(address)
        if self._group is not None:
            os.chown(part, -1, self._group)
        part.chmod(_MODE)
        listener.listen(_LINES)
        part.rename(self._path)
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), name="key-socket", daemon=True).start()
        return self

    def close(self) -> None:
        """Afterwards nobody is answered any more."""
        self._closed.set()
        if self._listener is not None:
            self._path.unlink(missing_ok=True)
            _hang_up(self._listener)
            self._listener = None
        for line in list(self._lines):
            _hang_up(line)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def _accept(self, listener: socket.socket) -> None:
        # The pause keeps a desk that is short of descriptors or threads from spinning until it has some again.
        while not self._closed.is_set():
            self._places.acquire()
            try:
                line, _ = listener.accept()
            except OSError:
                self._places.release()
                self._closed.wait(_PAUSE_SECONDS)
                continue
            self._lines.add(line)
            try:
                threading.Thread(target=self._serve, args=(line,), name="key-line", daemon=True).start()
            except RuntimeError:
                self._give_up(line)
                self._closed.wait(_PAUSE_SECONDS)

    def _serve(self, line: socket.socket) -> None:
        try:
            line.settimeout(_IDLE_SECONDS)
            if _caller(line) not in self._allowed:
                wire.send(line, _refusal(errors.Stranger()))
                return
            while (answer := self._next_answer(line)) is not None:
                wire.send(line, answer)
                if answer.get("error") == errors.BadRequest.code:
                    return  # where the next message begins is no longer known
        except OSError:
            return
        finally:
            self._give_up(line)

    def _give_up(self, line: socket.socket) -> None:
        self._lines.discard(line)
        _hang_up(line)
        self._places.release()

    def _next_answer(self, line: socket.socket) -> dict[str, Any] | None:
        try:
            question = wire.receive(line)
            return None if question is None else {"ok": wire.coded(_answer(self._keys, question))}
        except errors.CustodyError as error:
            return _refusal(error)
        except OSError:
            raise
        # Whatever a caller sends, the desk goes on answering the others, and says nothing about its inside.
        except Exception:  # noqa: BLE001 - the edge of trust
            return _refusal(errors.BadRequest())


class KeyClient:
    """`Keys` of a process that asks the desk; each thread has a line of its own. Raises DeskLocked when the desk is away."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._own = threading.local()

    def unseal(self, organisation: UUID, blob: bytes, context: bytes) -> bytes:
        """See `Keys`."""
        return self._ask({"do": "unseal", "organisation": organisation.hex, "blob": wire.coded(blob), "context": wire.coded(context)})

    def own_public(self, organisation: UUID) -> bytes:
        """See `Keys`."""
        return self._ask({"do": "own_public", "organisation": organisation.hex})

    def add_intake(self, organisation: UUID, key: UUID, second: bytes, number: int, opens: int) -> bytes:
        """See `Keys`."""
        given = {"key": key.hex, "second": wire.coded(second), "number": number, "opens": opens}
        return self._ask({"do": "add_intake", "organisation": organisation.hex} | given)

    def drop_intake(self, organisation: UUID, public: bytes) -> None:
        """See `Keys`."""
        self._ask({"do": "drop_intake", "organisation": organisation.hex, "public": wire.coded(public)})

    def rewrap(self, organisation: UUID, wrapped: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """See `Keys`."""
        pairs = [[wire.coded(blob), wire.coded(context)] for blob, context in wrapped]
        answer, each = self._ask({"do": "rewrap", "organisation": organisation.hex, "wrapped": pairs}), WRAPPED
        return [answer[at : at + each] for at in range(0, len(answer), each)]

    def blind_index(self, organisation: UUID, kind: str, value: str) -> bytes:
        """See `Keys`."""
        return self._ask({"do": "blind_index", "organisation": organisation.hex, "kind": kind, "value": value})

    def sign(self, purpose: str, message: bytes) -> bytes:
        """See `Keys`."""
        return self._ask({"do": "sign", "purpose": str(purpose), "message": wire.coded(message)})

    def public(self, purpose: str) -> bytes:
        """See `Keys`."""
        return self._ask({"do": "public", "purpose": str(purpose)})

    def close(self) -> None:
        """Hang up this thread's line; the next question opens another."""
        line: socket.socket | None = getattr(self._own, "line", None)
        self._own.line = None
        if line is not None:
            _hang_up(line)

    def _ask(self, question: dict[str, Any]) -> bytes:
        # A line kept from before may have been closed by a desk that has restarted since; a fresh one tells the truth.
        answer = self._exchange(question) if getattr(self._own, "line", None) else None
        answer = answer or self._exchange(question)
        if answer is None:
            raise errors.DeskLocked("The desk does not answer on the key socket.")
        if "ok" in answer:
            return wire.decoded(answer["ok"])
        raise _KNOWN.get(str(answer.get("error")), errors.CustodyError)(str(answer.get("detail", "")))

    def _exchange(self, question: dict[str, Any]) -> dict[str, Any] | None:
        """The answer, or None (and no line any more) when the desk is not there."""
        try:
            if getattr(self._own, "line", None) is None:
                self._own.line = _call(self._path)
            # A desk that refuses us hangs up without waiting for the question; its answer is still there to be read.
            with contextlib.suppress(BrokenPipeError):
                wire.send(self._own.line, question)
            answer = wire.receive(self._own.line)
        except OSError:
            answer = None
        if answer is None or answer.get("error") in _LAST_WORDS:
            self.close()
        return answer


def _answer(keys: Keys, question: dict[str, Any]) -> bytes:
    match question.get("do"):
        case "unseal":
            context = wire.decoded(question.get("context"))
            if not 0 < len(context) <= _CONTEXT_LIMIT:
                raise errors.BadRequest("Every request names what it is for.")
            return keys.unseal(_organisation(question), wire.decoded(question.get("blob")), context)
        case "own_public":
            return keys.own_public(_organisation(question))
        case "add_intake" | "drop_intake" | "rewrap" as turning:
            return _TURNED[turning](keys, question)
        case "blind_index":
            return keys.blind_index(_organisation(question), _text(question, "kind"), _text(question, "value"))
        case "sign":
            return keys.sign(_text(question, "purpose"), wire.decoded(question.get("message")))
        case "public":
            return keys.public(_text(question, "purpose"))
        case _:
            raise errors.BadRequest("The desk does not know this question.")


def _add_intake(keys: Keys, question: dict[str, Any]) -> bytes:
    number, opens, second = _whole(question, "number"), _whole(question, "opens"), wire.decoded(question.get("second"))
    if len(second) != LENGTH:
        raise errors.BadRequest("The second half of a key has 32 bytes.")
    return keys.add_intake(_organisation(question), _id(question, "key"), second, number, opens)


def _drop_intake(keys: Keys, question: dict[str, Any]) -> bytes:
    keys.drop_intake(_organisation(question), wire.decoded(question.get("public")))
    return b""


def _rewrap(keys: Keys, question: dict[str, Any]) -> bytes:
    pairs = [(wire.decoded(blob), wire.decoded(context)) for blob, context in question["wrapped"]]
    if any(len(blob) != WRAPPED or not context for blob, context in pairs):
        raise errors.BadRequest("Only the keys of items are wrapped anew.")
    return b"".join(keys.rewrap(_organisation(question), pairs))


_TURNED = {"add_intake": _add_intake, "drop_intake": _drop_intake, "rewrap": _rewrap}


def _organisation(question: dict[str, Any]) -> UUID:
    return _id(question, "organisation")


def _id(question: dict[str, Any], name: str) -> UUID:
    try:
        return UUID(hex=_text(question, name))
    except ValueError as error:
        raise errors.BadRequest(f"The field `{name}` is no id.") from error


def _whole(question: dict[str, Any], name: str) -> int:
    value = question.get(name)
    if type(value) is not int:
        raise errors.BadRequest(f"The field `{name}` is no number.")
    return value


def _text(question: dict[str, Any], name: str) -> str:
    value = question.get(name)
    if not isinstance(value, str):
        raise errors.BadRequest(f"The field `{name}` is missing.")
    return value


def _refusal(error: errors.CustodyError) -> dict[str, Any]:
    return {"error": error.code, "detail": error.detail}


def _caller(line: socket.socket) -> int:
    """The user number of the process at the other end, as the kernel knows it (SO_PEERCRED, unix(7))."""
    credentials = line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    uid: int = struct.unpack("3i", credentials)[1]
    return uid


def _call(path: Path) -> socket.socket:
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        line.settimeout(_ANSWER_SECONDS)
        with _near(path) as address:
            line.connect(address)
    except OSError:
        line.close()
        raise
    return line


@contextlib.contextmanager
def _near(path: Path) -> Iterator[str]:
    """An address for `path` that the kernel takes: at most 107 bytes, so that of a longer one only the name, seen from its folder.

    The whole process stands in that folder meanwhile, for the instant of one call; nothing here opens files by names from elsewhere.
    """
    if len(os.fsencode(path)) <= _LONGEST_ADDRESS:
        yield str(path)
        return
    with _STANDING:
        # Only the place, with no right to read it: behind walls nothing more is granted where we were started.
        back = os.open(".", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.chdir(path.parent)
            yield path.name
        finally:
            os.fchdir(back)
            os.close(back)


def _hang_up(line: socket.socket) -> None:
    """Close in a way that wakes a thread which is waiting on the same line."""
    try:
        line.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    finally:
        line.close()
