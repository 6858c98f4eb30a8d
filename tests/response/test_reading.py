"""Log, then open: whatever page a person reads, one entry says so before a key turns."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from tests.response.confirmed import approve, read_summary
from tests.response.conftest import NOW, Keyholder
from tests.response.test_packages import GROUNDS
from tests.response.test_referrals import YES, referral, step
from tests.support.turning import size, watched

from cairndesk.accounts.rules import Actor, GrantPurpose
from cairndesk.cases.actions.grants import give_grant
from cairndesk.cases.models import Case, Item
from cairndesk.custody.queries import entries_about
from cairndesk.custody.rules import Event, these
from cairndesk.response import actions, queries
from cairndesk.response.errors import IllegalStep
from cairndesk.response.models import Notice, PlanStep, Referral
from cairndesk.review.actions import open_account, open_item

__all__ = ["referral", "step"]
pytestmark = [pytest.mark.django_db, pytest.mark.req("EVD-19")]


@pytest.fixture
def notices(ready: PlanStep) -> list[Notice]:
    """The drafted letters of one step."""
    return list(queries.drafts_of(ready))


@pytest.fixture
def reporting(case: Case, plan: Callable[..., dict[str, PlanStep]], ana: Actor) -> PlanStep:
    """The step that reports to an authority."""
    return approve(plan(case)["authority"], by=ana, now=NOW)


def once_and_first(read: Callable[[], object], *, entries: int = 1) -> None:
    """One entry for each matter, however much is opened, and it stands before the first key turns; its grant is given at the first time."""
    read()
    before = size()
    with watched() as keys:
        read()
    assert keys.turned
    assert keys.early == 0
    assert size() == before + entries


def test_letters_and_addresses_are_opened_after_the_log_says_so(notices: list[Notice], ready: PlanStep, case: Case, ana: Actor) -> None:
    once_and_first(lambda: actions.read_letters(step=ready, by=ana, now=NOW))
    assert these([one.pk for one in queries.drafts_of(ready)]).items() <= entries_about(case.pk)[-1].detail.items()
    once_and_first(lambda: actions.read_letter(notice=notices[0], by=ana, now=NOW))
    once_and_first(lambda: actions.open_addresses(step=ready, by=ana, now=NOW))
    assert these([item.pk for item in queries.removable_items(case)]).items() <= entries_about(case.pk)[-1].detail.items()


def test_accounts_and_items_too(case: Case, ana: Actor) -> None:
    once_and_first(lambda: open_account(report=case.reports.get(), by=ana, now=NOW))
    item = Item.objects.filter(case=case).first()
    assert item is not None
    once_and_first(lambda: open_item(case=case, item=item, by=ana, now=NOW))


def test_a_summary_too(referral: Referral, ana: Actor) -> None:
    held = actions.record_consent(referral=referral, choice=YES, by=ana, now=NOW)
    once_and_first(lambda: read_summary(held, by=ana, now=NOW))


def test_what_would_go_to_an_authority_too(case: Case, reporting: PlanStep, police: Keyholder, ana: Actor) -> None:
    asked = {"step": reporting, "authorities": [police.authority], "grounds": GROUNDS, "by": ana, "now": NOW}
    once_and_first(lambda: actions.read_before_closing(**asked), entries=2)
    for opened, entry in zip((case.reports.all(), case.items.all()), entries_about(case.pk)[-2:], strict=True):
        assert these([one.pk for one in opened]).items() <= entry.detail.items()


def test_a_grant_that_opens_what_was_told_opens_no_address_beside_it(case: Case, reporting: PlanStep, police: Keyholder, sam: Actor) -> None:
    with transaction.atomic():
        give_grant(case=case, purpose=GrantPurpose.SUBJECT, lasts=timedelta(hours=1), by=sam, now=NOW)
    actions.read_before_closing(step=reporting, authorities=[police.authority], grounds=GROUNDS, by=sam, now=NOW)
    assert [one.detail["purpose"] for one in entries_about(case.pk) if one.event == Event.CUSTODY_ITEM_OPENED] == ["subject", "respond"]


def test_a_step_that_builds_no_package_shows_none(step: PlanStep, police: Keyholder, ana: Actor) -> None:
    before = size()
    with pytest.raises(IllegalStep):
        actions.read_before_closing(step=step, authorities=[police.authority], grounds=GROUNDS, by=ana, now=NOW)
    assert size() == before


def test_the_set_of_an_entry_is_the_same_in_any_order_and_another_for_others() -> None:
    ids = [uuid4() for _ in range(3)]
    assert these(ids) == these(ids[::-1])
    assert these(ids)["set"] != these(ids[:2])["set"]
