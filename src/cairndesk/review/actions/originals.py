"""Destroying an original: one person asks and says why, a supervisor who is another one does it. Nobody can bring it back."""

from datetime import datetime

from django.db import transaction

from cairndesk.accounts.rules import Actor, FreshProof, Verb, digest_of, require, require_fresh
from cairndesk.cases.actions import require_no_hold
from cairndesk.cases.actions.wishes import hold_wish, mark_done, mark_withdrawn
from cairndesk.cases.models import Case
from cairndesk.custody.actions import destroy_object, record, seal
from cairndesk.custody.errors import ObjectGone
from cairndesk.custody.models import SealedObject
from cairndesk.custody.retention import RecordClass
from cairndesk.custody.rules import Event, Purpose
from cairndesk.review import errors, queries
from cairndesk.review.models import Destruction


@transaction.atomic
def ask_destruction(*, case: Case, original: SealedObject, reason: str, by: Actor, now: datetime) -> Destruction:
    """Afterwards another person can destroy the original of `case`; nothing is destroyed yet, and the reason is kept sealed.

    Raises NotPermitted, NoSuchAccount for another case's, NoReasonToDestroy, NotAskedNow where somebody has asked, ObjectGone.
    """
    require(by, Verb.DESTRUCTION_ASK, organisation=case.organisation_id, stage=case.stage)
    if queries.original_of(case, original.pk) is None:
        raise errors.NoSuchAccount
    if not reason.strip():
        raise errors.NoReasonToDestroy
    held = SealedObject.objects.select_for_update().get(pk=original.pk)
    if held.destroyed_at is not None:
        raise ObjectGone("It was destroyed.")
    if queries.destruction_of(held) is not None:
        raise errors.NotAskedNow
    sealed = seal(organisation=case.organisation_id, purpose=Purpose.REASON, plain=reason.strip(), now=now)
    asked = Destruction.objects.create(case=case, original=held, reason=sealed, asked_by=by.pseudonym, asked_at=now)
    record(event=Event.REVIEW_DESTRUCTION_ASKED, subject_kind="object", subject=held.pk, by=by, now=now)
    return asked


@transaction.atomic
def withdraw_destruction(*, destruction: Destruction, by: Actor, now: datetime) -> Destruction:
    """Afterwards nobody has asked any more. Raises NotPermitted, and NotAskedNow once it was done or taken back."""
    held = hold_wish(destruction, by=by, verb=Verb.DESTRUCTION_ASK, gone=errors.NotAskedNow())
    mark_withdrawn(held, by=by, now=now)
    record(event=Event.REVIEW_DESTRUCTION_WITHDRAWN, subject_kind="object", subject=held.original_id, by=by, now=now)
    return held


def destroying_digest(destruction: Destruction) -> bytes:
    """What destroying would do now: which bytes go, on whose word, and for which sealed reason."""
    held = Destruction.objects.select_related("original").get(pk=destruction.pk)
    original = held.original
    return digest_of(
        "review.destroy_media",
        destruction=held.pk,
        original=original.pk,
        sealed=bytes(original.digest),
        asked_by=held.asked_by,
        reason=held.reason_id,
    )


@transaction.atomic
def destroy_media(*, destruction: Destruction, by: Actor, fresh: FreshProof | None, now: datetime) -> SealedObject:
    """Afterwards the original cannot be opened by anybody; its hashes, the sealed reason, who asked and who did it, and the log stay.

    Raises AskedByThemselves for the person who asked, OnHold, KeptByLaw, NotPermitted, NotAskedNow, FreshProofNeeded, ObjectGone.
    """
    held = hold_wish(destruction, by=by, verb=Verb.MEDIA_DESTROY, gone=errors.NotAskedNow())
    if by.pseudonym == held.asked_by:
        raise errors.AskedByThemselves
    require_no_hold(held.case, held.original_id)
    if until := queries.kept_until(held.case, [RecordClass.ORIGINAL], now):
        raise errors.KeptByLaw(f"until {until:%Y-%m-%d}")
    require_fresh(fresh, by=by, digest=destroying_digest(held), now=now)
    mark_done(held, by=by, now=now)
    return destroy_object(sealed=held.original, reason=held.reason, by=by, now=now)
