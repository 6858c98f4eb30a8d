"""From entries, read one after the other, to the tables of their kinds."""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from cairndesk.signals.engine.exact.build import build
from cairndesk.signals.engine.exact.keys import key_bytes, keyer
from cairndesk.signals.engine.exact.tables import MOST_LISTS_OF_ONE_BYTE, Table
from cairndesk.signals.engine.kinds import Kind


@dataclass(frozen=True, slots=True)
class Entry:
    """What is put in: a value in the normal form of its kind, the number that is handed back for it, and the number of its list."""

    kind: Kind
    value: str
    ref: int
    list: int


def gather(entries: Iterable[Entry], *, lists: int) -> dict[Kind, Table]:
    """The tables of `entries` of so many `lists`. Raises OverflowError where a number does not fit its table."""
    gathered: dict[Kind, _Gathered] = {}
    for entry in entries:
        own = gathered.get(entry.kind)
        if own is None:
            own = gathered[entry.kind] = _Gathered(entry.kind, "B" if lists <= MOST_LISTS_OF_ONE_BYTE else "H")
        own.keys += own.key(entry.value)
        own.refs.append(entry.ref)
        own.lists.append(entry.list)
    return {kind: own.table() for kind, own in gathered.items()}


class _Gathered:
    """Of one kind what has come so far, in as little room as the tables themselves."""

    def __init__(self, kind: Kind, number: str) -> None:
        self.key, self._key_bytes = keyer(kind), key_bytes(kind)
        self.keys, self.refs, self.lists = bytearray(), array("I"), array(number)

    def table(self) -> Table:
        keys = np.frombuffer(self.keys, np.uint8).reshape(-1, self._key_bytes)
        return build(keys, np.array(self.refs), np.array(self.lists))
