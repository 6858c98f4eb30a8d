"""Taking identifiers out of words that go to somebody else: those of a child who may have done harm, and those that a recipient does not need."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cairndesk.cases.errors import UnreadableIdentifier
from cairndesk.cases.rules.identifiers import normalise
from cairndesk.lib.text import clean, refang

MASK = "[left out to protect a child]"
_SCHEME = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?(?://)?(?:www\.)?", re.IGNORECASE)
# What people put between the digits of a number, and behind a name.
_BETWEEN, _AROUND = r"[\s().\-/]*", ".,;:!?…'\"’“”«»()[]{}<>"
# Numbers are written with and without their country code; so many digits at the end tell one from another.
_TELLING = 8


@dataclass(frozen=True, slots=True)
class Withheld:
    """One identifier that stays here, as somebody wrote it."""

    kind: str
    value: str
    hash_kind: str = ""


class Mask:
    """Takes identifiers out of words, however they are spelt there. It would rather take out a word too many than leave one in."""

    def __init__(self, withheld: Iterable[Withheld], instead: str = MASK) -> None:
        held, self._instead = list(withheld), instead
        self._spelt = [re.compile(pattern, re.IGNORECASE) for one in held for pattern in _patterns(one)]
        self._same = {(one.kind, one.hash_kind): set[str]() for one in held}
        for one in held:
            self._same[one.kind, one.hash_kind].update(_settled(one.kind, one.value, one.hash_kind))

    def over(self, words: str) -> str:
        """`words` without what is withheld; the very same words where nothing of it stands in them."""
        plain = refang(unicodedata.normalize("NFKC", clean(words)))
        masked = plain
        for pattern in self._spelt:
            masked = pattern.sub(lambda _: self._instead, masked)
        masked = re.sub(r"\S+", lambda word: self._instead if self._is_withheld(word[0]) else word[0], masked)
        return words if masked == plain else masked

    def _is_withheld(self, word: str) -> bool:
        # An address may be spelt in many ways: it is the same where its one spelling is.
        return any(held & _settled(kind, word.strip(_AROUND), hash_kind) for (kind, hash_kind), held in self._same.items())


def _settled(kind: str, value: str, hash_kind: str) -> set[str]:
    try:
        return {normalise(kind, value, hash_kind=hash_kind)}
    except UnreadableIdentifier:
        return set()


def _patterns(one: Withheld) -> Iterator[str]:
    """How the identifier may stand in a text: as it was told, and in its one spelling without what is often left off."""
    told = unicodedata.normalize("NFKC", clean(one.value)).strip()
    for spelt in {told, *_settled(one.kind, one.value, one.hash_kind)}:
        bare = _SCHEME.sub("", refang(spelt)).strip("@#/ ")
        if one.kind == "phone" and len(digits := re.sub(r"\D", "", bare)) >= _TELLING:
            yield r"(?:[+(]?[0-9][0-9\s().\-/]*)?" + _BETWEEN.join(digits[-_TELLING:]) + r"(?![0-9])"
        elif bare:
            # Where words stand without spaces between them, what is not Latin has no edge.
            edges = (r"(?<![A-Za-z0-9_])", r"(?![A-Za-z0-9_])") if bare.isascii() else ("", "")
            yield edges[0] + "[@#]?" + r"\s+".join(map(re.escape, bare.split())).replace(r"\.", r"\s*\.\s*").replace("@", r"\s*@\s*") + edges[1]
