"""Too much, too long, broken off in the middle, and a clock that jumps."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import OperationalError, connection, transaction
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from tests.review.conftest import CLEAR
from tests.review.test_known import anas, enter
from tests.support.cast import NOON
from tests.support.counted import count_rows

from cairndesk.accounts import undo
from cairndesk.accounts.rules import Actor
from cairndesk.cases import actions as cases
from cairndesk.cases.models import Case, HarmCode, Incident, Item, StageChange
from cairndesk.custody.models import LogEntry, LogHead, SealedItem
from cairndesk.review import actions, recall
from cairndesk.review.actions.search import search
from cairndesk.review.models import Classification
from cairndesk.triage.models import Assessment

__all__ = ["anas", "enter"]
Tell = Callable[..., Case]
SCRIPTS = "We met at the harbour. ", "उसने मुझे कल लिखा। ", "كتب لي رسالة أمس. ", "他昨天给我写信。"


@pytest.mark.slow
def test_a_case_with_two_thousand_items_is_a_page_of_bounded_size(
    tell: Tell, anas: Client, ana: Actor, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    case = tell()
    named = [cases.Named("url", f"https://pictures.example/{number}") for number in range(2000)]
    cases.add_named(case=case, named=named, by=ana, now=NOON)
    count_rows()
    with django_assert_max_num_queries(30) as asked:
        first = anas.get(f"/cases/{case.pk}/").content
    # Each value compared with each takes PostgreSQL half a minute before it has counted the new rows.
    assert max(one["sql"].count('FROM "cases_indexterm"') for one in asked.captured_queries) == 1
    last = anas.get(f"/cases/{case.pk}/?items=20").content.decode()
    assert len(first) < 200_000
    assert "Items 1 to 100 of 2000." in first.decode()
    assert "Items 1901 to 2000 of 2000." in last
    assert last.count('/people/">Who is shown') == 100
    assert anas.get(f"/cases/{case.pk}/?items=nothing").status_code == 200


@pytest.mark.slow
def test_what_is_known_of_two_thousand_items_is_gone_through_page_by_page(
    tell: Tell, anas: Client, ana: Actor, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    case = tell()
    cases.add_named(case=case, named=[cases.Named("url", f"https://pictures.example/{number}") for number in range(2000)], by=ana, now=NOON)
    count_rows()
    with django_assert_max_num_queries(30):
        first = anas.get(f"/cases/{case.pk}/known/").content
    last = anas.get(f"/cases/{case.pk}/known/?items=20").content.decode()
    assert len(first) < 200_000
    assert "1 to 100 of 2000." in first.decode()
    assert f'rel="next" href="/cases/{case.pk}/known/?items=2#k-items"' in first.decode(), "it leads there also from a taking back that was refused"
    assert "1901 to 2000 of 2000." in last
    assert 'rel="next"' not in last
    assert anas.get(f"/cases/{case.pk}/known/?items=nothing&person=7").status_code == 200


@pytest.mark.slow
def test_an_account_of_a_megabyte_in_four_scripts_is_kept_opened_and_found(
    tell: Tell, anas: Client, ana: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "".join(SCRIPTS) * (1_000_000 // len("".join(SCRIPTS).encode()))
    case = tell({"what": ["found"], "more": words})
    answer = anas.post(f"/cases/{case.pk}/account/{case.reports.get().pk}/")
    assert answer.status_code == 200
    assert answer.content.decode().count("उसने मुझे कल लिखा") == words.count("उसने मुझे कल लिखा")
    held = recall.Recall()
    monkeypatch.setattr(recall, "HELD", held)
    held.take_in(now=NOON)
    for said in ("harbour", "लिखा", "رسالة", "写信"):
        assert [found for found, _ in search(said=said, by=ana, now=NOON).cases] == [case], said
    # Each word once: how long it is told does not matter.
    assert held.standing(ana.organisation).left == 0
    assert len(anas.get(f"/cases/{case.pk}/").content) < 200_000


TABLES = (Classification, StageChange, LogEntry, SealedItem, Assessment, Incident, HarmCode, Item)


def everything(case: Case) -> list[Any]:
    rows = [table.objects.count() for table in TABLES]
    return [*rows, Case.objects.filter(pk=case.pk).values().get(), LogHead.objects.values().first()]


@pytest.mark.slow
def test_a_decision_that_breaks_off_anywhere_leaves_nothing_half_written(held: Case, ana: Actor) -> None:
    """Whoever closes the browser, pulls the plug or loses the database: each write is the last one once."""
    before = everything(held)
    for writes in count():
        left = iter(range(writes))

        def breaks(execute: Any, sql: str, *rest: Any, left: Any = left) -> Any:
            if sql.startswith(("INSERT", "UPDATE", "DELETE")) and next(left, None) is None:
                raise OperationalError("gone")
            return execute(sql, *rest)

        try:
            with transaction.atomic(), connection.execute_wrapper(breaks):
                actions.classify(case=Case.objects.get(pk=held.pk), look=CLEAR, by=ana, now=NOON)
        except OperationalError:
            assert everything(held) == before, writes
        else:
            break
    assert writes > 10
    assert Classification.objects.filter(case=held).count() == 1
    assert everything(held) != before


def test_a_clock_that_is_set_back_makes_no_offer_to_undo_last_longer() -> None:
    session = SessionStore()
    undo.offer(session, said="You hold it.", label="Put it back", url="/", now=NOON)
    for later, stands in ((0, True), (29, True), (30, False), (3600, False), (-1, False), (-86_400, False)):
        assert (undo.offer_of(session, now=NOON + timedelta(seconds=later)) is not None) is stands, later
