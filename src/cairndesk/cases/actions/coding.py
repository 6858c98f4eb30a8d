"""What every act of describing does first: may `by` do it, are these facts of this record, are the codes in force."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from cairndesk.accounts.rules import Actor, Verb, require
from cairndesk.accounts.rules.permissions import MACHINES
from cairndesk.cases import errors, taxonomy
from cairndesk.cases.actions.lease import go_on
from cairndesk.cases.models import Case, Coded, CodeOrUnknown, Earlier, Mark
from cairndesk.custody.actions import record as log
from cairndesk.custody.rules import Event
from cairndesk.lib.unknowns import Unknown

Row = TypeVar("Row", bound=Coded)
# What is stamped on every record by the act itself, and is no fact that anybody could state.
STAMPS = frozenset({"taxonomy", "recorded_by", "recorded_at", "taken_back_by", "taken_back_at"})


def allow(by: Actor, case: Case, verb: Verb = Verb.CASE_DESCRIBE) -> None:
    """Return if `by` may do `verb` on `case`; a machine that may take a report may also write down what the report says."""
    taking_over = by.proof in MACHINES and verb is Verb.CASE_DESCRIBE
    require(by, Verb.REPORT_TAKE if taking_over else verb, organisation=case.organisation_id, stage=case.stage, case=case.pk)


def coded(row: Row, facts: Mapping[str, Any], *, allowed: Collection[str], by: Actor, now: datetime) -> Row:
    """`row`, not yet saved, with `facts` set and stamped with the taxonomy in force, `by` and `now`. Raises UnknownFact or UnknownCode."""
    for name, value in facts.items():
        if name not in allowed:
            raise errors.UnknownFact(name)
        setattr(row, name, value)
    row.taxonomy, row.recorded_by, row.recorded_at = taxonomy.in_force(now.date()), by.pseudonym, now
    for column in row._meta.concrete_fields:
        if isinstance(column, CodeOrUnknown | Mark) and (column.name in facts or row._state.adding):
            column.accept(getattr(row, column.name), version=row.taxonomy)
        elif column.name in facts:
            _check_time(column.name, column.get_internal_type(), facts[column.name])
    return row


def standing(row: Coded, names: Iterable[str], *, case: Case, part: str = Earlier.Part.ANSWERS) -> Earlier:
    """The present answers of `row`, not saved; `remember` keeps those that an act goes on to change."""
    answers = {name: getattr(row, name) for name in names}
    return Earlier(case=case, about=row.pk, part=part, answers=answers, recorded_by=row.recorded_by, recorded_at=row.recorded_at)


def standing_marks(marks: Iterable[Any], family: str, *, about: UUID, case: Case) -> Earlier:
    """The present marks of one family, in their order, with the last one to set them."""
    held = [(mark, mark.mark.partition(".")) for mark in marks]
    last = max((mark for mark, split in held if split[0] == family), key=lambda mark: (mark.recorded_at is not None, mark.recorded_at), default=None)
    answers = {family: [code for _, (found, _, code) in held if found == family]}
    by, at = (last.recorded_by, last.recorded_at) if last else ("", None)
    return Earlier(case=case, about=about, part=Earlier.Part.MARKS, answers=answers, recorded_by=by, recorded_at=at)


def remember(earlier: Earlier, after: Mapping[str, Any], *, now: datetime) -> None:
    """Afterwards what `after` changed can still be read as it stood; where nothing had been answered, nothing is kept."""
    empty: tuple[object, ...] = (None, False, [], Unknown.NOT_ASKED)
    earlier.answers = {name: value for name, value in earlier.answers.items() if value not in empty and value != after.get(name)}
    earlier.until = now
    if earlier.answers:
        earlier.save(force_insert=True)


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
    """One log entry about `case`, which keeps a claim of `by` on it alive; `detail` holds codes and counts only."""
    log(event=event, subject_kind="case", subject=case.pk, by=by, now=now, detail=detail)
    go_on(case=case, by=by, now=now)
