"""A finished case wakes when what it is about may be back, for whoever asked to hear of it; a person looks first, and nobody else is told."""

from datetime import timedelta
from typing import Any

import pytest
from tests.support.cast import NOON
from tests.triage.test_lookback import LINK, Listing, data, opened, put_on_list

from cairndesk.accounts.errors import NotPermitted
from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import SYSTEM, Actor
from cairndesk.cases.actions import Named, keep_choices
from cairndesk.cases.models import Case
from cairndesk.cases.rules.stages import Stage
from cairndesk.intake.models import Milestone, Receipt
from cairndesk.lib import clock
from cairndesk.signals import jobs as signals
from cairndesk.triage import actions, errors, jobs
from cairndesk.triage.models import Woken
from cairndesk.triage.queries import woken

__all__ = ["data", "put_on_list"]
pytestmark = pytest.mark.django_db


def finished(one: Organisation, again: str = "yes", **fields: Any) -> Case:
    case = opened(one, Named("url", LINK))
    Receipt.objects.create(index=case.pk.hex, mailbox_public=bytes(32), case=case, made_at=NOON, published_at=NOON)
    keep_choices(case=case, answers={"again": again}, by=SYSTEM, now=NOON)
    Case.objects.filter(pk=case.pk).update(**{"stage": Stage.CLOSED, "closed_at": NOON, "next_action_at": None, "stage_since": NOON} | fields)
    case.refresh_from_db()
    return case


@pytest.mark.slow
@pytest.mark.req("INT-14")
def test_a_list_that_meets_it_later_wakes_the_case_of_who_asked_and_tells_nobody(
    ring: object, one: Organisation, put_on_list: Listing, sam: Actor, ana: Actor
) -> None:
    finished(one, again="no")
    asked = finished(one)
    put_on_list(LINK)
    signals.look_back()
    jobs.assess()
    assert [(one.case, one.because) for one in Woken.objects.all()] == [(asked, "list")]
    assert list(woken(by=sam)) == [asked]
    asked.refresh_from_db()
    # It stands where it stood, and its mailbox says what it said: a machine's lead is no news for a child.
    assert (asked.stage, Milestone.objects.count(), Receipt.objects.filter(published_at=None).count()) == (Stage.CLOSED, 0, 0)
    shown = [woke.pk for woke in asked.woken.all()]
    with pytest.raises(NotPermitted):
        actions.settle_woken(case=asked, shown=shown, is_back=False, by=ana, now=clock.now())
    with pytest.raises(errors.NothingWoke):
        actions.settle_woken(case=asked, shown=[], is_back=False, by=sam, now=clock.now())
    actions.settle_woken(case=asked, shown=shown, is_back=False, by=sam, now=clock.now())
    with pytest.raises(errors.NothingWoke):
        actions.settle_woken(case=asked, shown=shown, is_back=True, by=sam, now=clock.now())
    # The same lead does not ask a second time.
    actions.take_in(case=asked, now=clock.now() + timedelta(hours=1))
    assert (list(woken(by=sam)), Milestone.objects.count()) == ([], 0)


@pytest.mark.req("INT-14")
@pytest.mark.parametrize(("again", "fields", "count"), [("yes", {}, 1), ("no", {}, 0), ("yes", {"stage": Stage.ANSWERED}, 1),
    ("yes", {"stage": Stage.ACTING, "next_action_at": NOON}, 0), ("yes", {"erased_at": NOON}, 0)])  # fmt: skip
def test_a_new_report_of_the_same_wakes_it_once_where_it_is_finished(
    ring: object, one: Organisation, again: str, fields: dict[str, Any], count: int
) -> None:
    before = finished(one, again, **{"next_action_at": NOON if fields.get("stage") == Stage.ANSWERED else None} | fields)
    after = opened(one, Named("url", LINK))
    actions.take_in(case=after, now=clock.now())
    assert [(one.case, one.other, one.because) for one in Woken.objects.all()] == [(before, after, "case")] * count
