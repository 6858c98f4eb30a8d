import io
import json
import logging
from collections.abc import Iterator
from uuid import UUID

import pytest
import structlog

from cairndesk.lib import logs

CASE = UUID("33333333-3333-4333-8333-333333333333")
PLANTED = ["Planted Name", "planted@person.example", "203.0.113.77", "https://planted.example/a", "abacus zebra lamp", "+1 555 0100"]


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure("portal", stream)
    yield stream
    root.handlers[:], root.level = before[0], before[1]
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def last(lines: io.StringIO) -> dict[str, object]:
    return dict(json.loads(lines.getvalue().splitlines()[-1]))


def test_codes_and_numbers_pass(lines: io.StringIO) -> None:
    logs.log().info("intake.report.received", room="intake", count=3, seconds=0.25)
    line = last(lines)
    assert {key: line[key] for key in ("event", "room", "count", "seconds", "process", "level")} == {
        "event": "intake.report.received",
        "room": "intake",
        "count": 3,
        "seconds": 0.25,
        "process": "portal",
        "level": "info",
    }


def test_where_it_is_quiet_only_trouble_is_said(lines: io.StringIO) -> None:
    logs.configure("portal", lines, quiet=True)
    logs.log().info("work.lane.turned", done=3)
    logs.log().warning("work.lane.waits")
    assert lines.getvalue() == ""
    logs.log().error("work.lane.failed")
    assert last(lines)["event"] == "work.lane.failed"


@pytest.mark.parametrize("planted", PLANTED)
def test_words_of_people_are_withheld_wherever_they_stand(lines: io.StringIO, planted: str) -> None:
    logs.log().info(planted, room=planted, narrative=planted, address=[planted], case={"name": planted}, code=planted)
    assert planted not in lines.getvalue()
    assert last(lines)["event"] == logs.WITHHELD


def test_an_unknown_key_is_withheld_even_with_a_harmless_value(lines: io.StringIO) -> None:
    logs.log().info("a.b", receipt="word", case=CASE)
    assert (last(lines)["receipt"], last(lines)["case"]) == (logs.WITHHELD, logs.WITHHELD)


def test_a_line_of_a_library_keeps_its_origin_and_loses_its_text(lines: io.StringIO) -> None:
    logging.getLogger("django.request").error("Not Found: /planted/%s", "Planted Name", extra={"status_code": 500})
    assert "lanted" not in lines.getvalue()
    line = last(lines)
    assert (line["logger"], line["status"], line["level"]) == ("django.request", 500, "error")


def test_a_failure_tells_its_kind_and_never_its_message(lines: io.StringIO) -> None:
    try:
        raise ValueError("Planted Name")
    except ValueError as error:
        logs.log().error("work.lane.failed", **logs.place(error))
        logging.getLogger("uvicorn.error").exception("it broke for %s", "Planted Name")
    assert "Planted" not in lines.getvalue()
    assert last(lines)["error"] == "ValueError"


def test_a_failure_in_our_own_code_names_the_line() -> None:
    try:
        structlog_breaks()
    except RecursionError as error:
        found = logs.place(error)
    assert found["at"].startswith("logs:redact:")


def structlog_breaks() -> None:
    class Hostile(dict[str, object]):
        def items(self) -> object:  # type: ignore[override]
            raise RecursionError("Planted Name")

    logs.redact(None, "info", Hostile())
