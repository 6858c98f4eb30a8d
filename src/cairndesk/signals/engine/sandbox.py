"""Hash a file in a child that is made for it, locked in and thrown away. This process never parses media.

The child is a new program, not a copy of this one: it inherits no memory, so that no key can be in it. It gets one
file by a pipe, and may say one header of fixed length.
"""

import os
import selectors
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from cairndesk.signals.engine import answer, walls
from cairndesk.signals.engine.answer import FORMS, RULES, Answer, State, Why
from cairndesk.signals.engine.digests import Digests, digests
from cairndesk.signals.engine.identifiers import Identifier, Kind
from cairndesk.signals.errors import MediaRefused, SandboxTooWeak

MAX_BYTES = 64 << 20
SECONDS = 10.0
SOURCE = Path(__file__).resolve().parents[3]
# -I: no environment, no folder of the user's, no current folder on the path. One thread: the walls bind only one.
_START = "import sys; sys.path.insert(0, sys.argv[1]); from cairndesk.signals.engine.child import main; main(int(sys.argv[2]))"
ENVIRONMENT = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1") | {"PATH": "", "LC_ALL": "C.UTF-8"}


@dataclass(frozen=True, slots=True)
class MediaHashes:
    """All that is kept of a file: its digests, what the child said, and the rules by which its pixels were chosen."""

    digests: Digests
    seen: Answer
    rules: str = RULES

    def identifiers(self) -> tuple[Identifier, ...]:
        """What to look for: the digests always; the eight PDQ forms when the picture has enough detail."""
        exact = (Identifier(kind, value) for kind, value in self._exact())
        return (*exact, *self._near()) if self.seen.state is State.HASHED else tuple(exact)

    def _exact(self) -> tuple[tuple[Kind, str], ...]:
        return ((Kind.MD5, self.digests.md5), (Kind.SHA1, self.digests.sha1), (Kind.SHA256, self.digests.sha256))

    def _near(self) -> tuple[Identifier, ...]:
        hashes = (self.seen.hashes[at * 32 : at * 32 + 32].hex() for at in range(len(FORMS)))
        quality, file = self.seen.quality, self.digests.sha256
        return tuple(Identifier(Kind.PDQ, value, form=form, quality=quality, file=file) for value, form in zip(hashes, FORMS, strict=True))


def hash_media(data: bytes, *, minimum: walls.Level = walls.Level.MINIMAL, seconds: float = SECONDS) -> MediaHashes:
    """The hashes of the file in `data`, at most MAX_BYTES; takes at most about `seconds`.

    A file that cannot be decoded still has its digests, and the state `unrenderable` with a reason. Raises MediaRefused
    for a file over the limit, SandboxTooWeak where the walls are below `minimum`: then nothing was parsed.
    """
    if len(data) > MAX_BYTES:
        raise MediaRefused(f"The file has more than {MAX_BYTES >> 20} MiB.")
    seen = ask(_command(minimum), data, seconds=seconds)
    if seen.why is Why.WEAK_WALLS:
        raise SandboxTooWeak(f"Level {walls.Level(seen.level).name} is below {minimum.name}; Landlock ABI {seen.abi}.")
    return MediaHashes(digests(data), seen)


def level() -> tuple[walls.Level, int]:
    """How good the walls of this machine are, as a child that is given nothing finds them: (level, Landlock ABI)."""
    seen = ask(_command(walls.Level.MINIMAL), b"", seconds=SECONDS)
    return walls.Level(seen.level), seen.abi


def _command(minimum: walls.Level) -> list[str]:
    return [sys.executable, "-I", "-c", _START, str(SOURCE), str(int(minimum))]


def ask(command: list[str], data: bytes, *, seconds: float) -> Answer:
    """The answer of the child `command` to `data`; one that dies, lingers or says anything else makes it unrenderable."""
    child = subprocess.Popen(  # noqa: S603 - our own interpreter and our own text; the file goes in by the pipe
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=ENVIRONMENT, cwd="/", bufsize=0
    )
    try:
        raw, in_time = _talk(child, memoryview(data), time.monotonic() + seconds)
    finally:
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe:
                pipe.close()
    said = answer.decode(raw)
    if said is None:
        return Answer(State.UNRENDERABLE, Why.CHILD_DIED if in_time else Why.TOO_SLOW)
    return said


def _talk(child: "subprocess.Popen[bytes]", data: memoryview, deadline: float) -> tuple[bytes, bool]:
    """What the child said, at most one byte more than it may, and whether it was done in time."""
    heard = b""
    if child.stdin is None or child.stdout is None:
        return heard, True
    inbound, outbound = child.stdin.fileno(), child.stdout.fileno()
    os.set_blocking(inbound, False)
    with selectors.DefaultSelector() as selector:
        selector.register(inbound, selectors.EVENT_WRITE)
        selector.register(outbound, selectors.EVENT_READ)
        while (left := deadline - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                if key.fd == outbound:
                    chunk = os.read(outbound, answer.LENGTH + 1 - len(heard))
                    heard += chunk
                    if not chunk or len(heard) > answer.LENGTH:
                        return heard, True
                else:
                    data = _feed(child, data, selector)
    return heard, False


def _feed(child: "subprocess.Popen[bytes]", data: memoryview, selector: selectors.BaseSelector) -> memoryview:
    """Write what the pipe takes; close it at the end of the file, or when the child no longer listens."""
    if child.stdin is None:
        return data[:0]
    try:
        data = data[os.write(child.stdin.fileno(), data[: 1 << 16]) :] if data else data
    except BlockingIOError:
        return data
    except OSError:
        data = data[:0]
    if not data:
        selector.unregister(child.stdin.fileno())
        child.stdin.close()
    return data
