"""What is new on a list meets what came in before, once, whatever dies or happens meanwhile; what was erased is met by nothing."""

import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from time import sleep
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from tests.signals.conftest import NOW, Cast, Importing
from tests.support.threads import in_threads, shared_database

from cairndesk.custody import access
from cairndesk.custody.actions import sweep
from cairndesk.custody.errors import DeskLocked
from cairndesk.custody.models import SealedItem
from cairndesk.custody.queries import entries_about
from cairndesk.custody.rules import Purpose
from cairndesk.lib import clock
from cairndesk.lib.ids import new_id
from cairndesk.signals import actions, jobs, queries, shelf
from cairndesk.signals.actions import lookback, seen
from cairndesk.signals.engine.identifiers import Identifier, Kind, recognise
from cairndesk.signals.models import HashList, LookBack, MetLater, Seen, SeenBatch

pytestmark = pytest.mark.django_db

LINK, DIGEST, PICTURE = "https://pics.example/one", "d" * 32, f"pdq:{'5' * 64}"
FORMS = [Identifier(Kind.PDQ, digit * 64, form=form, quality=80) for digit, form in (("5", "identity"), ("a", "mirrored"))]

Seeing = Callable[..., UUID]


@pytest.fixture(autouse=True)
def data(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.CAIRNDESK = settings.CAIRNDESK.model_copy(update={"data": tmp_path})
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return tmp_path


@pytest.fixture
def see(cast: Cast) -> Seeing:
    """A case of which this was seen."""

    def seeing(*what: str, case: UUID | None = None, forms: Sequence[Identifier] = ()) -> UUID:
        found = case or new_id()
        identifiers = [*(one for text in what for one in recognise(text)), *forms]
        standing = queries.standing_of_lists(organisation=cast.one.id)
        actions.remember(organisation=cast.one.id, case=found, identifiers=identifiers, asked=standing, now=NOW)
        return found

    return seeing


def woken() -> set[UUID]:
    return set(MetLater.objects.values_list("case", flat=True))


@pytest.mark.req("DET-01")
def test_what_is_new_on_a_list_meets_what_came_before_and_nothing_else(cast: Cast, see: Seeing, take_in: Importing) -> None:
    link, digest, picture, _ = see(LINK), see(DIGEST, "someone@mail.example"), see(forms=FORMS), see("https://other.example/", "e" * 32)
    listed = take_in("pics.example", DIGEST, f"pdq:{'a' * 63}b").listed
    assert jobs.look_back() == 1
    assert woken() == {link, digest, picture}
    assert [(line.event, line.detail) for line in entries_about(listed.id)][-1] == ("signals.list.looked_back", {"version": 1, "cases": 3})


def test_the_page_of_the_lists_says_whether_what_came_before_was_matched(cast: Cast, take_in: Importing) -> None:
    take_in(LINK)
    told = [[shown.is_looked_back for shown in queries.lists(organisation=cast.one.id, now=NOW)]]
    jobs.look_back()
    told.append([shown.is_looked_back for shown in queries.lists(organisation=cast.one.id, now=NOW)])
    assert told == [[False], [True]]


def test_only_what_is_new_is_matched_and_that_once(cast: Cast, see: Seeing, take_in: Importing) -> None:
    first, second = see(LINK), see(DIGEST)
    take_in(LINK)
    jobs.look_back()
    actions.settle(met=queries.met_later(case=first))
    take_in(DIGEST)
    assert jobs.look_back() == 1
    assert woken() == {second}
    assert jobs.look_back() == 0


def test_a_list_that_is_off_or_expired_wakes_nobody_until_it_is_on_again(cast: Cast, see: Seeing, take_in: Importing) -> None:
    listed = take_in(LINK).listed
    jobs.look_back()
    actions.switch_off(listed=listed, by=cast.sam, now=NOW)
    # It comes in while the list is off, so it was asked nothing.
    case = see(LINK)
    assert jobs.look_back() == 0
    actions.switch_on(listed=HashList.objects.get(), by=cast.sam, now=NOW)
    assert jobs.look_back() == 1
    assert woken() == {case}
    assert queries.to_look_back(now=NOW + timedelta(days=400)) == []


def test_a_wider_distance_meets_what_was_too_far_before(cast: Cast, see: Seeing, take_in: Importing) -> None:
    case = see(forms=FORMS)
    take_in(f"pdq:{'5' * 60}55aa", distance=3)
    jobs.look_back()
    assert woken() == set()
    take_in(f"pdq:{'5' * 60}55aa", distance=31)
    jobs.look_back()
    assert woken() == {case}


def test_what_was_taken_off_again_wakes_nobody(cast: Cast, see: Seeing, take_in: Importing) -> None:
    see(LINK)
    take_in(LINK)
    take_in(DIGEST, replace=True)
    jobs.look_back()
    assert woken() == set()


def test_nobody_of_another_organisation_is_woken(cast: Cast, see: Seeing, take_in: Importing) -> None:
    other = new_id()
    actions.remember(organisation=cast.two.id, case=other, identifiers=recognise(LINK), asked=frozenset(), now=NOW)
    own = see(LINK)
    take_in(LINK)
    jobs.look_back()
    assert woken() == {own}


def test_a_list_is_looked_back_in_pieces_and_a_crash_repeats_one_piece_only(
    cast: Cast, see: Seeing, take_in: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookback, "PIECE", 2)
    texts = [f"https://pics.example/{at}" for at in range(5)]
    cases = [see(text) for text in texts]
    listed = take_in(*texts).listed
    assert actions.look_back(listed=listed, now=NOW)
    assert woken() == set(cases[:2])

    def dying(*_: object, **__: object) -> int:
        raise MemoryError

    with monkeypatch.context() as dead:
        dead.setattr(lookback, "wake", dying)
        with pytest.raises(MemoryError):
            actions.look_back(listed=listed, now=NOW)
    # A version that comes in the middle waits for its turn and does not end the other.
    take_in(DIGEST)
    late = see(DIGEST)
    assert [actions.look_back(listed=listed, now=NOW) for _ in range(2)] == [True, False]
    assert woken() == set(cases)
    assert LookBack.objects.values_list("done", "upto").get() == (1, 0)
    jobs.look_back()
    assert woken() == {*cases, late}
    assert LookBack.objects.values_list("done", "busy_until").get() == (2, None)


def test_of_two_workers_one_looks_back_and_after_a_death_another_may(cast: Cast, see: Seeing, take_in: Importing) -> None:
    case = see(LINK)
    listed = take_in(LINK).listed
    LookBack.objects.create(list=listed, doing=1, busy_until=NOW + timedelta(minutes=1))
    assert jobs.look_back() == 0
    assert not actions.look_back(listed=listed, now=NOW)
    assert woken() == set()
    later = NOW + timedelta(minutes=2)
    assert [one.pk for one in queries.to_look_back(now=later)] == [listed.pk]
    actions.look_back(listed=listed, now=later)
    assert woken() == {case}


def test_while_a_list_is_behind_nobody_is_woken_for_what_it_does_not_answer_yet(
    cast: Cast, see: Seeing, take_in: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "MOST_LATE", 1)
    case = see(LINK)
    take_in(LINK, DIGEST, name="Large")
    assert jobs.look_back() == 0
    monkeypatch.setattr(shelf, "MAKE_AT", 1)
    jobs.make_bases()
    assert jobs.look_back() == 1
    assert woken() == {case}


def test_a_version_that_comes_while_a_case_is_weighed_wakes_it(
    cast: Cast, take_in: Importing, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    asked, case = queries.standing_of_lists(organisation=cast.one.id), new_id()
    with django_capture_on_commit_callbacks() as after:
        actions.remember(organisation=cast.one.id, case=case, identifiers=recognise(LINK), asked=asked, now=NOW)
    take_in(DIGEST)
    [waiting] = after
    waiting()
    assert woken() == {case}


def test_the_same_is_not_remembered_twice_and_more_of_a_case_is(cast: Cast, see: Seeing, take_in: Importing) -> None:
    nothing = see()
    assert SeenBatch.objects.count() == 0
    case = see(LINK)
    see(LINK, case=case)
    assert Seen.objects.filter(case=case).count() == 1
    see(LINK, DIGEST, case=case)
    see(LINK, case=nothing)
    assert Seen.objects.filter(case=nothing).count() == 1
    take_in(DIGEST)
    jobs.look_back()
    assert woken() == {case}


def test_many_small_batches_are_packed_and_answer_as_before(cast: Cast, see: Seeing, take_in: Importing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen, "PACK_AT", 4)
    cases = [see(f"https://pics.example/{at}") for at in range(3)]
    assert jobs.pack_seen() == 0
    see("https://pics.example/0", DIGEST, case=cases[0])
    assert jobs.pack_seen() == 4
    assert (SealedItem.objects.filter(purpose=Purpose.SEEN).count(), Seen.objects.count(), SeenBatch.objects.count()) == (1, 3, 1)
    see("https://pics.example/0", DIGEST, case=cases[0])
    assert Seen.objects.count() == 3
    more = [see(f"https://pics.example/more/{at}") for at in range(7)]
    # As large as it may be: what is half full is left alone, and no batch is filled beyond it.
    whole, small = SeenBatch.objects.order_by("-size").values_list("size", flat=True)[:2]
    monkeypatch.setattr(seen, "MOST_BYTES", max(2 * whole, 3 * small))
    assert jobs.pack_seen() == seen.MOST_BYTES // small
    assert all(size <= seen.MOST_BYTES for size in SeenBatch.objects.values_list("size", flat=True))
    assert SeenBatch.objects.filter(size=whole).exists()
    take_in("https://pics.example/*")
    jobs.look_back()
    assert woken() == {*cases, *more}


def test_packing_gives_way_to_whoever_erases_meanwhile(cast: Cast, see: Seeing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen, "PACK_AT", 2)
    first, _ = see(LINK), see(DIGEST)
    joined = seen.joined

    def meanwhile(*given: Any, **options: Any) -> Any:
        with monkeypatch.context() as undone:
            undone.setattr(seen, "joined", joined)
            actions.forget_case(case=first, now=NOW)
        return joined(*given, **options)

    monkeypatch.setattr(seen, "joined", meanwhile)
    assert jobs.pack_seen() == 0
    assert Seen.objects.filter(case=first).count() == 0


def test_what_was_erased_is_met_by_nothing_and_the_rest_of_its_batch_is(
    cast: Cast, see: Seeing, take_in: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seen, "PACK_AT", 2)
    gone, kept = see(LINK, forms=FORMS), see(LINK)
    jobs.pack_seen()
    see(LINK, DIGEST, forms=FORMS, case=gone)
    before = list(SeenBatch.objects.values_list("sealed", flat=True))
    actions.forget_case(case=gone, now=NOW)
    take_in(LINK, DIGEST, PICTURE)
    jobs.look_back()
    assert woken() == {kept}
    assert [bytes(one.ciphertext) for one in SealedItem.objects.filter(pk__in=before)] == [b"", b""]
    [batch] = SeenBatch.objects.all()
    block = seen.seen.opened(batch)
    assert block is not None
    assert (block.ids(range(len(block.cases))), len(block.hashes)) == ([kept], 0)


def test_a_case_that_is_erased_while_somebody_looks_back_is_not_woken(
    cast: Cast, see: Seeing, take_in: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = see(LINK)
    take_in(LINK)
    met = lookback._met

    def meanwhile(*given: Any) -> set[UUID]:
        found = met(*given)
        actions.forget_case(case=case, now=NOW)
        return found

    monkeypatch.setattr(lookback, "_met", meanwhile)
    jobs.look_back()
    assert woken() == set()


@pytest.mark.parametrize("hurt", ["ciphertext", "wrapped"])
def test_a_damaged_batch_goes_and_its_cases_are_to_be_remembered_anew(cast: Cast, see: Seeing, take_in: Importing, hurt: str) -> None:
    first, second = see(LINK), see(LINK)
    batch = SeenBatch.objects.get(seen__case=first)
    held = bytearray(getattr(batch.sealed, hurt))
    held[-1] ^= 1
    SealedItem.objects.filter(pk=batch.sealed_id).update(**{hurt: bytes(held)})
    take_in(LINK)
    jobs.look_back()
    assert woken() == {second}
    assert list(queries.cases_remembered()) == [second]


def test_a_locked_desk_looks_back_when_it_is_unlocked(cast: Cast, see: Seeing, take_in: Importing) -> None:
    case = see(LINK)
    listed = take_in(LINK).listed
    ring = access.keys()
    access.use(None)
    with pytest.raises(DeskLocked):
        actions.look_back(listed=listed, now=NOW)
    access.use(ring)
    assert jobs.look_back() == 1
    assert woken() == {case}


@pytest.mark.slow
@pytest.mark.req("EVD-21")
@pytest.mark.django_db(transaction=True)
def test_nobody_without_the_keys_finds_what_was_seen_in_the_bytes_on_disk(cast: Cast, data: Path) -> None:
    link, form, digest = "https://canary.example/3f2a9c", bytes(range(60, 92)), "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
    key = seen.looks_of(recognise(link)).keys[0]
    kept, gone = new_id(), new_id()
    identifiers = [*recognise(link), *recognise(digest), Identifier(Kind.PDQ, form.hex())]
    names = {"link": link.encode(), "form": form, "digest": bytes.fromhex(digest), "key": key, "digits": digest.encode(), "hex": form.hex().encode()}

    def write() -> None:
        if connection.vendor == "sqlite":
            cast.one.save(force_insert=True)
        for case in (kept, gone):
            actions.remember(organisation=cast.one.id, case=case, identifiers=identifiers, asked=frozenset(), now=NOW)
        seen.PACK_AT, before = 2, seen.PACK_AT
        jobs.pack_seen()
        seen.PACK_AT = before

    def erase() -> None:
        nonlocal sealed
        batch = SeenBatch.objects.select_related("sealed").get()
        sealed = bytes(batch.sealed.ciphertext)
        actions.forget_case(case=gone, now=NOW)
        # The housekeeping of a server may be reading just then; `work` comes again, and so do we.
        for _ in range(400):
            if sweep():
                return
            sleep(0.05)
        pytest.fail("nothing was swept")

    sealed = b""
    with shared_database(data):
        in_threads(write)
        on_disk = b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file())
        assert [name for name, secret in names.items() if secret in on_disk] == []
        in_threads(erase)
        after = b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file())
    if connection.vendor == "sqlite":
        # Pages of the old batch: present before, overwritten after, so that no key that comes to light later opens it.
        assert sealed[100:140] in on_disk
        assert sealed[100:140] not in after


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_belt_looks_back_in_a_thread_and_not_twice_at_a_time(cast: Cast, see: Seeing, take_in: Importing) -> None:
    case = see(LINK)
    take_in(LINK)
    begun = [jobs.look_back_beside(), jobs.look_back_beside()]
    for thread in threading.enumerate():
        if thread.name == "signals.lookback":
            thread.join()
    assert begun == [1, 0]
    assert woken() == {case}
    assert jobs.look_back_beside() == 0


def test_a_list_that_fails_starves_none_after_it(
    take_in: Importing, see: Seeing, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    case = see(LINK)
    bad, good = (take_in(LINK, name=name).listed for name in ("Bad list", "Good list"))
    real = actions.look_back

    def failing(*, listed: HashList, **more: Any) -> Any:
        if listed.pk == bad.pk:
            raise RuntimeError("its rows cannot be read")
        return real(listed=listed, **more)

    monkeypatch.setattr(actions, "look_back", failing)
    # The one that fails comes first, in whatever order they would stand.
    monkeypatch.setattr(queries, "to_look_back", lambda **_: [bad, good])
    assert jobs.look_back() == 2
    assert list(MetLater.objects.values_list("case", "list")) == [(case, good.pk)]
    assert "signals_work_failed" in "".join(capsys.readouterr())


def test_an_index_that_cannot_be_made_starves_none_after_it(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[UUID] = []

    def failing(organisation: UUID, asked: object) -> None:
        made.append(organisation)
        if organisation == cast.one.pk:
            raise OSError("no space left on the disk")

    monkeypatch.setattr(shelf, "make_base", failing)
    monkeypatch.setattr(jobs, "_due", lambda: [cast.one.pk, cast.two.pk])
    assert jobs.make_bases() == 2
    assert made == [cast.one.pk, cast.two.pk]
