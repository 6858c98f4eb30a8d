"""Cases whose pictures look alike are found in what was seen: up to 31 bits and no further, in any form, in the same organisation only."""

from collections.abc import Callable
from uuid import UUID

import pytest
from tests.signals.conftest import NOW, Cast

from cairndesk.lib import clock
from cairndesk.lib.ids import new_id
from cairndesk.signals import actions, queries
from cairndesk.signals.actions.seen import forget_seen
from cairndesk.signals.alike import alike
from cairndesk.signals.engine import lookback
from cairndesk.signals.engine.identifiers import Identifier, Kind, recognise

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
