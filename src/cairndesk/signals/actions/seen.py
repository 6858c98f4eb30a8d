"""Keep what was seen in a case, sealed, so that what is new on a list can be matched against it later; media is not kept.

Each case leaves a small batch of its own; `work` packs many of them into a large one, so that a look-back opens few things. When a case
is erased its batches are sealed anew without it.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from functools import partial
from itertools import accumulate
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Exists, OuterRef

from cairndesk.custody import access
from cairndesk.custody.actions import discard, erase, seal
from cairndesk.custody.rules import Purpose
from cairndesk.lib.batches import AT_ONCE, batches
from cairndesk.signals import queries, seen
from cairndesk.signals.engine.identifiers import Identifier
from cairndesk.signals.engine.seen import Block, block_of, encode, joined, looks_of
from cairndesk.signals.models import MetLater, Seen, SeenBatch

MOST_BYTES = 2 << 20
"""In one batch, unless one case alone has more: what is opened and sealed anew in some milliseconds, of some 5,000 pictures."""

PACK_AT, _MOST_AT_ONCE = 64, 256
"""Small batches after which packing is worth its time, and how many are packed in one turn: reports that come in must not wait for it."""

_Asked = frozenset[tuple[UUID, int, bool]]


@transaction.atomic
def remember(*, organisation: UUID, case: UUID, identifiers: Iterable[Identifier], asked: _Asked, now: datetime, only: bool = False) -> None:
    """Afterwards what is new on a list later meets `identifiers`: all that `case` is about, every picture in all its forms.

    `only`: and nothing else that was remembered of it before; otherwise that goes with the next packing.
    `asked`: `queries.standing_of_lists` from before the lists were asked. Where they changed before this is committed, nobody who
    looked back could see it, so the case is looked at again. Raises DeskLocked.
    """
    looks = looks_of(identifiers)
    digest = access.keys().blind_index(organisation, "seen", looks.digest())
    held = Seen.objects.filter(case=case).order_by("pk").last()
    if held is not None and bytes(held.digest) == digest:
        return
    if only:
        forget_seen(case=case, now=now)
    Seen.objects.filter(case=case, batch=None).delete()
    batch = keep_batch(organisation, block_of({case: looks}), now) if looks.keys or looks.hashes else None
    Seen.objects.create(organisation_id=organisation, case=case, batch=batch, digest=digest)
    transaction.on_commit(partial(_wake_for_changes, organisation, case, asked, now))


@transaction.atomic
def wake(*, organisation: UUID, cases: Collection[UUID], listed: UUID, now: datetime) -> int:
    """Afterwards triage looks again at those of `cases` that were not erased meanwhile; returns how many there are."""
    known = set[UUID]()
    for some in batches(sorted(cases)):
        known.update(Seen.objects.filter(case__in=some).values_list("case", flat=True))
    rows = (MetLater(organisation_id=organisation, case=case, list_id=listed, at=now) for case in sorted(known))
    MetLater.objects.bulk_create(rows, batch_size=AT_ONCE, ignore_conflicts=True)
    return len(known)


@transaction.atomic
def settle(*, met: Collection[int]) -> None:
    """Afterwards these are done with (see `queries.met_later`): the lists were asked again."""
    MetLater.objects.filter(pk__in=met).delete()


@transaction.atomic
def forget_seen(*, case: UUID, now: datetime) -> None:
    """Afterwards no batch holds anything of `case`; where one does not open, all of it goes, and its other cases are remembered anew."""
    held = Seen.objects.filter(case=case).exclude(batch=None).values("batch")
    for batch in SeenBatch.objects.select_for_update(of=("self",)).select_related("sealed").filter(pk__in=held):
        block = seen.opened(batch)
        rest = joined([block], without=case) if block else None
        if rest is not None and len(rest.cases):
            Seen.objects.filter(batch=batch).update(batch=keep_batch(batch.organisation_id, rest, now))
        batch.delete()
        erase(items=[batch.sealed_id], now=now)
    Seen.objects.filter(case=case).delete()


@transaction.atomic
def drop_batch(*, batch: SeenBatch, now: datetime) -> None:
    """Afterwards a batch that does not open is gone, and triage remembers its cases anew from what is sealed in them."""
    SeenBatch.objects.filter(pk=batch.pk).delete()
    erase(items=[batch.sealed_id], now=now)


def pack_seen(*, now: datetime) -> int:
    """Afterwards many small batches of one organisation are one; returns how many were packed. Raises DeskLocked."""
    small = SeenBatch.objects.filter(size__lt=MOST_BYTES // 2)
    due = small.values("organisation").annotate(many=Count("pk")).filter(many__gte=PACK_AT).order_by("organisation").first()
    if due is None:
        return 0
    waiting = list(small.filter(organisation=due["organisation"]).select_related("sealed").order_by("size", "pk")[:_MOST_AT_ONCE])
    some = [batch for batch, size in zip(waiting, accumulate(batch.size for batch in waiting), strict=True) if size <= MOST_BYTES]
    # Opening takes long; whoever rewrites one of them meanwhile comes first.
    blocks = {batch: block for batch in some if (block := _opened_or_dropped(batch, now)) is not None}
    return _replace(list(blocks), joined(list(blocks.values())), now) if len(blocks) > 1 else 0


def keep_batch(organisation: UUID, block: Block, now: datetime) -> SeenBatch:
    """Afterwards the cases of `block` are kept together, sealed; a row of `Seen` for each of them is the caller's. Raises DeskLocked."""
    plain = encode(block)
    sealed = seal(organisation=organisation, purpose=Purpose.SEEN, plain=plain, now=now)
    return SeenBatch.objects.create(organisation_id=organisation, size=len(plain), sealed=sealed)


def _opened_or_dropped(batch: SeenBatch, now: datetime) -> Block | None:
    block = seen.opened(batch)
    if block is None:
        drop_batch(batch=batch, now=now)
    return block


@transaction.atomic
def _replace(old: list[SeenBatch], block: Block, now: datetime) -> int:
    wanted = {batch.pk: batch.sealed_id for batch in old}
    held = SeenBatch.objects.select_for_update().filter(pk__in=wanted)
    if dict(held.values_list("pk", "sealed")) != wanted:
        return 0
    new = keep_batch(old[0].organisation_id, block, now)
    Seen.objects.filter(batch__in=wanted).update(batch=new)
    newer = Seen.objects.filter(batch=new, case=OuterRef("case"), pk__gt=OuterRef("pk"))
    Seen.objects.filter(Exists(newer), batch=new).delete()
    held.delete()
    discard(items=list(wanted.values()), now=now)
    return len(old)


def _wake_for_changes(organisation: UUID, case: UUID, asked: _Asked, now: datetime) -> None:
    changed = queries.standing_of_lists(organisation=organisation) - asked
    for listed, _, is_on in changed:
        if is_on:
            wake(organisation=organisation, cases=[case], listed=listed, now=now)
