"""What a reader may count on, in every voice: a way out, a pause, no proof asked for, thanks, and who can help."""

import re

import pytest
from tests.intake.portal.rae import Rae
from tests.intake.portal.walk import SIX

from cairndesk.intake.portal.first_aid_words import AIDS
from cairndesk.intake.portal.voices import VOICES
from cairndesk.intake.rules import Mailbox, Path

SPOKEN = [one.prefix for one in VOICES]


@pytest.mark.req("UXQ-14")
@pytest.mark.parametrize("at", SPOKEN)
def test_whatever_is_sent_is_met_with_thanks_and_with_what_follows(rae: Rae, at: str) -> None:
    rae.starts("child", at).says(at=at, danger="self_harm")
    assert "Thank you for telling us. You matter." in rae.text
    rae.says("send", at, what="threatens")
    assert rae.heading == "We have it. Thank you for telling us."
    assert "What happens next" in rae.text
    rae.portal.answer(SIX, Mailbox())
    rae.posts(f"{at}/back", words=" ".join(SIX))
    assert rae.heading in {"It is good that you are back", "Welcome back"}
    rae.posts(f"{at}/back", **rae.hidden, go="write", text="There is more.")
    assert rae.heading == "We have your message"
    assert "A person will read it." in rae.text


@pytest.mark.req("INT-12")
@pytest.mark.parametrize("at", [f"{language}{sign}" for language in ("", "/ar") for sign in SPOKEN])
def test_before_anything_is_asked_it_says_how_telling_works_and_who_can_help_in_this_country(rae: Rae, at: str) -> None:
    text = rae.opens(f"{at}/").text
    heads = [found.start() for found in re.finditer("<h2", text)]
    asks = text.index('<form method="post"')
    # What happens next, and who can see this, stand before the question; who can help stands at the foot, this country first.
    assert heads[1] < heads[2] < asks
    assert asks < text.index("tel:5550101") < text.index("tel:5550111")
    assert f'href="{at}/help"' in text
    assert rae.opens(f"{at}/help").response.status_code == 200


@pytest.mark.slow
@pytest.mark.req("PRV-12")
def test_first_aid_is_said_in_three_voices_and_says_where_its_words_are_not_reviewed(rae: Rae) -> None:
    for number, aid in AIDS.items():
        main = {at: re.search("<main>.*</main>", rae.opens(f"{at}/help/{number}").text, re.DOTALL) for at in SPOKEN}
        said = {at: re.sub(r"<[^>]*>", "", found[0]) for at, found in main.items() if found}
        # What is written for a parent or at work is read by grown-ups, and needs no words for small children.
        assert len(set(said.values())) == (2 if aid.path in {Path.CARER, Path.PROFESSIONAL} else 3), number
        assert "لم يراجع" in rae.opens(f"/ar/1/help/{number}").text
