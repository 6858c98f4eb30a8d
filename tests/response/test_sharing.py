"""What the policy of a desk forbids does not leave it by any way out, and the refusal says which rule; rules are dated, and read anew each time."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.house.tree import SOURCE, imports, text
from tests.response.confirmed import approve, build, read_summary, release, remind, take
from tests.response.conftest import NOW, Keyholder
from tests.response.test_notices import deliver
from tests.response.test_packages import GROUNDS
from tests.response.test_pages import sign_in
from tests.support.cast import sue
from tests.support.smtp_server import SmtpServer
from tests.support.two_people import another, approved, offered, written_out

from cairndesk.accounts import actions as accounts
from cairndesk.accounts.errors import SharingRefused
from cairndesk.accounts.models import Organisation, SharingRule
from cairndesk.accounts.queries import Sender
from cairndesk.accounts.rules import Actor, Role
from cairndesk.accounts.rules.sharing import DEFAULT, EVERYWHERE, Data, Recipient, SharingTerm, ruling
from cairndesk.cases.models import Case
from cairndesk.cases.rules.stages import Stage
from cairndesk.directory.models import Service
from cairndesk.exchange import actions as exchange
from cairndesk.exchange.models import Handover
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
    "carrying": "asks",
    "deliver": "asks",
    "paging": "a fixed text to whoever is on duty, with nothing of a case",
    "partners": "reads whether an address is one, and sends nothing",
    "packing": "reads what a time-stamping authority said; the package asks",
    "stamping": "the digest of a checkpoint",
    "witnessing": "checkpoints and proofs of them",
    "fetching": "reads lists of others",
}
ASKS = (
    *(f"response/actions/{name}" for name in ("package", "release", "notice", "deliver", "referral", "reading", "offering", "carrying")),
    *("exchange/actions", "exchange/api", "signals/actions/blocking", "signals/actions/feedback", "signals/actions/glossary"),
)


@pytest.mark.slow
@pytest.mark.req("PRI-19")
def test_there_is_no_way_out_that_does_not_ask() -> None:
    folder = SOURCE / "response" / "actions"
    outward = {path.stem for path in folder.glob("*.py") if any(name.startswith("cairndesk.response.adapters") for name in imports(path))}
    assert outward == set(REACHES_OUT)
    assert [path for path in ASKS if "_sharing(" not in text(SOURCE / f"{path}.py")] == []
