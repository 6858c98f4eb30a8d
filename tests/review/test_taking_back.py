"""Whoever classified takes it back within thirty seconds: the case is as it was, and the record keeps both."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.review.conftest import CLEAR, NOON, SEVERE
from tests.review.test_pages import FORM, Tell, anas, at, enter, url
from tests.review.test_publishing import first_of, keeping, own
from tests.signals.test_false_matches import file
from tests.support.threads import in_threads, shared_database
from tests.support.two_people import approved

from cairndesk.accounts import undo
from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor
from cairndesk.cases.actions import add_item, add_person, amend_incident, amend_item, amend_person, code_harm, describe_incident, withdraw_harm
from cairndesk.cases.models import Case, CasePerson, HarmCode, Incident, Item
from cairndesk.cases.queries import case_facts
from cairndesk.cases.rules import Stage
from cairndesk.custody.queries import entries_about
from cairndesk.insight.queries.dimensions import severity
from cairndesk.lib import clock
from cairndesk.lib.errors import DeskError
from cairndesk.response import actions as response
from cairndesk.response import jobs
from cairndesk.response.models import PlanStep
from cairndesk.response.queries import without_a_plan
from cairndesk.review import actions, queries
from cairndesk.review.errors import StandsByNow
from cairndesk.review.models import Classification, TakeBack
from cairndesk.review.rules import Look
from cairndesk.signals import walled
from cairndesk.triage.actions import take_in

__all__ = ["anas", "at", "enter", "keeping", "own"]
pytestmark = [pytest.mark.django_db, pytest.mark.slow]
SOON, LATE = NOON + undo.window() / 2, NOON + undo.window()
SAYS = {
    "self_harm": "yes",
    "setting": "online",
    "age_band": "age_3_6",
    "actor_age": "child",
    "relation": "peer",
    "novelty": "new",
    "ai_technique": "nudify",
}
LOOK = Look(features={**CLEAR.features, **SAYS}, harms=("material_distribution", "onward_sharing"), severity="c")


def classified(case: Case, ana: Actor, look: Look = CLEAR, now: datetime = NOON, **more: Any) -> Classification:
    return actions.classify(case=case, look=look, by=ana, now=now, **more)


def take_back(case: Case, by: Actor, now: datetime = SOON) -> Case:
    return response.take_back_classification(case=case, by=by, now=now)


def recorded(case: Case) -> dict[str, Any]:
    """Everything that a classification writes down, as it stands: the rows without when they were written."""
    incident, of = case.incidents.first(), Item.objects.filter(case=case).order_by("added_at", "pk")
    harms = HarmCode.objects.filter(incident__case=case).order_by("harm", "actor")
    return {
        "facts": case_facts(Case.objects.get(pk=case.pk)),
        "incident": [getattr(incident, name) for name in ("self_harm", "setting", "abuse_now")] if incident else [],
        "harms": [(one.harm, one.actor_id, one.is_lead, sorted(one.acts.values_list("act", flat=True))) for one in harms],
        "people": [(one.pk, one.apparent_age, one.actor_age, one.relation) for one in CasePerson.objects.filter(case=case).order_by("added_at")],
        "items": [(one.novelty, one.authenticity, one.realism, sorted(one.marks.values_list("mark", flat=True))) for one in of],
    }


def test_the_case_is_reviewed_by_the_same_person_again_and_nothing_counts_of_it(held: Case, ana: Actor) -> None:
    first = classified(held, ana)
    assert held.stage == Stage.CLASSIFIED
    take_back(held, ana)
    assert (held.stage, held.claimed_by) == (Stage.REVIEWING, ana.pseudonym)
    assert (queries.latest(held), queries.verdicts_of(held), list(held.classifications.all())) == (None, {}, [])
    assert Case.objects.annotate(grade=severity()).get(pk=held.pk).grade is None
    # The record keeps both.
    assert list(Classification.everything.filter(case=held)) == [first]
    events = [line.event for line in entries_about(held.pk)]
    assert "review.case.classified" in events
    assert events.count("review.classification.taken_back") == 1
    # It is classified like one that never was: without words on why anew, as the second version.
    again = classified(held, ana, SEVERE, LATE)
    assert (again.version, queries.latest(held), held.stage) == (2, again, Stage.SECOND_LOOK)


def test_what_a_second_person_would_look_at_is_taken_back_as_well(held: Case, ana: Actor, sam: Actor) -> None:
    classified(held, ana, SEVERE)
    assert held in queries.waiting_for_look(by=sam)
    take_back(held, ana)
    assert (held.stage, queries.waiting_for_look(by=sam)) == (Stage.REVIEWING, [])


@pytest.mark.parametrize("known", [False, True], ids=["nothing was recorded", "something was recorded"])
def test_what_was_written_into_the_records_stands_as_it_stood(held: Case, ana: Actor, *, known: bool) -> None:
    add_item(case=held, kind="url", identifier="https://pictures.example/a", facts={"novelty": "unknown"}, by=ana, now=NOON)
    add_item(case=held, kind="url", identifier="https://pictures.example/b", by=ana, now=NOON)
    if known:
        incident = describe_incident(case=held, facts={"setting": "in_person", "self_harm": "no"}, by=ana, now=NOON)
        code_harm(incident=incident, harm="threat_to_share", by=ana, now=NOON)
        add_person(case=held, role="person_of_concern", facts={"actor_age": "adult"}, by=ana, now=NOON)
    before = recorded(held)
    classified(held, ana, LOOK)
    assert recorded(held) != before
    take_back(held, ana)
    after = recorded(held)
    if not known:
        # That something happened stays said, and nothing of what it was.
        assert after.pop("incident") == ["not_asked"] * 3
        assert (before.pop("incident"), Incident.objects.filter(case=held).count()) == ([], 1)
    assert after == before


def test_what_another_classification_had_coded_is_coded_again(held: Case, ana: Actor) -> None:
    classified(held, ana, LOOK)
    Case.objects.filter(pk=held.pk).update(stage=Stage.REVIEWING, claimed_by=ana.pseudonym)
    harm = HarmCode.objects.get(incident__case=held, harm="onward_sharing")
    code_harm(incident=harm.incident, harm="onward_sharing", acts=["distribute"], by=ana, now=LATE)
    before, held = recorded(held), Case.objects.get(pk=held.pk)
    classified(held, ana, CLEAR, LATE, note="Seen again.")
    assert recorded(held)["harms"] != before["harms"]
    take_back(held, ana, LATE + timedelta(seconds=1))
    assert recorded(held) == before
    assert queries.latest(held).version == 1  # type: ignore[union-attr]


def test_what_a_colleague_recorded_since_stands_and_rings_on(held: Case, ana: Actor, sam: Actor) -> None:
    described = describe_incident(case=held, facts={"setting": "in_person"}, by=ana, now=NOON)
    code_harm(incident=described, harm="threat_to_share", by=ana, now=NOON)
    add_person(case=held, role="person_of_concern", facts={"relation": "stranger"}, by=ana, now=NOON)
    item, other = (add_item(case=held, kind="url", identifier=f"https://pictures.example/{name}", by=ana, now=NOON) for name in "ab")
    says = {"abuse_now": "no", "setting": "online", "actor_age": "adult", "relation": "peer", "novelty": "known", "age_band": "age_13_15"}
    classified(held, ana, replace(LOOK, features={**CLEAR.features, **says}))
    since: dict[str, Any] = {"by": sam, "now": SOON}
    incident = held.incidents.get()
    amend_incident(incident=incident, facts={"abuse_now": "yes"}, **since)
    amend_person(person=held.people.get(roles__role="person_of_concern"), facts={"actor_age": "child"}, **since)
    child = amend_person(person=held.people.get(roles__role="child"), facts={"stated_age": "age_11_12"}, **since)
    amend_item(item=Item.objects.get(pk=item.pk), facts={"novelty": "new"}, **since)
    code_harm(incident=incident, harm="onward_sharing", acts=["distribute"], **since)
    withdraw_harm(harm=incident.harms.get(harm="threat_to_share"), **since)
    take_in(case=Case.objects.get(pk=held.pk), now=SOON)
    assert Case.objects.get(pk=held.pk).is_emergency
    take_back(held, ana, SOON)
    assert (held.is_emergency, held.priority, held.incidents.get().abuse_now, held.incidents.get().setting) == (True, 1, "yes", "in_person")
    concerned = held.people.get(roles__role="person_of_concern")
    assert (concerned.actor_age, concerned.relation, concerned.may_match) == ("child", "stranger", False)
    child.refresh_from_db()
    assert (child.stated_age, child.apparent_age, child.taken_back_at) == ("age_11_12", "not_asked", None)
    assert [one.novelty for one in (Item.objects.get(pk=item.pk), Item.objects.get(pk=other.pk))] == ["new", "not_asked"]
    assert set(held.incidents.get().harms.values_list("harm", flat=True)) == {"onward_sharing"}


def test_the_plan_that_was_proposed_upon_it_goes_and_comes_with_the_next(held: Case, ana: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cairndesk.lib.clock.now", lambda: SOON)
    classified(held, ana)
    assert jobs.propose() == 1
    assert PlanStep.objects.filter(case=held).exists()
    take_back(held, ana)
    assert not PlanStep.objects.filter(case=held).exists()
    assert held not in without_a_plan()
    classified(held, ana, now=LATE)
    assert jobs.propose() == 1


def test_once_a_step_was_approved_or_prepared_it_stands(held: Case, ana: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cairndesk.lib.clock.now", lambda: SOON)
    classified(held, ana)
    jobs.propose()
    PlanStep.objects.filter(case=held).update(approved_at=SOON)
    with pytest.raises(StandsByNow):
        take_back(held, ana)
    PlanStep.objects.filter(case=held).update(approved_at=None)
    Case.objects.filter(pk=held.pk).update(stage=Stage.ACTING)
    with pytest.raises(StandsByNow):
        take_back(held, ana)
    held.refresh_from_db()
    assert (held.stage, queries.latest(held) is not None) == (Stage.ACTING, True)


def test_it_stands_once_its_time_is_over_for_anybody_else_and_after_a_second_look(held: Case, ana: Actor, sam: Actor) -> None:
    classified(held, ana, SEVERE)
    for by, now in ((ana, LATE), (sam, SOON)):
        with pytest.raises(StandsByNow):
            take_back(held, by, now)
    actions.give_second_look(case=held, look=SEVERE, agrees=True, by=sam, now=SOON)
    with pytest.raises(StandsByNow):
        take_back(held, ana)
    assert held.stage == Stage.CLASSIFIED
    # What can no more be used is not kept.
    assert TakeBack.objects.count() == 1


def test_deciding_between_two_views_is_not_taken_back(held: Case, ana: Actor, sam: Actor) -> None:
    classified(held, ana, SEVERE)
    actions.give_second_look(case=held, look=CLEAR, agrees=False, by=sam, now=SOON, note="It is less.")
    other = replace(sam, pseudonym="another")
    actions.claim(case=held, by=other, now=SOON)
    classified(held, other, CLEAR, SOON, note="The second is right.")
    with pytest.raises(StandsByNow):
        take_back(held, other)


def test_nobody_is_asked_to_publish_by_it_any_more(
    tell: Tell, keeping: Organisation, own: object, ana: Actor, sam: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walled, "hash_media", file)
    now = clock.now()
    case = actions.claim(case=tell(at=now), by=ana, now=now)
    actions.hand_over(case=case, data=b"file", by=ana, now=now)
    classified(case, ana, SEVERE, now, publish=[first_of(case).pk])
    assert len(queries.publications_of(case, now=now)) == 1
    take_back(case, ana, now)
    assert queries.publications_of(case, now=now) == []
    # What another person has published stands, and so does why.
    classified(case, ana, SEVERE, now, publish=[first_of(case).pk])
    approved(queries.publications_of(case, now=now)[0], sam)
    with pytest.raises(StandsByNow):
        take_back(case, ana, now)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_it_back_and_look_at_it_in_the_same_moment_one_wins(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    def begins() -> tuple[Case, Actor, Actor]:
        held, ana, sam = (request.getfixturevalue(name) for name in ("held", "ana", "sam"))
        classified(held, ana, SEVERE)
        return held, ana, sam

    def tried(act: Callable[[], object]) -> Callable[[], bool]:
        def trying() -> bool:
            try:
                act()
            except DeskError:
                return False
            return True

        return trying

    with shared_database(tmp_path):
        [(case, ana, sam)] = in_threads(begins)
        won = in_threads(
            tried(lambda: take_back(Case.objects.get(pk=case.pk), ana)),
            tried(lambda: actions.give_second_look(case=Case.objects.get(pk=case.pk), look=SEVERE, agrees=True, by=sam, now=SOON)),
        )
        [stage] = in_threads(lambda: Case.objects.get(pk=case.pk).stage)
    assert sorted(won) == [False, True]
    assert stage in {Stage.REVIEWING, Stage.CLASSIFIED}


def test_the_page_offers_it_on_z_also_with_the_next_case_open(tell: Tell, anas: Client, at: datetime) -> None:
    first, second = tell(at=at), tell({"what": ["found"], "more": "another"}, at=at)
    anas.post(url("claim", first))
    to = anas.post(url("classify", first), FORM | {"next": "1"})
    assert to["Location"] == url("case", second)
    page = anas.get(to["Location"]).content.decode()
    door = reverse("response:take-back-classification", args=[first.pk])
    assert re.search(rf'action="{door}">.{{0,200}}aria-keyshortcuts="z">Take it back</button>', page)
    assert f"You classified case {first.number}." in page
    assert url("put-back", second) in page
    anas.post(url("put-back", second))
    assert door in anas.get(url("case", first)).content.decode()
    assert anas.post(door)["Location"] == url("case", first)
    page = anas.get(url("case", first)).content.decode()
    assert "is taken back. You hold the case again." in page
    assert "Take it back" not in page
    assert anas.post(door).status_code == 409
