import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cairndesk.signals.engine import folding
from cairndesk.signals.engine.folding import fold, fold_beyond_ascii, plain

SAME = [
    ("lantern", "LANTERN"),
    ("lantern", "lаntеrn"),
    ("lantern", "ｌａｎｔｅｒｎ"),
    ("lantern", "𝓵𝓪𝓷𝓽𝓮𝓻𝓷"),
    ("lantern", "lan\u200btern\u00ad"),
    ("blue lantern", "blue \u00a0\n\tlantern"),
    ("straße", "STRASSE"),
    ("é", "e\u0301"),
    ("ВОР", "вор"),
    ("ΣΊΣΥΦΟΣ", "σίσυφος"),
    ("ﷺ", "صلى الله عليه وسلم"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_ways_of_writing_that_look_the_same_are_the_same(one: str, other: str) -> None:
    assert fold(one).text == fold(other).text


@pytest.mark.parametrize(("one", "other"), [("e", "é"), ("ball", "bail"), ("corn", "com"), ("clown", "c1own"), ("a b", "ab")])
def test_what_makes_another_word_stays_another(one: str, other: str) -> None:
    assert fold(one).text != fold(other).text


def test_a_letter_is_led_back_to_where_it_stood() -> None:
    folded = fold("Ａ  \u200be\u0301ﬁ!")
    assert folded.text == "a e\u0301fi!"
    assert [folded.place(at, at + 1) for at in range(len(folded.text))] == [(0, 1), (1, 4), (4, 6), (4, 6), (6, 7), (6, 7), (7, 8)]


TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=12) | st.text(
    alphabet="aA вВßİıﬁé\u0301\u0323\u200b\u3164각가\u11a8 \n", max_size=12
)


@settings(max_examples=60)
@given(TEXT)
@example("a\u0315\u200b\u0300")
@example("\u0f71\u0f73")
def test_equal_texts_fold_alike_and_folding_again_changes_nothing(text: str) -> None:
    folded = fold(text).text
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert fold(unicodedata.normalize(form, text)).text == folded
    assert fold(text.casefold()).text == folded
    assert fold(folded).text == folded


@settings(max_examples=60)
@given(TEXT)
def test_every_letter_has_its_place_in_order(text: str) -> None:
    folded = fold(text)
    assert len(folded.places) == len(folded.text)
    assert list(folded.places) == sorted(folded.places)
    assert all(0 <= start < end <= len(text) for start, end in folded.places)
    assert plain(text) == plain(plain(text))


def test_the_look_alikes_are_one_letter_each_and_lead_to_something_that_stays() -> None:
    alike = folding._alike()
    assert len(alike) > 1_500
    assert all(len(source) == 1 and not source.isascii() for source in alike)
    assert all(target and not set(target) & alike.keys() for target in alike.values())


def test_the_signs_of_a_pattern_are_left_alone() -> None:
    assert fold_beyond_ascii(r"\W[А-Z]{2}é+") == "\\W[a-Z]{2}e\u0301+"
