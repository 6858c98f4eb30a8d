"""Cases whose pictures look alike are found in what was seen: up to 31 bits and no further, in any form, in the same organisation only."""

from collections.abc import Callable
from uuid import UUID

import pytest
from tests.signals.conftest import NOW, Cast

from cairndesk.lib import clock
from cairndesk.lib.ids import new_id
from cairndesk.signals import actions, jobs, queries
from cairndesk.signals.actions.seen import forget_seen
from cairndesk.signals.alike import alike, nearest
from cairndesk.signals.engine import lookback
from cairndesk.signals.engine.identifiers import Identifier, Kind, recognise
from cairndesk.signals.models import AlikeCase, Seen

pytestmark = pytest.mark.django_db
HERE, MIRRORED = int("5" * 64, 16), int("3c" * 32, 16)
See = Callable[..., UUID]


@pytest.fixture(params=["few", "many"])
def see(request: pytest.FixtureRequest, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> See:
    """A case of which these forms of a picture were seen; what is asked is few hashes or many."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    if request.param == "many":
        monkeypatch.setattr(lookback, "FEW", 0)

    def seeing(*forms: int, organisation: UUID = cast.one.id) -> UUID:
        case, names = new_id(), ("identity", "mirrored")
        seen = [Identifier(Kind.PDQ, f"{value:064x}", form=form) for value, form in zip(forms, names, strict=False)]
        asked = queries.standing_of_lists(organisation=organisation)
        actions.remember(organisation=organisation, case=case, identifiers=[*seen, *recognise("ab" * 16)], asked=asked, now=NOW)
        return case

    return seeing


def away(value: int, bits: int) -> int:
    return value ^ ((1 << bits) - 1)


@pytest.mark.req("TRG-19")
def test_pictures_within_31_bits_are_alike_in_any_form_and_how_near_is_said(cast: Cast, see: See) -> None:
    case = see(HERE, MIRRORED)
    same, edge, turned, _ = see(HERE), see(away(HERE, 31)), see(away(MIRRORED, 4)), see(away(HERE, 32))
    assert alike(organisation=cast.one.id, case=case) == {same: 0, edge: 31, turned: 4}
    assert alike(organisation=cast.one.id, case=turned) == {case: 4}


def test_a_foreign_case_an_erased_one_and_one_without_pictures_are_alike_to_nothing(cast: Cast, see: See) -> None:
    case, bare, gone = see(HERE), see(), see(HERE)
    see(HERE, organisation=cast.two.id)
    assert alike(organisation=cast.one.id, case=case) == {gone: 0}
    forget_seen(case=gone, now=NOW)
    assert alike(organisation=cast.one.id, case=case) == alike(organisation=cast.one.id, case=bare) == {}
    assert alike(organisation=cast.two.id, case=case) == {}


def test_cases_in_one_packed_batch_are_found_as_those_in_many(cast: Cast, see: See, monkeypatch: pytest.MonkeyPatch) -> None:
    case, near = see(HERE), see(away(HERE, 9))
    see(away(HERE, 200))
    monkeypatch.setattr("cairndesk.signals.actions.seen.PACK_AT", 2)
    assert actions.pack_seen(now=NOW) == 3
    assert alike(organisation=cast.one.id, case=case) == {near: 9}


def marks() -> set[tuple[UUID, UUID, int, bool]]:
    return set(AlikeCase.objects.values_list("case", "other", "distance", "is_weighed"))


@pytest.mark.req("TRG-19")
def test_work_marks_both_cases_once_for_each_new_picture(cast: Cast, see: See) -> None:
    first, near, _ = see(HERE, MIRRORED), see(away(MIRRORED, 4)), see(away(HERE, 200))
    see(HERE, organisation=cast.two.id)
    assert jobs.find_alike() == 2
    assert marks() == {(first, near, 4, False), (near, first, 4, False)}
    actions.settle_alike(marks=[one.pk for one in queries.alike_with(case=first)])
    assert jobs.find_alike() == 0, "what was compared is not compared again"
    third = see(away(HERE, 2))
    jobs.find_alike()
    assert marks() == {(first, near, 4, True), (near, first, 4, False), (first, third, 2, False), (third, first, 2, False)}


def test_another_picture_of_a_marked_case_marks_nothing_twice(cast: Cast, see: See) -> None:
    first, near = see(HERE), see(HERE)
    jobs.find_alike()
    actions.settle_alike(marks=list(AlikeCase.objects.values_list("pk", flat=True)))
    told = [Identifier(Kind.PDQ, f"{value:064x}") for value in (HERE, away(MIRRORED, 1))]
    actions.remember(organisation=cast.one.id, case=near, identifiers=told, asked=frozenset(), now=NOW)
    other = see(MIRRORED)
    assert jobs.find_alike() == 1
    assert marks() == {(first, near, 0, True), (near, first, 0, True), (near, other, 1, False), (other, near, 1, False)}


def test_a_picture_that_many_cases_have_marks_only_so_many(cast: Cast, see: See, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cairndesk.signals.actions.alike.MOST", 2)
    old = [see(away(HERE, bits)) for bits in (5, 3, 1)]
    jobs.find_alike()
    new = see(HERE)
    jobs.find_alike()
    assert [(one.other, one.distance) for one in queries.alike_with(case=new)] == [(old[2], 1), (old[1], 3)]


def test_what_is_erased_leaves_no_mark_on_either_side(cast: Cast, see: See, monkeypatch: pytest.MonkeyPatch) -> None:
    first, near = see(HERE), see(HERE)
    jobs.find_alike()
    actions.forget_case(case=near, now=NOW)
    assert marks() == set()
    found = {first: {near: 0}}
    monkeypatch.setattr("cairndesk.signals.alike.nearest", lambda **_: found)
    Seen.objects.update(is_compared=False)
    jobs.find_alike()
    assert marks() == set(), "a case that was erased while it was compared"


def test_it_is_as_the_search_for_one_case_gives(cast: Cast, see: See) -> None:
    spread = [see(away(HERE, bits), away(MIRRORED, 40 - bits)) for bits in (0, 9, 17, 30)]
    every = {case: alike(organisation=cast.one.id, case=case) for case in spread}
    assert nearest(organisation=cast.one.id, cases=set(spread)) == every
    assert any(every.values())
