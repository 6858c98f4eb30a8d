"""Something sealed opens to a named person, for a case, a purpose and a time; each way around that is tried here."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from tests.cases.conftest import NOON, RAE_SAYS, actor
from tests.support.threads import in_threads, shared_database
from tests.support.turning import size

from cairndesk.accounts.errors import NotPermitted
from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor, GrantPurpose, GuestRight, Matter, Role, Verb
from cairndesk.cases import actions
from cairndesk.cases.actions.grants import give_grant
from cairndesk.cases.errors import NoGrant, TakenOff
from cairndesk.cases.models import Case, CaseGrant
from cairndesk.cases.rules import Stage
from cairndesk.custody import access
from cairndesk.custody.models import LogOpening
from cairndesk.custody.queries import entries_about
from cairndesk.custody.rules import Event
from cairndesk.custody.sealing.keyring import Keyring

pytestmark = [pytest.mark.django_db, pytest.mark.req("EVD-20")]
MINUTE, LEASE = timedelta(minutes=1), timedelta(hours=4)


@pytest.fixture
def sue(one: Organisation) -> Actor:
    return actor(one, "Sue", Role.SUPERVISOR)


@pytest.fixture
def claimed(case: Case, ana: Actor) -> Case:
    """Ana reviews it."""
    return taken(case, ana)


def taken(case: Case, by: Actor, at: datetime = NOON) -> Case:
    actions.move(case=case, to=Stage.REVIEWING, by=by, now=at)
    return actions.claim(case=case, by=by, now=at)


def read(case: Case, by: Actor, matter: Matter = Matter.ACCOUNT, at: datetime = NOON) -> None:
    actions.admit(case=case, matter=matter, event=Event.REVIEW_ACCOUNT_OPENED, by=by, now=at)


def refused(case: Case, by: Actor, matter: Matter = Matter.ACCOUNT, at: datetime = NOON, why: type[Exception] = NoGrant) -> None:
    """Nothing opens, and nothing says that it did."""
    before = size()
    with pytest.raises(why):
        read(case, by, matter, at)
    assert size() == before


def test_an_opening_names_the_entry_that_gave_the_grant_and_its_purpose(claimed: Case, ana: Actor) -> None:
    read(claimed, ana)
    *_, given, opened = entries_about(claimed.pk)
    assert (given.event, given.detail) == ("cases.grant.given", {"purpose": "review", "minutes": 240})
    assert (opened.event, opened.detail, opened.actor) == ("review.account.opened", {"grant": given.index, "purpose": "review"}, ana.pseudonym)


def test_whose_work_needs_it_gets_one_grant_and_goes_on_under_it(case: Case, cal: Actor) -> None:
    read(case, cal)
    read(case, cal, Matter.MESSAGES, NOON + 59 * MINUTE)
    held = CaseGrant.objects.get()
    assert (held.purpose, held.holder, held.until) == ("queue", cal.pseudonym, NOON + 60 * MINUTE)
    read(case, cal, at=NOON + 60 * MINUTE)
    assert list(CaseGrant.objects.values_list("ended_why", "since")) == [("lapsed", NOON), ("", NOON + 60 * MINUTE)]


def test_a_grant_that_ran_out_opens_nothing(claimed: Case, ana: Actor) -> None:
    read(claimed, ana, at=NOON + LEASE - MINUTE)
    refused(claimed, ana, at=NOON + LEASE)
    actions.claim(case=claimed, by=ana, now=NOON + LEASE)
    read(claimed, ana, at=NOON + LEASE)


def test_a_clock_that_is_set_back_brings_no_grant_to_life_again(claimed: Case, ana: Actor) -> None:
    assert actions.lapse_grants(now=NOON + LEASE - MINUTE) == 0
    refused(claimed, ana, at=NOON - MINUTE)
    assert actions.lapse_grants(now=NOON + LEASE) == 1
    refused(claimed, ana, at=NOON + MINUTE)
    assert CaseGrant.objects.get().ended_at == NOON + LEASE


def test_the_grant_of_another_case_opens_nothing_here(claimed: Case, ana: Actor, ben: Actor, open_another: Callable[..., Case]) -> None:
    other = taken(open_another(), ben)
    refused(other, ana)
    refused(claimed, ben)
    read(other, ben)


@pytest.mark.parametrize("matter", [Matter.MESSAGES, Matter.LETTERS, Matter.IDENTITY])
def test_a_grant_for_another_purpose_does_not_open_it(claimed: Case, ana: Actor, ben: Actor, matter: Matter) -> None:
    actions.move(case=claimed, to=Stage.SECOND_LOOK, by=ana, now=NOON)
    read(claimed, ben)
    assert CaseGrant.objects.get(holder=ben.pseudonym).purpose == "second_look"
    refused(claimed, ben, matter)


def test_a_named_guest_opens_what_a_second_look_needs_for_that_purpose_only(claimed: Case, ana: Actor, ola: Actor) -> None:
    actions.move(case=claimed, to=Stage.SECOND_LOOK, by=ana, now=NOON)
    named = replace(ola, guest=frozenset({GuestRight(case=claimed.pk, organisation=claimed.organisation_id, verb=Verb.SECOND_LOOK_GIVE)}))
    refused(claimed, ola, why=NotPermitted)
    read(claimed, named)
    refused(claimed, named, Matter.MESSAGES)
    # The invitation is withdrawn; the grant alone opens nothing.
    refused(claimed, ola, why=NotPermitted)


def test_a_grant_ends_with_the_work_that_it_was_for(claimed: Case, ana: Actor, open_another: Callable[..., Case]) -> None:
    actions.release(case=claimed, by=ana, now=NOON)
    refused(claimed, ana)
    other = taken(open_another(), ana)
    actions.move(case=other, to=Stage.QUEUED, by=ana, now=NOON)
    assert set(CaseGrant.objects.values_list("ended_why", flat=True)) == {"let_go", "moved"}


def test_a_closed_case_opens_for_supervision_only(claimed: Case, ana: Actor, lia: Actor, sam: Actor) -> None:
    for stage in (Stage.CLASSIFIED, Stage.ACTING, Stage.ANSWERED):
        actions.move(case=claimed, to=stage, by=ana, now=NOON)
    read(claimed, lia)
    actions.move(case=claimed, to=Stage.CLOSED, by=ana, now=NOON)
    assert not CaseGrant.objects.filter(ended_at=None).exists()
    refused(claimed, lia)
    refused(claimed, ana)
    read(claimed, sam)


def test_who_is_taken_off_in_another_session_opens_nothing_more_whatever_they_try(claimed: Case, ana: Actor, sam: Actor, sue: Actor) -> None:
    held_by_ana = Case.objects.get(pk=claimed.pk)
    actions.withdraw_grants(case=claimed, holder=ana.pseudonym, by=sam, now=NOON)
    refused(held_by_ana, ana, why=TakenOff)
    with pytest.raises(TakenOff):
        actions.claim(case=held_by_ana, by=ana, now=NOON)
    actions.move(case=claimed, to=Stage.CLASSIFIED, by=sam, now=NOON)
    refused(claimed, ana, why=TakenOff)
    with pytest.raises(NotPermitted):
        actions.let_on_again(case=claimed, holder=ana.pseudonym, by=ana, now=NOON)
    actions.let_on_again(case=claimed, holder=ana.pseudonym, by=sam, now=NOON)
    read(claimed, ana)
    read(claimed, sue, Matter.IDENTITY)
    actions.withdraw_grants(case=claimed, holder=sue.pseudonym, by=sam, now=NOON)
    with pytest.raises(NoGrant):
        actions.let_on_again(case=claimed, holder=sue.pseudonym, by=sue, now=NOON)


def test_a_claim_from_before_there_were_grants_and_of_who_was_let_on_again_gets_its_grant(claimed: Case, ana: Actor, sam: Actor) -> None:
    CaseGrant.objects.all().delete()
    read(claimed, ana, at=NOON + MINUTE)
    held = CaseGrant.objects.get()
    assert (held.purpose, held.until) == ("review", NOON + LEASE)
    actions.withdraw_grants(case=claimed, holder=ana.pseudonym, by=sam, now=NOON + MINUTE)
    actions.let_on_again(case=claimed, holder=ana.pseudonym, by=sam, now=NOON + MINUTE)
    read(claimed, ana, at=NOON + MINUTE)
    assert list(CaseGrant.objects.filter(ended_at=None).values_list("purpose", "until")) == [("review", NOON + LEASE)]


def test_a_role_that_was_lost_takes_its_grants_along(claimed: Case, ana: Actor, sam: Actor) -> None:
    read(claimed, sam)
    refused(claimed, replace(sam, roles=frozenset({Role.ANALYST})))
    refused(claimed, replace(ana, roles=frozenset({Role.AUDITOR})), why=NotPermitted)


@pytest.mark.parametrize("wrong", [{"until": NOON}, {"holder": ""}, {"purpose": "review"}])
def test_the_database_refuses_a_grant_without_end_without_a_person_or_twice(claimed: Case, ana: Actor, wrong: dict[str, object]) -> None:
    fields = {"case": claimed, "holder": ana.pseudonym, "purpose": "supervise", "since": NOON, "until": NOON + MINUTE, "entry": 1}
    with pytest.raises(IntegrityError), transaction.atomic():
        CaseGrant.objects.create(**fields | wrong)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_whoever_reads_while_it_is_withdrawn_comes_before_it_or_not_at_all(tmp_path: Path) -> None:
    with shared_database(tmp_path):
        in_threads(_race)


def _race() -> None:
    one = Organisation.objects.create(slug="one", name="Cairn Desk One", created_at=NOON)
    access.use(Keyring.create([one.pk]))
    ana, sam = actor(one, "Ana", Role.ANALYST), actor(one, "Sam", Role.SUPERVISOR)
    case = actions.open_case(organisation=one, report=RAE_SAYS, by=ana, now=NOON)
    actions.move(case=case, to=Stage.QUEUED, by=ana, now=NOON)
    taken(case, ana)
    outcomes = in_threads(*[lambda: _reads_until_refused(case, ana)] * 3, lambda: _withdraws(case, ana, sam))
    access.use(None)
    told = list(LogOpening.objects.filter(subject=case.pk).order_by("entry").values_list("actor", flat=True))
    # The last word is Sam's: nothing that Ana opened stands behind it.
    assert told[-1] == sam.pseudonym
    assert told.count(ana.pseudonym) > 3
    assert sum(outcomes) == len([line for line in entries_about(case.pk) if line.event == "review.account.opened"])
    assert not connection.in_atomic_block


def _reads_until_refused(case: Case, by: Actor) -> int:
    """How often it opened."""
    for opened in range(200):
        try:
            _again_when_busy(lambda: read(case, by))
        except TakenOff:
            return opened
    raise AssertionError("it was never withdrawn")


def _withdraws(case: Case, ana: Actor, sam: Actor) -> int:
    _again_when_busy(lambda: actions.withdraw_grants(case=case, holder=ana.pseudonym, by=sam, now=NOON))
    return 0


def _again_when_busy(act: Callable[[], object]) -> None:
    for _ in range(100):
        try:
            act()
        except DatabaseError:
            continue
        return
    raise AssertionError("the database was busy all the time")


def test_a_grant_of_a_request_of_a_data_subject_opens_what_is_given_to_them(claimed: Case, ana: Actor, sam: Actor) -> None:
    with transaction.atomic():
        give_grant(case=claimed, purpose=GrantPurpose.SUBJECT, lasts=MINUTE, by=sam, now=NOON)
    actions.admit(case=claimed, matter=Matter.IDENTITY, event=Event.CASES_IDENTITY_READ, verb=Verb.IDENTITY_READ, by=sam, now=NOON)
    assert entries_about(claimed.pk)[-1].detail["purpose"] == "subject"
