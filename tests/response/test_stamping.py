from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import rfc3161_client
from tests.custody.conftest import ring
from tests.custody.test_standing import data, write
from tests.support.list_server import Asked, ListServer, Reply
from tests.support.stamping import StampingAuthority

from cairndesk.config import Log
from cairndesk.custody.models import Checkpoint, TimeStamp
from cairndesk.lib import clock
from cairndesk.response import jobs
from cairndesk.response.adapters.timestamps import read_roots, verify
from cairndesk.response.errors import AnswerUnreadable, FetchRefused

pytestmark = [pytest.mark.django_db, pytest.mark.req("EVD-19")]
__all__ = ["data", "ring"]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> StampingAuthority:
    return StampingAuthority(tmp_path_factory.mktemp("tsa") / "one")


@dataclass
class Answering:
    """The authority behind a server; `instead` is sent where it is set."""

    authority: StampingAuthority
    instead: bytes | None = None
    asked: list[Asked] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        return Reply(self.authority.reply(asked.body) if self.instead is None else self.instead)


@pytest.fixture
def answering(authority: StampingAuthority, data: Path, settings: Any) -> Iterator[Answering]:
    """A desk whose configuration names the authority."""
    answers = Answering(authority)
    with ListServer(answers) as server:
        settings.CAIRNDESK = settings.CAIRNDESK.model_copy(update={"log": Log(authority=f"{server.base}/tsa", authority_roots=authority.roots)})
        yield answers


def test_one_checkpoint_a_day_is_stamped_and_the_standard_tool_takes_it(answering: Answering, authority: StampingAuthority) -> None:
    assert jobs.stamp() == 0
    write(3)
    assert [jobs.stamp(), jobs.stamp()] == [1, 0]
    held = TimeStamp.objects.get()
    checkpoint = held.checkpoint
    assert checkpoint.size == 64
    assert abs(held.at - datetime.now(UTC)) < timedelta(minutes=1)
    reply, note = bytes(held.token), checkpoint.note.encode()
    assert authority.takes(reply, note)
    assert verify(reply, note, read_roots(authority.roots)) == held.at
    assert not authority.takes(reply, note.replace(b"\n64\n", b"\n65\n"))
    with pytest.raises(AnswerUnreadable):
        verify(reply, note.replace(b"\n64\n", b"\n65\n"), read_roots(authority.roots))
    # One hash goes out, and nothing of the log.
    (asked,) = answering.asked
    assert checkpoint.note.split("\n")[0].encode() not in asked.body
    assert bytes(checkpoint.root) not in asked.body


def test_the_next_day_the_next_checkpoint_is_stamped_and_none_twice(answering: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    write(1)
    assert jobs.stamp() == 1
    tomorrow = datetime.now(UTC) + timedelta(days=1, minutes=5)
    monkeypatch.setattr(clock, "now", lambda: tomorrow)
    assert jobs.stamp() == 0
    write(1)
    assert jobs.stamp() == 1
    assert TimeStamp.objects.count() == Checkpoint.objects.count() == 2


@pytest.mark.parametrize("instead", [b"", b"no reply", b"0\x03\x02\x01\x05"])
def test_a_reply_that_is_none_is_not_kept(answering: Answering, instead: bytes) -> None:
    write(1)
    answering.instead = instead
    assert jobs.stamp() == 0
    assert not TimeStamp.objects.exists()


def test_a_reply_to_another_question_or_of_another_authority_is_not_kept(answering: Answering, authority: StampingAuthority, tmp_path: Path) -> None:
    write(1)
    other = rfc3161_client.TimestampRequestBuilder().data(b"another").hash_algorithm(rfc3161_client.HashAlgorithm.SHA256).build().as_bytes()
    for instead in (authority.reply(other), None):
        answering.instead = instead
        answering.authority = StampingAuthority(tmp_path / "two") if instead is None else authority
        assert jobs.stamp() == 0
    answering.authority = authority
    assert jobs.stamp() == 1


def test_a_reply_that_was_changed_never_gives_another_time(authority: StampingAuthority, data: Path) -> None:
    """Some bits of a reply are not signed; changing them changes nothing that it says."""
    query = rfc3161_client.TimestampRequestBuilder().data(b"data").hash_algorithm(rfc3161_client.HashAlgorithm.SHA256).build()
    reply, roots = authority.reply(query.as_bytes()), read_roots(authority.roots)
    at, refused = verify(reply, b"data", roots, nonce=query.nonce), 0
    places = range(0, len(reply) * 8, 61)
    for place in places:
        changed = reply[: place // 8] + bytes([reply[place // 8] ^ 1 << place % 8]) + reply[place // 8 + 1 :]
        try:
            assert verify(changed, b"data", roots, nonce=query.nonce) == at
        except AnswerUnreadable:
            refused += 1
    assert refused > len(places) * 0.9


def test_certificates_that_are_none_are_named(tmp_path: Path) -> None:
    (tmp_path / "roots.pem").write_text("nothing")
    for path in (tmp_path / "roots.pem", tmp_path / "none.pem"):
        with pytest.raises(FetchRefused, match="authority_roots"):
            read_roots(path)
