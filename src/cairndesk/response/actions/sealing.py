"""Putting words away: everything that a person writes in this room is sealed before it is kept."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cairndesk.cases.models import Case
from cairndesk.custody.actions import seal
from cairndesk.custody.models import SealedItem
from cairndesk.custody.rules import Purpose
from cairndesk.lib.text import clean
from cairndesk.response.errors import IncompleteAct


def seal_words(
    case: Case, words: str, now: datetime, *, missing: type[IncompleteAct] = IncompleteAct, purpose: Purpose = Purpose.REASON
) -> SealedItem:
    """`words` sealed for the organisation of `case`. Raises `missing` when there are none."""
    plain = clean(words).strip()
    if not plain:
        raise missing
    return seal(organisation=case.organisation_id, purpose=purpose, plain=plain, now=now)


def seal_fields(case: Case, fields: Mapping[str, Any], now: datetime) -> SealedItem:
    """`fields` sealed as a document for the organisation of `case`."""
    return seal(organisation=case.organisation_id, purpose=Purpose.DOCUMENT, plain=fields, now=now)
