"""Compiles gettext catalogues, so that no compiled file has to be kept in the repository and no tool has to be installed.

Format: the GNU gettext manual, "The Format of GNU MO Files". Fuzzy and empty translations are left out, as msgfmt does. The catalogue of a
variant (`ar@young`, gettext's modifier) holds only what differs; it is compiled over that of its language (`ar`), so that one file answers.
"""

import ast
import os
import re
import struct
from collections.abc import Iterator
from pathlib import Path

from cairndesk.lib.files import replace_durably

_MAGIC = 0x950412DE
_FIELD = re.compile(r"(msgctxt|msgid_plural|msgid|msgstr(?:\[(\d)\])?)\s+(\".*\")")
_CONTEXT_END, _PLURAL_END = "\x04", "\x00"
Entry = dict[str, str]


def entries(text: str) -> dict[str, str]:
    """The messages of a .po text as the keys and values of an .mo file; the empty key holds the header."""
    found: dict[str, str] = {}
    for entry in _raw_entries(text):
        key = (entry["msgctxt"] + _CONTEXT_END if "msgctxt" in entry else "") + entry.get("msgid", "")
        plurals = [entry[name] for name in sorted(entry) if name.startswith("msgstr")]
        if "msgid_plural" in entry:
            key += _PLURAL_END + entry["msgid_plural"]
        if plurals and all(plurals):
            found[key] = _PLURAL_END.join(plurals)
    return found


def compiled(*texts: str) -> bytes:
    """The .mo file of .po texts; of a message that several hold, the last counts."""
    held = {key: value for text in texts for key, value in entries(text).items()}
    rows = sorted((key.encode(), value.encode()) for key, value in held.items())
    table, at = 28, 28 + 16 * len(rows)
    originals, translations, body = b"", b"", b""
    for column in (0, 1):
        for row in rows:
            spot = struct.pack("<II", len(row[column]), at + len(body))
            originals, translations = (originals + spot, translations) if column == 0 else (originals, translations + spot)
            body += row[column] + b"\0"
    head = struct.pack("<7I", _MAGIC, 0, len(rows), table, table + 8 * len(rows), 0, at)
    return head + originals + translations + body


def compile_all(folder: Path) -> int:
    """Afterwards every .po below `folder` has a current .mo beside it; returns how many were made. A folder that cannot be written is left."""
    stale = [source for source in folder.glob("*/LC_MESSAGES/*.po") if _is_stale(source)]
    for source in stale:
        try:
            # Several processes may start at once: each sees the old file or a whole new one.
            replace_durably(source.with_suffix(".mo"), [compiled(*(one.read_text("utf-8") for one in _layers(source)))], mode=0o644)
        except OSError:
            return 0
    return len(stale)


def _is_stale(source: Path) -> bool:
    target = source.with_suffix(".mo")
    if not target.exists():
        return True
    newest = max(one.stat().st_mtime_ns for one in _layers(source))
    return target.stat().st_mtime_ns < newest and os.access(source.parent, os.W_OK)


def _layers(source: Path) -> list[Path]:
    """The texts that make the catalogue of `source`, the lowest first."""
    language, variant, _ = source.parents[1].name.partition("@")
    base = source.parents[2] / language / "LC_MESSAGES" / source.name
    return [base, source] if variant and base.exists() else [source]


def _raw_entries(text: str) -> Iterator[Entry]:
    entry: Entry = {}
    name, is_fuzzy = "", False
    for line in [*text.splitlines(), ""]:
        field = _FIELD.match(line)
        if field and entry and field[1] in {"msgctxt", "msgid"} and "msgid" in entry:
            yield from _unless(entry, is_fuzzy=is_fuzzy)
            entry, is_fuzzy = {}, False
        if line.startswith("#,") and "fuzzy" in line:
            yield from _unless(entry, is_fuzzy=is_fuzzy)
            entry, is_fuzzy = {}, True
        elif field:
            name = field[1]
            entry[name] = ast.literal_eval(field[3])
        elif line.startswith('"') and name:
            entry[name] += ast.literal_eval(line)
    yield from _unless(entry, is_fuzzy=is_fuzzy)


def _unless(entry: Entry, *, is_fuzzy: bool) -> Iterator[Entry]:
    if entry and not is_fuzzy:
        yield entry
