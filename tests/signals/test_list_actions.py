import dataclasses
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from tests.signals.conftest import NOW, PAPERS, Cast, Importing, rows_of

from cairndesk.accounts.errors import NotPermitted, OtherOrganisation
from cairndesk.custody.queries import entries_about
from cairndesk.signals import actions, jobs, queries
from cairndesk.signals.engine.identifiers import Kind, recognise
from cairndesk.signals.engine.lists import BadRow, Row
from cairndesk.signals.errors import ListRefused
from cairndesk.signals.models import HashList, ListEntry, ListVersion

pytestmark = pytest.mark.django_db
A, B, C = (digit * 32 for digit in "abc")


def known(cast: Cast, *texts: str, now: datetime = NOW) -> list[str]:
    identifiers = [one for text in texts for one in recognise(text)]
    return [match.identifier.value for match in queries.find_matches(organisation=cast.one.id, identifiers=identifiers, now=now)]


@pytest.mark.req("DET-01")
def test_an_imported_list_keeps_its_papers_and_matches_at_once(cast: Cast, take_in: Importing) -> None:
    done = take_in(A, "https://pics.example/a")
    assert (done.added, done.removed, done.unchanged, done.refused) == (2, 0, 0, 0)
    (match,) = queries.find_matches(organisation=cast.one.id, identifiers=recognise(A.upper()), now=NOW)
    assert (match.list_name, match.owner, match.terms, match.label, match.version) == (PAPERS.name, PAPERS.owner, PAPERS.terms, "A1", 1)
    (shown,) = queries.lists(organisation=cast.one.id, now=NOW)
    for field in dataclasses.fields(PAPERS):
        assert getattr(shown, field.name) == getattr(PAPERS, field.name)
    assert (shown.entries, shown.is_asked) == (2, True)
    assert [line.event for line in entries_about(done.listed.id)] == ["signals.list.imported"]


def test_another_organisation_neither_sees_nor_matches_it(cast: Cast, take_in: Importing) -> None:
    take_in(A)
    assert queries.find_matches(organisation=cast.two.id, identifiers=recognise(A), now=NOW) == []
    assert queries.lists(organisation=cast.two.id, now=NOW) == []


def test_only_a_role_that_may_take_lists_in_does(cast: Cast) -> None:
    with pytest.raises(NotPermitted):
        actions.import_list(organisation=cast.one.id, papers=PAPERS, rows=rows_of(A), by=cast.ana, now=NOW)
    with pytest.raises(OtherOrganisation):
        actions.import_list(organisation=cast.one.id, papers=PAPERS, rows=rows_of(A), by=cast.ola, now=NOW)
    assert not HashList.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        *({field: " "} for field in ("owner", "terms", "provenance", "agreement", "name")),
        {"distance": 32},
        {"expires_on": NOW.date()},
        {"received_on": date(2026, 11, 24)},
    ],
)
def test_a_list_without_its_papers_is_refused(cast: Cast, take_in: Importing, wrong: dict[str, object]) -> None:
    with pytest.raises(ListRefused, match=next(iter(wrong))):
        take_in(A, **wrong)
    assert not HashList.objects.exists()


def test_rows_that_were_refused_are_reported_and_do_not_stop_the_rest(cast: Cast) -> None:
    rows = [*rows_of(A), BadRow(2, "too short"), Row(3, recognise(B)), BadRow(4, "no")]
    seen: list[int] = []
    done = actions.import_list(organisation=cast.one.id, papers=PAPERS, rows=rows, by=cast.sam, now=NOW, progress=seen.append)
    assert (done.added, done.refused, done.problems) == (2, 2, [BadRow(2, "too short"), BadRow(4, "no")])
    assert seen == [1, 2, 3, 4]
    assert known(cast, A, B) == [A, B]


def test_a_file_without_a_usable_row_leaves_nothing_behind(cast: Cast) -> None:
    with pytest.raises(ListRefused, match="line 7: broken"):
        actions.import_list(organisation=cast.one.id, papers=PAPERS, rows=[BadRow(7, "broken")], by=cast.sam, now=NOW)
    assert not HashList.objects.exists()


def test_a_second_import_adds_and_one_that_replaces_takes_off_what_is_gone(cast: Cast, take_in: Importing) -> None:
    take_in(A)
    done = take_in(A, B)
    assert (done.number, done.added, done.unchanged) == (2, 1, 1)
    assert known(cast, A, B) == [A, B]
    done = take_in(B, C, replace=True)
    assert (done.number, done.added, done.removed, done.unchanged) == (3, 1, 1, 1)
    assert known(cast, A, B, C) == [B, C]
    assert ListVersion.objects.count() == 3
    assert ListEntry.objects.filter(value=A, since=1, until=3).count() == 1


def test_a_withdrawn_row_takes_back_and_may_come_again(cast: Cast, take_in: Importing) -> None:
    take_in(A, B)
    rows = [*rows_of(A, C, withdrawn=True), *rows_of(C)]
    done = actions.import_list(organisation=cast.one.id, papers=PAPERS, rows=rows, by=cast.sam, now=NOW)
    assert (done.added, done.removed) == (1, 1)
    assert known(cast, A, B, C) == [B, C]
    take_in(A)
    assert known(cast, A) == [A]


def test_an_import_that_breaks_off_leaves_the_old_version(cast: Cast, take_in: Importing) -> None:
    take_in(A)

    def breaking() -> Iterator[Row]:
        for number in range(1200):
            yield Row(number + 1, recognise(f"{number:032x}"))
        raise OSError("the disk was pulled out")

    with pytest.raises(OSError, match="pulled out"):
        actions.import_list(organisation=cast.one.id, papers=PAPERS, rows=breaking(), replace=True, by=cast.sam, now=NOW)
    assert known(cast, A, f"{5:032x}") == [A]
    assert ListEntry.objects.count() == 1
    assert take_in(B).number == 2


def test_what_a_dead_import_left_is_cleared_by_the_next(cast: Cast, take_in: Importing) -> None:
    listed = take_in(A, B).listed
    ListEntry.objects.create(list=listed, kind=Kind.MD5, value=C, since=2)
    ListEntry.objects.filter(value=A).update(until=2)
    HashList.objects.update(importing_until=NOW + timedelta(minutes=5))
    assert known(cast, A, B, C) == [A, B]
    with pytest.raises(ListRefused, match="Another import"):
        take_in(B)
    done = take_in(B, now=NOW + timedelta(hours=1))
    assert (done.added, done.unchanged) == (0, 1)
    assert known(cast, A, B, C) == [A, B]


@pytest.mark.req("DET-01")
def test_a_list_expires_loudly_and_stops_matching_even_before_the_job_ran(cast: Cast, take_in: Importing) -> None:
    listed = take_in(A, expires_on=date(2026, 11, 30)).listed
    assert [shown.name for shown in queries.lists_to_renew(organisation=cast.one.id, now=NOW)] == [PAPERS.name]
    later = NOW + timedelta(days=7)
    assert known(cast, A, now=later) == []
    assert [gone.id for gone in actions.expire_lists(now=later)] == [listed.id]
    assert actions.expire_lists(now=later) == []
    (shown,) = queries.lists_to_renew(organisation=cast.one.id, now=later)
    assert (shown.is_on, shown.off_because) == (False, "expired")
    assert [line.event for line in entries_about(listed.id)] == ["signals.list.imported", "signals.list.expired"]
    with pytest.raises(ListRefused, match="expired"):
        actions.switch_on(listed=HashList.objects.get(), by=cast.sam, now=later)


@pytest.mark.req("DET-01")
def test_the_job_of_work_switches_expired_lists_off(cast: Cast, take_in: Importing) -> None:
    HashList.objects.filter(pk=take_in(A).listed.pk).update(expires_on=date(2020, 1, 1))
    assert jobs.expire() == 1
    assert jobs.expire() == 0


def test_a_new_import_renews_a_list_that_went_dark(cast: Cast, take_in: Importing) -> None:
    take_in(A, expires_on=date(2026, 11, 30))
    later = NOW + timedelta(days=30)
    actions.expire_lists(now=later)
    take_in(A, now=later)
    assert known(cast, A, now=later) == [A]


def test_a_person_switches_a_list_off_and_on(cast: Cast, take_in: Importing) -> None:
    listed = take_in(A).listed
    with pytest.raises(NotPermitted):
        actions.switch_off(listed=listed, by=cast.ana, now=NOW)
    actions.switch_off(listed=listed, by=cast.sam, now=NOW)
    assert known(cast, A) == []
    actions.switch_on(listed=listed, by=cast.sam, now=NOW)
    assert known(cast, A) == [A]


def test_the_database_refuses_a_list_that_is_off_without_saying_why(cast: Cast, take_in: Importing) -> None:
    take_in(A)
    with pytest.raises(IntegrityError), transaction.atomic():
        HashList.objects.update(is_on=False)


def test_a_long_value_fits_into_the_index_of_the_database(cast: Cast, take_in: Importing) -> None:
    link = "https://pics.example/" + "".join(chr(97 + number * 7 % 26) for number in range(1970))
    take_in(link)
    assert known(cast, link) == [link]
