"""A priority set by hand: on what somebody saw, never on what they did not; what they typed is there after a refusal."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client
from tests.review.conftest import enrol, tell
from tests.review.test_pages import anas, at, enter

from cairndesk.accounts.rules import SYSTEM
from cairndesk.cases.actions import ReportFacts, add_report
from cairndesk.cases.models import Case
from cairndesk.custody import access
from cairndesk.triage import actions
from cairndesk.triage.models import Override, ShiftNote

__all__ = ["anas", "at", "enrol", "enter", "tell"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ring")]
Tell = Callable[..., Case]
WORDS = "Help has been with the family since."


def form(client: Client, case: Case, *, level: int = 5) -> dict[str, str]:
    seen = client.get(f"/cases/{case.pk}/priority/").context["seen"]
    return {"level": str(level), "why": "help_is_there", "words": WORDS, "seen": seen}


@pytest.mark.slow
def test_an_old_page_never_ends_an_emergency_that_nobody_saw(tell: Tell, anas: Client, at: datetime) -> None:
    case = tell(at=at)
    sent = form(anas, case)
    more = ReportFacts(source="friend", channel="portal", path="friend", language="en", told={"answers": {"danger": ["happening_now"]}})
    add_report(case=case, report=more, by=SYSTEM, now=at)
    actions.take_in(case=case, now=at)
    answer = anas.post(f"/cases/{case.pk}/priority/", sent)
    page = answer.content.decode()
    assert (answer.status_code, Case.objects.get(pk=case.pk).is_emergency) == (422, True)
    assert WORDS in page
    assert "Something new came in" in page
    assert not Override.objects.exists()
    # Whoever has read what stands now decides.
    assert anas.post(f"/cases/{case.pk}/priority/", sent | {"seen": answer.context["seen"]}).status_code == 302
    assert Case.objects.get(pk=case.pk).priority == 5


@pytest.mark.slow
def test_an_old_page_does_not_undo_what_a_colleague_set(tell: Tell, anas: Client, at: datetime) -> None:
    case = tell(at=at)
    sent = form(anas, case)
    assert anas.post(f"/cases/{case.pk}/priority/", form(anas, case, level=1)).status_code == 302
    answer = anas.post(f"/cases/{case.pk}/priority/", sent)
    assert (answer.status_code, Case.objects.get(pk=case.pk).priority) == (422, 1)
    assert "A person set priority 1" in answer.content.decode()


@pytest.mark.slow
def test_what_was_typed_is_there_when_the_desk_is_locked(tell: Tell, anas: Client, at: datetime) -> None:
    case = tell(at=at)
    sent, held = form(anas, case), access.keys()
    access.use(None)
    try:
        answers = [anas.post(f"/cases/{case.pk}/priority/", sent), anas.post("/shift/", {"words": WORDS})]
    finally:
        access.use(held)
    assert [(answer.status_code, WORDS in answer.content.decode(), "Unlock the desk" in answer.content.decode()) for answer in answers] == [
        (422, True, True),
        (422, True, True),
    ]
    assert not Override.objects.exists()
    assert not ShiftNote.objects.exists()
