"""Taking a case and putting it back."""

from datetime import datetime, timedelta

from django.db import transaction

from cairndesk.accounts.errors import NotPermitted
from cairndesk.accounts.rules import SYSTEM, Actor, Verb, require
from cairndesk.cases import actions as cases
from cairndesk.cases.actions import withdraw_grants
from cairndesk.cases.actions.lease import LEASE
from cairndesk.cases.errors import AlreadyClaimed, IllegalMove, NotYourClaim, NotYourPart, TakenOff
from cairndesk.cases.models import Case
from cairndesk.cases.rules.stages import Stage
from cairndesk.custody.actions import in_one_go, record
from cairndesk.custody.rules import Event
from cairndesk.intake.actions import answer_alarm, ring_again
from cairndesk.review import errors, queries
from cairndesk.triage.actions import hand_no_more

# Somebody who claims a case that burns works on it now.
SOON = timedelta(minutes=30)


@in_one_go()
def claim(*, case: Case, by: Actor, now: datetime) -> Case:
    """Afterwards `by` holds `case` at *reviewing* and no alarm rings for it. Raises AlreadyClaimed, NotPermitted or IllegalMove."""
    held = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    if held.stage == Stage.REVIEWING:
        # Sent back, or its holder's time has run out: whoever may classify it may take it.
        require(by, Verb.ITEM_CLASSIFY, organisation=held.organisation_id, stage=held.stage)
    else:
        require(by, Verb.CASE_CLAIM, organisation=held.organisation_id, stage=held.stage)
        cases.move_held(held=held, to=Stage.REVIEWING, by=by, now=now, next_action_at=min(now + LEASE, max(held.due_at, now + SOON)))
    cases.claim(case=held, by=by, now=now)
    answer_alarm(case=held, by=by, now=now)
    record(event=Event.REVIEW_CASE_CLAIMED, subject_kind="case", subject=held.pk, by=by, now=now)
    case.follow(held)
    return case


def claim_next(*, by: Actor, now: datetime) -> Case:
    """Afterwards `by` holds the most urgent, longest waiting case. Raises NothingWaits. Two people never get the same one."""
    for case in queries.next_in_line(by=by, now=now):
        try:
            return claim(case=case, by=by, now=now)
        except (AlreadyClaimed, NotYourPart, TakenOff):
            continue
        except (NotPermitted, IllegalMove):
            # Somebody took it, and was done with it, since the line was read.
            if Case.objects.filter(pk=case.pk, stage=case.stage).exists():
                raise
    raise errors.NothingWaits


@transaction.atomic
def put_back(*, case: Case, by: Actor, now: datetime) -> Case:
    """Afterwards `case` is back in the queue with its clock running on, and `by` is not handed it again. Raises NotYourClaim.

    Whoever holds it may let it go, also when they may not judge any more. Where a child is in danger now an alarm rings anew, so that
    somebody else takes it.
    """
    held = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    if held.claimed_by != by.pseudonym:
        raise NotYourClaim
    _back_to_queue(held, reason="put_back", by=by, now=now)
    hand_no_more(case=held, by=by, now=now)
    record(event=Event.REVIEW_CASE_PUT_BACK, subject_kind="case", subject=held.pk, by=by, now=now)
    case.refresh_from_db()
    return case


@transaction.atomic
def take_off(*, case: Case, holder: str, by: Actor, now: datetime) -> None:
    """Afterwards the person behind the pseudonym `holder` opens and holds nothing of `case`; what they held waits for somebody else.

    Raises NotPermitted; NoGrant where there is no grant to withdraw.
    """
    held = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    withdraw_grants(case=held, holder=holder, by=by, now=now)
    if held.stage == Stage.REVIEWING and held.claimed_by == holder:
        _back_to_queue(held, reason="taken_off", by=by, now=now)
    case.refresh_from_db()


@transaction.atomic
def take_up_again(*, case: Case, now: datetime) -> bool:
    """Afterwards a child in danger waits for somebody again, with an alarm, where whoever took `case` came to no end in time; returns if so."""
    held = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    is_left = held.stage == Stage.REVIEWING and held.is_emergency and held.lease_until is not None and held.lease_until < now
    if is_left:
        _back_to_queue(held, reason="claim_ran_out", by=SYSTEM, now=now)
    return is_left


def _back_to_queue(held: Case, *, reason: str, by: Actor, now: datetime) -> None:
    cases.move_held(held=held, to=Stage.QUEUED, by=by, now=now, reason=reason, next_action_at=held.due_at)
    if held.is_emergency:
        ring_again(case=held, now=now)
