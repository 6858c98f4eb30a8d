"""Many files: on all cores of this machine, or on a Dask cluster whose workers see the files at the same paths."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import TYPE_CHECKING, Any

from cairndesk.signals.engine.video.answer import Mode
from cairndesk.signals.engine.walls import Level
from cairndesk.signals.scan.look import Look, Looked, Unread

if TYPE_CHECKING:
    import distributed

# Enough that nobody waits, few enough that an archive of millions does not stand in memory.
_AHEAD = 4
_here = threading.local()


def on_this_machine(paths: Iterable[str], mode: Mode, *, workers: int, minimum: Level = Level.MINIMAL) -> Iterator[Looked]:
    """What came of each file, as it comes. Each of the `workers` threads has decoders of its own, in processes of their own."""
    looks: list[Look] = []
    local = threading.local()

    def begin() -> None:
        local.look = Look(mode, minimum=minimum)
        looks.append(local.look)

    def one(path: str) -> Looked:
        looked: Looked = local.look.at(path)
        return looked

    pool = ThreadPoolExecutor(workers, thread_name_prefix="scan", initializer=begin)
    try:
        yield from _windowed(pool, one, paths, workers * _AHEAD)
    finally:
        pool.shutdown(cancel_futures=True)
        for look in looks:
            look.close()


def _windowed(pool: ThreadPoolExecutor, one: Any, paths: Iterable[str], most: int) -> Iterator[Looked]:
    todo = iter(paths)
    waiting: set[Future[Looked]] = {pool.submit(one, path) for path in islice(todo, most)}
    while waiting:
        done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
        waiting |= {pool.submit(one, path) for path in islice(todo, len(done))}
        for future in done:
            yield future.result()


def on_a_cluster(client: distributed.Client, paths: Iterable[str], mode: Mode, *, minimum: Level = Level.MINIMAL) -> Iterator[Looked]:
    """The same, by the workers of a cluster.

    A file whose worker died is given to another one; one that brings worker after worker down is said to have done so.
    """
    from distributed import KilledWorker, as_completed  # noqa: PLC0415 - the extra `bulk`

    todo, names = iter(paths), dict[Any, str]()

    def begin(many: int) -> list[Any]:
        begun = [(client.submit(look_at, path, int(mode), int(minimum), pure=False), path) for path in islice(todo, many)]
        names.update((future, path) for future, path in begun)
        return [future for future, _ in begun]

    running = as_completed(begin(max(1, sum(client.nthreads().values())) * _AHEAD))
    for future in running:
        path, failure = names.pop(future), future.exception()
        running.update(begin(1))
        if isinstance(failure, KilledWorker):
            yield Looked(path, Unread.WORKER_DIED)
        else:
            yield future.result()


def look_at(path: str, mode: int, minimum: int = Level.MINIMAL) -> Looked:
    """What a worker of a cluster does with one file; its thread keeps its decoders for the next one."""
    held: dict[int, Look] = _here.__dict__.setdefault("looks", {})
    if mode not in held:
        held[mode] = Look(Mode(mode), minimum=Level(minimum))
    return held[mode].at(path)
