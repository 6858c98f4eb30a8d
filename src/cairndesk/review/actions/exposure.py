"""What somebody's own ledger takes down and lets go of, and how they want to be shown anything; and what their organisation says of that.

Only the last is written into the log: the rest belongs to the person, who would be watched by it. That an original was looked at stands there anyway.
"""

from dataclasses import asdict
from datetime import datetime, timedelta

from django.db import transaction

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor, Verb, require
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.review import errors, queries
from cairndesk.review.models import Bounds, Comfort, Exposure
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


def require_room(*, seconds: int, by: Actor, held: queries.Standing, now: datetime) -> None:
    """Return where `seconds` more of pictures and videos fit into the day of `by`, for whom `held` holds; raises EnoughForToday."""
    if media_seconds(queries.entries_of(by.pseudonym, now=now), now=now) + seconds > held.shown.day * 60:
        raise errors.EnoughForToday


@transaction.atomic
def end_reveal(*, by: Actor, now: datetime) -> None:
    """Afterwards the newest clear view of `by` counts no longer than it was held; one that is over counts as it stands."""
    held = Exposure.objects.select_for_update().filter(actor=by.pseudonym, kind=Kind.REVEAL).last()
    if held is not None and held.at <= now < held.entry.end:
        held.seconds = max(1, round((now - held.at).total_seconds()))
        held.save(update_fields=["seconds"])


def choose_comfort(*, wanted: looking.Comfort, by: Actor) -> None:
    """Afterwards `by` is shown things in this way. Raises LaxerThanTheDesk where their organisation is stricter."""
    if looking.is_laxer(wanted, queries.standing(by).house):
        raise errors.LaxerThanTheDesk
    Comfort.objects.update_or_create(pk=by.pseudonym, defaults=asdict(wanted))


@transaction.atomic
def bound_looking(*, wanted: looking.Comfort, by: Actor, now: datetime) -> None:
    """Afterwards nobody at the organisation of `by` is shown more than this, from now on; the log says from what to what.

    Raises LaxerThanTheDesk where the installation is stricter, NotPermitted.
    """
    require(by, Verb.LOOKING_BOUND, organisation=by.home)
    if looking.is_laxer(wanted, queries.widest()):
        raise errors.LaxerThanTheDesk
    # Held, so that of two who say it in the same moment one comes after the other, in the log too.
    Organisation.objects.select_for_update().get(pk=by.home)
    before = queries.bounds_of(by.home)
    if wanted != before:
        Bounds.objects.create(organisation_id=by.home, actor=by.pseudonym, at=now, **asdict(wanted))
        held, holds = (asdict(looking.strictest(one, queries.widest())) for one in (before, wanted))
        changed = [name for name in holds if holds[name] != held[name]]
        detail: dict[str, str | int] = {f"{name}_{end}": int(said[name]) for name in changed for end, said in (("from", held), ("to", holds))}
        record(event=Event.REVIEW_BOUNDS_SET, subject_kind="organisation", subject=by.home, by=by, now=now, detail=detail)


def forget_exposure(*, now: datetime) -> int:
    """Afterwards no line is left that is older than they are kept; returns how many went."""
    return Exposure.objects.filter(at__lte=now - KEPT).delete()[0]
