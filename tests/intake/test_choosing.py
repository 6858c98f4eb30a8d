"""What somebody chose behind the receipt stands, whatever comes late of the first telling."""

import pytest

from cairndesk.cases.models import Case
from cairndesk.cases.queries import limits_of
from cairndesk.intake import jobs
from cairndesk.intake.rules import Kind, unknown
from cairndesk.lib.unknowns import Unknown

pytestmark = pytest.mark.django_db


@pytest.mark.req("PRI-04")
def test_a_last_page_that_comes_late_undoes_nothing_that_was_chosen_since(put, spool):
    put({"tell": ["no_school"]}, step=2)
    put(kind=Kind.RECEIPT, receipt_index="c" * 32, mailbox_public="d" * 64)
    put({"what": ["threatens"]}, done=True)
    jobs.drain(spool)
    case = Case.objects.get()
    # As long as nothing was chosen in another place, a page that was filled in anew counts.
    put({"tell": ["no_family"]}, step=2, counter=2)
    jobs.drain(spool)
    assert {one.limit for one in limits_of(case)} == {"no_family"}
    put({"about": "choices", "tell": ["no_police"], "wish": "help_only"}, kind=Kind.MESSAGE, receipt_index="c" * 32, text="-")
    jobs.drain(spool)
    put({"tell": unknown(Unknown.UNKNOWN), "wish": "all", "safe_contact": "no"}, step=2, counter=3, cold=True)
    jobs.drain(spool)
    assert {one.limit for one in limits_of(case)} == {"no_police", "help_only", "no_messages"}


@pytest.mark.req("PRI-04")
def test_a_choice_that_is_said_once_more_counts_from_then_on_and_brings_the_case_back(put, spool):
    put({"tell": ["no_school"], "what": ["threatens"]}, done=True)
    put(kind=Kind.RECEIPT, receipt_index="c" * 32, mailbox_public="d" * 64)
    jobs.drain(spool)
    case = Case.objects.get()
    before = limits_of(case)[0].since
    Case.objects.update(stage="answered")
    put({"about": "choices", "tell": ["no_school"]}, kind=Kind.MESSAGE, receipt_index="c" * 32, text="-")
    jobs.drain(spool)
    case.refresh_from_db()
    assert (len(limits_of(case)), limits_of(case)[0].since > before, case.stage) == (1, True, "queued")
