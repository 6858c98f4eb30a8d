import dataclasses
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from tests.signals.conftest import NOW, PAPERS, Cast, Importing, rows_of

from cairndesk.accounts.errors import NotPermitted
from cairndesk.accounts.rules import SYSTEM
from cairndesk.custody.queries import entries_about
from cairndesk.signals import actions, queries
from cairndesk.signals.actions.lists import Imported
from cairndesk.signals.engine.fetched import Listed, Page, Reading
from cairndesk.signals.engine.identifiers import Kind, recognise
from cairndesk.signals.errors import ListRefused, SourceTaken
from cairndesk.signals.models import HashList, ListEntry, ListSource, ListVersion, SourceValue
from cairndesk.signals.rules import MayLeadTo, SeenBy, Source, SourceKind

pytestmark = pytest.mark.django_db
A, B, C = (digit * 32 for digit in "abc")
ADDRESS = "https://lists.example/hashsharing"
NCMEC = Source(kind=SourceKind.NCMEC, address=ADDRESS, credentials="ncmec", every_hours=12)
ME = "worker-1"


def page(mark: int, *, starts_over: bool = False, **records: str) -> Page:
    """Records as key="hash label, hash label"; an empty text is one that was taken back."""
    listed = {key: tuple(Listed("md5", *part.split(" ", 1)) for part in text.split(", ") if part) for key, text in records.items()}
    return Page(listed, {"mark": mark}, starts_over=starts_over)


Setting = Callable[..., ListSource]
Fetching = Callable[..., Imported | None]


@pytest.fixture
def source(cast: Cast) -> Setting:
    def setting(source: Source = NCMEC, now: datetime = NOW, **papers: object) -> ListSource:
        changed = dataclasses.replace(PAPERS, **papers)
        return actions.set_source(organisation=cast.one.id, papers=changed, source=source, by=cast.sam, now=now)

    return setting


def fetch(source: ListSource, *pages: Page, now: datetime = NOW) -> Imported | None:
    assert actions.claim_source(source=source, worker=ME, now=now)
    for one in pages:
        actions.keep_page(source=source, worker=ME, page=one, now=now)
    done = actions.publish_source(source=source, worker=ME, by=SYSTEM, clock=lambda: now)
    actions.record_fetched(source=source, worker=ME, checkpoint=None, by=SYSTEM, now=now)
    return done


def known(cast: Cast, *values: str) -> list[str]:
    found = queries.find_matches(organisation=cast.one.id, identifiers=[one for value in values for one in recognise(value)], now=NOW)
    return sorted(match.identifier.value for match in found)


@pytest.mark.req("DET-01")
def test_a_list_that_is_fetched_matches_what_its_source_lists(cast: Cast, source: Setting) -> None:
    held = source()
    assert known(cast, A) == []
    done = fetch(held, page(1, one=f"{A} A1"), page(2, two=f"{B} B2"))
    assert done is not None
    assert (done.number, done.added, done.listed.version) == (1, 2, 1)
    assert known(cast, A, B, C) == [A, B]
    held.refresh_from_db()
    assert (held.checkpoint, held.fetched_at, held.next_try_at, held.worker) == ({"mark": 2}, NOW, NOW + timedelta(hours=12), "")
    assert [line.event for line in entries_about(held.list_id)] == ["signals.source.set", "signals.list.imported"]


def test_a_value_goes_with_the_last_record_that_lists_it(cast: Cast, source: Setting) -> None:
    held = source()
    fetch(held, page(1, one=f"{A} A1, {C} A1", two=f"{A} A2"))
    fetch(held, page(2, one=""))
    assert known(cast, A, C) == [A]
    done = fetch(held, page(3, two=""), page(4, three=f"{B} B1"))
    assert done is not None
    assert (done.added, done.removed) == (1, 1)
    assert known(cast, A, B) == [B]
    assert fetch(held, page(5, three=f"{B} B1")) is None
    assert ListVersion.objects.count() == 3


def test_a_record_that_changes_brings_its_new_label_and_values(cast: Cast, source: Setting) -> None:
    held = source()
    fetch(held, page(1, one=f"{A} B1", two=f"{B} B2"))
    fetch(held, page(2, one=f"{A} A2, {C} A2"))
    assert dict(ListEntry.objects.values_list("value", "label")) == {A: "A2", B: "B2", C: "A2"}
    fetch(held, page(3, three=f"{A} A1"))
    assert ListEntry.objects.get(value=A).label == "A1"


def test_what_cannot_be_matched_is_counted_only(cast: Cast, source: Setting) -> None:
    reading = Reading("A1")
    for kind, name, text in (
        (None, "PDNA", "x"),
        (Kind.MD5, "md5", A.upper()),
        (Kind.SHA1, "sha1", "short"),
        (Kind.URL, "uri", "https://pics.example/a"),
    ):
        reading.add(kind, name, text)
    assert (reading.values(), reading.refused) == ((Listed("pdna"), Listed("md5", A, "A1"), Listed("url", "https://pics.example/a", "A1")), 1)
    held = source()
    fetch(held, Page({"one": reading.values()}, {}, refused=1))
    assert ListEntry.objects.count() == 2
    assert SourceValue.objects.filter(kind="pdna", value="").count() == 1
    held.refresh_from_db()
    assert held.refused == 1


def test_a_reading_from_the_beginning_takes_off_what_it_does_not_bring_again(cast: Cast, source: Setting) -> None:
    held = source()
    fetch(held, page(1, one=A, two=B))
    assert actions.claim_source(source=held, worker=ME, now=NOW)
    actions.keep_page(source=held, worker=ME, page=page(1, starts_over=True, two=B), now=NOW)
    assert known(cast, A, B) == [A, B]
    actions.release_source(source=held, worker=ME)
    done = fetch(held, page(2, three=C))
    assert done is not None
    assert (done.added, done.removed) == (1, 1)
    assert known(cast, A, B, C) == [B, C]
    assert SourceValue.objects.count() == 2


def test_another_place_is_read_from_its_beginning_and_stops_who_reads_the_old_one(cast: Cast, source: Setting) -> None:
    held = source()
    fetch(held, page(1, one=A))
    assert actions.claim_source(source=held, worker=ME, now=NOW)
    moved = source(dataclasses.replace(NCMEC, address=ADDRESS + "/other"))
    assert (moved.pk, moved.checkpoint, moved.turn) == (held.pk, None, 2)
    with pytest.raises(SourceTaken):
        actions.keep_page(source=held, worker=ME, page=page(2, two=B), now=NOW)
    fetch(moved, page(1, three=C))
    assert known(cast, A, B, C) == [C]
    assert source(dataclasses.replace(NCMEC, address=ADDRESS + "/other", every_hours=1)).checkpoint == {"mark": 1}


def test_who_sets_another_source_while_a_version_is_written_sees_nothing_of_it(cast: Cast, source: Setting) -> None:
    held = source()
    assert actions.claim_source(source=held, worker=ME, now=NOW)
    actions.keep_page(source=held, worker=ME, page=page(1, one=A), now=NOW)

    def moved(_: int) -> None:
        source(dataclasses.replace(NCMEC, address=ADDRESS + "/other"))

    with pytest.raises(SourceTaken):
        actions.publish_source(source=held, worker=ME, by=SYSTEM, clock=lambda: NOW, progress=moved)
    assert (ListEntry.objects.count(), HashList.objects.get().version) == (0, 0)


def test_exactly_one_worker_holds_a_source_and_a_dead_one_loses_it(cast: Cast, source: Setting) -> None:
    held = source()
    assert actions.claim_source(source=held, worker=ME, now=NOW)
    assert not actions.claim_source(source=held, worker="worker-2", now=NOW + timedelta(minutes=9))
    later = NOW + timedelta(minutes=11)
    assert actions.claim_source(source=held, worker="worker-2", now=later)
    with pytest.raises(SourceTaken):
        actions.keep_page(source=held, worker=ME, page=page(1, one=A), now=later)
    assert not actions.record_fetch_trouble(source=held, worker=ME, code="x", says="y", again=later, by=SYSTEM, now=later)
    assert not SourceValue.objects.exists()


def test_trouble_is_logged_once_and_its_end_too(cast: Cast, source: Setting) -> None:
    held = source()
    for hour, code in enumerate(("response.fetch_delayed", "response.fetch_delayed", "response.credentials_refused")):
        now = NOW + timedelta(hours=hour)
        assert actions.claim_source(source=held, worker=ME, now=now)
        new = actions.record_fetch_trouble(source=held, worker=ME, code=code, says="words", again=now, by=SYSTEM, now=now)
        assert new == (hour != 1)
    held.refresh_from_db()
    assert (held.attempts, held.trouble, held.trouble_says) == (3, "response.credentials_refused", "words")
    fetch(held, page(1, one=A), now=NOW + timedelta(hours=4))
    events = [line.event for line in entries_about(held.list_id)]
    assert events == ["signals.source.set", "signals.source.failed", "signals.source.failed", "signals.list.imported", "signals.source.recovered"]


def test_a_list_with_a_source_is_not_imported_by_hand_until_the_source_is_removed(cast: Cast, source: Setting, take_in: Importing) -> None:
    held = source()
    with pytest.raises(ListRefused, match="fetched from its source"):
        take_in(B)
    fetch(held, page(1, one=A))
    with pytest.raises(NotPermitted):
        actions.remove_source(listed=held.list, by=cast.ana, now=NOW)
    actions.remove_source(listed=held.list, by=cast.sam, now=NOW)
    take_in(B)
    assert known(cast, A, B) == [A, B]
    assert not SourceValue.objects.exists()
    with pytest.raises(ListRefused, match="no source"):
        actions.remove_source(listed=held.list, by=cast.sam, now=NOW)


def test_a_list_that_a_person_switched_off_stays_off_while_it_is_fetched(cast: Cast, source: Setting) -> None:
    held = source()
    fetch(held, page(1, one=A))
    actions.switch_off(listed=HashList.objects.get(), by=cast.sam, now=NOW)
    fetch(held, page(2, two=B))
    assert known(cast, A, B) == []
    assert not HashList.objects.get().is_on
    # Whoever renews its papers has not decided about that.
    source(agreement="A-8 of 2027")
    assert (HashList.objects.get().agreement, HashList.objects.get().is_on) == ("A-8 of 2027", False)
    HashList.objects.update(off_because="expired")
    source(expires_on=PAPERS.expires_on)
    assert HashList.objects.get().is_on


def test_what_an_import_left_that_died_does_not_hold_the_next_fetch_up(cast: Cast, source: Setting) -> None:
    held = source()
    fetch(held, page(1, one=A))
    ListEntry.objects.create(list=held.list, kind=Kind.MD5, value=C, since=2)
    HashList.objects.update(importing_until=NOW + timedelta(hours=2))
    fetch(held, page(2, two=B))
    assert known(cast, A, B, C) == [A, B]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"address": "ftp://lists.example"}, "https"),
        ({"address": "https://name:word@lists.example/"}, "https"),
        ({"credentials": "../ncmec"}, "credentials"),
        ({"credentials": ""}, "credentials"),
        ({"collection": "12"}, "privacy group"),
        ({"kind": SourceKind.THREATEXCHANGE}, "privacy group"),
        ({"kind": SourceKind.FILE, "address": "../list.csv"}, "plain name"),
        ({"kind": SourceKind.FILE, "address": "/etc/list.csv"}, "plain name"),
        ({"every_hours": 0}, "hours"),
        ({"every_hours": 169}, "hours"),
    ],
)
def test_a_source_that_cannot_be_fetched_is_refused(cast: Cast, source: Setting, wrong: dict[str, object], says: str) -> None:
    with pytest.raises(ListRefused, match=says):
        source(dataclasses.replace(NCMEC, **wrong))
    assert not HashList.objects.exists()


def test_images_of_adults_are_a_lead_for_staff_and_say_nothing_about_a_child(cast: Cast, source: Setting) -> None:
    adults = dataclasses.replace(NCMEC, kind=SourceKind.STOPNCII)
    for more in ({"may_lead_to": MayLeadTo.ACTION}, {"seen_by": SeenBy.MACHINES}):
        with pytest.raises(ListRefused, match="adults"):
            source(adults, **more)
    fetch(source(adults), page(1, one=A))
    assert known(cast, A) == [A]
    assert queries.novelty(organisation=cast.one.id, identifiers=recognise(A), now=NOW) == "unknown"


def test_our_own_list_is_fetched_from_nowhere(cast: Cast, source: Setting) -> None:
    made = actions.make_own_list(organisation=cast.one, terms="For this desk.", expires_on=PAPERS.expires_on, by=cast.sam, now=NOW)
    with pytest.raises(ListRefused, match="people here"):
        source(name=made.name)
    assert not ListSource.objects.exists()


def test_one_person_adds_nothing_to_our_own_list_but_renews_it_and_takes_off_what_is_wrong(cast: Cast, take_in: Importing) -> None:
    own = actions.make_own_list(organisation=cast.one, terms="For this desk.", expires_on=PAPERS.expires_on, by=cast.sam, now=NOW)
    for replace in (False, True):
        with pytest.raises(ListRefused, match="two people"):
            take_in(A, name=own.name, replace=replace)
    assert not ListEntry.objects.exists()
    actions.publish_own(listed=own, named=recognise(A), label="A1", by=cast.sam, now=NOW)
    with pytest.raises(ListRefused, match="two people"):
        take_in(A, B, name=own.name)
    assert known(cast, A, B) == [A]
    later = PAPERS.expires_on + timedelta(days=300)
    take_in(A, name=own.name, expires_on=later)
    assert (HashList.objects.get().expires_on, HashList.objects.get().is_own) == (later, True)
    papers = dataclasses.replace(PAPERS, name=own.name)
    actions.import_list(organisation=cast.one.id, papers=papers, rows=rows_of(A, withdrawn=True), by=cast.sam, now=NOW)
    assert known(cast, A) == []


def test_only_who_may_take_lists_in_says_where_they_come_from(cast: Cast) -> None:
    with pytest.raises(NotPermitted):
        actions.set_source(organisation=cast.one.id, papers=PAPERS, source=NCMEC, by=cast.ana, now=NOW)
