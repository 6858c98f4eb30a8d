"""A flood of changes waits for a person, and the version before it goes on counting."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from tests.signals.conftest import NOW, PAPERS, Cast, Importing, rows_of
from tests.signals.test_views import ask, page, send

from cairndesk import doctor
from cairndesk.accounts.errors import NotPermitted, OtherOrganisation
from cairndesk.custody.queries import entries_about
from cairndesk.signals import actions, queries, rules, views
from cairndesk.signals.engine.identifiers import recognise
from cairndesk.signals.errors import ListHeld, ListRefused, NothingHeld, ReasonMissing
from cairndesk.signals.models import HashList, HeldChange, ListEntry
from cairndesk.signals.rules import HeldBecause

pytestmark = pytest.mark.django_db
Known = Callable[..., list[str]]


def many(first: int, count: int) -> list[str]:
    return [f"{number:032x}" for number in range(first, first + count)]


@pytest.fixture
def known(cast: Cast) -> Known:
    def knowing(*texts: str) -> list[str]:
        identifiers = [one for text in texts for one in recognise(text)]
        return sorted(match.identifier.value for match in queries.find_matches(organisation=cast.one.id, identifiers=identifiers, now=NOW))

    return knowing


@pytest.fixture
def listed(cast: Cast, take_in: Importing) -> HashList:
    """A list of ten entries, of which two may change within a day."""
    held = take_in(*many(0, 10)).listed
    return actions.set_flood_limit(listed=held, share=20, rows=2, by=cast.sam, now=NOW)


@pytest.mark.parametrize(
    ("changed", "of", "expected"),
    [(1_000, 10, False), (1_001, 10, True), (2_000, 10_000, False), (2_001, 10_000, True), (1_001, 5_006, False), (1_001, 0, True), (0, 0, False)],
)
def test_a_flood_is_more_than_a_fifth_of_the_list_and_more_than_a_thousand_rows(changed: int, of: int, *, expected: bool) -> None:
    assert rules.is_flood(changed, of=of, share=rules.FLOOD_SHARE, rows=rules.FLOOD_ROWS) is expected


def test_a_flood_waits_loudly_and_the_old_version_counts(cast: Cast, listed: HashList, take_in: Importing, known: Known) -> None:
    done = take_in(*many(10, 3))
    assert (done.is_held, done.added) == (True, 3)
    assert known(*many(0, 13)) == many(0, 10)
    listed.refresh_from_db()
    assert (listed.version, listed.importing_until) == (1, None)
    assert [line.event for line in entries_about(listed.id)] == ["signals.list.imported", "signals.list.limited", "signals.list.held"]
    assert entries_about(listed.id)[-1].detail == {"version": 2, "added": 3, "removed": 0, "refused": 0}
    assert [one.is_held for one in queries.lists(organisation=cast.one.id, now=NOW)] == [True]
    assert any("a change of 3 rows waits" in finding.says for finding in doctor.lists(NOW))
    assert "A change waits for a person" in ask(cast.ana)


@pytest.mark.parametrize("replace", [True, False])
def test_taking_off_counts_as_much_as_adding(listed: HashList, cast: Cast, known: Known, *, replace: bool) -> None:
    rows = rows_of(*many(3, 7)) if replace else rows_of(*many(0, 3), withdrawn=True)
    done = actions.import_list(organisation=cast.one.id, papers=PAPERS, rows=rows, replace=replace, by=cast.sam, now=NOW)
    assert (done.is_held, done.removed) == (True, 3)
    assert known(*many(0, 10)) == many(0, 10)


def test_what_is_let_in_counts_from_then_on_with_its_papers(cast: Cast, listed: HashList, take_in: Importing, known: Known) -> None:
    take_in(*many(7, 6), replace=True, terms="Other terms.", expires_on=date(2028, 1, 1))
    assert HashList.objects.get().terms == PAPERS.terms
    actions.accept_change(listed=listed, why=HeldBecause.ANNOUNCED, by=cast.sam, now=NOW)
    assert known(*many(0, 13)) == many(7, 6)
    (shown,) = queries.lists(organisation=cast.one.id, now=NOW)
    assert (shown.version, shown.terms, shown.expires_on, shown.is_held, shown.entries) == (2, "Other terms.", date(2028, 1, 1), False, 6)
    assert [line.event for line in entries_about(listed.id)][-3:] == ["signals.list.held", "signals.held.accepted", "signals.list.imported"]
    with pytest.raises(NothingHeld):
        actions.accept_change(listed=listed, why=HeldBecause.ANNOUNCED, by=cast.sam, now=NOW)


def test_what_is_thrown_away_leaves_the_list_as_it_was_and_open_for_the_next(cast: Cast, listed: HashList, take_in: Importing, known: Known) -> None:
    take_in(*many(7, 6), replace=True)
    actions.refuse_change(listed=listed, why=HeldBecause.DAMAGED, by=cast.sam, now=NOW)
    assert known(*many(0, 13)) == many(0, 10)
    assert ListEntry.objects.count() == ListEntry.objects.filter(until=None).count() == 10
    assert entries_about(listed.id)[-1].detail == {"version": 2, "why": "damaged"}
    assert take_in(*many(10, 2)).is_held is False
    assert HashList.objects.get().version == 2


def test_no_other_import_comes_before_the_decision(listed: HashList, take_in: Importing, cast: Cast, known: Known) -> None:
    take_in(*many(10, 3))
    for rows in (many(20, 1), many(10, 3)):
        with pytest.raises(ListHeld):
            take_in(*rows, now=NOW + timedelta(days=3))
    actions.accept_change(listed=listed, why=HeldBecause.COMPARED, by=cast.sam, now=NOW)
    assert known(*many(0, 21)) == many(0, 13)


def test_a_flood_in_drops_is_a_flood(listed: HashList, take_in: Importing, cast: Cast) -> None:
    assert [take_in(text).is_held for text in many(10, 2)] == [False, False]
    assert take_in(*many(12, 1), now=NOW + timedelta(hours=23)).is_held
    actions.accept_change(listed=listed, why=HeldBecause.COMPARED, by=cast.sam, now=NOW + timedelta(hours=23))
    assert [take_in(text, now=NOW + timedelta(hours=at)).is_held for at, text in enumerate(many(13, 4), 24)] == [False, False, False, True]


def test_drops_of_different_days_are_none(listed: HashList, take_in: Importing) -> None:
    held = [take_in(*many(10 + 2 * day, 2), now=NOW + timedelta(days=day, minutes=day)).is_held for day in range(4)]
    assert held == [False] * 4


@pytest.mark.slow
def test_the_first_version_is_none_whatever_its_size(take_in: Importing) -> None:
    assert take_in(*many(0, 1_100)).is_held is False
    assert take_in(*many(2_000, 1_001), now=NOW).is_held


def test_papers_that_ran_out_meanwhile_let_nothing_in(listed: HashList, take_in: Importing, cast: Cast) -> None:
    take_in(*many(10, 3), expires_on=date(2026, 12, 1))
    later = NOW + timedelta(days=30)
    with pytest.raises(ListRefused, match="run out"):
        actions.accept_change(listed=listed, why=HeldBecause.ANNOUNCED, by=cast.sam, now=later)
    assert HeldChange.objects.filter(decided_at=None).exists()
    actions.refuse_change(listed=listed, why=HeldBecause.ANOTHER, by=cast.sam, now=later)


def test_a_list_that_a_person_switched_off_stays_off_whatever_comes_in(cast: Cast, listed: HashList, take_in: Importing, known: Known) -> None:
    take_in(*many(10, 3))
    actions.switch_off(listed=HashList.objects.get(), by=cast.sam, now=NOW)
    actions.accept_change(listed=listed, why=HeldBecause.ANNOUNCED, by=cast.sam, now=NOW)
    take_in(*many(13, 1))
    assert known(*many(0, 20)) == []
    assert (HashList.objects.get().version, HashList.objects.get().off_because) == (3, "person")


def test_only_who_takes_lists_in_decides(cast: Cast, listed: HashList, take_in: Importing) -> None:
    take_in(*many(10, 3))
    for by, refusal in ((cast.ana, NotPermitted), (cast.ola, OtherOrganisation)):
        for act in (actions.accept_change, actions.refuse_change):
            with pytest.raises(refusal):
                act(listed=listed, why=HeldBecause.ANNOUNCED, by=by, now=NOW)
        with pytest.raises(refusal):
            actions.set_flood_limit(listed=listed, share=1000, rows=10**9, by=by, now=NOW)
    assert HashList.objects.get().flood_rows == 2


@pytest.mark.parametrize(("act", "why", "values"), [("accept", "announced", 13), ("refuse", "unknown", 10)])
def test_the_page_shows_what_would_change_and_takes_the_decision(
    cast: Cast, listed: HashList, take_in: Importing, known: Known, act: str, why: str, values: int
) -> None:
    take_in(*many(10, 2), "https://pics.example/secret")
    shown = page(cast.sam, listed.id)
    for words in (
        "It adds 3 and takes off 0 of 10 entries",
        "2 × MD5 of files, 1 × links",
        "A1</bdi> (3)",
        "Let version 2 count",
        "Throw version 2 away",
    ):
        assert words in shown
    assert "pics.example" not in shown
    assert "Let version 2 count" not in page(cast.ana, listed.id)
    for wrong in ("", "damaged" if act == "accept" else "announced"):
        with pytest.raises(ReasonMissing):
            send(views.decide, cast.sam, listed.id, act=act, why=wrong)
    answer: HttpResponse = send(views.decide, cast.sam, listed.id, act=act, why=why)
    assert answer.status_code == 302
    assert len(known(*many(0, 13), "https://pics.example/secret")) == values
    assert "waits for a person" not in page(cast.sam, listed.id).split("Govern it")[0]


def test_a_supervisor_sets_the_limit_of_a_list(cast: Cast, listed: HashList) -> None:
    send(views.limit, cast.sam, listed.id, share="5", rows="50")
    assert HashList.objects.values_list("flood_share", "flood_rows").get() == (5, 50)
    for wrong in ({"share": "-1", "rows": "5"}, {"share": "x", "rows": "5"}, {}):
        with pytest.raises(ListRefused):
            send(views.limit, cast.sam, listed.id, **wrong)


def test_a_flood_that_breaks_off_leaves_nothing_to_decide(listed: HashList, cast: Cast, known: Known) -> None:
    def breaking() -> Iterable[Any]:
        yield from rows_of(*many(10, 600))
        raise OSError("the line went down")

    with pytest.raises(OSError, match="went down"):
        actions.import_list(organisation=cast.one.id, papers=PAPERS, rows=breaking(), by=cast.sam, now=datetime.now(NOW.tzinfo))
    assert not HeldChange.objects.exists()
    assert known(*many(0, 13)) == many(0, 10)
