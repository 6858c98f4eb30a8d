"""A provider was told before the desk was and did not act: with its days it makes the removal due sooner, goes higher, and is counted."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from tests.response.conftest import NOW

from cairndesk.accounts.errors import NotPermitted, OtherOrganisation
from cairndesk.accounts.models import Person, RoleGrant
from cairndesk.accounts.rules import Proof, Role
from cairndesk.custody.queries import entries_about, unseal_fields
from cairndesk.directory import actions as directory
from cairndesk.insight.queries import numbers
from cairndesk.insight.words import STAFF_ONLY, name_of, title_of
from cairndesk.intake.rules import QUESTIONS
from cairndesk.lib import clock
from cairndesk.response import actions, queries
from cairndesk.response.errors import IncompleteAct
from cairndesk.response.models import Complaint
from cairndesk.response.queries.mail import preview
from cairndesk.response.rules import ComplaintAnswer, Reason, StepKind

pytestmark = pytest.mark.django_db
DAY, TODAY = timedelta(days=1), NOW.date()


def said(case, provider, by, *, told_on=TODAY - 20 * DAY, answer=ComplaintAnswer.REFUSED, answered_on=TODAY - 9 * DAY):
    return actions.record_complaint(case=case, provider=provider, told_on=told_on, answer=answer, answered_on=answered_on, by=by, now=NOW)


@pytest.mark.req("INT-33")
def test_a_platform_that_did_not_act_is_told_higher_and_sooner_and_is_counted(case, provider, ana, plan, draft):
    """The teller ticked that the app was told and did not help; with its days it bears on the removal and on the figures."""
    assert "no_action" in QUESTIONS["what"].choices
    made = said(case, provider, ana)
    assert (made.told_on, made.answered_on) == (TODAY - 20 * DAY, TODAY - 9 * DAY)
    facts = queries.facts_of(case)
    assert facts.told_in_vain
    step = plan(case, told_in_vain=facts.told_in_vain)[StepKind.REMOVE]
    assert Reason.TOLD_IN_VAIN in step.reasons
    assert step.due_at == NOW + timedelta(hours=12)
    letter = letter_of(step, draft, ana)
    assert letter.recipient == "lead@pictures.example"
    assert letter.legality.endswith("You were told of this in February 2026 and refused.")
    tables = {one.id: one for one in numbers(case.organisation_id, now=NOW, threshold=1).tables}
    counts = {name: {cell.code: cell.count for cell in tables[name].cells if cell.count} for name in tables if name.startswith("complaints")}
    assert counts == {
        "complaints_by_answer": {"refused": 1},
        "complaints_by_provider": {"Pictures": 1},
        "complaints_by_time_since_told": {"longer": 1},
    }


def letter_of(step, draft, by):
    (notice,) = actions.draft_notices(step=step, drafts=[draft], by=by, now=NOW)
    return preview(notice, unseal_fields(notice.document), "desk@desk.example")


def test_a_provider_that_nobody_told_is_written_to_as_ever(case, ana, plan, draft, lia):
    other = directory.add_provider(fields={"name": "Chat", "notice_address": "a@chat.example", "answer_hours": 24, "preserve_days": 9},
                                   domains=["chat.example"], by=lia, now=NOW)  # fmt: skip
    said(case, other, ana)
    step = plan(case)[StepKind.REMOVE]
    letter = letter_of(step, draft, ana)
    assert (letter.recipient, "You were told" in letter.legality) == ("abuse@pictures.example", False)


def test_what_is_learned_later_makes_a_proposed_removal_due_sooner(case, provider, ana, plan):
    step = plan(case)[StepKind.REMOVE]
    assert (step.due_at, Reason.TOLD_IN_VAIN in step.reasons) == (NOW + timedelta(hours=24), False)
    said(case, provider, ana, answer=ComplaintAnswer.NONE, answered_on=None)
    step.refresh_from_db()
    assert (step.due_at, step.reasons[-1]) == (NOW + timedelta(hours=12), Reason.TOLD_IN_VAIN)
    assert entries_about(case.pk)[-1].event == "response.complaint.recorded"


@pytest.mark.parametrize(
    "wrong",
    [
        {"told_on": TODAY + DAY},
        {"answered_on": TODAY + DAY},
        {"answered_on": None},
        {"answered_on": TODAY - 21 * DAY},
    ],
)
def test_days_that_cannot_be_are_refused(case, provider, ana, wrong):
    with pytest.raises(IncompleteAct):
        said(case, provider, ana, **wrong)
    assert not Complaint.objects.exists()


def test_said_again_of_the_same_day_the_newer_answer_stands(case, provider, ana):
    said(case, provider, ana)
    said(case, provider, ana, answer=ComplaintAnswer.NONE)
    assert [(one.answer, one.answered_on) for one in Complaint.objects.all()] == [("no_answer", None)]
    with pytest.raises(IntegrityError), transaction.atomic():
        Complaint.objects.update(answered_on=TODAY)


def test_nobody_of_another_desk_records_it(case, provider, ola):
    with pytest.raises((NotPermitted, OtherOrganisation)):
        said(case, provider, ola)


def test_few_complaints_are_withheld_and_providers_are_not_named_in_public(case, provider, ana):
    said(case, provider, ana)
    tables = [one for one in numbers(case.organisation_id, now=NOW).tables if one.unit == "complaints"]
    assert tables
    assert {cell.count for one in tables for cell in one.cells} <= {None, 0}
    assert "complaints_by_provider" in STAFF_ONLY
    assert name_of("complaints_by_provider", "LOUD Pictures") == "LOUD Pictures"
    assert all(title_of(one) for one in tables)


def test_it_is_recorded_on_the_plan_and_stands_there(case, provider, one):
    browser = signed_in(one)
    sent = {"provider": str(provider.pk), "told_on": "2026-02-12", "answer": "no_answer"}
    address = f"/cases/{case.pk}/plan/told-before/"
    assert browser.post(address, sent | {"told_on": "2999-01-01"}).status_code == 422
    assert browser.post(address, sent | {"provider": str(case.pk)}).status_code == 422
    assert browser.post(address, sent).status_code == 302
    page = browser.get(f"/cases/{case.pk}/plan/").content.decode()
    assert "Pictures was told on 2026-02-12: no answer" in page


def signed_in(organisation) -> Client:
    person = Person.objects.create(organisation=organisation, sign_in_name="a", name="Ana", credential_until=date(2999, 1, 1), created_at=NOW)
    RoleGrant.objects.create(person=person, role=Role.ANALYST, granted_at=NOW)
    browser, at = Client(), clock.now().isoformat()
    session = browser.session
    session.update({"person": str(person.pk), "proof": Proof.PASSKEY.value, "started": at, "seen": at})
    session.save()
    return browser
