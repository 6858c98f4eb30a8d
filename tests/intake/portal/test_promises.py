"""What a reader may count on, in every voice: a way out, a pause, no proof asked for, thanks, and who can help."""

import re

import pytest
from tests.intake.portal.messages import messages
from tests.intake.portal.rae import Rae
from tests.intake.portal.test_texts import WHOM
from tests.intake.portal.test_voices import VARIANTS, overlay
from tests.intake.portal.walk import SIX

from cairndesk.intake.portal.first_aid_words import AIDS
from cairndesk.intake.portal.voices import VOICES
from cairndesk.intake.rules import Mailbox, Path, questions_of, unknown
from cairndesk.lib.unknowns import Unknown

SPOKEN = [one.prefix for one in VOICES]
SAID = [*messages(), *(text for variant in VARIANTS for text in overlay("en", variant).values())]
GENDERED = r"\b(?:[Hh]e|[Ss]he|him|her|his|hers|boys?|girls?|m[ae]n|wom[ae]n|mum|dad|mother|father|brother|sister|sons?|daughters?)\b"
# What no question names: a child who knows it recognises the situation without, and one who does not is not shown it.
GRAPHIC = r"\bnaked|\bnude|\bsex|genital|\bpenis|vagina|\banus|\brape|\bblood|\bweapon|\bkill"


@pytest.mark.parametrize("at", SPOKEN)
def test_on_every_page_that_asks_one_may_stop_go_back_or_say_nothing(rae: Rae, at: str) -> None:
    rae.starts("child", at)
    for step in range(1, 5):
        buttons = {str(held["value"]) for tag, held in rae.page.tags if tag == "button" and held.get("name") == "go"}
        assert f'<header class="out"><a href="{at}/go"' in rae.text
        assert "decline" in buttons
        assert ("back" in buttons) == (step > 1)
        # On the last page the first button sends.
        assert ("send" in buttons) == (1 < step < 4)
        assert not re.search(r"minutes? left|hurry|refresh", rae.text, re.IGNORECASE)
        rae.says("decline", at)
    assert len(rae.parts) == 6
    told = {name: answer for one in rae.portal.fragments() for name, answer in one.answers.items()}
    assert all(answer == unknown(Unknown.DECLINED) for answer in told.values())


def test_no_text_in_any_voice_is_graphic() -> None:
    assert [text for text in SAID if re.search(GRAPHIC, text, re.IGNORECASE)] == []


def test_no_voice_takes_anybody_for_a_girl_or_a_boy_and_none_asks() -> None:
    for text in set(SAID) - WHOM:
        named = {word.lower() for word in re.findall(GENDERED, text, re.IGNORECASE)}
        assert named in (set(), {"boys", "girls"}), text
        assert not named or "everybody else" in text, text
    assert re.findall(GENDERED, "Tell your mum or your dad. He is no brother.") == ["mum", "dad", "He", "brother"]
    assert not {"gender", "sex"} & {name for path in Path for name in questions_of(path)}


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


@pytest.mark.req("PRV-12")
def test_first_aid_is_said_in_three_voices_and_says_where_its_words_are_not_reviewed(rae: Rae) -> None:
    for number, aid in AIDS.items():
        main = {at: re.search("<main>.*</main>", rae.opens(f"{at}/help/{number}").text, re.DOTALL) for at in SPOKEN}
        said = {at: re.sub(r"<[^>]*>", "", found[0]) for at, found in main.items() if found}
        # What is written for a parent or at work is read by grown-ups, and needs no words for small children.
        assert len(set(said.values())) == (2 if aid.path in {Path.CARER, Path.PROFESSIONAL} else 3), number
        assert "لم يراجع" in rae.opens(f"/ar/1/help/{number}").text
