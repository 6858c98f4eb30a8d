"""Each organisation may be stricter than its installation, and each person than their organisation: never laxer, wherever one asks."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from tests.review.conftest import as_actor
from tests.review.test_looking import Held, at_desk, held, here, keeping, look, opened
from tests.review.test_originals import Tell, hand_over, signed_in

from cairndesk.accounts.errors import NotPermitted
from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import Actor, Role
from cairndesk.custody.models import LogEntry
from cairndesk.custody.queries import entries_about
from cairndesk.lib import clock
from cairndesk.review import actions, errors, queries, readiness
from cairndesk.review.models import Bounds, Comfort
from cairndesk.review.rules import looking
from cairndesk.review.window import COPIES
from cairndesk.signals import walled
from cairndesk.signals.engine.derivative import Manner

__all__ = ["held", "here", "keeping"]
PAGE, MINE = "/yourself/organisation/", "/yourself/"
STRICT = {"side": "96", "blur": "12", "day": "120", "stretch": "30"}


def bound(by: Actor, **changed: Any) -> None:
    actions.bound_looking(wanted=replace(queries.bounds_of(by.home), **changed), by=by, now=clock.now())


@pytest.fixture
def manners(monkeypatch: pytest.MonkeyPatch) -> list[Manner]:
    """How things were drawn."""
    found: list[Manner] = []
    draw = walled.draw
    monkeypatch.setattr(walled, "draw", lambda data, manner: (found.append(manner), draw(data, manner))[1])
    return found


@pytest.mark.django_db
def test_where_nothing_is_said_all_stands_as_the_installation_says(one: Organisation, ana: Actor, settings: Any) -> None:
    assert queries.standing(ana).house == queries.widest()
    assert queries.standing(ana).shown == queries.desk_comfort() == looking.Comfort(160, 8, is_grey=True, day=240, stretch=50)


@pytest.mark.django_db
def test_a_supervisor_bounds_their_own_organisation_and_the_log_says_from_what_to_what(
    one: Organisation, two: Organisation, ana: Actor, sam: Actor, enrol: Callable[..., Person]
) -> None:
    ola = as_actor(enrol(two, "Ola", Role.ANALYST))
    bound(sam, side=96, day=120, no_clear=True)
    assert queries.standing(ana).shown == looking.Comfort(96, 8, is_grey=True, no_clear=True, day=120, stretch=50)
    assert queries.standing(ola).shown == queries.desk_comfort()
    line = entries_about(one.pk)[-1]
    assert (line.event, line.actor) == ("review.bounds.set", sam.pseudonym)
    said = {"side_from": 160, "side_to": 96, "day_from": 240, "day_to": 120, "no_clear_from": 0, "no_clear_to": 1}
    assert {name: line.detail[name] for name in line.detail if name.endswith(("_from", "_to"))} == said
    # To say the same again says nothing; and what was said stays as it was.
    entries = LogEntry.objects.count()
    bound(sam, side=96)
    assert (LogEntry.objects.count(), Bounds.objects.count()) == (entries, 1)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Bounds.objects.update(day=240)
    # Laxer again it may become, up to the installation.
    bound(sam, side=160, day=240, no_clear=False)
    assert queries.standing(ana).shown == queries.desk_comfort()


@pytest.mark.django_db
@pytest.mark.parametrize("laxer", [{"side": 320}, {"blur": 4}, {"day": 241}, {"stretch": 51}])
def test_nobody_says_for_an_organisation_or_for_themselves_what_is_laxer(one: Organisation, ana: Actor, sam: Actor, laxer: dict[str, int]) -> None:
    with pytest.raises(errors.LaxerThanTheDesk):
        bound(sam, **laxer)
    with pytest.raises(NotPermitted):
        bound(ana, day=60)
    assert not Bounds.objects.exists()
    bound(sam, side=96, blur=12, day=120, stretch=30)
    for wanted in ({"side": 128}, {"blur": 8}, {"day": 121}, {"stretch": 31}):
        with pytest.raises(errors.LaxerThanTheDesk):
            actions.choose_comfort(wanted=replace(queries.standing(ana).house, **wanted), by=ana)
    actions.choose_comfort(wanted=looking.Comfort(64, 24, is_grey=False, day=30, stretch=10), by=ana)
    assert queries.standing(ana).shown == looking.Comfort(64, 24, is_grey=True, day=30, stretch=10)


@pytest.mark.django_db
def test_whatever_stands_written_the_stricter_wins_when_it_is_read(one: Organisation, ana: Actor, sam: Actor, settings: Any) -> None:
    bound(sam, side=128, blur=12, day=200, stretch=40)
    actions.choose_comfort(wanted=looking.Comfort(96, 16, is_grey=False, day=180), by=ana)
    at_desk(settings, look_side=64, look_blur=24, clear_seconds=0, exposure_minutes=60, break_minutes=20)
    assert queries.standing(ana).shown == looking.Comfort(64, 24, is_grey=True, no_clear=True, day=60, stretch=20)
    # Written past every check: it is read as no more than what stands above it.
    Bounds.objects.create(organisation=one, actor="x", at=clock.now(), side=320, blur=0, is_grey=False, day=1440, stretch=1440)
    Comfort.objects.update(side=320, blur=0, is_grey=False, day=1440, stretch=1440)
    assert queries.standing(ana).shown == looking.Comfort(64, 24, is_grey=True, no_clear=True, day=60, stretch=20)


@pytest.mark.django_db
def test_at_a_case_of_a_partner_the_stricter_of_the_two_organisations_holds(
    one: Organisation, two: Organisation, ana: Actor, sam: Actor, enrol: Callable[..., Person], django_assert_num_queries: Any
) -> None:
    bound(sam, side=96, day=200)
    bound(as_actor(enrol(two, "Ola", Role.SUPERVISOR)), blur=16, day=100)
    with django_assert_num_queries(1):
        at_theirs = queries.standing(ana, two.pk).shown
    assert (at_theirs.side, at_theirs.blur, at_theirs.day) == (96, 16, 100)
    assert queries.standing(ana, one.pk).shown == queries.standing(ana).shown
    # What the desk proposes there follows it too; at home there is nothing to say yet.
    actions.note_elsewhere(minutes=90, by=ana, now=clock.now() - timedelta(minutes=30))
    assert queries.prompts(ana, one.pk, now=clock.now()) == []
    [said] = queries.prompts(ana, two.pk, now=clock.now())
    assert "Little is left" in said


@pytest.mark.slow
@pytest.mark.django_db
def test_who_is_already_looking_gets_what_counts_now(held: Held, ana: Actor, sam: Actor, manners: list[Manner]) -> None:
    case, original = held
    now = clock.now()
    look(case, original, ana, at=now)
    bound(sam, side=80, blur=16, is_grey=True, day=1)
    look(case, original, ana, at=now)
    actions.see_clearly(case=case, original=original.pk, reason=looking.LookReason.OPEN, by=ana, now=now)
    assert manners == [Manner(160, 8), Manner(80, 16), Manner(looking.CLEAR_SIDE // 2, 0, is_grey=True)]
    # What was had before counts for the minute that a day may hold now.
    with pytest.raises(errors.EnoughForToday):
        look(case, original, ana, at=now)
    bound(sam, day=240, no_clear=True)
    with pytest.raises(errors.SparedThis):
        actions.see_clearly(case=case, original=original.pk, reason=looking.LookReason.OPEN, by=ana, now=now)


@pytest.mark.slow
@pytest.mark.django_db
def test_an_own_end_of_the_day_comes_sooner_and_never_later(held: Held, ana: Actor, sam: Actor) -> None:
    case, original = held
    now = clock.now()
    actions.choose_comfort(wanted=replace(queries.widest(), day=1), by=ana)
    for _ in range(3):
        look(case, original, ana, at=now)
    with pytest.raises(errors.EnoughForToday):
        look(case, original, ana, at=now)
    actions.choose_comfort(wanted=queries.widest(), by=ana)
    bound(sam, day=1)
    with pytest.raises(errors.EnoughForToday):
        look(case, original, ana, at=now)
    assert opened(original) == 3


@pytest.mark.slow
@pytest.mark.django_db
def test_no_address_gives_a_laxer_copy_and_one_that_was_laid_out_before_is_not_given(
    tell: Tell, keeping: Organisation, sam: Actor, enrol: Callable[..., Person], manners: list[Manner], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The thread that asks has connections of its own; here it is this one.
    monkeypatch.setattr("cairndesk.review.views.looking.connections.close_all", lambda: None)
    ana = enrol(keeping, "Ana", Role.ANALYST)
    case = actions.claim(case=tell(at=clock.now()), by=as_actor(ana), now=clock.now())
    original, client = hand_over(case, as_actor(ana)), signed_in(ana)
    door = reverse("review:look-at", args=[case.pk, original.pk])
    bound(sam, side=96, blur=16, no_clear=True)
    asked = {"side": "320", "blur": "0", "is_grey": "", "no_clear": "", "day": "480"}
    client.post(f"{door}?side=320&blur=0&is_grey=0", {"reason": "open", **asked})
    assert manners == [Manner(96, 16)]
    clear = reverse("review:see-clearly", args=[case.pk, original.pk])
    assert client.post(f"{clear}?side=1024", {"reason": "open", **asked}).status_code == 409
    assert "Hold to see it clearly" not in client.get(door).content.decode()
    # It waits to be taken, as it was drawn, for nobody but who asked: and for them too only while it is strict enough.
    for changed, is_given in (({}, True), ({"day": 239}, False), ({"blur": 24}, False), ({"side": 64}, False)):
        client.post(door, {"reason": "open"})
        copy = COPIES.take(client.session["small"][1])
        bound(sam, **changed)
        assert copy is not None
        assert copy.still() is is_given
    bound(sam, no_clear=False)
    for changed, is_given in (({}, True), ({"is_grey": True}, False)):
        client.post(clear, {"reason": "open"})
        sharp = COPIES.take(client.session["clear"][1])
        bound(sam, **changed)
        assert sharp is not None
        assert sharp.still() is is_given


@pytest.mark.slow
@pytest.mark.django_db
def test_the_page_refuses_what_is_laxer_and_says_the_bound(keeping: Organisation, enrol: Callable[..., Person], settings: Any) -> None:
    sams, anas = signed_in(enrol(keeping, "Sam", Role.SUPERVISOR)), signed_in(enrol(keeping, "Ana", Role.ANALYST))
    page = sams.get(PAGE).content.decode()
    assert ('value="160"' in page, 'value="240"' in page, 'value="320"' in page, "Nothing was said" in page) == (True, False, False, True)
    for name, laxer, says in (
        *(("side", "320", "160 pixels at most"), ("blur", "4", "8 pixels at least"), ("side", "x", "160 pixels at most")),
        *(("day", "241", "240 minutes at most"), ("day", "0", "1 at least"), ("stretch", "4", "5 at least"), ("stretch", "x", "50 minutes at most")),
    ):
        answer = sams.post(PAGE, STRICT | {name: laxer})
        words = answer.content.decode()
        assert (answer.status_code, "By the bound of this installation it is" in words, says in words) == (422, True, True)
    assert (anas.get(PAGE).status_code, anas.post(PAGE, STRICT).status_code, Bounds.objects.count()) == (403, 403, 0)
    assert "Change what your organisation says" not in anas.get(MINE).content.decode()
    told = sams.post(PAGE, STRICT | {"no_clear": "on"}, follow=True).content.decode()
    assert ("also for who is looking already" in told, "Change what your organisation says" in told) == (True, True)
    page = sams.get(PAGE).content.decode()
    assert "120 minutes a day, a break after 30 minutes, 96 pixels, blur of 12 pixels, no clear view" in page
    # The page of each person says both, offers nothing laxer, and takes nothing that is.
    mine = anas.get(MINE).content.decode()
    assert ("<td>120 minutes</td><td>120 minutes</td>" in mine, 'value="128"' in mine, "Offer me no clear view" in mine) == (True, False, False)
    for name, laxer, says in (("side", "128", "96 pixels at most"), ("blur", "8", "12 pixels at least"), ("day", "121", "120 minutes at most")):
        answer = anas.post("/yourself/shown/", STRICT | {name: laxer})
        words = answer.content.decode()
        assert (answer.status_code, "By the bound of your organisation it is" in words, says in words) == (422, True, True)
    assert not Comfort.objects.exists()
    anas.post("/yourself/shown/", STRICT | {"day": "60", "stretch": ""})
    mine = anas.get(MINE).content.decode()
    assert ("<td>120 minutes</td><td>60 minutes</td>" in mine, "<td>30 minutes</td><td>30 minutes</td>" in mine) == (True, True)


@pytest.mark.slow
@pytest.mark.django_db
def test_what_is_switched_on_for_everybody_leaves_what_each_chose_as_it_was(keeping: Organisation, enrol: Callable[..., Person], sam: Actor) -> None:
    ana = enrol(keeping, "Ana", Role.ANALYST)
    client, chosen = signed_in(ana), {"side": "160", "blur": "8"}
    client.post("/yourself/shown/", chosen | {"no_video": "on", "is_grey": "on"})
    bound(sam, no_video=True, is_grey=True, asks_twice=True)
    page = client.get(MINE).content.decode()
    assert ("Show me no videos" in page, "Without colour, a clear view too" in page, "Offer me no clear view" in page) == (False, False, True)
    client.post("/yourself/shown/", chosen)
    bound(sam, no_video=False, is_grey=False, asks_twice=False)
    held = queries.standing(as_actor(ana)).own
    assert (held.no_video, held.is_grey, held.asks_twice) == (True, True, False)


@pytest.mark.slow
@pytest.mark.django_db
def test_where_nothing_is_viewed_only_the_minutes_are_asked(one: Organisation, enrol: Callable[..., Person], settings: Any) -> None:
    sams = signed_in(enrol(one, "Sam", Role.SUPERVISOR))
    page = sams.get(PAGE).content.decode()
    assert ("Minutes of pictures and videos" in page, "Blur" in page, "clear view" in page) == (True, False, False)
    sams.post(PAGE, {"day": "100", "stretch": "", "side": "320"})
    kept = Bounds.objects.get()
    assert (kept.day, kept.stretch, kept.side) == (100, looking.UNSAID, 160)
    assert "100 minutes a day</td>" in sams.get(PAGE).content.decode()
    # What nobody is asked for may have become laxer than the installation meanwhile: that keeps nobody from being stricter.
    desk = settings.CAIRNDESK.desk.model_copy(update={"look_side": 96, "look_blur": 12})
    settings.CAIRNDESK = settings.CAIRNDESK.model_copy(update={"desk": desk})
    assert sams.post(PAGE, {"day": "60", "stretch": ""}).status_code == 302
    newest = Bounds.objects.latest("pk")
    assert (newest.day, newest.side, newest.blur) == (60, 96, 12)


@pytest.mark.slow
@pytest.mark.django_db
def test_to_lower_the_cap_tells_a_supervisor_nothing_of_what_anybody_had_before(
    one: Organisation, enrol: Callable[..., Person], settings: Any, django_assert_max_num_queries: Any
) -> None:
    """Otherwise whoever sets a cap of a minute, and then of two, would read from it how long each of them looked on each day."""
    ana, sam = enrol(one, "Ana", Role.ANALYST), enrol(one, "Sam", Role.SUPERVISOR)
    client, now = signed_in(sam), clock.now()
    for days in (0, 1, 6):
        actions.note_elsewhere(minutes=30, by=as_actor(ana), now=now - timedelta(days=days))
    for minutes in (1, 29, 2):
        bound(as_actor(sam), day=minutes)
        with django_assert_max_num_queries(30):
            assert "Nobody reached what a day may hold" in client.get(MINE).content.decode()
    assert queries.people_at_cap(now=now) == 0


@pytest.mark.django_db
def test_the_doctor_names_the_organisations_that_are_stricter(keeping: Organisation, sam: Actor, settings: Any) -> None:
    bound(sam, day=90)
    [_, (_, level, says, _)] = readiness.looks(settings.CAIRNDESK, clock.now())
    assert (level, f"240 minutes of pictures and videos for a person, 90 at {keeping.slug}, and more nowhere" in says) == ("ok", True)
    # An organisation cannot be laxer than the installation, so no warning is about one; and what was said before does not count.
    bound(sam, day=240)
    [_, (_, level, says, _)] = readiness.looks(settings.CAIRNDESK, clock.now())
    assert (level, keeping.slug in says) == ("ok", False)
