"""How often each list is asked and met, counted in the memory of this process until it is written down: never by whom, and never for what."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from uuid import UUID

from cairndesk.signals.engine.identifiers import Identifier, Kind
from cairndesk.signals.shelf import Snapshot, Sorted

_Kinds = frozenset[Kind]


@dataclass(slots=True)
class Use:
    """How many things a list was asked about that it could have, how many of them met it, and how many were left out as false matches only."""

    asked: int = 0
    met: int = 0
    left_out: int = 0


class Tally:
    """Counts look-ups. Any number of threads may count; a look-up costs a microsecond, and no statement."""

    def __init__(self) -> None:
        self._lock = Lock()
        # The lists are held with their counts, so that no other lists can come to have their id meanwhile.
        self._asked: dict[int, tuple[Snapshot, Counter[_Kinds]]] = {}
        self._used: dict[UUID, Use] = {}

    def add(self, lists: Snapshot, things: Sequence[Sequence[Identifier]], found: Sequence[Sorted]) -> None:
        """Count each of `things` once, whatever its identifiers are and however often they meet a list."""
        with self._lock:
            if id(lists) not in self._asked:
                self._asked[id(lists)] = lists, Counter()
            counts = self._asked[id(lists)][1]
            for thing, (met, marked) in zip(things, found, strict=True):
                counts[frozenset([one.kind for one in thing])] += 1
                if met or marked:
                    self._note(met={one[0].id for one in met}, marked={one[0].id for one in marked})

    def take(self) -> Mapping[UUID, Use]:
        """What was counted since the last time, by the id of the list."""
        with self._lock:
            asked, used = self._asked, self._used
            self._asked, self._used = {}, {}
        for lists, counts in asked.values():
            for kinds, many in counts.items():
                for one in lists.holding(kinds):
                    used.setdefault(one, Use()).asked += many
        return used

    def give_back(self, used: Mapping[UUID, Use]) -> None:
        """Count again what was taken and could not be written down."""
        with self._lock:
            for name, one in used.items():
                held = self._used.setdefault(name, Use())
                held.asked, held.met, held.left_out = held.asked + one.asked, held.met + one.met, held.left_out + one.left_out

    def _note(self, *, met: set[UUID], marked: set[UUID]) -> None:
        for name in met:
            self._used.setdefault(name, Use()).met += 1
        for name in marked - met:
            self._used.setdefault(name, Use()).left_out += 1
