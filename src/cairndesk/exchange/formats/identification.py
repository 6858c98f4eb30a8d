"""The files of a case as a unit that identifies victims looks them up: one row a file, hashes and what is known, never the file.

A table (RFC 4180, UTF-8), because every tool that such a unit works with reads one. Nothing is sent anywhere: the unit takes it from the package.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cairndesk.exchange.formats.casefile import Value
from cairndesk.lib.unknowns import Unknown

COLUMNS = (
    "item", "media_type", "md5", "sha1", "sha256", "pdq", "seen_before", "known_by", "authenticity", "realism",
    "children_shown", "apparent_ages", "first_seen", "last_seen", "original",
)  # fmt: skip
# What no table may leave out: the limits within which it is read.
NO_CONNECTION = (
    "This desk has no connection to any international database of images. Whether a file is known there only a unit with access can find out;"
    " `files.csv` holds the hashes to ask with."
)
_MISS = "A file that no list of this desk knows is not therefore new."


@dataclass(frozen=True, slots=True)
class File:
    """One file by its hashes (`md5`, `sha1`, `sha256`, `pdq`).

    `seen_before`: known, a variant of known, new, or a kind of unknown, as a person recorded it. `known_by`: owners whose lists hold
    it, only as far as a person confirmed it and the owner's terms allow naming. `is_kept`: the original lies sealed at the desk.
    """

    ref: str
    digests: Mapping[str, str]
    media_type: Value
    seen_before: Value
    known_by: Sequence[str]
    authenticity: Value
    realism: Value
    children_shown: Sequence[str]
    apparent_ages: Sequence[Value]
    seen_at: Sequence[datetime]
    is_kept: bool


def write(files: Sequence[File]) -> bytes:
    """The table as UTF-8 with CRLF; the same files always give the same bytes. An unknown is written as its code in angle brackets."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(COLUMNS)
    table.writerows(map(_row, files))
    return text.getvalue().encode()


def limits(files: Sequence[File]) -> list[str]:
    """What a reader has to know about these files, as sentences."""
    kept = sum(one.is_kept for one in files)
    held = f"Of {kept} of them the desk keeps the original, sealed; an authority may ask for it by the lawful way." if kept else ""
    return [NO_CONNECTION, _MISS, *filter(None, [held])] if files else []


def _row(file: File) -> list[str]:
    times = sorted(file.seen_at)
    return [
        file.ref,
        _value(file.media_type),
        *(file.digests.get(kind, "") for kind in ("md5", "sha1", "sha256", "pdq")),
        _value(file.seen_before),
        _several(file.known_by),
        _value(file.authenticity),
        _value(file.realism),
        _several(file.children_shown),
        _several([_value(one) for one in file.apparent_ages]),
        *([_time(times[0]), _time(times[-1])] if times else ["", ""]),
        "kept sealed at the desk" if file.is_kept else "not held",
    ]


def _value(value: Value) -> str:
    return f"<{value.value}>" if isinstance(value, Unknown) else value


def _several(texts: Sequence[str]) -> str:
    # A programme for tables takes a cell that begins so for a formula; what an owner is called must never run.
    return "; ".join(text.lstrip("=+-@\t\r") for text in texts)


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
