"""Write down how often lists were asked and met, by look-ups and by items of cases."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import structlog
from django.db import DatabaseError, transaction
from django.db.models import F

from cairndesk.custody.errors import LogRolledBack
from cairndesk.lib import logs
from cairndesk.signals.engine.identifiers import Identifier
from cairndesk.signals.models import HashList, ItemAsked, ListUse
from cairndesk.signals.shelf import Snapshot
from cairndesk.signals.tally import Tally, Use

log = structlog.get_logger()


def count_uses(*, tally: Tally, now: datetime) -> bool:
    """Afterwards what `tally` has counted is counted on the day of `now`; returns whether there was anything.

    No look-up fails because it cannot be counted: while the database is busy, or only read, the tally keeps its counts for the next time.
    No line of the log: nothing is decided or opened by it, and the counts tell nothing of anybody.
    """
    used = tally.take()
    try:
        _add(used, now)
    except (DatabaseError, LogRolledBack) as failure:
        tally.give_back(used)
        log.warning("signals_uses_not_counted", **logs.place(failure))
    return bool(used)


@transaction.atomic
def count_items(
    *, case: UUID, held: Snapshot, asked: Mapping[UUID, Sequence[Identifier]], met: Mapping[UUID, Collection[UUID]], now: datetime
) -> None:
    """Afterwards each item of `case` is counted once for each list that could have it, and as met for each that it has met by now.

    `held`: the lists that were asked. `asked`: item → what was asked about it; a file with several hashes is one item. `met`: item → lists.
    Safe to repeat.
    """
    if not any(asked.values()):
        return
    could = {item: held.holding({one.kind for one in held.looked_up(identifiers)}) for item, identifiers in asked.items()}
    rows = [ItemAsked(list_id=name, case=case, item=item, day=now.date()) for item, names in could.items() for name in {*names, *met.get(item, ())}]
    ItemAsked.objects.bulk_create(rows, ignore_conflicts=True)
    for name in {name for names in met.values() for name in names}:
        ItemAsked.objects.filter(list=name, item__in=[item for item, names in met.items() if name in names], met=False).update(met=True)


@transaction.atomic
def _add(used: Mapping[UUID, Use], now: datetime) -> None:
    # In one order everywhere, so that two processes never wait for one another.
    names = sorted(HashList.objects.filter(pk__in=used).values_list("pk", flat=True))
    ListUse.objects.bulk_create([ListUse(list_id=name, day=now.date()) for name in names], ignore_conflicts=True)
    for name in names:
        one, held = used[name], ListUse.objects.filter(list=name, day=now.date())
        held.update(asked=F("asked") + one.asked, met=F("met") + one.met, left_out=F("left_out") + one.left_out)
