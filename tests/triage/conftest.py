"""Triage's stage: the cast, and a way to tell the desk something."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from tests.response.test_pages import analyst, sign_in, supervisor
from tests.support.cast import NOON, ana, cal, lia, ola, one, ring, sam, two

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import SYSTEM
from cairndesk.cases.actions import ReportFacts, open_case
from cairndesk.cases.models import Case
from cairndesk.custody.sealing.keyring import Keyring

__all__ = ["ana", "analyst", "cal", "lia", "ola", "one", "ring", "sam", "sign_in", "supervisor", "two"]


@pytest.fixture
def tell(ring: Keyring, one: Organisation) -> Callable[..., Case]:
    """Opens a case from answers, as the drain does."""

    def telling(
        answers: dict[str, Any] | None = None, *, to: Organisation = one, at: datetime = NOON, path: str = "friend", advice_only: bool = False
    ) -> Case:
        answers = answers or {"what": ["found"]}
        now = "happening_now" in answers.get("danger", [])
        facts = ReportFacts(
            source="friend", channel="portal", path=path, language="en", told={"answers": answers}, is_emergency=now, advice_only=advice_only
        )
        return open_case(organisation=to, report=facts, by=SYSTEM, now=at)

    return telling
