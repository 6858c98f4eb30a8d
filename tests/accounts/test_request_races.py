"""Two people who answer at the same moment: one answer counts. Many who do whatever they like: nothing is ever done twice, or by who asked."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.accounts.conftest import Staff, hire
from tests.accounts.test_races import tries
from tests.support.threads import in_threads, shared_database
from tests.support.two_people import proof

from cairndesk.accounts import actions, errors
from cairndesk.accounts.models import Request
from cairndesk.accounts.rules import SYSTEM, Actor, Role
from cairndesk.custody.queries import entries_about, verify_log
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.lib import clock

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
ACTS = 20


def test_of_many_answers_at_once_one_counts(tmp_path: Path, ring: Keyring) -> None:
    with shared_database(tmp_path):
        in_threads(lambda: race(ring))


def race(ring: Keyring) -> None:
    one = actions.create_organisation(slug="one", name="One", country="", make_keys=ring.add_organisation, by=SYSTEM, now=clock.now())
    ada, adi = hire(one, "Ada", Role.ADMINISTRATOR), hire(one, "Adi", Role.ADMINISTRATOR, Role.SUPERVISOR)
    ana, sam = hire(one, "Ana", Role.ANALYST), hire(one, "Sam", Role.SUPERVISOR)

    assert tries(lambda: actions.ask_roles(person=ana.person, roles=[Role.LIAISON], by=ada.actor, now=clock.now()), errors.AskedAlready) == 1
    request = Request.objects.get()
    proofs = {by.pseudonym: (by, proof(request, by)) for by in (adi.actor, sam.actor)}
    turns = iter([*proofs.values()] * 4)

    def answer() -> None:
        by, fresh = next(turns)
        actions.approve(request=request, by=by, fresh=fresh, now=clock.now())

    assert tries(answer, errors.RequestClosed) == 1
    assert changes(ana) == 1

    people = [person.actor for person in (ada, adi, sam)]
    in_threads(*[lambda seed=seed: whatever(random.Random(seed), people, ana) for seed in range(6)])  # noqa: S311 - an order of acts
    done = Request.objects.exclude(done_at=None)
    assert [one for one in done if one.done_by == one.asked_by] == []
    assert done.count() == changes(ana)
    assert verify_log().ok


def changes(person: Staff) -> int:
    return [line.event for line in entries_about(person.person.id)].count("accounts.roles.changed")


def whatever(chance: random.Random, people: list[Actor], ana: Staff) -> None:
    """Acts of anybody in any order; each is refused or done whole."""
    for _ in range(ACTS):
        by, request = chance.choice(people), Request.objects.order_by("-asked_at").first()
        roles = chance.sample([Role.ANALYST, Role.LIAISON, Role.AUDITOR], 2)
        acts: list[Callable[[], object]] = [lambda by=by, roles=roles: actions.ask_roles(person=ana.person, roles=roles, by=by, now=clock.now())]  # type: ignore[misc]
        if request is not None:
            acts.append(lambda by=by, held=request: actions.refuse(request=held, by=by, now=clock.now()))  # type: ignore[misc]
            acts += [lambda by=by, held=request: actions.approve(request=held, by=by, fresh=proof(held, by), now=clock.now())] * 3  # type: ignore[misc]
        try:
            chance.choice(acts)()
        except errors.AccountsError:
            continue
