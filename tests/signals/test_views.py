import dataclasses
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest
from django.http import Http404, HttpResponse
from django.test import RequestFactory
from tests.signals.conftest import NOW, PAPERS, Cast, Importing

from cairndesk.accounts.errors import NotPermitted
from cairndesk.accounts.rules import SYSTEM, Actor, Verb
from cairndesk.custody.queries import entries_about
from cairndesk.lib.ids import new_id
from cairndesk.signals import actions, governed, queries, shelf, views
from cairndesk.signals.engine.identifiers import recognise
from cairndesk.signals.errors import ListRefused, ReasonMissing
from cairndesk.signals.models import HashList, ListSource, Match
from cairndesk.signals.rules import SeenBy, Source, SourceKind, Standing

pytestmark = pytest.mark.django_db
MD5 = "ab" * 16


def ask(actor: Actor, value: str | None = None) -> str:
    request = RequestFactory().get("/lists/") if value is None else RequestFactory().post("/lists/", {"value": value})
    request.actor, request.session = actor, {}
    answer: HttpResponse = views.lists(request)
    assert answer.status_code == 200
    return answer.content.decode()


def send(door: Callable[..., HttpResponse], actor: Actor, listed: UUID, **told: object) -> HttpResponse:
    request = RequestFactory().post("/", told)
    request.actor, request.session = actor, {}
    return door(request, listed)


def page(actor: Actor, listed: UUID) -> str:
    request = RequestFactory().get("/")
    request.actor, request.session = actor, {}
    return views.one(request, listed).content.decode()


def test_a_list_is_shown_with_its_papers_to_its_own_organisation_only(cast: Cast, take_in: Importing) -> None:
    take_in(MD5)
    shown = ask(cast.ana)
    for words in ("Partner list", "A-7 of 2026", "For matching of reports only.", "sealed disk", "20 November 2027"):
        assert words in shown
    assert "Partner list" not in ask(cast.ola)


@pytest.mark.req("DET-03")
def test_a_look_up_answers_in_words_and_never_calls_a_miss_harmless(cast: Cast, take_in: Importing) -> None:
    take_in(MD5)
    assert "A match is a lead until a person has decided." in ask(cast.ana, MD5)
    assert "does not mean that it is harmless" in ask(cast.ana, "cd" * 16)
    assert "does not mean that it is harmless" in ask(cast.ola, MD5)
    assert "33 hexadecimal digits" in ask(cast.ana, "a" * 33)


@pytest.mark.req("DET-03")
def test_a_list_that_cannot_be_asked_is_said_and_never_passes_for_a_miss(cast: Cast, take_in: Importing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "MOST_LATE", 1)
    take_in(MD5, "cd" * 16, name="Long")
    take_in("ef" * 16, name="Short")
    missed = ask(cast.ana, MD5)
    assert "Not asked, because still being read in: <bdi>Long</bdi> of <bdi>Cairn Desk Two</bdi>" in missed
    assert "The answer is not complete: it is on none of the lists that could be asked" in missed
    assert "It is not on the lists that are on" not in missed
    found = ask(cast.ana, "ef" * 16)
    assert "A match is a lead until a person has decided." in found
    assert "still being read in: <bdi>Long</bdi>" in found
    shelf.make_base(cast.one.pk, queries.asked(organisation=cast.one.pk, now=NOW))
    assert "still being read in" not in ask(cast.ana, MD5)


def test_while_a_new_version_is_read_in_the_answer_says_which_one_it_is_of(cast: Cast, take_in: Importing, monkeypatch: pytest.MonkeyPatch) -> None:
    take_in(MD5)
    monkeypatch.setattr(shelf, "MOST_LATE", 1)
    ask(cast.ana, MD5)
    take_in("cd" * 16, "ef" * 16)
    shown = ask(cast.ana, MD5)
    assert "Partner list</bdi></a>, version 1</th>" in shown
    assert "<bdi>Partner list</bdi> answers as of version 1; version 2 is still being read in." in shown
    [found] = queries.find_matches(organisation=cast.one.pk, identifiers=recognise(MD5), now=NOW)
    [kept] = actions.record_matches(organisation=cast.one.pk, case=new_id(), item=new_id(), found=[found], by=SYSTEM, now=NOW)
    assert (found.version, kept.version) == (1, 1)


def test_what_was_asked_is_shown_defanged_and_escaped(cast: Cast) -> None:
    shown = ask(cast.ana, "https://pics.example/<b>")
    assert "hxxps://pics[.]example/&lt;b&gt;" in shown
    assert "https://pics.example" not in shown


def test_a_supervisor_switches_a_list_off_and_on_and_says_why(cast: Cast, take_in: Importing) -> None:
    listed = take_in(MD5).listed
    assert "Switch off" not in page(cast.ana, listed.id)
    assert "Switch off" in page(cast.sam, listed.id)
    for why in ("", "settled"):
        with pytest.raises(ReasonMissing):
            send(views.switch, cast.sam, listed.id, why=why)
    assert send(views.switch, cast.sam, listed.id, why="too_many_false").status_code == 302
    assert "Switched off by a person" in ask(cast.ana)
    assert "Switched off by a person" in page(cast.ana, listed.id)
    send(views.switch, cast.sam, listed.id, why="settled")
    assert HashList.objects.get().is_on
    assert [line.detail for line in entries_about(listed.id)[1:]] == [{"why": "too_many_false"}, {"why": "settled"}]
    with pytest.raises(Http404):
        send(views.switch, cast.ola, listed.id, why="mistake")


def test_a_list_that_went_dark_on_its_day_is_renewed_and_asked_again(cast: Cast, take_in: Importing) -> None:
    listed = take_in(MD5).listed
    after = datetime.combine(listed.expires_on, time(12), UTC)
    actions.expire_lists(now=after)
    with pytest.raises(ListRefused):
        actions.switch_on(listed=HashList.objects.get(), by=cast.sam, now=after)
    with pytest.raises(ListRefused):
        actions.renew_list(listed=listed, expires_on=after.date(), by=cast.sam, now=after)
    with pytest.raises(NotPermitted):
        actions.renew_list(listed=listed, expires_on=after.date() + timedelta(days=9), by=cast.ana, now=after)
    with pytest.raises(Http404):
        send(views.renew, cast.ola, listed.id, expires_on="2040-01-01")
    with pytest.raises(ListRefused):
        send(views.renew, cast.sam, listed.id, expires_on="soon")
    assert not HashList.objects.get().is_on
    assert send(views.renew, cast.sam, listed.id, expires_on="2040-01-01").status_code == 302
    renewed = HashList.objects.get()
    assert (renewed.is_on, renewed.off_because, renewed.expires_on) == (True, "", date(2040, 1, 1))
    assert entries_about(listed.id)[-2].detail == {"until": "2040-01-01"}


def test_what_a_person_switched_off_stays_off_when_its_papers_are_renewed(cast: Cast, take_in: Importing) -> None:
    listed = take_in(MD5).listed
    actions.switch_off(listed=listed, by=cast.sam, now=NOW)
    assert not actions.renew_list(listed=listed, expires_on=date(2040, 1, 1), by=cast.sam, now=NOW).is_on


def test_each_door_says_who_may_open_it() -> None:
    assert views.lists.policy.verb is Verb.LIST_READ
    assert views.one.policy.verb is Verb.LIST_READ
    assert {door.policy.verb for door in (views.switch, views.decide, views.limit, views.renew, views.take_back)} == {Verb.LIST_IMPORT}


def test_the_page_of_a_list_shows_how_it_grew_what_is_on_it_and_what_met_it(cast: Cast, take_in: Importing) -> None:
    listed = take_in(MD5, "https://pics.example/a", now=NOW).listed
    take_in("cd" * 16, now=NOW + timedelta(days=1))
    found = queries.find_matches(organisation=cast.one.id, identifiers=recognise(MD5), now=NOW)
    for at, standing in ((NOW, Standing.CONFIRMED), (NOW, Standing.LEAD), (NOW - timedelta(days=40), Standing.REJECTED)):
        (match,) = actions.record_matches(organisation=cast.one.id, case=new_id(), item=new_id(), found=found, by=cast.sam, now=at)
        Match.objects.filter(pk=match.pk).update(standing=standing)
    shown = page(cast.ana, listed.id)
    for words in ("From 2 entries in version 1 to 3 in version 2.", "MD5 of files", "People have decided 2 matches of these months and confirmed 1."):
        assert words in shown
    held = governed.page(HashList.objects.get(), now=NOW)
    assert held.kinds == [("MD5 of files", 2), ("links", 1)]
    assert [(one.number, one.added, one.entries) for one in held.growth] == [(1, 2, 2), (2, 1, 3)]
    assert [(f"{one.first:%Y-%m}", one.matches, one.confirmed, one.rejected, one.waiting) for one in held.months] == [
        ("2026-11", 2, 1, 0, 1),
        ("2026-10", 1, 0, 1, 0),
    ]
    assert '<polyline points="0.0,34.0 600.0,2.0"/>' in shown
    with pytest.raises(Http404):
        page(cast.ola, listed.id)


def test_a_list_with_one_version_has_no_line(cast: Cast, take_in: Importing) -> None:
    shown = page(cast.ana, take_in(MD5).listed.id)
    assert "there is one version so far" in shown
    assert "<polyline" not in shown


def test_where_a_list_is_fetched_from_and_what_went_wrong_is_shown(cast: Cast) -> None:
    papers = dataclasses.replace(PAPERS, seen_by=SeenBy.STAFF)
    place = Source(kind=SourceKind.STOPNCII, address="https://lists.example/v1", credentials="stopncii", every_hours=6)
    held = actions.set_source(organisation=cast.one.id, papers=papers, source=place, by=cast.sam, now=NOW)
    shown = ask(cast.ana)
    for words in ("https://lists.example/v1", "every 6 hours", "never", "has not been fetched yet", "images of adults"):
        assert words in shown
    assert "Nothing has come yet." in page(cast.ana, held.list_id)
    assert actions.claim_source(source=held, worker="w", now=NOW)
    actions.record_fetch_trouble(source=held, worker="w", code="x.y", says="The source does not answer.", again=NOW, by=SYSTEM, now=NOW)
    ListSource.objects.update(unmatched={"pdna": 12}, refused=3)
    shown = ask(cast.ana)
    for words in ("could not be fetched on 23 November 2026, 09:30 UTC: The source does not answer.", "pdna: 12", "3 records"):
        assert words in shown


def test_what_needs_somebody_stands_first_and_a_list_that_never_came_has_a_page(cast: Cast, take_in: Importing) -> None:
    take_in(MD5, expires_on=NOW.date() + timedelta(days=300))
    papers = dataclasses.replace(PAPERS, name="Zebra list")
    place = Source(kind=SourceKind.FILE, address="list.csv", every_hours=6, form="csv", columns="md5=Hash")
    coming = actions.set_source(organisation=cast.one.id, papers=papers, source=place, by=cast.sam, now=NOW)
    assert ask(cast.ana).index("Partner list") < ask(cast.ana).index("Zebra list")
    ListSource.objects.update(trouble="signals.unreachable", trouble_says="It did not answer.", tried_at=NOW)
    assert ask(cast.ana).index("Zebra list") < ask(cast.ana).index("Partner list")
    shown = page(cast.sam, coming.list_id)
    assert "Nothing has come yet. Each import or fetch appears here as a version." in shown
    assert "It could not be fetched on" in shown
