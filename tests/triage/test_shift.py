"""One shift hands on to the next: in words that only the desk can read, with what happened counted, and gone after a fortnight."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from tests.review.conftest import as_actor, enrol, tell
from tests.review.test_pages import anas, at, enter

from cairndesk.accounts.errors import NotPermitted
from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import SYSTEM, Role
from cairndesk.cases.models import Case
from cairndesk.custody.queries import entries_about
from cairndesk.retention import jobs
from cairndesk.triage import actions, errors, queries
from cairndesk.triage.models import ShiftNote
from cairndesk.triage.rules.shift import KEPT

__all__ = ["anas", "at", "enrol", "enter", "tell"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ring")]
Tell = Callable[..., Case]
Enrol = Callable[..., Person]
PAGE = "/shift/"
WORDS = "Case ABCD: her aunt rings at nine.\n她很好"


@pytest.fixture
def sam(enrol: Enrol, one: Organisation) -> Person:
    return enrol(one, "Sam", Role.SUPERVISOR)


def test_a_shift_leaves_a_note_and_the_next_one_reads_it_and_is_seen_to_have(anas: Client, sam: Person, enter: Callable[[Person], Client]) -> None:
    assert anas.post(PAGE, {"words": WORDS}, follow=True).status_code == 200
    assert "left a note for your shift" not in anas.get("/").content.decode()
    sams = enter(sam)
    assert "Ana left a note for your shift" in sams.get("/").content.decode()
    listed = sams.get(PAGE).content.decode()
    assert "read by nobody yet" in listed
    assert "her aunt" not in listed
    opened = sams.post(PAGE, {"note": str(ShiftNote.objects.get().pk)}).content.decode()
    assert "her aunt rings at nine." in opened
    assert "她很好" in opened
    assert "read by Sam" in anas.get(PAGE).content.decode()
    assert "left a note for your shift" not in sams.get("/").content.decode()
    assert "triage.shift_note.read" in [entry.event for entry in entries_about(sam.organisation_id)]


def test_its_words_lie_sealed(anas: Client, sam: Person) -> None:
    anas.post(PAGE, {"words": WORDS})
    note = ShiftNote.objects.select_related("words").get()
    assert b"aunt" not in bytes(note.words.ciphertext)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM triage_shiftnote")
        assert "aunt" not in repr(cursor.fetchall())


@pytest.mark.parametrize("words", ["", "  \n ", "x" * 4001])
def test_a_note_without_words_or_with_too_many_comes_back_with_what_to_do(anas: Client, words: str) -> None:
    answer = anas.post(PAGE, {"words": words})
    assert answer.status_code == 422
    assert "errorlist" in answer.content.decode()
    assert words.strip() in answer.content.decode()
    assert not ShiftNote.objects.exists()


@pytest.mark.parametrize("note", ["0", "999999999", "x", "-1", "9" * 40])
def test_a_note_that_is_not_there_opens_nothing(anas: Client, note: str) -> None:
    assert anas.post(PAGE, {"note": note}).status_code == 404


def test_nobody_reads_the_notes_of_another_organisation(anas: Client, two: Organisation, enrol: Enrol, at: datetime) -> None:
    theirs = actions.write_shift_note(words="Ours alone.", by=as_actor(enrol(two, "Ola", Role.ANALYST)), now=at)
    assert anas.post(PAGE, {"note": str(theirs.pk)}).status_code == 404
    assert "read by" not in anas.get(PAGE).content.decode()
    assert "left a note" not in anas.get("/").content.decode()


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR])
def test_who_works_on_no_case_neither_writes_nor_reads_one(one: Organisation, enrol: Enrol, sam: Person, at: datetime, role: Role) -> None:
    note = actions.write_shift_note(words=WORDS, by=as_actor(sam), now=at)
    other = as_actor(enrol(one, "Aud", role))
    with pytest.raises(NotPermitted):
        actions.write_shift_note(words=WORDS, by=other, now=at)
    with pytest.raises(NotPermitted):
        actions.read_shift_note(note=note.pk, by=other, now=at)


def test_what_happened_since_the_last_note_is_counted(tell: Tell, anas: Client, sam: Person, at: datetime) -> None:
    tell(at=at - timedelta(days=3))
    actions.write_shift_note(words=WORDS, by=as_actor(sam), now=at - timedelta(hours=8))
    tell({"danger": ["happening_now"]}, at=at - timedelta(hours=1))
    since = queries.since_last(by=as_actor(sam), now=at)
    assert (since.came, since.closed, since.waiting, since.burning, since.late) == (1, 0, 2, 1, 2)
    page = anas.get(PAGE).content.decode()
    assert "1 came in, 0 closed. Now 2 wait for a first look, 1 of them in danger" in page


def test_without_a_note_it_is_counted_since_a_shift_ago(sam: Person, at: datetime) -> None:
    assert queries.since_last(by=as_actor(sam), now=at).at == at - timedelta(hours=12)


def test_a_note_is_erased_after_a_fortnight_by_the_job_once_the_clock_is_believed(sam: Person, at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    old = actions.write_shift_note(words=WORDS, by=as_actor(sam), now=at - KEPT - timedelta(minutes=1))
    young = actions.write_shift_note(words=WORDS, by=as_actor(sam), now=at - KEPT + timedelta(minutes=5))
    monkeypatch.setattr("cairndesk.retention.actions.keep_time", lambda **_: False)
    assert jobs.forget_lesser() == 0
    monkeypatch.setattr("cairndesk.retention.actions.keep_time", lambda **_: True)
    assert jobs.forget_lesser() == 1
    old.words.refresh_from_db()
    young.words.refresh_from_db()
    assert (bytes(old.words.ciphertext), young.words.erased_at) == (b"", None)
    with pytest.raises(errors.NoSuchNote):
        actions.read_shift_note(note=old.pk, by=as_actor(sam), now=at)
    assert [note.key for note in queries.shift_notes(by=as_actor(sam), now=at)] == [young.pk]


def test_the_desk_itself_writes_none(one: Organisation, at: datetime) -> None:
    with pytest.raises(NotPermitted):
        actions.write_shift_note(words=WORDS, by=SYSTEM, now=at)


def test_reading_twice_is_recorded_once_on_the_note(sam: Person, enrol: Enrol, one: Organisation, at: datetime) -> None:
    note = actions.write_shift_note(words=WORDS, by=as_actor(sam), now=at)
    ana = as_actor(enrol(one, "Ana", Role.ANALYST))
    assert {actions.read_shift_note(note=note.pk, by=ana, now=at) for _ in range(2)} == {WORDS}
    assert note.reads.count() == 1
    assert reverse("triage:shift") == PAGE
