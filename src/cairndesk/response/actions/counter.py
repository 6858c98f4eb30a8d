"""Objections to a notice: heard by a person who had no part in it, and where they are right, undone and counted."""

from datetime import datetime, timedelta

from django.db import transaction

from cairndesk.accounts.rules import Actor, FreshProof, Verb, require_fresh
from cairndesk.cases.models import Case
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.exchange.formats import letter
from cairndesk.response import rules
from cairndesk.response.actions.confirming import deciding_digest
from cairndesk.response.actions.gate import hold, hold_objection, require_another, require_supervisor
from cairndesk.response.actions.notice import end_if_answered, enqueue
from cairndesk.response.actions.sealing import seal_words
from cairndesk.response.errors import IllegalStep
from cairndesk.response.models import CounterNotice, Notice
from cairndesk.response.rules import NoticeState

_DECIDE_WITHIN = timedelta(days=7)


@transaction.atomic
def record_counter_notice(*, notice: Notice, from_whom: str, words: str, by: Actor, now: datetime) -> CounterNotice:
    """Afterwards the objection waits for a review within seven days, and the notice is *countered*. Raises IllegalStep."""
    return _counter(hold(notice, by, Verb.STEP_RECORD), from_whom, words, by, now)


@transaction.atomic
def counter_every_notice(*, case: Case, words: str, by: Actor, now: datetime) -> int:
    """Afterwards each notice of `case` that went out has an objection, which is decided as any other; returns how many those are.

    Raises NotPermitted for anybody but a supervisor: what was found turned out to be wrong, whatever the stage of the case.
    """
    require_supervisor(by, case.organisation_id)
    out = Notice.objects.select_for_update(of=("self",)).select_related("case").filter(case=case, state__in=rules.COUNTERABLE)
    out = out.exclude(pk__in=CounterNotice.objects.filter(notice__case=case, state=CounterNotice.State.OPEN).values("notice"))
    return len([_counter(notice, "desk", words, by, now) for notice in out])


def _counter(held: Notice, from_whom: str, words: str, by: Actor, now: datetime) -> CounterNotice:
    # One that was escalated meanwhile can be objected to again only once the first objection is decided.
    if held.counter_notices.filter(state=CounterNotice.State.OPEN).exists():
        raise IllegalStep("an objection to this notice waits for its review")
    before = NoticeState(held.state)
    rules.check_move(rules.NOTICE_MOVES, before, NoticeState.COUNTERED)
    objection = CounterNotice.objects.create(
        notice=held,
        from_whom=from_whom,
        words=seal_words(held.case, words, now),
        before=before,
        received_at=now,
        decide_by=now + _DECIDE_WITHIN,
    )
    held.state = NoticeState.COUNTERED
    held.save()
    record(event=Event.RESPONSE_NOTICE_COUNTERED, subject_kind="case", subject=held.case_id, by=by, now=now)
    return objection


@transaction.atomic
def decide_counter_notice(*, objection: CounterNotice, is_right: bool, why: str, by: Actor, fresh: FreshProof | None, now: datetime) -> CounterNotice:
    """Afterwards the notice goes on from where it stood, or is withdrawn with a letter that asks to undo it.

    Raises NotPermitted for anybody but a supervisor, SignOffMissing for one who drafted or sent the notice, FreshProofNeeded.
    """
    held = hold_objection(objection, by)
    if held.state != CounterNotice.State.OPEN:
        raise IllegalStep("this objection has been decided")
    notice = Notice.objects.select_for_update(of=("self",)).select_related("case", "provider").get(pk=held.notice_id)
    require_another(by, notice.drafted_by, notice.approved_by)
    require_fresh(fresh, by=by, digest=deciding_digest(held, is_right=is_right, why=why), now=now)
    held.why = seal_words(notice.case, why, now)
    held.state = CounterNotice.State.REVERSED if is_right else CounterNotice.State.UPHELD
    held.decided_by, held.decided_at = by.pseudonym, now
    held.save()
    _settle(notice, NoticeState.WITHDRAWN if is_right else NoticeState(held.before), by, now)
    if is_right:
        enqueue(notice, letter.Kind.REVERSAL, now, legality=why)
    return held


def _settle(notice: Notice, to: NoticeState, by: Actor, now: datetime) -> None:
    if notice.state == NoticeState.COUNTERED:
        rules.check_move(rules.NOTICE_MOVES, NoticeState.COUNTERED, to)
    elif to is not NoticeState.WITHDRAWN:
        # It was answered or escalated while the objection waited, and goes on from there.
        to = NoticeState(notice.state)
    notice.state = to
    notice.ended_at = now if to in rules.ENDED else notice.ended_at
    notice.remind_at = None if to is NoticeState.WITHDRAWN else notice.remind_at
    notice.save()
    event = Event.RESPONSE_NOTICE_REVERSED if to is NoticeState.WITHDRAWN else Event.RESPONSE_NOTICE_UPHELD
    record(event=event, subject_kind="case", subject=notice.case_id, by=by, now=now)
    end_if_answered(notice, by, now)
