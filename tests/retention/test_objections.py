"""Whoever a decision concerns may object; somebody else decides; what was wrong is undone wherever it went; and the person is told."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from tests.response.confirmed import approve, decide, fresh
from tests.response.conftest import draft, smtp
from tests.response.test_erasing import data, told
from tests.response.test_notices import deliver
from tests.response.test_pages import Browser, proof_on
from tests.retention.test_requests import checked, recorded
from tests.review.conftest import CLEAR, tell
from tests.review.test_publishing import keeping, known, own, publish
from tests.support.smtp_server import SmtpServer

from cairndesk.accounts import undo
from cairndesk.accounts.errors import FreshProofNeeded, NotPermitted, NotPossible, OtherOrganisation
from cairndesk.accounts.models import Organisation, Person, RoleGrant
from cairndesk.accounts.rules import Actor, Proof, Role, digest_of
from cairndesk.cases.actions import add_item, move
from cairndesk.cases.models import Case
from cairndesk.cases.queries import case_for
from cairndesk.cases.rules.stages import Stage
from cairndesk.custody.errors import DeskLocked
from cairndesk.custody.queries import entries_about, unseal_fields, unseal_text
from cairndesk.lib import clock
from cairndesk.response import actions as response
from cairndesk.response.models import CounterNotice, Delivery, Notice, PlanStep
from cairndesk.response.rules import Choice, NoticeState, StepKind
from cairndesk.retention import actions, queries
from cairndesk.retention.errors import DecidedBefore, DecidedFirst, RequestUnclear
from cairndesk.retention.models import SubjectRequest
from cairndesk.retention.rules import Against, Asked, Checked, Decision, Refusal, ToldBy, Who
from cairndesk.review import actions as review
from cairndesk.signals import blocklist, giving
from cairndesk.signals.actions import blocking, withdraw_own
from cairndesk.signals.engine.identifiers import recognise
from cairndesk.signals.models import Block, HashList
from cairndesk.signals.queries import own_list
from cairndesk.signals.rules import DelistedBecause

__all__ = ["data", "draft", "keeping", "own", "smtp", "tell", "told"]
pytestmark = [pytest.mark.django_db, pytest.mark.slow]
ADDRESS = "https://pictures.example/a/1"
WHY = "It was looked at again: it shows no child."


def objects(against: Against, by: Actor, **about: object) -> SubjectRequest:
    said = actions.Told(Asked.OBJECTION, Who.SERVICE, "This is a drawing of mine.", clock.now().date(), against=against, **about)  # type: ignore[arg-type]
    return actions.record_request(told=said, by=by, now=clock.now())


def decided(request: SubjectRequest, by: Actor, decision: Decision = Decision.GRANTED, *refusals: Refusal) -> SubjectRequest:
    now = clock.now()
    proof = fresh(by, actions.deciding_digest(request), now)
    return actions.decide_request(request=request, decision=decision, refusals=refusals, why=WHY, by=by, now=now, fresh=proof)


def blocked(own: HashList) -> list[str]:
    own.refresh_from_db()
    return [one.address for one in blocklist.block_list(listed=own, now=clock.now() + undo.window()).entries]


@pytest.fixture
def published(tell: Callable[..., Case], own: HashList, ana: Actor, sam: Actor) -> Case:
    """Ana found that an address shows abuse and asked to block it; Sam did it."""
    case = review.claim(case=tell(at=clock.now()), by=ana, now=clock.now())
    item = add_item(case=case, kind="url", identifier=ADDRESS, by=ana, now=clock.now())
    review.classify(case=case, look=CLEAR, by=ana, now=clock.now(), note="As told.")
    publish(review.ask_publication(case=case, file=item, by=ana, now=clock.now()), sam)
    case.refresh_from_db()
    assert (case.stage, blocked(own)) == (Stage.CLASSIFIED, [ADDRESS])
    return case


@pytest.fixture
def noticed(published: Case, plan: Callable[..., dict[str, PlanStep]], draft: response.Draft, ana: Actor, smtp: SmtpServer) -> Notice:
    """And the provider was asked to remove it."""
    steps = plan(published)
    response.record_preservation(case=published, choice=Choice.OWN_RECORD, why="the desk keeps address and time", by=ana, now=clock.now())
    response.draft_notices(step=steps[StepKind.REMOVE], drafts=[draft], by=ana, now=clock.now())
    approve(PlanStep.objects.get(pk=steps[StepKind.REMOVE].pk), by=ana, now=clock.now())
    assert deliver(Delivery.objects.get(), smtp, hours=10**5)
    return Notice.objects.get()


@pytest.mark.req("PRI-09")
def test_a_verdict_that_was_wrong_is_undone_everywhere_and_the_person_is_told(
    noticed: Notice, own: HashList, ana: Actor, sam: Actor, sue: Actor, smtp: SmtpServer
) -> None:
    case = noticed.case
    case.refresh_from_db()
    for there in (Stage.ACTING, Stage.ANSWERED):
        if case.stage != there:
            move(case=case, to=there, by=ana, now=clock.now())
    listed_at = clock.now()
    request = objects(Against.VERDICT, ana, case=case)
    # Ana judged it and Sam published it: neither decides whether that was right.
    assert set(request.first_by) == {ana.pseudonym, sam.pseudonym}
    with pytest.raises(DecidedFirst):
        decided(request, sam)
    with pytest.raises(NotPermitted):
        decided(request, ana)
    with pytest.raises(RequestUnclear):
        decided(request, sue, Decision.REFUSED)
    with pytest.raises(DecidedBefore):
        actions.tell_person(request=request, how=ToldBy.LETTER, words="", by=ana, now=clock.now())
    assert decided(request, sue).corrected == {"delisted": 1, "withdrawn": 1, "objections": 1, "opened_again": 1}
    # Nobody is asked to block it, nothing meets it, and partners find it gone.
    assert (blocked(own), known(case, ADDRESS)) == ([], [])
    span = giving.changed_between(own, listed_at, clock.now() + timedelta(minutes=1), kinds=["url"], size=9)  # type: ignore[list-item]
    assert [(one.value, one.is_gone) for one in span.entries] == [(ADDRESS, True)]
    # The case is looked at anew, and the notice is withdrawn by a letter once somebody who did not send it has decided.
    case.refresh_from_db()
    noticed.refresh_from_db()
    assert (case.stage, noticed.state) == (Stage.QUEUED, NoticeState.COUNTERED)
    decide(CounterNotice.objects.get(), is_right=True, why=WHY, by=sue, now=clock.now())
    assert deliver(Delivery.objects.get(letter="reversal"), smtp, hours=10**5)
    letter = smtp.taken[-1].content.decode()
    assert "Subject: Withdrawal of a request" in letter
    assert "It was looked at again" in letter
    noticed.refresh_from_db()
    assert noticed.state == NoticeState.WITHDRAWN
    with pytest.raises(RequestUnclear):
        actions.tell_person(request=request, how=ToldBy.RECEIPT, words=WHY, by=ana, now=clock.now())
    assert actions.tell_person(request=request, how=ToldBy.LETTER, words="", by=ana, now=clock.now()).told_words == "by letter or mail"
    assert {line.event for line in entries_about(request.pk)} == {
        "retention.request.recorded", "retention.request.corrected", "retention.request.decided", "retention.request.told",
    }  # fmt: skip


@pytest.mark.req("PRI-09", "PRI-18")
def test_whoever_takes_part_after_an_objection_was_written_down_does_not_decide_it(
    published: Case, ana: Actor, sue: Actor, supervisor: Browser
) -> None:
    verdict, listed = objects(Against.VERDICT, ana, case=published), objects(Against.LISTED, ana, thing=ADDRESS)
    sun = acting(Person.objects.get(name="Sun"))

    def decides(request: SubjectRequest) -> bool:
        return 'id="decide"' in supervisor.get(reverse("retention:request", args=[request.pk])).content.decode()

    def is_kept_apart(request: SubjectRequest, by: Actor) -> bool:
        with pytest.raises(DecidedFirst):
            decided(request, by, Decision.REFUSED, Refusal.STANDS)
        return True

    # Sun publishes of the case, and looks after what is listed.
    assert [decides(verdict), decides(listed)] == [True, True]
    other = add_item(case=published, kind="url", identifier=f"{ADDRESS}/2", by=ana, now=clock.now())
    publish(review.ask_publication(case=published, file=other, by=ana, now=clock.now()), sun)
    assert [decides(verdict), decides(listed)] == [False, True]
    blocking.renew_block(block=Block.objects.get(entry__value__endswith="/1"), expires_on=clock.now().date() + timedelta(9), by=sun, now=clock.now())
    assert [decides(verdict), decides(listed), is_kept_apart(verdict, sun), is_kept_apart(listed, sun)] == [False, False, True, True]
    # Also where nothing of that is on the list any more.
    withdraw_own(listed=own_list(organisation=published.organisation_id), named=recognise(f"{ADDRESS}/2"), by=sun, now=clock.now())
    assert is_kept_apart(verdict, sun)
    # Sue judges the case anew.
    Case.objects.filter(pk=published.pk).update(stage=Stage.REVIEWING, claimed_by="", lease_until=None)
    again = review.claim(case=Case.objects.get(pk=published.pk), by=sue, now=clock.now())
    review.classify(case=again, look=CLEAR, by=sue, now=clock.now(), note="As told.")
    assert is_kept_apart(verdict, sue)
    assert decided(listed, sue, Decision.REFUSED, Refusal.STANDS).decided_by == sue.pseudonym


@pytest.mark.req("PRI-09")
def test_something_listed_is_taken_off_by_somebody_who_had_no_part_in_listing_it(
    published: Case, own: HashList, ana: Actor, sam: Actor, sue: Actor, ola: Actor
) -> None:
    with pytest.raises(RequestUnclear):
        objects(Against.LISTED, ana, thing="https://other.example/1")
    request = objects(Against.LISTED, ana, thing="hxxps://pictures[.]example/a/1")
    for by, refused in ((sam, DecidedFirst), (ola, OtherOrganisation)):
        with pytest.raises(refused):
            decided(request, by)
    # One supervisor cannot make an objection up and unblock by it; and what is undone is what the key has signed, as it stands then.
    with pytest.raises(DecidedFirst):
        decided(objects(Against.LISTED, sue, thing=ADDRESS), sue)
    seen = fresh(sue, digest_of("retention.objection", request=request.pk, undone={"delisted": [], "withdrawn": []}), clock.now())
    for proof in (None, seen):
        with pytest.raises(FreshProofNeeded):
            actions.decide_request(request=request, decision=Decision.GRANTED, refusals=[], why=WHY, by=sue, now=clock.now(), fresh=proof)
    assert blocked(own) == [ADDRESS]
    stays = decided(objects(Against.LISTED, ana, thing=ADDRESS), sue, Decision.REFUSED, Refusal.STANDS)
    assert (stays.decision_words, stays.corrected, blocked(own)) == ("refused: the decision was looked at again and is right", {}, [ADDRESS])
    assert decided(request, sue).corrected == {"delisted": 1, "withdrawn": 1}
    assert (blocked(own), known(published, ADDRESS)) == ([], [])


@pytest.mark.req("PRI-09")
def test_a_refused_request_is_decided_anew_by_a_third_person_and_the_child_reads_it_behind_the_six_words(
    told: Case, ana: Actor, sam: Actor, sue: Actor, one: Organisation
) -> None:
    refused = decided(checked(recorded(told, ana), told, None, ana), sam, Decision.REFUSED, Refusal.INVESTIGATION)
    request = objects(Against.REQUEST, ana, earlier=refused)
    assert (request.case, request.first_by) == (told, [sam.pseudonym])
    with pytest.raises(DecidedFirst):
        decided(request, sam)
    assert decided(request, sue).corrected == {"asked_anew": 1}
    anew = SubjectRequest.objects.get(earlier=request)
    assert (anew.asked, anew.decided_at, unseal_text(anew.words)) == (Asked.ACCESS, None, unseal_text(refused.words))
    with pytest.raises(RequestUnclear):
        objects(Against.REQUEST, ana, earlier=request)
    with pytest.raises(DecidedFirst):
        decided(anew, sam)
    assert decided(anew, sue).decision == Decision.GRANTED
    # Also once the case is closed, at which nobody may begin a conversation any more.
    Case.objects.filter(pk=told.pk).update(stage=Stage.CLOSED)
    actions.tell_person(request=anew, how=ToldBy.RECEIPT, words="You may have all of it.", by=ana, now=clock.now())
    last = told.messages.select_related("text").order_by("at", "pk").last()
    assert last is not None
    assert unseal_fields(last.text) == {"text": "You may have all of it."}
    with pytest.raises(DecidedBefore):
        actions.tell_person(request=anew, how=ToldBy.RECEIPT, words="Again.", by=ana, now=clock.now())


@pytest.mark.req("PRI-09")
def test_an_objection_is_against_something_and_the_database_says_so_too(told: Case, ana: Actor) -> None:
    for wrong in (
        lambda: recorded(told, ana, Asked.OBJECTION),
        lambda: objects(Against.VERDICT, ana),
        lambda: objects(Against.REQUEST, ana, earlier=recorded(told, ana)),
    ):
        with pytest.raises(RequestUnclear):
            wrong()
    row = SubjectRequest.objects.filter(pk=recorded(told, ana).pk)
    for change in ({"asked": "objection"}, {"against": "verdict"}, {"told_at": clock.now(), "told_by": "p"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            row.update(**change)


@pytest.mark.req("PRI-09")
def test_an_objection_goes_from_the_call_to_the_answer_on_the_pages_of_the_desk(
    told: Case,
    own: HashList,
    ana: Actor,
    sam: Actor,
    analyst: Browser,
    supervisor: Browser,
    sign_in: Callable[..., Browser],
    one: Organisation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refused = decided(checked(recorded(told, ana), told, None, ana), sam, Decision.REFUSED, Refusal.INVESTIGATION)
    read: list[SubjectRequest] = []
    real = queries.to_undo
    monkeypatch.setattr(queries, "to_undo", lambda held: [read.append(held), real(held)][1])

    def at(name: str, request: SubjectRequest) -> str:
        return reverse(f"retention:{name}", args=[request.pk])

    assert "They object" in analyst.get(at("request", refused)).content.decode()
    assert analyst.post(at("request-object", refused), {"words": ""}).status_code == 422
    analyst.post(at("request-object", refused), {"words": "It is mine."})
    request = SubjectRequest.objects.get(asked="objection")
    page = supervisor.get(at("request", request)).content.decode()
    assert "Against how a request of theirs was decided" in page
    assert read == [request]
    unsigned = supervisor.post(at("request-decide", request), {"decision": "granted", "why": WHY})
    assert (unsigned.status_code, WHY in unsigned.content.decode()) == (422, True)
    supervisor.post(at("request-decide", request), {"decision": "granted", "why": WHY} | proof_on(supervisor, page))
    page = supervisor.get(at("request", request)).content.decode()
    assert "Requests to be decided anew, by somebody else: 1" in page
    # An objection ends here: nothing says otherwise, and nothing else is taken down.
    shown = analyst.get(at("request", request)).content.decode()
    assert ("They object" in shown, "that they may object" in shown) == (False, False)
    assert analyst.post(at("request-object", request), {"words": "Again."}).status_code == 422
    assert "Decided, and not told yet" in analyst.get(reverse("retention:requests")).content.decode()
    assert analyst.post(at("request-tell", request), {"how": "receipt", "words": ""}).status_code == 422
    analyst.post(at("request-tell", request), {"how": "phone"})
    assert "by phone" in analyst.get(at("request", request)).content.decode()
    anew = SubjectRequest.objects.get(earlier=request)
    today = clock.now().date()
    form = {"asked": "objection", "who": "service", "words": "Not ours.", "received_on": today, "against": "listed", "thing": "https://a.example/1"}
    answer = analyst.post(reverse("retention:requests"), form)
    assert (answer.status_code, "Nothing of that name is on our own list" in answer.content.decode()) == (422, True)
    assert analyst.post(reverse("retention:requests"), form | {"against": ""}).status_code == 422
    answer = analyst.post(reverse("retention:requests"), form | {"thing": "abcdef" * 5})
    assert (answer.status_code, "30 hexadecimal digits" in answer.content.decode()) == (422, True)
    analyst.post(reverse("retention:requests"), form | {"against": "verdict", "number": told.number})
    assert SubjectRequest.objects.filter(against="verdict", case=told).count() == 1
    assert sign_in(one, "Aud", Role.AUDITOR).post(at("request-tell", anew), {"how": "phone"}).status_code == 403


def test_while_the_desk_is_locked_the_pages_keep_what_was_typed(
    told: Case, ana: Actor, sam: Actor, analyst: Browser, supervisor: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = decided(checked(recorded(told, ana), told, None, ana), sam, Decision.REFUSED, Refusal.INVESTIGATION)
    request = objects(Against.REQUEST, ana, earlier=refused)

    def locked(*_: object, **__: object) -> None:
        raise DeskLocked

    monkeypatch.setattr("cairndesk.retention.actions.requests.seal", locked)
    monkeypatch.setattr("cairndesk.retention.queries.to_undo", locked)
    form = {"asked": "access", "who": "parent", "words": "Typed at length.", "received_on": clock.now().date()}
    again = reverse("retention:request-object", args=[refused.pk])
    decide_it = reverse("retention:request-decide", args=[request.pk])
    for browser, where, typed in ((analyst, reverse("retention:requests"), form), (analyst, again, form), (supervisor, decide_it, {"why": WHY})):
        answer = browser.post(where, typed | {"decision": "granted"})
        page = answer.content.decode()
        assert (answer.status_code, "Unlock the desk" in page, str(typed.get("words", WHY)) in page) == (422, True, True)


# A desk of two people


@pytest.fixture
def sol(two: Organisation) -> Person:
    """A supervisor of a partner organisation."""
    person = Person.objects.create(organisation=two, sign_in_name="sol", name="Sol", credential_until=date(2100, 1, 1), created_at=clock.now())
    RoleGrant.objects.create(person=person, role=Role.SUPERVISOR, granted_at=clock.now())
    return person


def acting(person: Person) -> Actor:
    return Person.objects.get(pk=person.pk).as_actor(Proof.PASSKEY, now=clock.now())


def named(request: SubjectRequest, person: Person, by: Actor) -> None:
    actions.name_decider(request=request, person=person, by=by, now=clock.now())


@pytest.mark.req("PRI-09", "PRI-18")
def test_where_the_only_supervisor_decided_first_a_partners_named_person_decides_this_objection_and_nothing_else(
    published: Case, own: HashList, ana: Actor, sam: Actor, sol: Person, two: Organisation
) -> None:
    request, other = (objects(Against.LISTED, ana, thing=ADDRESS) for _ in range(2))
    for who, refused in ((sam, DecidedFirst), (acting(sol), OtherOrganisation)):
        with pytest.raises(refused):
            decided(request, who)
    analyst = Person.objects.create(organisation=two, sign_in_name="olu", name="Olu", created_at=clock.now())
    with pytest.raises(NotPossible):
        named(request, analyst, sam)
    with pytest.raises(OtherOrganisation):
        named(request, sol, acting(sol))
    named(request, sol, sam)
    with pytest.raises(NotPossible):
        named(request, sol, sam)
    guest, now = acting(sol), clock.now()
    known_as = actions.Known(Checked.IN_PERSON, published)
    for act in (
        lambda: decided(other, guest),
        lambda: actions.open_request(request=other, by=guest, now=now),
        lambda: actions.check_request(request=request, known=known_as, by=guest, now=now),
        lambda: actions.tell_person(request=request, how=ToldBy.LETTER, words="", by=guest, now=now),
        lambda: actions.give(request=request, by=guest, fresh=None, now=now),
        lambda: case_for(guest, published.pk),
        lambda: blocking.delist_address(block=Block.objects.get(), why=DelistedBecause.OBJECTION, by=guest, now=now),
    ):
        with pytest.raises(OtherOrganisation):
            act()
    assert actions.open_request(request=request, by=guest, now=now)["words"] == "This is a drawing of mine."
    with pytest.raises(FreshProofNeeded):
        actions.decide_request(request=request, decision=Decision.GRANTED, refusals=[], why=WHY, by=guest, now=now)
    late = replace(guest, guest=frozenset())
    with pytest.raises(OtherOrganisation):
        decided(request, late)
    assert decided(request, guest).decided_by == str(sol.pseudonym)
    assert blocked(own) == []
    # The right ends with the decision, and nobody is named for what is decided.
    with pytest.raises(OtherOrganisation):
        actions.open_request(request=request, by=acting(sol), now=now)
    with pytest.raises(DecidedBefore):
        named(request, sol, sam)


@pytest.mark.req("PRI-09")
def test_a_partners_person_finds_the_objection_reads_it_and_decides_on_the_pages(
    published: Case, own: HashList, ana: Actor, analyst: Browser, sign_in: Callable[..., Browser], two: Organisation
) -> None:
    request = objects(Against.LISTED, ana, thing=ADDRESS)
    browser = sign_in(two, "Sol", Role.SUPERVISOR)
    person, where = Person.objects.get(name="Sol"), reverse("retention:request", args=[request.pk])
    assert browser.get(where).status_code == 404
    assert "Sol, Cairn Desk Two" in analyst.get(where).content.decode()
    analyst.post(f"{where}decider/", {"person": person.pk})
    assert "Sol of Cairn Desk Two can decide it" in analyst.get(where).content.decode()
    assert where in browser.get("/retention/requests/").content.decode()
    assert "This is a drawing of mine." in browser.post(f"{where}words/").content.decode()
    page = browser.get(where).content.decode()
    for closed in ("/check/", "/decider/", "/tell/", "/object/", f"/cases/{published.pk}/"):
        assert closed not in page
    for closed in ("check", "decider", "tell", "object", "give"):
        assert browser.post(f"{where}{closed}/").status_code == 404
    assert (
        browser.post(f"{where}decide/", {"decision": "granted", "why": WHY} | proof_on(browser, page)).headers["Location"] == "/retention/requests/"
    )
    assert (blocked(own), browser.get(where).status_code) == ([], 404)
    assert "Decided on" in analyst.get(where).content.decode()
