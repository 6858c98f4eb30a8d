"""What becomes of a crowd of cases told alike once its leading case leads no more."""

from typing import Any

import pytest
from django.db.models import Q
from django.urls import reverse
from tests.review.test_pages import Enter, enter
from tests.review.test_stacks import ana, carried, classified, decide
from tests.review.test_told_stacks import Say, drawn, outs, say, stood
from tests.support.cast import NOON
from tests.triage.test_retelling import TEXT

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import SYSTEM, Actor, Role
from cairndesk.cases.actions import add_person
from cairndesk.cases.models import Case
from cairndesk.custody.queries import entries_about
from cairndesk.review import actions
from cairndesk.review.models import StackMember
from cairndesk.review.rules.stacks import Out
from cairndesk.triage import jobs
from cairndesk.triage.actions import assess
from cairndesk.triage.models import Stacked, Wording, WordingMark

__all__ = ["ana", "drawn", "enter", "say"]
pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_where_the_leading_case_is_gone_the_next_leads(say: Say) -> None:
    lead, second = say(), say()
    Case.objects.filter(pk=lead.pk).update(erased_at=NOON)
    actions.forget_stacks(case=lead)
    assert jobs.restack() == 1
    third = say()
    assert stood() == [(third, second, ["retold"])]


def _gone(lead: Case, what: str) -> None:
    if what == "erased":
        Case.objects.filter(pk=lead.pk).update(erased_at=NOON)
        actions.forget_stacks(case=lead)
    else:
        add_person(case=lead, role="person_of_concern", facts={"actor_age": "child"}, by=SYSTEM, now=NOON)
        assess(case=lead, by=SYSTEM, now=NOON)


@pytest.mark.parametrize("what", ["erased", "child of concern"])
def test_where_the_leading_case_leads_no_more_its_crowd_has_a_new_one_and_the_lane_rests(say: Say, ana: Actor, what: str) -> None:
    lead = classified(say(), ana)
    first, *others = [say() for _ in range(4)]
    _gone(lead, what)
    assert jobs.restack() == 4
    assert stood() == [(case, first, ["retold"]) for case in others]
    assert set(WordingMark.objects.values_list("wording", flat=True)) == {first.pk}
    assert jobs.restack() == 0
    assert outs(first) == dict.fromkeys(others)


@pytest.mark.usefixtures("drawn")
@pytest.mark.parametrize("goes", ["the leading case", "one that followed", "one that was held out"])
def test_what_is_erased_leaves_no_trace_of_what_it_was_like(say: Say, ana: Actor, enter: Enter, enrol: Any, one: Organisation, goes: str) -> None:
    lead = classified(say(), ana)
    followed, changed, differs, waits = say(), say(), say(TEXT.replace("nobody else does", "nobody does")), say(handle="gull")
    Stacked.objects.create(case=waits, lead=lead, because=["phone"], at=NOON)
    done = decide(lead=lead, by=ana, now=NOON)
    Wording.objects.filter(case=changed).update(whole=b"another account.")
    assert carried(done.decision)[changed.number] == "differs"
    gone = {"the leading case": lead, "one that followed": followed, "one that was held out": differs}[goes]
    about = Q(case=gone) | Q(lead=gone)
    assert Stacked.objects.filter(about).exists()
    _gone(gone, "erased")
    jobs.restack()
    assert not Stacked.objects.filter(about).exists()
    assert not Wording.objects.filter(case=gone).exists()
    kept = {(tuple(row.because), row.why) for row in StackMember.objects.filter(Q(case=gone) | Q(decision__lead=gone))}
    assert set() < kept <= {((), ""), ((), Out.CHANGED)}
    browser = enter(enrol(one, "Bea", Role.ANALYST))
    page = browser.get(reverse("review:stack", args=[lead.pk])).content.decode()
    assert ("Here because" if gone == lead else gone.number) not in page
    assert "nearly" not in browser.get(reverse("review:stacks")).content.decode()
    for case in (followed, changed):
        logged = [entry for entry in entries_about(case.pk) if entry.event.startswith("review.stack.")]
        assert logged
        assert not {"retold", "differs", "further"} & {str(value) for entry in logged for value in entry.detail.values()}
