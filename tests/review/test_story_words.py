"""Every entry of the log that can stand on the time line of a case says there in words what happened."""

import ast
from collections.abc import Iterator
from pathlib import Path

from cairndesk import review
from cairndesk.custody.rules import Event
from cairndesk.review.rules.story import QUIET, WORDS, words_for

SOURCE = Path(review.__file__).parents[1]
# Who writes down something about a case, whatever else the call says; and what says so of several things, by a name that is looked up.
ABOUT_CASES = {"note", "admit", "_admit"}
# Rooms whose entries are about lists, keys, people and settings; and single entries of the others. The scan below holds this to the code.
ELSEWHERE = ("custody.", "accounts.", "directory.", "signals.", "retention.", "exchange.agreement.", "exchange.partner.", "exchange.letter.")
NEVER = {
    *("cases.hold.placed", "cases.hold.reviewed", "cases.hold.lift_asked", "cases.hold.lift_withdrawn", "cases.hold.lifted"),
    *("cases.mandate.entered", "cases.mandate.ended", "cases.grouping.made", "cases.grouping.changed", "cases.grouping.described"),
    *("triage.rules.switched", "triage.rules.written", "triage.shift_note.read", "triage.shift_note.written"),
    *("review.bounds.set", "review.search.made", "review.calibration.written", "review.training.asked", "review.training.sent_back"),
    *("exchange.offer.received", "response.alarm.paged"),
}


def test_every_event_of_a_case_has_words_or_is_left_out_on_purpose() -> None:
    told = set(WORDS) | QUIET | {"cases.stage.changed"}
    silent = {str(event) for event in Event} - told
    assert {event for event in silent if event not in NEVER and not event.startswith(ELSEWHERE)} == set()
    assert told - {str(event) for event in Event} == set(), "there is no such event"
    assert not NEVER & told, "what has words is no exception"


def test_no_event_without_words_is_ever_written_down_about_a_case() -> None:
    silent = {event.name for event in Event if str(event) not in WORDS and str(event) not in QUIET} - {Event.CASES_STAGE_CHANGED.name}
    about_cases = set(events_of_cases())
    assert len(about_cases) > 100
    assert about_cases & silent == set()


def test_payments_and_disclosures_are_told_as_people_say_it() -> None:
    assert words_for("cases.payment.recorded", {}) == "A payment was recorded"
    assert words_for("cases.disclosure.recorded", {}) == "A disclosure of doubtful payments was recorded"


def events_of_cases() -> Iterator[str]:
    """The names of events in every call that writes down something about a case."""
    for path in SOURCE.rglob("*.py"):
        for call in (one for one in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(one, ast.Call)):
            kinds = {word.value.value for word in call.keywords if word.arg == "subject_kind" and isinstance(word.value, ast.Constant)}
            if "case" in kinds or (isinstance(call.func, ast.Name) and call.func.id in ABOUT_CASES):
                yield from (one.attr for one in ast.walk(call) if isinstance(one, ast.Attribute) and getattr(one.value, "id", "") == "Event")
