"""Cases that hold nothing but what a list calls by one label wait together, where its owner lets one decision hold for all of them."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import count

import pytest
from django.test import Client
from django.urls import reverse
from tests.review.conftest import SEVERE
from tests.review.test_pages import Enter, enter
from tests.review.test_stacks import Report, ana, carried, classified, decide, report
from tests.support.cast import NOON, actor

from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import SYSTEM, Actor, Role
from cairndesk.cases.actions import Named, add_person
from cairndesk.cases.models import Case
from cairndesk.cases.rules import Stage
from cairndesk.review import actions, errors
from cairndesk.review.models import Classification
from cairndesk.review.queries.stacks import weigh
from cairndesk.review.rules import Look
from cairndesk.review.rules.mapping import Grade
from cairndesk.review.rules.stacks import Out, taken_over
from cairndesk.signals import shelf
from cairndesk.signals.actions import import_list
from cairndesk.signals.engine.identifiers import Kind, normalise
from cairndesk.signals.engine.lists import Row
from cairndesk.signals.models import HashList, ListEntry, Match
from cairndesk.signals.rules import MayLeadTo, Papers, Standing
from cairndesk.triage.actions import stacking, take_in
from cairndesk.triage.models import ListLead, Stacked
from cairndesk.triage.queries import waiting_under, wholly_listed

__all__ = ["ana", "enter", "report"]
pytestmark = [pytest.mark.django_db, pytest.mark.slow]
ADDRESSES = [f"https://pics.driftwood.example/album/{number}" for number in range(6)]
FIRST, SECOND, THIRD, GRAVER, ELSEWHERE, FIFTH = (Named("url", one) for one in ADDRESSES)
FILE = "a" * 64


@pytest.fixture
def take() -> Iterator[Callable[..., HashList]]:
    def taking(organisation: Organisation, *, may: MayLeadTo = MayLeadTo.BATCH, name: str = "Agreed list") -> HashList:
        dates = {"received_on": date(2026, 1, 1), "expires_on": date(2027, 1, 1)}
        papers = Papers(name=name, owner="Two", agreement="A-7", terms="Two people agreed.", provenance="Disk.", may_lead_to=may, **dates)
        labels = dict.fromkeys((*ADDRESSES[:3], ADDRESSES[5]), "A1") | {ADDRESSES[3]: "A2"}
        rows = [Row(place, (normalise(Kind.URL, one),), label=label) for place, (one, label) in enumerate(labels.items(), start=1)]
        rows.append(Row(9, (normalise(Kind.SHA256, FILE),), label="A1"))
        import_list(
            organisation=organisation.pk,
            papers=papers,
            rows=rows,
            by=actor(organisation, "Sam", Role.SUPERVISOR),
            now=NOON - timedelta(days=1),
        )
        return HashList.objects.get(organisation=organisation, name=name)

    yield taking
    shelf.of.cache_clear()


@pytest.fixture
def listed(take: Callable[..., HashList], one: Organisation) -> HashList:
    return take(one)


def outs(lead: Case) -> list[Out | None]:
    return [one.out for one in weigh(list(waiting_under(lead, by=SYSTEM)), lead=lead, now=NOON)]


def test_what_a_list_calls_the_same_waits_together_and_one_decision_holds_without_anything_being_shown(
    listed: HashList, report: Report, ana: Actor, enter: Enter, enrol: Callable[..., Person], one: Organisation
) -> None:
    lead = classified(report(FIRST), ana)
    alike, file, left = report(SECOND), report(Named("media", FILE, hash_kind="sha256")), report(THIRD)
    other = report(GRAVER)
    stood = Stacked.objects.order_by("case__opened_at").values_list("case", "lead", "because")
    assert list(stood) == [(case.pk, lead.pk, ["listed"]) for case in (alike, file, left)]
    browser: Client = enter(enrol(one, "Bea", Role.ANALYST))
    page = browser.get(reverse("review:stack", args=[lead.pk])).content.decode()
    assert "the list “Agreed list” calls both “A1”" in page
    assert other.number not in page
    done = decide(lead=lead, by=ana, now=NOON, without=[left.pk])
    assert carried(done.decision) == {alike.number: "followed", file.number: "followed", left.number: "left_out"}
    # What the label says is taken over, and nothing that was seen in another file.
    made = Classification.objects.get(case=alike)
    assert (made.severity, list(made.harms), made.taken_from.case) == ("c", ["material_distribution"], lead)
    assert {name: code for name, code in made.features.items() if code != "not_asked"} == {"shows_abuse": "yes", "novelty": "known"}
    assert alike.items.get().novelty == "known"
    alike.refresh_from_db()
    assert alike.stage == Stage.CLASSIFIED
    again = decide(lead=lead, by=ana, now=NOON, without=[])
    actions.take_back_decision(decision=again.decision, by=ana, now=NOON)
    assert Classification.objects.filter(case=left).count() == 0


def test_only_where_the_papers_say_so_and_nothing_else_is_held(take: Callable[..., HashList], report: Report, one: Organisation) -> None:
    for may in (MayLeadTo.LEAD, MayLeadTo.PRIORITY, MayLeadTo.ACTION):
        take(one, may=may, name=may)
    report(FIRST)
    report(SECOND)
    assert not Stacked.objects.exists()
    take(one)
    for named in ((SECOND, ELSEWHERE), (THIRD, GRAVER), (Named("account", "gull", service="harbour"),), (GRAVER, ELSEWHERE)):
        report(*named)
    assert "listed" not in {code for one in Stacked.objects.all() for code in one.because}
    assert not ListLead.objects.exists()
    lead, under = report(Named("media", FILE, hash_kind="sha256")), report(FIFTH, Named("account", "tern", service="harbour"))
    assert (Stacked.objects.get(case=under).lead, Stacked.objects.get(case=under).because) == (lead, ["listed"])


def test_a_case_of_another_house_is_not_alike(take: Callable[..., HashList], report: Report, one: Organisation, two: Organisation) -> None:
    take(one)
    take(two)
    report(FIRST)
    report(SECOND, to=two)
    assert not Stacked.objects.exists()
    assert ListLead.objects.count() == 2


@pytest.mark.parametrize("what", ["off", "over", "less", "rejected", "relabelled", "gone"])
def test_what_does_not_hold_any_more_holds_its_case_out(what: str, listed: HashList, report: Report, ana: Actor) -> None:
    lead, case = classified(report(FIRST), ana), report(SECOND)
    assert outs(lead) == [None]
    # The page is drawn, and then it changes.
    if what == "off":
        HashList.objects.update(is_on=False, off_because="person")
    elif what == "over":
        HashList.objects.update(expires_on=NOON.date())
    elif what == "less":
        HashList.objects.update(may_lead_to=MayLeadTo.ACTION)
    elif what == "rejected":
        Match.objects.filter(case=case.pk).update(standing=Standing.REJECTED, decided_at=NOON)
    elif what == "relabelled":
        ListEntry.objects.update(label="A2")
    else:
        ListEntry.objects.filter(value=ADDRESSES[1]).update(until=9)
    assert outs(lead) == [Out.NEW_SIGN]
    assert wholly_listed([case.pk], on=NOON.date())[case.pk] == ({(listed.pk, "A2"): -1} if what == "relabelled" else {})


def test_whoever_decides_for_what_changes_afterwards_finds_it_in_the_queue(listed: HashList, report: Report, ana: Actor) -> None:
    lead, case = classified(report(FIRST), ana), report(SECOND)
    done = decide(lead=lead, by=ana, now=NOON)
    ListEntry.objects.update(label="A2")
    assert carried(done.decision) == {case.number: "new_sign"}
    # The same label of another list is another label: the page said which list it was.
    take_in(case=case, now=NOON + timedelta(hours=1))
    assert ListLead.objects.get(label="A2").lead == case


@pytest.mark.parametrize("place", [0, 1])
def test_a_child_who_may_be_a_person_of_concern_and_what_a_child_told_is_read_by_itself(
    place: int, listed: HashList, report: Report, ana: Actor
) -> None:
    lead = report(FIRST)
    case, told = report(SECOND), report(THIRD, source="child")
    add_person(case=(lead, case)[place], role="person_of_concern", facts={"actor_age": "mixed_group"}, by=SYSTEM, now=NOON)
    assert outs(lead) == ([Out.NEW_SIGN, Out.NEW_SIGN], [Out.NEW_SIGN, Out.UNREAD])[place]
    assert wholly_listed([lead.pk, case.pk], on=NOON.date()).keys() == {(case, lead)[place].pk}
    assert told.stage == Stage.QUEUED


def test_where_a_child_may_be_a_person_of_concern_no_case_comes_under_and_the_next_one_leads(listed: HashList, report: Report) -> None:
    lead = report(FIRST)
    add_person(case=lead, role="person_of_concern", facts={"actor_age": "child"}, by=SYSTEM, now=NOON)
    case = report(SECOND)
    assert not Stacked.objects.exists()
    assert ListLead.objects.get().lead == case
    take_in(case=lead, now=NOON + timedelta(hours=1))
    assert not Stacked.objects.exists()
    assert Stacked.objects.get(case=report(THIRD)).lead == case


def test_where_people_saw_no_abuse_in_the_leading_case_none_that_nobody_looked_at_is_harmless_by_its_label(
    listed: HashList, report: Report, ana: Actor
) -> None:
    lead = report(FIRST)
    report(SECOND)
    assert outs(lead) == [None]
    actions.claim(case=lead, by=ana, now=NOON)
    actions.classify(case=lead, look=Look(features={"shows_abuse": "no"}, severity="none"), by=ana, now=NOON)
    lead.refresh_from_db()
    assert outs(lead) == [Out.NEW_SIGN]
    with pytest.raises(errors.NobodyFollows):
        decide(lead=lead, by=ana, now=NOON)


def test_who_came_first_while_two_took_up_a_label_goes_on_leading(listed: HashList, report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = report(FIRST), report(Named("account", "gull", service="harbour"), SECOND)
    ListLead.objects.update(lead=second)
    Case.objects.filter(pk=second.pk).update(erased_at=NOON)
    leads, asked = stacking._leads, count()

    def meanwhile(held: ListLead, now: datetime) -> bool:
        told = leads(held, now)
        if not next(asked):
            ListLead.objects.update(lead=first)
        return told

    monkeypatch.setattr(stacking, "_leads", meanwhile)
    case = report(THIRD)
    assert ListLead.objects.get().lead == first
    assert Stacked.objects.get(case=case).lead == first


def test_what_a_person_keeps_apart_stays_apart_and_what_leads_no_more_is_followed_by_the_next(listed: HashList, report: Report, ana: Actor) -> None:
    lead, case = report(FIRST), report(SECOND)
    actions.say_apart(one=case, other=lead, by=ana, now=NOON)
    assert not Stacked.objects.exists()
    Case.objects.filter(pk=lead.pk).update(erased_at=NOON)
    next_one, last = report(SECOND), report(THIRD)
    # The same address weighs more than the same label.
    assert Stacked.objects.get(case=next_one).because == ["url"]
    assert ListLead.objects.get().lead == last
    assert not Stacked.objects.filter(case=last).exists()
    assert Stacked.objects.get(case=report(FIRST)).lead == last


def test_a_label_takes_over_no_act_no_age_no_grade_of_another_scheme_and_no_harm_beyond_material() -> None:
    features = {"shows_abuse": "yes", "authenticity": "real", "age_band": "infant", "abuse_now": "yes"}
    seen = SEVERE.__class__(features, ("material_distribution", "sexual_extortion"), "a", grades=(Grade("industry", "1", ("a1",)),))
    look = taken_over(seen, ["listed"])
    assert (look.harms, look.severity, look.grades) == (("material_distribution",), "a", ())
    assert {name: code for name, code in look.features.items() if code != "not_asked"} == {"shows_abuse": "yes", "novelty": "known"}
    assert taken_over(seen, ["sha256", "listed"]).features["age_band"] == "infant"
