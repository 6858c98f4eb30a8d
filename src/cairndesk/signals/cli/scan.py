"""`cairndesk signals scan`: hash a whole archive and meet it with the lists. The files stay where they are."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cairndesk.config import load
from cairndesk.lib import clock
from cairndesk.lib.progress import Progress, bar
from cairndesk.signals.cli.common import AsJson, Desk, err, organisation_of, out, print_json, set_up
from cairndesk.signals.errors import ScanRefused
from cairndesk.signals.rules import SCAN_PURPOSES, ScanPurpose

if TYPE_CHECKING:
    from cairndesk.signals.scan.look import Looked
    from cairndesk.signals.shelf import Snapshot

_SAID = ("files", "picture", "video", "hashed", "too_plain", "unrenderable", "unreadable", "known", "near", "problems")


class Lists(StrEnum):
    """Whom the files are met with."""

    DESK = "desk"
    NONE = "none"


class Frames(StrEnum):
    """Which frames of a video are hashed; the names of the engine's modes."""

    EACH_SECOND = "each-second"
    EVERY_FRAME = "every-frame"
    KEY_FRAMES = "key-frames"


def scan(
    *,
    source: Annotated[Path, typer.Argument(exists=True, help="A folder, or a manifest: .csv or .jsonl with `path`, or one path a line.")],
    purpose: Annotated[ScanPurpose, typer.Option(help="; ".join(f"{one}: {said}" for one, said in SCAN_PURPOSES.items()) + ". It is recorded.")],
    results: Annotated[Path, typer.Option("--out", dir_okay=False, help="Where the results are written, as Parquet.")],
    resume: Annotated[bool, typer.Option("--resume", help="Go on where a scan ended; files that have a row are not looked at again.")] = False,
    lists: Annotated[Lists, typer.Option(help="desk: meet the files with the desk's lists; none: only hash them, without a desk.")] = Lists.DESK,
    organisation: Desk = "",
    frames: Annotated[Frames, typer.Option(help="Which frames of videos are hashed; key-frames is for a first look.")] = Frames.EACH_SECOND,
    workers: Annotated[int, typer.Option(min=0, max=1024, help="How many files at a time; 0: one for each core.")] = 0,
    dask: Annotated[str, typer.Option(help="Address of a Dask scheduler in a trusted network, whose workers see the same paths; or `local`.")] = "",
    as_json: AsJson = False,
) -> None:
    """Hash every picture and video below a folder or of a manifest, each behind walls, and meet it with the lists. No file is copied.

    A scan that was killed goes on with --resume. A file that cannot be read is a row with its reason, and the command ends with 1.
    While a list is read in for the first time it does not begin, and ends with 6. It is for evidence and for what an organisation itself holds;
    nothing that people write to each other is to be looked through, and where mail is delivered is refused.
    Example: `cairndesk signals scan /archive --purpose handed-over --out results.parquet --resume`
    """
    for name in ("pyarrow", *(("distributed",) if dask else ())):
        if find_spec(name) is None:
            raise ScanRefused(f"A scan needs {name}, which the extra `bulk` brings: pip install 'cairndesk[bulk]'.")
    from cairndesk.signals.scan.keep import counted, keep, name_of  # noqa: PLC0415 - needs the extra
    from cairndesk.signals.scan.results import Results  # noqa: PLC0415 - the same
    from cairndesk.signals.scan.source import files  # noqa: PLC0415 - beside the others

    held = _lists(organisation) if lists is Lists.DESK else None
    kept = Results(results, {"source": str(source.absolute()), "lists": lists.value, "frames": frames.value, "purpose": purpose.value})
    found = files(source)
    with kept.open(resume=resume) as done:
        todo = [path for path in found if name_of(path) not in done and not kept.is_own(path)]
        if held is not None:
            _note(organisation, purpose, len(todo))
        with bar("scanning", hidden=as_json) as progress, _looks(todo, frames, workers, dask) as looks:
            keep(looks, kept, held, _rate(progress, len(todo)))
        kept.finish()
    counts = counted(kept)
    if as_json:
        print_json({**{name: counts[name] for name in _SAID}, "done_before": len(done), "results": str(results)})
    else:
        said = ", ".join(f"{name.replace('_', ' ')} {counts[name]:,}" for name in _SAID)
        out.print(f"{said}; {len(done):,} of them before", highlight=False, soft_wrap=True)
        err.print(f"Written to {results}. Not being listed does not mean that something is harmless.", highlight=False, soft_wrap=True)
    if counts["problems"]:
        raise typer.Exit(1)


def _lists(organisation: str) -> "Snapshot":
    set_up()
    from cairndesk.signals import queries  # noqa: PLC0415 - Django has only now been set up

    return queries.lists_now(organisation=organisation_of(organisation), now=clock.now()).read_or_refuse()


def _note(organisation: str, purpose: ScanPurpose, files: int) -> None:
    from cairndesk.signals.actions import note_scan  # noqa: PLC0415 - Django has only now been set up

    note_scan(organisation=organisation_of(organisation), purpose=purpose, files=files, now=clock.now())


@contextmanager
def _looks(todo: list[str], frames: Frames, workers: int, dask: str) -> "Iterator[Iterator[Looked]]":
    from cairndesk.signals.engine.video.answer import Mode  # noqa: PLC0415 - loaded only when the command runs
    from cairndesk.signals.scan import many  # noqa: PLC0415 - the same
    from cairndesk.signals.walled import least  # noqa: PLC0415 - the same

    mode, cores, minimum = Mode[frames.name], workers or len(os.sched_getaffinity(0)), least(load())
    if not dask:
        yield many.on_this_machine(todo, mode, workers=cores, minimum=minimum)
        return
    from distributed import Client, LocalCluster  # noqa: PLC0415 - the extra

    if dask != "local":
        with Client(dask) as client:
            yield many.on_a_cluster(client, todo, mode, minimum=minimum)
        return
    # No page of its own is opened, and nothing beyond this machine reaches it.
    with LocalCluster(n_workers=cores, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as cluster, Client(cluster) as client:
        yield many.on_a_cluster(client, todo, mode, minimum=minimum)


def _rate(progress: Progress, of: int) -> Callable[[int], None]:
    begin, due, words = time.monotonic(), 0.0, "scanning"

    def tell(done: int) -> None:
        nonlocal due, words
        if (now := time.monotonic()) >= due:
            due, words = now + 1, f"scanning, {done / max(0.001, now - begin):,.1f} files a second"
        progress(words, done, of)

    return tell
