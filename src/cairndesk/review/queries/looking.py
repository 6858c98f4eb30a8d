"""Whether a small copy of an original can be looked at, and how often somebody still may."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor
from cairndesk.cases.models import Case
from cairndesk.custody.models import SealedObject
from cairndesk.custody.queries import released_to
from cairndesk.review.queries.story import File, files
from cairndesk.review.rules.looking import DAY
from cairndesk.signals.engine.answer import Format, State
from cairndesk.signals.queries import sightings_of

_PICTURES = frozenset(one.name for one in Format) - {Format.NONE.name}


@dataclass(frozen=True)
class ToLookAt:
    """An original that is kept, as the page of its case tells it, and whether it is a picture that could be decoded."""

    original: SealedObject
    file: File
    is_picture: bool


def are_looked_at(organisation: Organisation) -> bool:
    """Whether originals of `organisation` can be looked at here at all: its mode keeps them, and there is a host of its own for the copies."""
    return organisation.media_mode == Organisation.Media.SEALED and bool(settings.CAIRNDESK.desk.look_origin)


def to_look_at(case: Case, original: UUID) -> ToLookAt | None:
    """The original, where it is kept for `case` and can be looked at here; None for any other."""
    if not are_looked_at(case.organisation):
        return None
    file = next((one for one in files(case) if one.original == original), None)
    seen = next((one for one in sightings_of(case=case.pk) if one.original_id == original), None)
    if file is None or seen is None or seen.original is None:
        return None
    return ToLookAt(seen.original, file, seen.file_format in _PICTURES and seen.state != State.UNRENDERABLE)


def looks_left(by: Actor, *, now: datetime) -> int:
    """How often `by` may look within the 24 hours up to now; negative once the entry of one look too many is written."""
    most = int(settings.CAIRNDESK.desk.looks_a_day)
    return most - sum(line.at > now - DAY for line in released_to([by.pseudonym], most=most + 1, noted=["look"]))
