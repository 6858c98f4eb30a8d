"""Putting one delivery out of the door: claimed by one worker, tried once, and set down where it then stands."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F

from cairndesk.accounts.rules import Actor
from cairndesk.cases.actions import respect
from cairndesk.cases.rules.choices import Act
from cairndesk.custody.actions import record
from cairndesk.custody.errors import DeskLocked
from cairndesk.custody.rules import Event
from cairndesk.exchange.errors import ExchangeError
from cairndesk.exchange.formats.letter import Kind
from cairndesk.intake.actions import tell_milestone
from cairndesk.lib.errors import DeskError
from cairndesk.response import queries
from cairndesk.response.actions.holding import require_no_hold
from cairndesk.response.actions.leasing import claim_row, set_down
from cairndesk.response.actions.notice import require_letter_sharing
from cairndesk.response.actions.steps import require_no_warning
from cairndesk.response.adapters.egress import Egress
from cairndesk.response.adapters.smtp import Server, send
from cairndesk.response.errors import HeldBack
from cairndesk.response.models import Delivery, Notice, PlanStep
from cairndesk.response.rules import TAKES_DOWN, NoticeState, StepState

_LOCKED_FOR = timedelta(minutes=1)
_HELD_FOR = timedelta(minutes=15)
_LADDER = {"removal", "delisting", "preservation", "booking"}


def deliver(*, delivery: Delivery, server: Server, egress: Egress, sender: str, worker: str, by: Actor, now: datetime) -> bool:
    """Whether the letter was taken by the server. It is never lost: a failure sets the next try, the last one says so on the health page."""
    if not claim_delivery(delivery=delivery, worker=worker, now=now):
        return False
    try:
        # Who wrote it could not know what was chosen or forbidden since. What takes an earlier letter back may always go.
        if delivery.letter != Kind.REVERSAL:
            respect(case=delivery.notice.case, act=Act.WRITE_TO_SITE)
            require_letter_sharing(delivery.notice, now)
        # To be asked to preserve tells nobody, and what is lost meanwhile is lost to the authority as well.
        if delivery.notice.kind in TAKES_DOWN:
            require_no_hold(delivery.notice.case)
            if delivery.letter != Kind.REVERSAL:
                require_no_warning(delivery.notice.step)
        mail = queries.mail_of(delivery, sender)
        send(server, egress, sender=sender, recipient=mail.recipient, message=mail.content)
    except DeskLocked:
        _set_down(delivery.id, worker, trouble="desk_locked", at=now + _LOCKED_FOR)
        return False
    except HeldBack as held:
        _set_down(delivery.id, worker, trouble=held.code, at=now + _HELD_FOR)
        return False
    except (DeskError, ExchangeError) as failure:
        record_trouble(delivery=delivery, worker=worker, failure=failure, by=by, now=now)
        return False
    record_delivered(delivery=delivery, worker=worker, by=by, now=now)
    return True


def claim_delivery(*, delivery: Delivery, worker: str, now: datetime) -> bool:
    """Whether `worker` holds the delivery now; of several that ask at once exactly one does, for five minutes."""
    return claim_row(Delivery.objects.filter(pk=delivery.pk), worker=worker, now=now)


@transaction.atomic
def record_delivered(*, delivery: Delivery, worker: str, by: Actor, now: datetime) -> None:
    """Afterwards the letter is done and a queued notice is *sent*. A worker whose lease went to another changes nothing."""
    done = Delivery.objects.filter(pk=delivery.pk, claimed_by=worker, done_at__isnull=True)
    if not done.update(done_at=now, claimed_by="", lease_until=None, trouble=""):
        return
    if Notice.objects.filter(pk=delivery.notice_id, state=NoticeState.QUEUED).update(state=NoticeState.SENT, sent_at=now):
        if delivery.notice.kind in TAKES_DOWN:
            tell_milestone(case=delivery.notice.case, code="removal_asked", by=by, now=now)
        record(event=Event.RESPONSE_NOTICE_SENT, subject_kind="case", subject=delivery.notice.case_id, by=by, now=now)


@transaction.atomic
def record_trouble(*, delivery: Delivery, worker: str, failure: DeskError, by: Actor, now: datetime) -> None:
    """Afterwards the next try is set, or, when there is none, the delivery is dead and the notice *undelivered*."""
    held = Delivery.objects.select_for_update(of=("self",)).select_related("notice").get(pk=delivery.pk)
    if held.claimed_by != worker:
        return
    set_down(held, trouble=failure.code, failure=failure, now=now)
    if held.is_dead:
        record(event=Event.RESPONSE_DELIVERY_GIVEN_UP, subject_kind="case", subject=held.notice.case_id, by=by, now=now)
        if held.letter in _LADDER:
            _give_up(held.notice)


def _give_up(notice: Notice) -> None:
    Notice.objects.filter(pk=notice.pk, state=NoticeState.QUEUED).update(state=NoticeState.UNDELIVERED)
    PlanStep.objects.filter(pk=notice.step_id, state=StepState.APPROVED).update(state=StepState.FAILED)


def _set_down(delivery_id: UUID, worker: str, *, trouble: str, at: datetime) -> None:
    held = Delivery.objects.filter(pk=delivery_id, claimed_by=worker)
    # Neither a locked desk nor a hold is the server's failure: the try is not counted.
    held.update(claimed_by="", lease_until=None, trouble=trouble, next_try_at=at, attempts=F("attempts") - 1)
