"""What two people published leaves half a minute later; until then either of them takes it back."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse
from tests.review.conftest import as_actor
from tests.review.test_originals import demo_person
from tests.review.test_publishing import _hashed, ask, first_of, held, keeping, known, own, publish, publish_on
from tests.signals.test_false_matches import file

from cairndesk.accounts import demo
from cairndesk.accounts.models import Organisation, Person, Request
from cairndesk.accounts.rules import Actor, Role
from cairndesk.cases.models import Case
from cairndesk.custody.queries import entries_about
from cairndesk.lib import clock
from cairndesk.lib.ids import new_id
from cairndesk.review import actions, errors
from cairndesk.signals.models import HashList

__all__ = ["_hashed", "held", "keeping", "own"]
pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_either_of_the_two_takes_it_back_before_it_leaves_and_nobody_else_or_later(held: Case, ana: Actor, sam: Actor, own: HashList) -> None:
    def take_back_as(by: Actor, *, seconds: int = 0) -> None:
        actions.take_back_publication(case=held, file=first_of(held), by=by, now=clock.now() + timedelta(seconds=seconds))

    digest, sue = file(b"file").digests.sha256, replace(sam, pseudonym=str(new_id()))
    for by in (ana, sam):
        publish(ask(held, ana), sam)
        assert known(held, digest) == ["Confirmed here: exact"]
        for other, seconds in ((sue, 0), (sam, 31), (ana, 3600)):
            with pytest.raises(errors.PublicationStands):
                take_back_as(other, seconds=seconds)
        take_back_as(by)
        assert known(held, digest) == []
        with pytest.raises(errors.PublicationStands):
            take_back_as(by)
        assert entries_about(first_of(held).pk)[-1].event == "review.hashes.taken_back"
    # It can be asked for and published anew, and what was listed before by others stays.
    publish(ask(held, ana), sam)
    Request.objects.filter(subject=first_of(held).pk).update(done_at=None, done_by="", closed_at=clock.now(), closed_by=ana.pseudonym)
    assert "0 new hashes" in publish(ask(held, ana), sam)
    take_back_as(ana)
    assert known(held, digest) == ["Confirmed here: exact"]


@pytest.mark.req("ANA-15")
def test_until_it_leaves_one_key_takes_it_back_and_so_does_a_button_for_either_of_the_two(
    held: Case, ana: Actor, own: HashList, keeping: Organisation, enrol: Callable[..., Person]
) -> None:
    demo.make_secret()
    (first, anas), (_, sams) = demo_person(enrol, keeping, "Ana", Role.ANALYST), demo_person(enrol, keeping, "Sam", Role.SUPERVISOR)
    ask(held, as_actor(first))
    page, back = (reverse(f"review:{name}", args=[held.pk, first_of(held).pk]) for name in ("publish", "unpublish"))
    published = publish_on(sams, page, reverse("accounts:request-decide", args=[Request.objects.get().pk]))
    assert "It leaves the desk in 30 seconds." in published
    assert f'action="{back}"' in published
    assert "Take it back before it leaves" in anas.get(page).content.decode()
    answer = anas.post(back, follow=True).content.decode()
    assert "nothing of it has left the desk" in answer
    assert "Take it back before it leaves" not in answer
    assert known(held, f"sha256:{file(b'file').digests.sha256}") == []
    assert anas.post(back).status_code == 409
