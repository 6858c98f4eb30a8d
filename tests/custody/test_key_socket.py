import contextlib
import os
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.custody.conftest import ONE, TWO, part_of
from tests.support.threads import in_threads

from cairndesk.custody.adapters import wire
from cairndesk.custody.adapters.key_socket import KeyClient, KeyServer
from cairndesk.custody.errors import BadRequest, CannotOpen, DeskLocked, Stranger, UnknownKey
from cairndesk.custody.sealing import hpke, intake, items
from cairndesk.custody.sealing.keyring import Keyring

OURS = frozenset({os.getuid()})


@pytest.fixture
def near() -> Iterator[Path]:
    """A folder with a short name: the kernel takes at most 107 bytes for the address of a socket."""
    with tempfile.TemporaryDirectory(prefix="k", dir="/tmp") as folder:
        yield Path(folder)


@pytest.fixture
def desk(ring: Keyring, near: Path) -> Iterator[Path]:
    path = near / "keys.sock"
    with KeyServer(ring, path, allowed_uids=OURS):
        yield path


def ask_raw(path: Path, data: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(5)
        line.connect(str(path))
        line.sendall(data)
        line.shutdown(socket.SHUT_WR)
        answer = b""
        # A desk that hangs up on what it has not read resets the line; what it said before has arrived.
        with contextlib.suppress(ConnectionResetError):
            while more := line.recv(4096):
                answer += more
        return answer


def framed(body: bytes) -> bytes:
    return struct.pack("!I", len(body)) + body


def test_every_question_is_answered_as_the_ring_itself_would(ring: Keyring, desk: Path) -> None:
    client = KeyClient(desk)
    blob = hpke.seal(client.own_public(ONE), b"told in confidence", b"context")
    assert client.unseal(ONE, blob, b"context") == b"told in confidence"
    assert client.blind_index(ONE, "url", "x.example") == ring.blind_index(ONE, "url", "x.example")
    assert client.sign("log", b"m") == ring.sign("log", b"m")
    assert client.public("export") == ring.public("export")
    made = client.add_intake(ONE, TWO, part_of(TWO), 3, 7)
    said = intake.statement(organisation=ONE, number=3, opens=7, public=made[:32])
    assert intake.is_vouched_for(ring.public("log"), said, made[32:])
    ring.second_of = part_of
    to_week = hpke.seal(made[:32], bytes(32), b"context")
    [fresh] = client.rewrap(ONE, [(to_week, b"context")])
    assert (hpke.sealed_to(fresh), ring.unseal(ONE, fresh, b"context")) == (hpke.key_id(ring.own_public(ONE)), bytes(32))
    client.drop_intake(ONE, made[:32])
    with pytest.raises(UnknownKey):
        client.unseal(ONE, to_week, b"context")


@pytest.mark.parametrize("length", [107, 108, 250])
def test_a_path_of_any_length_leads_to_the_desk_and_nobody_is_left_standing_there(ring: Keyring, near: Path, length: int) -> None:
    folder = near / ("d" * (length - len(str(near)) - len("//keys.sock")))
    folder.mkdir()
    path, here = folder / "keys.sock", Path.cwd()
    assert len(str(path)) == length
    with KeyServer(ring, path, allowed_uids=OURS):
        assert [part.name for part in folder.iterdir()] == ["keys.sock"]
        publics = in_threads(*[lambda: KeyClient(path).own_public(ONE)] * 4)
        assert set(publics) == {ring.own_public(ONE)}
    assert Path.cwd() == here
    with pytest.raises(DeskLocked):
        KeyClient(path).own_public(ONE)
    assert Path.cwd() == here


def test_work_is_given_the_key_of_one_item_and_not_the_organisations(ring: Keyring, desk: Path) -> None:
    parts = items.seal(ring.own_public(ONE), part_of(TWO), b"x" * 300_000, organisation=ONE, item=TWO, purpose="note")
    assert items.unseal(KeyClient(desk), part_of, parts, organisation=ONE, item=TWO, purpose="note") == b"x" * 300_000


def test_refusals_travel_with_their_meaning(ring: Keyring, desk: Path) -> None:
    client, blob = KeyClient(desk), hpke.seal(ring.own_public(ONE), b"x", b"context")
    with pytest.raises(CannotOpen):
        client.unseal(ONE, blob, b"another context")
    with pytest.raises(UnknownKey):
        client.unseal(TWO, blob, b"context")
    with pytest.raises(UnknownKey):
        client.sign("anything", b"m")
    with pytest.raises(BadRequest):
        client.unseal(ONE, blob, b"")
    assert client.unseal(ONE, blob, b"context") == b"x"


def test_a_stranger_is_refused_whatever_they_ask(ring: Keyring, near: Path) -> None:
    path = near / "keys.sock"
    with KeyServer(ring, path, allowed_uids={os.getuid() + 1}), pytest.raises(Stranger):
        KeyClient(path).public("log")


def test_the_socket_is_open_to_owner_and_group_only(desk: Path) -> None:
    assert stat.S_IMODE(desk.stat().st_mode) == 0o660


def test_an_absent_desk_is_a_reason_to_try_again_later(near: Path) -> None:
    with pytest.raises(DeskLocked) as refused:
        KeyClient(near / "keys.sock").public("log")
    assert refused.value.retryable


def test_a_desk_that_is_killed_in_the_middle_of_an_answer_is_away_and_has_not_refused(near: Path) -> None:
    path = near / "keys.sock"

    def break_off(listener: socket.socket) -> None:
        line, _ = listener.accept()
        line.recv(65536)
        line.sendall((100).to_bytes(4, "big") + b'{"ok": "')
        line.close()

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        thread = threading.Thread(target=break_off, args=(listener,))
        thread.start()
        with pytest.raises(DeskLocked):
            KeyClient(path).unseal(ONE, b"blob", b"context")
        thread.join()


def test_a_desk_that_restarts_is_found_again_without_a_new_client(ring: Keyring, near: Path) -> None:
    path = near / "keys.sock"
    client = KeyClient(path)
    with KeyServer(ring, path, allowed_uids=OURS):
        client.public("log")
    with pytest.raises(DeskLocked):
        client.public("log")
    with KeyServer(ring, path, allowed_uids=OURS):
        assert client.public("log") == ring.public("log")


def test_a_socket_left_by_a_killed_desk_is_replaced(ring: Keyring, near: Path) -> None:
    path = near / "keys.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    with KeyServer(ring, path, allowed_uids=OURS):
        assert KeyClient(path).public("log") == ring.public("log")


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.binary(max_size=200).map(framed)))
def test_no_bytes_from_outside_stop_the_desk_from_answering(ring: Keyring, desk: Path, data: bytes) -> None:
    ask_raw(desk, data)
    assert KeyClient(desk).public("log") == ring.public("log")


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"null",
        b"{}",
        b'{"do": "steal"}',
        b'{"do": "unseal"}',
        b'{"do": "unseal", "organisation": 5, "blob": "", "context": "eA=="}',
        b'{"do": "unseal", "organisation": "zz", "blob": "AAAA", "context": "eA=="}',
        b'{"do": "sign", "purpose": "log", "message": "***"}',
        b'{"do": ["unseal"]}',
        b"[" * 5000,
    ],
)
def test_a_malformed_question_is_named_and_the_line_closed(desk: Path, body: bytes) -> None:
    assert b'"custody.bad_key_request"' in ask_raw(desk, framed(body))


def test_a_message_over_the_limit_is_refused_before_it_is_read(desk: Path) -> None:
    assert b'"custody.bad_key_request"' in ask_raw(desk, struct.pack("!I", wire.LIMIT + 1))
    with pytest.raises(BadRequest):
        KeyClient(desk).sign("log", b"x" * wire.LIMIT)


def test_many_callers_at_once_all_get_their_own_answer(ring: Keyring, desk: Path) -> None:
    client = KeyClient(desk)
    asked = [lambda n=n: (n, client.blind_index(ONE, "url", str(n))) for n in range(100)]  # type: ignore[misc]
    assert all(answer == ring.blind_index(ONE, "url", str(n)) for n, answer in in_threads(*asked))


ANOTHER_PROCESS = """
import sys
import threading
from pathlib import Path
from uuid import UUID
from cairndesk.custody.adapters.key_socket import KeyClient
sys.stdout.buffer.write(KeyClient(Path(sys.argv[1])).unseal(UUID(sys.argv[2]), bytes.fromhex(sys.argv[3]), b"context"))
"""


@pytest.mark.req("EVD-21")
def test_another_process_opens_through_the_desk_and_holds_no_key(ring: Keyring, desk: Path) -> None:
    blob = hpke.seal(ring.own_public(ONE), b"told in confidence", b"context")
    command = [sys.executable, "-c", ANOTHER_PROCESS, str(desk), str(ONE), blob.hex()]
    environment = {"PYTHONPATH": os.pathsep.join(sys.path), "PATH": os.defpath}
    done = subprocess.run(command, capture_output=True, check=True, env=environment, timeout=30)
    assert done.stdout == b"told in confidence"
