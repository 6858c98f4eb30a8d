"""How to handle what can do harm is said where it is done; no risky step is without its rules."""

import re
from pathlib import Path

import pytest
from tests.house.tree import SOURCE

from cairndesk.accounts.rules import Kind, Verb
from cairndesk.accounts.rules.handling import BY_KIND, HANDLING, RISKS, Step

pytestmark = pytest.mark.req("EVD-11")
TEMPLATES = {str(path.relative_to(SOURCE)): path.read_text("utf-8") for path in Path(SOURCE).rglob("*.html")}
# The buttons of a request stand on pages that each say their own rules.
_PARTS = {"accounts/templates/accounts/answer.html"}


def test_every_verb_and_every_act_of_two_people_says_what_it_risks() -> None:
    assert set(RISKS) == set(Verb)
    assert set(BY_KIND) == set(Kind)
    assert set(HANDLING) == set(Step)
    # Who asks for the same act and who does it are told the same.
    assert RISKS[Verb.DESTRUCTION_ASK] is RISKS[Verb.MEDIA_DESTROY] is BY_KIND[Kind.DESTROY]
    assert RISKS[Verb.PUBLICATION_ASK] is RISKS[Verb.HASHES_PUBLISH] is BY_KIND[Kind.PUBLISH]


def test_the_rules_are_few_and_short() -> None:
    for step, one in HANDLING.items():
        assert 2 <= len(one.rules) <= 3, step
        assert all(len(rule) <= 160 and rule.endswith((".", "?")) for rule in one.rules), step


@pytest.mark.parametrize("asks", ["accounts/proof.html", "accounts/answer.html"])
def test_no_page_asks_for_a_proof_without_its_rules(asks: str) -> None:
    """Whatever takes a fresh proof, or a second person, is a risky step."""
    asking = {name for name, text in TEMPLATES.items() if f'include "{asks}"' in text} - _PARTS
    assert len(asking) >= 4
    assert {name for name in asking if "{% handling " not in TEMPLATES[name]} == set()


def test_pages_name_every_step_and_no_other() -> None:
    named = {step for text in TEMPLATES.values() for step in re.findall(r'{% handling "(\w+)"', text)}
    assert named == set(Step)
