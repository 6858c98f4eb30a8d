"""Assess a case: meet the lists, weigh the signs, set its clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from cairndesk.accounts.rules import SYSTEM, Actor
from cairndesk.cases.actions import move
from cairndesk.cases.models import Case, Item, Report
from cairndesk.cases.queries import case_facts, items_of_a_child, kept_apart_from, linked_with
from cairndesk.cases.rules.facts import CaseFacts
from cairndesk.cases.rules.stages import Stage
from cairndesk.custody.actions import record
from cairndesk.custody.queries import unseal_fields
from cairndesk.custody.rules import Event
from cairndesk.signals.actions import note_passed_over, remember, settle, settle_alike
from cairndesk.signals.models import AlikeCase, Match
from cairndesk.signals.queries import alike_with, met_later, standing_of_lists
from cairndesk.signals.register import off
from cairndesk.signals.rules import MAY_RAISE, MatchKind, Standing
from cairndesk.signals.tools import OF_CASES
from cairndesk.triage.actions.clock import set_priority
from cairndesk.triage.actions.matching import match_items, match_words
from cairndesk.triage.actions.stacking import stack
from cairndesk.triage.actions.waking import wake_what_is_met
from cairndesk.triage.actions.wording import wording_of
from cairndesk.triage.models import Assessed, Assessment
from cairndesk.triage.queries.rules import rules_in_force
from cairndesk.triage.rules.completeness import Completeness, completeness
from cairndesk.triage.rules.novelty import Score, novelty
from cairndesk.triage.rules.priority import Priority, effective, priority
from cairndesk.triage.rules.queues import WAITING
from cairndesk.triage.rules.signs import facts_of
from cairndesk.triage.rules.table import Table
from cairndesk.triage.rules.words import words_of


@dataclass(frozen=True, slots=True)
class _Scores:
    """The three scores of a case, and the version of the rules behind the first."""

    urgency: Priority
    completeness: Completeness
    novelty: Score
    rules: int


@transaction.atomic
def assess(*, case: Case, by: Actor, now: datetime) -> Assessment:
    """Afterwards the case carries the priority that everything known calls for, with its reasons; the same facts leave one, unless due sooner.

    What it is about is remembered, sealed, so that what is new on a list meets it later; but nothing of a child who is a person of concern.
    A priority that a person set stays in force unless the case became more urgent than that person saw. Raises DeskLocked.
    """
    own = Case.objects.select_for_update(of=("self",)).select_related("organisation", "wording", "stacked").get(pk=case.pk)
    held = _Read.of(own, list(own.items.select_related("identifier")))
    lists, met = standing_of_lists(organisation=own.organisation_id), met_later(case=own.pk)
    without = off(organisation=own.organisation_id, now=now)
    known = case_facts(own, held.items)
    theirs = items_of_a_child(own) if known.has_child_actor else set[UUID]()
    said = {one.pk: words_of(answers) for one, answers in zip(held.reports, held.told, strict=True)}
    asked = match_words(case=own, items=held.items, told=said, off=without, by=by, now=now, of_people=not known.has_child_actor)
    asked += match_items(case=own, items=[item for item in held.items if item.pk not in theirs], off=without, by=by, now=now)
    note_passed_over(organisation=own.organisation_id, case=own.pk, off=without & OF_CASES)
    remember(organisation=own.organisation_id, case=own.pk, identifiers=asked, asked=lists, now=now, only=known.has_child_actor)
    assessment = _weigh(held, known, by, now)
    Assessed.objects.bulk_create([Assessed(told=report.told) for report in held.reports], ignore_conflicts=True)
    kinds = {item.kind for item in held.items}
    words = None if known.has_child_actor else wording_of(own, reports=held.reports, told=held.told, kinds=kinds)
    stack(case=own, marks=held.marks, worded=words, now=now)
    settle(met=met)
    settle_alike(marks=[one.pk for one in held.marks])
    case.follow(own)
    return assessment


def assess_facts(*, held: Case, by: Actor, now: datetime) -> Assessment:
    """The same where nothing came in and only the facts of a case past the queue changed: lists and words are not asked again.

    `held`: with its organisation, held for update by who calls. What came in meanwhile stays to be assessed. Raises DeskLocked.
    """
    known = case_facts(held, items := list(held.items.all()))
    if known.has_child_actor:
        # What is, or may be, theirs leaves everything that is compared.
        return assess(case=held, by=by, now=now)
    return _weigh(_Read.of(held, items), known, by, now)


@transaction.atomic
def take_in(*, case: Case, now: datetime) -> Assessment:
    """Afterwards a received case is assessed and stands in the queue; one further on is only assessed again. Finished ones that it meets wake."""
    looks_alike = any(not mark.is_weighed for mark in alike_with(case=case.pk))
    assessment = assess(case=case, by=SYSTEM, now=now)
    if case.stage == Stage.RECEIVED:
        move(case=case, to=Stage.QUEUED, by=SYSTEM, now=now)
    wake_what_is_met(case=case, looks_alike=looks_alike, now=now)
    return assessment


@dataclass(frozen=True, slots=True)
class _Read:
    """A case that nobody else changes meanwhile, with what was told in it, its items, and the cases with a picture like one of its own."""

    case: Case
    reports: list[Report]
    told: list[dict[str, Any]]
    items: list[Item]
    marks: list[AlikeCase]

    @classmethod
    def of(cls, held: Case, items: list[Item]) -> "_Read":
        reports = list(held.reports.select_related("told").order_by("received_at", "pk"))
        return cls(held, reports, [_answers(report) for report in reports], items, alike_with(case=held.pk))


def _weigh(held: _Read, known: CaseFacts, by: Actor, now: datetime) -> Assessment:
    case, table = held.case, rules_in_force(held.case.organisation_id)
    matches = _matches(case)
    facts = facts_of(
        told=held.told,
        paths=[report.path for report in held.reports],
        known=known,
        listed=any(may_lead_to in MAY_RAISE for _, _, may_lead_to in matches),
        alike=bool(held.marks) and not {one.other for one in held.marks} <= linked_with(case) | kept_apart_from(case),
        advice_only=case.advice_only,
        as_of=now,
    )
    scores = _Scores(priority(facts, table), completeness(held.told), _novelty(held.items, matches, known), table.version)
    assessment = _keep(case, scores, by, now)
    _set_clock(case, assessment, table, now)
    return assessment


def _matches(case: Case) -> list[tuple[UUID, str, str]]:
    """The matches that nobody rejected: which item, how it matches, and what the owner of the list lets it lead to."""
    taken_back = Item.everything.filter(case=case).exclude(taken_back_at=None)
    found = Match.objects.filter(case=case.pk).exclude(standing=Standing.REJECTED).exclude(item__in=taken_back.values("pk"))
    return list(found.values_list("item", "kind", "entry__list__may_lead_to"))


def _answers(report: Report) -> dict[str, Any]:
    told = unseal_fields(report.told)
    answers = told.get("answers", told)
    return answers if isinstance(answers, dict) else {}


def _novelty(items: Sequence[Item], matches: Sequence[tuple[UUID, str, str]], known: CaseFacts) -> Score:
    things = {item.pk for item in items}
    met: dict[str, set[UUID]] = {kind: set() for kind in MatchKind}
    for item, kind, _ in matches:
        met[kind] |= {item} & things
    exact = met[MatchKind.EXACT]
    return novelty(known, things=len(things), exact=len(exact), near=len((met[MatchKind.NEAR] | met[MatchKind.RELATED]) - exact))


def _keep(case: Case, scores: _Scores, by: Actor, now: datetime) -> Assessment:
    found, known, last = scores.urgency, scores.completeness, case.assessments.last()
    reasons = [reason.code for reason in found.reasons]
    said = (found.level, reasons, list(known.missing), scores.novelty.novelty, scores.novelty.kept, scores.rules)
    # The same signs may have a nearer day by now: of a threat, or of a meeting.
    is_sooner = last is not None and now + found.due < last.due_at
    if last is not None and not is_sooner and (last.level, last.reasons, last.missing, last.novelty, last.novelty_why, last.version) == said:
        return last
    # The first clock starts when the case was opened: a report that waited in the spool has waited already.
    starts = case.opened_at if last is None else now
    made = Assessment.objects.create(
        case=case,
        level=found.level,
        is_emergency=found.is_emergency,
        reasons=reasons,
        completeness=known.percent,
        missing=list(known.missing),
        novelty=scores.novelty.novelty,
        novelty_why=scores.novelty.kept,
        due_at=starts + found.due,
        version=scores.rules,
        actor=by.pseudonym,
        at=now,
    )
    detail = {"level": found.level, "reasons": len(reasons), "completeness": known.percent, "rules": scores.rules}
    record(event=Event.TRIAGE_CASE_ASSESSED, subject_kind="case", subject=case.pk, by=by, now=now, detail=detail)
    return made


def _set_clock(case: Case, assessment: Assessment, table: Table, now: datetime) -> None:
    override = case.overrides.last()
    level = effective(assessed=assessment.level, seen=override.seen if override else None, set_to=override.level if override else None)
    is_first = not case.assessments.exclude(pk=assessment.pk).exists()
    if is_first or level < case.priority:
        due = assessment.due_at if level == assessment.level else now + table.by_hand[level]
        set_priority(case, level, due if is_first else min(due, case.due_at))
    elif level > case.priority:
        # Less urgent than before: the promise that was made to the reporter is kept all the same.
        set_priority(case, level, case.due_at)
    elif level == assessment.level and assessment.due_at < case.due_at and case.stage in WAITING:
        # Another sign, or other rules, of the same level that somebody has to look at sooner.
        set_priority(case, level, assessment.due_at)
