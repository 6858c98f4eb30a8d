"""While a tool is off a report comes in as ever, its case says what it was not asked of, and is asked when the tool is on again."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine
from tests.support.cast import NOON
from tests.triage.test_matching import LISTED, PAPERS, glossary, told

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import SYSTEM, Actor
from cairndesk.cases.actions import Named
from cairndesk.cases.models import Case
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.review import queries as review
from cairndesk.signals import shelf
from cairndesk.signals.actions import assess_tool, forget_case, import_list, look_after_tools
from cairndesk.signals.engine.identifiers import recognise
from cairndesk.signals.engine.lists import Format, Row, parse
from cairndesk.signals.models import Match, PassedOver, TermMatch, ToolRecord
from cairndesk.signals.tools import OF_CASES, TOOLS, Tool
from cairndesk.triage import jobs

__all__ = ["glossary"]
pytestmark = [pytest.mark.django_db, pytest.mark.req("DET-23")]
PDQ = "5a" * 32
# What is told, and what the tool alone finds in it.
FINDS = {
    Tool.EXACT: ("", [Named("url", "https://pics.example/a")]),
    Tool.NEAR: ("", [Named("media", PDQ, hash_kind="pdq")]),
    Tool.READING: ("Pay 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa he said", []),
    Tool.TERMS: ("a glimmerfox", []),
}


@pytest.fixture(autouse=True)
def listed(ring: Keyring, one: Organisation, sam: Actor) -> Iterator[None]:
    from io import BytesIO

    rows = [*parse(BytesIO(LISTED), Format.CSV, {"kind": "kind", "value": "value", "label": "label"}), Row(9, recognise(f"pdq:{PDQ}"))]
    import_list(organisation=one.pk, papers=PAPERS, rows=rows, by=sam, now=NOON)
    look_after_tools(now=NOON)
    yield
    shelf.of.cache_clear()


def found(case: Case) -> int:
    return Match.objects.filter(case=case.pk).count() + TermMatch.objects.filter(case=case.pk).count()


@pytest.mark.parametrize("tool", sorted(OF_CASES))
def test_no_report_is_lost_and_what_was_missed_is_made_up_for(tool: Tool, one: Organisation, sam: Actor, glossary: None) -> None:
    ToolRecord.objects.filter(organisation=one, tool=tool).update(due_on=NOON.date() - timedelta(days=1))
    words, named = FINDS[tool]
    case = told(one, words, named=named)
    assert (case.stage, found(case)) == ("queued", 0)
    assert review.card(case, SYSTEM).passed_over == (TOOLS[tool].title,)
    with time_machine.travel(NOON, tick=False):
        jobs.assess()
        assert found(case) == 0
        days = {"assessed_on": NOON.date(), "due_on": date(2027, 1, 1)}
        assess_tool(organisation=one.pk, tool=tool, purpose="to find it", lawful_basis="order", note="", **days, by=sam, now=NOON)
        assert (jobs.assess(), jobs.assess()) == (1, 0)
    assert found(case) == 1
    assert review.card(case, SYSTEM).passed_over == ()


def test_what_was_found_before_a_tool_went_off_stays(one: Organisation, glossary: None) -> None:
    case = told(one, "a glimmerfox", named=[Named("url", "https://pics.example/a")])
    before = found(case)
    ToolRecord.objects.filter(organisation=one).update(due_on=NOON.date() - timedelta(days=1))
    with time_machine.travel(NOON, tick=False):
        jobs.assess()
    again = told(one, "", named=[Named("url", "https://pics.example/a")])
    assert (before, found(case), found(again)) == (2, 2, 0)
    assert set(review.card(again, SYSTEM).passed_over) == {TOOLS[tool].title for tool in OF_CASES}


def test_an_erased_case_leaves_no_trace_of_it(one: Organisation) -> None:
    ToolRecord.objects.filter(organisation=one).update(due_on=NOON.date() - timedelta(days=1))
    case = told(one, "")
    assert PassedOver.objects.filter(case=case.pk).count() == len(OF_CASES)
    forget_case(case=case.pk, now=NOON)
    assert not PassedOver.objects.exists()
