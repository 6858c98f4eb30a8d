"""Two languages made by code, which nobody ships: they show what is not translated, not wide enough, or drawn for one direction only."""

import functools
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.intake.portal.locales import po_of, speaking
from tests.intake.portal.messages import counted, messages
from tests.intake.portal.walk import walked

# English letters that look foreign, and can still be read.
_LETTERS = str.maketrans("AEINOSTUYaceinostuy", "ÅÉÎÑÖŠŢÛÝåçéîñöšţûý")
_FIELDS = re.compile(r"(%\(\w+\)s)")
OPEN, CLOSE = "⟦", "⟧"
_RIGHT_TO_LEFT, _POP = "\u202e", "\u202c"
ROWS = {
    "en-XA": {"name": "Åççéñţš", "english": "English, long and accented"},
    "ar-XB": {"name": "Mirrored", "english": "English, from right to left", "direction": "rtl"},
}


def accented(text: str) -> str:
    """`text` two fifths longer in its own words, and accented."""
    return OPEN + "".join(part if _FIELDS.match(part) else _longer(part).translate(_LETTERS) for part in _FIELDS.split(text)) + CLOSE


def mirrored(text: str) -> str:
    """`text` as it looks where people write from right to left."""
    return OPEN + "".join(part if _FIELDS.match(part) else f"{_RIGHT_TO_LEFT}{part}{_POP}" for part in _FIELDS.split(text)) + CLOSE


def _longer(text: str) -> str:
    """Each vowel twice; English has about two of them in five letters."""
    return re.sub("[aeiouy]", lambda found: found[0] * 2, text)


@functools.cache
def pages_in_pseudo() -> Mapping[str, Mapping[str, str]]:
    """Every page in both."""
    with tempfile.TemporaryDirectory() as folder:
        pages, numbers = (
            {code: po_of({text: says(text) for text in texts}) for code, says in (("en-XA", accented), ("ar-XB", mirrored))}
            for texts in (messages(), counted())
        )
        with speaking(Path(folder), ROWS, pages, numbers):
            return {code: walked(f"/{code.lower()}").pages for code in ROWS}
