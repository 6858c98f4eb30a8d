"""A copy that was laid out and waits to be fetched: it is given only while whoever asked could still ask."""

from collections.abc import Callable

import pytest
from django.db import transaction
from django.urls import reverse
from tests.review.conftest import as_actor
from tests.review.test_looking import here, keeping
from tests.review.test_originals import Tell, hand_over, signed_in

from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import Actor, Role
from cairndesk.cases.actions import withdraw_grants
from cairndesk.cases.models import Case
from cairndesk.lib import clock
from cairndesk.review import actions
from cairndesk.review.views import looking
from cairndesk.review.window import COPIES

__all__ = ["here", "keeping"]


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.req("EVD-20")
def test_a_copy_that_waits_is_given_to_nobody_who_went_meanwhile(
    tell: Tell, keeping: Organisation, enrol: Callable[..., Person], sam: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking.connections, "close_all", lambda: None)
    ana = enrol(keeping, "Ana", Role.ANALYST)
    case = actions.claim(case=tell(at=clock.now()), by=as_actor(ana), now=clock.now())
    original, client = hand_over(case, as_actor(ana)), signed_in(ana)
    client.post(reverse("review:look-at", args=[case.pk, original.pk]), {"reason": "open"})
    copy = COPIES.take(client.session["small"][1])
    assert copy is not None
    for gone in (
        lambda: Person.objects.filter(pk=ana.pk).update(is_active=False),
        lambda: ana.grants.all().delete(),
        lambda: Person.objects.filter(pk=ana.pk).update(credential_until=None),
        client.session.flush,
        lambda: Case.objects.filter(pk=case.pk).update(stage="acting"),
        lambda: withdraw_grants(case=case, holder=str(ana.pseudonym), by=sam, now=clock.now()),
    ):
        assert copy.still()
        with transaction.atomic():
            gone()
            assert not copy.still()
            transaction.set_rollback(True)
