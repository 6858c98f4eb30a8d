"""What every act of describing does first: may `by` do it, are these facts of this record, are the codes in force."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from cairndesk.accounts.rules import Actor, Verb, require
from cairndesk.accounts.rules.permissions import MACHINES
from cairndesk.cases import errors, taxonomy
from cairndesk.cases.models import Case, Coded, CodeOrUnknown, Mark
from cairndesk.custody.actions import record as log
from cairndesk.custody.rules import Event

Row = TypeVar("Row", bound=Coded)


def allow(by: Actor, case: Case, verb: Verb = Verb.CASE_DESCRIBE) -> None:
    """Return if `by` may do `verb` on `case`; a machine that may take a report may also write down what the report says."""
    taking_over = by.proof in MACHINES and verb is Verb.CASE_DESCRIBE
    require(by, Verb.REPORT_TAKE if taking_over else verb, organisation=case.organisation_id, stage=case.stage, case=case.pk)


def coded(row: Row, facts: Mapping[str, Any], *, allowed: Collection[str], now: datetime) -> Row:
    """`row`, not yet saved, with `facts` set and stamped with the taxonomy in force. Raises UnknownFact or UnknownCode."""
    for name, value in facts.items():
        if name not in allowed:
            raise errors.UnknownFact(name)
        setattr(row, name, value)
    row.taxonomy = taxonomy.in_force(now.date())
    for column in row._meta.concrete_fields:
        if isinstance(column, CodeOrUnknown | Mark) and (column.name in facts or row._state.adding):
            column.accept(getattr(row, column.name), version=row.taxonomy)
        elif column.name in facts:
            _check_time(column.name, column.get_internal_type(), facts[column.name])
    return row


def _check_time(name: str, kind: str, value: Any) -> None:
    """A time without its zone would be read as another one elsewhere."""
    if value is None:
        return
    if kind == "DateTimeField" and not (isinstance(value, datetime) and value.tzinfo is not None):
        raise errors.UnknownFact(f"{name} must be a time with its zone")
    if kind == "DateField" and (isinstance(value, datetime) or not isinstance(value, date)):
        raise errors.UnknownFact(f"{name} must be a date")


def same_case(case_id: UUID, *rows: Any) -> None:
    """Return if all `rows` (None is skipped) belong to that case; else raise NotOfThisCase."""
    for row in rows:
        if row is not None and row.case_id != case_id:
            raise errors.NotOfThisCase


def note(event: Event, case: Case, *, by: Actor, now: datetime, **detail: str | int) -> None:
    """One log entry about `case`; `detail` holds codes and counts only."""
    log(event=event, subject_kind="case", subject=case.pk, by=by, now=now, detail=detail)
