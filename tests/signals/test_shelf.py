"""Lists in a base on the disk answer as they do from the database, whatever came before, after or in between."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.signals.conftest import NOW, Cast, Importing
from tests.support.counted import count_rows

from cairndesk.signals import actions, jobs, queries, shelf
from cairndesk.signals.engine import base
from cairndesk.signals.engine.identifiers import Kind, recognise
from cairndesk.signals.models import HashList, ListEntry
from cairndesk.signals.rules import Novelty

pytestmark = pytest.mark.django_db

A, B, C = (f"pdq:{digit * 64}" for digit in "16c")
LINK, DIGEST = "https://pics.example/one", "d" * 32
Asking = Callable[[str], list[str]]


@pytest.fixture(autouse=True)
def data(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.CAIRNDESK = settings.CAIRNDESK.model_copy(update={"data": tmp_path})
    # Every change is enough for a base.
    monkeypatch.setattr(shelf, "MAKE_AT", 1)
    return tmp_path / "signals"


@pytest.fixture
def lists_with(cast: Cast) -> Asking:
    """The names of the lists that answer."""

    def asking(text: str) -> list[str]:
        return [match.list_name for match in queries.find_matches(organisation=cast.one.id, identifiers=recognise(text), now=NOW)]

    return asking


def files(data: Path, cast: Cast) -> list[str]:
    return sorted(path.name for path in (data / str(cast.one.id)).iterdir())


def test_a_base_answers_as_the_database_does(cast: Cast, take_in: Importing, lists_with: Asking, data: Path) -> None:
    take_in(A, LINK, DIGEST, name="First")
    take_in(A, B, name="Second", distance=3)
    asked = (A, B, C, LINK, DIGEST, "https://pics.example/two")
    before = [lists_with(text) for text in asked]
    assert before == [["First", "Second"], ["Second"], [], ["First"], ["First"], []]
    assert jobs.make_bases() == 1
    shelf.of.cache_clear()
    assert [lists_with(text) for text in asked] == before
    # It is the base that answers now: nothing has to be read from the database.
    held, late = shelf.of(shelf.folder_of(cast.one.id))._state
    assert len(held.near) + len(held.exact) == 5
    assert not late.versions
    assert files(data, cast) == ["1.exact", "1.near", "current", "making"]


def test_a_version_after_the_base_counts_at_once_and_so_does_what_it_takes_off(cast: Cast, take_in: Importing, lists_with: Asking) -> None:
    take_in(A, LINK)
    jobs.make_bases()
    assert lists_with(A) == ["Partner list"]
    take_in(B, DIGEST, replace=True)
    assert [lists_with(text) for text in (A, LINK, B, DIGEST)] == [[], [], ["Partner list"], ["Partner list"]]
    take_in(A, B, replace=True)
    assert [lists_with(text) for text in (A, LINK, B, DIGEST)] == [["Partner list"], [], ["Partner list"], []]
    assert jobs.make_bases() == 1
    assert [lists_with(text) for text in (A, LINK, B, DIGEST)] == [["Partner list"], [], ["Partner list"], []]


def test_a_running_process_switches_to_another_base(cast: Cast, take_in: Importing, lists_with: Asking, data: Path) -> None:
    take_in(A)
    jobs.make_bases()
    assert lists_with(A) == ["Partner list"]
    take_in(B)
    jobs.make_bases()
    assert files(data, cast) == ["2.exact", "2.near", "current", "making"]
    assert [lists_with(text) for text in (A, B)] == [["Partner list"]] * 2
    assert not shelf.of(shelf.folder_of(cast.one.id))._state[1].versions


def test_a_change_too_large_to_wait_for_counts_with_the_next_base(
    cast: Cast, take_in: Importing, lists_with: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "MOST_LATE", 2)
    take_in(A)
    assert lists_with(A) == ["Partner list"]
    take_in(B, C, DIGEST)
    assert [lists_with(text) for text in (A, B)] == [["Partner list"], []]
    assert [listed.name for listed in queries.lists_now(organisation=cast.one.id, now=NOW).behind()] == ["Partner list"]
    assert [shown.is_behind for shown in queries.lists(organisation=cast.one.id, now=NOW)] == [True]
    assert queries.novelty(organisation=cast.one.id, identifiers=recognise(B), now=NOW) is Novelty.UNKNOWN
    assert queries.novelty(organisation=cast.one.id, identifiers=recognise(A), now=NOW) is Novelty.VARIANT
    jobs.make_bases()
    assert [lists_with(text) for text in (A, B)] == [["Partner list"], ["Partner list"]]
    assert queries.lists_now(organisation=cast.one.id, now=NOW).behind() == []


def test_a_list_that_is_off_answers_no_more_and_leaves_the_base(cast: Cast, take_in: Importing, lists_with: Asking, data: Path) -> None:
    listed = take_in(A, name="Off").listed
    take_in(B, name="On")
    jobs.make_bases()
    actions.switch_off(listed=listed, by=cast.sam, now=NOW)
    assert [lists_with(text) for text in (A, B)] == [[], ["On"]]
    assert jobs.make_bases() == 1
    assert len(base.open_newest(data / str(cast.one.id)).near) == 1
    actions.switch_on(listed=HashList.objects.get(pk=listed.pk), by=cast.sam, now=NOW)
    assert [lists_with(text) for text in (A, B)] == [["Off"], ["On"]]


@pytest.mark.parametrize("damage", ["current", "1.near", "1.exact"])
def test_a_damaged_base_is_done_without_until_the_next(cast: Cast, take_in: Importing, lists_with: Asking, data: Path, damage: str) -> None:
    take_in(A, LINK)
    jobs.make_bases()
    path = data / str(cast.one.id) / damage
    path.write_bytes(b"\0" + path.read_bytes()[1:])
    assert [lists_with(text) for text in (A, LINK)] == [["Partner list"]] * 2


def test_a_base_of_a_later_state_than_the_database_counts_for_nothing(cast: Cast, take_in: Importing, lists_with: Asking) -> None:
    listed = take_in(A).listed
    take_in(B)
    jobs.make_bases()
    # As after a backup was put back.
    HashList.objects.filter(pk=listed.pk).update(version=1)
    shelf.of.cache_clear()
    assert [lists_with(text) for text in (A, B)] == [["Partner list"], []]


def test_kinds_are_known_from_the_base_and_from_what_came_after(cast: Cast, take_in: Importing) -> None:
    take_in(A, DIGEST)
    jobs.make_bases()
    take_in(LINK)
    assert queries.lists_now(organisation=cast.one.id, now=NOW).kinds() == {Kind.PDQ, Kind.MD5, Kind.URL}


def test_what_a_version_has_brought_is_found_without_reading_the_list(cast: Cast, take_in: Importing) -> None:
    listed = take_in(A, LINK).listed
    ListEntry.objects.bulk_create(ListEntry(list=listed, kind=Kind.MD5, value=f"{number:032x}", since=1) for number in range(3000))
    ListEntry.objects.filter(list=listed, value__lt=f"{3:032x}").update(until=2)
    listed = take_in(B).listed
    count_rows()
    assert "entry_by_since" in shelf.added(listed, since=1).explain()
    assert "entry_by_until" in shelf.gone(listed, since=1).explain()
    assert "entry_by_since" in shelf.added(listed, since=1).filter(since__lte=2, id__gt=0).explain()


def test_nothing_is_made_while_little_has_changed(cast: Cast, take_in: Importing, monkeypatch: pytest.MonkeyPatch, data: Path) -> None:
    monkeypatch.setattr(shelf, "MAKE_AT", 10)
    take_in(A)
    assert jobs.make_bases() == 0
    assert not (data / str(cast.one.id)).exists()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_belt_makes_it_in_a_thread_and_not_twice_at_a_time(cast: Cast, take_in: Importing, lists_with: Asking, data: Path) -> None:
    take_in(A)
    begun = [jobs.make_bases_beside(), jobs.make_bases_beside()]
    for thread in threading.enumerate():
        if thread.name == "signals.bases":
            thread.join()
    assert begun == [1, 0]
    assert files(data, cast) == ["1.exact", "1.near", "current", "making"]
    assert jobs.make_bases_beside() == 0
    assert lists_with(A) == ["Partner list"]


@pytest.mark.parametrize("kind", ["near", "exact"])
def test_a_base_whose_bytes_have_changed_behind_its_front_is_found_and_made_anew(
    cast: Cast, take_in: Importing, lists_with: Asking, data: Path, kind: str
) -> None:
    assert jobs.check_bases() == 0
    take_in(A, LINK, DIGEST)
    jobs.make_bases()
    assert jobs.check_bases() == 0
    path = data / str(cast.one.id) / f"1.{kind}"
    raw = bytearray(path.read_bytes())
    # What is listed itself, in the middle of its digits.
    at = bytes(raw).index(bytes.fromhex((A.removeprefix("pdq:") if kind == "near" else DIGEST)[:20]))
    raw[at : at + 10] = bytes(byte ^ 0xFF for byte in raw[at : at + 10])
    path.write_bytes(raw)
    # Opened, it answers wrongly, and nobody would know.
    shelf.of.cache_clear()
    assert lists_with(A if kind == "near" else DIGEST) == []
    assert jobs.check_bases() == 1
    assert lists_with(A) == lists_with(DIGEST) == ["Partner list"]
    assert jobs.check_bases() == 0
