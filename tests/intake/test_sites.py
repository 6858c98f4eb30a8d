"""From the sheet that a supervisor entered to the page that a child reads, by way of the published folder alone."""

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.support.cast import NOON

from cairndesk.accounts.actions import put_on_duty
from cairndesk.accounts.models import Duty, Person
from cairndesk.cases.models import Case
from cairndesk.custody import access
from cairndesk.custody.adapters.key_socket import KeyClient
from cairndesk.custody.queries import unseal_fields, verifier_key
from cairndesk.directory.actions import set_portal
from cairndesk.directory.models import Service
from cairndesk.directory.portals import Sheet, Words
from cairndesk.intake import jobs, publish
from cairndesk.intake.published import Published
from cairndesk.intake.rules.hours import Reading
from cairndesk.lib import clock

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
SHEET = """
languages = ["ar", "en"]
frames = ["https://play.example"]
[words.en]
name = "Desk of the North"
law = "The law is on your side."
checked_on = 2026-01-02
"""


def test_what_a_supervisor_enters_is_published_for_that_organisation_alone(ring, one, two, sam, data):
    publish.publish_changes(now=NOON)
    folder = Published(data / "published", verifier_key())
    assert [desk.sheet for desk in folder.desks()] == [Sheet(), Sheet()]
    set_portal(text=SHEET, by=sam, now=NOON)
    assert publish.publish_changes(now=NOON + timedelta(seconds=2)) == 1
    first, second = folder.desks()
    assert first.sheet.languages == ("ar", "en")
    assert first.sheet.words == {"en": Words(name="Desk of the North", law="The law is on your side.", checked_on=NOON.date().replace(2026, 1, 2))}
    assert (first.in_language("en").name, first.in_language("ar").name) == ("Desk of the North", first.name)
    assert second.sheet == Sheet()
    assert publish.publish_changes(now=NOON + timedelta(seconds=4)) == 0


def test_the_portal_learns_when_somebody_reads_by_the_clock_of_the_desk_and_not_who(ring, one, two, sam, data):
    """Only where the sheet names a zone: a roster is for the house, until its people show it."""
    people = [Person.objects.create(organisation=one, name=name, sign_in_name=name.lower(), created_at=NOON) for name in ("Ana", "Ben")]
    for person, begins, ends in ((people[0], -1, 2), (people[1], 2, 5), (people[1], 24, 30)):
        span = {"begins": NOON + HOUR * begins, "ends": NOON + HOUR * ends}
        Duty.objects.create(organisation=one, person=person, **span, page_to="ana@desk.example", reads=True, entered_by="sam")
    # Who is on call alone sleeps with the pager beside the bed: nobody is told that they read.
    Duty.objects.create(organisation=one, person=people[0], begins=NOON + HOUR * 5, ends=NOON + HOUR * 24, page_to="", entered_by="sam")
    folder = Published(data / "published", verifier_key())
    publish.publish_changes(now=NOON)
    assert folder.hours("one") is None
    set_portal(text='zone = "Asia/Kolkata"', by=sam, now=NOON)
    publish.publish_changes(now=NOON)
    hours = folder.hours("one")
    assert hours is not None
    assert hours.spans == ((NOON - HOUR, NOON + HOUR * 5), (NOON + HOUR * 24, NOON + HOUR * 30))
    assert hours.reading(NOON) == Reading()
    assert hours.reading(NOON + HOUR * 2) == Reading()
    again = replace(hours, at=NOON + HOUR * 6).reading(NOON + HOUR * 6)
    assert again is not None
    assert (again.is_now, again.time) == (False, "17:30")
    text = (data / "published" / "hours.json").read_text("utf-8")
    assert not re.search("Ana|Ben|desk.example|sam", text)
    assert "two" not in json.loads(text)
    # Within the hour nothing is written anew; then it is, so that the portal knows that the desk is alive.
    assert publish.publish_changes(now=NOON + timedelta(minutes=59)) == 0
    assert publish.publish_changes(now=NOON + HOUR) == 1
    Duty.objects.filter(reads=True).delete()
    publish.publish_changes(now=NOON + HOUR)
    assert folder.hours("one") is None


def test_while_the_desk_is_locked_nobody_is_said_to_read_because_nobody_can(ring, one, sam, data):
    ana = Person.objects.create(organisation=one, name="Ana", sign_in_name="ana", created_at=NOON)
    Duty.objects.create(organisation=one, person=ana, begins=NOON - HOUR, ends=NOON + HOUR * 9, reads=True, entered_by="sam")
    set_portal(text='zone = "Asia/Kolkata"', by=sam, now=NOON)
    folder, said = Published(data / "published", verifier_key()), []
    for keys in (ring, None, KeyClient(data / "nobody.sock"), ring):
        access.use(keys)
        publish.publish_changes(now=NOON)
        said.append(folder.hours("one") is not None)
    assert said == [True, False, False, True]


@pytest.mark.req("INT-06")
def test_with_nobody_on_duty_it_takes_in_what_is_told_says_when_somebody_reads_and_shows_a_staffed_line_with_its_hours(rae, spool, one, sam):
    now = clock.now()
    begins, open_on = now + HOUR * 5, "Monday to Friday, 14:00 to 20:00"
    ben = Person.objects.create(organisation=one, name="Ben", sign_in_name="ben", created_at=now)
    put_on_duty(person=ben, begins=begins, ends=begins + HOUR * 8, page_to="", weeks=0, reads=True, by=sam, now=now)
    set_portal(text='zone = "Africa/Nairobi"', by=sam, now=now)
    Service.objects.create(kind="helpline", name="Evening Line", phone="555-0100", hours=open_on, cost="free", added_at=now, checked_on=now.date())
    publish.publish_changes(now=now)
    said = f"{begins + HOUR * 3:%H:%M}</bdi>"
    assert said in rae.opens().text
    calls = rae.opens("/help/call").text
    assert open_on in calls
    assert "It costs nothing." in calls
    assert "Open day and night." not in calls
    assert said in rae.tells_all().text
    jobs.drain(spool)
    assert unseal_fields(Case.objects.get().reports.get().told)["answers"]["more"] == "Please help."
    # Not of who is only on call; as soon as somebody reads it says so.
    put_on_duty(person=ben, begins=now, ends=begins, page_to="", weeks=0, by=sam, now=now)
    publish.publish_changes(now=now)
    assert "Somebody is here to read right now." not in rae.opens().text
    put_on_duty(person=ben, begins=now, ends=begins, page_to="", weeks=0, reads=True, by=sam, now=now)
    publish.publish_changes(now=now)
    assert "Somebody is here to read right now." in rae.opens().text
