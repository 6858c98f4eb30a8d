"""The desk asks for the least that protects: every question to a child has its reason, and no page asks one without."""

import re
from html import unescape

import pytest
from tests.intake.portal.conftest import portal, rae
from tests.intake.portal.rae import Rae
from tests.intake.portal.walk import every_page

from cairndesk.cases.rules.facts import CaseFacts
from cairndesk.intake.forms import CallForm
from cairndesk.intake.rules import QUESTIONS, Path, questions_of
from cairndesk.intake.rules.asking import NOT_ASKED, WHY, needs
from cairndesk.lib.unknowns import Unknown

__all__ = ["portal", "rae"]
pytestmark = pytest.mark.req("EVD-17")
_FIELD = re.compile(r"<(?:input|textarea|select)\b[^>]*>")
# What a page carries for itself and nobody fills in: the sealed state, buttons, and that the answers so far are clear.
CARRIED = {"s", "d", "about", "once"}


def asked_on(page: str) -> set[str]:
    """The names of all fields of a page that somebody fills in."""
    fields = [field for field in _FIELD.findall(page) if 'type="hidden"' not in field]
    return {name for field in fields for name in re.findall(r'\bname="([^"]+)"', field)}


def test_every_question_has_its_reason_and_every_reason_its_question() -> None:
    assert set(QUESTIONS) <= set(WHY)
    assert {name for path in Path for name in questions_of(path)} <= set(WHY)
    assert all(why.endswith(".") for why in WHY.values())


@pytest.mark.slow
def test_no_page_of_the_portal_asks_for_more(rae: Rae) -> None:
    found = {name: asked_on(page) for name, page in every_page(rae).items()}
    asked = set().union(*found.values())
    assert {"danger", "what", "more", "text", "words"} <= asked
    assert asked - set(WHY) == set(), found


def test_a_page_that_asks_something_new_is_noticed() -> None:
    page = '<textarea name="more"></textarea><input type="hidden" name="s"><input name="how_often"><select id="x" name="position"></select>'
    assert asked_on(page) - set(WHY) == {"how_often", "position"}


def test_whoever_takes_a_call_is_given_no_more_to_ask() -> None:
    assert set(CallForm().fields) - set(WHY) - CARRIED == set()


def test_what_protects_is_marked_where_it_is_known_and_unknown_may_be_asked_again() -> None:
    nothing, something = needs(), needs(CaseFacts(abuse_now="no", self_harm="unknown", meeting_planned="yes", child_ages=frozenset({"age_13_15"})))
    assert not any(one.is_known for one in nothing)
    assert [one.is_known for one in something] == [True, False, False, True, False, True, False, False]
    assert not needs(CaseFacts(child_ages=frozenset({Unknown.NOT_ASKED.value})))[5].is_known
    assert needs(CaseFacts(self_harm=Unknown.DECLINED.value))[1].is_known


def test_the_notes_leave_the_interview_to_those_who_are_trained_for_it() -> None:
    said = unescape(" ".join(NOT_ASKED)).lower()
    for words in ("trained interviewer", "why", "proof", "describe a picture", "never their fault"):
        assert words in said
