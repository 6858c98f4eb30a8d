"""What people did about a case, as pages are looked at with it: a plan with a letter, a package and a referral; holds; wishes of data subjects."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from unittest import mock
from uuid import UUID

from pyrage import x25519
from tests.response import confirmed
from tests.support.two_people import approved

from cairndesk.accounts.models import Request
from cairndesk.accounts.rules import SYSTEM, Actor
from cairndesk.cases.actions import keep_choices, place_hold
from cairndesk.cases.models import Case, Hold
from cairndesk.cases.rules.holding import HoldGround
from cairndesk.custody.actions import seal
from cairndesk.custody.models import SealedObject
from cairndesk.custody.rules import Purpose
from cairndesk.directory import actions as directory
from cairndesk.directory.models import Authority, Provider, Service
from cairndesk.exchange.formats.letter import Target
from cairndesk.exchange.formats.report import pdf
from cairndesk.intake.actions import tell_milestone
from cairndesk.intake.models import Message, Receipt
from cairndesk.lib import clock
from cairndesk.lib.ids import new_id
from cairndesk.response import actions
from cairndesk.response.models import AuthorityPackage, Notice, PlanStep, Referral
from cairndesk.response.rules import Choice, Facts, NoticeKind, StepKind
from cairndesk.retention import actions as retention
from cairndesk.retention.models import SubjectRequest
from cairndesk.retention.rules import Asked, Checked, Decision, Who
from cairndesk.signals.models import MediaSighting
from cairndesk.triage.actions import wake
from cairndesk.triage.rules.waking import Because

ADDRESS = "https://pictures.example/acted/1"


@dataclass(frozen=True)
class Acted:
    """One case acted on, with a page for each thing."""

    case: Case
    steps: dict[str, PlanStep]
    notice: Notice
    package: AuthorityPackage
    referral: Referral
    service: Service


def acted_on(case: Case, *, ana: Actor, sam: Actor, lia: Actor) -> Acted:
    """Afterwards a plan stands on `case`: a letter drafted, a package made that Ana asks to let go, a referral that waits for a choice."""
    now = clock.now()
    provider, police, service = _addressees(lia, now)
    facts = Facts(has_addresses=True, verdicts={"Sample A": "unlawful"}, offence_suspected=True)
    actions.propose_plan(case=case, facts=facts, by=ana, now=now)
    steps = {step.kind: step for step in PlanStep.objects.filter(case=case)}
    actions.record_preservation(case=case, choice=Choice.OWN_RECORD, why="The desk keeps address and time.", by=ana, now=now)
    draft = actions.Draft(provider, NoticeKind.REMOVAL, [(Target.URL, ADDRESS)], "unlawful under the sample rules", "A2", expression_checked=True)
    (notice,) = actions.draft_notices(step=steps[StepKind.REMOVE], drafts=[draft], by=ana, now=now)
    referral = actions.draft_referral(step=steps[StepKind.SUPPORT], service=service, reason="counselling", best_interests="It helps", by=ana, now=now)
    grounds = actions.Grounds(legal_basis="Order 12/2026", purpose="To protect a child.")
    with mock.patch.object(pdf, "library", return_value=None):
        package = confirmed.build(confirmed.approve(steps[StepKind.AUTHORITY], by=ana, now=now), police, grounds, by=ana, now=now)
    actions.ask_release(package=package, by=ana, now=now)
    return Acted(case, steps, notice, package, referral, service)


def _addressees(by: Actor, now: datetime) -> tuple[Provider, Authority, Service]:
    fields = {"name": "Pictures", "country": "XX", "notice_address": "abuse@pictures.example", "preserve_days": 90}
    provider = directory.add_provider(fields=fields, domains=["pictures.example"], by=by, now=now)
    key = str(x25519.Identity.generate().to_public())
    fields = {"name": "Sample police", "country": "XX", "kinds": ["police"], "route": "by hand", "age_recipient": key}
    police = directory.add_authority(fields=fields, by=by, now=now)
    service = directory.add_service(fields={"kind": "counselling", "name": "Sample counsel", "country": "XX", "phone": "555-0100"}, by=by, now=now)
    return provider, police, service


def held(case: Case, *, ana: Actor, sam: Actor) -> list[Hold]:
    """Three holds on `case`: one stands, of one Ana asks that it be lifted, one was lifted."""
    now = clock.now()
    soon = now.date() + timedelta(days=30)
    made = [
        place_hold(case=case, ground=ground, why="Order 7 of the court.", review_on=soon, by=ana, now=now)
        for ground in (HoldGround.COURT, HoldGround.AUTHORITY, HoldGround.CLAIM)
    ]
    _, done = (retention.ask_lift(hold=hold, why="It is over.", by=ana, now=now) for hold in made[1:])
    approved(done, sam)
    return made


def lifting(hold: Hold) -> Request:
    """What was asked about `hold`."""
    return Request.objects.get(subject=hold.pk)


def asked_for(case: Case, *, ana: Actor, sam: Actor) -> list[SubjectRequest]:
    """Three wishes of data subjects: one just written down, one of a known person, one granted."""
    now = clock.now()
    made = [
        retention.record_request(told=retention.Told(kind, Who.THEMSELVES, "What do you keep about me?", now.date(), of), by=ana, now=now)
        for kind, of in ((Asked.ERASURE, None), (Asked.CORRECTION, case), (Asked.ACCESS, case))
    ]
    for one in made[1:]:
        retention.check_request(request=one, known=retention.Known(Checked.IN_PERSON, case), by=ana, now=now)
    retention.decide_request(request=made[2], decision=Decision.GRANTED, refusals=[], why="It is theirs.", by=sam, now=now)
    return made


def schedule(*, by: Actor) -> None:
    """Afterwards a schedule waits for another person than `by`."""
    directory.load_schedule(text=directory.example_schedule(), by=by, now=clock.now())


def original_of(case: Case) -> UUID:
    """A file of `case` that the desk keeps sealed in its vault; the id of its original. Nothing opens it, so nothing lies in the vault."""
    now, organisation = clock.now(), case.organisation
    empty = {"suite": 1, "wrapped": b"x", "length": 1, "digest": b"x"}
    original = SealedObject.objects.create(id=new_id(), organisation=organisation.pk, purpose="original", sealed_at=now, **empty)
    hashes = seal(organisation=organisation.pk, purpose=Purpose.EVIDENCE, plain={"identifiers": []}, now=now)
    numbers = dict.fromkeys(("decoding_path", "orientation", "quality", "walls"), 0)
    seen = {"hashes": hashes, "digest": b"x", "original": original, "door": "staff", "state": "too_plain", "file_format": "PNG", "seen_at": now}
    MediaSighting.objects.create(organisation=organisation, case=case.pk, **numbers, **seen)
    return original.pk


def back_again(case: Case, other: Case, *, now: datetime) -> Case:
    """`case`, finished: whoever told asked to hear when it is back, `other` names the same, they object, wrote with a key, and a promise is late."""
    keep_choices(case=case, answers={"again": "yes"}, by=SYSTEM, now=now)
    Receipt.objects.create(index="b" * 32, mailbox_public=bytes(32), case=case, made_at=now)
    for about, text in (("", "Is this bad? -----BEGIN PRIVATE KEY-----"), ("objection", "It was not like that."), ("felt", "")):
        plain = {"text": text, "answers": {"felt": "worse"}} if about == "felt" else {"text": text}
        words = seal(organisation=case.organisation_id, purpose=Purpose.MESSAGE, plain=plain, now=now)
        Message.objects.create(case=case, from_reporter=True, text=words, at=now, about=about)
    tell_milestone(case=case, code="looking_again", by=SYSTEM, now=now, until=now.date() - timedelta(days=1))
    case.refresh_from_db()
    wake(case=case, because=Because.CASE, other=other, now=now)
    return case
