"""The short way to an end for those who asked for advice only, and the way back from an end."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.response.confirmed import close
from tests.review.conftest import as_actor
from tests.support.behind import behind
from tests.support.cast import NOON

from cairndesk.accounts.errors import NotPermitted, OtherOrganisation
from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import SYSTEM, Actor, Role
from cairndesk.cases.actions import ReportFacts, keep_choices, move, open_case
from cairndesk.cases.models import Case
from cairndesk.cases.rules import Stage
from cairndesk.custody.queries import entries_about, unseal_fields
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.intake.actions import read_messages, take_back_message
from cairndesk.intake.errors import MessageStands, NothingTold
from cairndesk.intake.models import Receipt
from cairndesk.lib import clock
from cairndesk.review import actions, errors
from cairndesk.triage.actions import take_in, wake
from cairndesk.triage.rules.waking import Because

pytestmark = pytest.mark.django_db
Ask = Callable[..., Case]


@pytest.fixture
def ask(ring: Keyring, one: Organisation) -> Ask:
    """A case in which somebody asked for advice only and holds a receipt."""

    def asking(answers: dict[str, Any] | None = None, *, at: datetime = NOON, has_receipt: bool = True, advice_only: bool = True) -> Case:
        told = {"answers": answers or {"more": "How do I talk with my child about this?"}}
        facts = ReportFacts(source="public", channel="portal", path="advice", language="en", told=told, advice_only=advice_only)
        case = open_case(organisation=one, report=facts, by=SYSTEM, now=at)
        if has_receipt:
            Receipt.objects.create(index="a" * 32, mailbox_public=bytes(32), case=case, made_at=at)
        take_in(case=case, now=at)
        return case

    return asking


def outcome_of(case: Case) -> tuple[str, set[str]]:
    box = behind(Case.objects.get(pk=case.pk))
    return box.outcome, {stone.code for stone in box.milestones}


@pytest.mark.req("INT-25")
def test_who_asked_for_advice_only_is_answered_without_a_classification(ask: Ask, cal: Actor, ana: Actor) -> None:
    case = actions.give_advice(case=ask(), words="Begin with listening.", by=cal, now=NOON)
    assert (case.stage, case.outcome) == (Stage.ANSWERED, "advice_given")
    assert not case.classifications.exists()
    assert [said.words for said in read_messages(case=case, by=ana, now=NOON)] == ["Begin with listening."]
    assert "review.advice.given" in [entry.event for entry in entries_about(case.pk)]
    close(case, best_interests="The child is safe; the question is answered.", outcome="advice_given", by=ana, now=NOON)
    assert outcome_of(case) == ("advice_given", {"received", "answered", "closed"})


@pytest.mark.parametrize(
    "asked",
    [
        {"answers": {"danger": ["self_harm"], "more": "I cannot go on."}},
        {"answers": {"danger": ["happening_now"], "more": "What can I do?"}},
        {"has_receipt": False},
        {"advice_only": False},
    ],
)
def test_danger_a_report_and_nobody_to_read_it_are_never_ended_by_an_answer(ask: Ask, ana: Actor, asked: dict[str, Any]) -> None:
    case = ask(**asked)
    with pytest.raises(errors.NotForAdvice):
        actions.give_advice(case=case, words="All is well.", by=ana, now=NOON)
    assert (Case.objects.get(pk=case.pk).stage, case.messages.count()) == (Stage.QUEUED, 0)


def test_an_answer_without_words_ends_nothing(ask: Ask, ana: Actor) -> None:
    case = ask()
    with pytest.raises(NothingTold):
        actions.give_advice(case=case, words="  ", by=ana, now=NOON)
    assert Case.objects.get(pk=case.pk).stage == Stage.QUEUED


def test_the_same_answer_sent_twice_is_one_answer(ask: Ask, ana: Actor) -> None:
    case = actions.give_advice(case=ask(), words="Begin with listening.", by=ana, now=NOON)
    with pytest.raises(NotPermitted):
        actions.give_advice(case=case, words="Begin with listening.", by=ana, now=NOON)
    assert case.messages.count() == 1


def test_advice_is_taken_back_until_the_case_is_closed_and_then_its_words_stay(ask: Ask, ana: Actor) -> None:
    advised, second = NOON + timedelta(seconds=1), timedelta(seconds=1)
    case = actions.give_advice(case=ask(), words="Begin with shouting.", by=ana, now=advised)
    take_back_message(case=case, message=case.messages.get().pk, by=ana, now=advised + second)
    case.refresh_from_db()
    assert (case.stage, case.outcome, case.messages.count()) == (Stage.QUEUED, "", 0)
    actions.give_advice(case=case, words="Begin with listening.", by=ana, now=advised + 2 * second)
    before = Case.objects.get(pk=case.pk)
    move(case=case, to=Stage.CLOSED, by=ana, now=advised + 10 * second)
    # Also where whoever takes it back has read the case before it was closed.
    for shown in (before, case):
        with pytest.raises(MessageStands):
            take_back_message(case=shown, message=case.messages.get().pk, by=ana, now=advised + 20 * second)
    assert [unseal_fields(one.text) for one in case.messages.all()] == [{"text": "Begin with listening."}]


def test_another_organisation_answers_nobody(ask: Ask, ola: Actor) -> None:
    with pytest.raises(OtherOrganisation):
        actions.give_advice(case=ask(), words="Hello.", by=ola, now=NOON)


@pytest.mark.parametrize("stage", [Stage.ANSWERED, Stage.CLOSED])
def test_a_supervisor_opens_a_finished_case_again_and_says_why(ask: Ask, ana: Actor, sam: Actor, stage: Stage) -> None:
    case = actions.give_advice(case=ask(), words="Begin with listening.", by=ana, now=NOON)
    if stage is Stage.CLOSED:
        move(case=case, to=Stage.CLOSED, by=ana, now=NOON)
    later = NOON + timedelta(days=2)
    actions.reopen(case=case, why="new_facts", by=sam, now=later)
    assert (case.stage, case.outcome, case.closed_at, case.next_action_at) == (Stage.QUEUED, "", None, later)
    assert case.stage_changes.latest("at").reason == "new_facts"
    assert outcome_of(case) == ("", {"received"})


def test_only_a_supervisor_opens_again_and_only_for_a_reason_that_is_offered(ask: Ask, ana: Actor, sam: Actor) -> None:
    case = actions.give_advice(case=ask(), words="Begin with listening.", by=ana, now=NOON)
    with pytest.raises(NotPermitted):
        actions.reopen(case=case, why="new_facts", by=ana, now=NOON)
    with pytest.raises(errors.NoReasonToReopen):
        actions.reopen(case=case, why="because", by=sam, now=NOON)
    actions.reopen(case=case, why="back_online", by=sam, now=NOON)
    with pytest.raises(NotPermitted):
        actions.reopen(case=case, why="back_online", by=sam, now=NOON)


def signed_in(person: Person) -> Client:
    client, now = Client(), clock.now().isoformat()
    session = client.session
    session.update({"person": str(person.pk), "proof": "demo", "seen": now, "started": now})
    session.save()
    return client


@pytest.mark.slow
def test_the_case_page_leads_to_the_answer_to_the_hand_over_and_back(ask: Ask, enrol: Callable[..., Person], one: Organisation) -> None:
    at = clock.now()
    case, ana, sam = ask(at=at), enrol(one, "Ana", Role.ANALYST), enrol(one, "Sam", Role.SUPERVISOR)
    shown, answer = reverse("review:case", args=[case.pk]), reverse("review:advise", args=[case.pk])
    anas, sams = signed_in(ana), signed_in(sam)
    assert answer in anas.get(shown).content.decode()
    assert reverse("exchange:offer", args=[case.pk]) in sams.get(shown).content.decode()
    assert reverse("exchange:offer", args=[case.pk]) not in anas.get(shown).content.decode()
    assert "Open what was asked" in anas.get(answer).content.decode()
    missing = anas.post(answer, {"words": ""})
    assert (missing.status_code, "Write the answer first." in missing.content.decode()) == (422, True)
    assert "The answer is on its way behind the six words." in anas.post(answer, {"words": "Begin with listening."}, follow=True).content.decode()
    assert "Open this case again" not in anas.get(shown).content.decode()
    assert "Open this case again" in sams.get(shown).content.decode()
    again = sams.post(reverse("review:reopen", args=[case.pk]), {"why": "ended_too_early"}, follow=True).content.decode()
    assert "waits in the queue again" in again
    assert as_actor(ana).pseudonym not in again


@pytest.mark.slow
@pytest.mark.req("INT-14", "UXQ-09")
def test_a_supervisor_says_that_it_is_back_and_who_asked_to_hear_of_it_reads_so(
    ask: Ask, enrol: Callable[..., Person], one: Organisation, cal: Actor
) -> None:
    supervisor = signed_in(enrol(one, "Sam", Role.SUPERVISOR))
    case = actions.give_advice(case=ask(), words="Begin with listening.", by=cal, now=clock.now())
    keep_choices(case=case, answers={"again": "yes"}, by=SYSTEM, now=clock.now())
    other = ask(has_receipt=False)
    assert wake(case=case, because=Because.CASE, other=other, now=clock.now())
    assert not wake(case=case, because=Because.CASE, other=other, now=clock.now())
    page = supervisor.get(reverse("review:case", args=[case.pk])).content.decode()
    assert "A new report names the same" in page
    assert other.number in page
    assert case.number in supervisor.get(reverse("triage:first")).content.decode().split("What may have shown up again")[1]
    assert "seen_again" not in outcome_of(case)[1]
    [shown] = set(re.findall(r'name="woken" value="(\d+)"', page))
    assert supervisor.post(reverse("review:woken", args=[case.pk]), {"is": "back"}).status_code == 409
    # What woke it since nobody has read yet.
    assert wake(case=case, because=Because.PICTURE, now=clock.now())
    answer = supervisor.post(reverse("review:woken", args=[case.pk]), {"is": "back", "woken": shown}, follow=True).content.decode()
    assert "They read behind the six words that it showed up again." in answer
    case.refresh_from_db()
    assert (case.stage, "seen_again" in outcome_of(case)[1]) == (Stage.QUEUED, True)
    assert [(one.is_back, one.settled_at is None) for one in case.woken.all()] == [(True, False), (False, True)]
    # The page of the reporter says so, and nothing of the other case.
    assert other.number not in str(behind(case))
    # While it is open, whoever works on it can say it once more.
    answer = supervisor.post(reverse("review:seen-again", args=[case.pk]), follow=True)
    assert "They read behind the six words" in answer.content.decode()


@pytest.mark.slow
def test_a_case_that_is_opened_again_because_it_is_back_tells_only_who_asked(ask: Ask, sam: Actor, cal: Actor) -> None:
    for again in ("no", "yes"):
        Receipt.objects.all().delete()
        case = actions.give_advice(case=ask(), words="Begin with listening.", by=cal, now=NOON)
        keep_choices(case=case, answers={"again": again}, by=SYSTEM, now=NOON)
        wake(case=case, because=Because.LIST, now=NOON)
        shown = [woke.pk for woke in case.woken.all()]
        actions.reopen(case=case, why="back_online", shown=shown, by=sam, now=NOON)
        assert ("seen_again" in outcome_of(case)[1]) == (again == "yes")
        assert not case.woken.filter(settled_at=None).exists()
