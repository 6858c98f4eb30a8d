"""Whether a small copy of an original can be looked at, and how often somebody still may."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor
from cairndesk.cases.models import Case
from cairndesk.custody.models import SealedObject
from cairndesk.custody.queries import LogLine, released_to
from cairndesk.review.queries.story import File, files
from cairndesk.review.rules.looking import DAY
from cairndesk.signals.engine.answer import Format, State
from cairndesk.signals.engine.video.answer import Container
from cairndesk.signals.queries import sightings_of

_PICTURES = frozenset(one.name for one in Format) - {Format.NONE.name}
_VIDEOS = frozenset(one.name for one in Container) - {Container.NONE.name}


@dataclass(frozen=True)
class ToLookAt:
    """An original that is kept, as the page of its case tells it, and whether it is a picture or a video that could be decoded."""

    original: SealedObject
    file: File
    is_video: bool
    can_be_drawn: bool


def are_looked_at(organisation: Organisation) -> bool:
    """Whether originals of `organisation` can be looked at here at all: its mode keeps them, and there is a host of its own for the copies."""
    return organisation.media_mode == Organisation.Media.SEALED and bool(settings.CAIRNDESK.desk.look_origin)


def is_looked_at_home(by: Actor) -> bool:
    """Whether originals can be looked at where `by` works; one query where the desk names a host for it, none elsewhere."""
    here = settings.CAIRNDESK.desk.look_origin
    return bool(here) and Organisation.objects.filter(pk=by.home, media_mode=Organisation.Media.SEALED).exists()


def to_look_at(case: Case, original: UUID) -> ToLookAt | None:
    """The original, where it is kept for `case` and can be looked at here; None for any other."""
    if not are_looked_at(case.organisation):
        return None
    file = next((one for one in files(case) if one.original == original), None)
    seen = next((one for one in sightings_of(case=case.pk) if one.original_id == original), None)
    if file is None or seen is None or seen.original is None:
        return None
    is_video = seen.file_format in _VIDEOS
    return ToLookAt(seen.original, file, is_video, (is_video or seen.file_format in _PICTURES) and seen.state != State.UNRENDERABLE)


def looks_left(by: Actor, *, now: datetime) -> int:
    """How often `by` may look within the 24 hours up to now; negative once the entry of one look too many is written."""
    most = int(settings.CAIRNDESK.desk.looks_a_day)
    return most - sum(line.at > now - DAY for line in _looks(by, most + 1))


def has_looked(original: UUID, *, by: Actor, now: datetime) -> bool:
    """Whether `by` has looked at the small copy of `original` within the 24 hours up to now."""
    looks = _looks(by, int(settings.CAIRNDESK.desk.looks_a_day))
    return any(line.detail.get("original") == str(original) and line.at > now - DAY for line in looks)


def _looks(by: Actor, most: int) -> list[LogLine]:
    return released_to([by.pseudonym], most=most, noted=["look"])
