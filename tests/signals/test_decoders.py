"""A copy of the stem answers as a program of its own would, and the stem outlives whatever a file does to it."""

import io
import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest
from PIL import Image
from tests.synthetic import pictures

from cairndesk.signals.engine import child, sandbox
from cairndesk.signals.engine.answer import State, Why
from cairndesk.signals.engine.decoders import Decoders
from cairndesk.signals.errors import MediaRefused, SandboxTooWeak

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def decoders() -> Iterator[Decoders]:
    with Decoders() as made:
        yield made


@contextmanager
def as_file(data: bytes) -> Iterator[IO[bytes]]:
    with tempfile.TemporaryFile() as stream:
        stream.write(data)
        stream.flush()
        yield stream


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_it_answers_as_a_new_program_does(kind: str, decoders: Decoders) -> None:
    data = pictures.encoded(pictures.scene(240, 180), kind)
    with as_file(data) as file:
        seen = decoders.look(file.fileno())
    assert seen.state is State.HASHED
    assert seen == sandbox.hash_media(data).seen


def test_exactly_is_handed_on(decoders: Decoders) -> None:
    data = pictures.encoded(pictures.scene(240, 180), "JPEG", quality=60)
    with as_file(data) as file:
        exact, quick = decoders.look(file.fileno(), exactly=True), decoders.look(file.fileno())
    assert exact.hashes == child.look(data, exactly=True).hashes
    assert exact.path != quick.path


def test_a_copy_holds_nothing_but_its_file_and_its_mouth(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w+b") as file, (tmp_path / "held").open("wb"):
        ear, mouth = os.pipe()
        if os.fork() == 0:
            try:
                child._become(file.fileno(), mouth)
                os.write(1, ",".join(sorted(held.name for held in Path("/proc/self/fd").iterdir())).encode())
            finally:
                os._exit(0)
        os.close(mouth)
        # The third is the folder that was being listed.
        assert os.read(ear, 100) == b"0,1,2"
        os.close(ear)
        os.wait()


def test_a_broken_file_and_an_empty_one_are_unrenderable(decoders: Decoders) -> None:
    whole = pictures.encoded(pictures.scene(240, 180), "PNG")
    for data in (b"", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, whole[: len(whole) // 2]):
        with as_file(data) as file:
            assert decoders.look(file.fileno()).state is State.UNRENDERABLE
    with as_file(whole) as file:
        assert decoders.look(file.fileno()).state is State.HASHED


def test_a_child_that_lingers_is_killed(decoders: Decoders) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (6000, 6000)).save(buffer, "PNG")
    with as_file(buffer.getvalue()) as file:
        assert decoders.look(file.fileno(), seconds=0.05).why in {Why.TOO_SLOW, Why.CHILD_DIED}
        assert decoders.look(file.fileno()).state is State.TOO_PLAIN


def test_another_stem_takes_the_place_of_one_that_died() -> None:
    with Decoders() as decoders, as_file(pictures.encoded(pictures.scene(240, 180))) as file:
        assert decoders.look(file.fileno()).state is State.HASHED
        assert decoders._stem is not None
        os.kill(decoders._stem.pid, signal.SIGKILL)
        decoders._stem.wait()
        assert decoders.look(file.fileno()).why is Why.CHILD_DIED
        assert decoders.look(file.fileno()).state is State.HASHED


def test_walls_below_the_minimum_and_a_file_over_the_limit_are_refused() -> None:
    class Better:
        name = "BETTER"

        def __int__(self) -> int:
            return 9

    with Decoders(minimum=Better()) as decoders, as_file(b"x") as file:  # type: ignore[arg-type]
        with pytest.raises(SandboxTooWeak):
            decoders.look(file.fileno())
        os.ftruncate(file.fileno(), sandbox.MAX_BYTES + 1)
        with pytest.raises(MediaRefused):
            decoders.look(file.fileno())


def test_nothing_of_it_stays() -> None:
    with Decoders() as decoders, as_file(pictures.encoded(pictures.scene(80, 60))) as file:
        decoders.look(file.fileno())
        stem = decoders._stem
    assert stem is not None
    assert stem.returncode == -signal.SIGKILL
