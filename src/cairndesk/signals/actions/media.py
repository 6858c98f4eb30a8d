"""Hash a file that was handed over, keep the hashes sealed, and drop the file or seal it into the vault, as the desk's mode says."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import SYSTEM, Actor, Proof, Verb, require
from cairndesk.custody import access
from cairndesk.custody.actions import keep_object, record, seal, sealing_object
from cairndesk.custody.models import SealedObject
from cairndesk.custody.rules import Event, Purpose
from cairndesk.signals import analysers, register, rules, walled
from cairndesk.signals.analysers import Installed
from cairndesk.signals.engine.analysers import Opinion
from cairndesk.signals.engine.provenance import Provenance
from cairndesk.signals.engine.sandbox import FileHashes, MediaHashes
from cairndesk.signals.errors import MediaRefused
from cairndesk.signals.models import AnalyserHint, MediaSighting
from cairndesk.signals.rules import Door, MediaMode
from cairndesk.signals.tools import TOOLS, Tool


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read of a file: its hashes, what analysers say of it, and what it says of itself."""

    hashes: FileHashes
    hints: Sequence[tuple[Installed, Opinion]]
    says: Provenance


def hash_media(
    *, organisation: Organisation, data: bytes, by: Actor, now: datetime, case: UUID | None = None, stage: str | None = None
) -> tuple[MediaSighting, FileHashes]:
    """Afterwards the hashes of `data` are kept sealed and the log has an entry; the file is nowhere, or sealed in the vault.

    Which of the two is the organisation's mode alone. `case` and `stage` name the case that staff hand it over for; a
    platform hands it over with its report. A file that cannot be decoded is kept as `unrenderable` with its digests. The
    same file again for one case is not kept twice. Raises MediaRefused where the mode forbids it (before a byte is looked
    at) or the file is too large, SandboxTooWeak, NotPermitted, DeskLocked, and VaultRefused, after which nothing is kept.
    """
    require(by, Verb.REPORT_TAKE if by.proof is Proof.API else Verb.MEDIA_HAND_OVER, organisation=organisation.id, stage=stage)
    mode = rules.check_media_mode(organisation.media_mode)
    if Tool.FILES in register.off(organisation=organisation.id, now=now):
        raise MediaRefused(f"{TOOLS[Tool.FILES].title} is switched off: nobody has assessed it in time.")
    # Decoding takes up to ten seconds, writing may wait for the disk: neither must hold the database.
    hashes = walled.hash_media(data)
    hints, says = analysers.opinions(data, organisation=organisation.id, now=now), walled.tell_provenance(data)
    digest = access.keys().blind_index(organisation.id, "sha256", hashes.digests.sha256)
    original = _kept_before(organisation, case, digest) if mode is MediaMode.SEALED else None
    is_new = mode is MediaMode.SEALED and original is None
    sealing = sealing_object(organisation=organisation.id, purpose=Purpose.ORIGINAL, data=data, now=now) if is_new else nullcontext(original)
    door = Door.MACHINE if by.proof is Proof.API else Door.STAFF
    with sealing as held:
        read = _Read(hashes, hints, says)
        return _keep(organisation, read, door=door, digest=digest, original=held, is_new=is_new, case=case, by=by, now=now), hashes


def keep_told_hashes(*, organisation: Organisation, case: UUID, hashes: MediaHashes, now: datetime) -> None:
    """Afterwards hashes that the phone of whoever told `case` made of a picture are kept as those of a file are, once; the file was never here."""
    digest = access.keys().blind_index(organisation.id, "sha256", hashes.digests.sha256)
    if not MediaSighting.objects.filter(organisation=organisation, case=case, digest=digest).exists():
        told = _Read(hashes, (), Provenance())
        _keep(organisation, told, door=Door.PHONE, digest=digest, original=None, is_new=False, case=case, by=SYSTEM, now=now)


def _kept_before(organisation: Organisation, case: UUID | None, digest: bytes) -> SealedObject | None:
    """The same file, if this very case holds it: one that another case holds is kept apart, so that neither tells of the other."""
    same = MediaSighting.objects.filter(organisation=organisation, case=case, digest=digest, original__destroyed_at=None)
    found = same.exclude(original=None).exclude(case=None).select_related("original").first()
    return found.original if found else None


@transaction.atomic
def _keep(
    organisation: Organisation,
    read: _Read,
    *,
    door: Door,
    digest: bytes,
    original: SealedObject | None,
    is_new: bool,
    case: UUID | None,
    by: Actor,
    now: datetime,
) -> MediaSighting:
    hashes, seen = read.hashes, read.hashes.seen
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
        digest=digest,
        provenance=read.says.as_row(),
        original=keep_object(sealed=original, by=by, now=now) if original and is_new else original,
        door=door,
        seen_at=now,
    )
    AnalyserHint.objects.bulk_create(_hint(sighting, one, said.share) for one, said in read.hints if said.share is not None)
    detail = {"state": seen.state.value, "kept": "sealed" if original else "dropped"}
    record(event=Event.SIGNALS_MEDIA_HASHED, subject_kind="media", subject=sighting.id, by=by, now=now, detail=detail)
    return sighting


def _hint(sighting: MediaSighting, one: Installed, share: int) -> AnalyserHint:
    """With what its card says today: later versions may be wrong less often."""
    card = one.analyser.card
    rates = {
        "false_positives": card.rates.false_positives,
        "false_negatives": card.rates.false_negatives,
        "measured_on": card.rates.measured_on[:300],
    }
    named = {"analyser": one.name[:60], "title": card.title[:120], "version": card.version[:40], "says": card.says[:300]}
    return AnalyserHint(sighting=sighting, share=share, **named, **rates)
