"""Reads of intake that other rooms and the doors use."""

from uuid import UUID

from django.db.models import QuerySet

from cairndesk.accounts.queries import Sender
from cairndesk.cases.models import Case
from cairndesk.cases.queries import case_facts
from cairndesk.intake import errors
from cairndesk.intake.models import Alarm, ApiSubmission, SpoolHealth
from cairndesk.intake.rules.asking import Need, needs


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
    return case.messages.filter(from_reporter=True, read_at=None).count()


def corrections(case: Case) -> int:
    """How many messages of the reporter add to what was told, or put it right."""
    return case.messages.filter(corrects=True).count()


def has_way_back(case: Case) -> bool:
    """Whether the reporter of `case` has a receipt, so that a message can reach anybody."""
    return case.receipts.exists()
