"""Counting how often something outside has been waited for; the counting is the desk's, the letter is a person's."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from cairndesk.response import rules
from cairndesk.response.models import AuthorityPackage, Notice, PlanStep, Preservation, Referral
from cairndesk.response.rules import PackageState, ReferralState

_AGAIN = timedelta(days=1)


@transaction.atomic
def remind(*, now: datetime) -> int:
    """Afterwards everything whose reminder was due counts one more and has its next one tomorrow; returns how many."""
    due = {"remind_at__lte": now}
    rows = (
        PlanStep.objects.filter(state__in=rules.OPEN_STEPS, **due),
        Notice.objects.filter(state__in=rules.AWAITS_ANSWER, **due),
        AuthorityPackage.objects.filter(state=PackageState.HANDED_OVER, **due),
        Referral.objects.filter(state=ReferralState.MADE, **due),
    )
    reminded = sum(one.update(reminders=F("reminders") + 1, remind_at=now + _AGAIN) for one in rows)
    ending = Preservation.objects.filter(renew_on__lte=now.date(), expires_on__gte=now.date(), reminded_on__isnull=True)
    return reminded + ending.update(reminded_on=now.date())
