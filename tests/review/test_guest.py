"""A named person of a partner organisation gives the second look: they reach that case, and nothing else of that desk."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.accounts.test_doors import DOORS
from tests.review.conftest import SEVERE, as_actor

from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import Role
from cairndesk.cases.actions import add_item, add_person, record_clue, record_identification
from cairndesk.cases.models import Case
from cairndesk.cases.rules import Stage
from cairndesk.custody.queries import entries_about
from cairndesk.lib import clock
from cairndesk.review import actions, errors

pytestmark = pytest.mark.django_db
ADDRESS = "https://pictures.example/shared"


@pytest.fixture
def at() -> datetime:
    return clock.now()


@pytest.fixture
def cases(tell: Callable[..., Case], enrol: Callable[..., Person], one: Organisation, at: datetime) -> tuple[Case, Case]:
    """Two cases of one desk that wait for another person, and share an identifier; Sam classified both."""
    sam = as_actor(enrol(one, "Sam", Role.SUPERVISOR))
    made = []
    for _ in range(2):
        case = tell({"what": ["found"], "more": "Seen on a public page."}, at=at)
        add_item(case=case, kind="url", identifier=ADDRESS, by=sam, now=at)
        actions.classify(case=actions.claim(case=case, by=sam, now=at), look=SEVERE, note="I am not sure.", by=sam, now=at)
        made.append(case)
    return made[0], made[1]


def browser_of(person: Person) -> Client:
    client, now = Client(), clock.now().isoformat()
    session = client.session
    session.update({"person": str(person.pk), "proof": "demo", "seen": now, "started": now})
    session.save()
    return client


def reached(client: Client, case: Case) -> set[int]:
    """What the doors of `case` answer that a second look needs."""
    report, item = case.reports.get(), case.items.get()
    opened = [client.get(reverse(f"review:{name}", args=[case.pk])) for name in ("case", "second-look")]
    opened.append(client.post(reverse("review:account", args=[case.pk, report.pk])))
    opened.append(client.post(reverse("review:item", args=[case.pk, item.pk])))
    return {answer.status_code for answer in opened}


@pytest.mark.slow
def test_the_invited_person_reaches_this_case_through_their_own_list_and_nothing_else(
    cases: tuple[Case, Case], enrol: Callable[..., Person], one: Organisation, two: Organisation, at: datetime
) -> None:
    case, another = cases
    ola, olga = enrol(two, "Ola", Role.ANALYST), enrol(two, "Olga", Role.ANALYST)
    guest, colleague = browser_of(ola), browser_of(olga)
    assert reached(guest, case) == {404}
    sam = Person.objects.get(name="Sam")
    actions.invite_second_look(case=case, person=ola, by=as_actor(sam), now=at)

    waiting = guest.get(reverse("review:looks")).content.decode()
    assert reverse("review:second-look", args=[case.pk]) in waiting
    assert another.number not in waiting
    assert case.number not in guest.get("/").content.decode()
    assert reached(guest, case) == {200}
    assert another.number not in guest.get(reverse("review:case", args=[case.pk])).content.decode()
    refused = guest.get(reverse("intake:conversation", args=[case.pk]))
    assert refused.status_code == 404
    assert reached(guest, another) == reached(colleague, case) == {404}
    assert case.number not in colleague.get(reverse("review:looks")).content.decode()


@pytest.mark.slow
def test_an_invitation_is_withdrawn_on_the_page_of_the_case(
    cases: tuple[Case, Case], enrol: Callable[..., Person], two: Organisation, at: datetime
) -> None:
    case, another = cases
    ola, sam = enrol(two, "Ola", Role.ANALYST), Person.objects.get(name="Sam")
    grant = actions.invite_second_look(case=case, person=ola, by=as_actor(sam), now=at)
    guest, home = browser_of(ola), browser_of(sam)
    page = home.get(reverse("review:case", args=[case.pk])).content.decode()
    withdraw = reverse("review:withdraw-invitation", args=[case.pk, grant.pk])
    assert "It waits for Ola, Cairn Desk Two" in page
    assert withdraw in page
    assert guest.post(withdraw).status_code in {403, 404}
    assert home.post(reverse("review:withdraw-invitation", args=[another.pk, grant.pk])).status_code == 302
    assert reached(guest, case) == {200}
    answer = home.post(withdraw, follow=True).content.decode()
    assert "may not look at this case any more" in answer
    assert "Ola, Cairn Desk Two</option>" in answer
    assert reached(guest, case) == {404}
    assert [entry.event for entry in entries_about(case.pk)].count("accounts.guest.withdrawn") == 1
    assert home.post(withdraw).status_code == 302


@pytest.mark.slow
def test_a_partner_is_not_asked_while_a_colleague_could_look(
    cases: tuple[Case, Case], enrol: Callable[..., Person], one: Organisation, two: Organisation, at: datetime
) -> None:
    case, _ = cases
    ola, sam = enrol(two, "Ola", Role.ANALYST), as_actor(Person.objects.get(name="Sam"))
    ana = enrol(one, "Ana", Role.ANALYST)
    with pytest.raises(errors.SomebodyAtHome):
        actions.invite_second_look(case=case, person=ola, by=sam, now=at)
    ana.credential_until = at.date() - timedelta(days=1)
    ana.save()
    assert actions.invite_second_look(case=case, person=ola, by=sam, now=at).case == case.pk


@pytest.mark.slow
def test_the_look_of_a_guest_moves_the_case_on_is_logged_and_ends_the_visit(
    cases: tuple[Case, Case], enrol: Callable[..., Person], two: Organisation, at: datetime
) -> None:
    case, _ = cases
    ola, sam = enrol(two, "Ola", Role.ANALYST), Person.objects.get(name="Sam")
    actions.invite_second_look(case=case, person=ola, by=as_actor(sam), now=at)
    guest = browser_of(ola)
    agreed = {"answer": "agree", "first": str(case.classifications.get().pk)}
    assert guest.post(reverse("review:second-look", args=[case.pk]), agreed).status_code == 302
    case.refresh_from_db()
    assert case.stage == Stage.CLASSIFIED
    assert [entry.detail["as_guest"] for entry in entries_about(case.pk) if entry.event == "review.second_look.given"] == [1]
    assert reached(guest, case) == {404}
    assert case.number not in guest.get(reverse("review:looks")).content.decode()


# What a second look needs. Every other address of a case refuses a guest; a door that is new and for guests has to join this list.
FOR_GUESTS = {
    "/cases/<uuid:case_id>/",
    "/cases/<uuid:case_id>/second-look/",
    "/cases/<uuid:case_id>/account/<uuid:report_id>/",
    "/cases/<uuid:case_id>/items/<uuid:item_id>/",
    "/cases/<uuid:case_id>/notes/<uuid:note_id>/",
    "/cases/<uuid:case_id>/known/",
    "/cases/<uuid:case_id>/known/<slug:kind>/<uuid:fact_id>/words/",
}


@pytest.mark.slow
def test_every_address_of_a_case_but_those_of_a_second_look_refuses_a_guest(
    cases: tuple[Case, Case], enrol: Callable[..., Person], two: Organisation, at: datetime
) -> None:
    case, another = cases
    ola, sam = enrol(two, "Ola", *Role), as_actor(Person.objects.get(name="Sam"))
    grant = actions.invite_second_look(case=case, person=ola, by=sam, now=at)
    child = add_person(case=case, role="child", by=sam, now=at)
    note = case.classifications.get().note_id
    report, item = case.reports.get().pk, case.items.get().pk
    things = {"case_id": case.pk, "other_id": another.pk, "report_id": report, "item_id": item, "fact_id": item, "kind": "items"}
    things |= {"note_id": note, "person_id": child.pk, "grant_id": grant.pk, "about_id": item}
    guest, before, opened = browser_of(ola), Case.objects.values().get(pk=case.pk), set()
    routes = [route for route in DOORS if "<uuid:case_id>" in route]
    assert len(routes) > 50
    for route in routes:
        address = re.sub(r"<(?:\w+:)?(\w+)>", lambda place: str(things.get(place[1], case.pk)), route)
        for answer in (guest.get(address), guest.post(address)):
            page = answer.content.decode()
            if answer.status_code in {403, 404, 405}:
                assert case.number not in page, route
            else:
                opened.add(route)
                assert another.number not in page, route
    assert opened == FOR_GUESTS
    assert Case.objects.values().get(pk=case.pk) == before


@pytest.mark.slow
def test_a_guest_reads_nothing_of_how_identifying_somebody_stands(
    cases: tuple[Case, Case], enrol: Callable[..., Person], two: Organisation, at: datetime
) -> None:
    case, _ = cases
    ola, sam = enrol(two, "Ola", Role.ANALYST), Person.objects.get(name="Sam")
    who: dict[str, Any] = {"by": as_actor(sam), "now": at}
    child = add_person(case=case, role="child", **who)
    track = record_identification(person=child, status="open", **who)
    clue = record_clue(case=case, kind="language", words="A dialect of the coast.", **who)
    actions.invite_second_look(case=case, person=ola, **who)
    home, guest = browser_of(sam), browser_of(ola)
    for door in ("known", "case"):
        ours, theirs = (browser.get(reverse(f"review:{door}", args=[case.pk])).content.decode() for browser in (home, guest))
        for words in {"known": ("Child; Open", "Language heard"), "case": ("How identifying", "A clue to who")}[door]:
            assert words in ours
            assert words not in theirs
    for kind, fact in (("clue", clue), ("identification", track)):
        address = reverse("review:words", args=[case.pk, kind, fact.pk])
        assert guest.post(address).status_code == 404
        assert home.post(address).status_code == 200
    assert sum(entry.event == "cases.fact.opened" for entry in entries_about(case.pk)) == 2
