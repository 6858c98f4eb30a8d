"""Every write of triage: assess a case, set its priority by hand."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import transaction

from cairndesk.accounts.rules import SYSTEM, Actor, Verb, require
from cairndesk.cases.actions import move
from cairndesk.cases.models import Case, Item, Report
from cairndesk.cases.queries import case_facts, identifier_of
from cairndesk.cases.rules.stages import Stage
from cairndesk.custody.actions import record, seal
from cairndesk.custody.queries import unseal_fields
from cairndesk.custody.rules import Event, Purpose
from cairndesk.signals.actions import record_matches
from cairndesk.signals.engine.identifiers import Identifier, Kind, account, normalise, profile_in
from cairndesk.signals.errors import NotAnIdentifier
from cairndesk.signals.models import Match, MediaSighting
from cairndesk.signals.queries import find_matches, hashes_of
from cairndesk.signals.rules import MayLeadTo, Standing
from cairndesk.triage import errors
from cairndesk.triage.models import Assessed, Assessment, Override
from cairndesk.triage.rules.completeness import completeness
from cairndesk.triage.rules.overriding import Why, check_reason
from cairndesk.triage.rules.priority import EMERGENCY, VERSION, WITHIN, Priority, effective, priority
from cairndesk.triage.rules.signs import facts_of

# The kinds of items that lists can hold, in the engine's words.
_KINDS = {
    **dict.fromkeys(("url", "web_page", "listing", "advert"), Kind.URL),
    **{kind.value: kind for kind in (Kind.DOMAIN, Kind.EMAIL, Kind.PHONE, Kind.WALLET)},
}


@transaction.atomic
def assess(*, case: Case, by: Actor, now: datetime) -> Assessment:
    """Afterwards the case carries the priority that everything known calls for, with its reasons; the same facts leave one assessment.

    A priority that a person set stays in force unless the case became more urgent than that person saw. Raises DeskLocked.
    """
    held = Case.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=case.pk)
    reports = list(held.reports.select_related("told").order_by("received_at"))
    told = [_answers(report) for report in reports]
    match_items(case=held, by=by, now=now)
    facts = facts_of(
        told=told,
        paths=[report.path for report in reports],
        known=case_facts(held),
        listed=_meets_list(held),
        advice_only=held.advice_only,
        as_of=now,
    )
    assessment = _keep(held, priority(facts), told, by, now)
    Assessed.objects.bulk_create([Assessed(told=report.told) for report in reports], ignore_conflicts=True)
    _set_clock(held, assessment, now)
    case.refresh_from_db()
    return assessment


@transaction.atomic
def take_in(*, case: Case, now: datetime) -> Assessment:
    """Afterwards a received case is assessed and stands in the queue; a case further on is only assessed again."""
    assessment = assess(case=case, by=SYSTEM, now=now)
    if case.stage == Stage.RECEIVED:
        move(case=case, to=Stage.QUEUED, by=SYSTEM, now=now)
    return assessment


@transaction.atomic
def override_priority(*, case: Case, level: int, why: Why, words: str, by: Actor, now: datetime) -> Override:
    """Afterwards the case has the priority that `by` set, and both this and what the rules said stay visible.

    Raises NoReason without a sentence that says why, NoSuchLevel, NotPermitted.
    """
    held = Case.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=case.pk)
    require(by, Verb.PRIORITY_OVERRIDE, organisation=held.organisation_id, stage=held.stage)
    if level not in WITHIN:
        raise errors.NoSuchLevel
    sealed = seal(organisation=held.organisation_id, purpose=Purpose.REASON, plain=check_reason(words), now=now)
    assessed = held.assessments.last()
    seen = assessed.level if assessed else held.priority
    override = Override.objects.create(case=held, level=level, seen=seen, why=why, words=sealed, actor=by.pseudonym, at=now)
    _set(held, level, now + WITHIN[level])
    detail = {"level": level, "rules_said": seen, "why": why.value}
    record(event=Event.TRIAGE_PRIORITY_SET, subject_kind="case", subject=held.pk, by=by, now=now, detail=detail)
    case.refresh_from_db()
    return override


def match_items(*, case: Case, by: Actor, now: datetime) -> int:
    """Afterwards every item of `case` that meets a list carries its matches as leads; returns how many are new. Raises DeskLocked."""
    new, pictures = 0, _pictures(case)
    for item in case.items.select_related("identifier"):
        identifiers = [form for one in _identifiers(item) for form in pictures.get((one.kind, one.value), [one])]
        found = find_matches(organisation=case.organisation_id, identifiers=identifiers, now=now) if identifiers else []
        new += len(record_matches(organisation=case.organisation_id, case=case.pk, item=item.pk, found=found, by=by, now=now)) if found else 0
    return new


def _identifiers(item: Item) -> Iterator[Identifier]:
    """What lists can be asked about `item`; an identifier in a form that no list has is left to people."""
    kind = Kind(item.hash_kind) if item.kind == "media" and item.hash_kind in set(Kind) else _KINDS.get(item.kind)
    try:
        if kind is not None:
            yield (found := normalise(kind, identifier_of(item)))
            yield from filter(None, [profile_in(found)])
        elif item.kind == "account":
            yield account(item.service, identifier_of(item))
    except NotAnIdentifier:
        return


def _pictures(case: Case) -> dict[tuple[Kind, str], list[Identifier]]:
    """By the hash of a picture that was handed over: all its forms, so that a turned or mirrored copy is found as well."""
    seen = [hashes_of(sighting) for sighting in MediaSighting.objects.filter(case=case.pk).select_related("hashes")]
    near = [[one for one in identifiers if one.kind is Kind.PDQ] for identifiers in seen]
    return {(forms[0].kind, forms[0].value): forms for forms in near if forms}


def _meets_list(case: Case) -> bool:
    """Whether a match that nobody rejected is on a list whose owner lets it count for urgency."""
    counts = Match.objects.filter(case=case.pk, entry__list__may_lead_to__in=[MayLeadTo.PRIORITY, MayLeadTo.ACTION])
    taken_back = Item.everything.filter(case=case).exclude(taken_back_at=None)
    return counts.exclude(standing=Standing.REJECTED).exclude(item__in=taken_back.values("pk")).exists()


def _answers(report: Report) -> dict[str, Any]:
    told = unseal_fields(report.told)
    answers = told.get("answers", told)
    return answers if isinstance(answers, dict) else {}


def _keep(case: Case, found: Priority, told: list[dict[str, Any]], by: Actor, now: datetime) -> Assessment:
    known = completeness(told)
    last = case.assessments.last()
    reasons = [reason.code for reason in found.reasons]
    if last is not None and (last.level, last.reasons, last.missing, last.version) == (found.level, reasons, list(known.missing), VERSION):
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
        due_at=starts + found.due,
        version=VERSION,
        actor=by.pseudonym,
        at=now,
    )
    detail = {"level": found.level, "reasons": len(reasons), "completeness": known.percent, "rules": VERSION}
    record(event=Event.TRIAGE_CASE_ASSESSED, subject_kind="case", subject=case.pk, by=by, now=now, detail=detail)
    return made


def _set_clock(case: Case, assessment: Assessment, now: datetime) -> None:
    override = case.overrides.last()
    level = effective(assessed=assessment.level, seen=override.seen if override else None, set_to=override.level if override else None)
    is_first = case.assessments.count() == 1
    if is_first or level < case.priority:
        due = assessment.due_at if level == assessment.level else now + WITHIN[level]
        _set(case, level, due if is_first else min(due, case.due_at))
    elif level > case.priority:
        # Less urgent than before: the promise that was made to the reporter is kept all the same.
        _set(case, level, case.due_at)


def _set(case: Case, level: int, due_at: datetime) -> None:
    case.priority, case.is_emergency, case.due_at = level, level == EMERGENCY, due_at
    is_waiting = case.stage in {Stage.RECEIVED, Stage.QUEUED}
    if case.stage != Stage.CLOSED:
        case.next_action_at = due_at if is_waiting or case.next_action_at is None else min(case.next_action_at, due_at)
    case.save(update_fields=["priority", "is_emergency", "due_at", "next_action_at"])
