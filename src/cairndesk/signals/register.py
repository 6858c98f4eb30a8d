"""Reads of the register of tools: which are off, what was written down, and what a case was not asked of."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from cairndesk.accounts.queries import name_behind
from cairndesk.signals.errors import ToolOff
from cairndesk.signals.models import PassedOver, ToolRecord
from cairndesk.signals.tools import TOOLS, WARN_BEFORE, About, Tool


@dataclass(frozen=True, slots=True)
class ToolShown:
    """One tool as staff see it."""

    tool: Tool
    about: About
    purpose: str
    lawful_basis: str
    note: str
    assessed_on: date | None
    by: str
    due_on: date
    is_on: bool
    is_due_soon: bool


def off(*, organisation: UUID, now: datetime) -> frozenset[Tool]:
    """The tools that are off there now, because their assessment is overdue."""
    overdue = ToolRecord.objects.filter(organisation=organisation, due_on__lt=now.date())
    return frozenset(Tool(tool) for tool in overdue.values_list("tool", flat=True))


def require_on(tool: Tool, *, organisation: UUID, now: datetime) -> None:
    """Return where the tool is on; raise ToolOff."""
    if tool in off(organisation=organisation, now=now):
        raise ToolOff(TOOLS[tool].title)


def tools(*, organisation: UUID, now: datetime) -> list[ToolShown]:
    """Every tool in the order of the register; one that `work` has not written down yet is left out."""
    held = {Tool(one.tool): one for one in ToolRecord.objects.filter(organisation=organisation)}
    return [_shown(held[tool], now) for tool in TOOLS if tool in held]


def tools_to_assess(*, organisation: UUID, now: datetime) -> list[ToolShown]:
    """Those that are off, or will be within a month."""
    return [one for one in tools(organisation=organisation, now=now) if not one.is_on or one.is_due_soon]


def passed_over(*, case: UUID) -> list[About]:
    """What `case` was not asked of when it was last weighed."""
    found = set(PassedOver.objects.filter(case=case).values_list("tool", flat=True))
    return [about for tool, about in TOOLS.items() if tool in found]


def cases_to_make_up(*, now: datetime) -> QuerySet[PassedOver, UUID]:
    """Cases that a tool passed over which is on now, as a query."""
    overdue = ToolRecord.objects.filter(organisation=OuterRef("organisation"), tool=OuterRef("tool"), due_on__lt=now.date())
    return PassedOver.objects.exclude(Exists(overdue)).values_list("case", flat=True)


def _shown(held: ToolRecord, now: datetime) -> ToolShown:
    today = now.date()
    return ToolShown(
        tool=Tool(held.tool),
        about=TOOLS[Tool(held.tool)],
        purpose=held.purpose,
        lawful_basis=held.lawful_basis,
        note=held.note,
        assessed_on=held.assessed_on,
        by=name_behind(held.assessed_by) if held.assessed_by else "",
        due_on=held.due_on,
        is_on=held.due_on >= today,
        is_due_soon=today <= held.due_on <= today + WARN_BEFORE,
    )
