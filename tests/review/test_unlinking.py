"""A link between two cases can be taken back: it then counts nowhere, stays readable, and keeps nothing apart."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from tests.review.conftest import as_actor
from tests.review.test_graph import LINK, anas
from tests.review.test_pages import Enter, enter
from tests.review.test_stacks import Report, report
from tests.support.cast import NOON

from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import Actor, Role
from cairndesk.cases.actions import link_cases, take_back_link
from cairndesk.cases.models import CaseLink
from cairndesk.cases.queries import kept_apart_from, linked_with, suggested_links
from cairndesk.custody.queries import entries_about
from cairndesk.review.queries import story

__all__ = ["anas", "enter", "report"]
pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_it_is_taken_back_on_the_card_and_in_the_graph_and_can_be_made_again(report: Report, anas: Client) -> None:
    one, other = report(LINK), report(LINK)
    card, graph = (reverse(f"review:{name}", args=[one.pk]) for name in ("case", "graph"))
    answer = anas.post(reverse("review:link", args=[one.pk, other.pk]), {"kind": "same_event"}, follow=True).content.decode()
    made = CaseLink.objects.get()
    door = reverse("review:unlink", args=[one.pk, made.pk])
    # It can be undone at once, and later from the card and the graph.
    assert "Linked with case" in answer
    assert all(door in page for page in (answer, anas.get(card).content.decode(), anas.get(graph).content.decode()))
    answer = anas.post(door, follow=True).content.decode()
    assert f"The link with case {other.number} is taken back." in answer
    assert (linked_with(one), kept_apart_from(one)) == (set(), set())
    assert [link.case for link in suggested_links(one)] == [other.pk], "it is suggested again, for nobody said that they are apart"
    assert "nobody decided" in anas.get(graph).content.decode()
    ana = str(Person.objects.get(name="Ana").pseudonym)
    gone = CaseLink.everything.get()
    assert (gone.pk, gone.taken_back_by) == (made.pk, ana)
    assert gone.taken_back_at is not None
    assert anas.post(door).status_code == 302, "a second time changes nothing"
    for case in (one, other):
        assert [entry.event for entry in entries_about(case.pk)].count("cases.cases.unlinked") == 1
        assert "That another case belongs here was taken back" in [moment.words for moment in story(case)]
    # The undo of the undo makes another link, and what was taken back stays.
    anas.post(reverse("review:relink", args=[one.pk, made.pk]))
    assert [link.kind for link in CaseLink.objects.all()] == ["same_event"]
    assert CaseLink.everything.count() == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        CaseLink.objects.create(earlier=made.earlier, later=made.later, kind="same_event", taxonomy=made.taxonomy)


def test_nobody_takes_back_a_link_of_another_house_or_of_other_cases(
    report: Report, anas: Client, enter: Enter, two: Organisation, ana: Actor
) -> None:
    one, other, third = report(LINK), report(LINK), report(LINK)
    made = link_cases(one=one, other=other, kind="same_event", by=ana, now=NOON)
    assert anas.post(reverse("review:unlink", args=[third.pk, made.pk])).status_code in {404, 409, 422}
    ola = Person.objects.create(organisation=two, created_at=NOON, sign_in_name="ola@two", name="Ola")
    ola.grants.create(role=Role.ANALYST, granted_at=NOON)
    assert enter(ola).post(reverse("review:unlink", args=[one.pk, made.pk])).status_code == 404
    assert CaseLink.objects.count() == 1
    assert take_back_link(link=made, by=ana, now=NOON) is True
    assert take_back_link(link=made, by=ana, now=NOON) is False
    assert as_actor(ola).organisation == two.pk
