"""The roster: who is on duty, entered and taken off by whoever answers for the work."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from cairndesk.accounts import errors
from cairndesk.accounts.models import Duty, Person
from cairndesk.accounts.rules import Actor, Verb, duty, require
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event


@transaction.atomic
def put_on_duty(
    *, person: Person, begins: datetime, ends: datetime, page_to: str, weeks: int, by: Actor, now: datetime, reads: bool = False
) -> list[Duty]:
    """Afterwards `person` is on duty at that time, and at the same hours (UTC) in as many `weeks` more. Raises NotPermitted, DutyRefused.

    `reads`: they read what comes in during it, so the public site may say that somebody does; without it they are on call alone.
    """
    require(by, Verb.DUTY_SET, organisation=person.organisation_id)
    if not person.is_active or not 0 <= weeks <= duty.MOST_WEEKS:
        raise errors.DutyRefused(f"Choose somebody who can sign in, and at most {duty.MOST_WEEKS} weeks.")
    made = []
    for week in range(weeks + 1):
        later = timedelta(weeks=week)
        duty.check(begins=begins + later, ends=ends + later, page_to=page_to, now=now)
        turn = {"begins": begins + later, "ends": ends + later, "page_to": page_to, "reads": reads}
        made.append(_enter(person, turn, by, now))
    return made


@transaction.atomic
def end_duty(*, held: Duty, by: Actor, now: datetime) -> None:
    """Afterwards that turn is over, or off the roster where it had not begun. Raises NotPermitted, DutyRefused for one that is over."""
    require(by, Verb.DUTY_SET, organisation=held.organisation_id)
    if held.ends <= now:
        raise errors.DutyRefused("This turn is over.")
    if held.begins < now:
        Duty.objects.filter(pk=held.pk).update(ends=now)
    else:
        Duty.objects.filter(pk=held.pk).delete()
    record(event=Event.ACCOUNTS_DUTY_ENDED, subject_kind="person", subject=held.person_id, by=by, now=now, detail=_times(held.begins, held.ends))


def _enter(person: Person, turn: Mapping[str, Any], by: Actor, now: datetime) -> Duty:
    made = Duty.objects.create(organisation=person.organisation, person=person, entered_by=by.pseudonym, **turn)
    record(event=Event.ACCOUNTS_DUTY_ENTERED, subject_kind="person", subject=person.pk, by=by, now=now, detail=_times(made.begins, made.ends))
    return made


def _times(begins: datetime, ends: datetime) -> dict[str, str | int]:
    """Seconds since 1970, and how long."""
    return {"from": int(begins.timestamp()), "minutes": int((ends - begins).total_seconds() // 60)}
