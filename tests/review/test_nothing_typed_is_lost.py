"""What somebody typed is there again when the case has moved on, the time is over, or somebody else was faster."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from tests.review.conftest import SEVERE, as_actor
from tests.review.test_coding import OTHER, at, browser, drawn, team, url
from tests.review.test_pages import FORM

from cairndesk.accounts.models import Person
from cairndesk.cases.actions import take_sample
from cairndesk.cases.models import Case, Sample
from cairndesk.review import actions, errors
from cairndesk.review.actions import code_blind, take_back_classification
from cairndesk.review.models import BlindCoding, Classification, SecondLook

__all__ = ["at", "drawn", "team"]
pytestmark = [pytest.mark.django_db, pytest.mark.slow]
Tell = Callable[..., Case]
WORDS = "What I saw there, in a sentence that took its time."
SENT = FORM | {"note": WORDS}


def is_kept(answer: HttpResponse, reason: str) -> bool:
    page = answer.content.decode()
    assert answer.status_code == 422
    assert reason in page
    return WORDS in page and 'value="material_distribution" checked' in page.replace("'", '"')


def test_a_classification_whose_claim_was_lost(tell: Tell, team: dict[str, Person], at: datetime) -> None:
    ana, sam, case = as_actor(team["Ana"]), as_actor(team["Sam"]), tell(at=at)
    actions.claim(case=case, by=ana, now=at)
    actions.put_back(case=case, by=ana, now=at)
    actions.claim(case=case, by=sam, now=at)
    assert is_kept(browser(team["Ana"]).post(url("classify", case), SENT), "Nothing was recorded yet")
    assert browser(team["Ana"]).get(url("classify", case)).status_code == 409
    assert not Classification.objects.exists()


def taken(case: Case, person: Person, at: datetime) -> Client:
    take_sample(case=case, by=as_actor(person), now=at)
    return browser(person)


def test_a_blind_coding_after_the_first_coder_took_theirs_back(drawn: Case, team: dict[str, Person], at: datetime) -> None:
    client = taken(drawn, team["Ari"], at)
    take_back_classification(case=drawn, by=as_actor(team["Ana"]), now=at)
    assert is_kept(client.post(url("code", drawn), SENT), "Nothing was recorded yet")


def test_a_blind_coding_after_its_time(drawn: Case, team: dict[str, Person], at: datetime) -> None:
    client = taken(drawn, team["Ari"], at)
    Sample.objects.update(taken_until=at - timedelta(minutes=1))
    assert is_kept(client.post(url("code", drawn), SENT), "Nothing was recorded yet")
    assert not BlindCoding.objects.exists()


def test_a_second_look_when_somebody_was_faster(tell: Tell, team: dict[str, Person], at: datetime) -> None:
    case, ana = tell(at=at), as_actor(team["Ana"])
    actions.classify(case=actions.claim(case=case, by=ana, now=at), look=SEVERE, by=ana, now=at)
    actions.give_second_look(case=case, look=SEVERE, agrees=True, by=as_actor(team["Sue"]), now=at)
    assert is_kept(browser(team["Sam"]).post(url("second-look", case), SENT | {"answer": "differ"}), "Nothing was recorded yet")
    assert SecondLook.objects.get().actor == str(team["Sue"].pseudonym)


def test_what_would_have_settled_it_when_somebody_was_faster(
    drawn: Case, team: dict[str, Person], tell: Tell, at: datetime, enrol: Callable[..., Person]
) -> None:
    taken(drawn, team["Ari"], at)
    code_blind(case=drawn, look=OTHER, by=as_actor(team["Ari"]), now=at)
    actions.settle_coding(case=drawn, look=OTHER, why="The words fit this one.", by=as_actor(team["Sue"]), now=at)
    assert is_kept(browser(team["Sam"]).post(url("settle", drawn), SENT), "Nothing was recorded yet")
    assert Classification.objects.filter(case=drawn).count() == 2


def test_a_classification_is_offered_to_be_taken_back_also_where_the_next_case_cannot_be_taken(
    tell: Tell, team: dict[str, Person], at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, client = tell(at=at), browser(team["Ana"])
    actions.claim(case=case, by=as_actor(team["Ana"]), now=at)

    def refuse(**_: object) -> Case:
        raise errors.StandsByNow

    monkeypatch.setattr(actions, "claim_next", refuse)
    client.post(url("classify", case), FORM | {"next": "yes"})
    assert client.session["undo"]["url"] == reverse("response:take-back-classification", args=[case.pk])
