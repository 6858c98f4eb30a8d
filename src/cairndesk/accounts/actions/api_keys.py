"""Keys of machines that hand over reports."""

import secrets
from datetime import datetime

from django.db import transaction
from django.urls import reverse

from cairndesk.accounts import errors
from cairndesk.accounts.actions.requests import ask
from cairndesk.accounts.acts import Act, Words
from cairndesk.accounts.models import ApiKey, Organisation, Request
from cairndesk.accounts.queries import secret_digest
from cairndesk.accounts.rules import SENDERS, SYSTEM, Actor, Kind, Verb, digest_of, require
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

    With `may_look_up` it may also look things up in those lists that machines may see. With `may_read_lists` another person is asked that it may
    fetch those that may be shared.

    Raises NotPermitted, or NotPossible for a source that no machine is.
    """
    # The desk itself hands one out only when the demo is laid out.
    if by is not SYSTEM:
        require(by, Verb.API_KEY_MANAGE, organisation=organisation.id)
    if source not in SENDERS:
        raise errors.NotPossible("source")
    key = PREFIX + secrets.token_urlsafe(32)
    digest = secret_digest(key)
    row = ApiKey.objects.create(organisation=organisation, sender=sender, source=source, may_look_up=may_look_up, digest=digest, created_at=now)
    detail: dict[str, str | int] = {"source": source, "may_look_up": int(may_look_up), "may_read_lists": 0}
    record(event=Event.ACCOUNTS_API_KEY_CREATED, subject_kind="api_key", subject=row.id, by=by, now=now, detail=detail)
    if may_read_lists:
        ask_to_open_lists(key=row, by=by, now=now)
    return row, key


@transaction.atomic
def ask_to_open_lists(*, key: ApiKey, by: Actor, now: datetime) -> Request:
    """Afterwards another person can let the holder of `key` fetch lists.

    Raises NotPermitted, AskedAlready, NotPossible for one that does already or is revoked.
    """
    return ask(request=Request(kind=Kind.OPEN_LISTS, organisation=key.organisation, subject=key.pk), by=by, now=now)


class OpeningLists(Act):
    """The holder of the key fetches every list that may be shared, until the key is revoked."""

    kind, asks, does, about = Kind.OPEN_LISTS, Verb.API_KEY_MANAGE, Verb.LIST_IMPORT, "api_key"

    def stage(self, request: Request) -> None:
        return None

    def hold(self, request: Request) -> None:
        ApiKey.objects.select_for_update().get(pk=request.subject)

    def digest(self, request: Request) -> bytes:
        key = ApiKey.objects.get(pk=request.subject)
        if key.may_read_lists or key.revoked_at is not None:
            raise errors.NotPossible("it fetches lists already, or is revoked")
        return digest_of("accounts.open_lists", key=key.pk, sender=key.sender, source=key.source, secret=bytes(key.digest))

    def do(self, request: Request, *, by: Actor, now: datetime) -> str:
        ApiKey.objects.filter(pk=request.subject).update(may_read_lists=True)
        return "The holder of the key can fetch lists now."

    def words(self, request: Request) -> Words:
        key = ApiKey.objects.get(pk=request.subject)
        facts = [("Holder of the key", key.sender), ("Reports as", key.source.replace("_", " ")), ("Key made on", f"{key.created_at:%Y-%m-%d}")]
        facts += [("What leaves from then on", "every list whose papers let partners have it, and the addresses to be blocked, whenever they fetch")]
        return Words(f"Let {key.sender} fetch lists", facts, f"Let {key.sender} fetch lists", reverse("accounts:api-keys"))


@transaction.atomic
def revoke_api_key(*, key: ApiKey, by: Actor, now: datetime) -> None:
    """Afterwards the key opens nothing; raises NotPermitted, NotPossible when it was revoked before."""
    require(by, Verb.API_KEY_MANAGE, organisation=key.organisation_id)
    if not ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now):
        raise errors.NotPossible("revoked_before")
    record(event=Event.ACCOUNTS_API_KEY_REVOKED, subject_kind="api_key", subject=key.id, by=by, now=now)
