"""What software made or altered has fields of its own: technique, source, whether a child on record is shown, and with which tool."""

from collections.abc import Callable

import pytest
from django.test import Client
from tests.review.conftest import CLEAR
from tests.review.test_pages import FORM, anas, at, enter, url
from tests.support.cast import NOON

from cairndesk.accounts.rules import Actor
from cairndesk.cases.actions import add_item, amend_item, mark_item
from cairndesk.cases.errors import NotOfThisCase
from cairndesk.cases.models import Case, Earlier, Item
from cairndesk.lib.unknowns import Unknown
from cairndesk.review import actions
from cairndesk.review.rules import Look

__all__ = ["anas", "at", "enter"]
pytestmark = pytest.mark.django_db
SEEN = {**CLEAR.features, "ai_technique": "inpainting", "ai_source": "known_abuse", "derived_from_known": "yes"}


def techniques(item: Item) -> list[str]:
    return sorted(item.marks.values_list("mark", flat=True))


@pytest.mark.slow
def test_what_somebody_sees_stands_on_every_item_that_shows_something(held: Case, ana: Actor) -> None:
    shown = add_item(case=held, kind="url", identifier="https://pictures.example/1", by=ana, now=NOON)
    person = add_item(case=held, kind="account", identifier="somebody", by=ana, now=NOON)
    mark_item(item=shown, family="ai_technique", codes=["voice_clone"], by=ana, now=NOON)
    actions.classify(case=held, look=Look(features=SEEN, harms=CLEAR.harms, severity="c"), by=ana, now=NOON)
    shown.refresh_from_db()
    assert (shown.ai_source, shown.derived_from_known) == ("known_abuse", "yes")
    assert techniques(shown) == ["ai_technique.inpainting", "ai_technique.voice_clone"]
    assert (Item.objects.get(pk=person.pk).ai_source, techniques(person)) == ("not_asked", [])


@pytest.mark.parametrize("answer", ["yes", "no", *Unknown])
def test_whether_it_comes_from_a_child_on_record_has_four_ways_of_not_being_known(held: Case, ana: Actor, answer: str) -> None:
    shown = add_item(case=held, kind="url", identifier="https://pictures.example/1", by=ana, now=NOON)
    amend_item(item=shown, facts={"derived_from_known": answer, "ai_source": Unknown.UNKNOWN}, by=ana, now=NOON)
    assert Item.objects.get(pk=shown.pk).derived_from_known == answer


def test_an_unknown_overwrites_nothing_and_what_stood_before_stays_readable(held: Case, ana: Actor) -> None:
    shown = add_item(case=held, kind="url", identifier="https://pictures.example/1", by=ana, now=NOON)
    amend_item(item=shown, facts={"ai_source": "benign"}, by=ana, now=NOON)
    look = Look(features={**SEEN, "ai_source": "unknown"}, harms=CLEAR.harms, severity="c")
    actions.classify(case=held, look=look, by=ana, now=NOON)
    assert Item.objects.get(pk=shown.pk).ai_source == "benign"
    amend_item(item=shown, facts={"ai_source": "known_abuse"}, by=ana, now=NOON)
    assert {"ai_source": "benign"} in [one.answers for one in Earlier.objects.filter(about=shown.pk)]


def test_a_tool_is_an_item_of_the_same_case(held: Case, ana: Actor, tell: Callable[..., Case]) -> None:
    shown = add_item(case=held, kind="url", identifier="https://pictures.example/1", by=ana, now=NOON)
    elsewhere = add_item(case=tell(), kind="tool", identifier="A tool", by=ana, now=NOON)
    with pytest.raises(NotOfThisCase):
        amend_item(item=shown, facts={"made_with": elsewhere}, by=ana, now=NOON)


@pytest.mark.slow
def test_the_page_of_an_item_asks_for_source_and_tool_and_lists_what_was_said(
    tell: Callable[..., Case], anas: Client, at: object, ana: Actor
) -> None:
    case = tell(at=at)
    anas.post(url("claim", case))
    shown = add_item(case=case, kind="url", identifier="https://pictures.example/1", by=ana, now=NOON)
    tool = add_item(case=case, kind="tool", identifier="A tool", by=ana, now=NOON)
    where = url("record", case, "item", shown.pk)
    page = anas.get(where).content.decode()
    assert "With which tool or model of this case?" in page
    assert "Not here: ordinary pictures of a child" in page
    seen, once = (page.split(f'name="{name}" value="')[1].split('"')[0] for name in ("seen", "once"))
    sent = {"seen": seen, "once": once, "ai_source": "benign", "derived_from_known": "declined", "made_with": tool.pk, "ai_technique": ["nudify"]}
    assert anas.post(where, sent).status_code == 302
    shown.refresh_from_db()
    assert (shown.ai_source, shown.derived_from_known, shown.made_with, techniques(shown)) == ("benign", "declined", tool, ["ai_technique.nudify"])
    listed = anas.get(url("known", case)).content.decode()
    assert "from what? A benign picture" in listed
    assert "made with" in listed
    # Who marks an account is not asked what made it.
    account = add_item(case=case, kind="account", identifier="somebody", by=ana, now=NOON)
    assert "With which tool" not in anas.get(url("record", case, "item", account.pk)).content.decode()


@pytest.mark.slow
@pytest.mark.req("TRG-14")
def test_how_real_it_is_and_how_it_was_made_move_neither_urgency_nor_the_second_look(tell: Callable[..., Case], ana: Actor) -> None:
    made = {
        "authenticity": "fully_synthetic",
        "realism": "drawn",
        "ai_technique": "text_to_image",
        "ai_source": "no_source",
        "derived_from_known": "no",
    }
    plain, danger = {"shows_abuse": "yes", "age_band": "age_3_6"}, {"shows_abuse": "yes", "meeting_planned": "yes"}
    for features in (plain, danger):
        found = []
        for more in ({}, {"authenticity": "real", "realism": "photorealistic"}, made):
            case = actions.claim(case=tell(), by=ana, now=NOON)
            add_item(case=case, kind="url", identifier=f"https://pictures.example/{case.number}", by=ana, now=NOON)
            actions.classify(case=case, look=Look(features={**features, **more}, harms=CLEAR.harms, severity="b"), by=ana, now=NOON)
            found.append((case.priority, case.is_emergency, case.due_at, case.stage))
        assert found[0] == found[1] == found[2]


@pytest.mark.slow
@pytest.mark.req("TRG-22")
def test_the_new_questions_say_what_belongs_and_what_does_not(tell: Callable[..., Case], anas: Client, at: object) -> None:
    case = tell(at=at)
    anas.post(url("claim", case))
    page = anas.get(url("classify", case)).content.decode()
    assert "Includes: a known series; a model that was tuned on one. Not here: ordinary pictures of a child." in page
    assert "Not here: lascivious exhibition without an act." in page
    assert anas.post(url("classify", case), {**FORM, "f_ai_source": "no_source"}).status_code == 302
