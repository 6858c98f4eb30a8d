"""Which files are to be looked at: all below a folder, or those that a manifest names."""

import csv
import json
import os
from collections.abc import Iterator
from pathlib import Path

from cairndesk.signals.errors import ScanRefused

_COLUMN = "path"
# The three folders of a Maildir (qmail's maildir(5)): mail arrives in it while somebody looks.
_MAILBOX = {"cur", "new", "tmp"}


def files(source: Path) -> list[str]:
    """Absolute paths, each once, in order. Raises ScanRefused for a manifest that cannot be read, and for a folder in which mail is delivered.

    A manifest is CSV with a column `path` (.csv), JSON lines with a field `path` (.jsonl), or one path a line; what is not absolute is
    meant from the manifest's folder. Below a folder no link is followed; one that cannot be opened stands for what is in it.
    """
    if source.is_dir():
        return list(_below(source.absolute()))
    folder = source.absolute().parent
    return list(dict.fromkeys(os.path.normpath(folder / name) for name in _named(source) if name))


def _below(folder: Path) -> Iterator[str]:
    closed: list[str] = []
    for place, folders, names in os.walk(folder, onerror=lambda wrong: closed.append(wrong.filename)):
        if set(folders) >= _MAILBOX:
            raise ScanRefused(f"{place} is where mail is delivered. Private communications are not looked through; take out what was handed over.")
        folders.sort()
        for path in (Path(place, name) for name in sorted(names)):
            if not path.is_symlink():
                yield str(path)
    # Nobody may take for looked at what could not be opened: such a folder gets a row with its reason.
    yield from closed


def _named(manifest: Path) -> list[str]:
    try:
        with manifest.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as stream:
            if manifest.suffix == ".csv":
                return [row[_COLUMN] for row in csv.DictReader(stream, strict=True)]
            if manifest.suffix == ".jsonl":
                return [str(json.loads(line)[_COLUMN]) for line in stream if line.strip()]
            return [line.rstrip("\r\n") for line in stream]
    except (KeyError, ValueError, TypeError, csv.Error) as wrong:
        raise ScanRefused(f"{manifest.name} has no column or field `{_COLUMN}` in every row.") from wrong
