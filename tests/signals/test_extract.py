from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cairndesk.signals.engine.extract import find
from cairndesk.signals.engine.identifiers import Kind, normalise

GENESIS = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"


def read(text: str, country: str | None = None) -> dict[str, list[str]]:
    found, _ = find(text, country=country)
    return {text[one.start : one.end]: [f"{identifier.kind}:{identifier.value}" for identifier in one.identifiers] for one in found}


TOLD = {
    "See hxxps://pics[.]example/a(b)?x=1), please.": {"hxxps://pics[.]example/a(b)?x=1": ["url:https://pics.example/a(b)?x=1"]},
    "(see www.example.com/x)": {"www.example.com/x": ["url:https://www.example.com/x"]},
    "it was example.com.": {"example.com": ["domain:example.com"]},
    "on pics[.]example then": {"pics[.]example": ["domain:pics.example"]},
    "rae[at]example[.]org wrote": {"rae[at]example[.]org": ["email:rae@example.org"]},
    "<rae+1@example.org>": {"rae+1@example.org": ["email:rae+1@example.org"]},
    "https://www.instagram.com/Some.One!": {
        "https://www.instagram.com/Some.One": ["url:https://www.instagram.com/Some.One", "account:instagram/some.one"]
    },
    "his insta: some.one, he said": {"insta: some.one": ["account:instagram/some.one"]},
    "Snapchat user name is foo_bar2.": {"Snapchat user name is foo_bar2": ["account:snapchat/foo_bar2"]},
    "@other_one on Telegram": {"@other_one on Telegram": ["account:telegram/other_one"]},
    "@other_one (TikTok)": {"@other_one (TikTok": ["account:tiktok/other_one"]},
    f"pay {GENESIS} now": {GENESIS: [f"wallet:bitcoin:{GENESIS}"]},
    f"litecoin:{GENESIS}": {},
    "call +44 (0)20 7946 0123": {"+44 (0)20 7946 0123": ["phone:+442079460123"]},
    "call 020 7946 0123": {},
    "http://abcdefghijklmnop.onion/x": {"http://abcdefghijklmnop.onion/x": ["url:http://abcdefghijklmnop.onion/x"]},
    "abcdefghijklmnop.onion": {"abcdefghijklmnop.onion": ["domain:abcdefghijklmnop.onion"]},
    "instagram is down. So we left.We went home. notes.txt v1.2, 3.14, e.g. this": {},
    "@someone wrote": {},
    "12.11.2026 at 10:30, 1234567890123456": {},
}


@pytest.mark.parametrize("text", TOLD)
def test_it_finds_what_stands_in_a_text_and_nothing_else(text: str) -> None:
    assert read(text) == TOLD[text]


def test_a_number_without_its_country_code_is_read_where_the_country_is_known() -> None:
    assert read("call 020 7946 0123", country="GB") == {"020 7946 0123": ["phone:+442079460123"]}


MISTYPED = [GENESIS.replace("Q", "R"), "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD"]


@pytest.mark.parametrize("wrong", MISTYPED)
def test_a_mistyped_wallet_is_no_wallet_and_the_reason_is_told(wrong: str) -> None:
    text = f"he gave {wrong}, I think"
    found, (refused,) = find(text)
    assert not found
    assert text[refused.start : refused.end] == wrong
    assert "mistyped" in refused.reason


WORDS = st.lists(st.sampled_from(["and", "then", "he", "wrote", "to", "me", "там", "وقال", "that", "day"]), min_size=1, max_size=4).map(" ".join)
PLANTED = st.sampled_from(
    [
        (Kind.URL, "https://pics.example/a?b=c"),
        (Kind.URL, "http://203.0.113.9:8080/x/"),
        (Kind.EMAIL, "rae@example.org"),
        (Kind.DOMAIN, "example.com"),
        (Kind.WALLET, GENESIS),
        (Kind.WALLET, "ltc1qw508d6qejxtdg4y5r3zarvary0c5xw7kgmn4n9"),
        (Kind.PHONE, "+442079460123"),
    ]
)


@settings(max_examples=40)
@given(st.lists(st.tuples(WORDS, PLANTED), min_size=1, max_size=8), WORDS)
def test_whatever_is_planted_among_words_is_found_at_its_place(parts: list[tuple[str, tuple[Kind, str]]], last: str) -> None:
    text, places = "", []
    for words, (kind, planted) in parts:
        text += f"{words} "
        places.append((len(text), len(text) + len(planted), kind, normalise(kind, planted).value))
        text += f"{planted}, "
    found, refused = find(text + last)
    assert [(one.start, one.end, one.identifiers[0].kind, one.identifiers[0].value) for one in found] == places
    assert not refused


@pytest.mark.slow
@settings(max_examples=100)
@given(st.text(alphabet="aA1.@:/[]( +0xé-_?insta", max_size=60) | st.text(max_size=60))
@example("http://a.example/" + ")" * 20_000)
@example("a." * 10_000)
@example("+44 " * 300)
def test_any_text_is_searched_and_what_is_found_lies_apart_and_can_be_read_again(text: str) -> None:
    found, refused = find(text)
    places = sorted((one.start, one.end) for one in (*found, *refused))
    assert all(start < end for start, end in places)
    assert all(before[1] <= after[0] for before, after in pairwise(places))
    assert all(normalise(one.kind, one.value).value == one.value for held in found for one in held.identifiers)
