"""The demonstration files its invented stories as the portal does, and finds the case that each of them became."""

import random
from datetime import UTC, datetime

import pytest

from cairndesk.accounts.models import Organisation
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.demo import steps
from cairndesk.demo.stories import STORIES

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)


@pytest.mark.django_db
@pytest.mark.parametrize("number", [0, 1], ids=["without a receipt", "with a receipt"])
def test_a_story_becomes_a_case_with_its_receipt(data, ring: Keyring, one: Organisation, number: int) -> None:
    drawn = random.Random(1)  # noqa: S311 - a demonstration that is the same every time, not a secret
    case, words = steps.tell(STORIES[number], organisation=one, number=number, drawn=drawn, now=NOON)
    assert (case.reports.get().path, case.reports.get().draft.is_done) == (STORIES[number].path, True)
    assert (len(words), case.receipts.count()) == ((6, 1) if number else (0, 0))
