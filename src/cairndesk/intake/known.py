"""What a reporter may know of a case by now: of what somebody of the desk did, only what they cannot take back any more.

What the reporter did, or the machine upon it, is known at once; so is what takes something back that was told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cairndesk.accounts import undo
from cairndesk.accounts.rules import SYSTEM
from cairndesk.cases.models import Case, SetAside, StageChange
from cairndesk.cases.queries import limits_of
from cairndesk.cases.rules.stages import Stage
from cairndesk.intake.models import Message, Milestone

# The machine says it to who objected, with the day until which somebody looks again.
_AT_ONCE = {"looking_again"}


@dataclass(frozen=True)
class Known:
    """A case as its reporter may see it, oldest first; `again_at` is when something more may be seen, if anything waits for that."""

    stage: str
    outcome: str
    moves: Sequence[StageChange]
    told: Sequence[Milestone]
    messages: Sequence[Message]
    aside: Sequence[SetAside]
    again_at: datetime | None


def known_of(case: Case, now: datetime) -> Known:
    """What may be seen of `case` now."""
    waiting: list[datetime] = []

    def may(at: datetime, *, at_once: bool = False) -> bool:
        if at_once or undo.is_over(at, now):
            return True
        waiting.append(at)
        return False

    every = sorted(case.stage_changes.all(), key=lambda one: one.pk)
    stood = [one for one, then in zip(every, [*every[1:], None], strict=True) if not _undone(one, then)]
    moves = [one for one in stood if may(one.at, at_once=_follows(one))]
    is_newest = moves[-1:] == every[-1:]
    told = [one for one in case.milestones.all() if may(one.at, at_once=one.code in _AT_ONCE)]
    aside = [one.set_aside for one in limits_of(case) if one.set_aside and may(one.set_aside.at)]
    written = case.messages.select_related("text", "wrote").order_by("at", "pk")
    messages = [one for one in written if may(one.at, at_once=one.from_reporter or one.laid_out_at is not None)]
    return Known(
        stage=case.stage if is_newest or not moves else moves[-1].after,
        outcome=case.outcome if is_newest else "",
        moves=moves,
        told=told,
        messages=messages,
        aside=aside,
        again_at=min(waiting) + undo.window() if waiting else None,
    )


def _follows(move: StageChange) -> bool:
    """Whether `move` is the telling itself, follows from what the reporter did, or takes back what was told."""
    return not move.before or move.actor == SYSTEM.pseudonym or move.after == Stage.QUEUED


def _undone(move: StageChange, then: StageChange | None) -> bool:
    """Whether `then` took `move` back at once: the case was put back, or opened again, before anybody heard of it."""
    return then is not None and then.after == Stage.QUEUED and bool(move.before) and abs(then.at - move.at) < undo.window()
