"""What works once works once, also when it comes eight times at the same moment."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.accounts.conftest import hire
from tests.support.threads import in_threads, shared_database

from cairndesk.accounts import actions, errors
from cairndesk.accounts.actions.ceremonies import Purpose, take
from cairndesk.accounts.actions.replacements import replacement_digest
from cairndesk.accounts.models import EnrolmentLink, Throttle
from cairndesk.accounts.rules import SYSTEM, Role
from cairndesk.accounts.rules.throttle import DESK
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.lib import clock

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def test_one_of_eight_wins(tmp_path: Path, ring: Keyring) -> None:
    with shared_database(tmp_path):
        in_threads(lambda: race(ring))


def race(ring: Keyring) -> None:
    now = clock.now()
    one = actions.create_organisation(slug="one", name="One", country="", make_keys=ring.add_organisation, by=SYSTEM, now=now)
    nia = actions.add_person(organisation=one, sign_in_name="nia", name="Nia", roles=[], by=SYSTEM, now=now)
    token = actions.make_link(person=nia, by=SYSTEM, now=now)
    assert tries(lambda: actions.use_link(token=token, now=now), errors.LinkSpent) == 1

    ceremony = actions.begin_sign_in(now=now).ceremony
    assert tries(lambda: take(ceremony, Purpose.SIGN_IN, now=now), errors.SignInFailed) == 1

    ada, sam = hire(one, "Ada", Role.ADMINISTRATOR), hire(one, "Sam", Role.SUPERVISOR)
    ana = hire(one, "Ana", Role.ANALYST)
    asked, by = actions.ask_replacement(person=ana.person, by=ada.actor, now=clock.now()), sam.actor
    begun = actions.begin_confirmation(by=by, digest=replacement_digest(asked), now=now)
    proof = actions.confirm(ceremony=begun.ceremony, answer=sam.key.get(json.loads(begun.options)), by=by, digest=replacement_digest(asked), now=now)
    assert tries(lambda: actions.agree_to_replacement(asked=asked, by=by, fresh=proof, now=now), errors.NotPossible) == 1
    assert EnrolmentLink.objects.filter(person=ana.person).count() == 1

    Throttle.objects.filter(name="desk").update(left=3, at=now)
    assert tries(lambda: actions.spend_try(account=None, now=now), errors.TooManyTries) == 3
    assert DESK.burst > 8


def tries(act: Callable[[], object], refusal: type[errors.AccountsError]) -> int:
    """How many of eight at the same moment succeed; the others must be refused in just this way."""

    def once() -> bool:
        try:
            act()
        except refusal:
            return False
        return True

    return sum(in_threads(*[once] * 8))
