"""The duty roster: who enters it, who reads it, and the hours in which anybody is there."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from tests.accounts.conftest import Staff, enter, hire

from cairndesk.accounts import actions, duty, errors
from cairndesk.accounts.models import Duty, Organisation
from cairndesk.accounts.rules import Role
from cairndesk.accounts.rules.duty import LONGEST, check, is_mail, is_web, merged, page_turn, uncovered
from cairndesk.lib import clock

HOUR = timedelta(hours=1)
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


def spans(*pairs: tuple[int, int]) -> list[tuple[datetime, datetime]]:
    return [(NOON + HOUR * begins, NOON + HOUR * ends) for begins, ends in pairs]


def test_the_hours_say_when_somebody_is_there_and_not_how_many() -> None:
    assert merged(spans((4, 6), (0, 2), (1, 3), (3, 4), (8, 9))) == spans((0, 6), (8, 9))
    assert uncovered(spans((0, 2), (1, 3), (5, 30)), since=NOON, until=NOON + HOUR * 10) == HOUR * 2
    assert uncovered([], since=NOON, until=NOON + HOUR) == HOUR


@pytest.mark.parametrize("address", ["ana@desk.example", "https://pager.example/x?key=1", "http://127.0.0.1:8080/"])
def test_a_page_goes_by_mail_or_to_the_web(address: str) -> None:
    check(begins=NOON, ends=NOON + HOUR, page_to=address, now=NOON)
    assert is_mail(address) != is_web(address)


# No mail server takes the first four, and no machine can be reached at the others.
NOWHERE = [
    "anä@desk.example",
    "a@b@c",
    "ana@dänk.example",
    "ana@\x00x",
    "https://[bad/",
    "https://x.example:99999/",
    "https://x.example:0/",
    "https://x.example:abc/",
    "https://x y.example/",
    "https://x.example/ä",
]


@pytest.mark.parametrize("address", ["ana", "http://pager.example/", "https://", "a@b@c ,d", "ftp://x.example", "a@b\nBcc: c@d", *NOWHERE])
def test_it_goes_nowhere_else(address: str) -> None:
    with pytest.raises(errors.DutyRefused, match="mail address"):
        check(begins=NOON, ends=NOON + HOUR, page_to=address, now=NOON)


@pytest.mark.parametrize(("begins", "ends"), [(1, 1), (2, 1), (0, 25), (-3, -1), (24 * 367, 24 * 367 + 1)])
def test_a_turn_that_cannot_be_is_refused(begins: int, ends: int) -> None:
    assert LONGEST == HOUR * 24
    with pytest.raises(errors.DutyRefused):
        check(begins=NOON + HOUR * begins, ends=NOON + HOUR * ends, page_to="", now=NOON)


def test_an_alarm_is_sent_out_every_ten_minutes_for_two_hours_and_then_every_hour() -> None:
    turns = [page_turn(NOON, NOON + timedelta(minutes=minutes)) for minutes in (-1, 0, 9, 10, 119, 120, 179, 180, 60 * 24 * 30)]
    assert turns == [0, 0, 0, 1, 11, 12, 12, 13, 10 + 24 * 30]


@pytest.mark.slow
@pytest.mark.django_db
def test_a_supervisor_enters_turns_and_everybody_reads_them_on_the_first_screen_too(one: Organisation, two: Organisation, ada: Staff) -> None:
    sue, ana, ola = hire(one, "Sue", Role.SUPERVISOR), hire(one, "Ana", Role.ANALYST), hire(two, "Ola", Role.SUPERVISOR)
    now = clock.now().replace(second=0, microsecond=0)
    form = {"person": str(ana.person.pk), "begins": f"{now - HOUR:%Y-%m-%dT%H:%M}", "ends": f"{now + HOUR * 7:%Y-%m-%dT%H:%M}"}
    desk = enter(sue)
    assert "Nobody stands on the roster" in desk.get("/duty/").content.decode()
    assert "On duty" not in unescape(enter(ana).get("/").content.decode())
    assert desk.post("/duty/", form | {"page_to": "ana@desk.example", "weeks": "2"}).status_code == 302
    # Nobody said that she reads: she is paged, and no page for children counts on her.
    assert "<td>on call</td>" in desk.get("/duty/").content.decode()
    assert (bool(duty.on_duty(one.pk, now=clock.now())), duty.hours(one.pk, now=clock.now())) == (True, [])
    assert [one.begins for one in Duty.objects.all()] == [now - HOUR + timedelta(weeks=week) for week in range(3)]
    # Seven hours are left of this turn, and the next one begins within the week.
    assert duty.watch(one.pk, now=clock.now()).alone == pytest.approx(timedelta(days=7) - HOUR * 8, abs=timedelta(minutes=2))
    for reader in (sue, ana, ada):
        page = unescape(enter(reader).get("/duty/").content.decode())
        assert "On duty now: Ana" in page
        # Where somebody is paged is no matter of everybody.
        assert ("ana@desk.example" in page) == (reader is not ana)
        assert ("Put it on the roster" in page) == (reader is not ana)
    first = unescape(enter(ana).get("/").content.decode())
    assert f"<b>Ana</b> until {now + HOUR * 7:%H:%M} UTC" in first
    assert f"Next: Ana, {now - HOUR + timedelta(weeks=1):%Y-%m-%d %H:%M} UTC" in first
    assert "Ana" not in unescape(enter(ola).get("/duty/").content.decode()).partition("<main")[2]
    # Nobody at another desk, and nobody without the right, moves it.
    turn = Duty.objects.first()
    assert turn is not None
    assert enter(ola).post(f"/duty/{turn.pk}/end/").status_code in {403, 404}
    assert enter(ana).post(f"/duty/{turn.pk}/end/").status_code == 403
    with pytest.raises(errors.NotPermitted):
        actions.put_on_duty(person=ana.person, begins=now, ends=now + HOUR, page_to="", weeks=0, by=ana.actor, now=now)
    desk.post(f"/duty/{turn.pk}/end/")
    assert [bool(duty.on_duty(one.pk, now=clock.now())), Duty.objects.count()] == [False, 3]
    assert "Nobody is on duty now." in desk.get("/duty/").content.decode()
    desk.post(f"/duty/{Duty.objects.last().pk}/end/")  # type: ignore[union-attr]
    assert Duty.objects.count() == 2


@pytest.mark.slow
@pytest.mark.django_db
def test_who_enters_a_turn_says_whether_they_read_in_it_and_only_then_it_counts_as_an_hour_of_reading(one: Organisation) -> None:
    sue, now = hire(one, "Sue", Role.SUPERVISOR), clock.now().replace(second=0, microsecond=0)
    desk = enter(sue)
    assert not re.search(r'<input[^>]*name="reads"[^>]*checked', desk.get("/duty/").content.decode())
    for hour, more in ((1, {}), (3, {"reads": "on"})):
        begins, ends = (f"{now + HOUR * at:%Y-%m-%dT%H:%M}" for at in (hour, hour + 2))
        form = {"person": str(sue.person.pk), "begins": begins, "ends": ends, "weeks": "0"}
        assert desk.post("/duty/", form | more).status_code == 302
    assert duty.hours(one.pk, now=now) == [(now + HOUR * 3, now + HOUR * 5)]
    assert re.findall(r"<td>(on call|reads)</td>", desk.get("/duty/").content.decode()) == ["on call", "reads"]


@pytest.mark.slow
@pytest.mark.django_db
def test_what_is_refused_comes_back_with_what_was_typed(one: Organisation) -> None:
    sue = hire(one, "Sue", Role.SUPERVISOR)
    now = clock.now()
    form = {"person": str(sue.person.pk), "begins": f"{now:%Y-%m-%dT%H:%M}", "ends": f"{now - HOUR:%Y-%m-%dT%H:%M}", "weeks": "0"}
    refused = enter(sue).post("/duty/", form)
    assert refused.status_code == 422
    assert "Somebody has to sleep." in unescape(refused.content.decode())
    assert f'value="{form["ends"]}"' in refused.content.decode()
    form["ends"] = f"{now + HOUR:%Y-%m-%dT%H:%M}"
    for address in NOWHERE:
        refused = enter(sue).post("/duty/", form | {"page_to": address})
        assert refused.status_code == 422, address
    assert not Duty.objects.exists()
