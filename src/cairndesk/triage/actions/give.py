"""Share the work out: say who should take a waiting case."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from cairndesk.accounts.rules import Actor, Verb, require
from cairndesk.cases.models import Case
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.triage import errors, queries
from cairndesk.triage.models import Given
from cairndesk.triage.rules.queues import KEPT_AT_LEAST, KEPT_FOR


@transaction.atomic
def give_case(*, case: Case, to: UUID, by: Actor, now: datetime) -> Given:
    """Afterwards `case` is kept for the person `to`: nobody else is handed it as the next in line, until they were given time to take it.

    A child does not wait for somebody who is away: it is kept no longer than it may wait, or a quarter of an hour where that is
    over, and whoever opens it may still take it.
    Raises NobodyToGiveTo, NotPermitted.
    """
    held = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    require(by, Verb.CASE_GIVE, organisation=held.organisation_id, stage=held.stage)
    person = queries.people_to_give_to(held, now=now).filter(pk=to).first()
    if person is None:
        raise errors.NobodyToGiveTo
    until = max(now + KEPT_AT_LEAST, min(now + KEPT_FOR, held.due_at))
    said = {"to": str(person.pseudonym), "until": until, "actor": by.pseudonym, "at": now}
    given, _ = Given.objects.update_or_create(case=held, defaults=said)
    record(event=Event.TRIAGE_CASE_GIVEN, subject_kind="case", subject=held.pk, by=by, now=now, detail={"to": given.to})
    return given
