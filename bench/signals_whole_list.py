"""How long the base of a large list takes from the desk's own tables: what `work` does after a large import, while the old base answers.

Values are read row by row, in the order in which they came, and both indexes are made, written and put in force; then a question is asked.
The peer is the index of `threatexchange`, made of the same values that are already in memory: it reads no database, and writes nothing.
This file is named so that it runs last: its million rows stay in the database, where they would be in the way of the others.
"""

from datetime import timedelta
from functools import partial

import numpy as np
from bench.desk import a_desk
from bench.report import Row, Scale, less_is_better, seconds
from threatexchange.signal_type.pdq.pdq_index import PDQIndex

from cairndesk.accounts.models import Organisation
from cairndesk.lib import clock
from cairndesk.signals import shelf
from cairndesk.signals.engine.identifiers import Identifier, Kind
from cairndesk.signals.models import HashList, ListEntry, ListVersion
from cairndesk.signals.queries import find_matches

_AT_ONCE = 10_000


def rows(*, scale: Scale) -> list[Row]:
    """The base of a list of a million hashes of pictures; `quick` takes a fiftieth."""
    size, desk = scale.of(tiny=500, quick=20_000, usual=1_000_000), a_desk()
    values = [one.tobytes().hex() for one in np.random.default_rng(12).integers(0, 256, (size, 32), dtype=np.uint8)]
    listed = _listed(desk, values)
    taken = seconds(partial(shelf.make_base, desk.id, [listed]))
    assert [one.distance for one in find_matches(organisation=desk.id, identifiers=[Identifier(Kind.PDQ, values[7])], now=clock.now())] == [0]
    peer = seconds(lambda: PDQIndex((value, ref) for ref, value in enumerate(values)))
    small = f"on a smaller list, {size:,} hashes; " if size < 1_000_000 else ""
    note = f"{small}from the database to an index in force; peer: PDQIndex, from memory; each timed once"
    return [less_is_better("base-1m", taken, peer, unit="s", note=note)]


def _listed(desk: Organisation, values: list[str]) -> HashList:
    """The list as an import leaves it, without the minutes that an import takes: that reads, checks and logs, and is not what is measured."""
    day = clock.now().date()
    listed = HashList.objects.create(
        organisation=desk, name="A large list", owner="Bench", agreement="-", terms="-", provenance="drawn by chance", received_on=day,
        expires_on=day + timedelta(days=90), version=1, distance=31, seen_by="staff", may_lead_to="lead",
    )  # fmt: skip
    ListVersion.objects.create(list=listed, number=1, added=len(values), removed=0, refused=0, made_by="bench", made_at=clock.now())
    for at in range(0, len(values), _AT_ONCE):
        ListEntry.objects.bulk_create(ListEntry(list=listed, kind=Kind.PDQ, value=value, since=1) for value in values[at : at + _AT_ONCE])
    return listed
