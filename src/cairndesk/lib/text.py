"""Text as people hand it over: cleaned of control characters, and shown so that it cannot be clicked or reordered."""

import re
import unicodedata

_KEPT = {"\n", "\t"}
# Marks that reorder what follows: a link must not be able to show another name than it has.
_BIDI = {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C)}
_FIRST_STRONG_ISOLATE, _POP = "\u2068", "\u2069"
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
# The ways in which people make an address unclickable, each with what it stands for.
_DEFANGED = (
    (re.compile(r"\[\s*:\s*//\s*\]", re.IGNORECASE), "://"),
    (re.compile(r"[\[({]\s*(?:\.|dot)\s*[\])}]", re.IGNORECASE), "."),
    (re.compile(r"[\[({]\s*(?:@|at)\s*[\])}]", re.IGNORECASE), "@"),
    (re.compile(r"[\[({]\s*:\s*[\])}]"), ":"),
    (re.compile(r"[\[({]\s*/\s*[\])}]"), "/"),
)
_SCHEME = re.compile(r"^\s*h(?:xx|tt|\*\*|__)p(s?)(?=:)", re.IGNORECASE)


def clean(raw: str) -> str:
    """`raw` in NFC, each line end one line feed, without control, bidi or unassigned characters; words are never dropped."""
    lines = unicodedata.normalize("NFC", raw.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(c for c in lines if c in _KEPT or (c not in _BIDI and unicodedata.category(c) not in {"Cc", "Cs", "Cn"}))


def defang(identifier: str) -> str:
    """`identifier` in a form that no programme turns into a link: hxxp, [.], [at]."""
    # In any case of letters: programmes link HTTPS:// just as well.
    shown = re.sub(r"\bhttp(s?)://", r"hxxp\1://", identifier, flags=re.IGNORECASE)
    return shown.replace("@", "[at]").replace(".", "[.]")


def refang(text: str) -> str:
    """`text` as it was before somebody made it unclickable: hxxp becomes http, [.] a dot, [at] an at sign."""
    plain = text.translate(_INVISIBLE).strip()
    for pattern, mark in _DEFANGED:
        plain = pattern.sub(mark, plain)
    return _SCHEME.sub(r"http\1", plain)


def isolate(identifier: str) -> str:
    """`identifier` wrapped so that the direction of the surrounding text does not reorder it."""
    return f"{_FIRST_STRONG_ISOLATE}{identifier}{_POP}"
