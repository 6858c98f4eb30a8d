"""Organisations: a new desk with its own keys, and how it may handle media."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from cairndesk.accounts import errors
from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import SYSTEM, Actor, FreshProof, Verb, digest_of, require, require_fresh
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.lib.ids import new_id


@transaction.atomic
def create_organisation(
    *, slug: str, name: str, country: str, make_keys: Callable[[UUID], object], by: Actor, now: datetime, kind: str = Organisation.Kind.NGO
) -> Organisation:
    """Afterwards there is one more desk, reached at `/` if it is the first and at `/o/<slug>/` otherwise.

    `kind` says whether an authority runs it. `make_keys` gives it its keys, on the saved ring. Raises NotPermitted, or
    NotPossible for a taken address.
    """
    first = not Organisation.objects.exists()
    if by is not SYSTEM:
        _require_first(by)
    if Organisation.objects.filter(slug=slug).exists():
        raise errors.NotPossible("address_taken")
    made = new_id()
    try:
        make_keys(made)
        fields = {"slug": slug, "name": name, "country": country.upper(), "kind": Organisation.Kind(kind), "kind_said_at": now}
        row = Organisation.objects.create(id=made, **fields, is_first=first, created_at=now)
    except IntegrityError as error:
        raise errors.NotPossible("address_taken") from error
    record(event=Event.ACCOUNTS_ORGANISATION_CREATED, subject_kind="organisation", subject=row.id, by=by, now=now)
    return row


@transaction.atomic
def set_kind(*, organisation: Organisation, kind: str, by: Actor, now: datetime) -> None:
    """Afterwards `organisation` is of this kind, and its agreements with others hold no more if nobody had said so before.

    Raises NotPermitted for all but an administrator of the first organisation.
    """
    _require_first(by)
    held = Organisation.objects.select_for_update().get(pk=organisation.pk)
    wanted, before = Organisation.Kind(kind), held.kind if held.kind_said_at else "unsaid"
    if wanted == before:
        return
    held.kind, held.kind_said_at = wanted.value, now
    held.save(update_fields=["kind", "kind_said_at"])
    detail = {"before": before, "after": wanted.value}
    record(event=Event.ACCOUNTS_KIND_SET, subject_kind="organisation", subject=held.id, by=by, now=now, detail=detail)


def _require_first(by: Actor) -> None:
    require(by, Verb.ORGANISATION_MANAGE, organisation=by.organisation)
    if not Organisation.objects.filter(pk=by.home, is_first=True).exists():
        raise errors.NotPermitted("the_first_organisation_adds_others")


def media_digest(organisation: Organisation, mode: str, basis: str) -> bytes:
    """What an administrator confirms before the media switch is thrown."""
    return digest_of("accounts.switch_media", organisation=organisation.id, before=organisation.media_mode, mode=mode, basis=basis)


@transaction.atomic
def switch_media(*, organisation: Organisation, mode: str, basis: str, by: Actor, fresh: FreshProof | None, now: datetime) -> None:
    """Afterwards the desk handles media as `mode` says, on the recorded legal `basis`.

    Raises NotPermitted, FreshProofNeeded, or LegalBasisMissing when media may enter and no law is named.
    """
    require(by, Verb.ORGANISATION_MANAGE, organisation=organisation.id)
    wanted = Organisation.Media(mode)
    if wanted is not Organisation.Media.NONE and not basis.strip():
        raise errors.LegalBasisMissing
    held = Organisation.objects.select_for_update().get(pk=organisation.pk)
    require_fresh(fresh, by=by, digest=media_digest(held, mode, basis), now=now)
    detail = {"before": held.media_mode, "after": wanted.value}
    held.media_mode, held.media_basis = wanted.value, basis.strip()
    held.save(update_fields=["media_mode", "media_basis"])
    record(event=Event.ACCOUNTS_MEDIA_SWITCHED, subject_kind="organisation", subject=held.id, by=by, now=now, detail=detail)
