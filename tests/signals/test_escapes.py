"""A decoder that has been taken over gets nothing: each attack is tried for real behind each level of walls, and without any."""

import json
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest
from tests.signals.attacks import ANYBODY, ATTACKS, WITH_RIGHTS, Place
from tests.signals.taken_over import LEVELS, Behind, made

from cairndesk.signals.engine import bubblewrap
from cairndesk.signals.engine.decoders import Decoders

pytestmark = pytest.mark.slow
# A process that lets everybody trace it, and says on request what stands in its memory.
VICTIM = """
import ctypes, sys
ctypes.CDLL(None).prctl(0x59616d61, -1, 0, 0, 0)
held = ctypes.create_string_buffer(b"untouched", 9)
print(ctypes.addressof(held), flush=True)
for _ in sys.stdin:
    print(held.raw.decode(), flush=True)
"""


@dataclass
class World:
    """What stands outside of the walls, so that it can be seen whether anything reached it."""

    place: Place
    ears: tuple[socket.socket, ...]
    victim: "subprocess.Popen[str]"

    @property
    def is_untouched(self) -> bool:
        folder = Path(self.place.folder)
        if {path.name for path in folder.iterdir()} != {"secret", "link", "ear"} or (folder / "secret").read_bytes() != b"kept":
            return False
        return not any(_has_heard(ear) for ear in self.ears) and self._victims_memory == "untouched"

    @property
    def _victims_memory(self) -> str:
        assert self.victim.stdin
        assert self.victim.stdout
        if self.victim.poll() is not None:
            return "gone"
        self.victim.stdin.write("\n")
        self.victim.stdin.flush()
        return self.victim.stdout.readline().strip()


def _has_heard(ear: socket.socket) -> bool:
    ear.setblocking(False)
    try:
        ear.recv(1) if ear.type is socket.SOCK_DGRAM else ear.accept()
    except BlockingIOError:
        return False
    return True


@contextmanager
def world() -> Iterator[World]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="escapes.")))
        # A child of root becomes nobody; what holds it must not be the owner of files.
        folder.chmod(0o777)
        (folder / "secret").write_bytes(b"kept")
        (folder / "secret").chmod(0o666)
        (folder / "link").symlink_to("secret")
        ears = tuple(stack.enter_context(ear) for ear in (socket.create_server(("127.0.0.1", 0)), _datagrams(), *map(_local, (folder, None))))
        victim = stack.enter_context(subprocess.Popen([sys.executable, "-I", "-S", "-c", VICTIM], stdin=-1, stdout=-1, text=True))
        stack.callback(victim.kill)
        assert victim.stdout
        buffer = int(victim.stdout.readline())
        abstract = ears[3].getsockname()[1:].decode()
        yield World(Place(str(folder), ears[0].getsockname()[1], ears[1].getsockname()[1], abstract, victim.pid, buffer), ears, victim)


def _datagrams() -> socket.socket:
    ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ear.bind(("127.0.0.1", 0))
    return ear


def _local(folder: Path | None) -> socket.socket:
    ear = socket.socket(socket.AF_UNIX)
    # Without a name the kernel makes an abstract one.
    ear.bind(str(folder / "ear") if folder else "")
    ear.listen()
    return ear


def tried(decoders: "Decoders[str]", attack: str, place: Place) -> str:
    """What became of one attack, whose file anybody may write."""
    with tempfile.NamedTemporaryFile() as note:
        path = Path(note.name)
        path.write_text(json.dumps({"attack": attack, "place": asdict(place)}))
        path.chmod(0o666)
        with path.open("rb") as file:
            return decoders.look(file.fileno(), b"x", seconds=30)


@pytest.mark.parametrize("behind", LEVELS)
def test_everything_is_refused_and_nothing_outside_has_changed(behind: Behind) -> None:
    if behind is Behind.BUBBLEWRAP and not bubblewrap.around():
        pytest.skip("this machine has no bubblewrap, or lets nobody use it")
    with world() as outside, Decoders(made(behind)) as decoders:
        found = {attack: tried(decoders, attack, outside.place) for attack in ATTACKS}
        assert {attack: said for attack, said in found.items() if said != f"held {LEVELS[behind]}"} == {}
        assert outside.is_untouched


def test_without_walls_everything_gets_through_that_anybody_may_do() -> None:
    todo, found = list(ANYBODY), {}
    with Decoders(made(Behind.NOTHING)) as decoders:
        while todo:
            with world() as outside:
                assert outside.is_untouched
                while todo and outside.is_untouched:
                    attack = todo.pop()
                    found[attack] = tried(decoders, attack, outside.place)
    assert {attack: said for attack, said in found.items() if said != "through"} == {}


def test_there_are_enough_and_each_is_one_of_its_own() -> None:
    assert len(ANYBODY) >= 60
    assert not ANYBODY.keys() & WITH_RIGHTS.keys()
