"""From an address in a case to one that access providers are asked to block: a trained person confirms it, another one does it (DET-18)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.urls import reverse
from tests.review.conftest import SEVERE, as_actor
from tests.review.test_originals import demo_person
from tests.review.test_publishing import NOT_ABUSE, Tell, keeping, known, own, proof, publish, publish_on

from cairndesk.accounts import demo, undo
from cairndesk.accounts.actions import approval_digest
from cairndesk.accounts.errors import CredentialOutOfDate, NeedsSecondPerson, NotPermitted
from cairndesk.accounts.models import Organisation, Person, Request
from cairndesk.accounts.rules import Actor, Role
from cairndesk.cases import actions as cases
from cairndesk.cases.models import Case, Item
from cairndesk.lib import clock
from cairndesk.review import actions, errors
from cairndesk.signals import blocklist
from cairndesk.signals.models import HashList

__all__ = ["keeping", "own"]
pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.req("DET-18")]
ADDRESS = "https://pictures.example/a/1"


@pytest.fixture
def held(tell: Tell, own: HashList, ana: Actor) -> Case:
    """A case that Ana reviews and has classified."""
    case = actions.claim(case=tell(at=clock.now()), by=ana, now=clock.now())
    return actions.classify(case=case, look=SEVERE, by=ana, now=clock.now(), note="Seen as told.").case


def item(case: Case, by: Actor, text: str = ADDRESS, kind: str = "url") -> Item:
    return cases.add_item(case=case, kind=kind, identifier=text, by=by, now=clock.now())


def ask(case: Case, address: Item, by: Actor) -> Request:
    return actions.ask_publication(case=case, file=address, by=by, now=clock.now())


def blocked(own: HashList) -> list[str]:
    own.refresh_from_db()
    return [one.address for one in blocklist.block_list(listed=own, now=clock.now() + undo.window()).entries]


def test_two_people_put_an_address_on_and_every_report_meets_it(held: Case, own: HashList, ana: Actor, sam: Actor) -> None:
    wish = ask(held, item(held, ana, "hxxps://pictures[.]example/a/1#part"), ana)
    assert (blocked(own), known(held, ADDRESS)) == ([], [])
    with pytest.raises(NotPermitted):
        publish(wish, ana)
    assert "asked to block the address" in publish(wish, sam)
    assert (blocked(own), known(held, ADDRESS)) == ([ADDRESS], ["Confirmed here: exact"])


def test_nobody_does_it_alone_or_without_training(held: Case, own: HashList, ana: Actor, sam: Actor) -> None:
    address = item(held, ana)
    with pytest.raises(CredentialOutOfDate):
        ask(held, address, replace(ana, has_credential=False))
    wish = ask(held, address, sam)
    with pytest.raises(NeedsSecondPerson):
        publish(wish, sam)
    other = replace(sam, pseudonym="p-other")
    with pytest.raises(CredentialOutOfDate):
        publish(wish, replace(other, has_credential=False), proof(other, wish))
    assert blocked(own) == []


@pytest.mark.req("PRI-03")
@pytest.mark.parametrize("text", ["https://pictures.example/", "https://pictures.example/a/*", "https://www.bing.com/search?q=some+words"])
def test_what_is_wider_than_one_address_cannot_even_be_asked_for(held: Case, own: HashList, ana: Actor, text: str) -> None:
    with pytest.raises(errors.NothingToPublish):
        ask(held, item(held, ana, text), ana)


@pytest.mark.req("PRI-03")
@pytest.mark.parametrize("kind", ["domain", "search_result", "app"])
def test_items_of_other_kinds_have_no_such_door(held: Case, ana: Actor, kind: str) -> None:
    with pytest.raises(errors.NoSuchAccount):
        ask(held, item(held, ana, "pictures.example" if kind == "domain" else ADDRESS, kind), ana)


def test_what_is_not_classified_as_abuse_is_not_blocked(tell: Tell, own: HashList, ana: Actor, sam: Actor) -> None:
    case = actions.claim(case=tell(at=clock.now()), by=ana, now=clock.now())
    wish = ask(case, item(case, ana), ana)
    actions.classify(case=case, look=NOT_ABUSE, by=ana, now=clock.now(), note="Seen as told.")
    with pytest.raises(errors.NotConfirmed):
        approval_digest(wish)
    assert blocked(own) == []


def test_the_path_on_its_pages(tell: Tell, keeping: Organisation, own: HashList, enrol: Callable[..., Person], ring: Any) -> None:
    demo.make_secret()
    (person, ana), (_, sam) = demo_person(enrol, keeping, "Ana", Role.ANALYST), demo_person(enrol, keeping, "Sam", Role.SUPERVISOR)
    case = tell(at=clock.now())
    ana.post(reverse("review:claim", args=[case.pk]))
    actions.classify(case=Case.objects.get(pk=case.pk), look=SEVERE, by=as_actor(person), now=clock.now(), note="Seen as told.")
    fit, wide = item(case, as_actor(person)), item(case, as_actor(person), "https://pictures.example/")
    assert "Ask to block" in ana.get(reverse("review:case", args=[case.pk])).content.decode()
    assert "This is the front page of a site" in ana.get(reverse("review:publish", args=[case.pk, wide.pk])).content.decode()
    door = reverse("review:publish", args=[case.pk, fit.pk])
    assert "Another supervisor can now publish the address" in ana.post(door, follow=True).content.decode()
    page = publish_on(sam, door, reverse("accounts:request-decide", args=[Request.objects.get().pk]))
    assert "Access providers are asked to block the address for 90 days" in page
    assert ADDRESS not in page
    assert blocked(own) == [ADDRESS]
