"""How much has to be touched before what was told is kept: every tick and every button is one tap, and nothing need be typed."""

import pytest
from tests.intake.portal.rae import Rae
from tests.intake.portal.walk import EVERYWHERE

from cairndesk.intake.rules import Kind

MOST = 6


class Finger:
    """Touches only what stands on the page, and counts."""

    def __init__(self, rae: Rae, at: str) -> None:
        self.rae, self.at, self.taps = rae, at, 0
        self.ticked: dict[str, str] = {}
        rae.opens(f"{at}/")

    def ticks(self, name: str, value: str) -> None:
        assert any(tag == "input" and held.get("name") == name and held.get("value") == value for tag, held in self.rae.page.tags)
        self.ticked[name] = value
        self.taps += 1

    def presses(self, name: str, value: str) -> None:
        assert any(tag == "button" and held.get("name") == name and held.get("value") == value for tag, held in self.rae.page.tags)
        self.rae.posts(f"{self.at}/next", **self.rae.hidden, **self.ticked, **{name: value})
        self.ticked = {}
        self.taps += 1


# The pages of all of them are the same templates with other words; a child's are met in every language and voice.
WAYS = [(at, "child") for at in EVERYWHERE]
WAYS += [(at, path) for path in ("friend", "carer", "professional", "survivor") for at in ("", "/1", "/3", "/ar", "/ar/1", "/ar/3")]


@pytest.mark.parametrize(("at", "path"), WAYS)
def test_from_the_first_page_to_the_receipt_it_takes_at_most_six_taps(rae: Rae, at: str, path: str) -> None:
    finger = Finger(rae, at)
    finger.presses("path", path)
    finger.ticks("danger", "not_now")
    finger.presses("go", "next")
    finger.ticks("what", "threatens")
    finger.presses("go", "send")
    assert len(rae.parts) == 6
    assert finger.taps <= MOST
    told = {name: answer for one in rae.portal.fragments() for name, answer in one.answers.items()}
    assert (told["danger"], told["what"]) == (["not_now"], ["threatens"])
    assert sum(one.kind == Kind.RECEIPT for one in rae.portal.fragments()) == 1


def test_a_call_for_help_is_kept_after_three_taps(rae: Rae) -> None:
    finger = Finger(rae, "/1")
    finger.presses("path", "child")
    finger.ticks("danger", "happening_now")
    finger.presses("go", "next")
    assert (finger.taps, rae.portal.alarms()) == (3, 1)
