"""The words of accounts in the memory of the unlocked desk, so that a case is found by them: never on a disk, gone when it locks or ends.

Nothing is written down: not the words, not what was searched for. It is made anew after each start, newest accounts first, and holds as
much as fits; how far it is and what it left out is part of every answer.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event, Lock, Thread
from uuid import UUID

from django.db import Error, connection
from django.db.models import Q

from cairndesk.cases.models import Case, Report
from cairndesk.custody import access
from cairndesk.custody.errors import CustodyError, DeskLocked
from cairndesk.custody.queries import unseal_fields
from cairndesk.lib import logs
from cairndesk.lib.batches import AT_ONCE, batches
from cairndesk.review.rules.search import FORGIVEN, is_one_slip, words_in
from cairndesk.triage.rules.words import words_of

MOST_FOUND = 200
"""Accounts that one search finds, at most."""
MOST_BYTES = 96 << 20
"""Of memory that words may take, as counted; what does not fit is the oldest, and is not found by its words."""
BATCH = 50
"""Accounts that are opened in one turn; between two of them others have their turn."""
_EACH_WORD, _EACH_PLACE = 240, 16
_PAUSE, _BREATH = 5.0, 0.02
# What comes in may have been told long before, and clocks are set back.
_MARGIN = timedelta(days=1)
log = logs.log()


@dataclass(frozen=True, slots=True)
class Standing:
    """How much of what could be found is held: `read` accounts of `known`; `shut` of them cannot be opened, `left` did not fit."""

    read: int
    known: int
    shut: int
    left: int

    @property
    def is_whole(self) -> bool:
        """Whether everything that could be found by its words would be."""
        return self.known > 0 and self.read == self.known


@dataclass(frozen=True, slots=True)
class _Account:
    told: UUID
    report: UUID
    case: UUID
    organisation: UUID
    words: array[int]


class Recall:
    """The index of one process. Any number of threads may search; one takes in."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most, self._lock, self._stop = most, Lock(), Event()
        self._clear()

    def _clear(self) -> None:
        self._keys: object = None
        self._accounts: dict[int, _Account] = {}
        self._numbers: dict[UUID, int] = {}
        self._of_report: dict[UUID, int] = {}
        self._words: dict[str, int] = {}
        self._named: list[str] = []
        self._sorted: list[str] = []
        self._of_length: dict[int, set[str]] = defaultdict(set)
        self._places: list[array[int]] = []
        self._waiting: list[UUID] = []
        self._shut: set[UUID] = set()
        self._left: set[UUID] = set()
        self._next = self._bytes = self._again = 0
        self._looked_at: datetime | None = None
        self._forgot_at: datetime | None = None

    def lock(self) -> None:
        """Afterwards nothing is held."""
        with self._lock:
            self._clear()

    def take_in(self, *, now: datetime, most: int = BATCH) -> bool:
        """Afterwards up to `most` more accounts are held, and none that was erased; returns whether more wait. Locked keys empty it: DeskLocked."""
        with self._lock:
            self._bind()
            self._forget_erased(now)
            if not self._waiting:
                self._look(now)
                self._look_again()
            turn, self._waiting = self._waiting[:most], self._waiting[most:]
            rows = Report.objects.filter(told__in=turn, told__erased_at=None).select_related("told", "case")
        opened = [(row, words) for row in rows if (words := self._open(row)) is not None]
        with self._lock:
            self._bind()
            for row, words in sorted(opened, key=lambda one: one[0].told_at, reverse=True):
                self._hold(row, words)
            return bool(self._waiting)

    def find(self, organisation: UUID, wanted: Sequence[str], *, now: datetime) -> list[UUID]:
        """Cases of `organisation` with an account that has each of `wanted`, as a word, as the beginning of one, or but for one slip.

        The nearest and newest first. Raises DeskLocked, after which nothing is held.
        """
        with self._lock:
            self._bind()
            self._forget_erased(now)
            scores: dict[int, int] | None = None
            for word in dict.fromkeys(wanted):
                met = self._met(word)
                scores = met if scores is None else {one: scores[one] + met[one] for one in scores.keys() & met.keys()}
            held = [(apart, number) for number, apart in (scores or {}).items() if self._accounts[number].organisation == organisation]
            nearest = [number for _, number in sorted(held)[:MOST_FOUND]]
            self._keep_alive(nearest)
            return list(dict.fromkeys(self._accounts[number].case for number in nearest if number in self._accounts))

    def standing(self) -> Standing:
        """How far it is."""
        with self._lock:
            known = len(self._accounts) + len(self._waiting) + len(self._shut) + len(self._left)
            return Standing(len(self._accounts), known, len(self._shut), len(self._left))

    def start(self, now: Callable[[], datetime]) -> None:
        """Afterwards a thread of its own takes in what there is and what comes, until the process ends."""
        Thread(target=self._run, args=(now,), name="recall", daemon=True).start()

    def _run(self, now: Callable[[], datetime]) -> None:
        more = True
        while not self._stop.wait(_BREATH if more else _PAUSE):
            try:
                more = self.take_in(now=now())
            except (CustodyError, Error) as error:
                more = False
                log.warning("review.recall.waits", code=getattr(error, "code", "database"))
            finally:
                if not more:
                    connection.close()

    def _bind(self) -> None:
        """Hold nothing that other keys opened; raises DeskLocked, and holds nothing then."""
        try:
            keys = access.keys()
        except DeskLocked:
            self._clear()
            raise
        if self._keys is not keys:
            self._clear()
            self._keys = keys

    def _look(self, now: datetime) -> None:
        alive = Report.objects.filter(told__erased_at=None, case__erased_at=None)
        if self._looked_at is not None:
            since = min(self._looked_at, now) - _MARGIN
            alive = alive.filter(Q(received_at__gte=since) | Q(told_at__gte=since))
        self._looked_at = now
        known = self._numbers.keys() | self._shut | self._left
        self._waiting = [told for told in alive.order_by("-told_at").values_list("told_id", flat=True) if told not in known]

    def _open(self, row: Report) -> set[str] | None:
        try:
            told = unseal_fields(row.told)
        except DeskLocked:
            raise
        except CustodyError:
            self._shut.add(row.told_id)
            return None
        answers = told.get("answers", told)
        return {word for words in words_of(answers if isinstance(answers, dict) else {}).values() for word in words_in(words)}

    def _hold(self, row: Report, words: set[str]) -> None:
        if row.told_id in self._numbers:
            return
        # A fuller account takes the place of the one before.
        if (before := self._of_report.get(row.pk)) is not None:
            self._drop(before)
        size = sum(_EACH_PLACE if word in self._words else _EACH_WORD + 2 * len(word) for word in words) + _EACH_WORD
        if self._bytes + size > self._most:
            self._left.add(row.told_id)
            return
        self._bytes += size
        number, self._next = self._next, self._next + 1
        held = array("I", sorted(self._number_of(word) for word in words))
        for one in held:
            self._places[one].append(number)
        self._accounts[number] = _Account(row.told_id, row.pk, row.case_id, row.case.organisation_id, held)
        self._numbers[row.told_id] = self._of_report[row.pk] = number

    def _number_of(self, word: str) -> int:
        if word not in self._words:
            self._words[word] = len(self._named)
            self._named.append(word)
            self._places.append(array("I"))
            insort(self._sorted, word)
            self._of_length[len(word)].add(word)
        return self._words[word]

    def _met(self, word: str) -> dict[int, int]:
        """The accounts that have `word`: 0 as it is, 1 as the beginning of a word, 2 but for a slip."""
        found: dict[int, int] = {}
        for apart, like in ((2, self._slips(word)), (1, self._beginning(word)), (0, [word] if word in self._words else [])):
            for one in like:
                found.update(dict.fromkeys(self._places[self._words[one]], apart))
        return found

    def _beginning(self, word: str) -> Iterable[str]:
        for place in range(bisect_left(self._sorted, word), len(self._sorted)):
            if not self._sorted[place].startswith(word):
                return
            yield self._sorted[place]

    def _slips(self, word: str) -> list[str]:
        lengths = range(len(word) - 1, len(word) + 2) if len(word) >= FORGIVEN else ()
        return [one for length in lengths for one in self._of_length.get(length, ()) if is_one_slip(word, one)]

    def _forget_erased(self, now: datetime) -> None:
        """Drop what was erased since the last look, words that nothing else has included."""
        since, self._forgot_at = self._forgot_at, now
        gone = Case.objects.filter(erased_at__isnull=False) if since is None else Case.objects.filter(erased_at__gte=min(since, now) - _MARGIN)
        cases = set(gone.values_list("pk", flat=True))
        for number in [number for number, one in self._accounts.items() if one.case in cases] if cases else []:
            self._drop(number)
        if cases:
            self._waiting = [told for some in batches(self._waiting) for told in self._alive(some)]

    def _look_again(self) -> None:
        """Ask of the next few accounts whether they are still there: what is destroyed by its time takes no case with it."""
        numbers = sorted(self._accounts)[self._again : self._again + AT_ONCE]
        self._again = self._again + AT_ONCE if numbers else 0
        self._keep_alive(numbers)

    def _keep_alive(self, numbers: Sequence[int]) -> None:
        told = {self._accounts[number].told: number for number in numbers}
        for gone in told.keys() - {one for some in batches(told) for one in self._alive(some)}:
            self._drop(told[gone])

    def _alive(self, told: Sequence[UUID]) -> list[UUID]:
        alive = set(Report.objects.filter(told__in=told, told__erased_at=None).values_list("told_id", flat=True))
        return [one for one in told if one in alive]

    def _drop(self, number: int) -> None:
        account = self._accounts.pop(number)
        del self._numbers[account.told], self._of_report[account.report]
        for one in account.words:
            self._places[one].remove(number)
            self._bytes -= _EACH_PLACE
            if not self._places[one]:
                word = self._named[one]
                self._named[one] = ""
                del self._words[word]
                del self._sorted[bisect_left(self._sorted, word)]
                self._of_length[len(word)].discard(word)


HELD = Recall()
"""The index of this process."""
