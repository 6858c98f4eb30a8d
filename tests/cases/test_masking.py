"""What stays here to protect a child is found in words however it is spelt there, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cairndesk.cases.rules.masking import MASK, Mask, Withheld


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("account", "boy.seven", "He is @BOY.SEVEN."),
        ("account", "@boy.seven", "see https://play.example/u/boy.seven?x=1"),
        ("account", "ผู้เล่น", "เขาคือผู้เล่นที่"),
        ("account", "boy", "เขาคือboyที่"),
        ("account", "\uff42\uff4f\uff59\uff17", "boy7"),
        ("url", "https://www.play.example/u/boy", "hxxps://play[.]example/u/boy"),
        ("url", "https://play.example/u/boy", "PLAY.EXAMPLE/u/boy/"),
        ("url", "https://bücher.example/boy", "xn--bcher-kva.example/boy"),
        ("url", "https://play.example/b%6Fy", "https://play.example:443/b%6Fy#top"),
        ("email", "boy@mail.example", "Boy (at) mail (dot) example"),
        ("phone", "+49 170 1234567", "0170/123 45 67"),
        ("text", "the blue  boy", "He says\nThe Blue Boy"),
    ],
)
def test_however_it_is_spelt(kind: str, value: str, words: str) -> None:
    assert MASK in Mask([Withheld(kind, value)]).over(words)


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("account", "boy", "boys and cowboy_2, hxxps://play[.]example"),
        ("phone", "+49 170 1234567", "0170 7654321, 12345"),
        ("url", "https://play.example/u/boy", "https://play.example/u/girl"),
    ],
)
def test_what_is_something_else_stays_word_for_word(kind: str, value: str, words: str) -> None:
    assert Mask([Withheld(kind, value)]).over(words) == words


@given(words=st.text(max_size=200))
def test_where_nothing_is_withheld_nothing_is_changed(words: str) -> None:
    assert Mask([]).over(words) == words


@given(value=st.text(st.characters(categories=["Ll", "Lu", "Nd"]), min_size=1, max_size=12), words=st.text(max_size=60))
def test_what_stands_there_as_it_was_told_is_always_found(value: str, words: str) -> None:
    assert MASK in Mask([Withheld("account", value)]).over(f"{words} {value} {words}")
