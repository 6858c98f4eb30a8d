"""Leave out kinds of work, and be handed a case no more that was put back. Neither is written into the log: others read that."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from cairndesk.accounts.rules import Actor
from cairndesk.cases.models import Case
from cairndesk.triage.models import LeftOut, PutBack
from cairndesk.triage.rules.work import PUT_BACK_FOR, Work


@transaction.atomic
def choose_work(*, leave_out: Collection[Work], by: Actor) -> None:
    """Afterwards `by` is handed nothing of these kinds, and everything else."""
    LeftOut.objects.filter(actor=by.pseudonym).exclude(kind__in=leave_out).delete()
    LeftOut.objects.bulk_create([LeftOut(actor=by.pseudonym, kind=kind) for kind in leave_out], ignore_conflicts=True)


def hand_no_more(*, case: Case, by: Actor, now: datetime) -> None:
    """Afterwards `by` is not handed `case` as the next one, until that is forgotten; whoever opens it may still take it."""
    PutBack.objects.update_or_create(case=case, actor=by.pseudonym, defaults={"until": now + PUT_BACK_FOR})


def forget_put_back(*, now: datetime) -> int:
    """Afterwards nothing is left of what was put back long ago; returns how many lines went."""
    return PutBack.objects.filter(until__lte=now).delete()[0]
