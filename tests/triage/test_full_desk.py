"""However many cases a desk holds, its first screen and its queues read no more of them than they show or count."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from tests.support.cast import NOON

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import SYSTEM, Actor
from cairndesk.cases.actions import Named, ReportFacts, open_case
from cairndesk.cases.models import Case
from cairndesk.cases.queries import terms_of, terms_to_compare
from cairndesk.cases.rules.stages import Stage
from cairndesk.custody.adapters.counting import count_rows
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.intake.models import Message
from cairndesk.triage import queries
from cairndesk.triage.actions import take_in
from cairndesk.triage.models import Woken
from cairndesk.triage.rules.queues import BY_KEY

Tell = Callable[..., Case]
LISTS: dict[str, tuple[Callable[[Actor], QuerySet[Case]], str]] = {
    "unread": (lambda by: queries.unread(by=by)[:5], "messages_unread"),
    "woken": (lambda by: queries.woken(by=by)[:5], "woken_to_settle"),
    "overdue": (lambda by: queries.overdue(by=by, now=NOON)[:5], "case_due"),
    "danger": (lambda by: queries.cases_in(BY_KEY["danger"], by=by)[:5], "case_danger"),
    "answered": (lambda by: queries.cases_in(BY_KEY["answered"], by=by)[:200], "case_queue (organisation_id=? AND stage=?)"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_found_by_an_index_of_what_it_holds(name: str, ana: Actor) -> None:
    """What is closed grows for ever: no list may read every case of its organisation. On SQLite, which plans the same way for any number of rows."""
    if connection.vendor == "sqlite":
        ask, index = LISTS[name]
        plan = ask(ana).explain()
        assert index in plan
        assert "case_queue (organisation_id=?)" not in plan
        assert "SCAN cases_case" not in plan


@pytest.mark.slow
@pytest.mark.django_db
def test_what_a_page_counts_is_counted_from_the_indexes_alone(ana: Actor) -> None:
    """Also where SQLite knows how many rows there are: then it weighs each way anew."""
    if connection.vendor == "sqlite":
        _lay_down_many(ana.home)
        for _ in range(2):
            plans = _plans(lambda: (queries.rail(by=ana), queries.ages(by=ana, now=NOON), queries.overdue_count(by=ana, now=NOON)))
            assert all("COVERING INDEX case_" in plan for plan in plans), "\n\n".join(plans)
            held = _plans(lambda: queries.workload(by=ana, now=NOON))[0]
            assert "case_held (organisation_id=? AND claimed_by>?)" in held
            count_rows(connection)


def _lay_down_many(home: UUID) -> None:
    stages = [Stage.CLOSED] * 8 + [Stage.QUEUED, Stage.ANSWERED]
    rows = [Case(number=f"N-{place}", organisation_id=home, stage=stages[place % 10]) for place in range(2000)]
    for row in rows:
        row.opened_at = row.stage_since = row.due_at = NOON
        row.next_action_at = None if row.stage == Stage.CLOSED else NOON
    Case.objects.bulk_create(rows)


def _plans(ask: Callable[[], object]) -> list[str]:
    """How SQLite goes about each statement of `ask`."""
    found = list[tuple[str, Any]]()

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 - as Django calls it
        found.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        ask()
    with connection.cursor() as cursor:
        return [" ".join(str(row[3]) for row in cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params).fetchall()) for sql, params in found]


@pytest.mark.django_db
def test_a_queue_of_one_stage_comes_in_its_order_out_of_the_index(ana: Actor) -> None:
    if connection.vendor == "sqlite":
        assert "USE TEMP B-TREE FOR ORDER BY" not in queries.cases_in(BY_KEY["answered"], by=ana)[:200].explain()


@pytest.mark.django_db
def test_what_a_case_shares_is_found_by_its_items_and_their_values(ana: Actor) -> None:
    if connection.vendor == "sqlite":
        mine = terms_of([uuid4()])
        assert "cases_item USING INDEX cases_item_case_id" in mine.explain()
        assert "organisation_id" not in mine.explain()
        equal = terms_to_compare(ana.home).filter(kind="url", digest__in=[b"1", b"2"])
        assert "term_by_value (organisation_id=? AND kind=? AND digest=?)" in equal.explain()


@pytest.mark.postgres
@pytest.mark.django_db
def test_no_statement_is_compiled_first() -> None:
    """For a page that takes milliseconds, PostgreSQL would compile for seconds."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW jit")
        assert cursor.fetchone() == ("off",)


@pytest.mark.slow
@pytest.mark.django_db
def test_what_waits_is_found_at_the_own_organisation_alone_the_longest_first(tell: Tell, two: Organisation, ana: Actor) -> None:
    late, early, other, read = tell(), tell(), tell(to=two), tell()
    for case, minutes in ((late, 2), (early, 1), (other, 0), (early, 9)):
        _write(case, NOON + timedelta(minutes=minutes))
    _write(read, NOON, read_at=NOON)
    assert [(case, case.unread_since) for case in queries.unread(by=ana)] == [  # type: ignore[attr-defined]
        (early, NOON + timedelta(minutes=1)),
        (late, NOON + timedelta(minutes=2)),
    ]
    for case, minutes in ((late, 2), (early, 1), (other, 0), (read, 3)):
        Woken.objects.create(case=case, because="list", at=NOON + timedelta(minutes=minutes))
    Case.objects.exclude(pk=read.pk).update(stage=Stage.ANSWERED)
    assert list(queries.woken(by=ana)) == [early, late]


@pytest.mark.slow
@pytest.mark.django_db
def test_the_rail_counts_each_queue_by_one_statement(tell: Tell, two: Organisation, ana: Actor) -> None:
    held = [tell(at=NOON + timedelta(minutes=place)) for place in range(4)]
    tell({"danger": ["happening_now"]}, at=NOON - timedelta(minutes=1))
    tell(to=two)
    Case.objects.filter(pk=held[0].pk).update(stage=Stage.REVIEWING, claimed_by=ana.pseudonym)
    Case.objects.filter(pk=held[1].pk).update(stage=Stage.REVIEWING, claimed_by="somebody")
    Case.objects.filter(pk=held[2].pk).update(stage=Stage.CLOSED)
    with CaptureQueriesContext(connection) as asked:
        lines = {line.queue.key: (line.count, line.oldest) for line in queries.rail(by=ana)}
    assert len(asked) == 1
    first = NOON - timedelta(minutes=1)
    assert lines == {
        "danger": (1, first),
        "waiting": (2, first),
        "mine": (1, held[0].opened_at),
        "reviewing": (2, held[0].opened_at),
        "second_look": (0, None),
        "acting": (0, None),
        "answered": (0, None),
        "open": (4, first),
    }


@pytest.mark.slow
@pytest.mark.django_db
def test_a_case_of_many_items_asks_once_which_lists_there_are(one: Organisation, ring: Keyring) -> None:
    def asked(many: int) -> int:
        named = [Named("url", f"https://pebble-{number}.example/a") for number in range(many)]
        facts = ReportFacts(source="friend", channel="portal", path="friend", language="en", told={"answers": {}}, named=named)
        case = open_case(organisation=one, report=facts, by=SYSTEM, now=NOON)
        with CaptureQueriesContext(connection) as statements:
            take_in(case=case, now=NOON)
        return len(statements)

    # The first one finds out what is the same for all; the lists take four statements.
    asked(1)
    assert asked(12) - asked(2) < 10


def _write(case: Case, at: datetime, *, read_at: datetime | None = None) -> None:
    Message.objects.create(case=case, from_reporter=True, text=case.reports.get().told, at=at, read_at=read_at)
