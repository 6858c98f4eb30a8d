"""Looking at an original: the log says who, why and under which grant before its key turns; what comes out is drawn of its pixels."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from cairndesk.accounts.rules import Actor, Matter, Verb, require
from cairndesk.cases.actions import admit
from cairndesk.cases.models import Case
from cairndesk.custody.actions import open_object
from cairndesk.custody.rules import Event
from cairndesk.review import errors, queries
from cairndesk.review.actions.exposure import note_exposure, require_room
from cairndesk.review.queries.looking import ToLookAt
from cairndesk.review.rules.exposure import LOOK_SECONDS, Kind
from cairndesk.review.rules.looking import LookReason, clear_side
from cairndesk.signals import walled
from cairndesk.signals.engine.derivative import Derivative, Manner


def look_at_original(*, case: Case, original: UUID, reason: LookReason, by: Actor, now: datetime) -> Derivative:
    """The small copy of an original of `case`, as grey and blurred as its organisation and `by` want it, or why none could be drawn.

    It counts as a look in either case. Two entries are committed before the key is released: of the look at the case, and of the opening
    of the object. Raises NotPermitted, NoSuchAccount, NothingToLookAt and SandboxTooWeak before anything is written; NoGrant, TakenOff,
    LooksSpent, SparedThis and EnoughForToday, after which nothing was opened; DeskLocked, ObjectGone, VaultAway.
    """
    wanted = _wanted(case, original, by)
    shown = _enter(case, reason, by, now, original, is_video=wanted.is_video).shown
    data = open_object(sealed=wanted.original, by=by, now=now).read()
    return walled.draw(data, Manner(shown.side, shown.blur, shown.is_grey))


def see_clearly(*, case: Case, original: UUID, reason: LookReason, by: Actor, now: datetime) -> Derivative:
    """The sharp drawing of an original that `by` has looked at small before, for the seconds that a clear view may last.

    Not even now a byte of the file is shown. Raises what `look_at_original` raises, and LookFirst.
    """
    wanted = _wanted(case, original, by)
    if not queries.has_looked(original, by=by, now=now):
        raise errors.LookFirst
    own = _enter(case, reason, by, now, original, is_video=wanted.is_video, is_clear=True).own
    data = open_object(sealed=wanted.original, by=by, now=now).read()
    return walled.draw(data, Manner(clear_side(own, queries.widest()), 0, own.is_grey))


def _wanted(case: Case, original: UUID, by: Actor) -> ToLookAt:
    require(by, Verb.MEDIA_LOOK, organisation=case.organisation_id, stage=case.stage)
    wanted = queries.to_look_at(case, original)
    if wanted is None:
        raise errors.NoSuchAccount
    if not wanted.can_be_drawn:
        raise errors.NothingToLookAt
    walled.require_walls()
    return wanted


@transaction.atomic
def _enter(
    case: Case, reason: LookReason, by: Actor, now: datetime, original: UUID, *, is_video: bool = False, is_clear: bool = False
) -> queries.Standing:
    """What holds for the look that is written down now, which may be stricter than what held when the page was drawn."""
    event = Event.REVIEW_ORIGINAL_SEEN_CLEARLY if is_clear else Event.REVIEW_ORIGINAL_LOOKED_AT
    detail: dict[str, str | int] = {"look": reason.value, "original": str(original)}
    admit(case=case, matter=Matter.ORIGINAL, event=event, verb=Verb.MEDIA_LOOK, by=by, now=now, detail=detail)
    # Counted behind the entry, while the log is ours alone: of two looks in the same moment one is the last.
    if queries.looks_left(by, now=now) < 0:
        raise errors.LooksSpent
    seconds = int(settings.CAIRNDESK.desk.clear_seconds) if is_clear else LOOK_SECONDS
    held = queries.standing(by, case.organisation_id)
    if (is_video and held.own.no_video) or (is_clear and held.own.no_clear):
        raise errors.SparedThis
    require_room(seconds=seconds, by=by, held=held, now=now)
    note_exposure(kind=Kind.REVEAL if is_clear else Kind.LOOK, seconds=seconds, by=by, now=now, weight=queries.weight(case))
    return held
