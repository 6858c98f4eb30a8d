"""Publishing the hashes of a file, or an address to be blocked: one person confirms it and asks, a supervisor who is another one does it."""

from datetime import datetime

from django.db import transaction

from cairndesk.accounts.rules import Actor, FreshProof, Verb, digest_of, require, require_fresh
from cairndesk.cases.actions.wishes import hold_wish, mark_done, mark_withdrawn
from cairndesk.cases.models import Case, Item
from cairndesk.custody import access
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.review import errors, queries
from cairndesk.review.models import Classification, Publication
from cairndesk.signals.actions import block_address, publish_own
from cairndesk.signals.queries import own_list


@transaction.atomic
def ask_publication(*, case: Case, file: Item, by: Actor, now: datetime) -> Publication:
    """Afterwards another person can publish the hashes of `file`, or its address, as they are now; nothing is published yet.

    Raises NotPermitted, NoSuchAccount for another case's, NothingToPublish, NotAskedNow where somebody has asked, DeskLocked.
    """
    held = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    require(by, Verb.PUBLICATION_ASK, organisation=held.organisation_id, stage=held.stage)
    if queries.file_of(held, file.pk) != file:
        raise errors.NoSuchAccount
    content = _content(held, file)
    if queries.publication_of(file) is not None:
        raise errors.NotAskedNow
    asked = Publication.objects.create(case=held, item=file, content=content, asked_by=by.pseudonym, asked_at=now)
    record(event=Event.REVIEW_PUBLICATION_ASKED, subject_kind="item", subject=file.pk, by=by, now=now)
    return asked


@transaction.atomic
def withdraw_publication(*, publication: Publication, by: Actor, now: datetime) -> Publication:
    """Afterwards nobody has asked any more. Raises NotPermitted, and NotAskedNow once it was done or taken back."""
    held = hold_wish(publication, by=by, verb=Verb.PUBLICATION_ASK, gone=errors.NotAskedNow())
    mark_withdrawn(held, by=by, now=now)
    record(event=Event.REVIEW_PUBLICATION_WITHDRAWN, subject_kind="item", subject=held.item_id, by=by, now=now)
    return held


def publishing_digest(publication: Publication) -> bytes:
    """What publishing would do now: which hashes, on whose word, under which classification. Raises as `publish_hashes` does."""
    held = Publication.objects.select_related("case", "item").get(pk=publication.pk)
    return _digest(held, _confirmed(held))


@transaction.atomic
def publish_hashes(*, publication: Publication, by: Actor, fresh: FreshProof | None, now: datetime) -> int:
    """Afterwards the hashes of the file, or the address, are on the desk's own list, and every process meets them at its next question.

    An address is then also to be blocked, for a time. Returns how many values are new.

    Raises AskedByThemselves for the person who asked, NotConfirmed, ContentChanged, NoOwnList, NotPermitted, NotAskedNow, FreshProofNeeded,
    and what `publish_own` and `block_address` raise; then nothing is published.
    """
    case = Case.objects.select_for_update(of=("self",)).get(pk=publication.case_id)
    held = hold_wish(publication, by=by, verb=Verb.HASHES_PUBLISH, gone=errors.NotAskedNow())
    if by.pseudonym == held.asked_by:
        raise errors.AskedByThemselves
    newest = _confirmed(held)
    require_fresh(fresh, by=by, digest=_digest(held, newest), now=now)
    listed = own_list(organisation=case.organisation_id)
    if listed is None:
        raise errors.NoOwnList
    mark_done(held, by=by, now=now)
    label = f"{newest.scheme}: {newest.severity}"[:64]
    put = block_address if held.item.kind == "url" else publish_own
    done = put(listed=listed, named=queries.publishable(case, held.item), label=label, by=by, now=now)
    detail: dict[str, str | int] = {"added": done.added, "version": done.number}
    record(event=Event.REVIEW_HASHES_PUBLISHED, subject_kind="item", subject=held.item_id, by=by, now=now, detail=detail)
    return done.added


def _confirmed(held: Publication) -> Classification:
    """The classification that allows it, when the item stands with the very hashes that were confirmed."""
    newest = queries.latest(held.case)
    if newest is None or newest.features.get("shows_abuse") != "yes" or queries.open_disagreement(held.case) is not None:
        raise errors.NotConfirmed
    if queries.file_of(held.case, held.item_id) != held.item or _content(held.case, held.item) != bytes(held.content):
        raise errors.ContentChanged
    return newest


def _content(case: Case, file: Item) -> bytes:
    named = queries.publishable(case, file)
    if not named:
        raise errors.NothingToPublish
    return access.keys().blind_index(case.organisation_id, "review.publication", "\n".join(f"{one.kind}:{one.value}" for one in named))


def _digest(held: Publication, newest: Classification) -> bytes:
    return digest_of(
        "review.publish_hashes",
        publication=held.pk,
        item=held.item_id,
        content=bytes(held.content),
        asked_by=held.asked_by,
        classification=newest.pk,
    )
