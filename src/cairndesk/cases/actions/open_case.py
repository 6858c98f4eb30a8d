"""Opening a case from what somebody told, and adding a further report to it."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor
from cairndesk.cases.models import Case, Report, StageChange
from cairndesk.cases.rules.stages import Stage
from cairndesk.custody.actions import record, seal
from cairndesk.custody.rules import Event, Purpose

# Until triage has set the clock, nobody may wait longer than this for a first look.
FIRST_LOOK = timedelta(hours=24)
# Letters and digits that cannot be taken for one another when read out on the phone.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


@dataclass(frozen=True)
class ReportFacts:
    """What came in: codes in clear, and `told`, the answers, that will be sealed."""

    source: str
    channel: str
    path: str
    language: str
    told: Mapping[str, Any]
    state: str = Report.Completeness.DONE
    is_emergency: bool = False
    advice_only: bool = False


@transaction.atomic
def open_case(*, organisation: Organisation, report: ReportFacts, by: Actor, now: datetime) -> Case:
    """Afterwards there is a case at stage *received* with this one report, its stage change and its log entries."""
    case = Case.objects.create(
        number=_number(),
        organisation=organisation,
        is_emergency=report.is_emergency,
        priority=1 if report.is_emergency else 3,
        advice_only=report.advice_only,
        opened_at=now,
        stage_since=now,
        due_at=now + FIRST_LOOK,
        next_action_at=now + FIRST_LOOK,
    )
    StageChange.objects.create(case=case, after=Stage.RECEIVED, actor=by.pseudonym, at=now)
    record(event=Event.CASES_CASE_OPENED, subject_kind="case", subject=case.pk, by=by, now=now, detail={"source": report.source})
    add_report(case=case, report=report, by=by, now=now)
    return case


@transaction.atomic
def add_report(*, case: Case, report: ReportFacts, by: Actor, now: datetime) -> Report:
    """Afterwards `case` holds this further report; what was told is sealed."""
    told = seal(organisation=case.organisation_id, purpose=Purpose.TOLD, plain=report.told, now=now)
    row = Report.objects.create(
        case=case,
        source=report.source,
        channel=report.channel,
        path=report.path,
        language=report.language,
        state=report.state,
        told=told,
        received_at=now,
        told_at=now,
    )
    record(event=Event.CASES_REPORT_ADDED, subject_kind="case", subject=case.pk, by=by, now=now, detail={"channel": report.channel})
    return row


def _number() -> str:
    """A case number to say aloud; random, so that it tells neither order nor amount."""
    drawn = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    return f"{drawn[:4]}-{drawn[4:]}"


@transaction.atomic
def replace_told(*, report: Report, told: Mapping[str, Any], state: str, by: Actor, now: datetime) -> Report:
    """Afterwards `report` holds the fuller account `told`; the earlier one stays beside it, sealed, and is erased with it."""
    report.earlier.add(report.told)
    report.told = seal(organisation=report.case.organisation_id, purpose=Purpose.TOLD, plain=told, now=now)
    report.state, report.told_at = state, now
    report.save(update_fields=["told", "state", "told_at"])
    record(event=Event.CASES_REPORT_ADDED, subject_kind="case", subject=report.case_id, by=by, now=now, detail={"channel": report.channel})
    return report
