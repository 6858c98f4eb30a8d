"""The notice for children names the days that destroy: those of the schedule in force, and no others."""

from pathlib import Path

import pytest
from pytest_django.fixtures import Settings
from tests.response.confirmed import fresh

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor
from cairndesk.custody.queries import verifier_key
from cairndesk.custody.retention import RecordClass, Term
from cairndesk.directory import actions as directory
from cairndesk.intake.publish import publish_changes
from cairndesk.intake.published import Published
from cairndesk.lib import clock

pytestmark = pytest.mark.django_db


@pytest.mark.req("PRI-14")
def test_what_the_portal_says_follows_the_schedule_once_two_people_put_it_in_force(
    ring: object, one: Organisation, sam: Actor, sue: Actor, settings: Settings, tmp_path: Path
) -> None:
    settings.DATA = tmp_path
    now = clock.now()

    def shown() -> dict[RecordClass, Term]:
        publish_changes(now=now)
        desk = Published(tmp_path / "published", verifier_key()).desk("")
        assert desk is not None
        return dict(desk.kept)

    assert shown() == {}
    text = directory.example_schedule().replace("keep_at_most = 1095", "keep_at_most = 711", 1)
    loaded = directory.load_schedule(text=text, by=sam, now=now)
    # What waits for its second person destroys nothing, so no end is promised.
    assert shown()[RecordClass.ACCOUNT] == Term(0, None)
    digest = directory.confirming_digest(loaded, today=now.date())
    directory.confirm_schedule(schedule=loaded, by=sue, fresh=fresh(sue, digest, now), now=now)
    assert shown() == {RecordClass.ACCOUNT: Term(0, 711), RecordClass.MESSAGE: Term(0, 365), RecordClass.DRAFT: Term(0, 90)}
