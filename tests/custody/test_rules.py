import re
from datetime import UTC, datetime

import pytest

from cairndesk.accounts.rules import SYSTEM
from cairndesk.accounts.rules import Proof as AccountsProof
from cairndesk.custody.precision import log_time
from cairndesk.custody.rules import DESK, Event, Proof, Purpose

NOW = datetime(2026, 3, 4, 12, 34, 56, tzinfo=UTC)
HOUR = int(datetime(2026, 3, 4, 12, tzinfo=UTC).timestamp())
FROM_THE_PORTAL = [event for event in Event if event.value.partition(".")[0] in {"intake", "cases", "triage", "signals"}]


def test_what_the_desk_does_after_a_report_does_not_tell_when_the_reporter_wrote() -> None:
    assert FROM_THE_PORTAL
    assert {event: log_time(event, Proof.SYSTEM, NOW) for event in FROM_THE_PORTAL} == dict.fromkeys(FROM_THE_PORTAL, HOUR)


@pytest.mark.parametrize("proof", [proof for proof in Proof if proof is not Proof.SYSTEM])
def test_what_a_person_or_a_platform_does_is_timed_to_the_second(proof: Proof) -> None:
    assert log_time(Event.CASES_STAGE_CHANGED, proof, NOW) == int(NOW.timestamp())


def test_what_the_desk_does_later_is_timed_to_the_second() -> None:
    assert log_time(Event.CUSTODY_BACKUP_MADE, Proof.SYSTEM, NOW) == int(NOW.timestamp())


def test_every_event_is_named_room_subject_verb() -> None:
    assert [event for event in Event if not re.fullmatch(r"[a-z]+\.[a-z_]+\.[a-z_]+", event.value)] == []
    assert [event.name for event in Event] == [event.value.upper().replace(".", "_") for event in Event]


def test_purposes_fit_their_column_and_the_context_that_they_are_bound_into() -> None:
    assert all(purpose.value.isascii() and len(purpose) <= 40 for purpose in Purpose)


def test_the_log_knows_every_proof_that_accounts_can_give() -> None:
    assert set(AccountsProof) == set(Proof)
    assert (SYSTEM.pseudonym, str(SYSTEM.proof)) == (DESK.pseudonym, str(DESK.proof))
