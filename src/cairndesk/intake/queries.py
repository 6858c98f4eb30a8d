"""Reads of intake that other rooms and the doors use."""

from datetime import timedelta
from uuid import UUID

from django.db.models import QuerySet

from cairndesk.accounts.queries import Sender
from cairndesk.cases.models import Case
from cairndesk.cases.queries import case_facts, choices_of
from cairndesk.cases.rules.stages import Stage
from cairndesk.intake import errors
from cairndesk.intake.known import Known
from cairndesk.intake.models import Alarm, ApiSubmission, SpoolHealth
from cairndesk.intake.rules import Promise
from cairndesk.intake.rules.asking import Need, needs

READ_WITHIN = timedelta(days=2)
"""What a reporter who wrote is told: come back in a day or two."""
_UNSEEN = frozenset({Stage.RECEIVED, Stage.QUEUED})


def submission_of(*, sender: Sender, report: UUID) -> ApiSubmission:
    """The report if this sender handed it over. Raises UnknownReport otherwise, whoever else may have it."""
    found = ApiSubmission.objects.filter(api_key__organisation=sender.organisation, api_key__sender=sender.name, report=report)
    row = found.select_related("case").first()
    if row is None:
        raise errors.UnknownReport
    return row


def ringing(organisation: UUID | None) -> QuerySet[Alarm]:
    """Alarms of `organisation` that nobody has answered, oldest first; `case` is None while the desk is locked."""
    return Alarm.objects.filter(organisation=organisation, answered_at=None).select_related("case").order_by("raised_at")


def needed_for(case: Case | None) -> tuple[Need, ...]:
    """What may be asked of the reporter of `case` for protection, with what the desk knows; nothing without a case."""
    return needs(case_facts(case) if case else None)


def spool_health() -> SpoolHealth:
    """How many files of the spool cannot be taken in, as `work` said last; none before it said anything."""
    return SpoolHealth.objects.filter(id=1).first() or SpoolHealth()


def unread_messages(case: Case) -> int:
    """How many messages of the reporter nobody has read."""
    return sum(one.from_reporter and one.read_at is None for one in case.messages.all())


def corrections(case: Case) -> int:
    """How many messages of the reporter add to what was told, or put it right."""
    return sum(one.corrects for one in case.messages.all())


def objections(case: Case) -> int:
    """How many messages of the reporter ask that somebody else looks at what was decided."""
    return sum(one.is_objection for one in case.messages.all())


def wants_to_know_again(case: Case) -> bool:
    """Whether the reporter of `case` asked to be told when what it is about shows up again."""
    chosen = choices_of(case).get("again")
    return chosen is not None and "yes" in chosen.codes


def promises_of(case: Case, known: Known | None = None) -> tuple[Promise, ...]:
    """What the reporter of `case` was told a day for and waits for still; with `known`, as far as they know. A day, never an hour: no clock runs."""
    if case.erased_at is not None:
        return ()
    stage, stones = (known.stage, known.told) if known else (case.stage, case.milestones.all())
    found = [Promise("seen", case.due_at.date())] if stage in _UNSEEN and not _was_seen(case, known) else []
    written = [one.at for one in case.messages.all() if one.from_reporter and one.read_at is None and one.about in {"", "told", "felt"}]
    if written:
        found.append(Promise("read", (min(written) + READ_WITHIN).date()))
    held = {stone.code: stone for stone in stones}
    asked, done = held.get("looking_again"), held.get("looked_again")
    if asked is not None and asked.by is not None and (done is None or done.at < asked.at):
        found.append(Promise("looked_again", asked.by))
    return tuple(found)


def _was_seen(case: Case, known: Known | None) -> bool:
    if known is not None:
        return any(move.after == Stage.REVIEWING for move in known.moves)
    return case.stage_changes.filter(after=Stage.REVIEWING).exists()


def has_way_back(case: Case) -> bool:
    """Whether the reporter of `case` has a receipt, so that a message can reach anybody."""
    return case.receipts.exists()
