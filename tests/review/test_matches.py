"""What a person makes of a match on the page of its case, and what follows from it for later files."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from tests.review.test_known import anas, case, enter, url
from tests.review.test_known_more import by, door, send
from tests.signals.test_false_matches import away, file

from cairndesk.accounts.rules import Actor
from cairndesk.cases.models import Case
from cairndesk.lib import clock
from cairndesk.review import actions
from cairndesk.review.rules.known import Kind
from cairndesk.signals import shelf, walled
from cairndesk.signals.actions import import_list
from cairndesk.signals.engine.identifiers import recognise
from cairndesk.signals.engine.lists import Row
from cairndesk.signals.models import Match, Suppression
from cairndesk.signals.rules import Papers

__all__ = ["anas", "by", "case", "enter"]
pytestmark = [pytest.mark.django_db, pytest.mark.slow]
PAPERS = Papers(
    name="Partner list", owner="Cairn Desk Two", agreement="A-7", terms="Matching only.", provenance="Sealed disk.",
    received_on=date(2020, 1, 1), expires_on=date(2100, 1, 1),
)  # fmt: skip


@pytest.fixture(autouse=True)
def _fresh() -> Any:
    yield
    shelf.of.cache_clear()


def listing(case: Case, sam: Actor, text: str) -> None:
    import_list(organisation=case.organisation_id, papers=PAPERS, rows=[Row(1, recognise(text)[:1])], by=sam, now=clock.now())


def test_a_match_is_rejected_with_a_reason_on_the_page_of_its_case(case: Case, sam: Actor, anas: Client) -> None:
    listing(case, sam, "pics.example")
    send(anas, door(case, Kind.ITEMS), {"lines": "https://a.pics.example/one", "as_kind": ""})
    anas.post(url("claim", case))
    match = Match.objects.get()
    at = url("match", case, match.pk)
    assert "It is wrong, because" in anas.get(url("case", case)).content.decode()
    assert [anas.post(at, {"standing": "rejected", "reason": code}).status_code for code in ("", "no_such_reason")] == [422, 422]
    page = anas.post(at, {"standing": "rejected", "reason": "too_common"}, follow=True).content.decode()
    assert "This thing meets the entry no more." in page
    assert "rejected, met no more" in page
    assert "Confirm this match" in page
    assert "Take that back: it is a lead again" in page
    assert "Taken back: the match is a lead again." in anas.post(at, {"standing": "lead"}, follow=True).content.decode()
    assert not Suppression.objects.filter(ended_at=None).exists()


def test_rejecting_the_very_value_that_is_listed_says_that_it_goes_on_being_met(case: Case, sam: Actor, anas: Client) -> None:
    listing(case, sam, "https://a.pics.example/one")
    send(anas, door(case, Kind.ITEMS), {"lines": "https://a.pics.example/one", "as_kind": ""})
    anas.post(url("claim", case))
    page = anas.post(url("match", case, Match.objects.get().pk), {"standing": "rejected", "reason": "too_common"}, follow=True).content.decode()
    assert "it goes on being met: a supervisor can dispute the entry" in page


def test_a_file_that_looks_like_a_rejected_one_is_matched_in_its_own_right(
    case: Case, tell: Callable[..., Case], sam: Actor, anas: Client, by: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walled, "hash_media", file)
    case.organisation.media_mode, case.organisation.media_basis = "hash_only", "made up for tests"
    case.organisation.save()
    listing(case, sam, f"pdq:{away(0)}")
    anas.post(url("claim", case))
    actions.hand_over(case=case, data=b"decoy", by=by["by"], now=clock.now())
    anas.post(url("match", case, Match.objects.get().pk), {"standing": "rejected", "reason": "different"})
    again, other = tell(at=clock.now()), tell(at=clock.now())
    for data, where, leads in ((b"decoy", again, 0), (b"what is really listed", again, 1), (b"what is really listed", other, 1)):
        actions.hand_over(case=where, data=data, by=by["by"], now=clock.now())
        assert Match.objects.filter(case=where.pk).count() == leads
