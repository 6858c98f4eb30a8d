"""A file that cannot be opened now waits, longer each time; one that was set aside is taken up again when its key comes back."""

import errno
import os
from datetime import timedelta

import pytest
from tests.intake.conftest import HOUR
from tests.intake.test_drain import NOW_IN_DANGER, TOLD, told
from tests.support.week import give_week

from cairndesk import doctor
from cairndesk.cases.models import Case
from cairndesk.config import Config
from cairndesk.custody import access
from cairndesk.custody.actions.intake_keys import KEPT_FOR, LOOKS
from cairndesk.custody.adapters.key_socket import KeyClient, KeyServer
from cairndesk.custody.errors import BadRequest, CustodyError, DeskLocked, Stranger, UnknownKey
from cairndesk.custody.models import IntakeKey
from cairndesk.custody.sealing import hpke
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.intake import actions, jobs, queries
from cairndesk.intake.rules import Fragment, Kind, Path, fragment_context
from cairndesk.intake.spool import SpoolFile
from cairndesk.lib import clock

pytestmark = pytest.mark.django_db


class Refusing:
    """The ring of the desk behind a line that gives another answer while `answer` is set."""

    def __init__(self, keys, answer: Exception | None) -> None:
        self.keys, self.answer, self.asked = keys, answer, 0

    def __getattr__(self, name: str):
        if name == "unseal" and self.answer is not None:
            return self._refuse
        return getattr(self.keys, name)

    def _refuse(self, *_: object) -> bytes:
        self.asked += 1
        raise self.answer


@pytest.fixture
def refusing(ring):
    """Keys that refuse; the desk's own answer comes back once `answer` is None."""
    held = Refusing(ring, None)
    access.use(held)
    return held


@pytest.fixture
def passing(monkeypatch):
    """Moves the clock of the drain on."""
    now = [clock.now()]
    monkeypatch.setattr(clock, "now", lambda: now[0])

    def later(**spans) -> None:
        now[0] += timedelta(**spans)

    return later


@pytest.mark.parametrize("refusal", [Stranger(), BadRequest(), CustodyError(), UnknownKey()], ids=lambda error: type(error).__name__)
def test_what_the_desk_cannot_open_now_waits_longer_each_time_and_is_taken_in_when_it_can(put, spool, refusing, passing, refusal):
    put(TOLD, done=True)
    put(TOLD, done=True, draft="f" * 32)
    refusing.answer = refusal
    tries = []
    for turn in range(70):
        before = refusing.asked
        assert jobs.drain(spool) == 0
        tries += [turn] if refusing.asked > before else []
        passing(seconds=30)
    # In steps of half a minute: for the desk as a whole, a minute at most, or for each of the two files, ten.
    assert tries == ([0, *range(1, 70, 2)] if isinstance(refusal, Stranger) else [0, 1, 3, 7, 15, 31, 51])
    assert (len(spool.names()), spool.aside()) == (2, [])
    assert queries.spool_health().put_off > 0
    refusing.answer = None
    passing(minutes=10)
    assert jobs.drain(spool) == 2
    assert (Case.objects.count(), spool.names(), queries.spool_health().put_off) == (2, [], 0)


def test_a_file_that_waits_holds_up_neither_another_nor_an_alarm(put, spool, one, ring, monkeypatch):
    put(NOW_IN_DANGER, draft="f" * 32)
    put(TOLD, done=True)
    real = ring.unseal
    refused = []

    def unseal(organisation, blob, context):
        if not refused or refused[0] == blob:
            refused[:] = [blob]
            raise UnknownKey
        return real(organisation, blob, context)

    monkeypatch.setattr(ring, "unseal", unseal)
    assert jobs.drain(spool) == 1
    assert [alarm.case for alarm in queries.ringing(one.pk)] == [None]
    assert (Case.objects.count(), len(spool.names()), spool.aside()) == (1, 1, [])


def test_what_was_set_aside_is_taken_in_when_its_key_comes_back(put, spool, one, two, ring):
    for _ in range(2):
        put(TOLD, to=one, sealed_to=two, done=True)
    (own,) = (put(TOLD, done=True, draft="f" * 32),)
    lost = Keyring.create([one.pk, two.pk])
    # Nobody knows any more that this desk ever gave its key out.
    known = IntakeKey.objects.filter(organisation=one.pk)
    rows = list(known)
    known.delete()
    access.use(lost)
    assert jobs.drain(spool) == 0
    assert (len(spool.aside()), spool.names(), queries.spool_health().aside) == (3, [], 3)
    assert jobs.take_up_again(spool) == 0
    filed = spool.filed_at(f"{own}.aside")
    access.use(ring)
    IntakeKey.objects.bulk_create(rows)
    assert jobs.take_up_again(spool) == 1
    assert (spool.names(), spool.filed_at(own), len(spool.aside())) == ([own], filed, 2)
    assert jobs.drain(spool) == 1
    assert (told(Case.objects.get()), queries.spool_health().aside) == (TOLD, 2)


@pytest.mark.parametrize("refusal", [DeskLocked(), Stranger()], ids=lambda error: type(error).__name__)
def test_nothing_that_was_set_aside_moves_while_the_desk_gives_no_keys(put, spool, two, refusing, refusal):
    put(TOLD, sealed_to=two, done=True)
    jobs.drain(spool)
    refusing.answer = refusal
    assert jobs.take_up_again(spool) == 0
    assert len(spool.aside()) == 1


@pytest.mark.parametrize("number", [errno.EMFILE, errno.EACCES, errno.EIO], ids=["no descriptor", "no right", "bad disk"])
def test_what_the_machine_cannot_read_now_is_not_set_aside(put, spool, passing, monkeypatch, number):
    name = put(NOW_IN_DANGER)
    put(TOLD, done=True, draft="f" * 32)
    real = os.open

    def refused(path, *given, **named):
        if path == name:
            raise OSError(number, os.strerror(number))
        return real(path, *given, **named)

    with monkeypatch.context() as machine:
        machine.setattr(os, "open", refused)
        assert jobs.drain(spool) == 1
    assert (spool.names(), spool.aside(), Case.objects.count()) == ([name], [], 1)
    passing(seconds=31)
    assert jobs.drain(spool) == 1
    assert (spool.names(), Case.objects.count()) == ([], 2)


def test_many_files_that_stumble_never_fill_every_turn(put, spool, passing, monkeypatch):
    stuck = put(TOLD, done=True)
    put(TOLD, done=True, draft="f" * 32)
    real = actions.receive_report

    def stumble(*, files, **rest):
        if stuck in {file.name for file in files}:
            raise ValueError("a fault of ours")
        return real(files=files, **rest)

    monkeypatch.setattr(jobs, "FILES_A_TURN", 1)
    with monkeypatch.context() as broken:
        broken.setattr(actions, "receive_report", stumble)
        with pytest.raises(ValueError, match="a fault of ours"):
            jobs.drain(spool)
        assert jobs.drain(spool) == 1
    assert (spool.names(), spool.aside()) == ([stuck], [])
    passing(seconds=31)
    assert (jobs.drain(spool), Case.objects.count()) == (1, 2)


def test_files_that_never_open_keep_none_that_was_set_aside_from_its_turn(put, spool, ring, monkeypatch):
    (own,) = (spool.set_aside(put(TOLD, done=True)),)
    for number in range(4):
        torn = os.open(f"{number:032x}.frag.aside", os.O_WRONLY | os.O_CREAT, 0o600, dir_fd=spool._directory)
        os.utime(torn, (number, number))
        os.close(torn)
    monkeypatch.setattr(jobs, "FILES_A_TURN", 1)
    assert sum(jobs.take_up_again(spool) for _ in range(200)) == 1
    assert (spool.names(), len(spool.aside())) == ([own.removesuffix(".aside")], 4)


def test_a_desk_that_is_locked_restarts_or_has_no_new_key_yet_costs_no_file(put, spool, one, ring, passing, tmp_path):
    """On the real line between work and desk: what is told meanwhile is neither lost nor set aside, and comes in by itself."""
    path = tmp_path / "keys.sock"
    access.use(KeyClient(path))
    newer = Keyring.from_bytes(ring.to_bytes())
    put(TOLD, done=True)
    newest = give_week(newer, one.pk, number=2)
    told = {"kind": Kind.ANSWERS, "organisation": str(one.pk), "hour": HOUR, "draft": "f" * 32, "path": Path.CHILD, "step": 1, "counter": 1}
    fragment = Fragment(**told, answers=TOLD, done=True)
    spool.put(SpoolFile(one.pk, False, hpke.seal(bytes(newest.public), fragment.to_json(), fragment_context(one.pk))))
    # Locked: nobody answers. Then a desk that still has the older ring, then none while it restarts, then one with the key.
    assert (jobs.drain(spool), len(spool.names())) == (0, 2)
    with KeyServer(ring, path, allowed_uids={os.getuid()}):
        assert (jobs.drain(spool), len(spool.names()), Case.objects.count()) == (1, 1, 1)
    assert (jobs.drain(spool), len(spool.names())) == (0, 1)
    with KeyServer(newer, path, allowed_uids={os.getuid()}):
        passing(minutes=10)
        assert (jobs.drain(spool), Case.objects.count()) == (1, 2)
    assert (spool.names(), spool.aside()) == ([], [])


def test_a_file_that_is_sealed_to_a_destroyed_key_is_kept_aside_and_the_doctor_says_what_it_is(put, spool, one, ring, data):
    """From a portal that was away for weeks, or shows a folder which is copied to it."""
    put(TOLD, done=True)
    old = IntakeKey.objects.get(organisation=one.pk)
    give_week(ring, one.pk, number=2)
    ring.drop_intake(one.pk, bytes(old.public))
    IntakeKey.objects.filter(pk=old.pk).update(destroyed_at=clock.now())
    assert jobs.drain(spool) == 0
    assert (spool.names(), len(spool.aside()), jobs.take_up_again(spool)) == ([], 1, 0)
    [_, *found] = doctor.spool(Config(data=data), clock.now())
    assert [finding.level for finding in found] == [doctor.Level.PROBLEM]
    assert "destroyed: nobody can open them" in found[0].says


def test_no_key_is_destroyed_while_a_file_is_sealed_to_it_set_aside_or_not(put, spool, one, ring):
    names = [put(TOLD, done=True), put(TOLD, draft="f" * 32)]
    key = IntakeKey.objects.get(organisation=one.pk)
    spool.set_aside(names[0])
    give_week(ring, one.pk, number=2)
    IntakeKey.objects.filter(pk=key.pk).update(unused_since=clock.now() - KEPT_FOR, looks=LOOKS)
    assert (spool.key_ids(), jobs.destroy_keys(spool)) == ({hpke.key_id(bytes(key.public))}, 0)
    assert (IntakeKey.objects.get(pk=key.pk).destroyed_at, IntakeKey.objects.get(pk=key.pk).looks) == (None, 0)


@pytest.mark.parametrize("first", [{"cold": True}, {}])
def test_of_two_copies_with_one_number_the_later_wins_whatever_waits_or_is_urgent(put, spool, first):
    put({"what": ["gifts"], "more": "first try"}, step=2, counter=2, **first)
    put({"what": ["gifts"], "more": "sent again with more words"} | ({} if first else NOW_IN_DANGER), step=2, counter=2, done=True)
    jobs.drain(spool)
    assert told(Case.objects.get())["more"] == "sent again with more words"


def test_what_can_wait_is_taken_in_last_and_is_never_left_for_ever(put, spool, monkeypatch):
    monkeypatch.setattr(jobs, "FILES_A_TURN", 3)
    monkeypatch.setattr(jobs, "COLD_A_TURN", 1)
    first = [put(TOLD, draft=f"{n:032x}", cold=True) for n in range(2)]
    put(TOLD, draft=f"{2:032x}", cold=True)
    calm = [put(TOLD, draft=f"{n:032x}") for n in range(3, 6)]
    jobs.drain(spool)
    assert set(spool.names()) & {*first, *calm} == {first[1], calm[2]}
    jobs.drain(spool)
    assert len(spool.names()) == 0
