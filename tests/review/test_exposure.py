"""A person's own ledger of what was before them: what it counts, when it says something, where it ends, and who reads what of it."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from tests.review.conftest import as_actor
from tests.review.test_looking import Held, at_desk, held, here, keeping, look, opened
from tests.review.test_originals import Tell, hand_over, signed_in
from tests.support.cast import actor

from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import Actor, Role
from cairndesk.custody.models import LogEntry
from cairndesk.lib import clock
from cairndesk.review import actions, errors, queries, readiness
from cairndesk.review.models import Comfort, Exposure
from cairndesk.review.rules import exposure, looking
from cairndesk.review.rules.exposure import Entry, Kind, Prompt
from cairndesk.signals import walled
from cairndesk.signals.engine.derivative import Manner
from cairndesk.signals.models import MediaSighting

__all__ = ["held", "here", "keeping"]
NOW = datetime(2026, 11, 26, 15, 0, tzinfo=UTC)
HOUR = 3600
PAGE = "/yourself/"


def ago(minutes: float, *, seconds: int = 60, kind: Kind = Kind.LOOK, weight: int = 1) -> Entry:
    return Entry(kind, NOW - timedelta(minutes=minutes), seconds, weight)


# What the rules say of lines.


def test_only_pictures_and_videos_of_a_day_count_for_the_cap() -> None:
    lines = [ago(10), ago(20, kind=Kind.REVEAL, seconds=7), ago(30, kind=Kind.ELSEWHERE, seconds=600), ago(40, kind=Kind.TEXT, seconds=999)]
    assert exposure.media_seconds([*lines, ago(24 * 60 + 1), ago(5, kind=Kind.BREAK, seconds=0)], now=NOW) == 667


def test_a_break_is_what_was_taken_or_ten_minutes_without_anything() -> None:
    stretch = [ago(5, weight=3), ago(12, kind=Kind.TEXT, seconds=120), ago(20, seconds=300)]
    assert exposure.since_break(stretch, now=NOW) == 180 + 120 + 300
    assert exposure.since_break([*stretch, ago(40)], now=NOW) == 600
    assert exposure.since_break([*stretch, ago(11, kind=Kind.BREAK, seconds=0)], now=NOW) == 180
    assert exposure.since_break([ago(12)], now=NOW) == 0


def test_days_in_a_row_are_counted_up_to_today_or_to_yesterday() -> None:
    days = [Entry(Kind.TEXT, NOW - timedelta(days=day), 60) for day in (1, 2, 3, 5)]
    assert exposure.days_in_row(days, today=NOW.date()) == 3
    assert exposure.days_in_row([*days, ago(1)], today=NOW.date()) == 4
    assert exposure.days_in_row([ago(0, kind=Kind.BREAK)], today=NOW.date()) == 0


def test_what_the_desk_says_and_when() -> None:
    def said(*lines: Entry) -> tuple[Prompt, ...]:
        return exposure.prompts(lines, now=NOW, cap=4 * HOUR, stretch=50 * 60)

    assert said() == said(ago(60, seconds=49 * 60)) == ()
    assert said(ago(51, seconds=50 * 60)) == (Prompt.BREAK,)
    # Severe things bring the break sooner, and the cap of the day no sooner.
    assert said(ago(18, seconds=17 * 60, weight=3)) == (Prompt.BREAK,)
    assert said(ago(600, seconds=4 * HOUR, kind=Kind.ELSEWHERE)) == (Prompt.CAP,)
    assert said(ago(600, seconds=4 * HOUR - 2000, kind=Kind.ELSEWHERE)) == (Prompt.NEAR,)
    assert said(*(Entry(Kind.TEXT, NOW - timedelta(days=day), 60) for day in range(5))) == (Prompt.ROTATE,)


@pytest.mark.parametrize("levels", range(1, 13))
def test_the_weight_falls_with_the_severity_and_stays_within_its_bounds(levels: int) -> None:
    weights = [exposure.weight_of(place, levels) for place in range(levels)]
    assert weights == sorted(weights, reverse=True)
    assert (weights[0], min(weights) >= 1) == (exposure.HEAVIEST, True)


MINUTES = st.integers(1, looking.UNSAID)
COMFORTS = st.builds(looking.Comfort, st.integers(1, 320), st.integers(0, 24), *[st.booleans()] * 4, MINUTES, MINUTES)


@pytest.mark.slow
@given(COMFORTS, COMFORTS)
def test_whatever_somebody_chose_nobody_is_shown_more_than_the_desk_shows(mine: looking.Comfort, desk: looking.Comfort) -> None:
    got = looking.strictest(mine, desk)
    assert not looking.is_laxer(got, desk)
    for one in (mine, desk):
        assert (got.side <= one.side, got.blur >= one.blur, got.is_grey >= one.is_grey, got.no_clear >= one.no_clear) == (True,) * 4
        assert (got.day <= one.day, got.stretch <= one.stretch, got.no_video >= one.no_video, got.asks_twice >= one.asks_twice) == (True,) * 4
        assert looking.strictest(got, one) == got
    assert not (looking.is_laxer(mine, desk) and got == mine)


@pytest.mark.slow
@given(COMFORTS, COMFORTS, COMFORTS)
def test_whoever_becomes_stricter_makes_nobody_see_more(mine: looking.Comfort, desk: looking.Comfort, more: looking.Comfort) -> None:
    before, then = looking.strictest(mine, desk), looking.strictest(mine, looking.strictest(desk, more))
    assert looking.strictest(then, before) == then
    assert looking.clear_side(then, looking.Comfort(320, 0, is_grey=False)) <= looking.clear_side(before, looking.Comfort(320, 0, is_grey=False))


ENTRIES = st.builds(ago, st.integers(0, 3 * 24 * 60), seconds=st.integers(1, 5 * HOUR), kind=st.sampled_from(Kind), weight=st.integers(1, 3))


@pytest.mark.slow
@given(st.lists(ENTRIES, max_size=8), MINUTES, MINUTES)
def test_where_the_narrowest_bounds_say_nothing_no_bounds_do(entries: list[Entry], day: int, stretch: int) -> None:
    narrowest = exposure.prompts(entries, now=NOW, cap=looking.LEAST_DAY * 60, stretch=looking.LEAST_STRETCH * 60)
    said = exposure.prompts(entries, now=NOW, cap=day * 60, stretch=max(stretch, looking.LEAST_STRETCH) * 60)
    assert narrowest or not said


def test_a_day_is_judged_by_the_most_that_it_might_hold_at_any_time_of_it() -> None:
    said = [(NOW - timedelta(days=3), 900), (NOW - timedelta(hours=2), 300), (NOW - timedelta(hours=1), 60)]
    days = [(NOW - timedelta(days=back)).date() for back in (5, 3, 1, 0)]
    assert [exposure.cap_of(day, said, most=7200) for day in days] == [7200, 7200, 900, 900]
    assert exposure.cap_of((NOW + timedelta(days=1)).date(), said, most=7200) == 60
    assert [exposure.cap_of(day, said, most=120) for day in days] == [120, 120, 120, 120]
    assert exposure.cap_of(NOW.date(), [], most=7200) == 7200


# What is written down, and who reads it.


@pytest.mark.slow
@pytest.mark.django_db
def test_a_look_is_a_line_and_at_the_cap_of_the_day_nothing_more_is_opened(held: Held, ana: Actor, settings: Any) -> None:
    case, original = held
    now = clock.now()
    look(case, original, ana, at=now)
    [line] = Exposure.objects.all()
    assert (line.actor, line.kind, line.seconds, line.weight, line.at) == (ana.pseudonym, "look", 20, 2, now)
    actions.note_elsewhere(minutes=239, by=ana, now=now)
    look(case, original, ana, at=now)
    assert queries.mine(ana, queries.standing(ana), now=now).spent == 239 * 60 + 40
    actions.note_elsewhere(minutes=1, by=ana, now=now)
    with pytest.raises(errors.EnoughForToday):
        look(case, original, ana, at=now)
    # Who looked elsewhere writes it down in any case; a look that was refused is no line, and the file stays shut.
    assert (opened(original), Exposure.objects.filter(kind="look").count()) == (2, 2)
    assert Prompt.CAP in queries.mine(ana, queries.standing(ana), now=now).prompts
    # The words of the case stay open, as everything else does.
    actions.note_reading(words=400, by=ana, now=now)
    assert Exposure.objects.get(kind="text").seconds == 120


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.req("DET-07")
def test_the_ledger_holds_words_that_were_read_and_minutes_elsewhere_proposes_breaks_and_other_work_and_nothing_lies_open(
    tell: Tell, one: Organisation, enrol: Callable[..., Person]
) -> None:
    """DET-07: exposure log for distressing text and off-system viewing, rotation and break prompts, collapsed narratives, no thumbnails."""
    ana = enrol(one, "Ana", Role.ANALYST)
    case = tell({"what": ["found"], "more": "Somebody wrote to me. " * 100}, at=clock.now())
    client = signed_in(ana)
    client.post(f"/cases/{case.pk}/claim/")
    page = client.get(f"/cases/{case.pk}/").content.decode()
    assert ("Somebody wrote" in page, "<img" in page.replace('<img src="/static/cairn', "")) == (False, False)
    account = client.post(f"/cases/{case.pk}/account/{case.reports.get().pk}/").content.decode()
    assert account.index("<details><summary>") < account.index("Somebody wrote")
    assert "<details open" not in account[account.index("<main") :]
    line = Exposure.objects.get()
    assert (line.kind, line.seconds >= 120) == ("text", True)
    told = client.post(PAGE, {"minutes": "60"}, follow=True).content.decode()
    assert "Looked at in another system" in told
    assert "A break is due" in told
    assert "A break is due" in client.post(f"/cases/{case.pk}/account/{case.reports.get().pk}/").content.decode()
    assert "A break is due" not in client.post("/yourself/break/", follow=True).content.decode()
    for day in range(1, 5):
        Exposure.objects.create(actor=ana.pseudonym, organisation=one, kind="text", at=clock.now() - timedelta(days=day), seconds=60)
    assert "five days in a row" in client.get(PAGE).content.decode()
    for wrong in ("", "0", "601", "x"):
        assert client.post(PAGE, {"minutes": wrong}).status_code == 422


@pytest.mark.slow
@pytest.mark.django_db
def test_only_the_person_reads_their_lines_a_supervisor_who_reached_the_cap_and_a_sum_of_three(
    one: Organisation, two: Organisation, enrol: Callable[..., Person], django_assert_max_num_queries: Any
) -> None:
    now = clock.now()
    ana, ben, sue, ola = (enrol(one if name != "Ola" else two, name, Role.ANALYST) for name in ("Ana", "Ben", "Sue", "Ola"))
    sam = enrol(one, "Sam", Role.SUPERVISOR)
    before = LogEntry.objects.count()
    actions.note_elsewhere(minutes=240, by=as_actor(ana), now=now)
    actions.note_elsewhere(minutes=90, by=as_actor(ben), now=now)
    actions.note_elsewhere(minutes=240, by=as_actor(ola), now=now)
    assert LogEntry.objects.count() == before, "whoever reads the log does not watch somebody by their ledger"
    sams = signed_in(sam)
    with django_assert_max_num_queries(30):
        page = sams.get(PAGE).content.decode()
    assert "Ana reached what a day may hold" in page
    assert ("Sums are shown from 3 people on" in page, "Looked at in another" in page, "Ben" in page, "Ola" in page) == (True, False, False, False)
    actions.note_reading(words=6000, by=as_actor(sue), now=now)
    assert "3 people had 6.0 hours" in sams.get(PAGE).content.decode()
    seen = signed_in(ben).get(PAGE).content.decode()
    assert ("90.0" in seen, "All of us" in seen, "Ana" in seen) == (True, False, False)
    export = signed_in(ben).get("/yourself/ledger.json")
    [line] = json.loads(export.content)["entries"]
    assert (line["kind"], line["seconds"], export["Cache-Control"]) == ("elsewhere", 5400, "no-store")


@pytest.mark.django_db
def test_lines_are_forgotten_after_two_weeks(one: Organisation) -> None:
    ana, now = actor(one, "Ana", Role.ANALYST), clock.now()
    actions.take_break(by=ana, now=now - exposure.KEPT)
    young = actions.take_break(by=ana, now=now - exposure.KEPT + timedelta(minutes=1))
    assert actions.forget_exposure(now=now) == 1
    assert Exposure.objects.get() == young


# Stricter, and never laxer.


@pytest.mark.slow
@pytest.mark.django_db
def test_each_person_may_be_stricter_than_the_desk_and_never_laxer(
    held: Held, ana: Actor, settings: Any, enrol: Callable[..., Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    case, original = held
    asked: list[Manner] = []
    draw = walled.draw
    monkeypatch.setattr(walled, "draw", lambda data, manner: (asked.append(manner), draw(data, manner))[1])
    for laxer in (looking.Comfort(320, 8, is_grey=True), looking.Comfort(160, 4, is_grey=True)):
        with pytest.raises(errors.LaxerThanTheDesk):
            actions.choose_comfort(wanted=laxer, by=ana)
    actions.choose_comfort(wanted=looking.Comfort(96, 16, is_grey=True), by=ana)
    look(case, original, ana)
    # A desk that becomes stricter later is stricter for everybody, whatever stands written.
    at_desk(settings, look_url="http://look.localhost:8481", look_side=64, look_blur=24)
    look(case, original, ana)
    Comfort.objects.update(side=320, blur=0, is_grey=False)
    look(case, original, ana)
    assert asked == [Manner(96, 16), Manner(64, 24), Manner(64, 24)]


@pytest.mark.slow
@pytest.mark.django_db
def test_the_page_offers_nothing_that_is_laxer_and_takes_nothing_that_is(keeping: Organisation, enrol: Callable[..., Person], settings: Any) -> None:
    ana = enrol(keeping, "Ana", Role.ANALYST)
    client = signed_in(ana)
    page = client.get(PAGE).content.decode()
    assert ('value="160"' in page, 'value="240"' in page, "Without colour" in page) == (True, False, True)
    assert client.post("/yourself/shown/", {"side": "320", "blur": "8"}).status_code == 422
    assert client.post("/yourself/shown/", {"side": "160", "blur": "0"}).status_code == 422
    assert not Comfort.objects.exists()
    client.post("/yourself/shown/", {"side": "64", "blur": "24", "asks_twice": "on", "no_video": "on"})
    assert queries.standing(as_actor(ana)).shown == looking.Comfort(64, 24, is_grey=True, asks_twice=True, no_video=True, day=240, stretch=50)
    Organisation.objects.filter(pk=keeping.pk).update(media_mode="hash_only")
    page = client.get(PAGE).content.decode()
    assert ("How you are shown anything" in page, "Blur" in page, "How much a day may hold" in page) == (False, False, True)


@pytest.mark.slow
@pytest.mark.django_db
def test_that_the_desk_draws_small_copies_grey_makes_no_clear_view_grey(keeping: Organisation, enrol: Callable[..., Person], settings: Any) -> None:
    ana = enrol(keeping, "Ana", Role.ANALYST)
    client, by, chosen = signed_in(ana), as_actor(ana), {"side": "160", "blur": "8"}
    for more, is_grey in (({"asks_twice": "on"}, False), ({"is_grey": "on"}, True)):
        client.post("/yourself/shown/", {**chosen, **more})
        held = queries.standing(by)
        assert (held.own.is_grey, held.shown.is_grey) == (is_grey, True)
        assert bool(re.search(r'name="is_grey"[^>]* checked', client.get(PAGE).content.decode())) is is_grey
    # What was chosen stays so where the desk draws in colour.
    at_desk(settings, look_grey=False)
    assert re.search(r'name="is_grey"[^>]* checked', client.get(PAGE).content.decode())


@pytest.mark.slow
@pytest.mark.django_db
def test_who_is_asked_twice_says_twice_and_who_wants_no_videos_gets_none(tell: Tell, keeping: Organisation, enrol: Callable[..., Person]) -> None:
    ana = enrol(keeping, "Ana", Role.ANALYST)
    case = actions.claim(case=tell(at=clock.now()), by=as_actor(ana), now=clock.now())
    original, client = hand_over(case, as_actor(ana)), signed_in(ana)
    door = f"/cases/{case.pk}/media/{original.pk}/look/"
    actions.choose_comfort(wanted=looking.Comfort(160, 8, is_grey=True, asks_twice=True, no_video=True), by=as_actor(ana))
    refused = client.post(door, {"reason": "open"})
    assert (refused.status_code, "asked twice" in refused.content.decode(), opened(original)) == (422, True, 0)
    assert client.post(door, {"reason": "open", "sure": "on"}).status_code == 302
    MediaSighting.objects.update(file_format="MOV")
    client.get(door)  # takes what was laid out
    assert "You chose to be shown no videos" in client.get(door).content.decode()
    assert client.post(door, {"reason": "open", "sure": "on"}).status_code == 409
    assert opened(original) == 1


@pytest.mark.django_db
def test_the_doctor_names_the_caps_and_doubts_one_above_four_hours(keeping: Organisation, settings: Any) -> None:
    def says() -> list[tuple[str, str]]:
        return [(level, words) for _, level, words, _ in readiness.looks(settings.CAIRNDESK, clock.now())]

    actions.note_elsewhere(minutes=240, by=actor(keeping, "Ana", Role.ANALYST), now=clock.now())
    [_, (level, words)] = says()
    assert (level, "240 minutes" in words, "1 person" in words, "Ana" in words) == ("ok", True, True, False)
    at_desk(settings, exposure_minutes=300)
    assert says()[1][0] == "warning"


def test_nobody_who_is_not_signed_in_reads_anything(client: Client, db: None) -> None:
    for door in (PAGE, "/yourself/ledger.json"):
        assert client.get(door).status_code == 302
