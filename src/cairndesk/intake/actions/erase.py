"""Forgetting a reporter: pages, messages, receipts and mailboxes of a case go, and nothing in the spool brings them back."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from cairndesk.cases.models import Case
from cairndesk.intake import errors, receipt
from cairndesk.intake.models import ApiSubmission, Draft, Fragment, Message, Receipt, Withdrawal
from cairndesk.intake.publish import ensure_salt


@transaction.atomic
def stop_listening(*, case: Case) -> None:
    """Until the caller's transaction ends nothing more of the reporter of `case` is taken in: a page or message that comes waits for its end."""
    list(Draft.objects.select_for_update().filter(report__case=case).order_by("pk"))
    list(Receipt.objects.select_for_update().filter(case=case).order_by("pk"))


@transaction.atomic
def forget_reporter(*, case: Case, now: datetime) -> None:
    """Afterwards the six words of `case` are like words that never were, and no page or message is left.

    The sealed items behind them are erased by the caller, who lists them before; it also writes the log.
    """
    stop_listening(case=case)
    drafts = Draft.objects.filter(report__case=case)
    Fragment.objects.filter(draft__in=drafts).delete()
    drafts.update(erased_at=now)
    Message.objects.filter(case=case).delete()
    receipts = Receipt.objects.filter(case=case)
    Withdrawal.objects.bulk_create([Withdrawal(index=one.index) for one in receipts], ignore_conflicts=True)
    receipts.delete()
    ApiSubmission.objects.filter(case=case).update(body_digest=b"")


def check_words(*, case: Case, typed: str) -> None:
    """Return when `typed` are the six words of `case`, which is how a caller shows to be its reporter; else raise NotTheSixWords."""
    cost = receipt.Cost(settings.CAIRNDESK.receipts.memory_kib, settings.CAIRNDESK.receipts.passes)
    try:
        opened = receipt.stretch(receipt.normalise(typed), salt=ensure_salt(), cost=cost)
    except receipt.NotAReceipt as odd:
        raise errors.NotTheSixWords from odd
    if not Receipt.objects.filter(index=opened.index, case=case).exists():
        raise errors.NotTheSixWords
