"""How to handle what can do harm is said where it is done; no risky step is without its rules."""

import re
from html import unescape
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from tests.house.tree import ROOT, SOURCE
from tests.support.cast import NOON

from cairndesk.accounts.models import Organisation, Person, RoleGrant
from cairndesk.accounts.rules import Kind, Role, Verb
from cairndesk.accounts.rules.handling import BY_KIND, HANDLING, RISKS, Step
from cairndesk.lib import clock

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


@pytest.mark.req("CAP-08")
@pytest.mark.django_db
@pytest.mark.parametrize("role", Role)
def test_everybody_at_the_desk_reads_the_whole_guide_and_it_is_the_one_in_the_manual(one: Organisation, role: Role) -> None:
    person = Person.objects.create(organisation=one, sign_in_name=role.value, name="Somebody", created_at=NOON)
    RoleGrant.objects.create(person=person, role=role, granted_at=NOON)
    client, now = Client(), clock.now().isoformat()
    session = client.session
    session.update({"person": str(person.pk), "proof": "demo", "seen": now, "started": now})
    session.save()
    page, manual = unescape(client.get(reverse("accounts:handbook")).content.decode()), (Path(ROOT) / "docs/handbook.md").read_text("utf-8")
    for one_step in HANDLING.values():
        for said in (one_step.title, *one_step.rules):
            assert said in page
            assert said in manual
