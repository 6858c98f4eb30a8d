"""Who classified a case and how, and who may look at it next."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import Actor
from cairndesk.accounts.together import fetch
from cairndesk.cases import taxonomy
from cairndesk.cases.models import Case
from cairndesk.cases.queries import hidden_from
from cairndesk.cases.rules.stages import Stage
from cairndesk.directory.queries import rules_of
from cairndesk.directory.rules import Rule
from cairndesk.review import scheme
from cairndesk.review.models import BlindCoding, Classification, SecondLook
from cairndesk.review.rules import FEATURES, WORDS, VerdictCode
from cairndesk.review.rules.mapping import Grade
from cairndesk.triage.queries import able, left_out, names_of, not_handed, not_kept_for_others, without_left_out
from cairndesk.triage.rules.work import Work


@dataclass(frozen=True)
class Answer:
    """One jurisdiction's verdict as a page shows it, with the rule it came from where that rule is still in the directory."""

    jurisdiction: str
    code: str
    words: str
    rule: Rule | None


@dataclass(frozen=True)
class View:
    """What one person saw, in words: features, harms, severity, values of other schemes; the note is opened apart."""

    title: str
    by: str
    at: datetime
    lines: tuple[tuple[str, str], ...]
    harms: tuple[str, ...]
    severity: str
    note: UUID | None
    grades: tuple[tuple[str, str, str], ...] = ()


def latest(case: Case, *, before: Classification | None = None) -> Classification | None:
    """The newest classification of `case`; with `before`, the one that came before that."""
    versions = [one for one in case.classifications.all() if before is None or one.version < before.version]
    return max(versions, key=lambda one: one.version, default=None)


def second_looks(case: Case) -> dict[UUID, SecondLook]:
    """The second looks at `case`, by the classification that they are about."""
    return {one.classification_id: one for one in SecondLook.objects.filter(classification__case=case)}


def other_looks(case: Case) -> tuple[dict[UUID, SecondLook], dict[UUID, BlindCoding]]:
    """The second looks at `case` and its blind codings, each by the classification that it is about: read at once."""
    seconds, blind = fetch(case, _other_looks)
    return {one.classification_id: one for one in seconds}, {one.classification_id: one for one in blind}


def _other_looks(case: UUID) -> list[QuerySet[Any]]:
    return [SecondLook.objects.filter(classification__case=case), BlindCoding.objects.filter(classification__case=case)]


def open_disagreement(case: Case, seconds: Mapping[UUID, SecondLook] | None = None) -> SecondLook | None:
    """The second look that disagrees with the newest classification and that no supervisor has decided yet. `seconds`: where they are at hand."""
    newest = latest(case)
    if newest is None:
        return None
    second = (second_looks(case) if seconds is None else seconds).get(newest.pk)
    # What settles it is a newer classification.
    return second if second is not None and not second.agrees else None


def verdicts_of(case: Case) -> dict[str, str]:
    """Jurisdiction → verdict code of the newest classification; empty before there is one."""
    newest = latest(case)
    return {one["jurisdiction"]: one["code"] for one in newest.verdicts} if newest else {}


def answers(classification: Classification, *, on: date) -> list[Answer]:
    """The verdicts of one classification with words, source and whether they come from a sample."""
    found, rules = [], rules_of({one["jurisdiction"] for one in classification.verdicts}, on)
    for one in classification.verdicts:
        rule = next((rule for rule in rules[one["jurisdiction"]] if rule.set_code == one["set"] and rule.verdict == one["code"]), None)
        found.append(Answer(one["jurisdiction"], one["code"], WORDS[VerdictCode(one["code"])], rule))
    return found


def view_of(seen: Classification | SecondLook | BlindCoding, *, title: str, by: str) -> View:
    """What one person saw, in the words of the taxonomy; what was not asked is left out."""
    lines = tuple(
        (feature.asks, taxonomy.label(feature.family, seen.features[feature.name]))
        for feature in FEATURES
        if seen.features.get(feature.name, "not_asked") != "not_asked"
    )
    return View(
        title,
        by,
        seen.at,
        lines,
        tuple(taxonomy.label("harm", harm) for harm in seen.harms),
        _severity_words(seen),
        seen.note_id,
        tuple(grades_in_words(seen)),
    )


def grades_in_words(seen: Classification | SecondLook | BlindCoding) -> list[tuple[str, str, str]]:
    """Each grade that a person gave: the scheme with its version, the value, and what had been suggested where that was something else."""
    return [_grade(grade) for grade in seen.look.grades if grade.codes]


def _severity_words(seen: Classification | SecondLook | BlindCoding) -> str:
    """The level as it was called in the version that it was chosen from."""
    found = scheme.find(seen.scheme, seen.scheme_version)
    level = found.level(seen.severity) if found else None
    return f"{seen.severity.upper()}, {level.label}" if level else seen.severity.upper()


def _grade(grade: Grade) -> tuple[str, str, str]:
    found = scheme.find(grade.scheme, grade.version)

    def words(codes: tuple[str, ...]) -> str:
        levels = [(code, found.level(code) if found else None) for code in codes]
        return ", ".join(level.label if level else code for code, level in levels)

    hint = "" if grade.suggested == grade.codes else words(grade.suggested) or "nothing"
    return f"{found.title if found else grade.scheme}, version {grade.version}", words(grade.codes), hint


def views_of(case: Case, seconds: Mapping[UUID, SecondLook], blind: Mapping[UUID, BlindCoding]) -> list[View]:
    """Every version, every second look and the blind coding, oldest version first; all sides of a disagreement stay visible.

    What was taken over from a case that waits to be coded blind is not told: it would say how that one is coded.
    """
    versions = [one for one in case.classifications.all() if not _is_of_veiled(one)]
    names = names_of([one.actor for one in (*versions, *seconds.values(), *blind.values())])
    seen = [held for one in versions for held in (one, seconds.get(one.pk), blind.get(one.pk)) if held]
    return [view_of(one, title=_title(one), by=names.get(one.actor, "")) for one in seen]


def next_in_line(*, by: Actor, now: datetime, most: int = 20) -> list[Case]:
    """The cases that `by` could take next, in danger first, then the most urgent, then the longest waiting; also what somebody left half done.

    None of a kind that they left out, none that they put back or were taken off, and none that waits for a decision between two views.
    """
    waiting = Case.objects.filter(Case.free(now), organisation=by.organisation, stage=Stage.QUEUED)
    judged = Exists(Classification.objects.filter(case=OuterRef("pk")))
    left = Case.objects.filter(organisation=by.organisation, stage=Stage.REVIEWING, lease_until__lt=now).exclude(judged)
    without = left_out(by)
    # Asked apart: each reads its own stretch of the queue in order.
    found = [case for cases in (waiting, left) for case in _handed(cases, by, now, without)[:most]]
    return sorted(found, key=lambda case: (not case.is_emergency, case.priority, case.opened_at, case.pk))[:most]


def left_in_danger(*, now: datetime) -> list[Case]:
    """Cases in danger now whose holder's time ran out before they were classified: a browser that was closed, somebody who was called away."""
    homes = list(Organisation.objects.values_list("pk", flat=True))
    return list(Case.objects.filter(organisation__in=homes, stage=Stage.REVIEWING, is_emergency=True, lease_until__lt=now).order_by("pk"))


def _handed(cases: QuerySet[Case], by: Actor, now: datetime, without: Collection[Work]) -> QuerySet[Case]:
    free = not_handed(not_kept_for_others(cases, by=by, now=now), by=by, now=now, without=without)
    # Their stage, their order and no more: whoever takes one reads it anew.
    return free.order_by("-is_emergency", "priority", "opened_at", "pk").only("stage", "is_emergency", "priority", "opened_at")


def others_who_may_look(case: Case, *, now: datetime) -> QuerySet[Person]:
    """People of the same organisation who may give the second look: the role, training in date, and neither who classified nor who holds it."""
    busy = [one for one in (*_first(case), case.claimed_by) if one]
    return able(now=now).filter(organisation=case.organisation_id).exclude(pseudonym__in=busy)


def partners_who_may_look(case: Case, *, now: datetime) -> QuerySet[Person]:
    """People of partner organisations who could be invited to give the second look, by organisation and name."""
    return able(now=now).exclude(organisation=case.organisation_id).select_related("organisation").order_by("organisation__name", "name", "pk")


def waiting_for_look(*, by: Actor) -> list[Case]:
    """Cases at *second look* that `by` may look at, at home or as a named guest of a partner, oldest first.

    Of a kind that they left out only those in danger.
    """
    invited = [right.case for right in by.guest]
    waiting = Case.objects.filter(Q(organisation=by.organisation) | Q(pk__in=invited), stage=Stage.SECOND_LOOK).exclude(hidden_from(by))
    shown = without_left_out(waiting, by=by, at=[Stage.SECOND_LOOK]).order_by("priority", "stage_since", "pk")
    return [case for case in shown if by.pseudonym not in _first(case)]


def _first(case: Case) -> list[str]:
    newest = latest(case)
    return [newest.actor] if newest else []


def _is_of_veiled(version: Classification) -> bool:
    sample = getattr(version.taken_from.case, "sample", None) if version.taken_from else None
    return sample is not None and sample.done_at is None


def _title(seen: Classification | SecondLook | BlindCoding) -> str:
    if isinstance(seen, Classification):
        return f"Classification {seen.version}" + (f", taken over from case {seen.taken_from.case.number}" if seen.taken_from else "")
    if isinstance(seen, BlindCoding):
        return "Blind second coding"
    return "Second look: agrees" if seen.agrees else "Second look: sees it differently"
