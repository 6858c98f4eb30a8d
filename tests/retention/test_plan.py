"""What will be destroyed and why, for people who answer for it: the page and the commands."""

import json
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.urls import reverse
from tests.response.confirmed import fresh
from tests.response.test_pages import Browser, SignIn

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor, Role
from cairndesk.cases.actions import place_hold
from cairndesk.cases.models import Case
from cairndesk.cases.rules.holding import HoldGround
from cairndesk.cases.rules.stages import Stage
from cairndesk.cli import retention as commands
from cairndesk.custody import access
from cairndesk.custody.models import SealedItem
from cairndesk.directory import actions as directory
from cairndesk.lib import clock
from cairndesk.retention import actions, jobs
from cairndesk.retention.models import Destruction, Timekeeping

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def late(case: Case, sam: Actor, sue: Actor) -> Case:
    """A case of which identities are due in ten days and nothing else soon; the schedule was confirmed today."""
    now = clock.now()
    loaded = directory.load_schedule(text=directory.example_schedule(), by=sam, now=now)
    digest = directory.confirming_digest(loaded, today=now.date())
    directory.confirm_schedule(schedule=loaded, by=sue, fresh=fresh(sue, digest, now), now=now)
    at = now - timedelta(days=355)
    case.reports.update(told_at=at)
    Case.objects.update(stage=Stage.CLOSED, opened_at=at, closed_at=at)
    case.refresh_from_db()
    return case


def page(browser: Browser) -> str:
    return browser.get(reverse("retention:plan")).content.decode()


@pytest.mark.req("EVD-05")
def test_a_supervisor_sees_what_goes_within_thirty_days_and_why_and_what_is_held(
    late: Case, ana: Actor, supervisor: Browser, analyst: Browser, sign_in: SignIn, one: Organisation, two: Organisation
) -> None:
    shown, due = page(supervisor), (clock.now() + timedelta(days=10)).date()
    assert late.number in shown
    assert f"<td><time>{due}</time></td><td>Identities and contact</td><td>its time is over</td>" in shown
    assert "Addresses, accounts" not in shown
    assert analyst.get(reverse("retention:plan")).status_code == 403
    assert late.number not in page(sign_in(two, "Olo", Role.SUPERVISOR))
    assert late.number in page(sign_in(one, "Aud", Role.AUDITOR))
    place_hold(case=late, ground=HoldGround.COURT, why="Order 7", review_on=(clock.now() + timedelta(days=1)).date(), by=ana, now=clock.now())
    held = page(supervisor)
    assert "Nothing is due." in held
    assert "a court ordered it" in held
    assert "Order 7" not in held


def test_the_page_says_when_the_clock_is_not_believed_and_when_nothing_is_in_force(case: Case, supervisor: Browser) -> None:
    assert "No schedule is confirmed" in page(supervisor)
    now = clock.now()
    Timekeeping.objects.create(told=now, counted=0.0, ticks=0.0, doubted_at=now)
    assert "Nothing is destroyed:" in page(supervisor)


def test_every_page_of_a_case_opens_whatever_was_destroyed_of_it(late: Case, ana: Actor, analyst: Browser) -> None:
    for days in (12, 365 * 2, 365 * 4, 365 * 10):
        now = clock.now() + timedelta(days=days)
        for due in [*jobs.queries.due_by(now, now=now)]:
            actions.carry_out(destruction=actions.announce(due=due, now=now), now=now)
        for name in ("review:case", "review:known", "response:erasure", "retention:holds"):
            answer = analyst.get(reverse(name, args=[late.pk]))
            assert answer.status_code == 200, (days, name)
    assert not SealedItem.objects.filter(erased_at=None, purpose__in=["told", "identifier"]).exists()


def test_the_commands_show_the_plan_destroy_what_is_due_and_refuse_after_a_jump(
    late: Case, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(commands, "wake", lambda: None)
    monkeypatch.setattr(commands, "found_in", lambda _: None)
    monkeypatch.setattr(access, "unlock", lambda _: None)
    commands.plan(days=30, as_json=True)
    shown = json.loads(capsys.readouterr().out)
    assert {(row["case"], row["class"], row["why"]) for row in shown["due"]} >= {(late.number, "identity", "maximum")}
    commands.run(as_json=True)
    assert json.loads(capsys.readouterr().out) == {"destroyed": 0, "clock believed": True, "waiting": 0}
    now = clock.now()
    monkeypatch.setattr(jobs, "clock", SimpleNamespace(now=lambda: now + timedelta(days=700), ticks=clock.ticks))
    with pytest.raises(commands.typer.Exit) as ended:
        commands.run(as_json=True)
    assert ended.value.exit_code == commands.Exit.LATER
    assert not Destruction.objects.exists()
    monkeypatch.setattr(jobs, "clock", SimpleNamespace(now=lambda: now + timedelta(days=11), ticks=lambda: clock.ticks() + 11 * 86400))
    commands.run(as_json=False)
    assert Destruction.objects.filter(record_class="identity").exclude(done_at=None).exists()
