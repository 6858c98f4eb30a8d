"""Stacks: what is alike waits together; one decision holds for all of it but what is held out, left out or changed."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.review.conftest import CLEAR, SEVERE, as_actor
from tests.review.test_pages import Enter, enter
from tests.support.cast import NOON
from tests.support.counted import count_rows

from cairndesk.accounts.errors import NotPermitted, OtherOrganisation
from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import SYSTEM, Actor, Role
from cairndesk.cases.actions import Named, ReportFacts, add_item, add_person, move, open_case
from cairndesk.cases.models import Case, CaseLink
from cairndesk.cases.rules import Stage
from cairndesk.custody.queries import entries_about
from cairndesk.custody.reach import rows_below, sealed_below
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.lib import clock
from cairndesk.response.queries import APART
from cairndesk.review import actions, errors, jobs
from cairndesk.review.models import Classification, StackDecision
from cairndesk.review.queries.stacks import decisions_due, standing
from cairndesk.review.rules.stacks import Out
from cairndesk.triage.actions import take_in
from cairndesk.triage.models import Stacked

__all__ = ["enter"]
pytestmark = pytest.mark.django_db
LINK = "https://pics.driftwood.example/album/5512"
Report = Callable[..., Case]


@pytest.fixture
def report(ring: Keyring, one: Organisation) -> Report:
    """A case about an address, as a platform reports it, in the queue."""
    clocks = (NOON - timedelta(hours=1) + timedelta(seconds=second) for second in count())

    def reporting(*named: Named, at: datetime | None = None, source: str = "platform", danger: str = "not_now", to: Organisation = one) -> Case:
        now, told = danger == "happening_now", {"answers": {"what": ["found"], "danger": [danger]}}
        facts = ReportFacts(
            source=source, channel="api", path="friend", language="en", told=told, is_emergency=now, named=named or (Named("url", LINK),)
        )
        at = at or next(clocks)
        case = open_case(organisation=to, report=facts, by=SYSTEM, now=at)
        take_in(case=case, now=at)
        return case

    return reporting


@pytest.fixture
def ana(enrol: Callable[..., Person], one: Organisation) -> Actor:
    return as_actor(enrol(one, "Ana", Role.ANALYST))


def classified(case: Case, by: Actor) -> Case:
    actions.claim(case=case, by=by, now=NOON)
    actions.classify(case=case, look=CLEAR, by=by, now=NOON)
    return case


def decide(*, lead: Case, by: Actor, now: datetime, shown_at: datetime | None = None, **more: Any) -> actions.Decided:
    """What whoever sees the stack as it stands decides."""
    taken = standing(Case.objects.get(pk=lead.pk))
    return actions.decide_stack(lead=lead, shown_at=shown_at or now, shown=taken.pk if taken else None, by=by, now=now, **more)


def hidden(page: str) -> dict[str, str]:
    """What the form of a stack says of the page that was drawn."""
    return dict(re.findall(r'type="hidden" name="(since|taken)" value="([^"]+)"', page))


def carried(decision: StackDecision) -> dict[str, str]:
    """By the number of each case: that it followed, or why it stayed."""
    later = decision.due_at
    while actions.carry_out(decision=decisions_due(now=later).get(), most=2, now=later) == 2:
        pass
    return {one.case.number: one.why or one.state for one in decision.members.select_related("case")}


@pytest.mark.slow
def test_what_shares_something_telling_stands_under_the_earliest_and_says_why(report: Report) -> None:
    lead = report(Named("url", LINK), Named("wallet", "0x" + "ab" * 20))
    same, wallet, other = report(), report(Named("wallet", "0x" + "AB" * 20)), report(Named("url", "https://pics.driftwood.example/album/1"))
    stood = [(one.case, one.lead, one.because) for one in Stacked.objects.order_by("case__opened_at")]
    assert stood == [(same, lead, ["url"]), (wallet, lead, ["wallet"])]
    assert other.pk not in Stacked.objects.values_list("case", flat=True), "a site alone says nothing"
    # What stands under another leads nobody, so that every member is like the leading case itself.
    bridge = report(Named("url", LINK), Named("phone", "+31 6 1234"))
    last = report(Named("phone", "0031 6 1234"))
    assert Stacked.objects.get(case=bridge).lead == lead
    assert not Stacked.objects.filter(case=last).exists()


@pytest.mark.slow
def test_nothing_of_another_organisation_is_alike(report: Report, two: Organisation) -> None:
    report()
    report(to=two)
    assert not Stacked.objects.exists()


@pytest.mark.slow
def test_the_account_of_a_child_who_is_a_person_of_concern_puts_no_case_under_another(report: Report, ana: Actor) -> None:
    lead = report(Named("account", "gull", service="harbour"))
    add_person(case=lead, role="person_of_concern", facts={"actor_age": "child"}, by=SYSTEM, now=NOON)
    report(Named("account", "gull", service="harbour"))
    assert not Stacked.objects.exists()


@pytest.mark.slow
def test_what_is_the_same_in_every_way_that_can_be_told_follows_and_all_its_reasons_are_kept(report: Report, ana: Actor) -> None:
    hashes = [Named("media", digit * length, hash_kind=kind) for kind, digit, length in (("sha256", "a", 64), ("sha1", "b", 40), ("md5", "c", 32))]
    others = [Named("account", "gull", service="harbour"), Named("email", "gull@chat.example"), Named("phone", "+31 6 1234")]
    named = [*hashes, Named("url", LINK), *others, Named("wallet", "0x" + "ab" * 20)]
    lead = classified(report(*named), ana)
    same = report(*named)
    done = decide(lead=lead, by=ana, now=NOON)
    assert carried(done.decision) == {same.number: "followed"}
    [member] = done.decision.members.all()
    assert member.because == ["sha256", "sha1", "md5", "url", "account", "email", "phone", "wallet"]
    [kept] = [entry for entry in entries_about(same.pk) if entry.event == "review.stack.followed"]
    assert "because" not in kept.detail, "what the log keeps outlives what was told"


@pytest.mark.slow
def test_one_decision_takes_a_classification_over_and_each_case_says_from_where(report: Report, ana: Actor) -> None:
    lead = classified(report(), ana)
    members = [report() for _ in range(3)]
    left = members.pop()
    done = decide(lead=lead, without=[left.pk], by=ana, now=NOON)
    assert (done.follow, done.stay) == (2, 1)
    assert {Case.objects.get(pk=one.pk).stage for one in members} == {Stage.QUEUED}, "nothing happens before it can be taken back no more"
    assert not decisions_due(now=NOON + timedelta(seconds=29))
    assert carried(done.decision) == {**{one.number: "followed" for one in members}, left.number: Out.LEFT_OUT}
    for one in members:
        one.refresh_from_db()
        [made] = one.classifications.all()
        assert (one.stage, made.taken_from, made.severity, made.harms, made.asks) == (
            "classified",
            lead.classifications.get(),
            "c",
            ["material_distribution"],
            [],
        )
        [kept] = [entry for entry in entries_about(one.pk) if entry.event == "review.stack.followed"]
        assert kept.detail == {"stack": str(done.decision.pk), "lead": str(lead.pk)}
        assert kept.actor == ana.pseudonym
    left.refresh_from_db()
    assert (left.stage, left.classifications.count()) == (Stage.QUEUED, 0)


@pytest.mark.slow
def test_what_may_not_wait_is_held_out_by_rule_and_says_so(report: Report, ana: Actor) -> None:
    lead = classified(report(), ana)
    held = {
        report(danger="happening_now"): Out.EMERGENCY,
        report(danger="deadline"): Out.DANGER,
        report(source="child"): Out.UNREAD,
        (claimed := report()): None,
        (concerned := report()): Out.UNREAD,
        (new := report()): Out.NEW_SIGN,
    }
    actions.claim(case=claimed, by=ana, now=NOON)
    add_person(case=concerned, role="person_of_concern", facts={"actor_age": "child"}, by=SYSTEM, now=NOON)
    add_item(case=new, kind="media", identifier="ab" * 32, facts={"hash_kind": "sha256"}, by=SYSTEM, now=NOON)
    with pytest.raises(errors.NobodyFollows):
        decide(lead=lead, by=ana, now=NOON)
    follows = report()
    done = decide(lead=lead, by=ana, now=NOON)
    said = carried(done.decision)
    assert said == {**{one.number: why for one, why in held.items() if why}, follows.number: "followed"}
    assert claimed.number not in said, "what somebody has taken does not wait in the stack"


@pytest.mark.slow
def test_what_changes_before_it_is_carried_out_stays_and_is_named(report: Report, ana: Actor) -> None:
    lead = classified(report(), ana)
    told_more, taken, follows = report(), report(), report()
    done = decide(lead=lead, by=ana, now=NOON)
    add_item(case=told_more, kind="phone", identifier="+31 6 5555", by=SYSTEM, now=NOON)
    actions.claim(case=taken, by=ana, now=NOON)
    assert carried(done.decision) == {told_more.number: Out.CHANGED, taken.number: Out.MOVED_ON, follows.number: "followed"}
    assert [entry.detail["why"] for entry in entries_about(told_more.pk) if entry.event == "review.stack.left"] == [Out.CHANGED]


@pytest.mark.slow
def test_whoever_may_not_classify_any_more_has_decided_nothing(report: Report, ana: Actor) -> None:
    lead = classified(report(), ana)
    report()
    done = decide(lead=lead, by=ana, now=NOON)
    Person.objects.update(is_active=False)
    assert set(carried(done.decision).values()) == {Out.NOT_ALLOWED}


@pytest.mark.slow
def test_a_decision_is_taken_back_within_thirty_seconds_and_by_whoever_made_it(report: Report, ana: Actor, sam: Actor) -> None:
    lead = classified(report(), ana)
    report()
    done = decide(lead=lead, by=ana, now=NOON)
    with pytest.raises(errors.TooLate):
        actions.take_back_decision(decision=done.decision, by=sam, now=NOON)
    with pytest.raises(errors.TooLate):
        actions.take_back_decision(decision=done.decision, by=ana, now=done.decision.due_at)
    actions.take_back_decision(decision=done.decision, by=ana, now=NOON + timedelta(seconds=29))
    assert not decisions_due(now=NOON + timedelta(days=1))
    assert decide(lead=lead, by=ana, now=NOON).follow == 1, "it waits for another decision"


@pytest.mark.slow
def test_only_what_stands_is_taken_over(report: Report, ana: Actor, cal: Actor, ola: Actor) -> None:
    lead = report()
    report()
    for by in (cal, ola):
        with pytest.raises((NotPermitted, OtherOrganisation)):
            decide(lead=lead, by=by, now=NOON)
    with pytest.raises(errors.NothingToTakeOver):
        decide(lead=lead, by=ana, now=NOON)
    actions.claim(case=lead, by=ana, now=NOON)
    actions.classify(case=lead, look=SEVERE, by=ana, now=NOON)
    with pytest.raises(errors.NothingToTakeOver):
        decide(lead=lead, by=ana, now=NOON)


@pytest.mark.slow
def test_two_decisions_about_one_case_are_not_both_carried_out(report: Report, ana: Actor, sam: Actor) -> None:
    lead = classified(report(), ana)
    case = report()
    decide(lead=lead, by=ana, now=NOON)
    with pytest.raises(errors.NobodyFollows):
        decide(lead=lead, kind="same_event", by=ana, now=NOON)
    assert [one.why for one in case.stack_memberships.all()] == [""]


@pytest.mark.slow
def test_the_pages_say_how_many_wait_let_ticks_off_and_undo(
    report: Report, enrol: Callable[..., Person], one: Organisation, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cairndesk.review.views.stacks.A_PAGE", 2)
    anas = enter(person := enrol(one, "Ana", Role.ANALYST))
    lead = classified(report(), as_actor(person))
    members = [report(at=NOON + timedelta(minutes=minute)) for minute in range(3)]
    assert "3 alike</b> wait here" in anas.get(reverse("triage:queue", args=["acting"])).content.decode()
    assert "3 alike wait here" in anas.get(reverse("review:case", args=[lead.pk])).content.decode()
    assert "2 alike wait here</b>, under an earlier case" in anas.get(reverse("review:case", args=[members[0].pk])).content.decode()
    listed = anas.get(reverse("review:stacks")).content.decode()
    assert listed.index("Decided already") < listed.index(lead.number) < listed.index("Not decided yet")
    page = anas.get(reverse("review:stack", args=[lead.pk])).content.decode()
    assert len(re.findall(r'name="member" value="[^"]+" checked', page)) == 2
    assert "Here because of the same address." in page
    assert "pics.driftwood" not in page
    door, shown, drawn = reverse("review:stack-decide", args=[lead.pk]), [str(members[0].pk), str(members[1].pk)], hidden(page)
    onward = anas.post(door, {"shown": shown, "member": shown[1:], "page": "2", **drawn})
    assert "?page=2&" in onward.headers["Location"]
    second = anas.get(onward.headers["Location"]).content.decode()
    assert f'value="{members[2].pk}" checked' in second
    assert hidden(second) == drawn, "it holds for what stood there when the first page was drawn"
    done = anas.post(door, {"shown": [str(members[2].pk)], "member": [str(members[2].pk)], "decide": "take", **drawn}, follow=True).content.decode()
    assert f"2 cases will be classified like case {lead.number}. 1 stay in the queue." in done
    assert "Take it back" in done
    assert f"{members[0].number}</a>: it was left out" in done
    [decision] = StackDecision.objects.all()
    back = anas.post(reverse("review:stack-take-back", args=[decision.pk]), follow=True).content.decode()
    assert "Nothing was changed in any case." in back
    assert "Taken back in time." in back
    anas.post(door, {"decide": "take", **drawn})
    StackDecision.objects.update(due_at=clock.now())
    assert (jobs.carry_out(), jobs.carry_out()) == (3, 0)
    again = anas.get(reverse("review:case", args=[members[0].pk])).content.decode()
    assert f"taken over from case {lead.number}" in again
    assert "Decided together with a case that is like it" in again


@pytest.mark.slow
def test_what_is_erased_of_the_leading_case_takes_nothing_of_those_that_followed(report: Report, ana: Actor, sam: Actor) -> None:
    lead, case = classified(report(), ana), report()
    carried(decide(lead=lead, by=ana, now=NOON).decision)
    case.refresh_from_db()
    move(case=case, to=Stage.REVIEWING, by=ana, now=NOON)
    actions.claim(case=case, by=ana, now=NOON)
    actions.classify(case=case, look=CLEAR, note="Seen anew.", by=ana, now=NOON)
    below = sealed_below(lead, apart=APART)
    assert below
    assert not below & sealed_below(case, apart=APART)
    assert not rows_below(lead, apart=APART)[Classification] & set(case.classifications.values_list("pk", flat=True))


@pytest.mark.slow
def test_linking_a_stack_leaves_its_cases_in_the_queue(report: Report, ana: Actor) -> None:
    lead, case = report(), report()
    done = decide(lead=lead, kind="same_event", by=ana, now=NOON)
    assert carried(done.decision) == {case.number: "followed"}
    [link] = CaseLink.objects.all()
    assert {link.earlier, link.later} == {lead, case}
    case.refresh_from_db()
    assert case.stage == Stage.QUEUED


@pytest.mark.slow
def test_what_a_person_keeps_apart_waits_under_it_no_more_and_is_not_suggested(
    report: Report, enrol: Callable[..., Person], one: Organisation, enter: Enter
) -> None:
    anas: Client = enter(enrol(one, "Ana", Role.ANALYST))
    lead, case = report(), report()
    page = anas.get(reverse("review:case", args=[case.pk])).content.decode()
    assert f"Keep {lead.number} apart" in page
    said = anas.post(reverse("review:apart", args=[case.pk, lead.pk]), follow=True).content.decode()
    assert "are kept apart" in said
    assert f"Link with {lead.number}" not in said
    assert not Stacked.objects.exists()
    take_in(case=case, now=NOON)
    assert not Stacked.objects.exists()
    for one_of_them in (lead, case):
        assert [entry.event for entry in entries_about(one_of_them.pk)].count("cases.cases.kept_apart") == 1
    anas.post(reverse("review:link", args=[case.pk, lead.pk]), {"kind": "same_event"})
    take_in(case=case, now=NOON)
    assert Stacked.objects.get().lead == lead


@pytest.mark.slow
def test_a_stack_of_ten_thousand_is_shown_decided_and_taken_back_in_few_statements(
    report: Report, enrol: Callable[..., Person], one: Organisation, enter: Enter, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    person = enrol(one, "Ana", Role.ANALYST)
    ana, anas = as_actor(person), enter(person)
    lead = classified(report(), ana)
    clocks = {"opened_at": NOON, "stage_since": NOON, "due_at": NOON, "next_action_at": NOON}
    rows = [Case(number=f"T{place:05}", organisation=one, stage=Stage.QUEUED, priority=4, **clocks) for place in range(10_000)]
    Case.objects.bulk_create(rows, batch_size=500)
    Stacked.objects.bulk_create([Stacked(case=row, lead=lead, because=["url"], at=NOON) for row in rows], batch_size=500)
    count_rows()
    with django_assert_max_num_queries(30):
        assert "10000 alike wait" in anas.get(reverse("review:stack", args=[lead.pk]), {"page": "150"}).content.decode()
    with django_assert_max_num_queries(30):
        assert "10000 alike</b> wait" in anas.get(reverse("triage:queue", args=["acting"])).content.decode()
    with django_assert_max_num_queries(30):
        assert ">10000</td>" in anas.get(reverse("review:stacks")).content.decode()
    with django_assert_max_num_queries(400):
        done = decide(lead=lead, by=ana, now=NOON)
    assert done.follow == 10_000
    with django_assert_max_num_queries(20):
        actions.take_back_decision(decision=done.decision, by=ana, now=NOON)
    assert done.decision.members.filter(why="taken_back").count() == 10_000
    done = decide(lead=lead, by=ana, now=NOON)
    assert actions.carry_out(decision=done.decision, most=5, now=done.decision.due_at) == 5
    assert done.decision.members.filter(state="waits").count() == 9_995
