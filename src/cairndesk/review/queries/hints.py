"""The hints of a glossary beside the words that they are about."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cairndesk.cases.models import Case
from cairndesk.signals.queries import Hint, hints_of


@dataclass(frozen=True, slots=True)
class HintShown:
    """One hint with the words at its place, which were opened for this page and are kept nowhere."""

    hint: Hint
    words: str


def hints(case: Case, source: UUID, opened: Mapping[str, Any], *, reader: UUID | None) -> list[HintShown]:
    """The hints in a report or item of `case`, whose words are `opened`; each meaning once a word, for people of the desk itself only."""
    if reader != case.organisation_id:
        return []
    found: dict[tuple[object, ...], HintShown] = {}
    for hint in hints_of(case=case.pk, source=source):
        text = opened.get(hint.field)
        if isinstance(text, str) and hint.end <= len(text):
            words = text[hint.start : hint.end]
            found.setdefault((hint.field, words, hint.meaning, hint.glossary), HintShown(hint, words))
    return list(found.values())
