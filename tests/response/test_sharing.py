"""What the policy of a desk forbids does not leave it by any way out, and the refusal says which rule; rules are dated, and read anew each time."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.house.tree import SOURCE, imports, text
from tests.response.confirmed import approve, build, read_summary, release, remind, take
from tests.response.conftest import NOW, Keyholder
from tests.response.test_notices import deliver
from tests.response.test_packages import GROUNDS
from tests.response.test_pages import SignIn, proof_on, sign_in
from tests.support.cast import sue
from tests.support.smtp_server import SmtpServer
from tests.support.two_people import another, approved, offered, proof, written_out

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
from cairndesk.accounts.queries import Sender
from cairndesk.accounts.rules import Actor, GuestRight, Proof, Role, Verb
from cairndesk.accounts.rules.sharing import DEFAULT, EVERYWHERE, Data, Recipient, SharingTerm, ruling
from cairndesk.accounts.sharing import require_sharing, terms_of
from cairndesk.cases.models import Case
from cairndesk.cases.rules.stages import Stage
from cairndesk.custody.queries import entries_about
from cairndesk.directory.models import Service
from cairndesk.exchange import actions as exchange
from cairndesk.exchange.models import Handover
from cairndesk.lib import clock
from cairndesk.lib.ids import new_id
from cairndesk.response import actions
from cairndesk.response.models import AuthorityPackage, Delivery, Notice, PlanStep, Referral
from cairndesk.response.rules import NoticeState, PackageState, ReferralState
from cairndesk.signals import actions as signals
from cairndesk.signals.models import HashList
from cairndesk.signals.rules import WrittenOut

__all__ = ["sign_in", "sue"]
BASIS = "Data protection act, section 12"
TODAY = NOW.date()


def term(data: Data, recipient: Recipient, country: str = EVERYWHERE, *, allowed: bool = False, since: date = TODAY) -> SharingTerm:
    return SharingTerm(data, recipient, country, allowed, BASIS, since)


def ruled(said: SharingTerm, *, by: Actor) -> SharingRule:
    """Two people put it in force."""
    asked = accounts.ask_sharing_rule(term=said, by=by, now=NOW)
    approved(asked, another(by), NOW)
    return SharingRule.objects.get(pk=asked.subject)


# ── The decision ─────────────────────────────────────────────────────────────────────────────────────────────────

TERMS = st.builds(
    SharingTerm, st.sampled_from(Data), st.sampled_from(Recipient), st.sampled_from(["DE", "XX", EVERYWHERE]), st.booleans(), st.just(BASIS),
    st.dates(TODAY - timedelta(days=3), TODAY + timedelta(days=3)), st.none() | st.dates(TODAY - timedelta(days=3), TODAY + timedelta(days=3)),
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.req("PRI-19")
@settings(max_examples=60)
@given(terms=st.lists(TERMS, max_size=8), data=st.sampled_from(Data), recipient=st.sampled_from(Recipient), country=st.sampled_from(["DE", "XX", ""]))
def test_it_is_decided_by_the_most_exact_rule_of_the_day_and_a_refusal_wins(
    terms: list[SharingTerm], data: Data, recipient: Recipient, country: str
) -> None:
    found = ruling(terms, data=data, recipient=recipient, country=country, on=TODAY)
    about = [one for one in terms if (one.data, one.recipient) == (data, recipient)]
    runs = [one for one in about if one.valid_from <= TODAY and (one.valid_until is None or one.valid_until > TODAY)]
    exact = [one for one in runs if one.country == country]
    wide = [one for one in runs if one.country == EVERYWHERE]
    if not country:
        # Nobody knows where they are: any refusal binds.
        expected = False if any(not one.is_allowed for one in runs) else bool(wide) or data in DEFAULT[recipient]
    elif exact or wide:
        expected = all(one.is_allowed for one in exact or wide)
    else:
        expected = data in DEFAULT[recipient]
    assert found.is_allowed == expected
    assert (BASIS in found.words) == (found.term is not None)


@pytest.mark.req("PRI-19")
def test_without_a_rule_nothing_goes_to_research_and_only_addresses_of_a_case_to_a_provider() -> None:
    assert DEFAULT[Recipient.RESEARCH] == frozenset()
    assert not DEFAULT[Recipient.PROVIDER] & {Data.ACCOUNT, Data.IDENTITY, Data.EVIDENCE}
    assert not DEFAULT[Recipient.PARTNER] & {Data.IDENTITY, Data.EVIDENCE}
    told = ruling([], data=Data.ACCOUNT, recipient=Recipient.RESEARCH, country="XX", on=TODAY)
    assert told.words == "what was told to research in XX: the desk has no rule, and without one this may not be given"


# ── Every way out ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Desk:
    """A case with everything one click before it leaves."""

    case: Case
    ready: PlanStep
    police: Keyholder
    service: Service
    partner: Organisation
    own: HashList
    ana: Actor
    sam: Actor
    lou: Actor
    sue: Actor
    smtp: SmtpServer

    def step(self, kind: str) -> PlanStep:
        return PlanStep.objects.get(case=self.case, kind=kind)

    def forbid(self, data: Data, recipient: Recipient, country: str = EVERYWHERE) -> SharingRule:
        return ruled(term(data, recipient, country), by=self.sam)

    def package(self, *, names: bool = False) -> AuthorityPackage:
        by = self.sam if names else self.ana
        return build(self.step("authority"), self.police.authority, replace(GROUNDS, names_people=names), by=by, now=NOW)

    def referral(self) -> Referral:
        drafted = actions.draft_referral(
            step=self.step("support"), service=self.service, reason="support", best_interests="to talk", by=self.ana, now=NOW
        )
        choice = actions.Choice(is_given=True, limits_explained=True, by_whom="child", maturity="understands it")
        return actions.record_consent(referral=drafted, choice=choice, by=self.ana, now=NOW)

    def offer(self) -> Handover:
        Case.objects.filter(pk=self.case.pk).update(stage=Stage.ACTING)
        self.case.refresh_from_db()
        return offered(self.case, self.partner, by=self.sam, other=self.sue, now=NOW)


@pytest.fixture
def desk(
    case: Case, ready: PlanStep, police: Keyholder, service: Service, one: Organisation, two: Organisation,
    ana: Actor, sam: Actor, sue: Actor, ola: Actor, smtp: SmtpServer,
) -> Desk:  # fmt: skip
    for kind in ("authority", "support"):
        approve(PlanStep.objects.get(case=case, kind=kind), by=ana, now=NOW)
    own = signals.make_own_list(organisation=one, terms="To block.", expires_on=date(2028, 1, 1), by=sam, now=NOW, may_share=True)
    lou = replace(ola, roles=frozenset({Role.SUPERVISOR, Role.LIAISON}))
    return Desk(case, ready, police, service, two, own, ana, sam, lou, sue, smtp)


def letter(desk: Desk) -> object:
    return approve(desk.ready, by=desk.ana, now=NOW)


def named_package(desk: Desk) -> object:
    return desk.package(names=True)


def partners_machine(desk: Desk) -> object:
    sender = Sender(new_id(), Organisation.objects.get(pk=desk.case.organisation_id), "Other hotline", "hotline", may_read_lists=True)
    return exchange.require_list_sharing(sender, now=NOW)


def block_list(desk: Desk) -> object:
    written_out(WrittenOut.BLOCKS, desk.own, by=desk.sam, now=NOW)
    return signals.export_blocks(listed=desk.own, by=desk.sam, now=NOW)


def opinions(desk: Desk) -> object:
    written_out(WrittenOut.OPINIONS, desk.own, by=desk.sam, now=NOW)
    return signals.export_feedback(listed=desk.own, by=desk.sam, now=NOW)


Way = tuple[Data, Recipient, str, Callable[[Desk], object]]
WAYS: dict[str, Way] = {
    "a letter to a provider": (Data.ADDRESS, Recipient.PROVIDER, "XX", letter),
    "a package for an authority": (Data.EVIDENCE, Recipient.AUTHORITY, "XX", Desk.package),
    "what was told, in a package": (Data.ACCOUNT, Recipient.AUTHORITY, EVERYWHERE, Desk.package),
    "names, in a package": (Data.IDENTITY, Recipient.AUTHORITY, "XX", named_package),
    "a referral": (Data.ACCOUNT, Recipient.SERVICE, "XX", lambda desk: actions.refer(referral=desk.referral(), by=desk.ana, now=NOW)),
    "a summary for a service": (Data.ACCOUNT, Recipient.SERVICE, "XX", lambda desk: read_summary(desk.referral(), by=desk.ana, now=NOW)),
    "a case for a partner": (Data.ACCOUNT, Recipient.PARTNER, EVERYWHERE, Desk.offer),
    "a list for a partner's machine": (Data.LISTED, Recipient.PARTNER, EVERYWHERE, partners_machine),
    "the block list": (Data.LISTED, Recipient.PROVIDER, EVERYWHERE, block_list),
    "feedback to an owner": (Data.OPINION, Recipient.PARTNER, EVERYWHERE, opinions),
}  # fmt: skip


@pytest.mark.django_db
@pytest.mark.slow
@pytest.mark.req("PRI-19")
@pytest.mark.parametrize("name", WAYS)
def test_what_is_forbidden_leaves_by_no_way_and_the_refusal_names_the_rule(name: str, desk: Desk) -> None:
    data, recipient, country, leave = WAYS[name]
    desk.forbid(data, recipient, country)
    with pytest.raises(SharingRefused) as refused, transaction.atomic():
        leave(desk)
    assert BASIS in str(refused.value.detail)
    assert (Delivery.objects.exists(), desk.smtp.taken, AuthorityPackage.objects.exists()) == (False, [], False)
    # Ended, the rule lets it go again: what was refused was refused by it alone.
    SharingRule.objects.update(valid_until=TODAY, ended_by="p", ended_at=NOW)
    leave(desk)


@pytest.mark.django_db
@pytest.mark.slow
@pytest.mark.req("PRI-19")
def test_what_was_ready_before_the_rule_came_does_not_leave_after_it(desk: Desk) -> None:
    letter(desk)
    (delivery,) = Delivery.objects.all()
    package, referral, offer = desk.package(), desk.referral(), desk.offer()
    desk.forbid(Data.ADDRESS, Recipient.PROVIDER)
    desk.forbid(Data.EVIDENCE, Recipient.AUTHORITY)
    desk.forbid(Data.ACCOUNT, Recipient.SERVICE)
    desk.forbid(Data.ACCOUNT, Recipient.PARTNER)
    assert not deliver(delivery, desk.smtp)
    delivery.refresh_from_db()
    assert (delivery.is_dead, delivery.trouble, desk.smtp.taken) == (True, "accounts.sharing_refused", [])
    assert Notice.objects.get().state == NoticeState.UNDELIVERED
    for leave in (
        lambda: release(package, by=desk.ana, other=desk.sam, now=NOW),
        lambda: take(package, by=desk.ana, now=NOW),
        lambda: actions.refer(referral=referral, by=desk.ana, now=NOW),
        lambda: read_summary(referral, by=desk.ana, now=NOW),
        lambda: exchange.accept_case(offer=offer, by=desk.lou, now=NOW),
    ):
        with pytest.raises(SharingRefused), transaction.atomic():
            leave()
    package.refresh_from_db()
    referral.refresh_from_db()
    assert (package.state, referral.state) == (PackageState.BUILT, ReferralState.DECIDED)
    assert not Case.objects.filter(organisation=desk.partner).exists()


@pytest.mark.django_db
@pytest.mark.slow
@pytest.mark.req("PRI-19")
def test_a_letter_that_follows_another_asks_again(desk: Desk) -> None:
    letter(desk)
    assert deliver(Delivery.objects.get(), desk.smtp)
    desk.forbid(Data.ADDRESS, Recipient.PROVIDER, "XX")
    with pytest.raises(SharingRefused):
        remind(Notice.objects.get(), by=desk.ana, now=NOW + timedelta(hours=25))
    assert len(desk.smtp.taken) == 1


# Whoever can reach the network, and why what they send is asked about, or holds nothing of anybody.
REACHES_OUT = {
    "alarm": "a fixed text to supervisors, with nothing of a case",
    "deliver": "asks",
    "packing": "reads what a time-stamping authority said; the package asks",
    "stamping": "the digest of a checkpoint",
    "witnessing": "checkpoints and proofs of them",
    "fetching": "reads lists of others",
}
ASKS = (
    *(f"response/actions/{name}" for name in ("package", "release", "notice", "deliver", "referral", "reading")),
    *("exchange/actions", "exchange/api", "signals/actions/blocking", "signals/actions/feedback", "signals/actions/glossary"),
)


@pytest.mark.slow
@pytest.mark.req("PRI-19")
def test_there_is_no_way_out_that_does_not_ask() -> None:
    folder = SOURCE / "response" / "actions"
    outward = {path.stem for path in folder.glob("*.py") if any(name.startswith("cairndesk.response.adapters") for name in imports(path))}
    assert outward == set(REACHES_OUT)
    assert [path for path in ASKS if "_sharing(" not in text(SOURCE / f"{path}.py")] == []


# ── Entering a rule ──────────────────────────────────────────────────────────────────────────────────────────────


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
