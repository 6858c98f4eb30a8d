"""What `work` does for signals: switch off what expires, make the index anew when enough has changed, and match what is new with what came before."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar
from uuid import UUID

import structlog

from cairndesk.custody import beside
from cairndesk.lib import clock, logs
from cairndesk.lib.belt import Lane
from cairndesk.signals import actions, queries, shelf
from cairndesk.signals.engine import base
from cairndesk.signals.errors import IndexDamaged
from cairndesk.signals.models import HashList

log = structlog.get_logger()
_MAKER, _CHECKER, _LOOKER, _COMPARER = "signals.bases", "signals.check", "signals.lookback", "signals.alike"
_Due = TypeVar("_Due")


def expire() -> int:
    """Switch off what has expired; returns how many lists went dark."""
    expired = actions.expire_lists(now=clock.now())
    for listed in expired:
        log.warning("list_expired", list=str(listed.id))
    return len(expired)


def make_bases() -> int:
    """Make the index of each organisation anew whose lists have changed enough; returns how many."""
    due = _due()
    _make(due)
    return len(due)


def make_bases_beside() -> int:
    """The same in a thread: reports must be taken in while millions of rows are read. Returns how many were begun."""
    return _beside(_MAKER, _due, _make)


def check_bases() -> int:
    """Read every base through, and make one anew that is not as it was written; returns how many those were."""
    return _check(_with_lists())


def check_bases_beside() -> int:
    """The same in a thread. Nothing is left to do until the next hour, whatever there was to read: what is left would be begun again at once."""
    _beside(_CHECKER, _with_lists, _check)
    return 0


def look_back() -> int:
    """Match what is new on each list against everything that came in before; returns how many lists that were."""
    due = queries.to_look_back(now=clock.now())
    _look_back(due)
    return len(due)


def look_back_beside() -> int:
    """The same in a thread. Returns how many were begun."""
    return _beside(_LOOKER, lambda: queries.to_look_back(now=clock.now()), _look_back)


def find_alike() -> int:
    """Mark the cases whose new pictures look like one of another case; returns for how many organisations."""
    due = queries.to_compare()
    _find_alike(due)
    return len(due)


def find_alike_beside() -> int:
    """The same in a thread. Returns how many were begun."""
    return _beside(_COMPARER, queries.to_compare, _find_alike)


def pack_seen() -> int:
    """Pack what was seen of many cases together, so that a look-back opens few things; returns how many batches were packed."""
    return actions.pack_seen(now=clock.now())


def _beside(name: str, due: Callable[[], list[_Due]], work: Callable[[list[_Due]], object]) -> int:
    """Begin `work` beside the belt with what is due, unless it is at that already: what is due is asked for only then."""
    if beside.is_at_work(name) or not (waiting := due()):
        return 0
    beside.begin(name, partial(work, waiting), "signals_thread_failed")
    return len(waiting)


def _due() -> list[UUID]:
    return [one for one in _with_lists() if shelf.wants_base(one, queries.asked(organisation=one, now=clock.now()))]


def _with_lists() -> list[UUID]:
    return list(HashList.objects.filter(version__gt=0).values_list("organisation", flat=True).distinct().order_by())


def _check(organisations: list[UUID]) -> int:
    damaged = []

    def one(organisation: UUID) -> None:
        try:
            base.check(shelf.folder_of(organisation))
        except IndexDamaged as wrong:
            log.warning("signals_base_damaged", organisation=str(organisation), reason=wrong.detail)
            damaged.append(organisation)

    _each(organisations, one, of=str)
    _make(damaged)
    return len(damaged)


def _make(due: list[UUID]) -> None:
    def one(organisation: UUID) -> None:
        shelf.make_base(organisation, queries.asked(organisation=organisation, now=clock.now()))

    _each(due, one, of=str)


def _look_back(due: list[HashList]) -> None:
    def one(listed: HashList) -> None:
        while actions.look_back(listed=listed, now=clock.now()):
            pass

    _each(due, one, of=lambda listed: str(listed.pk))


def _find_alike(due: list[UUID]) -> None:
    def one(organisation: UUID) -> None:
        while actions.find_alike(organisation=organisation, now=clock.now()):
            pass

    _each(due, one, of=str)


def _each(due: list[_Due], work: Callable[[_Due], object], *, of: Callable[[_Due], str]) -> None:
    """Afterwards `work` was tried for each of them; one that fails is said by the name that `of` gives it, and starves none of the others."""
    for one in due:
        try:
            work(one)
        except Exception as failure:  # noqa: BLE001 - the next turn tries it again
            log.warning("signals_work_failed", about=of(one), **logs.place(failure))


def tools() -> int:
    """Keep the register of tools whole, and say loudly which went off; returns how many did."""
    overdue = actions.look_after_tools(now=clock.now())
    for one in overdue:
        log.error("tool_off", tool=one.tool, due_on=one.due_on.isoformat())
    return len(overdue)


LANES = (
    Lane(name="signals.tools", turn=tools, every=60.0),
    Lane(name="signals.expire", turn=expire, every=60.0),
    Lane(name="signals.bases", turn=make_bases_beside, every=5.0),
    Lane(name="signals.check", turn=check_bases_beside, every=3600.0),
    Lane(name="signals.lookback", turn=look_back_beside, every=5.0),
    Lane(name="signals.alike", turn=find_alike_beside, every=5.0),
    Lane(name="signals.seen", turn=pack_seen, every=60.0),
)
