"""What a decision about a stack rests upon: what its page showed, what the leading case holds; and what it tells to nobody."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from tests.review.conftest import CLEAR, as_actor
from tests.review.test_coding import TRACES, Tell, at, browser, drawn, team, url
from tests.review.test_pages import Enter, enter
from tests.review.test_stacks import LINK, Report, ana, carried, classified, decide, hidden, report
from tests.support.cast import NOON

from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import SYSTEM, Actor, Role
from cairndesk.cases import queries as cases
from cairndesk.cases.actions import Named, add_person, move, take_sample
from cairndesk.cases.errors import NotDrawn
from cairndesk.cases.models import Case, Item
from cairndesk.cases.models import Report as Told
from cairndesk.cases.rules import Stage
from cairndesk.custody.queries import entries_about
from cairndesk.lib import clock
from cairndesk.review import actions, errors, jobs, queries
from cairndesk.review.actions import stacks
from cairndesk.review.actions.recording import write_down
from cairndesk.review.models import StackDecision
from cairndesk.review.queries.stacks import decisions_due
from cairndesk.review.rules.stacks import WORDS, Out, taken_over
from cairndesk.triage.models import Stacked

__all__ = ["ana", "at", "drawn", "enter", "report", "team"]
pytestmark = pytest.mark.django_db


@pytest.mark.slow
@pytest.mark.parametrize("further", ["web_page", "url", "listing"])
def test_whatever_shows_something_and_is_not_in_the_leading_case_holds_it_out(report: Report, ana: Actor, further: str) -> None:
    account = Named("account", "gull", service="harbour")
    lead = classified(report(account), ana)
    more, same = report(account, Named(further, "https://other.example/page/1")), report(account)
    assert Stacked.objects.get(case=more).lead == lead
    done = decide(lead=lead, by=ana, now=NOON)
    assert carried(done.decision) == {more.number: Out.NEW_SIGN, same.number: "followed"}
    assert set(more.items.filter(kind=further).values_list("realism", "novelty", "authenticity")) == {("not_asked",) * 3}


@pytest.mark.slow
def test_what_was_seen_is_written_onto_what_the_leading_case_holds_and_onto_nothing_else(report: Report, ana: Actor) -> None:
    file = Named("media", "a" * 64, hash_kind="sha256")
    case = report(file, Named("url", LINK))
    known, unseen = case.items.get(kind="media"), case.items.get(kind="url")
    write_down(case=case, look=taken_over(CLEAR, ["sha256"]), before=None, onto=[known.pk], by=SYSTEM, now=NOON)
    for item in (known, unseen):
        item.refresh_from_db()
    assert (known.realism, known.novelty) == ("photorealistic", "known")
    assert (unseen.realism, unseen.novelty) == ("not_asked", "not_asked")


@pytest.mark.slow
def test_what_came_in_or_changed_after_the_page_was_drawn_stays(report: Report, ana: Actor) -> None:
    lead, shown_at, later = classified(report(), ana), NOON + timedelta(minutes=1), NOON + timedelta(minutes=2)
    seen, told_more, taken_back = report(), report(), report(Named("url", LINK), Named("phone", "+31 6 5555"))
    came = report(at=later)
    Told.objects.filter(case=told_more).update(told_at=later)
    Item.everything.filter(case=taken_back, kind="phone").update(taken_back_at=later, taken_back_by=ana.pseudonym)
    done = decide(lead=lead, by=ana, shown_at=shown_at, now=later)
    changed = dict.fromkeys((one.number for one in (came, told_more, taken_back)), Out.CHANGED)
    assert carried(done.decision) == {seen.number: "followed", **changed}


@pytest.mark.slow
def test_another_classification_than_the_page_showed_is_refused(
    report: Report, enrol: Callable[..., Person], one: Organisation, enter: Enter
) -> None:
    anas = enter(person := enrol(one, "Ana", Role.ANALYST))
    lead, ana = classified(report(), as_actor(person)), as_actor(person)
    member, door = report(), reverse("review:stack-decide", args=[lead.pk])
    shown = hidden(anas.get(reverse("review:stack", args=[lead.pk])).content.decode())
    lead.refresh_from_db()
    move(case=lead, to=Stage.REVIEWING, by=ana, now=NOON)
    actions.claim(case=lead, by=ana, now=NOON)
    actions.classify(case=lead, look=replace(CLEAR, harms=()), note="Seen anew.", by=ana, now=NOON)
    refused = anas.post(door, {"decide": "take", **shown})
    assert (refused.status_code, "classified otherwise than the page said" in refused.content.decode()) == (409, True)
    for lacks in ({"taken": shown["taken"]}, {"since": shown["since"]}, {**shown, "since": "now"}, {**shown, "since": "2026-01-01"}):
        assert anas.post(door, {"decide": "take", **lacks}).status_code == 409
    late = report(at=clock.now())
    anew = anas.get(reverse("review:stack", args=[lead.pk]), {"since": shown["since"]}).content.decode()
    assert f"{late.number}</b> <b>Held out:</b> it came in or changed meanwhile." in anew
    assert not StackDecision.objects.exists()
    anas.post(door, {"decide": "take", **hidden(anew)})
    assert {one.case: one.why for one in StackDecision.objects.get().members.all()} == {member: "", late: Out.CHANGED}


@pytest.mark.slow
def test_neither_row_nor_log_says_where_a_child_is_a_person_of_concern(report: Report, ana: Actor) -> None:
    lead = classified(report(), ana)
    told = [report(), report(), report()]
    done = decide(lead=lead, by=ana, now=NOON)
    add_person(case=told[0], role="person_of_concern", facts={"actor_age": "child"}, by=SYSTEM, now=NOON)
    Told.objects.filter(case=told[1]).update(source="child")
    assert carried(done.decision) == {told[0].number: Out.UNREAD, told[1].number: Out.UNREAD, told[2].number: "followed"}
    logged = [[entry.detail for entry in entries_about(case.pk) if entry.event == "review.stack.left"] for case in told[:2]]
    assert logged[0] == logged[1] == [{"stack": str(done.decision.pk), "why": "unread"}]
    assert len({WORDS[why] for why in (Out.UNREAD, Out.CHILD_ACTOR, Out.TOLD_ITSELF)}) == 1


@pytest.mark.slow
def test_what_is_taken_back_in_the_moment_of_its_carrying_out_is_not_carried_out(report: Report, ana: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    lead, case = classified(report(), ana), report()
    done = decide(lead=lead, by=ana, now=NOON)
    read, weighing = decisions_due(now=done.decision.due_at).get(), stacks.weigh

    def taken_back_first(*args: Any, **more: Any) -> Any:
        done.decision.members.update(state="stayed", why=Out.TAKEN_BACK)
        return weighing(*args, **more)

    with monkeypatch.context() as patch:
        patch.setattr(stacks, "weigh", taken_back_first)
        actions.carry_out(decision=read, most=2, now=read.due_at)
    assert not case.classifications.exists(), "what was begun is undone where the member does not wait any more"
    done.decision.members.update(state="waits", why="")
    StackDecision.objects.update(withdrawn_at=NOON, done_at=None)
    actions.carry_out(decision=read, most=2, now=read.due_at)
    assert not case.classifications.exists()
    assert StackDecision.objects.get().done_at is None


@pytest.mark.slow
def test_nothing_is_taken_back_once_a_case_has_followed(report: Report, ana: Actor) -> None:
    lead = classified(report(), ana)
    report()
    report()
    done = decide(lead=lead, by=ana, now=NOON)
    actions.carry_out(decision=done.decision, most=1, now=done.decision.due_at)
    with pytest.raises(errors.TooLate):
        actions.take_back_decision(decision=done.decision, by=ana, now=NOON + timedelta(seconds=29))
    assert sorted(done.decision.members.values_list("state", flat=True)) == ["followed", "waits"]


@pytest.mark.slow
def test_nobody_reads_the_first_coding_in_a_case_that_took_it_over_and_then_codes_it_blind(
    drawn: Case, tell: Tell, team: dict[str, Person], at: datetime
) -> None:
    ana, ari, taken = as_actor(team["Ana"]), as_actor(team["Ari"]), queries.latest(drawn)
    assert taken is not None
    alike = tell(at=at)
    Stacked.objects.update_or_create(case=alike, defaults={"lead": drawn, "because": ["url"], "at": at})
    done = actions.decide_stack(lead=drawn, shown_at=at, shown=taken.pk, by=ana, now=at)
    assert cases.is_veiled(ari, drawn), "nothing has happened yet"
    actions.carry_out(decision=done.decision, most=2, now=done.decision.due_at)
    read = browser(team["Ari"]).get(url("case", alike)).content.decode()
    assert TRACES[2] in read
    with pytest.raises(NotDrawn):
        take_sample(case=drawn, by=ari, now=at)
    assert not cases.is_veiled(ari, Case.objects.get(pk=drawn.pk))
    assert cases.samples_for(ari, now=at) == []
    assert [line.event for line in entries_about(drawn.pk)].count("cases.coding.given_up") == 1


@pytest.mark.slow
def test_one_case_that_cannot_be_recorded_holds_up_no_other_and_no_other_decision(
    report: Report, ana: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead, broken, sound = classified(report(), ana), report(), report()
    other_lead = classified(report(Named("phone", "+31 6 7777")), ana)
    later = report(Named("phone", "+31 6 7777"))
    done, after = decide(lead=lead, by=ana, now=NOON), decide(lead=other_lead, by=ana, now=NOON)
    writing = stacks.lay_down

    def failing(case: Case, *args: Any, **more: Any) -> Any:
        if case.pk == broken.pk:
            raise ValueError
        return writing(case, *args, **more)

    monkeypatch.setattr(stacks, "lay_down", failing)
    monkeypatch.setattr(clock, "now", lambda: done.decision.due_at)
    assert jobs.carry_out() == 3
    assert {one.case: one.why for one in done.decision.members.all()} == {broken: Out.REFUSED, sound: ""}
    assert {one.case: one.state for one in after.decision.members.all()} == {later: "followed"}
    assert Case.objects.get(pk=broken.pk).stage == Stage.QUEUED
    assert jobs.carry_out() == 0


@pytest.mark.slow
def test_a_decision_that_fails_as_a_whole_holds_up_no_other(report: Report, ana: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    lead, _ = classified(report(), ana), report()
    other_lead, later = classified(report(Named("phone", "+31 6 7777")), ana), report(Named("phone", "+31 6 7777"))
    done, after = decide(lead=lead, by=ana, now=NOON), decide(lead=other_lead, by=ana, now=NOON)
    StackDecision.objects.filter(pk=done.decision.pk).update(proof="no such")
    monkeypatch.setattr(clock, "now", lambda: done.decision.due_at)
    assert jobs.carry_out() == 1
    assert {one.case: one.state for one in after.decision.members.all()} == {later: "followed"}
