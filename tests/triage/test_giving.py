"""Sharing the work out: a supervisor says who should take a waiting case, and no child waits because that person is away."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client
from tests.review.conftest import as_actor, enrol, tell
from tests.review.test_pages import anas, at, enter

from cairndesk.accounts.errors import NotPermitted
from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import Role
from cairndesk.cases.models import Case
from cairndesk.custody.queries import entries_about
from cairndesk.review import actions as review
from cairndesk.review.errors import NothingWaits
from cairndesk.triage import actions, errors, queries
from cairndesk.triage.models import Given

__all__ = ["anas", "at", "enrol", "enter", "tell"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ring")]
Tell = Callable[..., Case]
Enrol = Callable[..., Person]


@pytest.fixture
def sam(enrol: Enrol, one: Organisation) -> Person:
    return enrol(one, "Sam", Role.SUPERVISOR)


@pytest.fixture
def ari(enrol: Enrol, one: Organisation) -> Person:
    return enrol(one, "Ari", Role.ANALYST)


def test_a_case_is_given_on_its_page_and_waits_for_whom_it_was_given_to(
    tell: Tell, anas: Client, enter: Callable[[Person], Client], sam: Person, ari: Person, at: datetime
) -> None:
    case = tell(at=at)
    sams = enter(sam)
    page = sams.get(f"/cases/{case.pk}/").content.decode()
    assert f'<option value="{ari.pk}">Ari</option>' in page
    assert "It is kept for Ari until" in sams.post(f"/cases/{case.pk}/give/", {"to": str(ari.pk)}, follow=True).content.decode()
    assert "for Ari" in anas.get("/queue/waiting/").content.decode()
    seen_by_ana = anas.get(f"/cases/{case.pk}/").content.decode()
    assert "It is kept for Ari." in seen_by_ana
    Given.objects.update(until=at - timedelta(minutes=1))
    assert "for Ari" not in anas.get("/queue/waiting/").content.decode()
    Given.objects.update(until=at + timedelta(minutes=30))
    assert "Give it to" not in seen_by_ana
    assert "What was given to you" not in anas.get("/").content.decode()
    assert "What was given to you" in enter(ari).get("/").content.decode()
    assert "triage.case.given" in [entry.event for entry in entries_about(case.pk)]


def test_nobody_else_is_handed_it_until_the_time_to_take_it_is_over(tell: Tell, sam: Person, ari: Person, at: datetime) -> None:
    case, sams, aris = tell(at=at), as_actor(sam), as_actor(ari)
    given = actions.give_case(case=case, to=ari.pk, by=sams, now=at)
    assert given.until == at + timedelta(hours=2)
    with pytest.raises(NothingWaits):
        review.claim_next(by=sams, now=at)
    assert list(queries.given_to(by=aris, now=at)) == [case]
    assert review.claim_next(by=sams, now=given.until).claimed_by == sams.pseudonym
    assert not queries.given_to(by=aris, now=given.until)


def test_it_is_handed_to_whom_it_is_kept_for(tell: Tell, sam: Person, ari: Person, at: datetime) -> None:
    tell(at=at - timedelta(hours=1))
    case = tell({"danger": ["deadline"]}, at=at)
    actions.give_case(case=case, to=ari.pk, by=as_actor(sam), now=at)
    assert review.claim_next(by=as_actor(ari), now=at) == case


def test_whoever_opens_it_may_still_take_it(tell: Tell, sam: Person, ari: Person, at: datetime) -> None:
    case = tell(at=at)
    actions.give_case(case=case, to=ari.pk, by=as_actor(sam), now=at)
    assert review.claim(case=case, by=as_actor(sam), now=at).claimed_by == str(sam.pseudonym)


def test_a_child_in_danger_is_kept_for_nobody(tell: Tell, sam: Person, ari: Person, at: datetime) -> None:
    case = tell({"danger": ["happening_now"]}, at=at)
    actions.give_case(case=case, to=ari.pk, by=as_actor(sam), now=at)
    assert review.claim_next(by=as_actor(sam), now=at) == case


def test_no_case_is_kept_longer_than_it_may_wait_and_an_overdue_one_for_a_quarter_of_an_hour(
    tell: Tell, sam: Person, ari: Person, at: datetime
) -> None:
    late, soon = tell(at=at - timedelta(days=9)), tell({"danger": ["deadline"]}, at=at)
    assert actions.give_case(case=soon, to=ari.pk, by=as_actor(sam), now=at).until == soon.due_at == at + timedelta(hours=1)
    until = actions.give_case(case=late, to=ari.pk, by=as_actor(sam), now=at).until
    assert (until, queries.kept_for(late, now=at)) == (at + timedelta(minutes=15), "Ari")
    with pytest.raises(NothingWaits):
        review.claim_next(by=as_actor(sam), now=at)
    assert review.claim_next(by=as_actor(sam), now=until) == late


def test_it_goes_only_to_somebody_who_can_take_it(tell: Tell, sam: Person, enrol: Enrol, one: Organisation, two: Organisation, at: datetime) -> None:
    case = tell(at=at)
    stranger, caller, gone, untrained = (
        enrol(two, "Ola", Role.ANALYST),
        enrol(one, "Cal", Role.CALL_TAKER),
        enrol(one, "Gil", Role.ANALYST),
        enrol(one, "Uma", Role.ANALYST),
    )
    Person.objects.filter(pk=gone.pk).update(is_active=False)
    Person.objects.filter(pk=untrained.pk).update(credential_until=date(2026, 1, 1))
    for person in (stranger.pk, caller.pk, gone.pk, untrained.pk, uuid4()):
        with pytest.raises(errors.NobodyToGiveTo):
            actions.give_case(case=case, to=person, by=as_actor(sam), now=at)


@pytest.mark.parametrize("to", ["", "x", "00000000-0000-0000-0000-000000000000"])
def test_a_name_that_is_none_gives_it_to_nobody(tell: Tell, sam: Person, enter: Callable[[Person], Client], at: datetime, to: str) -> None:
    case = tell(at=at)
    assert 400 <= enter(sam).post(f"/cases/{case.pk}/give/", {"to": to}).status_code < 500
    assert not queries.kept_for(case, now=at)


def test_an_analyst_gives_no_case_away_and_a_taken_one_is_not_given(tell: Tell, sam: Person, ari: Person, at: datetime) -> None:
    case = tell(at=at)
    with pytest.raises(NotPermitted):
        actions.give_case(case=case, to=sam.pk, by=as_actor(ari), now=at)
    review.claim(case=case, by=as_actor(ari), now=at)
    with pytest.raises(NotPermitted):
        actions.give_case(case=case, to=ari.pk, by=as_actor(sam), now=at)


def test_it_can_be_given_to_somebody_else_instead(tell: Tell, sam: Person, ari: Person, at: datetime) -> None:
    case = tell(at=at)
    actions.give_case(case=case, to=ari.pk, by=as_actor(sam), now=at)
    actions.give_case(case=case, to=sam.pk, by=as_actor(sam), now=at)
    assert queries.kept_for(case, now=at) == "Sam"
