"""The register of tools: assessing one, saying loudly that one went off, and noting which cases it passed over."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import SYSTEM, Actor, Verb, require
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.signals import tools
from cairndesk.signals.models import PassedOver, ToolRecord
from cairndesk.signals.tools import FIRST_DUE, Tool


@transaction.atomic
def assess_tool(
    *, organisation: UUID, tool: Tool, purpose: str, lawful_basis: str, note: str, assessed_on: date, due_on: date, by: Actor, now: datetime
) -> ToolRecord:
    """Afterwards the tool is on until `due_on`, and what was assessed stands in the register. Raises AssessmentRefused, NotPermitted."""
    require(by, Verb.TOOL_ASSESS, organisation=organisation)
    tools.check(purpose=purpose, lawful_basis=lawful_basis, assessed_on=assessed_on, due_on=due_on, today=now.date())
    told = {"purpose": purpose.strip(), "lawful_basis": lawful_basis.strip(), "note": note.strip(), "assessed_on": assessed_on, "due_on": due_on}
    said = {**told, "assessed_by": by.pseudonym, "is_said_off": False}
    held, _ = ToolRecord.objects.update_or_create(organisation_id=organisation, tool=tool, defaults=said)
    detail = {"tool": tool.value, "assessed_on": assessed_on.isoformat(), "due_on": due_on.isoformat()}
    record(event=Event.SIGNALS_TOOL_ASSESSED, subject_kind="tool", subject=held.pk, by=by, now=now, detail=detail)
    return held


@transaction.atomic
def look_after_tools(*, now: datetime) -> list[ToolRecord]:
    """Afterwards every organisation has every tool in its register, and the log says of each that went off; returns those."""
    for organisation in Organisation.objects.all():
        known = set(ToolRecord.objects.filter(organisation=organisation).values_list("tool", flat=True))
        # From now on, not from when the organisation began: bringing an older desk up to date must switch nothing off.
        missing = [ToolRecord(organisation=organisation, tool=tool, due_on=now.date() + FIRST_DUE) for tool in Tool if tool not in known]
        ToolRecord.objects.bulk_create(missing, ignore_conflicts=True)
    overdue = list(ToolRecord.objects.select_for_update().filter(due_on__lt=now.date(), is_said_off=False))
    for one in overdue:
        detail = {"tool": one.tool, "due_on": one.due_on.isoformat()}
        record(event=Event.SIGNALS_TOOL_OVERDUE, subject_kind="tool", subject=one.pk, by=SYSTEM, now=now, detail=detail)
    ToolRecord.objects.filter(pk__in=[one.pk for one in overdue]).update(is_said_off=True)
    return overdue


def note_passed_over(*, organisation: UUID, case: UUID, off: Collection[Tool]) -> None:
    """Afterwards `case` is known to have been weighed without these tools and with all others."""
    PassedOver.objects.filter(case=case).exclude(tool__in=off).delete()
    rows = [PassedOver(organisation_id=organisation, case=case, tool=tool) for tool in sorted(off)]
    PassedOver.objects.bulk_create(rows, ignore_conflicts=True)
