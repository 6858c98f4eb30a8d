"""Looking at an original: the log says who, why and under which grant before its key turns; what comes out is a small copy of its pixels."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from cairndesk.accounts.rules import Actor, Matter, Verb, require
from cairndesk.cases.actions import admit
from cairndesk.cases.models import Case
from cairndesk.custody.actions import open_object
from cairndesk.custody.rules import Event
from cairndesk.review import errors, queries
from cairndesk.review.rules.looking import LookReason
from cairndesk.signals import walled
from cairndesk.signals.engine.derivative import Derivative


def look_at_original(*, case: Case, original: UUID, reason: LookReason, by: Actor, now: datetime) -> Derivative:
    """The small, grey, blurred copy of an original of `case`, or the reason why none could be drawn; it counts as a look in either case.

    Two entries are committed before the key is released: of the look at the case, and of the opening of the object. Raises NotPermitted,
    NoSuchAccount, NothingToLookAt and SandboxTooWeak before anything is written; NoGrant, TakenOff and LooksSpent, after which nothing was
    opened; DeskLocked, ObjectGone, VaultAway.
    """
    require(by, Verb.MEDIA_LOOK, organisation=case.organisation_id, stage=case.stage)
    wanted = queries.to_look_at(case, original)
    if wanted is None:
        raise errors.NoSuchAccount
    if not wanted.is_picture:
        raise errors.NothingToLookAt
    walled.require_walls()
    _enter(case, reason, by, now)
    return walled.draw(open_object(sealed=wanted.original, by=by, now=now).read())


@transaction.atomic
def _enter(case: Case, reason: LookReason, by: Actor, now: datetime) -> None:
    matter, event = Matter.ORIGINAL, Event.REVIEW_ORIGINAL_LOOKED_AT
    admit(case=case, matter=matter, event=event, verb=Verb.MEDIA_LOOK, by=by, now=now, detail={"look": reason.value})
    # Counted behind the entry, while the log is ours alone: of two looks in the same moment one is the last.
    if queries.looks_left(by, now=now) < 0:
        raise errors.LooksSpent
