"""Whether the file of a case holds what it must hold when the case is closed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from cairndesk.cases.models import Case, CasePerson
from cairndesk.cases.queries import case_facts, is_held
from cairndesk.cases.rules.facts import CaseFacts
from cairndesk.directory.checklists import FACTS, Asked, Fact, Without
from cairndesk.directory.queries import minimum_record
from cairndesk.intake.queries import has_way_back
from cairndesk.lib.unknowns import Unknown
from cairndesk.response.models import AuthorityPackage, Notice, PlanStep, Preservation, Referral
from cairndesk.response.rules import TAKES_DOWN, Consent, NoticeState, PackageState, StepKind, StepState
from cairndesk.review.models import Classification
from cairndesk.review.queries import latest

# What was never asked is missing; "not known" and "does not want to say" are answers.
_NOT_ASKED = Unknown.NOT_ASKED.value
_ARRIVED = (PackageState.HANDED_OVER, PackageState.ACKNOWLEDGED, PackageState.ACCEPTED, PackageState.ANSWERED)
_RESULTS = frozenset({NoticeState.REMOVED, NoticeState.REFUSED, NoticeState.WITHDRAWN})
_UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Line:
    """One fact that a file must hold, in words, why, and whether it is there (None: nothing in this case calls for it)."""

    fact: Fact
    asks: str
    because: str
    may_be_missing: bool
    is_there: bool | None

    @property
    def is_missing(self) -> bool:
        """Whether the case calls for it and it is not there."""
        return self.is_there is False


@dataclass(frozen=True)
class _File:
    """What is asked of more than once for one case, read once."""

    case: Case

    @cached_property
    def facts(self) -> CaseFacts:
        return case_facts(self.case)

    @cached_property
    def newest(self) -> Classification | None:
        return latest(self.case)


def record_asked(case: Case, now: datetime) -> Asked:
    """The checklist by which `case` would be closed now."""
    return minimum_record(case.organisation, now.date())


def record_of(case: Case, now: datetime) -> list[Line]:
    """Every fact that the file of `case` must hold, in the order of `Fact`. Nothing sealed is opened."""
    lines, file = record_asked(case, now).lines, _File(case)
    return [_line(file, Fact(one.name), one.because, may_be_missing=one.without is Without.REASON) for one in lines]


def missing_from(case: Case, now: datetime) -> list[Line]:
    """Those that it does not hold."""
    return [line for line in record_of(case, now) if line.is_missing]


def _line(file: _File, fact: Fact, because: str, *, may_be_missing: bool) -> Line:
    return Line(fact, FACTS[fact], because, may_be_missing, _LOOK[fact](file))


def _came(file: _File) -> bool:
    told = list(file.case.reports.values_list("source", "channel"))
    return bool(told) and all(source != _NOT_ASKED and channel for source, channel in told)


def _children(file: _File) -> bool:
    found = CasePerson.objects.filter(case=file.case, roles__role__in=["child", "adult_survivor"], roles__taken_back_at=None)
    ages = found.values_list("stated_age", "apparent_age", "age_at_report")
    return bool(ages) and all(any(age != _NOT_ASKED for age in one) for one in ages)


def _country(file: _File) -> bool:
    return file.case.incidents.exclude(country_child=_NOT_ASKED).exists()


def _harm(file: _File) -> bool | None:
    newest = file.newest
    there = bool(file.facts.harms or (newest and newest.harms))
    return None if file.case.advice_only and not there else there


def _urgency(file: _File) -> bool | None:
    held = file.facts
    there = _NOT_ASKED not in {held.abuse_now, held.continuing_access, held.self_harm}
    return None if file.case.advice_only and not there else there


def _decision(file: _File) -> bool:
    newest = file.newest
    if newest is None:
        return file.case.advice_only and _wrote_back(file.case)
    return newest.note_id is not None or any(one["code"] != _UNDECIDED for one in newest.verdicts)


def _preservation(file: _File) -> bool | None:
    there = Preservation.objects.filter(case=file.case).exists() or is_held(file.case)
    return there or _instead(file.case, StepKind.PRESERVE, StepKind.REMOVE)


def _removal(file: _File) -> bool | None:
    states = set(Notice.objects.filter(case=file.case, kind__in=TAKES_DOWN).exclude(state=NoticeState.DROPPED).values_list("state", flat=True))
    return states <= _RESULTS if states else _instead(file.case, StepKind.REMOVE)


def _authority(file: _File) -> bool | None:
    return AuthorityPackage.objects.filter(case=file.case, state__in=_ARRIVED).exists() or _instead(file.case, StepKind.AUTHORITY)


def _support(file: _File) -> bool:
    offered = Referral.objects.filter(case=file.case).exclude(consent=Consent.NOT_ASKED).exists()
    return offered or (file.case.advice_only and _wrote_back(file.case)) or bool(_instead(file.case, StepKind.SUPPORT))


def _told_back(file: _File) -> bool | None:
    return _wrote_back(file.case) or (False if has_way_back(file.case) else None)


def _wrote_back(case: Case) -> bool:
    return case.messages.filter(from_reporter=False).exists()


def _instead(case: Case, *kinds: StepKind) -> bool | None:
    """Whether the newest step of each of `kinds` was skipped with a reason; None where the plan has no such step."""
    newest = {step.kind: step for step in PlanStep.objects.filter(case=case, kind__in=kinds).order_by("position")}
    return all(step.state == StepState.SKIPPED and step.why_id is not None for step in newest.values()) if newest else None


_LOOK: Mapping[Fact, Callable[[_File], bool | None]] = {
    Fact.CAME: _came,
    Fact.CHILD: _children,
    Fact.COUNTRY: _country,
    Fact.HARM: _harm,
    Fact.URGENCY: _urgency,
    Fact.DECISION: _decision,
    Fact.PRESERVATION: _preservation,
    Fact.REMOVAL: _removal,
    Fact.AUTHORITY: _authority,
    Fact.SUPPORT: _support,
    Fact.TOLD_BACK: _told_back,
}
