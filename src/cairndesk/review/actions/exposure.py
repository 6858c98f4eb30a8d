"""What somebody's own ledger takes down and lets go of, and how they want to be shown anything.

None of it is written into the log: it belongs to the person, who would be watched by it. That an original was looked at stands there anyway.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction

from cairndesk.accounts.rules import Actor
from cairndesk.review import errors, queries
from cairndesk.review.models import Comfort, Exposure
from cairndesk.review.rules import looking
from cairndesk.review.rules.exposure import KEPT, MOST_MINUTES, Kind, media_seconds, reading_seconds


def note_exposure(*, kind: Kind, seconds: int, by: Actor, now: datetime, weight: int = 1) -> Exposure:
    """Afterwards the ledger of `by` has this line."""
    return Exposure.objects.create(actor=by.pseudonym, organisation_id=by.home, kind=kind, at=now, seconds=seconds, weight=weight)


def note_reading(*, words: int, by: Actor, now: datetime) -> Exposure:
    """Afterwards the ledger of `by` holds that they read so many words; what was read in the minutes before is another line."""
    return note_exposure(kind=Kind.TEXT, seconds=reading_seconds(words), by=by, now=now)


def note_elsewhere(*, minutes: int, by: Actor, now: datetime) -> Exposure:
    """Afterwards the ledger of `by` holds that they looked for so many minutes, from 1 to MOST_MINUTES, in another system until now."""
    seconds = 60 * min(max(1, minutes), MOST_MINUTES)
    return note_exposure(kind=Kind.ELSEWHERE, seconds=seconds, by=by, now=now - timedelta(seconds=seconds))


def take_break(*, by: Actor, now: datetime) -> Exposure:
    """Afterwards what `by` had before them counts for no proposal of a break any more; the cap of the day stays."""
    return note_exposure(kind=Kind.BREAK, seconds=0, by=by, now=now)


def require_room(*, seconds: int, by: Actor, now: datetime) -> None:
    """Return where `seconds` more of pictures and videos fit into the day of `by`; raises EnoughForToday."""
    if media_seconds(queries.entries_of(by.pseudonym, now=now), now=now) + seconds > queries.cap():
        raise errors.EnoughForToday


@transaction.atomic
def end_reveal(*, by: Actor, now: datetime) -> None:
    """Afterwards the newest clear view of `by` counts no longer than it was held; one that is over counts as it stands."""
    held = Exposure.objects.select_for_update().filter(actor=by.pseudonym, kind=Kind.REVEAL).last()
    if held is not None and held.at <= now < held.entry.end:
        held.seconds = max(1, round((now - held.at).total_seconds()))
        held.save(update_fields=["seconds"])


def choose_comfort(*, wanted: looking.Comfort, by: Actor) -> None:
    """Afterwards `by` is shown things in this way. Raises LaxerThanTheDesk where the desk is stricter in anything but colour."""
    desk = queries.desk_comfort()
    # What the desk has switched off for everybody is no choice of anybody.
    wanted = looking.Comfort(wanted.side, wanted.blur, wanted.is_grey, wanted.asks_twice, wanted.no_video, wanted.no_clear or desk.no_clear)
    # Without colour or with it is their own choice about clear views; small copies are grey wherever the desk says so, whatever stands written.
    if looking.is_laxer(replace(wanted, is_grey=wanted.is_grey or desk.is_grey), desk):
        raise errors.LaxerThanTheDesk
    said = {name: getattr(wanted, name) for name in wanted.__dataclass_fields__}
    Comfort.objects.update_or_create(pk=by.pseudonym, defaults=said)


def forget_exposure(*, now: datetime) -> int:
    """Afterwards no line is left that is older than they are kept; returns how many went."""
    return Exposure.objects.filter(at__lte=now - KEPT).delete()[0]
