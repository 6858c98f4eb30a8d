"""Every verb is tried through one of its doors, by every role and at every stage of a case: who has no cell gets nowhere and changes nothing."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from tests.accounts import matrix
from tests.support.cast import NOON, one, ring, two
from tests.support.two_people import agreed

from cairndesk.accounts.models import Organisation, Person, Request, RoleGrant
from cairndesk.accounts.rules import SYSTEM, Proof, Role, Verb
from cairndesk.cases.actions import ReportFacts, add_person, open_case, seal_identity
from cairndesk.cases.models import BrokenGlass, Case, CaseGrant, Hold, SetAside
from cairndesk.custody.models import LogEntry
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.lib import clock
from cairndesk.response.models import PlanStep, Preservation

__all__ = ["one", "ring", "two"]
pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.one_database]
_NOBODY = "00000000-0000-0000-0000-000000000005"
_SOMEBODY = "00000000-0000-0000-0000-000000000006"
_LOOKED_AT = None
_OPENING = [verb for verb in Verb if verb.startswith("open.")]
# Verb → a door that takes it, and what its form sends; a page that is only looked at sends nothing.
DOORS: dict[str, tuple[str, dict[str, str] | None]] = {
    "report.take": ("/call/", {"path": "carer", "channel": "phone", "language": "en", "what": "threatens"}),
    "message.send": ("/cases/{case}/messages/send/", {"words": "We are here for you."}),
    "advice.give": ("/cases/{case}/advise/", {"words": "Begin with listening."}),
    "case.read": ("/cases/{case}/", _LOOKED_AT),
    # Whichever purpose somebody has, what was told opens at the same door.
    **dict.fromkeys(_OPENING, ("/cases/{case}/account/{told}/", {})),
    "grant.withdraw": ("/cases/{case}/access/take-off/", {"holder": _SOMEBODY}),
    "glass.break": ("/cases/{case}/access/emergency/", {"reason": "child_in_danger", "why": "He is on his way.", "proof_digest": "00"}),
    "glass.review": ("/cases/{case}/access/emergency/{glass}/", {"finding": "needed"}),
    "access.review": ("/access/", _LOOKED_AT),
    "case.describe": ("/cases/{case}/known/person/", {"role": "child", "stated_age": "age_10"}),
    "identity.read": ("/cases/{case}/people/{rae}/identity/open/", {"reason": "referral"}),
    "media.hand_over": ("/cases/{case}/media/", {"file": "picture.png"}),
    "media.look": (f"/cases/{{case}}/media/{_NOBODY}/look/", {"reason": "open"}),
    "destruction.ask": (f"/cases/{{case}}/media/{_NOBODY}/destroy/", {"reason": "A court ordered it."}),
    "media.destroy": ("/requests/{destroy}/decide/", {"act": "approve", "proof_digest": "00"}),
    "publication.ask": (f"/cases/{{case}}/items/{_NOBODY}/publish/", {}),
    "hashes.publish": ("/requests/{publish}/decide/", {"act": "approve", "proof_digest": "00"}),
    "grouping.keep": ("/groups/make/", {"cases": "{case}", "kind": "group", "why": "link"}),
    "case.claim": ("/cases/{case}/claim/", {}),
    "case.give": ("/cases/{case}/give/", {"to": _NOBODY}),
    "priority.override": ("/cases/{case}/priority/", {"level": "1", "why": "danger_seen", "words": "The address shows a live room."}),
    "choice.set_aside": ("/cases/{case}/choices/", {"limit": "no_police", "ground": "law", "why": "Section 8.", "proof_digest": "00"}),
    "choice.review": ("/cases/{case}/choices/{aside}/", {"finding": "right"}),
    "call_back.record": ("/cases/{case}/plan/call-back/", {"what": "notice", "thing": _NOBODY, "outcome": "asked", "words": "They stop."}),
    "item.classify": ("/cases/{case}/classify/", {"severity": "c"}),
    "second_look.give": ("/cases/{case}/second-look/", {"answer": "agree", "first": _NOBODY}),
    "coding.give": ("/cases/{case}/coding/take/", {}),
    "coding.settle": ("/cases/{case}/coding/settle/", {"severity": "c", "note": "Both are read."}),
    "training.take": ("/training/", _LOOKED_AT),
    "training.lead": ("/training/set/write/", {"text": "bar = "}),
    "guest.invite": ("/cases/{case}/invite/", {"person": "{ola}"}),
    "step.approve": ("/cases/{case}/plan/preserve/", {"choice": "own_record", "words": "Address and time are on record."}),
    "step.record": ("/cases/{case}/plan/renew/", {"preservation": "{kept}"}),
    "step.review": ("/steps/{step}/look/", {"act": "review"}),
    "case.transfer": ("/cases/{case}/hand-over/", {"to": "two", "reason": "They know the family."}),
    "transfer.accept": ("/handovers/", _LOOKED_AT),
    "case.close": ("/cases/{case}/close/", {"words": "She is safe.", "outcome": "removed", "proof_digest": "00"}),
    "case.reopen": ("/cases/{case}/reopen/", {"why": "new_facts"}),
    "erasure.ask": ("/requests/{erase}/decide/", {"act": "take_back"}),
    "told.erase": ("/requests/{erase}/decide/", {"act": "approve", "proof_digest": "00"}),
    "hold.place": ("/cases/{case}/holds/", {"ground": "court", "why": "A court ordered it.", "review_on": "{soon}"}),
    "hold.lift": ("/requests/{lift_hold}/decide/", {"act": "approve", "proof_digest": "00"}),
    "subject_request.record": ("/retention/requests/", _LOOKED_AT),
    "subject_request.decide": (f"/retention/requests/{_NOBODY}/decide/", {"decision": "refused"}),
    "retention.read": ("/retention/", _LOOKED_AT),
    "list.read": ("/lists/", _LOOKED_AT),
    "terms.read": (f"/glossaries/{_NOBODY}/read/", {}),
    "list.import": (f"/lists/switch/{_NOBODY}/", {}),
    "tool.assess": ("/tools/exact_matching/assess/", {}),
    "team.work": ("/teams/", _LOOKED_AT),
    "team.set": ("/cases/{case}/team/seat/", {"person": "{ola}", "function": "forensic"}),
    "mandate.set": ("/mandates/", _LOOKED_AT),
    "directory.read": ("/directory/", _LOOKED_AT),
    "directory.change": ("/directory/service/add/", {"kind": "helpline", "name": "Sample line", "phone": "555-0100"}),
    "rules.load": ("/directory/rules/load/", {}),
    "shift.note": ("/shift/", _LOOKED_AT),
    "looking.bound": ("/yourself/organisation/", _LOOKED_AT),
    "priority_rules.set": ("/priority-rules/write/", {"text": "version = "}),
    "schedule.confirm": (f"/directory/schedules/{_NOBODY}/confirm/", {"proof_digest": "00"}),
    "sharing.set": ("/sharing/", {"what": "account"}),
    "duty.set": ("/duty/", {"page_to": "nowhere"}),
    "people.manage": ("/people/", _LOOKED_AT),
    "people.recover": ("/people/lost/", _LOOKED_AT),
    "organisation.manage": ("/organisations/", _LOOKED_AT),
    "api_key.manage": ("/machines/", {"sender": "Sample platform", "source": "platform"}),
    "numbers.read": ("/numbers/", _LOOKED_AT),
    "log.read": ("/log/", _LOOKED_AT),
}


@dataclass
class Desk:
    """One case that can stand anywhere, with everything that the doors ask for, and a browser for each role."""

    case: Case
    names: dict[str, object]
    people: dict[Role, Person]

    def tries(self, role: Role, verb: Verb, stage: str) -> tuple[HttpResponse, bool]:
        """The answer to `role` at the door, and whether anything was written; afterwards all is as before."""
        address, sent = DOORS[verb]
        with transaction.atomic():
            holder = self.people[role].pseudonym if verb in {Verb.ITEM_CLASSIFY, *_OPENING} else ""
            lease = clock.now() + timedelta(hours=1) if holder else None
            Case.objects.filter(pk=self.case.pk).update(stage=stage, claimed_by=holder, lease_until=lease)
            before = self._held()
            browser = self._browser(role)
            form = {name: _filled(value, self.names) for name, value in (sent or {}).items()}
            answer = browser.get(address.format(**self.names)) if sent is None else browser.post(address.format(**self.names), form)
            changed = self._held() != before
            transaction.set_rollback(True)
        return answer, changed

    def _held(self) -> object:
        return LogEntry.objects.count(), Case.objects.values().get(pk=self.case.pk)

    def _browser(self, role: Role) -> Client:
        browser, now = Client(), clock.now().isoformat()
        session = browser.session
        session.update({"person": str(self.people[role].pk), "proof": "demo", "seen": now, "started": now})
        session.save()
        return browser


def _filled(value: str, names: dict[str, object]) -> Any:
    return SimpleUploadedFile(value, b"drawn by nobody") if value.endswith(".png") else value.format(**names)


def _hired(organisation: Organisation, name: str, role: Role) -> Person:
    fields = {"sign_in_name": f"{name}@{organisation.slug}", "name": name, "created_at": NOON, "credential_until": date(2099, 1, 1)}
    person = Person.objects.create(organisation=organisation, **fields)
    RoleGrant.objects.create(person=person, role=role, granted_at=NOON)
    return person


@pytest.fixture
def desk(ring: Keyring, one: Organisation, two: Organisation) -> Desk:
    people = {role: _hired(one, role.value, role) for role in Role}
    told = {"answers": {"more": "How do I talk with my child?"}}
    facts = ReportFacts(source="public", channel="portal", path="advice", language="en", told=told, advice_only=True)
    case = open_case(organisation=one, report=facts, by=SYSTEM, now=NOON)
    ana = people[Role.ANALYST].as_actor(Proof.PASSKEY, now=clock.now())
    Case.objects.update(stage="queued")
    case.refresh_from_db()
    rae = add_person(case=case, role="reporter", by=ana, now=NOON)
    seal_identity(person=rae, identity={"name": "Rae"}, by=ana, now=NOON)
    asked = {kind: _asked(case, kind) for kind in ("destroy", "publish", "erase")}
    kept = Preservation.objects.create(case=case, choice="own_record", why=case.reports.get().told, chosen_by="somebody", chosen_at=NOON)
    ola = _hired(two, "Ola", Role.ANALYST)
    soon = clock.now().date() + timedelta(days=30)
    agreed(one.pk, two.pk, now=clock.now())
    hold = Hold.objects.create(case=case, ground="court", why=case.reports.get().told, review_on=soon, placed_by="somebody", placed_at=NOON)
    asked["lift_hold"] = _asked(case, "lift_hold", hold.pk)
    names = {"soon": soon, "case": case.pk, "rae": rae.pk, "ola": ola.pk, "step": _step(case).pk, "kept": kept.pk, **asked}
    aside = SetAside.objects.create(case=case, limit="no_police", ground="law", why=case.reports.get().told, decided_by="somebody", at=NOON)
    names |= {"told": case.reports.get().pk, "glass": _broken(case).pk, "aside": aside.pk}
    return Desk(case, names, people)


def _broken(case: Case) -> BrokenGlass:
    """Emergency access of somebody else that nobody has looked at yet; they are on the case too."""
    fields = {"purpose": "emergency", "since": NOON, "until": NOON + timedelta(minutes=30), "entry": 0, "ended_at": NOON, "ended_why": "lapsed"}
    grant = CaseGrant.objects.create(case=case, holder=_SOMEBODY, **fields)
    CaseGrant.objects.create(case=case, holder=_SOMEBODY, purpose="review", since=NOON, until=NOON + timedelta(days=36500), entry=0)
    return BrokenGlass.objects.create(grant=grant, reason="child_in_danger", why=case.reports.get().told, broken_by=_SOMEBODY, broken_at=NOON)


def _asked(case: Case, kind: str, subject: UUID | None = None) -> UUID:
    """What somebody else asked for, in time to be answered now."""
    now = clock.now()
    fields = {"subject": subject or case.pk, "plan": {"ground": "ordered"}, "digest": bytes(32), "asked_by": "somebody", "asked_at": now}
    return Request.objects.create(kind=kind, organisation=case.organisation, case=case.pk, until=now + timedelta(hours=1), **fields).pk


def _step(case: Case) -> PlanStep:
    """A step that could not wait and that another person has to look at."""
    fields = {"state": "approved", "needs_review": True, "approved_by": "somebody", "approved_at": NOON}
    return PlanStep.objects.create(case=case, kind="safeguard", position=1, reasons=["in_danger"], due_at=NOON, proposed_at=NOON, **fields)


def _expected(role: Role, verb: Verb, stage: str) -> bool:
    # What stands in review and is held by nobody is taken again by whoever may classify it.
    again = verb is Verb.CASE_CLAIM and matrix.may(role, Verb.ITEM_CLASSIFY, stage)
    if verb in _OPENING:
        return any(matrix.may(role, purpose, stage) for purpose in _OPENING)
    return again or matrix.may(role, verb, stage)


def _is_refused(answer: HttpResponse) -> bool:
    page = answer.content.decode(errors="replace")
    return answer.status_code in {403, 404} and any(code in page for code in ("accounts.not_permitted", "accounts.not_found", "cases.no_grant"))


@pytest.mark.parametrize("verb", [verb for verb in Verb if verb not in _OPENING[1:]])
def test_the_door_opens_where_there_is_a_cell_and_nowhere_else(desk: Desk, verb: Verb) -> None:
    # Without a case behind it, the stage changes nothing.
    stages = matrix.STAGES if "{" in DOORS[verb][0] else matrix.STAGES[:1]
    for role in Role:
        for stage in stages:
            answer, changed = desk.tries(role, verb, stage)
            assert _is_refused(answer) is not _expected(role, verb, stage), (role, stage, answer.status_code)
            assert not (changed and _is_refused(answer)), (role, stage)
