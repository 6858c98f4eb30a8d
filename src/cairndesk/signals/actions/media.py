"""Hash a file that was handed over, keep the hashes sealed, and drop the file."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor, Proof, Verb, require
from cairndesk.custody import access
from cairndesk.custody.actions import record, seal
from cairndesk.custody.rules import Event, Purpose
from cairndesk.signals import rules
from cairndesk.signals.engine import sandbox
from cairndesk.signals.engine.sandbox import MediaHashes
from cairndesk.signals.models import MediaSighting


def hash_media(
    *, organisation: Organisation, data: bytes, by: Actor, now: datetime, case: UUID | None = None, stage: str | None = None
) -> tuple[MediaSighting, MediaHashes]:
    """Afterwards the hashes of `data` are kept sealed, the log has an entry, and the file is nowhere.

    `case` and `stage` name the case that staff hand it over for; a platform hands it over with its report. A file that
    cannot be decoded is kept as `unrenderable` with its digests. Raises MediaRefused where the organisation's mode
    forbids it (before a byte is looked at) or the file is too large, SandboxTooWeak, NotPermitted, DeskLocked.
    """
    require(by, Verb.REPORT_TAKE if by.proof is Proof.API else Verb.MEDIA_HAND_OVER, organisation=organisation.id, stage=stage)
    rules.check_media_mode(organisation.media_mode)
    # Decoding takes up to ten seconds: it must not hold the database.
    hashes = sandbox.hash_media(data)
    return _keep(organisation, hashes, case=case, by=by, now=now), hashes


@transaction.atomic
def _keep(organisation: Organisation, hashes: MediaHashes, *, case: UUID | None, by: Actor, now: datetime) -> MediaSighting:
    seen = hashes.seen
    plain = {
        "identifiers": [[one.kind.value, one.value, one.form, one.quality] for one in hashes.identifiers()],
        "size": hashes.digests.size,
        "width": seen.width,
        "height": seen.height,
    }
    sighting = MediaSighting.objects.create(
        organisation=organisation,
        case=case,
        state=seen.state,
        why=seen.why,
        file_format=seen.format.name,
        decoding_path=seen.path,
        orientation=seen.orientation,
        rules=hashes.rules,
        quality=seen.quality,
        walls=seen.level,
        hashes=seal(organisation=organisation.id, purpose=Purpose.MEDIA_HASHES, plain=plain, now=now),
        digest=access.keys().blind_index(organisation.id, "sha256", hashes.digests.sha256),
        seen_at=now,
    )
    record(event=Event.SIGNALS_MEDIA_HASHED, subject_kind="media", subject=sighting.id, by=by, now=now, detail={"state": seen.state.value})
    return sighting
