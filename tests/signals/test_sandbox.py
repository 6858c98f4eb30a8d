"""What goes into a decoder, what may come out, and what its walls are made of. Attacks from inside are in test_escapes.py."""

import io
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from PIL import Image
from tests.synthetic import pictures

from cairndesk.signals.engine import answer, children, sandbox, walls
from cairndesk.signals.engine.answer import Answer, Format, State, Why
from cairndesk.signals.errors import MediaRefused, SandboxTooWeak

SOURCE = str(Path(walls.__file__).parents[3])
ROOT = str(Path(__file__).parents[2])


def test_other_entry_points_of_the_kernel_end_the_child() -> None:
    """On x86-64 the x32 numbers reach calls that the list does not name; elsewhere the architecture is checked."""
    start = f"import sys, ctypes; sys.path[:0] = [{SOURCE!r}]; from cairndesk.signals.engine import walls; walls.put_up(); "
    done = subprocess.run([sys.executable, "-I", "-c", start + "ctypes.CDLL(None).syscall(0x40000000 + 39)"], capture_output=True, check=False)
    assert done.returncode == -31


def test_it_refuses_to_wall_in_a_process_that_already_runs_a_thread() -> None:
    start = (
        f"import sys, threading, time; sys.path[:0] = [{SOURCE!r}]; from cairndesk.signals.engine import walls; "
        "threading.Thread(target=time.sleep, args=(1,), daemon=True).start(); walls.put_up()"
    )
    done = subprocess.run([sys.executable, "-I", "-c", start], capture_output=True, check=False)
    assert done.returncode != 0
    assert b"TooLate" in done.stderr


@pytest.mark.slow
def test_it_works_behind_the_walls_of_its_parent() -> None:
    """`work` has no /proc and no right to look around; its decoders still start, and at the same level."""
    start = f"""
import sys; sys.path[:0] = [{SOURCE!r}, {ROOT!r}]
from pathlib import Path
from cairndesk.lib import landlock, seccomp
from cairndesk.signals.engine import sandbox
code = [Path(sys.prefix), Path(sys.base_prefix), Path({SOURCE!r}), *map(Path, ("/usr", "/lib", "/lib64", "/etc/ld.so.cache"))]
devices = landlock.grants(map(Path, ("/dev/null", "/dev/urandom")), landlock.DEVICE)
landlock.enclose(landlock.Wall([*landlock.grants(code, landlock.READ), *devices]))
seccomp.refuse(seccomp.FOR_A_LISTENER)
print(int(sandbox.level()[0]), sandbox.hash_media(sys.stdin.buffer.read(), seconds=60).seen.state)
"""
    environment = {"OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-I", "-c", start], input=pictures.encoded(pictures.scene()), capture_output=True, env=environment, check=False
    )
    assert done.stdout.decode().split() == [str(int(sandbox.level()[0])), "hashed"], done.stderr.decode()


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_no_jump_of_the_filter_leaves_it_and_it_ends_in_a_verdict(machine: str) -> None:
    lines = list(struct.iter_unpack("=HBBI", walls.program(machine)))
    for place, (code, if_true, if_false, _) in enumerate(lines):
        if code & 0x07 == 0x05:
            assert place + 1 + max(if_true, if_false) < len(lines)
    assert lines[-1] == (0x06, 0, 0, 0x00050001)


def verdict(machine: str, architecture: int, number: int, third: int = 0) -> int:
    """What the filter says to a call, by a small reading of BPF in Python."""
    lines = list(struct.iter_unpack("=HBBI", walls.program(machine)))
    data, register, place = {0: number, 4: architecture, 32: third}, 0, 0
    while True:
        code, if_true, if_false, value = lines[place]
        if code == 0x06:
            return value
        if code == 0x20:
            register, jump = data[value], 0
        else:
            holds = {0x15: register == value, 0x35: register >= value, 0x45: bool(register & value)}[code]
            jump = if_true if holds else if_false
        place += 1 + jump


def test_the_filter_allows_exactly_what_is_listed() -> None:
    for machine, architecture, column in (("x86_64", 0xC000003E, 0), ("aarch64", 0xC00000B7, 1)):
        listed = {numbers[column] for numbers in walls._ALLOWED.values()}
        mapping = {numbers[column] for numbers in walls._WITHOUT_EXEC.values()}
        allowed = {number for number in range(600) if verdict(machine, architecture, number) == 0x7FFF0000}
        assert allowed == listed | mapping
        assert all(verdict(machine, architecture, number, third=7) == 0x00050001 for number in mapping)
        assert verdict(machine, architecture ^ 1, 0) == 0x80000000


# What goes in, and what becomes of it.


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_each_allowed_format_is_hashed(form: str) -> None:
    kept = sandbox.hash_media(pictures.encoded(pictures.scene(), form), seconds=60)
    assert kept.seen.state is State.HASHED
    assert kept.seen.format.name == form
    assert (kept.seen.width, kept.seen.height) == (400, 300)
    assert kept.seen.level >= walls.Level.MINIMAL
    assert [identifier.kind.value for identifier in kept.identifiers()] == ["md5", "sha1", "sha256", *["pdq"] * 8]


def test_a_plain_picture_is_not_looked_up_by_likeness() -> None:
    kept = sandbox.hash_media(pictures.encoded(pictures.plain()), seconds=60)
    assert kept.seen.state is State.TOO_PLAIN
    assert [identifier.kind.value for identifier in kept.identifiers()] == ["md5", "sha1", "sha256"]


def png(width: int, height: int, pixels: bytes) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + pictures.chunk(b"IHDR", head) + pictures.chunk(b"IDAT", pixels) + pictures.chunk(b"IEND", b"")


def zeroes(count: int) -> bytes:
    """`count` bytes of nothing, as small as deflate makes them."""
    packer = zlib.compressobj(9)
    parts = [packer.compress(bytes(1 << 20)) for _ in range(count >> 20)]
    return b"".join(parts) + packer.flush()


def tiff_of_itself() -> bytes:
    """A TIFF whose first directory names itself as the next."""
    return b"II*\0" + struct.pack("<I", 8) + struct.pack("<HHHIIHHIII", 2, 256, 4, 1, 1 << 20, 257, 4, 1, 1 << 20, 8)


def gif_of_many_frames() -> bytes:
    head = b"GIF89a" + struct.pack("<HHBBB", 60_000, 60_000, 0x80, 0, 0) + bytes(6)
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 60_000, 60_000, 0) + b"\x02\x02\x44\x01\x00"
    return head + frame * 10_000 + b";"


def text_bomb() -> bytes:
    packed = b"note\0\0" + zeroes(256 << 20)
    whole = pictures.encoded(pictures.scene(64, 64))
    return whole[:33] + pictures.chunk(b"zTXt", packed) + whole[33:]


HOSTILE = {
    "pixel flood (PNG)": (lambda: png(100_000, 100_000, zeroes(1 << 20)), Why.TOO_MANY_PIXELS),
    "just over the cap (PNG)": (lambda: png(10_000, 5_001, zeroes(1 << 20)), Why.TOO_MANY_PIXELS),
    "one endless row (PNG)": (lambda: png(1_000_000, 1, zeroes(1 << 20)), Why.TOO_MANY_PIXELS),
    "deflate bomb (PNG)": (lambda: png(100, 100, zeroes(512 << 20)), None),
    "text bomb (PNG)": (text_bomb, None),
    "huge claims (BMP)": (lambda: bmp(60_000, 60_000), Why.TOO_MANY_PIXELS),
    "huge canvas, many frames (GIF)": (gif_of_many_frames, Why.TOO_MANY_PIXELS),
    "a directory that names itself (TIFF)": (tiff_of_itself, None),
    "cut short (JPEG)": (lambda: pictures.encoded(pictures.scene(), "JPEG")[:4000], Why.BROKEN),
    "cut short (PNG)": (lambda: pictures.encoded(pictures.scene())[:4000], Why.BROKEN),
    "nothing": (lambda: b"", Why.UNKNOWN_FORMAT),
    "text": (lambda: b"GIF this is no picture", Why.UNKNOWN_FORMAT),
    "a format that is not on the list (PPM)": (lambda: pictures.encoded(pictures.scene(), "PPM"), Why.UNKNOWN_FORMAT),
    "a format that is not on the list (ICO)": (lambda: pictures.encoded(pictures.scene(64, 64), "ICO"), Why.UNKNOWN_FORMAT),
    "a format that runs a programme (EPS)": (lambda: pictures.encoded(pictures.scene(64, 64), "EPS"), Why.UNKNOWN_FORMAT),
}


def bmp(width: int, height: int) -> bytes:
    return b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)


@pytest.mark.slow
@pytest.mark.parametrize("trap", HOSTILE)
def test_a_hostile_file_is_unrenderable_and_its_digests_are_kept(trap: str) -> None:
    make, why = HOSTILE[trap]
    data = make()
    # On a busy machine the limit on processor time decides, not the one on the clock.
    kept = sandbox.hash_media(data, seconds=60)
    assert kept.digests.size == len(data)
    if trap == "deflate bomb (PNG)":
        # The picture itself is whole; what follows it is never unpacked.
        assert kept.seen.state in {State.TOO_PLAIN, State.UNRENDERABLE}
        return
    assert kept.seen.state is State.UNRENDERABLE
    assert kept.seen.why is why or why is None


def test_a_child_that_lingers_is_ended() -> None:
    command = [sys.executable, "-I", "-c", "import time; time.sleep(60)"]
    assert children.hear(sandbox.PICTURE, command, bytes(1 << 20), seconds=0.3) == Answer(State.UNRENDERABLE, Why.TOO_SLOW)


@pytest.mark.slow
def test_a_child_that_spins_is_ended_by_the_kernel() -> None:
    start = f"import sys; sys.path[:0] = [{SOURCE!r}]; from cairndesk.signals.engine import walls; walls.put_up(walls.Limits(1 << 30, 1))"
    start += "\nwhile True: pass"
    assert children.hear(sandbox.PICTURE, [sys.executable, "-I", "-c", start], b"", seconds=60) == Answer(State.UNRENDERABLE, Why.CHILD_DIED)


SAYS = {
    "nothing": "pass",
    "too little": "os.write(1, b'CDM1')",
    "too much": f"os.write(1, b'CDM1' + bytes({answer.LENGTH}))",
    "endlessly much": "\nwhile True: os.write(1, bytes(1 << 16))",
    "something else": f"os.write(1, bytes({answer.LENGTH}))",
    "a crash": "os.abort()",
}


@pytest.mark.parametrize("saying", SAYS)
def test_a_child_that_says_anything_but_the_header_is_not_believed(saying: str) -> None:
    command = [sys.executable, "-I", "-c", f"import os; {SAYS[saying]}"]
    assert children.hear(sandbox.PICTURE, command, bytes(1 << 20), seconds=30) == Answer(State.UNRENDERABLE, Why.CHILD_DIED)


def test_the_header_round_trips_and_refuses_what_is_out_of_range() -> None:
    said = Answer(State.HASHED, level=3, abi=7, format=Format.TIFF, path=65, orientation=8, quality=100, width=9, height=8, hashes=bytes(range(256)))
    raw = answer.encode(said)
    assert answer.decode(raw) == said
    for place, value in ((4, 9), (5, 99), (7, 0xFF), (10, 0), (10, 9), (11, 101)):
        assert answer.decode(raw[:place] + bytes([value]) + raw[place + 1 :]) is None


def test_nothing_is_parsed_below_the_minimum_level() -> None:
    class Better:
        name = "BETTER"

        def __int__(self) -> int:
            return 9

    with pytest.raises(SandboxTooWeak):
        sandbox.hash_media(pictures.encoded(pictures.scene()), minimum=Better())  # type: ignore[arg-type]


def test_a_file_over_the_limit_is_refused_before_anything_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "MAX_BYTES", 10)
    monkeypatch.setattr(sandbox, "ask", lambda *_, **__: pytest.fail("a child was started"))
    with pytest.raises(MediaRefused):
        sandbox.hash_media(bytes(11))


@pytest.mark.slow
def test_the_largest_allowed_picture_is_hashed_within_the_limits() -> None:
    small = pictures.scene(1000, 1000)
    large = Image.new("RGB", (7071, 7071))
    for left in range(0, 7071, 1000):
        for top in range(0, 7071, 1000):
            large.paste(small, (left, top))
    buffer = io.BytesIO()
    large.save(buffer, "JPEG", quality=70)
    assert sandbox.hash_media(buffer.getvalue(), seconds=60).seen.state is State.HASHED
