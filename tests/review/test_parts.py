"""Who is shown in an item and who did what with it, through Django's own client and without script."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries
from tests.review.conftest import as_actor
from tests.review.test_pages import enter

from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import Role
from cairndesk.cases.actions import add_item, add_person
from cairndesk.cases.models import Case, CasePerson, Item
from cairndesk.cases.rules import Stage
from cairndesk.custody.queries import entries_about
from cairndesk.lib import clock
from cairndesk.lib.ids import new_id

__all__ = ["enter"]
pytestmark = [pytest.mark.django_db, pytest.mark.slow]
Enter = Callable[[Person], Client]


@pytest.fixture
def ana(enrol: Callable[..., Person], one: Organisation) -> Person:
    return enrol(one, "Ana", Role.ANALYST)


@pytest.fixture
def case(tell: Callable[..., Case]) -> Case:
    return tell(at=clock.now())


@pytest.fixture
def item(case: Case, ana: Person) -> Item:
    return add_item(case=case, kind="url", identifier="https://pictures.example/a", by=as_actor(ana), now=clock.now())


@pytest.fixture
def child(case: Case, ana: Person) -> CasePerson:
    return add_person(case=case, role="child", by=as_actor(ana), now=clock.now())


def url(item: Item, *more: object) -> str:
    return reverse("review:take-back-part" if more else "review:parts", args=[item.case_id, item.pk, *more])


def events(case: Case) -> list[str]:
    return [entry.event for entry in entries_about(case.pk)]


@pytest.mark.req("PRI-11")
def test_a_child_who_is_shown_holds_no_other_part_and_the_page_says_so_kindly(
    case: Case, item: Item, child: CasePerson, ana: Person, enter: Enter
) -> None:
    desk = enter(ana)
    assert url(item) in desk.get(reverse("review:case", args=[case.pk])).content.decode()
    for said in ("Recorded.", "nothing was recorded twice"):
        assert said in desk.post(url(item), {"person": str(child.pk), "part": "shown"}, follow=True).content.decode()
    refused = desk.post(url(item), {"person": str(child.pk), "part": "maker"})
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "Record the child as victim of this image" in page
    assert 'value="maker" selected' in page
    assert not item.actors.exists()
    desk.post(url(item, item.depictions.get().pk))
    assert not item.depictions.exists()
    assert events(case).count("cases.depiction.withdrawn") == 1


@pytest.mark.req("PRI-11")
def test_who_did_something_with_it_is_not_shown_in_it_until_that_is_taken_back(
    case: Case, item: Item, child: CasePerson, ana: Person, enter: Enter
) -> None:
    desk = enter(ana)
    for _ in range(2):
        desk.post(url(item), {"person": str(child.pk), "part": "viewer"})
    act = item.actors.get()
    assert desk.post(url(item), {"person": str(child.pk), "part": "shown"}).status_code == 422
    for _ in range(2):
        desk.post(url(item, act.pk))
    assert desk.post(url(item), {"person": str(child.pk), "part": "shown"}).status_code == 302
    assert "cases.item_role.withdrawn" in events(case)


def test_it_stays_at_home_takes_nobody_of_another_case_and_nothing_once_closed(
    case: Case, item: Item, child: CasePerson, ana: Person, enter: Enter, tell: Callable[..., Case], enrol: Callable[..., Person],
    one: Organisation, two: Organisation, django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:  # fmt: skip
    form = {"person": str(child.pk), "part": "shown"}
    elsewhere = add_person(case=tell(at=clock.now()), role="child", by=as_actor(ana), now=clock.now())
    desk = enter(ana)
    assert desk.post(url(item), {**form, "person": str(elsewhere.pk)}).status_code == 422
    assert desk.post(url(item), {"person": "", "part": "no-such-part"}).status_code == 422
    desk.post(url(item), form)
    held = item.depictions.get().pk
    with django_assert_max_num_queries(30):
        page = desk.get(url(item)).content.decode()
    assert "Person 1: Child: is shown in it, as its victim" in page
    assert "pictures" not in page
    for who, status in ((enrol(two, "Ola", Role.ANALYST, Role.SUPERVISOR), 404), (enrol(one, "Aud", Role.AUDITOR), 403)):
        client = enter(who)
        assert client.get(url(item)).status_code == status
        assert client.post(url(item), {**form, "part": "maker"}).status_code == status
        assert client.post(url(item, held)).status_code == status
    assert desk.get(url(item, new_id())).status_code == 405
    case.stage = Stage.CLOSED
    case.save(update_fields=["stage"])
    assert "does not add to a case at this stage" in desk.get(url(item)).content.decode()
    other = {"person": str(child.pk), "part": "viewer"}
    refused = desk.post(url(item), other)
    assert refused.status_code in {403, 422}
    assert 'value="viewer" selected' in refused.content.decode()
    assert desk.post(url(item, held)).status_code == 403
    assert item.depictions.count() == 1
    assert not item.actors.exists()
