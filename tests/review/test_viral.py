"""Material that is known to be shared widely carries a flag of its own: set by a person for a reason, carried by what is like it, taken back."""

from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from uuid import UUID

import pytest
from django.apps import apps
from django.urls import reverse
from tests.insight.conftest import Hold, hold
from tests.review.conftest import as_actor
from tests.review.test_pages import Enter, enter
from tests.review.test_stacks import Report, carried, classified, decide, report
from tests.support.cast import NOON

from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import Actor, Role
from cairndesk.cases.actions import Named
from cairndesk.cases.models import Case, KeptApart
from cairndesk.custody.queries import entries_about
from cairndesk.insight.queries import seeing
from cairndesk.lib import clock
from cairndesk.review.actions import say_apart
from cairndesk.review.models import Exposure
from cairndesk.review.rules.exposure import Kind
from cairndesk.triage import errors
from cairndesk.triage.actions import flag_viral, restack, take_back_viral
from cairndesk.triage.models import KnownViral
from cairndesk.triage.queries import beside, viral_cases

__all__ = ["enter", "hold", "report"]
pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def ana(enrol: Callable[..., Person], one: Organisation) -> Actor:
    return as_actor(enrol(one, "Ana", Role.ANALYST))


def flagged(*cases: Case) -> set[UUID]:
    return {case for case, one in beside([Case.objects.get(pk=case.pk) for case in cases]).items() if one.viral}


def test_a_person_flags_it_with_a_reason_and_what_is_like_it_carries_the_flag(report: Report, ana: Actor) -> None:
    first, second = report(), report()
    before = (second.priority, second.due_at)
    with pytest.raises(errors.NoReason):
        flag_viral(case=second, because="it is old", by=ana, now=NOON)
    made = flag_viral(case=second, because="to_warn", by=ana, now=NOON)
    assert flag_viral(case=first, because="many_reports", by=ana, now=NOON) == made, "it is flagged once, at the first case that has it"
    assert made.case == first
    later = report()
    assert flagged(first, second, later) == {first.pk, second.pk, later.pk}
    second.refresh_from_db()
    assert (second.priority, second.due_at) == before, "it gets no less urgent"
    take_back_viral(case=later, by=ana, now=NOON)
    assert flagged(first, second, later) == set()
    assert [one.taken_back_by for one in KnownViral.objects.all()] == [ana.pseudonym]
    assert [one.event for one in entries_about(first.pk) if "viral" in one.event] == ["triage.viral.flagged", "triage.viral.taken_back"]


def test_the_flag_goes_with_the_case_it_was_said_of(report: Report, ana: Actor) -> None:
    first, second = report(), report()
    flag_viral(case=second, because="to_warn", by=ana, now=NOON)
    say_apart(one=second, other=first, by=ana, now=NOON)
    assert flagged(first, second) == {second.pk}
    assert [one.event for one in entries_about(second.pk) if "viral" in one.event] == ["triage.viral.flagged"]
    # Linked after all, it stands at the first again; said of that as well, once is enough.
    KeptApart.objects.all().delete()
    restack(case=second, now=NOON)
    assert flagged(first, second) == {first.pk, second.pk}
    assert [one.case for one in KnownViral.objects.all()] == [first]
    say_apart(one=second, other=first, by=ana, now=NOON)
    flag_viral(case=first, because="many_reports", by=ana, now=NOON)
    KeptApart.objects.all().delete()
    restack(case=second, now=NOON)
    assert [(one.case, one.taken_back_at is None) for one in KnownViral.objects.order_by("because")] == [(first, True), (second, False)]


def test_a_flag_from_before_it_was_kept_of_which_case_it_was_said_learns_it_from_the_log(report: Report, ana: Actor, sam: Actor) -> None:
    first, second, third = report(), report(), report()
    # Somebody else said it of another one before, and took that back.
    flag_viral(case=third, because="to_warn", by=sam, now=NOON)
    take_back_viral(case=third, by=sam, now=NOON)
    flag_viral(case=second, because="to_warn", by=ana, now=NOON)
    KnownViral.objects.update(said_of=None)
    import_module("cairndesk.triage.migrations.0015_viral_said_of_before").say(apps, None)
    assert [(one.case, one.said_of) for one in KnownViral.objects.order_by("pk")] == [(first, None), (first, second)]
    say_apart(one=second, other=first, by=ana, now=NOON)
    assert flagged(first, second) == {second.pk}


def test_an_account_that_two_cases_share_carries_no_flag(report: Report, ana: Actor) -> None:
    seller = Named("account", "gull", service="harbour")
    first, second = report(seller), report(seller)
    flag_viral(case=first, because="to_warn", by=ana, now=NOON)
    assert (flagged(first, second), viral_cases(first.organisation_id)) == ({first.pk}, 1)


def test_the_queue_and_the_case_say_it_and_take_it_back(report: Report, enrol: Callable[..., Person], one: Organisation, enter: Enter) -> None:
    anas = enter(enrol(one, "Ana", Role.ANALYST))
    report()
    case = report()
    door, page, queue = reverse("triage:viral", args=[case.pk]), reverse("review:case", args=[case.pk]), reverse("triage:queue", args=["waiting"])
    assert "widely shared" not in anas.get(queue).content.decode()
    said = anas.post(door, {"because": "many_reports"}, follow=True).content.decode()
    assert "Known to be shared widely</b>, because many people who do not know each other report it; said of the case that it is like." in said
    assert anas.get(queue).content.decode().count('<span class="tag">widely shared</span>') == 2
    anas.post(door, {"take_back": "1"})
    assert "widely shared</span>" not in anas.get(page).content.decode()


def test_the_headline_counts_looks_by_closed_cases_and_a_stack_as_one_decision(
    report: Report, hold: Hold, ana: Actor, one: Organisation, two: Organisation
) -> None:
    lead = classified(report(), ana)
    for _ in range(3):
        report()
    done = decide(lead=lead, by=ana, now=NOON)
    carried(done.decision)
    Case.objects.filter(organisation=one).update(stage="closed", closed_at=NOON, next_action_at=None)
    hold(2, of=two)
    looks = [(one, Kind.LOOK, 0), (one, Kind.REVEAL, 1), (one, Kind.TEXT, 0), (one, Kind.LOOK, 15), (two, Kind.LOOK, 0)]
    Exposure.objects.bulk_create(
        Exposure(actor="somebody", organisation=of, kind=kind, at=NOON - timedelta(days=days), seconds=10) for of, kind, days in looks
    )
    found = seeing(one.pk, now=NOON + timedelta(minutes=1))
    assert (found.closed, found.reveals, found.decisions) == (4, 2, 2)
    assert (found.per_closed, found.per_decision, found.viral) == (0.5, 2.0, None)
    nothing = seeing(two.pk, now=NOON + timedelta(days=30))
    assert (nothing.per_closed, nothing.per_decision) == (None, None)


def test_the_page_of_numbers_opens_with_it(enrol: Callable[..., Person], one: Organisation, enter: Enter, report: Report) -> None:
    anas = enter(enrol(one, "Ana", Role.ANALYST))
    report()
    page = anas.get(reverse("insight:numbers")).content.decode()
    assert "<dt>Reveals per closed case</dt><dd>none closed yet</dd>" in page
    Case.objects.update(stage="closed", closed_at=clock.now(), next_action_at=None)
    assert "<dt>Reveals per closed case</dt><dd>0.00</dd>" in anas.get(reverse("insight:numbers")).content.decode()
