"""Who stands in the records asks what is kept, that it be corrected, that it be erased: each is answered, with reasons, and of nobody else."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from tests.response.confirmed import fresh
from tests.response.conftest import NOW, Keyholder
from tests.response.test_erasing import CANARY, WORDS, asked, data, erased, told
from tests.response.test_pages import Browser, SignIn, buttons, proof_on

from cairndesk.accounts.errors import FreshProofNeeded, NotPermitted, OtherOrganisation
from cairndesk.accounts.models import Ceremony, EnrolmentLink, Organisation, Person, Session
from cairndesk.accounts.rules import Actor, Proof, Role
from cairndesk.cases.actions import add_person, give_role, place_hold, seal_identity
from cairndesk.cases.errors import OnHold
from cairndesk.cases.models import Case, CasePerson
from cairndesk.cases.rules.holding import HoldGround
from cairndesk.custody.models import LogOpening
from cairndesk.custody.queries import entries_about, unseal, unseal_text
from cairndesk.directory import actions as directory
from cairndesk.intake.errors import NotTheSixWords
from cairndesk.lib import clock
from cairndesk.response.actions import ask_hold, lift_notice_hold
from cairndesk.response.errors import HeldBack
from cairndesk.response.queries import erasure_of
from cairndesk.retention import actions, queries
from cairndesk.retention.errors import DecidedBefore, DecidedFirst, RequestUnclear
from cairndesk.retention.models import SubjectRequest
from cairndesk.retention.rules import Against, Asked, Checked, Decision, Refusal, ToldBy, Who

__all__ = ["data", "told"]
pytestmark = [pytest.mark.django_db, pytest.mark.slow]
NEVER = "other7716"


def recorded(case: Case | None, by: Actor, kind: Asked = Asked.ACCESS, words: str = "What do you keep about me?") -> SubjectRequest:
    return actions.record_request(told=actions.Told(kind, Who.THEMSELVES, words, NOW.date(), case), by=by, now=NOW)


def checked(request: SubjectRequest, case: Case, person: CasePerson | None, by: Actor) -> SubjectRequest:
    known = actions.Known(Checked.SIX_WORDS, case, person, " ".join(WORDS)) if person is None else actions.Known(Checked.IN_PERSON, case, person)
    return actions.check_request(request=request, known=known, by=by, now=NOW)


def granted(request: SubjectRequest, by: Actor, now: datetime = NOW) -> SubjectRequest:
    proof = fresh(by, actions.deciding_digest(request), now)
    return actions.decide_request(request=request, decision=Decision.GRANTED, refusals=[], why="It is theirs.", by=by, now=now, fresh=proof)


def given(request: SubjectRequest, by: Actor) -> dict[str, object]:
    return actions.give(request=request, by=by, fresh=fresh(by, actions.giving_digest(request), NOW), now=NOW)


@pytest.mark.req("PRI-17")
def test_a_person_is_given_everything_that_is_theirs_and_nothing_of_anybody_else(told: Case, ana: Actor, sam: Actor) -> None:
    reporter = add_person(case=told, role="reporter", facts={"stated_age": "age_11_12"}, by=ana, now=NOW)
    seal_identity(person=reporter, identity={"name": "Rae"}, by=ana, now=NOW)
    other = add_person(case=told, role="person_of_concern", by=ana, now=NOW)
    seal_identity(person=other, identity={"name": NEVER}, by=ana, now=NOW)
    request = granted(checked(recorded(told, ana), told, reporter, ana), sam)
    for proof in (None, fresh(ana, actions.giving_digest(request), NOW)):
        with pytest.raises(FreshProofNeeded):
            actions.give(request=request, by=sam, fresh=proof, now=NOW)
    everything = given(request, sam)
    text = json.dumps(everything)
    assert everything["person"]["identity"] == {"name": "Rae"}  # type: ignore[index]
    assert everything["person"]["recorded"] == {"stated age": "11 to 12"}  # type: ignore[index]
    assert f"{CANARY} at second" in text
    assert [message["from"] for message in everything["messages"]] == ["you", "the desk"]  # type: ignore[attr-defined]
    assert NEVER not in text
    assert [line.event for line in entries_about(request.pk)][-2:] == ["retention.request.decided", "retention.request.given"]
    # Whoever did not tell it is given none of what was told.
    theirs = json.dumps(given(granted(checked(recorded(told, ana), told, other, ana), sam), sam))
    assert NEVER in theirs
    assert CANARY not in theirs
    assert "Rae" not in theirs


@pytest.mark.req("PRI-17")
def test_nobody_writes_a_request_down_and_decides_alone_that_a_copy_leaves_the_desk(told: Case, ana: Actor, sam: Actor, sue: Actor) -> None:
    for wrote, looked in ((sam, ana), (ana, sam), (sam, sam)):
        request = checked(recorded(told, wrote), told, None, looked)
        with pytest.raises(DecidedFirst):
            granted(request, sam)
        with pytest.raises(DecidedBefore):
            given(request, sam)
        assert given(granted(request, sue), sam)["case"] == told.number


@pytest.mark.req("PRI-17")
def test_nobody_writes_a_correction_down_and_decides_it(told: Case, ana: Actor, sam: Actor, sue: Actor) -> None:
    for wrote, looked in ((sam, ana), (ana, sam)):
        request = checked(recorded(told, wrote, Asked.CORRECTION), told, None, looked)
        for me in (sam, replace(sam, proof=Proof.PASSWORD), replace(sam, roles=sam.roles | {Role.ADMINISTRATOR}, name="Somebody else")):
            with pytest.raises(DecidedFirst):
                granted(request, me)
        with pytest.raises(NotPermitted):
            granted(request, replace(sam, pseudonym="a-second-account", roles=frozenset()))
        assert granted(request, sue).decided_by == sue.pseudonym


@pytest.mark.req("PRI-17")
def test_a_correction_stands_beside_what_was_said_and_takes_the_place_of_nothing(told: Case, ana: Actor, sam: Actor) -> None:
    before = unseal(told.reports.get().told)
    request = recorded(told, ana, Asked.CORRECTION, "I was eleven, not ten.")
    assert queries.corrections_of(told) == []
    granted(checked(request, told, None, ana), sam)
    assert [unseal(one.words) for one in queries.corrections_of(told)] == ["I was eleven, not ten."]
    assert unseal(told.reports.get().told) == before
    assert given(granted(checked(recorded(told, ana), told, None, ana), sam), sam)["corrections"] == ["I was eleven, not ten."]


@pytest.mark.req("PRI-17")
def test_an_erasure_looks_for_a_hold_first_and_is_then_done_by_a_further_person(told: Case, ana: Actor, sam: Actor, sue: Actor) -> None:
    request = checked(recorded(told, ana, Asked.ERASURE), told, None, ana)
    hold = place_hold(case=told, ground=HoldGround.COURT, why="Order 7", review_on=(NOW + timedelta(days=9)).date(), by=ana, now=NOW)
    with pytest.raises(OnHold):
        granted(request, sam)
    assert erasure_of(told, now=NOW) is None
    told.holds.filter(pk=hold.pk).update(lifted_at=NOW)
    granted(request, sam)
    wish = erasure_of(told, now=NOW)
    assert wish is not None
    assert (wish.asked_by, wish.plan["ground"]) == (sam.pseudonym, "asked_in_writing")
    assert erased(wish, sue).erased_at is not None


def test_nothing_is_given_to_nobody_knows_whom_and_nothing_withheld_without_a_reason(told: Case, ana: Actor, sam: Actor, ola: Actor) -> None:
    request = recorded(None, ana)

    def decided(decision: Decision, *refusals: Refusal, by: Actor = sam, why: str = "x") -> SubjectRequest:
        return actions.decide_request(request=request, decision=decision, refusals=refusals, why=why, by=by, now=NOW)

    for wrong in (
        lambda: decided(Decision.GRANTED),
        lambda: decided(Decision.PARTLY, Refusal.OTHERS),
        lambda: decided(Decision.REFUSED),
        lambda: decided(Decision.REFUSED, Refusal.NOT_SHOWN, why=" "),
    ):
        with pytest.raises(RequestUnclear):
            wrong()
    with pytest.raises(NotPermitted):
        decided(Decision.REFUSED, Refusal.NOT_SHOWN, by=ana)
    with pytest.raises(OtherOrganisation):
        decided(Decision.REFUSED, Refusal.NOT_SHOWN, by=ola)
    with pytest.raises(IntegrityError), transaction.atomic():
        SubjectRequest.objects.update(decided_at=NOW)
    with pytest.raises(NotTheSixWords):
        actions.check_request(request=request, known=actions.Known(Checked.SIX_WORDS, told, None, "six other words"), by=ana, now=NOW)
    with pytest.raises(RequestUnclear):
        actions.check_request(request=request, known=actions.Known(Checked.SIX_WORDS, words=" ".join(WORDS)), by=ana, now=NOW)
    checked(request, told, None, ana)
    with pytest.raises(RequestUnclear):
        decided(Decision.GRANTED, Refusal.OTHERS)
    refused = decided(Decision.REFUSED, Refusal.NOT_SHOWN, Refusal.CHILD_SAFETY)
    assert refused.decision_words == "refused: it could endanger a child, who asks has not shown who they are"
    for late in (lambda: granted(request, sam), lambda: checked(request, told, None, ana), lambda: given(request, sam)):
        with pytest.raises(DecidedBefore):
            late()


def test_a_request_is_answered_within_the_days_of_the_schedule_and_forgotten_in_its_time(told: Case, ana: Actor, sam: Actor, sue: Actor) -> None:
    assert recorded(told, ana).answer_by == NOW.date() + timedelta(days=30)
    loaded = directory.load_schedule(text=directory.example_schedule().replace("answer_days = 30", "answer_days = 10"), by=sam, now=NOW)
    digest = directory.confirming_digest(loaded, today=NOW.date())
    directory.confirm_schedule(schedule=loaded, by=sue, fresh=fresh(sue, digest, NOW), now=NOW)
    request = recorded(told, ana, words=f"I am {CANARY}.")
    assert request.answer_by == NOW.date() + timedelta(days=10)
    granted(checked(request, told, None, ana), sam)
    late = NOW + timedelta(days=1095)
    assert actions.forget_requests(now=late - timedelta(hours=1)) == 0
    assert actions.forget_requests(now=late) == 1
    assert actions.forget_requests(now=late) == 0
    request.refresh_from_db()
    assert (request.words.erased_at, request.why and request.why.erased_at) == (late, late)
    assert [line.event for line in entries_about(request.pk)] == ["retention.request.forgotten"]
    assert LogOpening.objects.filter(subject_kind="request").count() == 2
    # What is asked anew after an objection has words of its own, which end in their own time.
    objects = actions.Told(Asked.OBJECTION, Who.THEMSELVES, "It is mine.", late.date(), told, Against.REQUEST, earlier=request)
    objection = granted(actions.record_request(told=objects, by=ana, now=late), sue, late)
    anew = granted(SubjectRequest.objects.get(earlier=objection), sue, late)
    assert (unseal_text(anew.words), anew.words_id == objection.words_id) == ("It is mine.", False)
    later = late + timedelta(days=1095)
    assert actions.forget_requests(now=later) == 2
    anew.refresh_from_db()
    assert anew.words.erased_at == later


def test_sign_ins_that_open_nothing_go_too(told: Case, ana: Actor, sam: Actor, sue: Actor, one: Organisation) -> None:
    person = Person.objects.create(organisation=one, sign_in_name="ann", name="Ann", created_at=NOW)
    for hours in (-30, -1, 1):
        at = NOW + timedelta(hours=hours)
        Session.objects.create(session_key=f"k{hours}", session_data="", expire_date=at, person=person)
        Ceremony.objects.create(purpose="sign_in", nonce=b"x", expires_at=at)
        EnrolmentLink.objects.create(digest=f"d{hours}".encode(), person=person, made_by="x", expires_at=at)
    assert actions.forget_sign_ins(now=NOW) == 0
    loaded = directory.load_schedule(text=directory.example_schedule(), by=sam, now=NOW)
    digest = directory.confirming_digest(loaded, today=NOW.date())
    directory.confirm_schedule(schedule=loaded, by=sue, fresh=fresh(sue, digest, NOW), now=NOW)
    assert actions.forget_sign_ins(now=NOW) == 3
    assert {row.session_key for row in Session.objects.all()} == {"k-1", "k1"}


def test_what_two_people_erase_takes_the_words_of_a_request_with_it(told: Case, ana: Actor, sam: Actor) -> None:
    request = recorded(told, ana, words=f"I am {CANARY}.")
    erased(asked(told, ana), sam)
    request.refresh_from_db()
    assert request.words.erased_at is not None


def at(name: str, *args: object) -> str:
    return reverse(f"retention:{name}", args=args)


def test_a_request_goes_from_the_call_to_the_file_on_the_pages_of_the_desk(
    case: Case, ana: Actor, analyst: Browser, supervisor: Browser, sign_in: SignIn, two: Organisation
) -> None:
    today = clock.now().date()
    form = {"asked": "access", "who": "themselves", "words": "What do you keep?", "received_on": today}
    assert analyst.post(at("requests"), form | {"number": "XXXX-0000"}).status_code == 422
    analyst.post(at("requests"), form)
    request = SubjectRequest.objects.get()
    shown = analyst.get(at("request", request.pk)).content.decode()
    assert "A supervisor decides who did not write this down." in shown
    assert "What do you keep?" not in shown
    assert "What do you keep?" in analyst.post(at("request-words", request.pk)).content.decode()
    too_early = supervisor.post(at("request-decide", request.pk), {"decision": "granted", "why": "It is theirs."})
    assert (too_early.status_code, "how you know who asks" in too_early.content.decode()) == (422, True)
    analyst.post(at("request-check", request.pk), {"checked": "in_person", "number": case.number.lower(), "person": ""})
    reporter = add_person(case=case, role="reporter", by=ana, now=NOW)
    analyst.post(at("request-check", request.pk), {"checked": "in_person", "number": case.number, "person": reporter.pk})
    wrong = analyst.post(at("request-check", request.pk), {"checked": "six_words", "number": case.number, "words": "none of these"})
    assert wrong.status_code == 422
    assert analyst.post(at("request-decide", request.pk), {"decision": "granted", "why": "x"}).status_code == 403
    supervisor.post(at("request-decide", request.pk), {"decision": "granted", "why": "It is theirs."})
    page = supervisor.get(at("request", request.pk)).content.decode()
    assert "Everything, to read" in buttons(page)
    assert supervisor.post(at("request-give", request.pk), {"form": "html"}).status_code in {401, 403, 422}
    answer = supervisor.post(at("request-give", request.pk), {"form": "html", **proof_on(supervisor, page)})
    assert "Somebody put my picture there." in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    assert answer["Content-Disposition"].startswith("attachment")
    page = supervisor.get(at("request", request.pk)).content.decode()
    machine = supervisor.post(at("request-give", request.pk), {"form": "json", **proof_on(supervisor, page)})
    assert json.loads(machine.content)["case"] == case.number
    assert "granted" in analyst.get(at("requests")).content.decode()
    other = sign_in(two, "Olo", Role.SUPERVISOR)
    assert other.get(at("request", request.pk)).status_code == 404


@pytest.mark.req("INV-26")
def test_while_an_authority_asks_that_nobody_be_warned_only_the_child_and_whoever_told_are_answered(
    told: Case, ana: Actor, sam: Actor, police: Keyholder
) -> None:
    child = add_person(case=told, role="child", facts={}, by=ana, now=NOW)
    other = add_person(case=told, role="person_of_concern", facts={}, by=ana, now=NOW)
    both = add_person(case=told, role="child", facts={}, by=ana, now=NOW)
    give_role(person=both, role="person_of_concern", by=ana, now=NOW)
    hold = ask_hold(case=told, authority=police.authority, words="By phone, file 12", by=ana, now=NOW)
    asking = {who: granted(checked(recorded(told, ana), told, who, ana), sam) for who in (child, other, both, None)}
    letter = {"how": ToldBy.LETTER, "words": "", "by": ana, "now": NOW}
    for who in (other, both):
        with pytest.raises(HeldBack):
            actions.tell_person(request=asking[who], **letter)
        with pytest.raises(HeldBack):
            given(asking[who], sam)
    for who in (child, None):
        assert given(asking[who], sam)
        assert actions.tell_person(request=asking[who], **letter).told_at == NOW
    lift_notice_hold(hold=hold, why="They released it.", by=sam, now=NOW)
    assert actions.tell_person(request=asking[other], **letter).told_at == NOW
