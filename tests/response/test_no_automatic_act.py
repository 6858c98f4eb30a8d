"""Technology finds, people decide: whatever a list says, the desk by itself accuses nobody and sends nothing (DET-04)."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pytest
import time_machine
from django.conf import settings as real
from tests.response.confirmed import approve, fresh
from tests.response.conftest import ADDRESS, NOW
from tests.support.smtp_server import SmtpServer

from cairndesk import work
from cairndesk.accounts.errors import NotPermitted
from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import SYSTEM, Actor, Proof, Role
from cairndesk.cases.actions import Named, ReportFacts, open_case
from cairndesk.cases.models import Case, CasePerson, Incident
from cairndesk.cases.rules.stages import Stage
from cairndesk.custody import shred
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.directory import actions as directory
from cairndesk.directory.models import Provider
from cairndesk.exchange.formats.letter import Target
from cairndesk.response import actions
from cairndesk.response.errors import NotAPersonsAct
from cairndesk.response.models import AuthorityPackage, Delivery, Notice, PlanStep, Preservation, Referral
from cairndesk.response.rules import Choice, NoticeKind, StepKind
from cairndesk.review import actions as review
from cairndesk.review.models import Classification, SecondLook
from cairndesk.review.rules import Look
from cairndesk.signals import shelf
from cairndesk.signals.actions import decide_match, import_list
from cairndesk.signals.engine.identifiers import recognise
from cairndesk.signals.engine.lists import Row
from cairndesk.signals.models import ListEntry, Match
from cairndesk.signals.rules import MatchKind, MayLeadTo, Papers, Standing
from cairndesk.triage.rules.signs import Sign

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.req("DET-04")]
# What a takedown, a referral, an accusation and a verdict would be rows of.
LEAVES = (Notice, Delivery, AuthorityPackage, Referral, Preservation)
SAYS = (Classification, SecondLook, CasePerson, Incident)
PAPERS = Papers(
    name="Partner list", owner="Sample line", agreement="A-7", terms="May be acted on.", provenance="Sealed disk.",
    received_on=date(2026, 1, 1), expires_on=date(2027, 1, 1), may_lead_to=MayLeadTo.ACTION,
)  # fmt: skip
LOOK = Look(features={"shows_abuse": "yes", "authenticity": "real", "realism": "photorealistic"}, harms=("material_distribution",), severity="c")


@pytest.fixture
def turn(tmp_path: Path, settings, smtp: SmtpServer) -> Iterator[Callable[[], None]]:
    """Three turns of every lane of a whole desk with a mail server that works, hours apart, so that whatever is due is due."""
    mail = real.CAIRNDESK.mail.model_copy(update={"host": "127.0.0.1", "port": smtp.port, "tls": "none", "sender": "notices@desk-one.example"})
    settings.CAIRNDESK = real.CAIRNDESK.model_copy(update={"mail": mail, "data": tmp_path})
    settings.DATA = tmp_path
    (tmp_path / "spool").mkdir()
    shred.create(tmp_path / shred.FOLDER / shred.NAME)

    def turning() -> None:
        lanes = work.lanes(settings.CAIRNDESK)
        for hours in (1, 24, 72):
            with time_machine.travel(NOW + timedelta(hours=hours), tick=False):
                for lane in lanes:
                    assert work.once([lane])[lane.name] >= 0
                    _join()

    yield turning
    shelf.of.cache_clear()


@pytest.fixture
def met(ring: Keyring, one: Organisation, provider: Provider, sam: Actor, turn: Callable[[], None]) -> Case:
    """A report of an address that a list knows exactly, whose terms allow acting; the desk has done all that it does by itself."""
    directory.load_samples(by=sam, now=NOW)
    import_list(organisation=one.pk, papers=PAPERS, rows=[Row(1, recognise(ADDRESS)[:1])], by=sam, now=NOW)
    told = ReportFacts(source="friend", channel="portal", path="friend", language="en", told={"answers": {"what": ["found"]}})
    case = open_case(organisation=one, report=replace(told, named=[Named("url", ADDRESS)]), by=SYSTEM, now=NOW)
    turn()
    return case


def _join() -> None:
    """What a lane began beside the belt is part of its turn."""
    for thread in threading.enumerate():
        if thread.name.startswith("signals."):
            thread.join()


def count(*models: type) -> int:
    return sum(model.objects.count() for model in models)  # type: ignore[attr-defined]


@pytest.mark.req("PRI-22")
def test_the_belt_leaves_an_exact_match_of_an_actionable_list_as_a_lead(met: Case, smtp: SmtpServer) -> None:
    match = Match.objects.get(case=met.pk)
    assert (match.kind, match.standing) == (MatchKind.EXACT, Standing.LEAD)
    met.refresh_from_db()
    assert met.stage == Stage.QUEUED
    assert met.assessments.get().reasons == [Sign.LISTED]
    assert (count(*LEAVES), count(*SAYS), count(PlanStep), smtp.taken) == (0, 0, 0, [])
    assert ListEntry.objects.count() == 1


def machines(one: Organisation, ana: Actor) -> list[Actor]:
    """The desk itself and a key, also if somebody gave them every role, a training and the name of a person."""
    every = {"organisation": one.pk, "roles": frozenset(Role), "has_credential": True}
    key = Actor(id=ana.id, pseudonym="a-key", proof=Proof.API, name="a key", **every)
    return [SYSTEM, replace(SYSTEM, **every), replace(SYSTEM, id=ana.id, **every), key]


@pytest.mark.req("PRI-22")
def test_no_machine_judges_a_match_or_a_case(met: Case, one: Organisation, ana: Actor, turn: Callable[[], None]) -> None:
    match = Match.objects.get()
    for machine in machines(one, ana):
        Case.objects.filter(pk=met.pk).update(stage=Stage.REVIEWING, claimed_by=machine.pseudonym)
        for judged in (
            partial(decide_match, match=match, standing=Standing.CONFIRMED, stage=Stage.REVIEWING),
            partial(review.classify, case=met, look=LOOK),
        ):
            with pytest.raises(NotPermitted):
                judged(by=machine, now=NOW)
    turn()
    assert (count(*LEAVES), count(*SAYS), Match.objects.get().standing) == (0, 0, Standing.LEAD)


@pytest.mark.req("PRI-22", "INT-36")
def test_no_machine_approves_what_follows(met: Case, one: Organisation, ana: Actor, provider: Provider, turn: Callable[[], None]) -> None:
    reviewed(met, ana)
    turn()
    step = PlanStep.objects.get(case=met, kind=StepKind.REMOVE)
    for machine in machines(one, ana):
        for tried in (
            partial(actions.record_preservation, case=met, choice=Choice.OWN_RECORD, why="kept"),
            partial(actions.draft_notices, step=step, drafts=[letter_to(provider)]),
            partial(actions.approve_step, step=step, fresh=fresh(machine, actions.approval_digest(step), NOW)),
        ):
            with pytest.raises(NotAPersonsAct):
                tried(by=machine, now=NOW)
    turn()
    assert count(*LEAVES) == 0


def test_it_leaves_after_people_have_confirmed_decided_and_approved(
    met: Case, ana: Actor, provider: Provider, turn: Callable[[], None], smtp: SmtpServer
) -> None:
    decide = reviewed(met, ana)
    turn()
    # A verdict of a person makes proposals; even they wait for a person, one by one.
    assert {step.state for step in PlanStep.objects.filter(case=met)} == {"proposed"}
    assert count(*LEAVES) == 0
    decide(Standing.CONFIRMED)
    turn()
    assert (count(*LEAVES), smtp.taken) == (0, [])
    step = PlanStep.objects.get(case=met, kind=StepKind.REMOVE)
    actions.record_preservation(case=met, choice=Choice.OWN_RECORD, why="kept", by=ana, now=NOW)
    actions.draft_notices(step=step, drafts=[letter_to(provider)], by=ana, now=NOW)
    turn()
    assert (Delivery.objects.count(), smtp.taken) == (0, [])
    approve(PlanStep.objects.get(pk=step.pk), by=ana, now=NOW)
    turn()
    assert (Delivery.objects.count(), len(smtp.taken)) == (1, 1)
    assert count(AuthorityPackage, Referral) == 0


def reviewed(case: Case, ana: Actor) -> Callable[[Standing], Match]:
    """Afterwards Ana has said what the case is; returns how she says what she makes of the match."""
    review.claim(case=case, by=ana, now=NOW)
    review.classify(case=case, look=LOOK, by=ana, now=NOW)
    match = Match.objects.get(case=case.pk)
    return lambda standing: decide_match(match=match, standing=standing, stage=Stage.REVIEWING, by=ana, now=NOW)


def letter_to(provider: Provider) -> actions.Draft:
    return actions.Draft(provider, NoticeKind.REMOVAL, [(Target.URL, ADDRESS)], "unlawful under the sample rules", "A2", expression_checked=True)
