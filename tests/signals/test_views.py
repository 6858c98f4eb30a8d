from uuid import UUID

import pytest
from django.http import Http404, HttpResponse
from django.test import RequestFactory
from tests.signals.conftest import Cast, Importing

from cairndesk.accounts.rules import Actor, Verb
from cairndesk.signals import views
from cairndesk.signals.models import HashList

pytestmark = pytest.mark.django_db
MD5 = "ab" * 16


def ask(actor: Actor, value: str | None = None) -> str:
    request = RequestFactory().get("/lists/") if value is None else RequestFactory().post("/lists/", {"value": value})
    request.actor, request.session = actor, {}
    answer: HttpResponse = views.lists(request)
    assert answer.status_code == 200
    return answer.content.decode()


def switch(actor: Actor, listed: UUID) -> HttpResponse:
    request = RequestFactory().post("/")
    request.actor, request.session = actor, {}
    return views.switch(request, listed)


def test_a_list_is_shown_with_its_papers_to_its_own_organisation_only(cast: Cast, take_in: Importing) -> None:
    take_in(MD5)
    shown = ask(cast.ana)
    for words in ("Partner list", "A-7 of 2026", "For matching of reports only.", "sealed disk", "20 November 2027"):
        assert words in shown
    assert "Switch off" not in shown
    assert "Switch off" in ask(cast.sam)
    assert "Partner list" not in ask(cast.ola)


@pytest.mark.req("DET-03")
def test_a_look_up_answers_in_words_and_never_calls_a_miss_harmless(cast: Cast, take_in: Importing) -> None:
    take_in(MD5)
    assert "A match is a lead until a person has decided." in ask(cast.ana, MD5)
    assert "does not mean that it is harmless" in ask(cast.ana, "cd" * 16)
    assert "does not mean that it is harmless" in ask(cast.ola, MD5)
    assert "33 hexadecimal digits" in ask(cast.ana, "a" * 33)


def test_what_was_asked_is_shown_defanged_and_escaped(cast: Cast) -> None:
    shown = ask(cast.ana, "https://pics.example/<b>")
    assert "hxxps://pics[.]example/&lt;b&gt;" in shown
    assert "https://pics.example" not in shown


def test_a_supervisor_switches_a_list_off_and_on(cast: Cast, take_in: Importing) -> None:
    listed = take_in(MD5).listed
    assert switch(cast.sam, listed.id).status_code == 302
    assert "Switched off by a person" in ask(cast.ana)
    switch(cast.sam, listed.id)
    assert HashList.objects.get().is_on
    with pytest.raises(Http404):
        switch(cast.ola, listed.id)


def test_each_door_says_who_may_open_it() -> None:
    assert views.lists.policy.verb is Verb.LIST_READ
    assert views.switch.policy.verb is Verb.LIST_IMPORT
