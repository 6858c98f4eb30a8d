"""Checklists: dated data of an operator, with a source and a ground for every line, never changed once loaded."""

import pytest
from django.urls import reverse
from tests.directory.conftest import ANA, NOW, SAM
from tests.directory.test_pages import SignIn, sign_in

from cairndesk.accounts.errors import NotPermitted
from cairndesk.accounts.rules import Role
from cairndesk.directory import actions
from cairndesk.directory.checklists import FACTS, Fact, minimum_text, read_checklist
from cairndesk.directory.errors import ChecklistStands, RulesUnreadable
from cairndesk.directory.models import Checklist

__all__ = ["sign_in"]
pytestmark = [pytest.mark.django_db, pytest.mark.req("EVD-18")]
TEXT = minimum_text()


def test_every_fact_that_can_be_asked_has_its_words() -> None:
    assert set(FACTS) == set(Fact)
    assert all(FACTS.values())


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ('use = "record"', 'use = "poem"', "`use`"),
        ('source = "', 'source = ""\n#', "`source`"),
        ("valid_from = 2026-01-01", "", "`valid_from`"),
        ('name = "harm"', 'name = "weather"', "weather"),
        ('name = "harm"', 'name = "came"', "once"),
        ('because = "What is not named', 'because = ""\n#', "harm: `because`"),
        ('name = "harm"', 'name = "harm"\nwithout = "shrug"', "harm: `without`"),
    ],
)
def test_a_checklist_that_leaves_something_open_is_refused(before: str, after: str, says: str) -> None:
    assert before in TEXT
    with pytest.raises(RulesUnreadable, match=says):
        read_checklist(TEXT.replace(before, after, 1))


def test_a_checklist_without_lines_is_refused() -> None:
    with pytest.raises(RulesUnreadable, match="line"):
        read_checklist(TEXT.partition("[[line]]")[0])


def test_what_was_loaded_is_never_changed_and_not_everybody_loads() -> None:
    actions.load_checklist(text=TEXT, by=SAM, now=NOW)
    with pytest.raises(ChecklistStands):
        actions.load_checklist(text=TEXT, by=SAM, now=NOW)
    with pytest.raises(NotPermitted):
        actions.load_checklist(text=TEXT.replace("minimum-1", "mine"), by=ANA, now=NOW)
    assert Checklist.objects.count() == 1


def test_a_supervisor_starts_from_the_minimum_and_everybody_reads_what_counts(sign_in: SignIn) -> None:
    sam, lia = sign_in(Role.SUPERVISOR), sign_in(Role.LIAISON)
    form = sam.get(reverse("directory:checklist-load")).content.decode()
    assert "minimum-1" in form
    stricter = (
        TEXT.replace("minimum-1", "ours").replace('name = "harm"', 'name = "harm"\nwithout = "refuse"').replace("What every file holds", "Our files")
    )
    assert sam.post(reverse("directory:checklist-load"), {"text": stricter}).status_code == 302
    refused = sam.post(reverse("directory:checklist-load"), {"text": stricter})
    assert refused.status_code == 422
    page = lia.get(reverse("directory:checklists")).content.decode()
    assert page.index("Our files") < page.index("What every file holds")
    assert page.count("the case stays open") == 2
    assert "Load a checklist" not in page
