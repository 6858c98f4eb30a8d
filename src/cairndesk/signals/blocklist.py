"""What is to be blocked now, and until when: read anew each time, so that what has expired or was delisted is gone at once."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from cairndesk.accounts import undo
from cairndesk.signals import shelf
from cairndesk.signals.engine.blocking import Blocked, BlockList
from cairndesk.signals.engine.identifiers import Identifier, Kind
from cairndesk.signals.errors import ListRefused, NotBlocked
from cairndesk.signals.models import Block, Feedback, HashList, ListEntry


def block_list(*, listed: HashList, now: datetime) -> BlockList:
    """What is to be blocked of our own list at `now`, but for what can still be taken back.

    Raises ListRefused where the list is off or has expired: silence would say "block nothing".
    """
    if not listed.is_on or listed.expires_on <= now.date():
        raise ListRefused("Our own list is off or has expired, and so nobody can be asked to block what is on it.")
    disputed = Feedback.objects.filter(entry=OuterRef("entry"), holds=True)
    told = blocks(listed).filter(~undo.waits("listed_at", now), ~Exists(disputed), expires_on__gt=now.date())
    entries = [Blocked(one.entry.value, one.listed_at.date(), one.expires_on) for one in told]
    return BlockList(listed.name, listed.owner, listed.terms, sorted(entries, key=lambda one: one.address))


def blocks(listed: HashList) -> QuerySet[Block]:
    """Every address of our own list that was put on and is not delisted, expired or not, the next to end first."""
    standing = ListEntry.objects.filter(shelf.current(listed), kind=Kind.URL)
    return Block.objects.filter(entry__in=standing, delisted_at=None).select_related("entry").order_by("expires_on", "pk")


def block_of(listed: HashList, named: Sequence[Identifier]) -> Block:
    """The one of `blocks` whose address is one of `named`; raises NotBlocked."""
    found = blocks(listed).filter(entry__value__in=[one.value for one in named if one.kind is Kind.URL]).first()
    if found is None:
        raise NotBlocked
    return found
