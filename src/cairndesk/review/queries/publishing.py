"""What of an item can go on the desk's own list: the hashes of a file, or one exact address."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q

from cairndesk.accounts.models import Request
from cairndesk.accounts.rules import Kind as Act
from cairndesk.cases.models import Case, Item
from cairndesk.cases.queries import identifier_of, items
from cairndesk.review.queries.names import items_to_choose
from cairndesk.signals.engine.answer import FORMS, State
from cairndesk.signals.engine.blocking import hindrance
from cairndesk.signals.engine.identifiers import HASH_DIGITS, Identifier, Kind, normalise
from cairndesk.signals.errors import NotAnIdentifier
from cairndesk.signals.queries import hashes_of, sightings_of
from cairndesk.signals.rules import KIND_WORDS

PUBLISHABLE = ("media", "url")
"""Kinds of items that can go on the own list."""


class Offer(NamedTuple):
    """A file of a case whose hashes can be published with its classification; `standing` is the request that stands already, if one does."""

    pk: str
    name: str
    standing: Request | None


def file_of(case: Case, item: UUID) -> Item | None:
    """The first item of the file that `item` is a hash of, or the address `item`; None for what is neither in `case` or was taken back."""
    found = items(case).filter(pk=item, kind__in=PUBLISHABLE).select_related("same_file_as").first()
    return (found.same_file_as or found) if found else None


def publishable(case: Case, file: Item) -> list[Identifier]:
    """The digests of `file`, and how it looks where it was handed over here with enough detail, of a video each frame; or its exact address.

    In a fixed order. Raises DeskLocked.
    """
    if file.kind == "url":
        return [one for one in addresses(file) if not hindrance(one)]
    kinds = [kind.value for kind in HASH_DIGITS]
    rows = items(case).filter(Q(pk=file.pk) | Q(same_file_as=file), hash_kind__in=kinds).select_related("identifier")
    found = {normalise(Kind(one.hash_kind), identifier_of(one)) for one in rows}
    # Somebody's word for how a picture looks could be the look of any plain picture, and would meet them all.
    hashed = [hashes_of(seen) for seen in sightings_of(case=case.pk) if seen.state == State.HASHED]
    looks = [[one.value for one in hashes if one.kind is Kind.PDQ and one.form == FORMS[0]] for hashes in hashed]
    said = {one.value for one in found if one.kind is Kind.PDQ}
    # The item has how a picture looks, or the first frame of a video: the other frames belong to the same file.
    ours = {normalise(Kind.PDQ, one) for values in looks if said & set(values[:1]) for one in values}
    return sorted({one for one in found if one.kind is not Kind.PDQ} | ours, key=lambda one: (one.kind, one.value))


def kinds_in_words(named: Sequence[Identifier]) -> list[str]:
    """Of which kinds `named` is, and how many of a kind where there are several."""
    counts = Counter(one.kind for one in named)
    return [f"{KIND_WORDS[kind]}: {many}" if many > 1 else KIND_WORDS[kind] for kind, many in counts.items()]


def addresses(item: Item) -> list[Identifier]:
    """The link in `item` as a browser reads it; nothing where it is none. Raises DeskLocked."""
    try:
        return [] if item.identifier.erased_at else [normalise(Kind.URL, identifier_of(item))]
    except NotAnIdentifier:
        return []


def publication_of(file: Item) -> Request | None:
    """The newest request to publish `file` that is not closed: it is open, lapsed or done."""
    return Request.objects.filter(kind=Act.PUBLISH, subject=file.pk, closed_at=None).order_by("asked_at").last()


def offers(case: Case, *, now: datetime) -> list[Offer]:
    """The files of `case` that have a digest, in their order; nothing sealed is opened."""
    exact = [kind.value for kind in HASH_DIGITS if kind is not Kind.PDQ]
    rows = items(case).filter(kind="media", hash_kind__in=exact).values_list("pk", "same_file_as")
    files = {str(first or pk) for pk, first in rows}
    standing = {str(one.subject): one for one in publications_of(case, now=now)}
    return [Offer(pk, name, standing.get(pk)) for pk, name in items_to_choose(case).items() if pk in files]


def publications_of(case: Case, *, now: datetime) -> list[Request]:
    """The requests to publish something of `case` that are open or done, not those that lapsed or were closed."""
    held = Request.objects.filter(kind=Act.PUBLISH, case=case.pk, closed_at=None)
    return list(held.filter(Q(done_at__isnull=False) | Q(until__gt=now)))
