"""The words of accounts in the memory of the unlocked desk, so that a case is found by them: never on a disk, gone when it locks or ends.

Nothing is written down: not the words, not what was searched for. It is made anew after each start, newest accounts first, and holds as
much as fits; how far it is and what it left out is part of every answer.
"""

from __future__ import annotations

import contextlib
from array import array
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import islice
from threading import Event, Lock, Thread
from uuid import UUID

from django.db import Error, connection
from django.db.models import Q

from cairndesk.cases.models import Case, Report
from cairndesk.custody import access
from cairndesk.custody.errors import DeskLocked
from cairndesk.custody.queries import unseal_fields
from cairndesk.lib import logs
from cairndesk.lib.batches import AT_ONCE, batches
from cairndesk.lib.errors import DeskError
from cairndesk.review.likeness import EACH, Likeness
from cairndesk.review.rules.search import FORGIVEN, is_one_slip
from cairndesk.triage.rules.words import TOLD, words_in, words_of

MOST_FOUND = 200
"""Accounts that one search finds, at most."""
MOST_BYTES = 96 << 20
"""Of memory that words may take, as counted; what does not fit is the oldest, and is not found by its words."""
BATCH = 50
"""Accounts that are opened in one turn; between two of them others have their turn."""
_EACH_WORD, _EACH_PLACE = 240, 16
_EACH_ACCOUNT = _EACH_WORD + EACH
# So many accounts have fewer words than all accounts together.
_FEW = 50
_PAUSE, _BREATH = 5.0, 0.02
# What comes in may have been told long before, and clocks are set back.
_MARGIN = timedelta(days=1)
log = logs.log()


@dataclass(frozen=True, slots=True)
class Standing:
    """How much of what could be found is held: `read` accounts of `known`; `shut` of them cannot be opened, `left` did not fit.

    `is_behind`: the last look for new ones failed, so there may be more than is known.
    """

    read: int
    known: int
    shut: int
    left: int
    is_behind: bool

    @property
    def is_whole(self) -> bool:
        """Whether everything that could be found by its words would be."""
        return self.known > 0 and self.read == self.known and not self.is_behind


@dataclass(frozen=True, slots=True)
class Retold:
    """An account of another case that is told in nearly the same words: `share` of their shingles both have, estimated."""

    told: UUID
    case: UUID
    share: float


@dataclass(frozen=True, slots=True)
class _Account:
    told: UUID
    report: UUID
    case: UUID
    home: int
    at: float
    words: array[int]


@dataclass(frozen=True, slots=True)
class _Opened:
    words: set[str]
    sketch: array[int]


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
        self._unnamed: list[int] = []
        self._sorted: list[str] = []
        self._of_length: dict[int, set[str]] = defaultdict(set)
        self._places: list[array[int]] = []
        self._oldest: list[tuple[float, int]] = []
        self._likeness = Likeness()
        # Of each account that is not held its organisation, as a number: those are compared by the hundred thousand.
        self._waiting: dict[UUID, int] = {}
        self._shut: dict[UUID, int] = {}
        self._left: dict[UUID, int] = {}
        self._is_behind = False
        self._next = self._bytes = self._again = 0
        self._looked_at: datetime | None = None
        self._forgot_at: datetime | None = None

    def lock(self) -> None:
        """Afterwards nothing is held."""
        with self._lock:
            self._clear()

    def take_in(self, *, now: datetime, most: int = BATCH) -> bool:
        """Afterwards up to `most` more accounts are held, and none that was erased; returns whether more wait.

        Locked keys empty it: DeskLocked. Whatever fails, the accounts of this turn go on waiting.
        """
        with self._lock:
            self._bind()
            keys, likeness = self._keys, self._likeness
            self._forget_erased(now)
            if not self._waiting:
                self._look(now)
                self._look_again()
            turn = list(islice(self._waiting, most))
        rows = Report.objects.filter(told__in=turn, told__erased_at=None).select_related("told", "case")
        opened = {row.told_id: (row, _opened(row, likeness)) for row in rows}
        with self._lock:
            self._bind()
            if self._keys is not keys:
                return True
            # What was erased while it was being read comes no more.
            for told in self._alive(list(opened)):
                row, held = opened[told]
                if held is None:
                    self._shut[told] = row.case.organisation_id.int
                else:
                    self._hold(row, held)
            for told in turn:
                self._waiting.pop(told, None)
            return bool(self._waiting)

    def find(
        self, organisation: UUID, wanted: Collection[str], *, readable: Callable[[Collection[UUID]], Collection[UUID]], now: datetime
    ) -> list[UUID]:
        """Cases of `organisation` with an account that has each of `wanted`, as a word, as the beginning of one, or but for one slip.

        The nearest and newest first. Only those that are `readable`, which is asked of some at a time, count towards MOST_FOUND.
        Raises DeskLocked, after which nothing is held.
        """
        kept: list[_Account] = []
        for some in batches(self._nearest(organisation, wanted, now), MOST_FOUND):
            theirs = readable({one.case for one in some})
            kept = [*kept, *(one for one in some if one.case in theirs)][:MOST_FOUND]
            if len(kept) == MOST_FOUND:
                break
        with self._lock:
            self._bind()
            self._keep_alive([one.told for one in kept])
            return list(dict.fromkeys(one.case for one in kept if one.told in self._numbers))

    def retold(self, told: Collection[UUID]) -> list[Retold]:
        """Other accounts of the organisation that are told in nearly the same words as one of `told`, each once, the most alike first.

        Asks the database for nothing: what was erased since the last turn may be among them, and who may read them is for the caller to see.
        Raises DeskLocked, after which nothing is held.
        """
        with self._lock:
            self._bind()
            alike: dict[int, float] = {}
            for number in [self._numbers[one] for one in told if one in self._numbers]:
                for other, share in self._likeness.near(number).items():
                    alike[other] = max(share, alike.get(other, 0.0))
            held = [(-share, -self._accounts[number].at, number) for number, share in alike.items()]
            return [Retold(self._accounts[number].told, self._accounts[number].case, -share) for share, _, number in sorted(held)]

    def standing(self, organisation: UUID | None) -> Standing:
        """How far it is with the accounts of `organisation`."""
        with self._lock:
            home = organisation.int if organisation else -1
            read = [one.home for one in self._accounts.values()].count(home)
            waiting, shut, left = (list(held.values()).count(home) for held in (self._waiting, self._shut, self._left))
            return Standing(read, read + waiting + shut + left, shut, left, self._is_behind)

    def start(self, now: Callable[[], datetime]) -> None:
        """Afterwards a thread of its own takes in what there is and what comes, until the process ends."""
        Thread(target=self._run, args=(now,), name="recall", daemon=True).start()

    def _run(self, now: Callable[[], datetime]) -> None:
        more = True
        while not self._stop.wait(_BREATH if more else _PAUSE):
            try:
                more = self.take_in(now=now())
                self._is_behind = False
            except Exception as error:  # noqa: BLE001 - a thread that ended would go on saying that all is held
                more, self._is_behind = False, True
                code = {"code": error.code} if isinstance(error, DeskError) else {}
                log.warning("review.recall.waits", **code, **logs.place(error))
            if not more:
                with contextlib.suppress(Exception):
                    connection.close()

    def _nearest(self, organisation: UUID, wanted: Collection[str], now: datetime) -> list[_Account]:
        with self._lock:
            self._bind()
            self._forget_erased(now)
            scores: dict[int, int] | None = None
            # The longest are the rarest, mostly: what they leave is looked through sooner.
            for word in sorted(set(wanted), key=len, reverse=True):
                met = self._met(word, scores)
                scores = {one: met[one] + (scores or {}).get(one, 0) for one in (met if scores is None else met.keys() & scores.keys())}
                scores = {one: apart for one, apart in scores.items() if self._accounts[one].home == organisation.int}
                if not scores:
                    return []
            held = [(apart, -self._accounts[number].at, number) for number, apart in (scores or {}).items()]
            return [self._accounts[number] for _, _, number in sorted(held)]

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
        known = self._numbers.keys() | self._shut.keys() | self._left.keys()
        found = alive.order_by("-told_at").values_list("told_id", "case__organisation_id")
        self._waiting = {told: organisation.int for told, organisation in found if told not in known}
        self._looked_at = now

    def _hold(self, row: Report, opened: _Opened) -> None:
        if row.told_id in self._numbers:
            return
        # A fuller account takes the place of the one before.
        if (before := self._of_report.get(row.pk)) is not None:
            self._drop(before)
        at = row.told_at.timestamp()
        if not self._made_room(opened.words, at):
            self._left[row.told_id] = row.case.organisation_id.int
            return
        number, self._next = self._next, self._next + 1
        held = array("I", sorted(self._number_of(word) for word in opened.words))
        for one in held:
            self._places[one].append(number)
        self._accounts[number] = _Account(row.told_id, row.pk, row.case_id, row.case.organisation_id.int, at, held)
        self._numbers[row.told_id] = self._of_report[row.pk] = number
        self._likeness.keep(number, opened.sketch)
        self._bytes += _EACH_ACCOUNT + _EACH_PLACE * len(held)
        heappush(self._oldest, (at, number))

    def _made_room(self, words: set[str], at: float) -> bool:
        """Whether `words`, told at `at`, fit now: what is older than they are makes room."""
        most = self._most - _EACH_ACCOUNT - _EACH_PLACE * len(words)
        if sum(_size(word) for word in words) > most:
            return False
        while self._bytes + sum(_size(word) for word in words if word not in self._words) > most:
            while self._oldest and self._oldest[0][1] not in self._accounts:
                heappop(self._oldest)
            if not self._oldest or self._oldest[0][0] >= at:
                return False
            _, number = heappop(self._oldest)
            account = self._accounts[number]
            self._drop(number)
            self._left[account.told] = account.home
        return True

    def _number_of(self, word: str) -> int:
        if word not in self._words:
            if not self._unnamed:
                self._unnamed.append(len(self._named))
                self._named.append("")
                self._places.append(array("I"))
            self._words[word] = one = self._unnamed.pop()
            self._named[one] = word
            self._bytes += _size(word)
            insort(self._sorted, word)
            self._of_length[len(word)].add(word)
        return self._words[word]

    def _met(self, word: str, among: Collection[int] | None) -> dict[int, int]:
        """The accounts that have `word`: 0 as it is, 1 as the beginning of a word, 2 but for a slip. Those `among` these at least."""
        found: dict[int, int] = {}
        for apart, like in ((2, self._slips(word, among)), (1, self._beginning(word)), (0, [word] if word in self._words else [])):
            for one in like:
                found.update(dict.fromkeys(self._places[self._words[one]], apart))
        return found

    def _beginning(self, word: str) -> Iterable[str]:
        for place in range(bisect_left(self._sorted, word), len(self._sorted)):
            if not self._sorted[place].startswith(word):
                return
            yield self._sorted[place]

    def _slips(self, word: str, among: Collection[int] | None) -> list[str]:
        if len(word) < FORGIVEN:
            return []
        held: Iterable[str]
        if among is not None and len(among) <= _FEW:
            held = {self._named[one] for number in among for one in self._accounts[number].words}
        else:
            held = (one for length in range(len(word) - 1, len(word) + 2) for one in self._of_length.get(length, ()))
        return [one for one in held if is_one_slip(word, one)]

    def _forget_erased(self, now: datetime) -> None:
        """Drop what was erased since the last look, words that nothing else has included."""
        since = self._forgot_at
        gone = Case.objects.filter(erased_at__isnull=False) if since is None else Case.objects.filter(erased_at__gte=min(since, now) - _MARGIN)
        cases = set(gone.values_list("pk", flat=True))
        for number in [number for number, one in self._accounts.items() if one.case in cases] if cases else []:
            self._drop(number)
        if cases:
            alive = {told for some in batches(self._waiting) for told in self._alive(some)}
            self._waiting = {told: organisation for told, organisation in self._waiting.items() if told in alive}
        self._forgot_at = now

    def _look_again(self) -> None:
        """Ask of the next few accounts whether they are still there: what is destroyed by its time takes no case with it."""
        known = [*self._numbers, *self._shut, *self._left]
        some = known[self._again : self._again + AT_ONCE]
        self._again = self._again + len(some) - self._keep_alive(some) if some else 0

    def _keep_alive(self, told: Sequence[UUID]) -> int:
        """Afterwards none of `told` is held that is there no more; returns how many were not."""
        gone = set(told) - {one for some in batches(told) for one in self._alive(some)}
        for one in gone:
            if one in self._numbers:
                self._drop(self._numbers[one])
            self._shut.pop(one, None)
            self._left.pop(one, None)
        return len(gone)

    def _alive(self, told: Sequence[UUID]) -> list[UUID]:
        alive = Report.objects.filter(told__in=told, told__erased_at=None, case__erased_at=None)
        return list(alive.order_by("-told_at").values_list("told_id", flat=True))

    def _drop(self, number: int) -> None:
        account = self._accounts.pop(number)
        del self._numbers[account.told], self._of_report[account.report]
        self._bytes -= _EACH_ACCOUNT + _EACH_PLACE * len(account.words)
        self._likeness.drop(number)
        for one in account.words:
            self._places[one].remove(number)
            if not self._places[one]:
                word = self._named[one]
                self._named[one] = ""
                del self._words[word]
                del self._sorted[bisect_left(self._sorted, word)]
                self._of_length[len(word)].discard(word)
                self._unnamed.append(one)
                self._bytes -= _size(word)


def _size(word: str) -> int:
    """Bytes that `word` takes, as counted, however many accounts have it."""
    return _EACH_WORD + 2 * len(word)


def _opened(row: Report, likeness: Likeness) -> _Opened | None:
    """What is kept of an account; None where it cannot be opened. Raises what may be over at the next turn: DeskLocked, failures of the database."""
    try:
        told = unseal_fields(row.told)
        answers = told.get("answers", told)
        said = {name: list(words_in(words)) for name, words in words_of(answers if isinstance(answers, dict) else {}).items()}
        return _Opened({word for words in said.values() for word in words}, likeness.sketch(said.get(TOLD, ()), row.case.organisation_id))
    except Exception as error:  # an account that is not as it should be keeps no other out
        if isinstance(error, Error) or (isinstance(error, DeskError) and error.retryable):
            raise
        return None


HELD = Recall()
"""The index of this process."""
