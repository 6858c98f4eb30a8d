"""Brings a catalogue up to date with the texts it is for, and keeps what people wrote and who has read it.

What is new is added and left empty; what is gone is dropped. What is new and like a text that is gone gets its translation as a guess, marked
`fuzzy` and never shown. A mark of a reader that somebody wrote by hand, without its digest, gets it.
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from cairndesk.lib import catalogues

ROLES = ("carer", "editor", "helper", "professional", "survivor", "teacher", "translator", "young-person")
SIGN = re.compile("[a-z]{2,12}")
_BY_HAND = re.compile(r"^# reviewed: (\d{4}-\d\d-\d\d) (\S+) ([a-z]{2,12})\s*$")
_LIKE = 0.8


@dataclass
class Told:
    """What came of one catalogue."""

    path: Path
    missing: list[str] = field(default_factory=list)
    guessed: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    texts: int = 0
    once: int = 0
    twice: int = 0


def bring_up(
    path: Path, wanted: Mapping[str, Iterable[str]], head: str, *, reviewed: str = "", notes: Mapping[str, str] = MappingProxyType({})
) -> Told:
    """Afterwards the catalogue at `path` holds the texts `wanted`, each with the files it stands in, in their order.

    `reviewed`: day, role, sign; `notes`: what the translator is told of a text.
    """
    entries = catalogues.raw(path.read_text("utf-8")) if path.exists() else {}
    told = Told(path, gone=[text for text in entries if text and text not in wanted], texts=len(wanted))
    blocks = [_about(entries) + head]
    for text, files in wanted.items():
        comments, said = entries.get(text, ("", ""))
        if not said and (near := difflib.get_close_matches(text, told.gone, n=1, cutoff=_LIKE)):
            comments, said = f"#, fuzzy\n#| msgid {quoted(near[0])}\n", entries[near[0]][1]
        blocks.append(_block(text, said, _marked(text, said, comments, reviewed), sorted(files), notes.get(text, "")))
        _count(told, text, said, comments)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(blocks), "utf-8")
    for one in catalogues.translations(path.read_text("utf-8")).values():
        told.once += len(one.readers) == 1
        told.twice += one.is_reviewed
    return told


def quoted(text: str) -> str:
    """`text` as a catalogue writes it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _about(entries: Mapping[str, tuple[str, str]]) -> str:
    """What translators wrote about the whole catalogue."""
    return "".join(f"{line}\n" for line in entries.get("", ("", ""))[0].splitlines() if line.startswith("# "))


def _marked(text: str, said: str, comments: str, reviewed: str) -> str:
    """The comments of translators, with the new mark, each mark with its digest; references are written anew."""
    kept = [line for line in comments.splitlines() if not line.startswith(("#:", "#~", "#."))]
    if reviewed and said and not catalogues.is_fuzzy(comments):
        # Whoever reads once more leaves no second mark.
        kept = [line for line in kept if not line.startswith("# reviewed:") or line.split()[4:5] != reviewed.split()[-1:]]
        kept.append(f"# reviewed: {reviewed}")
    whole = rf"# reviewed: \1 \2 \3 {catalogues.digest_of(text, said)}"
    return "".join(f"{line}\n" for line in dict.fromkeys(_BY_HAND.sub(whole, line) for line in kept))


def _block(text: str, said: str, comments: str, files: list[str], note: str) -> str:
    """An entry, its comments in the order that gettext gives them."""
    lines = comments.splitlines()
    own = [line for line in lines if line.startswith("# ") or line == "#"]
    flags = [line for line in lines if line not in own and line != "#, python-format"]
    if "%(" in text and "#, fuzzy, python-format" not in flags:
        flags.append("#, python-format")
    return "\n".join(
        [*own, *([f"#. {note}"] if note else []), f"#: {' '.join(files)}", *flags, f"msgid {quoted(text)}", f"msgstr {quoted(said)}", ""]
    )


def _count(told: Told, text: str, said: str, comments: str) -> None:
    if not said:
        told.missing.append(text)
    elif catalogues.is_fuzzy(comments):
        told.guessed.append(text)
