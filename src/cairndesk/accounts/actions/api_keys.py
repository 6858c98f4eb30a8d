"""Keys of machines that hand over reports."""

import secrets
from datetime import datetime

from django.db import transaction

from cairndesk.accounts import errors
from cairndesk.accounts.models import ApiKey, Organisation
from cairndesk.accounts.queries import secret_digest
from cairndesk.accounts.rules import SENDERS, SYSTEM, Actor, Verb, require
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event

# A recognisable beginning lets people and scanners notice a key in the wrong place.
PREFIX = "cairn_"


@transaction.atomic
def create_api_key(
    *,
    organisation: Organisation,
    sender: str,
    source: str,
    by: Actor,
    now: datetime,
    may_look_up: bool = False,
    may_read_lists: bool = False,
) -> tuple[ApiKey, str]:
    """Afterwards a machine may hand over reports to `organisation`, as `source` and as nothing else; the key is returned this once.

    With `may_look_up` it may also look things up in those lists that machines may see, with `may_read_lists` fetch those that may be shared.

    Raises NotPermitted, or NotPossible for a source that no machine is.
    """
    # The desk itself hands one out only when the demo is laid out.
    if by is not SYSTEM:
        require(by, Verb.API_KEY_MANAGE, organisation=organisation.id)
    if source not in SENDERS:
        raise errors.NotPossible("source")
    key = PREFIX + secrets.token_urlsafe(32)
    rights = {"may_look_up": may_look_up, "may_read_lists": may_read_lists}
    row = ApiKey.objects.create(organisation=organisation, sender=sender, source=source, **rights, digest=secret_digest(key), created_at=now)
    detail: dict[str, str | int] = {"source": source, **{name: int(held) for name, held in rights.items()}}
    record(event=Event.ACCOUNTS_API_KEY_CREATED, subject_kind="api_key", subject=row.id, by=by, now=now, detail=detail)
    return row, key


@transaction.atomic
def revoke_api_key(*, key: ApiKey, by: Actor, now: datetime) -> None:
    """Afterwards the key opens nothing; raises NotPermitted, NotPossible when it was revoked before."""
    require(by, Verb.API_KEY_MANAGE, organisation=key.organisation_id)
    if not ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now):
        raise errors.NotPossible("revoked_before")
    record(event=Event.ACCOUNTS_API_KEY_REVOKED, subject_kind="api_key", subject=key.id, by=by, now=now)
