"""Entries of one act that are written at its end, and what becomes of them where a part of it fails."""

from contextlib import nullcontext, suppress
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from tests.custody.conftest import NOON, Doer

from cairndesk.custody import queries
from cairndesk.custody.actions import in_one_go, make_checkpoint, record, record_closing
from cairndesk.custody.models import LogEntry, LogHead, LogOpening
from cairndesk.custody.queries import entries_about
from cairndesk.custody.rules import Event
from cairndesk.custody.sealing.keyring import Keyring

pytestmark = pytest.mark.django_db


def _open(subject: UUID, **detail: str | int) -> LogEntry:
    return record(event=Event.CUSTODY_ITEM_OPENED, subject_kind="case", subject=subject, by=Doer(), now=NOON, detail=detail)


@transaction.atomic
def _part(subject: UUID, *, fails: bool = False) -> None:
    _open(subject)
    if fails:
        raise LookupError


@in_one_go()
def _act(subject: UUID, *, passes_over: bool = False) -> None:
    _open(subject)
    with suppress(LookupError) if passes_over else nullcontext():
        _part(subject, fails=True)
    _open(subject)


def _befores(subject: UUID) -> list[int | None]:
    return [one.detail.get("previous") for one in LogOpening.objects.filter(subject=subject).order_by("entry_id")]


def test_what_an_act_records_stands_in_its_order_and_costs_the_statements_of_one(ring: Keyring, django_assert_num_queries: Any) -> None:
    one, two = uuid4(), uuid4()
    _open(one)
    # Around all a savepoint, as the test is a transaction itself; the head, what came before of either, and three that write.
    with django_assert_num_queries(2 + 1 + 2 + 3), in_one_go():
        places = [_open(about, n=n).index for n, about in enumerate([one, two, one, two, one])]
    assert places == [1, 2, 3, 4, 5]
    assert [(line.index, line.detail) for line in entries_about(one)] == [(0, {}), (1, {"n": 0}), (3, {"n": 2}), (5, {"n": 4})]
    assert (_befores(one), _befores(two)) == ([None, 0, 1, 3], [None, 2])
    assert queries.verify_log().ok


def test_an_act_within_an_act_belongs_to_it_and_its_parts_set_no_savepoints(ring: Keyring, django_assert_num_queries: Any) -> None:
    subject = uuid4()
    _open(uuid4())
    with django_assert_num_queries(2 + 1 + 1 + 3), in_one_go():
        _part(subject)
        with in_one_go():
            _part(subject)
        _part(subject)
    assert _befores(subject) == [None, 1, 2]
    assert queries.verify_log().ok


def test_where_the_act_fails_nothing_of_it_is_recorded_and_the_next_one_takes_its_place(ring: Keyring) -> None:
    subject = uuid4()
    _open(subject)
    with pytest.raises(LookupError):
        _act(subject)
    assert (LogEntry.objects.count(), LogHead.objects.get().size) == (1, 1)
    assert _open(subject).index == 1
    assert _befores(subject) == [None, 0]
    assert queries.verify_log().ok


def test_a_part_that_failed_cannot_be_passed_over(ring: Keyring) -> None:
    with pytest.raises(transaction.TransactionManagementError):
        _act(uuid4(), passes_over=True)
    assert not LogEntry.objects.exists()


def test_what_looks_at_the_log_inside_of_an_act_finds_what_was_recorded_before(ring: Keyring) -> None:
    subject, thing = uuid4(), uuid4()
    with in_one_go():
        _open(thing)
        _open(thing)
        record_closing(event=Event.CUSTODY_ITEM_OPENED, subject_kind="case", subject=subject, things=[thing], by=Doer(), now=NOON)
        _open(subject)
        assert make_checkpoint(now=NOON).size == 4
        _open(subject)
    assert [line.index for line in entries_about(subject)] == [2, 3, 4]
    closing = LogOpening.objects.get(entry_id=2).detail["lasts"]
    assert closing == _lasts_of_the_same_without_a_go(thing)
    assert queries.verify_log().ok


def _lasts_of_the_same_without_a_go(thing: UUID) -> str:
    """What another entry commits to that is recorded now, when all stands in the log."""
    other = uuid4()
    record_closing(event=Event.CUSTODY_ITEM_OPENED, subject_kind="case", subject=other, things=[thing], by=Doer(), now=NOON)
    return str(LogOpening.objects.get(subject=other).detail["lasts"])
