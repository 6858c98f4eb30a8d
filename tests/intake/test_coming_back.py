"""Coming back: how it felt, an objection, a promise whose day is over; what of it staff see and what is counted."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.template.loader import render_to_string
from tests.support.behind import behind
from tests.support.cast import NOON

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor
from cairndesk.cases.actions import claim, move
from cairndesk.cases.models import Case
from cairndesk.cases.rules import Stage
from cairndesk.intake import actions, errors, jobs, publish, queries
from cairndesk.intake.models import FeltCount, Receipt
from cairndesk.intake.rules import NO_WORDS, Kind, Promise
from cairndesk.intake.spool import Spool
from cairndesk.lib import clock

pytestmark = pytest.mark.django_db
Writes = Callable[..., Case]
INDEX = "c" * 32


@pytest.fixture
def writes(put: Callable[..., str], spool: Spool) -> Writes:
    """Rae's report is in; each call is one message behind her receipt."""
    put({"what": ["threatens"]}, done=True)
    put(kind=Kind.RECEIPT, receipt_index=INDEX, mailbox_public="d" * 64)
    jobs.drain(spool)

    def writing(text: str = NO_WORDS, **answers: object) -> Case:
        put(answers, kind=Kind.MESSAGE, receipt_index=INDEX, text=text)
        jobs.drain(spool)
        return Case.objects.get()

    return writing


def counted() -> dict[str, int]:
    return dict(FeltCount.objects.filter(count__gt=0).values_list("felt", "count"))


@pytest.mark.req("TRN-16")
def test_how_it_felt_is_sealed_counted_once_and_read_by_staff(writes: Writes, sam: Actor) -> None:
    writes(about="felt", felt="worse")
    assert counted() == {"worse": 1}
    # Who says it again has changed their mind, and is still one.
    case = writes("It is better now.", about="felt", felt="better")
    assert counted() == {"better": 1}
    assert {field.name for field in FeltCount._meta.get_fields()} == {"id", "organisation", "year", "felt", "count"}
    first, second = actions.read_messages(case=case, by=sam, now=clock.now())
    assert [(line.asked, line.answer) for line in first.lines] == [("How they feel since they told", "worse")]
    assert (first.words, second.words) == ("", "It is better now.")
    # Behind the receipt stand words only: an answer without any is not a message to read.
    assert [one.text for one in behind(case, Receipt.objects.get()).messages] == ["It is better now."]


def test_the_count_of_another_organisation_is_left_as_it_is(writes: Writes, two: Organisation) -> None:
    case = writes(about="felt", felt="worse")
    FeltCount.objects.create(organisation=two, year=clock.now().year, felt="worse", count=1)
    # Taken over since: what was said before was counted where the case came from.
    Case.objects.filter(pk=case.pk).update(organisation=two, opened_at=clock.now() + timedelta(minutes=1))
    writes(about="felt", felt="better")
    assert sorted(FeltCount.objects.values_list("organisation__slug", "felt", "count")) == [
        ("one", "worse", 1),
        ("two", "better", 1),
        ("two", "worse", 1),
    ]


@pytest.mark.parametrize("about", ["objection", "told"])
def test_the_same_words_about_something_else_are_not_the_same_page_sent_twice(writes: Writes, about: str) -> None:
    writes("You got it wrong.")
    for _ in range(2):
        case = writes("You got it wrong.", about=about)
    assert list(case.messages.order_by("pk").values_list("about", flat=True)) == ["", about]
    assert queries.objections(case) == (about == "objection")


@pytest.mark.parametrize(
    ("text", "answers", "stage"),
    [
        (NO_WORDS, {"about": "felt", "felt": "better"}, "closed"),
        (NO_WORDS, {"about": "felt", "felt": "worse"}, "queued"),
        ("Thank you.", {"about": "felt", "felt": "better"}, "queued"),
        ("You are wrong.", {"about": "objection"}, "closed"),
    ],
)
def test_a_finished_case_comes_back_for_whoever_has_more_to_say_and_not_for_an_objection(writes: Writes, text, answers, stage) -> None:  # type: ignore[no-untyped-def]
    Case.objects.update(stage=Stage.CLOSED, next_action_at=None)
    assert writes(text, **answers).stage == stage
    assert queries.objections(Case.objects.get()) == (answers["about"] == "objection")


@pytest.mark.req("INT-10")
def test_a_reporter_reads_a_day_for_what_comes_next_until_it_came(writes: Writes, ana: Actor, sam: Actor) -> None:
    case = writes()
    case.messages.all().delete()
    assert queries.promises_of(case) == (Promise("seen", case.due_at.date()),)
    case = writes("There is more.")
    assert queries.promises_of(case)[1] == Promise("read", (clock.now() + timedelta(days=2)).date())
    publish.publish_changes(now=clock.now())
    actions.read_messages(case=case, by=sam, now=clock.now())
    # The mailbox is laid out anew: what was promised came.
    assert Receipt.objects.get().published_at is None
    move(case=case, to=Stage.QUEUED, by=sam, now=NOON)
    claim(case=case, by=ana, now=clock.now())
    move(case=case, to=Stage.REVIEWING, by=ana, now=clock.now())
    assert queries.promises_of(case) == ()
    actions.tell_milestone(case=case, code="looking_again", by=sam, now=clock.now(), until=date(2026, 6, 1))
    assert [(one.code, one.by) for one in behind(case, Receipt.objects.get()).promises] == [("looked_again", date(2026, 6, 1))]
    actions.tell_milestone(case=case, code="looked_again", by=sam, now=clock.now())
    assert queries.promises_of(case) == ()


@pytest.mark.req("INT-10")
def test_words_beside_how_it_felt_are_promised_the_day_of_any_message_and_a_mark_that_is_well_promises_nothing(writes: Writes, sam: Actor) -> None:
    def promised(case: Case) -> list[Promise]:
        return [one for one in queries.promises_of(case) if one.code == "read"]

    case = writes(about="felt", felt="better")
    writes(about="felt", felt="better")
    assert (case.messages.count(), promised(case), queries.unread_messages(case)) == (1, [], 0)
    for text, felt in (("I still dream of it.", "better"), (NO_WORDS, "worse")):
        publish.publish_changes(now=clock.now())
        Case.objects.update(stage=Stage.ANSWERED)
        case = writes(text, about="felt", felt=felt)
        read = Promise("read", (clock.now() + queries.READ_WITHIN).date())
        # Somebody is brought to it, sees that it waits, and what is laid out behind the receipt names the day.
        assert (case.stage, queries.unread_messages(case)) == (Stage.QUEUED, 1)
        assert [one for one in behind(case, Receipt.objects.get()).promises if one.code == "read"] == [read]
        actions.read_messages(case=case, by=sam, now=clock.now())
        assert promised(case) == []


@pytest.mark.req("UXQ-09")
def test_only_who_asked_to_be_told_is_told_that_it_shows_up_again(writes: Writes, sam: Actor) -> None:
    case = writes()
    with pytest.raises(errors.NotAskedFor):
        actions.tell_seen_again(case=case, by=sam, now=NOON)
    case = writes(about="choices", again="yes")
    for later in (0, 5):
        actions.tell_seen_again(case=case, by=sam, now=NOON + timedelta(days=later))
    # The last time counts.
    assert case.milestones.get().at == NOON + timedelta(days=5)
    writes(about="choices", again="no")
    with pytest.raises(errors.NotAskedFor):
        actions.tell_seen_again(case=case, by=sam, now=NOON)


def test_a_private_key_in_a_message_opens_only_where_staff_ask_for_it(writes: Writes, sam: Actor) -> None:
    case = writes("Is this bad?\n-----BEGIN PRIVATE KEY-----\nabc")
    [said] = actions.read_messages(case=case, by=sam, now=clock.now())
    page = render_to_string("intake/conversation.html", {"case": case, "messages": [said], "has_way_back": True})
    assert page.index("<details><summary>A private key stands in this message") < page.index("-----BEGIN")
