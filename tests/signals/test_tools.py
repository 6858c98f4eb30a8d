"""The register of technical tools: what each is for, and that one which nobody assessed in time is off, without a report being lost."""

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import RequestFactory
from tests.signals.conftest import NOW, Cast, Importing
from tests.signals.test_cli import Run, run
from tests.signals.test_door import Asking, ask, data, key, opened, verdicts

from cairndesk import doctor
from cairndesk.accounts.errors import NotPermitted
from cairndesk.accounts.rules import Actor
from cairndesk.custody.queries import entries_about
from cairndesk.custody.rules import Event
from cairndesk.lib import clock
from cairndesk.signals import actions, check, door, giving, jobs, queries, register, shelf, views_tools, walled
from cairndesk.signals.engine.identifiers import recognise
from cairndesk.signals.errors import AssessmentRefused, MediaRefused, ToolOff
from cairndesk.signals.models import ToolRecord
from cairndesk.signals.rules import Novelty, SeenBy
from cairndesk.signals.tools import FIRST_DUE, TOOLS, WARN_BEFORE, Tool

__all__ = ["ask", "data", "key", "opened", "run"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.req("DET-23"), pytest.mark.slow]
MD5, PDQ = "ab" * 16, "5a" * 32
LATE = NOW + FIRST_DUE + timedelta(days=1)


@pytest.fixture
def register_of(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cast]:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    jobs.tools()
    yield cast
    shelf.of.cache_clear()


def switch_off(cast: Cast, *tools: Tool) -> None:
    """As if nobody had assessed them in time."""
    ToolRecord.objects.filter(organisation=cast.one, tool__in=tools).update(due_on=NOW.date() - timedelta(days=1))


def assess(cast: Cast, tool: Tool, **more: Any) -> ToolRecord:
    said = {"purpose": "to find known material", "lawful_basis": "order 12/2026", "note": "weighed with the children's council"}
    days = {"assessed_on": NOW.date(), "due_on": date(2027, 11, 1)}
    return actions.assess_tool(**{"organisation": cast.one.id, "tool": tool, **said, **days, "by": cast.sam, "now": NOW, **more})


@pytest.mark.req("PRI-16")
def test_a_fresh_desk_has_every_tool_on_and_ninety_days_to_weigh_each(register_of: Cast) -> None:
    shown = register.tools(organisation=register_of.one.id, now=NOW)
    assert [one.tool for one in shown] == list(Tool) == list(TOOLS)
    assert {(one.is_on, one.assessed_on, one.due_on) for one in shown} == {(True, None, NOW.date() + FIRST_DUE)}
    assert all(one.about.does and one.about.when_off for one in shown)
    assert jobs.tools() == 0


def test_it_warns_a_month_before_and_says_loudly_once_that_a_tool_is_off(register_of: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [one.level for one in doctor.tools(NOW)] == [doctor.Level.OK]
    assert {one.level for one in doctor.tools(NOW + FIRST_DUE - WARN_BEFORE)} == {doctor.Level.WARNING}
    assert register.off(organisation=register_of.one.id, now=NOW + FIRST_DUE) == frozenset()
    assert register.off(organisation=register_of.one.id, now=LATE) == frozenset(Tool)
    assert {one.level for one in doctor.tools(LATE)} == {doctor.Level.PROBLEM}
    monkeypatch.setattr(clock, "now", lambda: LATE)
    assert (jobs.tools(), jobs.tools()) == (2 * len(Tool), 0)
    exact = ToolRecord.objects.get(organisation=register_of.one, tool=Tool.EXACT)
    assert [one.event for one in entries_about(exact.pk)] == [Event.SIGNALS_TOOL_OVERDUE]


@pytest.mark.req("PRI-16")
def test_an_assessment_stands_with_purpose_basis_date_and_who_made_it_and_switches_on(register_of: Cast) -> None:
    switch_off(register_of, Tool.NEAR)
    held = assess(register_of, Tool.NEAR)
    (shown,) = (one for one in register.tools(organisation=register_of.one.id, now=NOW) if one.tool is Tool.NEAR)
    assert (shown.purpose, shown.lawful_basis, shown.assessed_on, shown.is_on) == ("to find known material", "order 12/2026", NOW.date(), True)
    assert held.assessed_by == register_of.sam.pseudonym
    (entry,) = entries_about(held.pk)
    assert (entry.event, entry.detail["due_on"]) == (Event.SIGNALS_TOOL_ASSESSED, "2027-11-01")
    assert register.off(organisation=register_of.two.id, now=NOW) == frozenset()


@pytest.mark.parametrize(
    "wrong",
    [
        {"purpose": " "},
        {"lawful_basis": ""},
        {"assessed_on": NOW.date() + timedelta(days=1)},
        {"due_on": NOW.date() - timedelta(days=1)},
        {"due_on": NOW.date() + timedelta(days=732)},
    ],
)
def test_what_is_no_assessment_is_refused(register_of: Cast, wrong: dict[str, Any]) -> None:
    with pytest.raises(AssessmentRefused):
        assess(register_of, Tool.NEAR, **wrong)
    assert ToolRecord.objects.get(organisation=register_of.one, tool=Tool.NEAR).assessed_on is None


def test_only_a_supervisor_of_the_organisation_assesses(register_of: Cast) -> None:
    for by in (register_of.ana, register_of.platform):
        with pytest.raises(NotPermitted):
            assess(register_of, Tool.NEAR, by=by)
    with pytest.raises(IntegrityError), transaction.atomic():
        ToolRecord.objects.filter(tool=Tool.NEAR).update(assessed_on=NOW.date())


def test_what_was_not_looked_up_is_never_called_unlisted(register_of: Cast, take_in: Importing) -> None:
    take_in(MD5, f"pdq:{PDQ}")

    def asked(value: str) -> check.Checked:
        return check.check_text(queries.lists_now(organisation=register_of.one.id, now=NOW), value)

    assert (asked(MD5).verdict, asked(f"pdq:{PDQ}").verdict) == (check.Verdict.KNOWN, check.Verdict.NEAR)
    found = {MD5: check.Verdict.KNOWN, f"pdq:{PDQ}": check.Verdict.NEAR}
    for tool, off, on in ((Tool.EXACT, MD5, f"pdq:{PDQ}"), (Tool.NEAR, f"pdq:{PDQ}", MD5)):
        switch_off(register_of, tool)
        assert asked(off).verdict == check.Verdict.OFF
        assert TOOLS[tool].title in asked(off).reasons[0]
        assert asked(on).verdict == found[on]
        identifiers = recognise(off)
        assert queries.novelty(organisation=register_of.one.id, identifiers=identifiers, now=NOW) is Novelty.UNKNOWN
        assess(register_of, tool)
        assert asked(off).verdict == found[off]


def test_machines_are_told_that_it_is_off(register_of: Cast, take_in: Importing, ask: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "_LISTS_SECONDS", 0.0)
    take_in(MD5, seen_by=SeenBy.MACHINES)
    signal = f"signal_type=video_md5&signal={MD5}"
    assert verdicts(ask("POST", door.CHECK, {"value": MD5})[1]) == ["known"]
    switch_off(register_of, Tool.EXACT)
    assert verdicts(ask("POST", door.CHECK, {"value": MD5})[1]) == ["off"]
    assert ask("GET", "/m/lookup", query=signal)[0] == 503
    assess(register_of, Tool.EXACT)
    assert ask("GET", "/m/lookup", query=signal)[0] == 200
    switch_off(register_of, Tool.DOOR)
    status, told, _ = ask("POST", door.CHECK, {"value": MD5})
    assert (status, told["code"]) == (503, "signals.tool_off")


def test_lists_are_not_given_and_files_not_hashed_while_that_is_off(register_of: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(data: bytes) -> None:
        raise AssertionError("a byte was looked at")

    monkeypatch.setattr(walled, "hash_media", read)
    switch_off(register_of, Tool.GIVING, Tool.FILES)
    with pytest.raises(ToolOff):
        giving.shared_lists(organisation=register_of.one.id, now=NOW)
    with pytest.raises(MediaRefused, match="switched off"):
        actions.hash_media(organisation=register_of.one, data=b"drawn", by=register_of.ana, now=NOW, stage="reviewing")


def page(view: Callable[..., Any], actor: Actor, told: dict[str, str] | None = None, **kwargs: str) -> tuple[int, str]:
    made = RequestFactory().get("/") if told is None else RequestFactory().post("/", told)
    made.actor, made.session = actor, {}
    answer = view(made, **kwargs)
    return answer.status_code, answer.content.decode()


def test_a_supervisor_writes_an_assessment_down_on_the_page(register_of: Cast) -> None:
    switch_off(register_of, Tool.READING)
    status, shown = page(views_tools.tools, register_of.ana)
    assert (status, "its assessment was due on 22 November 2026" in shown, "Write it down" in shown) == (200, True, False)
    told = {"purpose": "to find accounts", "lawful_basis": "order 12/2026", "assessed_on": "2026-11-23", "due_on": "2027-11-01"}
    status, shown = page(views_tools.assess, register_of.sam, {**told, "due_on": "2030-01-01"}, tool="reading_words")
    assert (status, "within two years" in shown) == (422, True)
    assert page(views_tools.assess, register_of.sam, {}, tool="reading_words")[0] == 422
    assert page(views_tools.assess, register_of.sam, told, tool="reading_words")[0] == 302
    _, shown = page(views_tools.tools, register_of.sam)
    assert "to find accounts" in shown
    assert "Switched off" not in shown


def test_the_command_line_lists_what_the_page_lists(register_of: Cast, run: Run) -> None:
    assess(register_of, Tool.NEAR)
    switch_off(register_of, Tool.READING)
    shown = {one["tool"]: one for one in json.loads(run("tools", "--organisation", "one", "--json"))}
    assert list(shown) == [tool.value for tool in TOOLS]
    assert [tool for tool, one in shown.items() if not one["is_on"]] == ["reading_words"]
    assert (shown["near_matching"]["assessed_on"], shown["near_matching"]["lawful_basis"]) == (NOW.date().isoformat(), "order 12/2026")
    said = " ".join(run("tools", "--organisation", "one").split())
    for words in ("off: overdue", "never", "2026-11-23 by", TOOLS[Tool.NEAR].title):
        assert words in said
