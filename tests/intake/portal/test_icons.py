import base64
import io

import pytest
from PIL import Image
from tests.intake.portal.rae import Rae
from tests.intake.portal.walk import weight

from cairndesk.intake.portal.icons import SIDE, icon
from cairndesk.intake.portal.wording import PATHS
from cairndesk.intake.rules import QUESTIONS

DRAWN = [*PATHS, *QUESTIONS["danger"].choices]


@pytest.mark.parametrize("code", DRAWN)
def test_each_is_a_small_picture_in_one_ink_on_clear(code: str) -> None:
    head, _, held = icon(code).partition(",")
    assert head == "data:image/png;base64"
    raw = base64.b64decode(held)
    assert len(raw) < 160
    picture = Image.open(io.BytesIO(raw)).convert("RGBA")
    assert picture.size == (SIDE, SIDE)
    colours = picture.getcolors()
    assert colours is not None
    assert {(colour[:3], colour[3]) for _, colour in colours if isinstance(colour, tuple)} == {((0, 0, 0), 255), ((255, 255, 255), 0)}
    assert 60 < sum(count for count, colour in colours if isinstance(colour, tuple) and colour[3]) < SIDE * SIDE / 1.5


def test_no_two_are_alike_and_no_other_answer_has_one() -> None:
    assert len({icon(code) for code in DRAWN}) == len(DRAWN) == 12
    others = {code for name, question in QUESTIONS.items() if name != "danger" for code in question.choices}
    assert {icon(code) for code in others} == {""}


@pytest.mark.parametrize("at", ["", "/1", "/ar/3"])
def test_they_stand_beside_words_and_say_nothing_by_themselves(rae: Rae, at: str) -> None:
    for text in (rae.opens(f"{at}/").text, rae.starts("child", at).text):
        pictures = [held for tag, held in rae.page.tags if tag == "img"]
        assert len(pictures) == 6
        assert {held.get("alt") for held in pictures} == {""}
        assert weight(text) <= 14 * 1024
