"""Erasing what was told: who may, when not, what goes, what stays, and that nothing brings it back."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from tests.response.confirmed import approve, build, release, take
from tests.response.conftest import NOW, Keyholder, later
from tests.support.two_people import approved
from tests.support.two_people import proof as proof_of

from cairndesk.accounts.actions import approve as approve_request
from cairndesk.accounts.actions import take_back
from cairndesk.accounts.errors import AskedAlready, FreshProofNeeded, NeedsSecondPerson, NotPermitted, OtherOrganisation, RequestClosed
from cairndesk.accounts.models import Organisation, Request
from cairndesk.accounts.rules import SYSTEM, Actor
from cairndesk.cases.actions import (
    add_item,
    add_person,
    describe_incident,
    lift_hold,
    move,
    place_hold,
    record_place,
    record_sensitive,
    record_threat,
    seal_identity,
)
from cairndesk.cases.models import Case, IndexTerm, StatedChoice
from cairndesk.cases.queries import cases_with_identifier
from cairndesk.cases.rules.erasing import Ground
from cairndesk.cases.rules.holding import HoldGround
from cairndesk.cases.rules.stages import Stage
from cairndesk.custody.actions import destroy_object, open_object, seal
from cairndesk.custody.errors import Erased
from cairndesk.custody.models import LogEntry, SealedItem, SealedObject
from cairndesk.custody.queries import entries_about, unseal, verify_log
from cairndesk.custody.rules import Purpose
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.directory import actions as directory
from cairndesk.directory.models import Provider
from cairndesk.insight.queries import numbers
from cairndesk.intake import actions as intake
from cairndesk.intake import publish, receipt
from cairndesk.intake.errors import NotTheSixWords
from cairndesk.intake.models import Draft, Fragment, Message, Receipt
from cairndesk.intake.rules import Fragment as Page
from cairndesk.intake.rules import Kind
from cairndesk.intake.rules import Path as Telling
from cairndesk.lib.ids import new_id
from cairndesk.response import actions, queries
from cairndesk.response.errors import NotYet
from cairndesk.response.models import PlanStep
from cairndesk.response.rules import AuthorityOutcome, Hindrance, StepKind
from cairndesk.signals import walled
from cairndesk.signals.actions import hash_media
from cairndesk.signals.engine import sandbox
from cairndesk.signals.engine.answer import Answer, State
from cairndesk.signals.engine.digests import digests
from cairndesk.signals.models import Seen
from cairndesk.triage.actions import take_in
from cairndesk.triage.models import Wording, WordingMark

pytestmark = pytest.mark.django_db
CANARY = "canary7715"
WORDS = ("anchor", "apple", "acorn", "album", "amber", "apron")
DRAFT = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def data(tmp_path: Path, settings: Any) -> Path:
    settings.DATA = tmp_path
    desks = django_settings.CAIRNDESK.desks.model_copy(update={"sensitive_attributes": ["disability"]})
    settings.CAIRNDESK = django_settings.CAIRNDESK.model_copy(update={"desks": desks})
    return tmp_path


def page(step: int = 1, kind: Kind = Kind.ANSWERS, **fields: Any) -> Page:
    held = {"organisation": str(new_id()), "hour": "2026-03-04T12:00Z", "draft": DRAFT, "path": Telling.CHILD, "step": step, "counter": step}
    return Page(kind=kind, **held | fields)


def filed(one: Organisation, told: Page, *, at: float = 0, filed_at: float | None = None) -> None:
    written = None if filed_at is None else later(filed_at)
    intake.receive_report(files=[intake.Filed(f"{new_id().hex}.frag", one.pk, told, written)], now=later(at))


@pytest.fixture
def told(data: Path, ring: Keyring, one: Organisation, ana: Actor) -> Case:
    """A case of a portal report, with the canary in everything that a reporter can tell and staff can write down of it."""
    opened = receipt.stretch(WORDS, salt=publish.ensure_salt(), cost=receipt.Cost(8, 1))
    filed(one, page(1, answers={"more": f"{CANARY} at first", "link": f"https://{CANARY}.example/1"}))
    filed(one, page(1, answers={"more": f"{CANARY} at second", "link": f"https://{CANARY}.example/1"}, counter=2))
    filed(one, page(2, answers={"handle": CANARY, "tell": ["no_school"]}, done=True))
    filed(one, page(2, answers={"handle": f"{CANARY}2", "tell": ["no_school"]}, counter=3))
    filed(one, page(0, Kind.RECEIPT, receipt_index=opened.index, mailbox_public=opened.public.hex()))
    case = Case.objects.get()
    take_in(case=case, now=NOW)
    for there in (Stage.REVIEWING, Stage.CLASSIFIED):
        move(case=case, to=there, by=ana, now=NOW)
    incident = describe_incident(case=case, facts={}, narrative=f"about {CANARY}", by=ana, now=NOW)
    child = add_person(case=case, role="child", by=ana, now=NOW)
    seal_identity(person=child, identity={"name": CANARY}, by=ana, now=NOW)
    record_sensitive(person=child, attribute="disability", answer="yes", words=CANARY, by=ana, now=NOW)
    record_threat(incident=incident, facts={}, words=CANARY, by=ana, now=NOW)
    record_place(incident=incident, kind="not_asked", where=CANARY, by=ana, now=NOW)
    filed(one, Page(kind=Kind.MESSAGE, organisation=str(one.pk), hour="2026-03-04T12:00Z", receipt_index=opened.index, text=CANARY))
    intake.send_message(case=case, words=f"We read {CANARY}.", by=ana, now=NOW)
    case.refresh_from_db()
    return case


def asked(case: Case, by: Actor, ground: Ground = Ground.ORDERED, words: str = "") -> Request:
    return actions.ask_erasure(case=case, ground=ground, words=words, by=by, now=NOW)


def erased(request: Request, by: Actor, at: float = 1) -> Case:
    approved(request, by, later(at))
    return Case.objects.get(pk=request.case)


def opened_canaries() -> list[str]:
    """What every key of the desk opens, of everything that is sealed, and still holds the canary."""
    held = [json.dumps(unseal(item)) for item in SealedItem.objects.filter(erased_at=None).exclude(purpose=Purpose.SEEN)]
    return [words for words in held if CANARY in words]


@pytest.mark.slow
def test_everything_that_was_told_goes_and_codes_stages_counts_and_the_log_stay(told: Case, ana: Actor, sam: Actor, data: Path) -> None:
    publish.publish_changes(now=NOW)
    [mailbox] = (data / "published" / "mailboxes").iterdir()
    assert len(opened_canaries()) > 12
    assert Seen.objects.exclude(batch=None).filter(case=told.pk).exists()
    WordingMark.objects.create(wording=Wording.objects.create(case=told, bands=b"b" * 160, length=20, stands=True), digest=b"b" * 8)
    before = Case.objects.values("number", "stage", "priority", "opened_at", "outcome").get()
    rows, figures, logged = PlanStep.objects.count(), numbers(told.organisation_id, now=NOW, threshold=1), LogEntry.objects.count()
    wish = asked(told, ana)
    assert told.choices.exists()
    case = erased(wish, sam)
    assert opened_canaries() == []
    assert not StatedChoice.objects.exists()
    assert mailbox.exists()
    publish.publish_changes(now=later(2))
    assert not mailbox.exists()
    assert (case.erased_at, case.erased_because) == (later(1), Ground.ORDERED)
    assert Case.objects.values("number", "stage", "priority", "opened_at", "outcome").get() == before
    assert (PlanStep.objects.count(), numbers(told.organisation_id, now=NOW, threshold=1)) == (rows, figures)
    assert case.reports.count() == 1
    assert (Message.objects.count(), Fragment.objects.count(), Receipt.objects.count(), IndexTerm.objects.count()) == (0, 0, 0, 0)
    assert (Wording.objects.count(), WordingMark.objects.count()) == (0, 0)
    assert (Seen.objects.count(), SealedItem.objects.filter(purpose=Purpose.SEEN, erased_at=None).count()) == (0, 0)
    assert LogEntry.objects.count() == logged + 3
    assert [line.event for line in entries_about(case.pk)][-3:] == ["response.erasure.asked", "accounts.request.approved", "cases.told.erased"]
    assert verify_log().ok
    with pytest.raises(Erased):
        unseal(case.reports.get().told)


@pytest.mark.slow
def test_what_another_case_holds_of_the_same_address_stays_found(told: Case, case: Case, ana: Actor, sam: Actor, one: Organisation) -> None:
    add_item(case=case, kind="url", identifier=f"https://{CANARY}.example/1", by=ana, now=NOW)
    erased(asked(told, ana), sam)
    assert list(cases_with_identifier(one.pk, "url", f"https://{CANARY}.example/1")) == [case]


@pytest.mark.slow
def test_what_was_filed_before_and_lies_in_the_spool_brings_nothing_back(told: Case, ana: Actor, sam: Actor, one: Organisation) -> None:
    index = told.receipts.get().index
    erased(asked(told, ana), sam, at=1)
    filed(one, page(3, answers={"more": f"{CANARY} late"}, counter=9), at=2, filed_at=0.5)
    filed(one, page(0, Kind.RECEIPT, receipt_index=index, mailbox_public="00" * 32), at=2, filed_at=0.5)
    filed(one, Page(kind=Kind.MESSAGE, organisation=str(one.pk), hour="2026-03-04T12:00Z", receipt_index=index, text=CANARY), at=2, filed_at=0.5)
    assert opened_canaries() == []
    assert (Case.objects.count(), Receipt.objects.count(), Draft.objects.count()) == (1, 0, 1)


@pytest.mark.slow
def test_whoever_goes_on_telling_after_that_begins_a_report_of_its_own(told: Case, ana: Actor, sam: Actor, one: Organisation) -> None:
    erased(asked(told, ana), sam, at=1)
    for _ in range(2):
        filed(one, page(3, answers={"more": "It goes on."}, counter=9, done=True), at=2, filed_at=1.5)
    other = Case.objects.exclude(pk=told.pk).get()
    assert unseal(other.reports.get().told) == {"answers": {"more": "It goes on."}}


@pytest.mark.slow
def test_a_caller_shows_with_the_six_words_to_be_the_reporter(told: Case, ana: Actor, sam: Actor) -> None:
    for wrong in ("anchor apple", "anchor apple acorn album amber amber", "anchor apple acorn album amber aprn"):
        with pytest.raises(NotTheSixWords):
            asked(told, ana, Ground.ASKED_WITH_WORDS, wrong)
    assert not Request.objects.exists()
    case = erased(asked(told, ana, Ground.ASKED_WITH_WORDS, " ".join(WORDS)), sam)
    assert case.erased_words == "at the reporter's request, with the six words"


@pytest.mark.slow
def test_it_takes_two_people_a_supervisor_and_a_fresh_proof_of_exactly_this(
    told: Case, ana: Actor, sam: Actor, sue: Actor, lia: Actor, ola: Actor
) -> None:
    with pytest.raises(OtherOrganisation):
        asked(told, ola)
    with pytest.raises(NotPermitted):
        asked(told, lia)
    own = asked(told, sam)
    with pytest.raises(AskedAlready):
        asked(told, ana)
    with pytest.raises(NeedsSecondPerson):
        erased(own, sam)
    with pytest.raises(NotPermitted):
        erased(own, ana)
    proof = proof_of(own, sue, later(1))
    intake.send_message(case=told, words="One more thing.", by=ana, now=later(1))
    for given in (None, proof):
        with pytest.raises(FreshProofNeeded):
            approve_request(request=own, by=sue, fresh=given, now=later(1))
    assert len(opened_canaries()) > 12
    erased(own, sue)
    with pytest.raises(RequestClosed):
        approve_request(request=own, by=sue, fresh=proof, now=later(1))
    with pytest.raises(RequestClosed):
        take_back(request=own, by=ana, now=later(2))


@pytest.mark.slow
def test_an_asking_that_was_taken_back_erases_nothing_and_can_be_made_again(told: Case, ana: Actor, sam: Actor) -> None:
    first = asked(told, ana)
    take_back(request=first, by=ana, now=NOW)
    with pytest.raises(RequestClosed):
        erased(first, sam)
    erased(asked(told, ana), sam)


@pytest.mark.slow
def test_nothing_is_erased_while_a_child_needs_it(told: Case, ana: Actor, sam: Actor, plan: Callable[..., dict[str, PlanStep]]) -> None:
    wish, steps = asked(told, ana), plan(told, in_danger=True, offence_suspected=False)
    assert queries.hindrances(told, NOW) == [Hindrance.SAFEGUARDING]
    with pytest.raises(NotYet, match="safeguarding is not finished"):
        erased(wish, sam)
    assert len(opened_canaries()) > 12
    step = steps[StepKind.SAFEGUARD]
    approve(step, by=ana, now=NOW)
    assert queries.hindrances(told, NOW) == [Hindrance.SAFEGUARDING]
    actions.finish_step(step=step, outcome="done", by=ana, now=NOW)
    assert queries.hindrances(told, NOW) == []
    erased(wish, sam)


def test_an_emergency_waits_for_safeguarding_even_before_there_is_a_plan(told: Case) -> None:
    Case.objects.update(is_emergency=True)
    assert queries.hindrances(Case.objects.get(), NOW) == [Hindrance.SAFEGUARDING]
    Case.objects.update(stage=Stage.ANSWERED)
    assert queries.hindrances(Case.objects.get(), NOW) == []


@pytest.mark.slow
def test_a_report_to_an_authority_comes_to_its_end_first_and_its_package_goes_too(
    told: Case, ana: Actor, sam: Actor, plan: Callable[..., dict[str, PlanStep]], police: Keyholder
) -> None:
    wish, step = asked(told, ana), plan(told)[StepKind.AUTHORITY]
    assert queries.hindrances(told, NOW) == []
    approve(step, by=ana, now=NOW)
    assert queries.hindrances(told, NOW) == [Hindrance.AUTHORITY]
    package = build(step, police.authority, actions.Grounds("law", "protection"), by=ana, now=NOW)
    release(package, by=ana, other=sam, now=NOW)
    take(package, by=ana, now=NOW)
    actions.hand_over(package=package, by=ana, now=NOW)
    for outcome in (None, AuthorityOutcome.INVESTIGATING):
        with pytest.raises(NotYet, match="has not said what came of it"):
            erased(wish, sam)
        actions.record_authority_answer(package=package, outcome=outcome, by=ana, now=NOW)
    actions.record_authority_answer(package=package, outcome=AuthorityOutcome.CHILD_SAFEGUARDED, by=ana, now=NOW)
    erased(wish, sam)
    package.refresh_from_db()
    assert (bytes(package.sealed), package.outcome, len(package.digest)) == (b"", AuthorityOutcome.CHILD_SAFEGUARDED, 64)
    with pytest.raises(Erased):
        take(package, by=ana, now=later(2))


def test_a_letter_on_its_way_arrives_first(ready: PlanStep, case: Case, ana: Actor, sam: Actor, provider: Provider) -> None:
    approve(ready, by=ana, now=NOW)
    assert queries.hindrances(case, NOW) == [Hindrance.ON_ITS_WAY]


def test_the_desk_itself_never_erases_and_nobody_before_it_was_read(told: Case, ana: Actor, sam: Actor) -> None:
    wish = asked(told, ana)
    with pytest.raises(Exception, match="person"):
        erased(wish, SYSTEM)
    Case.objects.update(stage=Stage.RECEIVED)
    with pytest.raises(NotPermitted):
        erased(wish, sam)


def test_a_mailbox_expires_on_the_day_that_is_set_and_a_new_turn_does_not_bring_it_back(told: Case, data: Path, settings: Any) -> None:
    short = settings.CAIRNDESK.receipts.model_copy(update={"keep_days": 30})
    settings.CAIRNDESK = settings.CAIRNDESK.model_copy(update={"receipts": short})
    publish.publish_changes(now=NOW)
    path = data / "published" / "mailboxes" / told.receipts.get().index
    Case.objects.update(stage=Stage.CLOSED, closed_at=NOW)
    publish.publish_changes(now=NOW + timedelta(days=29))
    assert path.exists()
    publish.publish_changes(now=NOW + timedelta(days=31))
    assert not path.exists()
    Receipt.objects.update(published_at=None)
    assert publish.publish_changes(now=NOW + timedelta(days=32)) == 0
    assert not path.exists()


@pytest.mark.slow
def test_originals_in_the_vault_go_too_and_why_one_was_destroyed_before(
    told: Case, ana: Actor, sam: Actor, one: Organisation, data: Path, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walled, "hash_media", lambda file: sandbox.MediaHashes(digests(file), Answer(State.TOO_PLAIN)))
    one.media_mode, one.media_basis = "sealed", "made up for tests"
    one.save()
    other = new_id()
    kept, before, apart = (
        hash_media(organisation=one, data=file, by=ana, now=NOW, case=case, stage="reviewing")[0].original
        for file, case in ((b"kept", told.pk), (b"destroyed before", told.pk), (b"of another case", other))
    )
    with django_capture_on_commit_callbacks(execute=True):
        why = seal(organisation=one.pk, purpose=Purpose.REASON, plain=f"because of {CANARY}", now=NOW)
        destroy_object(sealed=before, reason=why, by=sam, now=NOW)
    erasure = asked(told, ana)
    assert (1, "files in the vault") in queries.extent_in_words(queries.extent_of(told))
    with django_capture_on_commit_callbacks(execute=True):
        erased(erasure, sam)
    assert opened_canaries() == []
    assert [path.name for path in (data / "vault").iterdir()] == [apart.id.hex]
    assert set(SealedObject.objects.exclude(destroyed_at=None).values_list("pk", flat=True)) == {kept.pk, before.pk}
    assert open_object(sealed=apart, by=ana, now=NOW).read() == b"of another case"


@pytest.mark.slow
@pytest.mark.req("EVD-05")
def test_a_hold_and_a_minimum_come_before_the_wish_of_two_people(told: Case, ana: Actor, sam: Actor, sue: Actor) -> None:
    wish = asked(told, ana)
    hold = place_hold(case=told, ground=HoldGround.AUTHORITY, why="asked by the police", review_on=later(999).date(), by=ana, now=NOW)
    assert queries.hindrances(told, NOW) == [Hindrance.HELD]
    with pytest.raises(NotYet, match="two people lift it"):
        erased(wish, sam)
    lift_hold(hold=hold, by=sam, now=NOW)
    text = directory.example_schedule().replace("keep_at_most = 1095", "keep_at_least = 10\nkeep_at_most = 1095")
    directory.load_schedule(text=text, by=sam, now=NOW)
    days = 24 * 10
    assert queries.hindrances(told, later(days - 1)) == [Hindrance.LAW]
    with pytest.raises(NotYet, match="keeps records of this case for longer"):
        erased(wish, sam)
    assert len(opened_canaries()) > 12
    assert queries.hindrances(told, later(days)) == []
    erased(wish, sue, at=days)
    assert opened_canaries() == []
