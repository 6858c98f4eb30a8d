"""What came of each file, met with the lists, into the results; and what it adds up to."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from cairndesk.signals.engine.answer import State, Why
from cairndesk.signals.engine.sandbox import FileHashes, MediaHashes
from cairndesk.signals.engine.video.walled import VideoHashes
from cairndesk.signals.scan.look import Looked
from cairndesk.signals.scan.results import Results, Row

if TYPE_CHECKING:
    from cairndesk.signals.check import Met
    from cairndesk.signals.shelf import Snapshot

MOST_ROWS, MOST_SECONDS = 256, 10.0
"""What a kill may cost: so many rows, or those of so many seconds, are looked at again."""

UNREADABLE = "unreadable"


def keep(looks: Iterable[Looked], results: Results, lists: Snapshot | None, tell: Callable[[int], object]) -> None:
    """Afterwards each file has a row that survives. `tell` is told how many are done."""
    rows: list[Row] = []
    since = time.monotonic()
    try:
        for many, looked in enumerate(looks, 1):
            rows.append(row_of(looked, lists))
            tell(many)
            if len(rows) >= MOST_ROWS or time.monotonic() - since > MOST_SECONDS:
                results.add(rows)
                rows, since = [], time.monotonic()
    finally:
        # What was seen before somebody stopped it counts.
        if rows:
            results.add(rows)


def counted(results: Results) -> Counter[str]:
    """How many rows have each state, kind and verdict.

    `problems` are files that could not be opened, or that look like media and could not be decoded to the end.
    """
    counts: Counter[str] = Counter()
    for row in results.rows(["state", "why", "kind", "verdict"]):
        counts.update(["files", *(str(row[name]) for name in ("state", "kind", "verdict") if row[name])])
        counts["problems"] += row["why"] not in {None, Why.UNKNOWN_FORMAT.value}
    return counts


def name_of(path: str) -> str:
    """`path` as text, of no two paths the same: bytes that are none are written as numbers, and a backslash is doubled.

    Else a file whose name spells such a number would pass for the other one, and one of them would be missing.
    """
    # What a manifest can hold and no path can is no byte of a path: it is only named.
    return path.replace("\\", "\\\\").encode("utf-8", "surrogateescape" if _is_path(path) else "backslashreplace").decode("utf-8", "backslashreplace")


def _is_path(path: str) -> bool:
    try:
        os.fsencode(path)
    except UnicodeEncodeError:
        return False
    return True


def row_of(looked: Looked, lists: Snapshot | None) -> Row:
    """One row of the table."""
    row: dict[str, object] = {"path": name_of(looked.path), "size": looked.size, "modified": looked.modified}
    if looked.hashes is None:
        return row | {"state": UNREADABLE, "why": looked.unread}
    row |= _of_file(looked.hashes) | (_of_video(looked.hashes) if isinstance(looked.hashes, VideoHashes) else _of_picture(looked.hashes))
    if lists is not None:
        from cairndesk.signals.check import check_file  # noqa: PLC0415 - without lists no desk is needed

        checked = check_file(lists, looked.hashes)
        row |= {"verdict": checked.verdict.value, "matches": [_match(met) for met in checked.matches]}
        row["lists"] = [f"{listed.name} {lists.version_of(listed)}" for listed in lists.asked]
    return row


def _of_file(hashes: FileHashes) -> dict[str, object]:
    held, seen = hashes.digests, hashes.seen
    told: dict[str, object] = {
        "md5": held.md5,
        "sha1": held.sha1,
        "sha256": held.sha256,
        "state": seen.state.value,
        "why": None if seen.why is Why.NOTHING else seen.why.value,
    }
    if seen.state is State.UNRENDERABLE:
        return told
    return told | {
        "format": seen.format.name, "width": seen.width, "height": seen.height, "orientation": seen.orientation,
        "rules": hashes.rules, "decoding": int(seen.path), "quality": seen.quality,
    }  # fmt: skip


def _of_picture(hashes: MediaHashes) -> dict[str, object]:
    seen = hashes.seen
    if seen.state is State.UNRENDERABLE:
        return {"kind": None if seen.why is Why.UNKNOWN_FORMAT else "picture"}
    return {"kind": "picture", "pdq": seen.hashes[:32].hex() if seen.state is State.HASHED else None}


def _of_video(hashes: VideoHashes) -> dict[str, object]:
    seen = hashes.seen
    frames = [
        {"time": float(frame["time"]), "quality": int(frame["quality"]), "pdq": None if is_plain else frame["hashes"][0].tobytes().hex()}
        for frame, is_plain in zip(seen.frames, seen.plain, strict=True)
    ]
    return {"kind": "video", "mode": seen.mode.name.lower(), "seconds": seen.seconds, "frames": frames}


def _match(met: Met) -> dict[str, object]:
    told = {name: getattr(met, name) for name in ("list", "owner", "version", "distance", "form", "may_lead_to")}
    told |= {"how": str(met.how)}
    if (frames := met.frames) is None:
        return told
    return told | {"frames": frames.met, "first_at": frames.first_at, "listed_frames": frames.listed_met, "listed_of": frames.listed_of}
