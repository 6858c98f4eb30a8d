"""A named person of a partner organisation gives the second look: they reach that case, and nothing else of that desk."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from tests.review.conftest import SEVERE, as_actor

from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import Role
from cairndesk.cases.actions import add_item
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
        actions.classify(case=actions.claim(case=case, by=sam, now=at), look=SEVERE, by=sam, now=at)
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
    assert refused.status_code == 403
    assert "cases.no_grant" in refused.content.decode()
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
