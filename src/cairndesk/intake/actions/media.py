"""A file that was handed over: hashed behind walls, its hashes items of the case; the file is dropped, or sealed where the desk may keep it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from cairndesk.accounts.queries import Sender
from cairndesk.accounts.rules import SYSTEM, Actor
from cairndesk.cases.actions import add_item, replace_told
from cairndesk.cases.models import Case, Item
from cairndesk.cases.queries import identifier_of
from cairndesk.custody.queries import unseal_fields
from cairndesk.intake import errors, queries
from cairndesk.intake.rules import Picture, pictures_in
from cairndesk.signals.actions import hash_media, keep_told_hashes
from cairndesk.signals.engine.answer import NO_HASHES, Answer, State
from cairndesk.signals.engine.digests import Digests
from cairndesk.signals.engine.identifiers import Kind
from cairndesk.signals.engine.pdq import PLAIN_BELOW
from cairndesk.signals.engine.sandbox import FileHashes, MediaHashes
from cairndesk.signals.engine.video.walled import VideoHashes
from cairndesk.signals.models import MediaSighting


@dataclass(frozen=True, slots=True)
class Added:
    """What a file left behind: how far it could be read, the items that are new to the case, and whether the original is kept sealed."""

    state: State
    items: tuple[Item, ...]
    is_kept: bool


def add_media(*, case: Case, data: bytes, by: Actor, now: datetime) -> Added:
    """Afterwards each hash of `data` is an item of `case`, one held before not twice; the file is nowhere, or sealed in the vault.

    Raises EmptyFile, MediaRefused (before a byte is looked at), SandboxTooWeak, NotPermitted, DeskLocked, VaultRefused.
    """
    sighting, hashes = _hashed(case, data, by, now)
    return Added(hashes.seen.state, _keep(case, hashes, by, now), sighting.original_id is not None)


def submit_media(*, sender: Sender, report: UUID, data: bytes, now: datetime) -> Added:
    """Afterwards the hashes of `data` belong to the case of `report`, which triage reads again. Raises as `add_media`, and UnknownReport."""
    held = queries.submission_of(sender=sender, report=report)
    sighting, hashes = _hashed(held.case, data, sender.actor, now)
    with transaction.atomic():
        items = _keep(held.case, hashes, sender.actor, now)
        if items:
            # The same account, sealed anew: a report that was told more is what makes triage look, and match, again.
            told = unseal_fields(held.report.told)
            replace_told(report=held.report, told=told, state=held.report.state, by=sender.actor, now=now)
    return Added(hashes.seen.state, items, sighting.original_id is not None)


def add_told_pictures(*, case: Case, told: Mapping[str, Any], now: datetime) -> None:
    """Afterwards the hashes of pictures that stayed on the phone of whoever told are items of `case`, each once, and are matched as a file's are."""
    for picture in pictures_in(told):
        hashes = _told_hashes(picture)
        keep_told_hashes(organisation=case.organisation, case=case.pk, hashes=hashes, now=now)
        _keep(case, hashes, SYSTEM, now)


def _told_hashes(picture: Picture) -> MediaHashes:
    has_detail = bool(picture.forms) and picture.quality >= PLAIN_BELOW
    seen = Answer(
        State.HASHED if has_detail else State.TOO_PLAIN,
        quality=picture.quality,
        width=picture.width,
        height=picture.height,
        hashes=b"".join(picture.forms) or NO_HASHES,
    )
    return MediaHashes(Digests(picture.md5, picture.sha1, picture.sha256, picture.size), seen, "device-rgb/as-stored/1")


def _hashed(case: Case, data: bytes, by: Actor, now: datetime) -> tuple[MediaSighting, FileHashes]:
    """What is kept of the file. Outside of any transaction, because decoding may take seconds."""
    if not data:
        raise errors.EmptyFile
    return hash_media(organisation=case.organisation, data=data, by=by, now=now, case=case.pk, stage=case.stage)


@transaction.atomic
def _keep(case: Case, hashes: FileHashes, by: Actor, now: datetime) -> tuple[Item, ...]:
    # Two hand-overs of one file at the same moment find each other here.
    held = Case.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=case.pk)
    known = {(item.hash_kind, identifier_of(item)): item for item in held.items.filter(kind="media").select_related("identifier", "same_file_as")}
    found = list(_once(hashes))
    # Pictures that look alike share a PDQ hash; only an exact one tells that it is the same file.
    same = [known[one] for one in found if one in known and one[0] != Kind.PDQ]
    first, added = (same[0].same_file_as or same[0]) if same else None, []
    media_type = {} if hashes.seen.state is State.UNRENDERABLE else {"media_type": "video" if isinstance(hashes, VideoHashes) else "image"}
    for kind, value in found:
        if (kind, value) not in known:
            facts = {"hash_kind": kind, "same_file_as": first, **media_type}
            added.append(add_item(case=held, kind="media", identifier=value, facts=facts, by=by, now=now))
            first = first or added[0]
    return tuple(added)


def _once(hashes: FileHashes) -> Iterator[tuple[str, str]]:
    """Each kind of hash once: of PDQ hashes the picture, or the first frame, as it lies; all others stay with the sighting."""
    firsts: dict[str, str] = {}
    for one in hashes.identifiers():
        firsts.setdefault(one.kind.value, one.value)
    yield from firsts.items()
