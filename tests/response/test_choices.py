"""What the person who told chose stands against every act that touches it; only danger or a law goes past, and they read it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from tests.response.confirmed import approve, build, close, escalate, fresh, override, read_summary, release, remind, take, try_again
from tests.response.conftest import NOW, Keyholder, later
from tests.response.test_notices import deliver
from tests.response.test_pages import Browser, analyst, sign_in
from tests.support.behind import behind
from tests.support.smtp_server import SmtpServer

from cairndesk.accounts.errors import FreshProofNeeded, NotPermitted
from cairndesk.accounts.rules import SYSTEM, Actor, Role
from cairndesk.cases.actions import aside_digest, keep_choices, review_aside, set_aside
from cairndesk.cases.errors import AgainstTheirChoice, ChoiceUnclear, ReviewedByAnother
from cairndesk.cases.models import Case, SetAside, StatedChoice
from cairndesk.cases.queries import aside_to_review, limits_of
from cairndesk.cases.rules.choices import ASKED, BOUNDS, GROUNDS, LOOK_WITHIN, Act, AsideFinding, Ground, Limit, stated
from cairndesk.custody.queries import entries_about
from cairndesk.directory import actions as directory
from cairndesk.directory.models import Service
from cairndesk.intake.actions import read_messages, send_message
from cairndesk.intake.portal.wording import ALL_THE_SAME, ASKED_NOT_TO
from cairndesk.intake.rules import CHOICES, QUESTIONS
from cairndesk.response import actions, queries
from cairndesk.response.actions import Choice
from cairndesk.response.errors import IncompleteAct, NoSuchThing, NotAPersonsAct, StillOpen
from cairndesk.response.models import Delivery, PlanStep, Referral
from cairndesk.response.rules import CalledBack, NoticeState, ReferralState, StepState, Told

__all__ = ["analyst", "sign_in"]
pytestmark = pytest.mark.django_db
Plan = Callable[..., dict[str, PlanStep]]
YES = Choice(is_given=True, limits_explained=True, by_whom="child", maturity="15, understands what happens next")
GROUNDED = actions.Grounds("Act 12, section 3", "safeguarding of a child", names_people=False)


def choose(case: Case, hours: float = 0, **answers: Any) -> None:
    keep_choices(case=case, answers=answers, by=SYSTEM, now=later(hours))


def aside(case: Case, limit: Limit, by: Actor, hours: float = 0, ground: Ground = Ground.LAW) -> SetAside:
    said: Any = {"limit": limit, "ground": ground, "why": "Section 8 obliges us."}
    return set_aside(case=case, **said, by=by, fresh=fresh(by, aside_digest(case, **said), later(hours)), now=later(hours))


def referral_of(step: PlanStep, service: Service, by: Actor) -> Referral:
    return actions.draft_referral(step=step, service=service, reason="support", best_interests="somebody to talk to", by=by, now=NOW)


def test_each_choice_is_asked_worded_for_those_who_chose_it_and_bounds_an_act() -> None:
    limits = {limit for codes in ASKED.values() for limit in codes.values()}
    assert limits == set(Limit) == set(BOUNDS.values()) == {Limit(code) for code in ASKED_NOT_TO}
    assert set(BOUNDS) == set(Act)
    assert set(ASKED) == set(CHOICES)
    assert {(name, code) for name, codes in ASKED.items() for code in codes} <= {(name, code) for name in CHOICES for code in QUESTIONS[name].choices}
    assert set(GROUNDS) == set(Ground) == {Ground(code) for code in ALL_THE_SAME}
    assert stated({"tell": {"unknown": "declined"}, "wish": "all", "more": "x"}) == {"tell": [], "wish": ["all"]}


@pytest.mark.req("PRI-04")
def test_no_letter_goes_to_a_site_of_whoever_wants_help_only(case: Case, ready: PlanStep, ana: Actor) -> None:
    choose(case, wish="help_only")
    assert "They asked for help only: that no site is written to." in queries.card_of(ready, ana).hindrances
    with pytest.raises(AgainstTheirChoice):
        approve(ready, by=ana, now=NOW)
    assert (PlanStep.objects.get(pk=ready.pk).state, Delivery.objects.count()) == (StepState.PROPOSED, 0)
    choose(case, 1, wish="all")
    approve(ready, by=ana, now=later(2))
    notice = ready.notices.get()
    type(notice).objects.update(state="sent")
    choose(case, 3, wish="help_only")
    for following in (remind, escalate):
        with pytest.raises(AgainstTheirChoice):
            following(notice, by=ana, now=later(30))
    assert Delivery.objects.count() == 1


@pytest.mark.req("PRI-04")
def test_a_letter_that_waits_does_not_go_once_they_want_help_only(case: Case, ready: PlanStep, ana: Actor, smtp: SmtpServer) -> None:
    approve(ready, by=ana, now=NOW)
    queued = Delivery.objects.get()
    choose(case, 1, wish="help_only")
    assert not deliver(queued, smtp, hours=2)
    queued.refresh_from_db()
    assert (queued.is_dead, queued.trouble, smtp.taken) == (True, "cases.against_their_choice", [])
    assert ready.notices.get().state == NoticeState.UNDELIVERED
    # Whoever changes it back is heard as well: a person tries again, and then it goes.
    choose(case, 3, wish="all")
    try_again(ready.notices.get(), by=ana, now=later(4))
    assert deliver(queued, smtp, hours=4)


@pytest.mark.slow
@pytest.mark.req("PRI-04")
def test_the_police_are_told_against_a_wish_only_for_danger_or_by_law_and_the_child_reads_it(
    case: Case, plan: Plan, police: Keyholder, ana: Actor, sam: Actor, sue: Actor
) -> None:
    choose(case, tell=["no_police"])
    step = plan(case)["authority"]
    with pytest.raises(AgainstTheirChoice):
        approve(step, by=ana, now=NOW)
    with pytest.raises(ChoiceUnclear):
        set_aside(case=case, limit=Limit.NO_POLICE, ground=Ground.LAW, why="  ", by=ana, fresh=None, now=NOW)
    with pytest.raises(ChoiceUnclear):
        aside(case, Limit.NO_FAMILY, ana)
    made = aside(case, Limit.NO_POLICE, ana)
    assert made.decided_by == ana.pseudonym
    said = entries_about(case.pk)[-1]
    assert (said.event, said.detail) == ("cases.choice.set_aside", {"choice": "no_police", "ground": "law"})
    box = behind(case)
    assert [(one.limit, one.ground) for one in box.set_aside] == [("no_police", "law")]
    package = build(approve(step, by=ana, now=NOW), police.authority, GROUNDED, by=ana, now=NOW)
    release(package, by=ana, other=sam, now=NOW)
    # Who asks it anew, after having been told, is heard anew: also at the last step before it leaves.
    choose(case, 1, tell=["no_police", "no_school"])
    with pytest.raises(AgainstTheirChoice):
        take(package, by=ana, now=later(2))
    aside(case, Limit.NO_POLICE, sam, 3, Ground.DANGER)
    take(package, by=ana, now=later(4))


@pytest.mark.slow
@pytest.mark.req("PRI-04")
def test_what_went_out_before_they_chose_otherwise_is_called_back_by_a_person_before_the_case_ends(
    case: Case, plan: Plan, ready: PlanStep, police: Keyholder, ana: Actor, sam: Actor, ola: Actor, smtp: SmtpServer
) -> None:
    approve(ready, by=ana, now=NOW)
    assert deliver(Delivery.objects.get(), smtp, hours=0.5)
    package = build(approve(plan(case)["authority"], by=ana, now=NOW), police.authority, GROUNDED, by=ana, now=NOW)
    release(package, by=ana, other=sam, now=NOW)
    take(package, by=ana, now=later(0.5))
    choose(case, 0.2, tell=["no_school"])
    assert queries.to_call_back(case) == []
    choose(case, 1, wish="help_only", tell=["no_police"])
    letter, bag = sorted(queries.to_call_back(case), key=lambda one: one.what)
    assert (letter.what, bag.what) == ("notice", "package")
    assert [one.what for one in queries.due(case.organisation_id, later(1))].count("call_back") == 1
    with pytest.raises(AgainstTheirChoice):
        actions.hand_over(package=package, by=ana, now=later(2))
    Case.objects.update(stage="answered")
    PlanStep.objects.update(state="skipped")
    with pytest.raises(StillOpen, match="called it back"):
        close(case, best_interests="safe", outcome="could_not", by=ana, now=later(2))
    said: dict[str, Any] = {"what": bag.what, "thing": bag.thing, "outcome": CalledBack.STOPPED}
    for wrong, refused in (
        ({"by": SYSTEM}, NotAPersonsAct),
        ({"by": ola}, NotPermitted),
        ({"words": " "}, IncompleteAct),
        ({"thing": case.pk}, NoSuchThing),
    ):
        with pytest.raises(refused):
            actions.record_call_back(case=case, **{**said, "words": "They sent it back unread.", "by": ana, **wrong}, now=later(2))
    actions.record_call_back(case=case, **said, words="They sent it back unread.", by=ana, now=later(2))
    assert [one.what for one in queries.to_call_back(case)] == [letter.what]
    assert entries_about(case.pk)[-1].detail == {"what": bag.what.value, "outcome": "stopped"}
    # Who lets it go again, and who sets it aside with a ground, has nothing called back.
    choose(case, 3, wish="all")
    assert queries.to_call_back(case) == []
    choose(case, 4, wish="help_only")
    made = aside(case, Limit.HELP_ONLY, ana, 5)
    assert queries.to_call_back(case) == []
    # Found to be wrong, it is called back at once.
    review_aside(aside=made, finding=AsideFinding.WRONG, by=sam, now=later(6))
    assert [(one.what, one.turned) for one in queries.to_call_back(case)] == [(letter.what, later(6))]


@pytest.mark.req("PRI-04")
@pytest.mark.parametrize(("kind", "answers"), [("child_protection", {"wish": "removal_only"}), ("education", {"tell": ["no_school"]})])
def test_a_service_that_was_told_is_called_back_where_they_chose_otherwise_since(
    case: Case, plan: Plan, lia: Actor, ana: Actor, kind: str, answers: Mapping[str, Any]
) -> None:
    service = directory.add_service(fields={"kind": kind, "name": "Sample", "country": "XX", "phone": "555-0100"}, by=lia, now=NOW)
    held = referral_of(approve(plan(case)["support"], by=ana, now=NOW), service, ana)
    actions.record_consent(referral=held, choice=YES, by=ana, now=NOW)
    actions.refer(referral=held, by=ana, now=NOW)
    choose(case, 1, **answers)
    (out,) = queries.to_call_back(case)
    assert (out.what, out.words, out.at) == ("referral", "the referral to Sample", NOW)


@pytest.mark.req("PRI-04")
def test_whoever_asked_for_no_message_gets_none(case: Case, ana: Actor) -> None:
    choose(case, safe_contact="no")
    with pytest.raises(AgainstTheirChoice):
        send_message(case=case, words="We saw it.", by=ana, now=NOW)
    assert read_messages(case=case, by=ana, now=NOW) == []
    choose(case, 1, safe_contact="sometimes")
    send_message(case=case, words="We saw it.", by=ana, now=later(2))


@pytest.mark.req("PRI-04")
def test_the_family_is_not_asked_where_the_child_asked_that_it_is_not_told(case: Case, plan: Plan, service: Service, ana: Actor) -> None:
    choose(case, tell=["no_family"])
    held = referral_of(approve(plan(case)["support"], by=ana, now=NOW), service, ana)
    for carer in ("carer", "guardian"):
        with pytest.raises(AgainstTheirChoice):
            actions.record_consent(referral=held, choice=replace(YES, by_whom=carer), by=ana, now=NOW)
    actions.record_consent(referral=held, choice=YES, by=ana, now=NOW)
    assert actions.refer(referral=held, by=ana, now=NOW).state == ReferralState.MADE


@pytest.mark.req("PRI-04")
@pytest.mark.parametrize(("kind", "answers", "limit"), [
    ("child_protection", {"wish": "removal_only"}, Limit.REMOVAL_ONLY),
    ("education", {"tell": ["no_school"]}, Limit.NO_SCHOOL),
])  # fmt: skip
def test_no_helper_and_no_school_is_told_unless_the_child_says_yes_to_this_one_or_is_in_danger(
    case: Case, plan: Plan, lia: Actor, ana: Actor, kind: str, answers: Mapping[str, Any], limit: Limit
) -> None:
    service = directory.add_service(fields={"kind": kind, "name": "Sample", "country": "XX", "phone": "555-0100"}, by=lia, now=NOW)
    held = referral_of(approve(plan(case, in_danger=True)["safeguard"], by=ana, now=NOW), service, ana)
    choose(case, **answers)
    override(held, why="tonight", told=Told.LATER, best_interests="safe", by=ana, now=NOW)
    with pytest.raises(AgainstTheirChoice):
        actions.refer(referral=held, by=ana, now=NOW)
    aside(case, limit, ana, ground=Ground.DANGER)
    assert actions.refer(referral=held, by=ana, now=NOW).state == ReferralState.MADE


@pytest.mark.req("PRI-04")
@pytest.mark.parametrize(("kind", "answers"), [("child_protection", {"wish": "removal_only"}), ("education", {"tell": ["no_school"]})])
def test_a_yes_to_a_service_outlives_no_later_no(case: Case, plan: Plan, lia: Actor, ana: Actor, kind: str, answers: Mapping[str, Any]) -> None:
    service = directory.add_service(fields={"kind": kind, "name": "Sample", "country": "XX", "phone": "555-0100"}, by=lia, now=NOW)
    held = referral_of(approve(plan(case)["support"], by=ana, now=NOW), service, ana)
    choose(case, **answers)
    # The yes to this very service came after what was chosen in general, and goes before it.
    actions.record_consent(referral=held, choice=YES, by=ana, now=later(1))
    held.refresh_from_db()
    assert read_summary(held, by=ana, now=later(2))
    choose(case, 3, wish="all", tell=[])
    choose(case, 4, **answers)
    for telling in (lambda: actions.refer(referral=held, by=ana, now=later(5)), lambda: read_summary(held, by=ana, now=later(5))):
        with pytest.raises(AgainstTheirChoice):
            telling()
    choose(case, 6, wish="all", tell=[])
    assert actions.refer(referral=held, by=ana, now=later(7)).state == ReferralState.MADE


@pytest.mark.req("PRI-04")
def test_each_choice_is_kept_with_its_time_and_an_earlier_one_is_not_lost(case: Case) -> None:
    choose(case, tell=["no_family"], wish={"unknown": "unknown"})
    choose(case, 1, tell=["no_family"])
    choose(case, 2, tell={"unknown": "unknown"})
    assert [(row.question, row.codes, row.at) for row in StatedChoice.objects.all()] == [("tell", ["no_family"], NOW), ("tell", [], later(2))]
    assert limits_of(case) == []
    assert [one.event for one in entries_about(case.pk) if one.event == "cases.choice.stated"] == ["cases.choice.stated"] * 2


@pytest.mark.req("PRI-04")
@pytest.mark.parametrize("other", [{"limit": Limit.NO_FAMILY}, {"ground": Ground.DANGER}, {"why": "He is near."}, None])
def test_no_choice_is_set_aside_but_as_somebody_has_just_confirmed_it(case: Case, ana: Actor, other: Mapping[str, Any] | None) -> None:
    choose(case, tell=["no_police", "no_family"])
    said: dict[str, Any] = {"limit": Limit.NO_POLICE, "ground": Ground.LAW, "why": "Section 8 obliges us."}
    proof = other and fresh(ana, aside_digest(case, **{**said, **other}), NOW)
    with pytest.raises(FreshProofNeeded):
        set_aside(case=case, **said, by=ana, fresh=proof, now=NOW)
    # What they chose anew after the page was shown was not confirmed.
    shown = fresh(ana, aside_digest(case, **said), NOW)
    choose(case, 0.01, tell=["no_police"])
    with pytest.raises(FreshProofNeeded):
        set_aside(case=case, **said, by=ana, fresh=shown, now=later(0.01))
    assert not SetAside.objects.exists()


@pytest.mark.req("PRI-04")
def test_who_repeats_a_choice_that_was_set_aside_is_heard_anew(case: Case, plan: Plan, ana: Actor) -> None:
    choose(case, tell=["no_police"])
    aside(case, Limit.NO_POLICE, ana, 1)
    # An older page that says the same repeats nothing.
    choose(case, 2, tell=["no_police"])
    assert limits_of(case)[0].set_aside is not None
    keep_choices(case=case, answers={"tell": ["no_police"]}, by=SYSTEM, now=later(3), restated=True)
    assert [(one.since, one.set_aside) for one in limits_of(case)] == [(later(3), None)]
    with pytest.raises(AgainstTheirChoice):
        approve(plan(case)["authority"], by=ana, now=later(4))


@pytest.mark.req("PRI-04")
def test_another_person_looks_at_what_was_set_aside_and_where_it_was_not_needed_the_choice_stands_again(
    case: Case, plan: Plan, ana: Actor, sam: Actor, sue: Actor, lia: Actor
) -> None:
    choose(case, tell=["no_police", "no_school"])
    made = aside(case, Limit.NO_POLICE, sam)
    assert list(aside_to_review(case.organisation_id)) == [made]
    assert made.look_by == NOW + LOOK_WITHIN
    for by, refused in ((ana, NotPermitted), (lia, NotPermitted), (SYSTEM, NotPermitted), (sam, ReviewedByAnother)):
        with pytest.raises(refused):
            review_aside(aside=made, finding=AsideFinding.RIGHT, by=by, now=later(1))
    with pytest.raises(IntegrityError), transaction.atomic():
        SetAside.objects.update(finding="right", reviewed_by=sam.pseudonym, reviewed_at=NOW)
    review_aside(aside=made, finding=AsideFinding.WRONG, by=sue, now=later(1))
    with pytest.raises(ReviewedByAnother):
        review_aside(aside=made, finding=AsideFinding.RIGHT, by=sue, now=later(1))
    assert not aside_to_review(case.organisation_id).exists()
    assert all(one.set_aside is None for one in limits_of(case))
    assert behind(case).set_aside == ()
    assert entries_about(case.pk)[-1].detail == {"choice": "no_police", "finding": "wrong"}
    with pytest.raises(AgainstTheirChoice):
        approve(plan(case)["authority"], by=ana, now=later(2))
    # It can be set aside anew, and that is looked at anew.
    right = review_aside(aside=aside(case, Limit.NO_POLICE, ana, 3), finding=AsideFinding.RIGHT, by=sam, now=later(4))
    assert limits_of(case)[0].set_aside == right


@pytest.mark.req("PRI-04")
def test_neither_a_stranger_nor_a_machine_nor_who_only_writes_sets_a_choice_aside(case: Case, ola: Actor, lia: Actor, ana: Actor) -> None:
    choose(case, tell=["no_police"])
    takes_calls = replace(ana, roles=frozenset({Role.CALL_TAKER}))
    for by in (ola, SYSTEM, lia, takes_calls, replace(ana, has_credential=False)):
        with pytest.raises(NotPermitted):
            aside(case, Limit.NO_POLICE, by)
    assert not SetAside.objects.exists()


@pytest.mark.slow
@pytest.mark.req("PRI-04")
def test_the_plan_says_what_to_call_back_and_takes_down_what_came_of_it(
    case: Case, ready: PlanStep, ana: Actor, smtp: SmtpServer, analyst: Browser
) -> None:
    approve(ready, by=ana, now=NOW)
    assert deliver(Delivery.objects.get(), smtp, hours=0.5)
    choose(case, 1, wish="help_only")
    page = analyst.get(reverse("response:plan", args=[case.pk])).content.decode()
    assert "Call back the notice to" in page
    assert "They asked for help only" in page
    (letter,) = queries.to_call_back(case)
    door, said = reverse("response:call-back", args=[case.pk]), {"what": "notice", "thing": letter.thing, "outcome": "asked"}
    assert analyst.post(door, said).status_code == 422
    assert analyst.post(door, said | {"words": "By phone, today."}).status_code == 302
    assert "Call back the notice to" not in analyst.get(reverse("response:plan", args=[case.pk])).content.decode()
