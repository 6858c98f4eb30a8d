"""Rules of sharing are entered with their basis, dated, put in force and ended by two people, and never changed."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse
from tests.response.conftest import NOW
from tests.response.crossed import Desks, desks, told
from tests.response.test_pages import SignIn, proof_on, sign_in
from tests.response.test_sharing import BASIS, TODAY, ruled, term
from tests.support.cast import cal, lou
from tests.support.two_people import another, approved, proof

from cairndesk.accounts import actions as accounts
from cairndesk.accounts.errors import (
    ChangedMeanwhile,
    FreshProofNeeded,
    NeedsSecondPerson,
    NotPermitted,
    NotPossible,
    RequestClosed,
    SharingRefused,
)
from cairndesk.accounts.models import Organisation, Request, SharingRule
from cairndesk.accounts.rules import Actor, GuestRight, Proof, Role, Verb
from cairndesk.accounts.rules.sharing import EVERYWHERE, Data, Recipient, ruling
from cairndesk.accounts.sharing import require_sharing, terms_of
from cairndesk.cases.models import Case
from cairndesk.custody.queries import entries_about
from cairndesk.exchange.errors import PartnerOver
from cairndesk.lib import clock
from cairndesk.response import actions
from cairndesk.response.models import PartnerDesk

__all__ = ["cal", "desks", "lou", "sign_in", "told"]


def ended(rule: SharingRule, *, until: date, why: str = "The law is another.", by: Actor) -> SharingRule:
    approved(accounts.ask_end_of_rule(rule=rule, until=until, why=why, by=by, now=NOW), another(by), NOW)
    rule.refresh_from_db()
    return rule


@pytest.mark.django_db
@pytest.mark.req("PRI-19")
def test_a_rule_is_entered_with_its_basis_dated_and_ended_by_two_and_never_changed(ring: object, ana: Actor, sam: Actor, ola: Actor) -> None:
    with pytest.raises(NotPermitted):
        accounts.ask_sharing_rule(term=term(Data.ACCOUNT, Recipient.RESEARCH), by=ana, now=NOW)
    for wrong in (
        replace(term(Data.ACCOUNT, Recipient.RESEARCH), basis=" "),
        term(Data.ACCOUNT, Recipient.RESEARCH, since=TODAY - timedelta(days=1)),
    ):
        with pytest.raises(NotPossible):
            accounts.ask_sharing_rule(term=wrong, by=sam, now=NOW)
    made = ruled(term(Data.ACCOUNT, Recipient.RESEARCH, "XX", allowed=True), by=sam)
    for day, why in ((TODAY - timedelta(days=1), "The law is another."), (TODAY, " ")):
        with pytest.raises(NotPossible):
            ended(made, until=day, why=why, by=sam)
    with pytest.raises(NotPermitted):
        ended(made, until=TODAY, by=replace(ola, roles=frozenset({Role.SUPERVISOR})))
    last = TODAY + timedelta(days=1)
    ended(made, until=last, by=sam)
    assert (made.valid_until, made.ended_why, made.ended_by) == (last, "The law is another.", sam.pseudonym)
    with pytest.raises(NotPossible):
        ended(made, until=last, by=sam)
    told = [line.event for line in entries_about(made.pk)]
    assert told == [f"accounts.{what}" for one in ("added", "ended") for what in ("request.asked", "request.approved", f"sharing_rule.{one}")]
    with pytest.raises(IntegrityError), transaction.atomic():
        SharingRule.objects.update(basis="")


def may_go(one: Organisation) -> bool:
    try:
        require_sharing(organisation=one.pk, data={Data.ACCOUNT}, recipient=Recipient.RESEARCH, country="XX", now=NOW)
    except SharingRefused:
        return False
    return True


@pytest.mark.django_db
@pytest.mark.req("PRI-18")
def test_one_person_changes_nothing_about_what_leaves_by_whatever_way_they_come(ring: object, one: Organisation, sam: Actor, ana: Actor) -> None:
    request = accounts.ask_sharing_rule(term=term(Data.ACCOUNT, Recipient.RESEARCH, "XX", allowed=True), by=sam, now=NOW)
    for me in (sam, replace(sam, proof=Proof.PASSWORD), replace(sam, roles=frozenset({Role.ADMINISTRATOR}), name="Somebody else")):
        with pytest.raises(NeedsSecondPerson):
            approved(request, me, NOW)
    for nobody in (ana, replace(another(sam), roles=frozenset()), replace(another(sam), proof=Proof.SYSTEM)):
        with pytest.raises(NotPermitted):
            approved(request, nobody, NOW)
    right = proof(request, another(sam), NOW)
    for late in (None, replace(right, at=NOW - timedelta(hours=1))):
        with pytest.raises(FreshProofNeeded):
            accounts.approve(request=request, by=another(sam), fresh=late, now=NOW)
    Request.objects.update(plan=request.plan | {"country": EVERYWHERE})
    with pytest.raises(ChangedMeanwhile):
        approved(Request.objects.get(), another(sam), NOW)
    Request.objects.update(plan=request.plan)
    accounts.take_back(request=request, by=sam, now=NOW)
    with pytest.raises(RequestClosed):
        approved(request, another(sam), NOW)
    assert (may_go(one), SharingRule.objects.exists()) == (False, False)


@pytest.mark.django_db
@pytest.mark.req("PRI-18")
def test_a_partners_named_person_puts_this_rule_in_force_and_no_other(ring: object, one: Organisation, two: Organisation, sam: Actor) -> None:
    terms = [term(Data.ACCOUNT, to, "XX", allowed=True) for to in (Recipient.RESEARCH, Recipient.PROVIDER)]
    asked, other = (accounts.ask_sharing_rule(term=one_term, by=sam, now=NOW) for one_term in terms)
    right = GuestRight(case=asked.pk, organisation=one.pk, verb=Verb.SHARING_SET)
    sol = replace(another(sam), organisation=two.pk, guest=frozenset({right}))
    for wrong in (lambda: approved(other, sol, NOW), lambda: accounts.take_back(request=asked, by=sol, now=NOW)):
        with pytest.raises(NotPermitted):
            wrong()
    # Approved a day later, it does not reach back.
    approved(asked, sol, NOW + timedelta(hours=23))
    assert SharingRule.objects.get().valid_from == (NOW + timedelta(hours=23)).date()
    with pytest.raises(NotPermitted):
        accounts.ask_end_of_rule(rule=SharingRule.objects.get(), until=TODAY + timedelta(days=9), why="No.", by=sol, now=NOW)


@pytest.mark.django_db
@pytest.mark.req("PRI-19")
def test_a_mistaken_rule_ends_on_its_first_day_and_holds_nothing_up_from_then_on(ring: object, one: Organisation, sam: Actor) -> None:
    def give() -> None:
        require_sharing(organisation=one.pk, data={Data.ACCOUNT}, recipient=Recipient.AUTHORITY, country="XX", now=NOW)

    made = ruled(term(Data.ACCOUNT, Recipient.AUTHORITY), by=sam)
    with pytest.raises(SharingRefused):
        give()
    asked = accounts.ask_end_of_rule(rule=made, until=TODAY, why="Entered by mistake.", by=sam, now=NOW)
    with pytest.raises(SharingRefused):
        give()
    approved(asked, another(sam), NOW)
    give()
    later = ruled(term(Data.ACCOUNT, Recipient.AUTHORITY, since=TODAY + timedelta(days=9)), by=sam)
    ended(later, until=later.valid_from, by=sam)
    found = ruling(terms_of(one.pk), data=Data.ACCOUNT, recipient=Recipient.AUTHORITY, country="XX", on=later.valid_from)
    assert (found.is_allowed, found.term) == (True, None)


@pytest.mark.django_db
@pytest.mark.slow
@pytest.mark.req("PRI-19")
def test_the_page_shows_the_rules_and_what_holds_without_one(ring: object, one: Organisation, two: Organisation, sign_in: SignIn) -> None:
    supervisor, where = sign_in(one, "Sup", Role.SUPERVISOR), reverse("accounts:sharing")
    assert "There is no rule of our own" in supervisor.get(where).content.decode()
    form = {"what": "identity", "recipient": "authority", "country": "xx", "is_allowed": "no", "basis": BASIS, "valid_from": clock.now().date()}
    for wrong in ({"basis": ""}, {"country": "Xland"}, {"valid_from": "2020-01-01"}):
        assert supervisor.post(where, form | wrong).status_code == 422
    second = sign_in(one, "Sec", Role.SUPERVISOR)

    def does(asked: str) -> None:
        shown = second.get(asked)
        assert BASIS in shown.content.decode()
        second.post(f"{asked}decide/", {"act": "approve"} | proof_on(second, shown.content.decode()))

    asked = supervisor.post(where, form).headers["Location"]
    assert "Put a rule of sharing in force" in supervisor.get(where).content.decode()
    assert not SharingRule.objects.exists()
    does(asked)
    page = supervisor.get(where).content.decode()
    assert BASIS in page
    assert "may not be given" in page
    rule = SharingRule.objects.get()
    assert (rule.country, rule.is_allowed) == ("XX", False)
    other = sign_in(two, "Olo", Role.SUPERVISOR)
    assert BASIS not in other.get(where).content.decode()
    assert other.post(reverse("accounts:sharing-end", args=[rule.pk])).status_code == 404
    assert supervisor.post(reverse("accounts:sharing-end", args=[rule.pk])).status_code == 409
    does(supervisor.post(reverse("accounts:sharing-end", args=[rule.pk]), {"why": "Entered by mistake."}).headers["Location"])
    rule.refresh_from_db()
    assert rule.valid_until == clock.now().date()
    assert "Entered by mistake." in supervisor.get(where).content.decode()
    assert sign_in(one, "Lin", Role.ANALYST).get(where).status_code == 403


@pytest.mark.django_db
@pytest.mark.slow
@pytest.mark.req("INV-09")
@time_machine.travel(NOW, tick=False)
def test_what_is_agreed_goes_to_whom_it_was_agreed_with_until_it_expires_and_an_export_refuses_what_lies_beyond(
    desks: Desks, told: Case, sign_in: SignIn
) -> None:
    today, last = clock.now().date(), clock.now().date() + timedelta(days=30)
    PartnerDesk.objects.filter(pk=desks.to_two.pk).update(kind="industry", valid_from=today, valid_until=today + timedelta(days=60))
    supervisor, second, where = sign_in(desks.one, "Sup", Role.SUPERVISOR), sign_in(desks.one, "Sec", Role.SUPERVISOR), reverse("accounts:sharing")

    def agreed(what: str, country: str, until: date) -> None:
        form = {"what": what, "recipient": "provider", "country": country, "is_allowed": "yes", "basis": BASIS, "valid_from": today}
        assert supervisor.post(where, form | {"valid_until": today}).status_code == 422
        asked = supervisor.post(where, form | {"valid_until": until}).headers["Location"]
        second.post(f"{asked}decide/", {"act": "approve"} | proof_on(second, second.get(asked).content.decode()))
        assert f"{until}" in supervisor.get(where).content.decode()

    def asks(days: int) -> Request:
        desk, now = PartnerDesk.objects.get(pk=desks.to_two.pk), clock.now() + timedelta(days=days)
        with transaction.atomic():
            made = actions.ask_to_cross(case=told, desk=desk, reason="The child lives there.", by=desks.sam, now=now)
            transaction.set_rollback(True)
        return made

    # Something else, or somewhere else, is not what was agreed.
    for what, country in (("evidence", "XX"), ("account", "YY")):
        agreed(what, country, last)
        with pytest.raises(SharingRefused, match="without one this may not be given"):
            asks(0)
    agreed("account", "XX", last)
    asks(0)
    asks(29)
    with pytest.raises(SharingRefused):
        asks(30)
    # Two people can end it earlier, and not put its end off.
    rule = SharingRule.objects.get(data="account", country="XX")
    with pytest.raises(NotPossible):
        accounts.ask_end_of_rule(rule=rule, until=last, why="Longer.", by=desks.sam, now=clock.now())
    asked = supervisor.post(reverse("accounts:sharing-end", args=[rule.pk]), {"why": "They closed."}).headers["Location"]
    second.post(f"{asked}decide/", {"act": "approve"} | proof_on(second, second.get(asked).content.decode()))
    with pytest.raises(SharingRefused):
        asks(0)
    # And where the agreement with the desk itself has ended, no rule lets it go.
    SharingRule.objects.filter(pk=rule.pk).update(valid_until=None)
    with pytest.raises(PartnerOver):
        asks(60)


@pytest.mark.django_db
def test_a_rule_whose_last_day_passed_before_the_second_person_came_is_not_put_in_force(ring: object, sam: Actor) -> None:
    held = replace(term(Data.ACCOUNT, Recipient.RESEARCH, "XX", allowed=True), valid_until=TODAY + timedelta(days=1))
    asked = accounts.ask_sharing_rule(term=held, by=sam, now=NOW)
    with pytest.raises(NotPossible), transaction.atomic():
        approved(asked, another(sam), NOW + timedelta(days=1))
    assert not SharingRule.objects.exists()


@pytest.mark.django_db
def test_who_ends_a_rule_late_does_not_put_its_last_day_off(ring: object, sam: Actor) -> None:
    last = TODAY + timedelta(days=10)
    made = ruled(replace(term(Data.ACCOUNT, Recipient.RESEARCH, "XX", allowed=True), valid_until=last), by=sam)
    day_before = NOW + timedelta(days=9)
    asked = accounts.ask_end_of_rule(rule=made, until=day_before.date(), why="The law is another.", by=sam, now=day_before)
    for late in (day_before + timedelta(days=1), day_before + timedelta(days=3)):
        with pytest.raises(NotPossible), transaction.atomic():
            approved(asked, another(sam), late)
    made.refresh_from_db()
    assert (made.valid_until, made.ended_at) == (last, None)
    approved(asked, another(sam), day_before + timedelta(hours=1))
    made.refresh_from_db()
    assert (made.valid_until, made.ended_why) == (day_before.date(), "The law is another.")
