"""A hash that is confirmed in review in one process matches at the look-up door of another one; how fast is measured by bench/signals_lookback.py."""

import subprocess
import time
from pathlib import Path
from threading import Timer

import pytest
from tests.signals.conftest import NOW, Cast, cast
from tests.signals.test_two_processes import command, serving, shared, surroundings, verdict

from cairndesk.accounts.actions import create_api_key
from cairndesk.accounts.rules import SYSTEM

__all__ = ["cast"]
FOUND, PATIENCE = "b" * 64, 120
# Ana classifies a case and asks to publish the hash of its file; Sam publishes it when a line comes. Both in a process of their own.
_REVIEW = f"""
from datetime import date
from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import SYSTEM, Role
from cairndesk.cases.actions import ReportFacts, add_item, open_case
from cairndesk.custody import access, shred
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.lib import clock
from cairndesk.review import actions as review
from cairndesk.signals.rules import SeenBy
from cairndesk.triage.actions import take_in
from tests.review.conftest import SEVERE
from tests.support.cast import actor
from tests.support.two_people import approved
from tests.support.week import give_week

one, now = Organisation.objects.get(pk=sys.argv[2]), clock.now()
ring = Keyring.create([one.pk])
give_week(ring, one.pk)
access.use(ring)
shred.create(settings.DATA / shred.FOLDER / shred.NAME)
ana, sam = actor(one, "Ana", Role.ANALYST), actor(one, "Sam", Role.SUPERVISOR)
actions.make_own_list(organisation=one, terms="To find it again.", expires_on=date(2100, 1, 1), seen_by=SeenBy.MACHINES, by=sam, now=now)
told = ReportFacts(source="friend", channel="portal", path="friend", language="en", told={{"answers": {{"what": ["found"]}}}})
case = open_case(organisation=one, report=told, by=SYSTEM, now=now)
take_in(case=case, now=now)
case = review.claim(case=case, by=ana, now=now)
file = add_item(case=case, kind="media", identifier="{FOUND}", facts={{"hash_kind": "sha256"}}, by=ana, now=now)
case = review.classify(case=case, look=SEVERE, by=ana, now=now, note="Seen as told.").case
wish = review.ask_publication(case=case, file=file, by=ana, now=now)
print("asked", flush=True)
sys.stdin.readline()
print(approved(wish, sam), flush=True)
"""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_hash_that_two_people_confirm_in_review_is_known_at_the_door_of_another_process(cast: Cast, tmp_path: Path) -> None:
    key = create_api_key(organisation=cast.one, sender="Platform", source="platform", may_look_up=True, by=SYSTEM, now=NOW)[1]
    name, environment = shared(tmp_path), surroundings(tmp_path)
    people = subprocess.Popen(
        command(_REVIEW, name, str(cast.one.id)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, env=environment
    )
    limit = Timer(PATIENCE, people.kill)
    limit.start()
    try:
        with people, serving(name, environment) as address:
            assert people.stdin is not None
            assert people.stdout is not None
            assert people.stdout.readline() == "asked\n"
            assert verdict(address, key, FOUND) == "none", "one person alone publishes nothing"
            people.stdin.write("\n")
            assert "1 new hash" in people.stdout.readline()
            # No second is asserted: a busy machine may not fail the test.
            until = time.monotonic() + 60
            while (said := verdict(address, key, FOUND)) == "none" and time.monotonic() < until:
                time.sleep(0.05)
            assert (said, verdict(address, key, "c" * 64)) == ("known", "none")
    finally:
        limit.cancel()
        people.kill()
