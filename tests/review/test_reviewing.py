from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from tests.review.conftest import CLEAR, SEVERE, as_actor
from tests.support.cast import NOON
from tests.support.taxonomies import with_second_version

from cairndesk.accounts.errors import CredentialOutOfDate, NotPermitted, OtherOrganisation
from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import SYSTEM, Actor, Role
from cairndesk.cases.actions import ReportFacts, add_item, add_person, add_report, move
from cairndesk.cases.errors import AlreadyClaimed, NotYourClaim
from cairndesk.cases.models import Case, HarmCode
from cairndesk.cases.rules import Stage
from cairndesk.custody.queries import entries_about, unseal_text
from cairndesk.directory.actions import load_samples
from cairndesk.intake.actions import raise_alarm
from cairndesk.intake.models import Alarm
from cairndesk.review import actions, errors, queries
from cairndesk.review.models import Classification, SecondLook
from cairndesk.review.rules import Ask, Look

pytestmark = pytest.mark.django_db
Tell = Callable[..., Case]


def events(case: Case) -> list[str]:
    return [line.event for line in entries_about(case.pk)]


def test_claiming_the_next_case_takes_the_most_urgent_and_then_the_oldest(tell: Tell, ana: Actor, sam: Actor) -> None:
    young, old = tell(at=NOON), tell(at=NOON - timedelta(days=2))
    burning = tell({"danger": ["happening_now"]}, at=NOON)
    taken = [actions.claim_next(by=by, now=NOON) for by in (ana, sam, ana)]
    assert taken == [burning, old, young]
    assert [case.stage for case in taken] == [Stage.REVIEWING] * 3
    with pytest.raises(errors.NothingWaits):
        actions.claim_next(by=ana, now=NOON)


def test_one_case_is_never_held_by_two(tell: Tell, ana: Actor, sam: Actor) -> None:
    case = actions.claim(case=tell(), by=ana, now=NOON)
    with pytest.raises(AlreadyClaimed):
        actions.claim(case=case, by=sam, now=NOON + timedelta(hours=1))
    assert actions.claim(case=case, by=sam, now=NOON + timedelta(hours=5)).claimed_by == sam.pseudonym


def test_claiming_answers_the_alarm(tell: Tell, one: Organisation, ana: Actor) -> None:
    case = tell({"danger": ["happening_now"]})
    raise_alarm(spool_name="a.frag", organisation=one, now=NOON)
    Alarm.objects.update(case=case)
    actions.claim(case=case, by=ana, now=NOON)
    assert Alarm.objects.get().answered_by == ana.pseudonym


@pytest.mark.parametrize(("who", "refusal"), [("cal", NotPermitted), ("lia", NotPermitted), ("ola", OtherOrganisation)])
def test_only_those_who_may_review_can_claim(tell: Tell, request: pytest.FixtureRequest, who: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        actions.claim(case=tell(), by=request.getfixturevalue(who), now=NOON)


def test_a_case_put_back_waits_again_with_the_clock_it_had(held: Case, ana: Actor, sam: Actor) -> None:
    due = held.due_at
    with pytest.raises(NotYourClaim):
        actions.put_back(case=held, by=sam, now=NOON)
    actions.put_back(case=held, by=ana, now=NOON)
    assert (held.stage, held.claimed_by, held.due_at, held.next_action_at) == (Stage.QUEUED, "", due, due)


def test_opening_an_account_is_in_the_log_before_it_is_shown(held: Case, ana: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []
    unsealing = "cairndesk.review.actions.opening.unseal_fields"
    monkeypatch.setattr(unsealing, lambda _: seen.append("review.account.opened" in events(held)) or {"answers": {"more": "words"}})
    assert actions.open_account(report=held.reports.get(), by=ana, now=NOON) == {"more": "words"}
    assert seen == [True]


def test_nobody_of_another_organisation_opens_an_account(held: Case, ola: Actor) -> None:
    with pytest.raises(OtherOrganisation):
        actions.open_account(report=held.reports.get(), by=ola, now=NOON)
    assert "review.account.opened" not in events(held)


def test_features_are_recorded_once_and_verdicts_follow_for_every_jurisdiction(held: Case, ana: Actor, sam: Actor) -> None:
    load_samples(by=sam, now=NOON)
    made = actions.classify(case=held, look=CLEAR, by=ana, now=NOON)
    assert held.stage == Stage.CLASSIFIED
    assert queries.verdicts_of(held) == {"Sample A": "unlawful", "Sample B": "unlawful", "Sample C": "unlawful"}
    assert all(answer.rule is not None and answer.rule.is_sample for answer in queries.answers(made, on=NOON.date()))
    assert (made.scheme, made.scheme_version, made.severity) == ("three_levels", "1", "c")


@pytest.mark.parametrize("age", ["child", "mixed_group"])
@pytest.mark.parametrize("seen", [{}, {"actor_age": "adult"}], ids=["says nothing of them", "says otherwise"])
def test_another_person_looks_where_the_record_names_a_child_of_concern(held: Case, ana: Actor, age: str, seen: dict[str, str]) -> None:
    add_person(case=held, role="person_of_concern", facts={"actor_age": age}, by=ana, now=NOON)
    made = actions.classify(case=held, look=replace(CLEAR, features={**CLEAR.features, **seen}), by=ana, now=NOON)
    assert (made.asks, held.stage) == ([Ask.CHILD_ACTOR], Stage.SECOND_LOOK)


@pytest.mark.req("TRG-16")
def test_the_operator_may_grade_by_another_scheme(held: Case, ana: Actor, sam: Actor, settings, tmp_path: Path) -> None:
    text = 'name="own"\nversion="7"\ntitle="Own"\n[[level]]\ncode="x"\nlabel="X"\ndefinition="Ours."\nis_severe=true\n'
    (tmp_path / "severity.toml").write_text(text, "utf-8")
    settings.DATA = tmp_path
    with pytest.raises(errors.NotThisFeature):
        actions.classify(case=held, look=CLEAR, by=ana, now=NOON)
    made = actions.classify(case=held, look=Look(features=CLEAR.features, severity="x"), by=ana, now=NOON)
    assert (made.scheme, made.scheme_version, made.severity, made.asks) == ("own", "7", "x", ["severe"])
    # Who agrees agrees by the version of the first; who sees it otherwise grades by that of today.
    (tmp_path / "severity.toml").write_text(text.replace('"7"', '"8"').replace('"x"', '"y"'), "utf-8")
    given = actions.give_second_look(case=held, look=Look(features={}, severity="y"), agrees=False, by=sam, now=NOON, note="Otherwise.")
    assert (given.scheme, given.scheme_version, given.severity) == ("own", "8", "y")
    assert [queries.view_of(one, title="", by="").severity for one in (made, given)] == ["X, X", "Y, X"]


@pytest.mark.req("INT-22")
def test_what_was_seen_becomes_the_record_of_the_case_and_its_urgency(held: Case, ana: Actor) -> None:
    # What was told in situations carries no category until the desk gives it one.
    assert not HarmCode.objects.exists()
    add_item(case=held, kind="url", identifier="https://pictures.example/1", by=ana, now=NOON)
    look = Look(features={**CLEAR.features, "age_band": "age_3_6", "novelty": "new", "meeting_planned": "yes"}, harms=CLEAR.harms, severity="c")
    actions.classify(case=held, look=look, by=ana, now=NOON)
    card = queries.card(held, ana)
    assert card.harms == ("Distribution of child sexual abuse material",)
    assert card.ages == ("3 to 6",)
    assert held.items.get().novelty == "new"
    assert held.is_emergency
    assert {"meeting", "youngest", "new_material"} <= {reason.code for reason in (*card.urgency.reasons, *card.urgency.rest)}


def test_only_the_person_who_holds_the_case_classifies_it(held: Case, sam: Actor, ola: Actor) -> None:
    with pytest.raises(NotYourClaim):
        actions.classify(case=held, look=CLEAR, by=sam, now=NOON)
    with pytest.raises(OtherOrganisation):
        actions.classify(case=held, look=CLEAR, by=ola, now=NOON)
    assert not Classification.objects.exists()


def test_severe_work_waits_for_another_person_who_agrees(held: Case, ana: Actor, sam: Actor) -> None:
    actions.classify(case=held, look=SEVERE, by=ana, now=NOON)
    assert held.stage == Stage.SECOND_LOOK
    actions.give_second_look(case=held, look=Look(), agrees=True, by=sam, now=NOON)
    assert held.stage == Stage.CLASSIFIED
    assert queries.story(held)[-1].words == "Now classified"


def test_the_same_person_never_gives_the_second_look_whatever_their_roles(held: Case, ana: Actor) -> None:
    actions.classify(case=held, look=SEVERE, by=ana, now=NOON)
    with_more_roles = Actor(**{**vars(ana), "roles": frozenset(Role), "id": None})
    with pytest.raises(errors.SamePerson):
        actions.give_second_look(case=held, look=Look(), agrees=True, by=with_more_roles, now=NOON)
    assert held.stage == Stage.SECOND_LOOK


def test_the_database_refuses_a_second_look_by_the_same_person(held: Case, ana: Actor) -> None:
    made = actions.classify(case=held, look=SEVERE, by=ana, now=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        SecondLook.objects.create(
            classification=made, first=ana.pseudonym, agrees=True, severity="a", actor=ana.pseudonym, organisation=held.organisation, at=NOON
        )


def test_a_disagreement_needs_words_and_goes_back_with_both_views(held: Case, ana: Actor, sam: Actor) -> None:
    actions.classify(case=held, look=SEVERE, by=ana, now=NOON)
    with pytest.raises(errors.NoteMissing):
        actions.give_second_look(case=held, look=CLEAR, agrees=False, by=sam, now=NOON, note=" ")
    given = actions.give_second_look(case=held, look=CLEAR, agrees=False, by=sam, now=NOON, note="I see a lesser form.")
    assert held.stage == Stage.REVIEWING
    assert queries.open_disagreement(held) == given
    assert (given.classification.severity, given.severity) == ("a", "c")


def test_after_a_disagreement_only_a_supervisor_who_did_not_classify_decides(held: Case, one: Organisation, ana: Actor, sam: Actor) -> None:
    actions.classify(case=held, look=SEVERE, by=ana, now=NOON)
    given = actions.give_second_look(case=held, look=CLEAR, agrees=False, by=sam, now=NOON, note="I see a lesser form.")
    promoted = Actor(**{**vars(ana), "roles": frozenset({Role.ANALYST, Role.SUPERVISOR})})
    actions.claim(case=held, by=ana, now=NOON)
    for by in (ana, promoted):
        with pytest.raises(errors.SupervisorDecides):
            actions.classify(case=held, look=CLEAR, by=by, now=NOON)
    actions.put_back(case=held, by=ana, now=NOON)
    actions.claim(case=held, by=sam, now=NOON)
    decided = actions.classify(case=held, look=SEVERE, by=sam, now=NOON, note="The first view holds.")
    assert held.stage == Stage.CLASSIFIED
    assert (decided.version, decided.settles) == (2, given)
    assert "review.disagreement.decided" in events(held)
    assert queries.open_disagreement(held) is None


def test_a_decision_takes_back_the_harms_that_it_does_not_hold(held: Case, ana: Actor, sam: Actor) -> None:
    actions.classify(case=held, look=SEVERE, by=ana, now=NOON)
    actions.give_second_look(case=held, look=CLEAR, agrees=False, by=sam, now=NOON, note="It is another harm.")
    actions.claim(case=held, by=sam, now=NOON)
    actions.classify(case=held, look=Look(features=CLEAR.features, harms=("solicitation",), severity="c"), by=sam, now=NOON, note="It is that.")
    assert list(HarmCode.objects.values_list("harm", flat=True)) == ["solicitation"]


@pytest.mark.req("TRG-21")
def test_whoever_classifies_anew_says_why_and_who_when_and_why_stay(held: Case, ana: Actor, sam: Actor) -> None:
    actions.classify(case=held, look=CLEAR, by=ana, now=NOON)
    move(case=held, to=Stage.REVIEWING, by=sam, now=NOON)
    actions.claim(case=held, by=sam, now=NOON)
    other = Look(features=CLEAR.features, harms=("solicitation",), severity="c")
    with pytest.raises(errors.NoteMissing):
        actions.classify(case=held, look=other, by=sam, now=NOON, note=" ")
    assert list(HarmCode.objects.values_list("harm", flat=True)) == ["material_distribution"]
    later = NOON + timedelta(hours=1)
    actions.classify(case=held, look=other, by=sam, now=later, note="The messages show grooming.")
    assert list(HarmCode.objects.values_list("harm", flat=True)) == ["solicitation"]
    first, second = held.classifications.all()
    assert (first.harms, second.harms) == (["material_distribution"], ["solicitation"])
    assert (second.actor, second.at, unseal_text(second.note)) == (sam.pseudonym, later, "The messages show grooming.")


def test_a_second_look_is_given_once(held: Case, ana: Actor, sam: Actor) -> None:
    actions.classify(case=held, look=SEVERE, by=ana, now=NOON)
    actions.give_second_look(case=held, look=Look(), agrees=True, by=sam, now=NOON)
    with pytest.raises(NotPermitted):
        actions.give_second_look(case=held, look=Look(), agrees=True, by=sam, now=NOON)


@pytest.mark.slow
def test_a_named_person_of_a_partner_may_look_at_this_case_and_at_no_other(
    tell: Tell, ana: Actor, sam: Actor, two: Organisation, enrol: Callable[..., Person]
) -> None:
    case, another = (actions.claim(case=tell(), by=ana, now=NOON) for _ in range(2))
    for one_case in (case, another):
        actions.classify(case=one_case, look=SEVERE, by=ana, now=NOON)
    ola = enrol(two, "Ola", Role.ANALYST)
    assert list(queries.partners_who_may_look(case, now=NOON)) == [ola]
    actions.invite_second_look(case=case, person=ola, by=sam, now=NOON)
    guest = as_actor(ola)
    assert queries.waiting_for_look(by=guest) == [case]
    with pytest.raises(OtherOrganisation):
        actions.give_second_look(case=another, look=Look(), agrees=True, by=guest, now=NOON)
    given = actions.give_second_look(case=case, look=Look(), agrees=True, by=guest, now=NOON)
    assert (case.stage, given.organisation) == (Stage.CLASSIFIED, two)


def test_with_nobody_else_the_case_waits_and_says_who_could_look(held: Case, one: Organisation, ana: Actor, enrol: Callable[..., Person]) -> None:
    actions.classify(case=held, look=SEVERE, by=ana, now=NOON)
    assert not queries.others_who_may_look(held, now=NOON).exists()
    enrol(one, "Cal", Role.CALL_TAKER)
    assert not queries.others_who_may_look(held, now=NOON).exists()
    sam = enrol(one, "Sam", Role.SUPERVISOR)
    assert list(queries.others_who_may_look(held, now=NOON)) == [sam]


@pytest.mark.parametrize("table", [Classification, SecondLook])
def test_the_database_refuses_to_change_what_was_seen(held: Case, ana: Actor, sam: Actor, table: type[Classification] | type[SecondLook]) -> None:
    actions.classify(case=held, look=SEVERE, by=ana, now=NOON)
    actions.give_second_look(case=held, look=Look(), agrees=True, by=sam, now=NOON)
    with pytest.raises(DatabaseError), transaction.atomic():
        table.objects.update(severity="c")


@pytest.mark.req("DIM-36")
def test_report_view_and_second_view_each_keep_the_version_of_their_day(held: Case, ana: Actor, sam: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    first = actions.classify(case=held, look=SEVERE, by=ana, now=NOON)
    monkeypatch.setattr("cairndesk.cases.taxonomy.look_up.load", with_second_version)
    later = datetime(2027, 1, 2, tzinfo=UTC)
    second = actions.give_second_look(case=held, look=Look(), agrees=True, by=sam, now=later)
    assert (held.reports.get().taxonomy, first.taxonomy, second.taxonomy) == ("2026.1", "2026.1", "2027.1")
    assert add_report(case=held, report=ReportFacts("friend", "phone", "friend", "en", {}), by=ana, now=later).taxonomy == "2027.1"


def test_steps_do_not_wait_for_the_question_whether_it_is_real(held: Case, ana: Actor, sam: Actor) -> None:
    """Undetermined is judged as real, so the verdicts that removal rests upon stand while the question is open."""
    load_samples(by=sam, now=NOON)
    open_question = Look(features={**CLEAR.features, "authenticity": "undetermined"}, harms=CLEAR.harms, severity="c")
    actions.classify(case=held, look=open_question, by=ana, now=NOON)
    assert held.stage == Stage.CLASSIFIED
    assert queries.verdicts_of(held)["Sample C"] == "unlawful"


@pytest.mark.req("TRG-01")
def test_nobody_without_a_training_record_in_date_screens_a_case(tell: Tell, ana: Actor, sam: Actor) -> None:
    untrained = Actor(**{**vars(ana), "has_credential": False})
    case = tell()
    with pytest.raises(CredentialOutOfDate):
        actions.claim(case=case, by=untrained, now=NOON)
    actions.claim(case=case, by=ana, now=NOON)
    with pytest.raises(CredentialOutOfDate):
        actions.classify(case=case, look=CLEAR, by=untrained, now=NOON)
    actions.classify(case=case, look=SEVERE, by=ana, now=NOON)
    with pytest.raises(CredentialOutOfDate):
        actions.give_second_look(case=case, look=Look(), agrees=True, by=Actor(**{**vars(sam), "has_credential": False}), now=NOON)
    assert case.stage == Stage.SECOND_LOOK


@pytest.mark.req("TRG-01")
def test_the_desk_itself_never_takes_a_case_past_the_queue(tell: Tell) -> None:
    case = tell()
    for act in (lambda: actions.claim(case=case, by=SYSTEM, now=NOON), lambda: actions.classify(case=case, look=CLEAR, by=SYSTEM, now=NOON)):
        with pytest.raises(NotPermitted):
            act()
    case.refresh_from_db()
    assert case.stage == Stage.QUEUED
