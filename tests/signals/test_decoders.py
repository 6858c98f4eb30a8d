"""A copy of the stem answers as a program of its own would, and the stem outlives whatever a file does to it."""

import fcntl
import io
import os
import select
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest
from PIL import Image
from tests.synthetic import pictures

from cairndesk.signals.engine import child, sandbox, stem
from cairndesk.signals.engine.answer import AS_USUAL, EXACTLY, Answer, State, Why
from cairndesk.signals.engine.children import SOURCE, Program
from cairndesk.signals.engine.decoders import Decoders

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def decoders() -> Iterator[Decoders[Answer]]:
    with Decoders(sandbox.PICTURE) as made:
        yield made


@contextmanager
def as_file(data: bytes) -> Iterator[IO[bytes]]:
    with tempfile.TemporaryFile() as stream:
        stream.write(data)
        stream.flush()
        yield stream


def look(decoders: Decoders[Answer], file: IO[bytes], order: bytes = AS_USUAL, seconds: float = sandbox.SECONDS) -> Answer:
    return decoders.look(file.fileno(), order, seconds=seconds)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_it_answers_as_a_new_program_does(kind: str, decoders: Decoders[Answer]) -> None:
    data = pictures.encoded(pictures.scene(240, 180), kind)
    with as_file(data) as file:
        seen = look(decoders, file)
    assert seen.state is State.HASHED
    assert seen == sandbox.hash_media(data).seen


def test_exactly_is_handed_on(decoders: Decoders[Answer]) -> None:
    data = pictures.encoded(pictures.scene(240, 180), "JPEG", quality=60)
    with as_file(data) as file:
        exact, quick = look(decoders, file, EXACTLY), look(decoders, file)
    assert exact.hashes == child.look(data, exactly=True).hashes
    assert exact.path != quick.path


def test_a_copy_holds_nothing_but_its_file_and_its_mouth(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w+b") as file, (tmp_path / "other").open("wb") as other:
        # However many a process holds, and however high their numbers.
        high = fcntl.fcntl(other, fcntl.F_DUPFD_CLOEXEC, 900)
        ear, mouth = os.pipe()
        if os.fork() == 0:
            try:
                stem.become(file.fileno(), mouth)
                os.write(1, ",".join(sorted(held.name for held in Path("/proc/self/fd").iterdir())).encode())
            finally:
                os._exit(0)
        os.close(mouth)
        # The third is the folder that was being listed.
        assert os.read(ear, 100) == b"0,1,2"
        os.close(ear)
        os.close(high)
        os.wait()


def test_a_broken_file_and_an_empty_one_are_unrenderable(decoders: Decoders[Answer]) -> None:
    whole = pictures.encoded(pictures.scene(240, 180), "PNG")
    for data in (b"", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, whole[: len(whole) // 2]):
        with as_file(data) as file:
            assert look(decoders, file).state is State.UNRENDERABLE
    with as_file(whole) as file:
        assert look(decoders, file).state is State.HASHED


def test_a_child_that_lingers_is_killed(decoders: Decoders[Answer]) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (6000, 6000)).save(buffer, "PNG")
    with as_file(buffer.getvalue()) as file:
        assert look(decoders, file, seconds=0.05).why in {Why.TOO_SLOW, Why.CHILD_DIED}
        assert look(decoders, file).state is State.TOO_PLAIN


class Lingering(Program[int]):
    """Its children say their number, close their mouth, and stay."""

    def command(self, door: str, *arguments: str) -> list[str]:
        told = "os.write(1, str(os.getpid()).encode()); os.close(1); time.sleep(600)"
        text = f"import os, sys, time; sys.path.insert(0, sys.argv[1]); from {stem.__name__} import copy_for_each as each; "
        return [sys.executable, "-I", "-c", text + f"each(int(sys.argv[3]), lambda *_: exec({told!r}))", str(SOURCE), *arguments]


def test_a_child_that_has_answered_and_stays_is_killed() -> None:
    with Decoders(Lingering("none", 20, int, lambda _: 0)) as decoders, as_file(b"x") as file:
        child = decoders.look(file.fileno(), AS_USUAL, seconds=60)
        state, until = Path(f"/proc/{child}/stat"), time.monotonic() + 10
        assert child
        while (left := state.exists() and state.read_text().rpartition(")")[2].split()[0] != "Z") and time.monotonic() < until:
            time.sleep(0.01)
        assert not left


def test_another_stem_takes_the_place_of_one_that_died() -> None:
    with Decoders(sandbox.PICTURE) as decoders, as_file(pictures.encoded(pictures.scene(240, 180))) as file:
        assert look(decoders, file).state is State.HASHED
        assert decoders._stem is not None
        assert decoders._line is not None
        first = decoders._stem.pid
        os.kill(first, signal.SIGKILL)
        line = select.poll()
        line.register(decoders._line, 0)
        assert line.poll(10_000), "its end of the line is open still"
        assert look(decoders, file).state is State.HASHED
        assert decoders._stem.pid != first


def test_nothing_is_parsed_below_the_minimum() -> None:
    class Better:
        name = "BETTER"

        def __int__(self) -> int:
            return 9

    with Decoders(sandbox.PICTURE, minimum=Better()) as decoders, as_file(pictures.encoded(pictures.scene(80, 60))) as file:  # type: ignore[arg-type]
        assert look(decoders, file).why is Why.WEAK_WALLS


def test_nothing_of_it_stays() -> None:
    with Decoders(sandbox.PICTURE) as decoders, as_file(pictures.encoded(pictures.scene(80, 60))) as file:
        look(decoders, file)
        process = decoders._stem
    assert process is not None
    assert process.returncode == -signal.SIGKILL
