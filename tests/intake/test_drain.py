"""From the spool to a case: nothing lost, nothing twice, danger first, and an alarm that needs no key."""

import hashlib
import os
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from tests.intake.conftest import DRAFT

from cairndesk.cases.models import Case, Report
from cairndesk.cases.rules import Stage
from cairndesk.custody import access
from cairndesk.custody.models import LogEntry
from cairndesk.custody.queries import unseal_fields, unseal_text
from cairndesk.intake import actions, jobs, queries
from cairndesk.intake.actions import finish
from cairndesk.intake.models import Alarm, Draft, Drained, Message, Receipt
from cairndesk.intake.rules import Fragment, Kind, unknown
from cairndesk.lib import clock
from cairndesk.lib.unknowns import Unknown

pytestmark = pytest.mark.django_db
TOLD = {"what": ["threatens"], "link": "https://chat.harbour.example/r/1"}
NOW_IN_DANGER = {"danger": ["happening_now"]}


def told(case: Case) -> dict:
    return unseal_fields(case.reports.get().told)["answers"]


@pytest.mark.req("INT-01", "INT-08")
def test_one_answer_without_any_name_is_a_report(put, spool):
    put(TOLD, done=True)
    assert jobs.drain(spool) == 1
    case = Case.objects.get()
    assert (case.stage, case.is_emergency) == (Stage.RECEIVED, False)
    assert told(case) == TOLD
    assert not spool.names()


@pytest.mark.req("INT-09")
def test_a_report_without_any_link_or_file_is_a_whole_report(put, spool):
    put({"what": ["on_camera"]}, done=True)
    jobs.drain(spool)
    assert Report.objects.get().state == Report.Completeness.DONE
    assert not Case.objects.get().items.exists()


@pytest.mark.req("INT-16")
def test_the_addresses_that_were_told_become_sealed_items(put, spool):
    put({"what": ["found"], "link": "https://a.example/1 https://a.example/2", "handle": "gull__gull"}, done=True)
    jobs.drain(spool)
    items = Case.objects.get().items.all()
    assert {(item.kind, unseal_text(item.identifier)) for item in items} == {
        ("url", "https://a.example/1"),
        ("url", "https://a.example/2"),
        ("account", "gull__gull"),
    }


def test_a_link_that_cannot_be_read_is_kept_as_it_was_told(put, spool):
    put({"link": "http://[broken"}, done=True)
    jobs.drain(spool)
    item = Case.objects.get().items.get()
    assert (item.kind, unseal_text(item.identifier)) == ("text", "http://[broken")


def test_a_link_that_cannot_be_read_stays_one_item_when_more_is_told(put, spool):
    put({"link": "http://[broken"}, done=True)
    jobs.drain(spool)
    put({"more": "And then?"}, step=4, done=True)
    jobs.drain(spool)
    assert Case.objects.get().items.count() == 1


def test_pages_are_joined_and_the_newest_of_a_page_wins(put, spool):
    put({"danger": ["not_now"]}, step=1, counter=1)
    put({"what": ["gifts"]}, step=2, counter=1)
    put({"what": ["threatens"]}, step=2, counter=3)
    put({"what": ["secrets"]}, step=2, counter=2)
    put({"more": "that is all"}, step=4, counter=1, done=True)
    jobs.drain(spool)
    assert told(Case.objects.get()) == {"danger": ["not_now"], "what": ["threatens"], "more": "that is all"}


def test_of_two_copies_with_one_number_the_one_that_was_kept_later_wins(put, spool):
    put({"what": ["gifts"], "more": "first try"}, step=2, counter=2)
    put({"what": ["gifts"], "more": "sent again with more words"}, step=2, counter=2, done=True)
    jobs.drain(spool)
    assert told(Case.objects.get())["more"] == "sent again with more words"


def test_the_alarm_of_an_older_copy_of_the_page_leads_to_the_case_as_well(put, spool, one):
    put(NOW_IN_DANGER, counter=2)
    put(NOW_IN_DANGER, counter=1)
    jobs.drain(spool)
    case = Case.objects.get()
    assert [alarm.case for alarm in queries.ringing(one.pk)] == [case, case]


def test_what_a_killed_portal_left_half_written_is_swept_away(put, spool, data):
    left, fresh = data / "spool" / f".{'a' * 32}.part", data / "spool" / f".{'b' * 32}.part"
    for path in (left, fresh):
        path.write_bytes(b"half")
    os.utime(left, (1, 1))
    put(TOLD, done=True)
    assert jobs.drain(spool) == 1
    assert list((data / "spool").iterdir()) == [fresh]


def test_draining_the_same_file_again_after_a_crash_changes_nothing(put, spool, one):
    name = put(TOLD, done=True)
    fragment = Fragment.from_json(access.keys().unseal(one.pk, spool.read(name).sealed, b"cairndesk/fragment/v1|" + str(one.pk).encode()))
    actions.receive_report(files=[actions.Filed(name, one.pk, fragment)], now=clock.now())
    entries = LogEntry.objects.count()
    # The crash came between the commit and the deletion: the file is still there.
    assert jobs.drain(spool) == 1
    assert (Case.objects.count(), Report.objects.count(), LogEntry.objects.count()) == (1, 1, entries)
    assert not spool.names()


def test_the_name_of_a_file_is_forgotten_months_after_it_was_taken_in(put, spool):
    put({"what": ["threatens"]}, done=True)
    jobs.drain(spool)
    assert jobs.forget() == 0
    Drained.objects.update(at=clock.now() - jobs.KNOWN_FOR - timedelta(minutes=1))
    assert (jobs.forget(), Drained.objects.count(), Case.objects.count()) == (1, 0, 1)


@pytest.mark.req("INT-32", "TRG-04")
def test_happening_now_becomes_a_report_at_once_whatever_follows(put, spool):
    put(NOW_IN_DANGER, step=1)
    jobs.drain(spool)
    case = Case.objects.get()
    assert (case.is_emergency, case.priority, case.reports.get().state) == (True, 1, Report.Completeness.UNFINISHED)


def test_what_is_told_after_the_danger_makes_the_same_report_fuller(put, spool):
    put(NOW_IN_DANGER, step=1)
    jobs.drain(spool)
    put({"what": ["on_camera"]}, step=2, done=True)
    jobs.drain(spool)
    case = Case.objects.get()
    assert told(case) == NOW_IN_DANGER | {"what": ["on_camera"]}
    assert case.reports.get().state == Report.Completeness.DONE


@pytest.mark.req("INT-32")
def test_the_alarm_rings_while_the_desk_is_locked_and_the_report_waits(put, spool, one):
    put(NOW_IN_DANGER)
    keys = access.keys()
    access.use(None)
    assert jobs.drain(spool) == 0
    assert [alarm.case for alarm in queries.ringing(one.pk)] == [None]
    assert len(spool.names()) == 1
    access.use(keys)
    assert jobs.drain(spool) == 1
    assert [alarm.case for alarm in queries.ringing(one.pk)] == [Case.objects.get()]
    assert Alarm.objects.count() == 1


def test_danger_is_taken_in_before_what_came_earlier(put, spool, monkeypatch):
    put(TOLD, draft="a" * 32, done=True)
    put(NOW_IN_DANGER, draft="b" * 32)
    monkeypatch.setattr(jobs, "FILES_A_TURN", 1)
    jobs.drain(spool)
    assert Case.objects.get().is_emergency


def test_the_person_who_takes_the_case_stops_the_alarm(put, spool, one, ana):
    put(NOW_IN_DANGER)
    jobs.drain(spool)
    assert actions.answer_alarm(case=Case.objects.get(), by=ana, now=clock.now()) == 1
    assert not queries.ringing(one.pk).exists()


def test_a_file_sealed_to_another_key_is_set_aside_and_not_lost(put, spool, one, two, data):
    name = put(TOLD, sealed_to=two, done=True)
    assert jobs.drain(spool) == 0
    assert not Case.objects.exists()
    assert [path.name for path in (data / "spool").iterdir()] == [f"{name}.aside"]


def test_a_torn_file_never_stops_the_others(put, spool, data):
    (data / "spool" / ("f" * 32 + ".frag")).write_bytes(b"CDSP1 torn")
    put(TOLD, done=True)
    jobs.drain(spool)
    assert Case.objects.count() == 1
    assert (data / "spool" / ("f" * 32 + ".frag.aside")).exists()


def test_a_full_disk_at_the_desk_leaves_every_file_in_place_until_there_is_room(put, spool, monkeypatch):
    put(TOLD, done=True)
    put(TOLD, done=True, draft="f" * 32)

    def refuse(**_: object) -> None:
        raise OperationalError("database or disk is full")

    with monkeypatch.context() as full:
        full.setattr(actions, "receive_report", refuse)
        with pytest.raises(OperationalError):
            jobs.drain(spool)
    assert (len(spool.names()), Case.objects.count()) == (2, 0)
    assert jobs.drain(spool) == 2
    assert (spool.names(), Case.objects.count()) == ([], 2)


def test_a_file_that_cannot_be_taken_in_holds_up_no_other_and_stays(put, spool, monkeypatch):
    stuck = put(TOLD, done=True)
    put(TOLD, done=True, draft="f" * 32)
    real = actions.receive_report

    def stumble(*, files: list[actions.Filed], **rest: object) -> object:
        if stuck in {file.name for file in files}:
            raise ValueError("a fault of ours")
        return real(files=files, **rest)

    monkeypatch.setattr(actions, "receive_report", stumble)
    with pytest.raises(ValueError, match="a fault of ours"):
        jobs.drain(spool)
    assert (spool.names(), Case.objects.count()) == ([stuck], 1)


def test_a_page_that_cannot_be_taken_in_holds_up_no_other_page_of_its_draft(put, spool, monkeypatch):
    put({"danger": ["not_now"]}, step=1)
    stuck = put({"what": ["gifts"]}, step=2)
    put({"more": "that is all"}, step=4, done=True)
    real = actions.receive_report

    def stumble(*, files: list[actions.Filed], **rest: object) -> object:
        real(files=files, **rest)
        if stuck in {file.name for file in files}:
            raise ValueError("a fault of ours")

    with monkeypatch.context() as broken:
        broken.setattr(actions, "receive_report", transaction.atomic(stumble))
        with pytest.raises(ValueError, match="a fault of ours"):
            jobs.drain(spool)
    assert (spool.names(), told(Case.objects.get())) == ([stuck], {"danger": ["not_now"], "more": "that is all"})
    later = clock.now() + timedelta(seconds=31)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert jobs.drain(spool) == 1
    assert told(Case.objects.get())["what"] == ["gifts"]


def test_danger_that_was_named_and_taken_back_before_anybody_looked_is_an_emergency(put, spool):
    put(NOW_IN_DANGER, counter=1)
    put({"danger": ["not_now"]}, counter=2)
    put(TOLD, step=2, counter=3, done=True)
    jobs.drain(spool)
    case = Case.objects.get()
    assert (case.is_emergency, told(case)) == (True, {"danger": ["not_now"], **TOLD})
    assert Draft.objects.get().earlier.count() == 1


def test_of_a_draft_whose_files_were_taken_in_in_part_the_rest_is_taken_in_once(put, spool, data):
    first = put({"what": ["gifts"]}, step=2)
    left = spool.read(first).to_bytes()
    jobs.drain(spool)
    put({"more": "that is all"}, step=4, done=True)
    # The crash came between the commit and the deletion: the first file is still there beside the second.
    (data / "spool" / first).write_bytes(left)
    assert jobs.drain(spool) == 2
    assert told(Case.objects.get()) == {"what": ["gifts"], "more": "that is all"}
    assert Draft.objects.get().earlier.count() == 0


@pytest.mark.req("INT-16")
def test_a_report_takes_few_statements(put, spool):
    put(TOLD, draft="f" * 32, done=True)
    jobs.drain(spool)
    put({"danger": ["not_now"]}, step=1)
    put({"what": ["threatens"], "link": "https://site.example/room/1"}, step=2)
    put({"setting": "online", "handle": "gull__gull"}, step=3)
    put({"more": "It began last week."}, step=4, done=True)
    put(kind=Kind.RECEIPT, receipt_index="c" * 32, mailbox_public="d" * 64)
    with CaptureQueriesContext(connection) as taken:
        assert jobs.drain(spool) == 5
    assert {item.kind for item in Receipt.objects.get().case.items.all()} == {"url", "account"}
    # What taking in costs is paid by the statement: the five files of a report once took 131, with 42 savepoints.
    assert len(taken) <= 28
    # Inside the transaction of the test that of the report is a savepoint; there is no other.
    assert sum("SAVEPOINT" in one["sql"] for one in taken) == 2


def test_a_draft_that_cannot_be_finished_holds_up_no_other(put, spool, monkeypatch):
    put(TOLD)
    jobs.drain(spool)
    first = Draft.objects.get()
    put(TOLD, draft="f" * 32)
    jobs.drain(spool)
    real = finish.make_report

    def stumble(*, draft: Draft, **rest: object) -> object:
        if draft == first:
            raise ValueError("a fault of ours")
        return real(draft=draft, **rest)

    monkeypatch.setattr(finish, "make_report", stumble)
    with pytest.raises(ValueError, match="a fault of ours"):
        actions.finish_abandoned(now=clock.now() + timedelta(hours=25))
    assert Report.objects.count() == 1


def test_a_clock_that_jumps_ahead_ends_no_telling(put, spool):
    put(TOLD)
    jobs.drain(spool)
    assert actions.finish_abandoned(now=clock.now() + timedelta(days=400)) == 1
    put({"more": "And then it went on."}, step=4, counter=2, done=True)
    jobs.drain(spool)
    assert Report.objects.get().state == Report.Completeness.DONE
    assert told(Case.objects.get()) == TOLD | {"more": "And then it went on."}


def test_a_clock_that_jumps_back_takes_in_what_is_dated_in_the_future(put, spool, monkeypatch):
    put(TOLD, done=True, hour="2031-01-01T00:00Z")
    behind = clock.now() - timedelta(days=400)
    monkeypatch.setattr(clock, "now", lambda: behind)
    assert jobs.drain(spool) == 1
    assert Case.objects.get().opened_at == behind


def test_a_message_that_was_sent_twice_is_one_message(put, spool, sam):
    put(TOLD, done=True)
    put(kind=Kind.RECEIPT, receipt_index="c" * 32, mailbox_public="d" * 64)
    for _ in range(2):
        put(kind=Kind.MESSAGE, receipt_index="c" * 32, text="He is back.")
    jobs.drain(spool)
    case = Case.objects.get()
    assert case.messages.count() == 1
    actions.read_messages(case=case, by=sam, now=clock.now())
    put(kind=Kind.MESSAGE, receipt_index="c" * 32, text="He is back.")
    jobs.drain(spool)
    assert case.messages.count() == 2


def test_a_draft_of_one_organisation_cannot_be_written_into_through_another(put, spool, one, two):
    put(TOLD, done=True)
    put({"what": ["gifts"]}, to=two, step=2, counter=9, done=True)
    jobs.drain(spool)
    assert told(Case.objects.get(organisation=one)) == TOLD
    assert told(Case.objects.get(organisation=two)) == {"what": ["gifts"]}


@pytest.mark.req("INT-24", "DIM-57")
def test_declined_and_unknown_and_never_asked_stay_apart(put, spool):
    put({"what": ["threatens"], "age": unknown(Unknown.DECLINED), "setting": unknown(Unknown.UNKNOWN)}, done=True)
    jobs.drain(spool)
    held = told(Case.objects.get())
    assert (held["age"], held["setting"], "service" in held) == ({"unknown": "declined"}, {"unknown": "unknown"}, False)


def test_a_draft_left_alone_for_a_day_becomes_an_unfinished_report(put, spool):
    put(TOLD)
    jobs.drain(spool)
    assert actions.finish_abandoned(now=clock.now() + timedelta(hours=23)) == 0
    assert actions.finish_abandoned(now=clock.now() + timedelta(hours=25)) == 1
    assert Report.objects.get().state == Report.Completeness.UNFINISHED
    assert actions.finish_abandoned(now=clock.now() + timedelta(hours=26)) == 0


def test_the_receipt_leads_to_the_case_whichever_comes_first(put, spool):
    put(kind=Kind.RECEIPT, receipt_index="c" * 32, mailbox_public="d" * 64)
    jobs.drain(spool)
    assert Receipt.objects.get().case is None
    put(TOLD, done=True)
    jobs.drain(spool)
    assert Receipt.objects.get().case == Case.objects.get()


@pytest.mark.req("INT-25")
def test_a_message_under_a_receipt_reaches_the_case_and_brings_it_back(put, spool):
    put(TOLD, done=True)
    put(kind=Kind.RECEIPT, receipt_index="c" * 32, mailbox_public="d" * 64)
    jobs.drain(spool)
    case = Case.objects.get()
    Case.objects.filter(pk=case.pk).update(stage=Stage.ANSWERED)
    put(kind=Kind.MESSAGE, receipt_index="c" * 32, text="He is back with a new name.")
    jobs.drain(spool)
    case.refresh_from_db()
    assert case.stage == Stage.QUEUED
    assert unseal_fields(Message.objects.get().text) == {"text": "He is back with a new name."}


def test_a_message_under_a_receipt_that_nobody_has_leaves_no_trace(put, spool):
    put(kind=Kind.MESSAGE, receipt_index="e" * 32, text="guess")
    assert jobs.drain(spool) == 1
    assert not Message.objects.exists()


def test_nothing_that_was_told_is_readable_in_the_draft_tables(put, spool):
    secret = hashlib.sha256(b"canary").hexdigest()
    put({"more": secret})
    jobs.drain(spool)
    draft = Draft.objects.get()
    assert DRAFT not in str(draft.__dict__)
    assert secret.encode() not in bytes(draft.fragments.get().answers.ciphertext)
    assert secret not in str(draft.__dict__)
