"""Compiles gettext catalogues, so that no compiled file has to be kept in the repository and no tool has to be installed.

Format: the GNU gettext manual, "The Format of GNU MO Files". Fuzzy and empty translations are left out, as msgfmt does. The catalogue of a
variant (`ar@young`, gettext's modifier) holds only what differs; it is compiled over that of its language (`ar`), so that one file answers.

Who speaks a language and has read a text says so in a comment of its entry, which tools keep: `# reviewed: 2026-12-01 carer heron 1f3a90bc`, the day,
the role, a sign that the reader chose and that says nothing of who they are, and a digest of text and translation. So a mark ends by itself when
either is changed, also by a tool that knows nothing of it. Marks of two readers make a translation reviewed, however often one of them has marked it;
every other one is drafted, and is compiled with a character at its end by which a page knows that it holds one.
"""

import ast
import hashlib
import os
import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cairndesk.lib.files import replace_durably

DRAFTED = "\ufdd0"
"""Ends a compiled translation that is not reviewed. A noncharacter, for use inside a programme: `text.clean` lets none in from outside."""
BORROWED = ("\ufdd3", "\ufdd4")
"""Stand around a text that another language lends where a language pack has none of its own. Noncharacters as well."""
SOURCE = "en"
REVIEWERS = 2
_MAGIC = 0x950412DE
_FIELD = re.compile(r"(msgctxt|msgid_plural|msgid|msgstr(?:\[(\d)\])?)\s+(\".*\")")
_REVIEWED = re.compile(r"^# reviewed: \d{4}-\d\d-\d\d \S+ ([a-z]{2,12}) ([0-9a-f]{8})\s*$", re.MULTILINE)
_CONTEXT_END, _PLURAL_END = "\x04", "\x00"
_COMMENTS, _AT = "#", "@"
Entry = dict[str, str]


@dataclass(frozen=True)
class Translation:
    """One text in one language; `readers` are the signs of those who read these very words."""

    text: str
    readers: frozenset[str] = frozenset()

    @property
    def is_reviewed(self) -> bool:
        """Whether enough people who speak the language have read it."""
        return len(self.readers) >= REVIEWERS


def entries(text: str) -> dict[str, str]:
    """The messages of a .po text as the keys and values of an .mo file; the empty key holds the header."""
    return {key: one.text for key, one in translations(text).items()}


def translations(text: str) -> dict[str, Translation]:
    """The same with who has reviewed each."""
    found: dict[str, Translation] = {}
    for entry in _raw_entries(text):
        key = _key(entry)
        plurals = [entry[name] for name in sorted(entry) if name.startswith("msgstr")]
        if plurals and all(plurals) and not is_fuzzy(entry.get(_COMMENTS, "")):
            value = _PLURAL_END.join(plurals)
            marks = _REVIEWED.findall(entry.get(_COMMENTS, ""))
            found[key] = Translation(value, frozenset(reader for reader, digest in marks if digest == digest_of(key, value)))
    return found


def raw(text: str) -> dict[str, tuple[str, str]]:
    """Comments and translation by message, as a tool reads them that writes the catalogue anew: also what is empty or a guess."""
    return {entry["msgid"]: (entry.get(_COMMENTS, ""), entry.get("msgstr", "")) for entry in _raw_entries(text) if "msgid" in entry}


def lines_of(text: str) -> dict[str, int]:
    """In which line of a .po text each message begins, from 1; of a message that stands there twice, the last."""
    return {_key(entry): int(entry[_AT]) for entry in _raw_entries(text) if _AT in entry}


def misread(text: str) -> tuple[int, str] | None:
    """The first line of a .po text that is none of a catalogue, from 1, and what is wrong with it; None where each is."""
    follows = False
    for number, line in enumerate(text.splitlines(), 1):
        held = line.strip()
        if not held or held.startswith("#"):
            follows = follows and not held
            continue
        field = _FIELD.fullmatch(held)
        if not field and not (follows and held.startswith('"')):
            return number, "it is neither a comment, nor a text in quotes after msgid or msgstr"
        follows = True
        try:
            said = ast.literal_eval(field[3] if field else held)
            # Half of a character, which Python can write, is none.
            is_text = isinstance(said, str) and bool(said.encode() or True)
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            is_text = False
        if not is_text:
            return number, "its quotes or backslashes do not fit together"
    return None


def is_fuzzy(comments: str) -> bool:
    """Whether a tool guessed the translation from that of a text that was like it."""
    return any(line.startswith("#,") and "fuzzy" in line for line in comments.splitlines())


def digest_of(key: str, value: str) -> str:
    """What ties a review to the words that were read: 8 hexadecimal digits."""
    return hashlib.sha256(f"{key}\x00{value}".encode()).hexdigest()[:8]


def bare(said: str) -> str:
    """A translation without the signs that it is drafted or lent, for where it is no page."""
    return said.translate(dict.fromkeys(map(ord, (DRAFTED, *BORROWED))))


def compiled(*texts: str, is_source: bool = False) -> bytes:
    """The .mo file of .po texts; of a message that several hold, the last counts. `is_source`: in the language that all texts are written in."""
    held = {key: one for text in texts for key, one in translations(text).items()}
    return packed({key: one.text if is_source or not key else signed(one) for key, one in held.items()})


def packed(held: Mapping[str, str]) -> bytes:
    """The .mo file of what is said by message; the empty one holds the header."""
    rows = sorted((key.encode(), said.encode()) for key, said in held.items())
    table, at = 28, 28 + 16 * len(rows)
    originals, answers, body = b"", b"", b""
    for column in (0, 1):
        for row in rows:
            spot = struct.pack("<II", len(row[column]), at + len(body))
            originals, answers = (originals + spot, answers) if column == 0 else (originals, answers + spot)
            body += row[column] + b"\0"
    head = struct.pack("<7I", _MAGIC, 0, len(rows), table, table + 8 * len(rows), 0, at)
    return head + originals + answers + body


def signed(one: Translation) -> str:
    """A translation as pages are drawn with it: what is only drafted ends with the sign of it."""
    return one.text if one.is_reviewed else _PLURAL_END.join(part + DRAFTED for part in one.text.split(_PLURAL_END))


def compile_all(folder: Path) -> int:
    """Afterwards every .po below `folder` has a current .mo beside it; returns how many were made. A folder that cannot be written is left."""
    stale = [source for source in folder.glob("*/LC_MESSAGES/*.po") if _is_stale(source)]
    for source in stale:
        try:
            # Several processes may start at once: each sees the old file or a whole new one.
            made = compiled(*(one.read_text("utf-8") for one in _layers(source)), is_source=_is_source(source))
            replace_durably(source.with_suffix(".mo"), [made], mode=0o644)
        except OSError:
            return 0
    return len(stale)


def _is_source(source: Path) -> bool:
    return re.split("[_@]", source.parent.parent.name)[0] == SOURCE


def _is_stale(source: Path) -> bool:
    target = source.with_suffix(".mo")
    if not target.exists():
        return True
    # What an older version of this code has compiled may lack the signs of what is drafted.
    newest = max(one.stat().st_mtime_ns for one in (*_layers(source), Path(__file__)))
    return target.stat().st_mtime_ns < newest and os.access(source.parent, os.W_OK)


def _layers(source: Path) -> list[Path]:
    """The texts that make the catalogue of `source`, the lowest first."""
    language, variant, _ = source.parents[1].name.partition("@")
    base = source.parents[2] / language / "LC_MESSAGES" / source.name
    return [base, source] if variant and base.exists() else [source]


def _key(entry: Entry) -> str:
    """The key of an entry in an .mo file."""
    key = (entry["msgctxt"] + _CONTEXT_END if "msgctxt" in entry else "") + entry.get("msgid", "")
    return key + _PLURAL_END + entry["msgid_plural"] if "msgid_plural" in entry else key


def _raw_entries(text: str) -> Iterator[Entry]:
    entry: Entry = {}
    name = ""
    for number, line in enumerate(map(str.lstrip, text.splitlines()), 1):
        field = _FIELD.match(line)
        begins = line.startswith("#") or (field is not None and field[1] in {"msgctxt", "msgid"})
        if begins and any(one.startswith("msgstr") for one in entry):
            yield entry
            entry, name = {}, ""
        if line.startswith("#"):
            entry[_COMMENTS] = f"{entry.get(_COMMENTS, '')}{line}\n"
        elif field:
            name = field[1]
            entry[name] = ast.literal_eval(field[3])
            if name == "msgid":
                entry[_AT] = str(number)
        elif line.startswith('"') and name:
            entry[name] += ast.literal_eval(line)
    if entry:
        yield entry
