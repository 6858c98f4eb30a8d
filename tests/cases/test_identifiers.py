"""One spelling for every way of writing an identifier."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cairndesk.cases.errors import UnreadableIdentifier
from cairndesk.cases.rules.countries import COUNTRIES
from cairndesk.cases.rules.identifiers import as_told, normalise, terms

SAME = [
    ("url", "https://example.org/a", "HTTPS://EXAMPLE.ORG:443/x/../a#part"),
    ("url", "https://example.org/", "example.org"),
    ("url", "https://example.org/a", "hxxps://example[.]org/a"),
    ("url", "https://xn--bcher-kva.example/", "https://Bücher.example"),
    ("domain", "example.org", "https://EXAMPLE.org./path"),
    ("email", "rae@example.org", " Rae[at]Example[.]org "),
    ("phone", "+15550100", "00 1 (555) 01-00"),
    ("phone", "+15550100", "tel:+1 555 0100"),
    ("account", "somebody", "@SomeBody"),
    ("hashtag", "word", "#Word"),
    ("wallet", "0x" + "ab" * 20, "0x" + "AB" * 20),
    ("wallet", "bc1qexample", "BC1QEXAMPLE"),
    ("text", "two words", "  Two \n words "),
]


@pytest.mark.parametrize(("kind", "one", "other"), SAME)
def test_two_spellings_of_one_identifier_are_one(kind: str, one: str, other: str) -> None:
    assert normalise(kind, one) == normalise(kind, other) == one


DIFFERENT = [
    ("url", "https://example.org/a", "https://example.org/b"),
    ("url", "https://example.org/?id=1", "https://example.org/?id=2"),
    ("wallet", "1BoatExampleA", "1boatexamplea"),
    ("phone", "+15550100", "+15550101"),
]


@pytest.mark.parametrize(("kind", "one", "other"), DIFFERENT)
def test_two_identifiers_stay_two(kind: str, one: str, other: str) -> None:
    assert normalise(kind, one) != normalise(kind, other)


def test_the_same_handle_on_two_services_is_two_accounts() -> None:
    assert normalise("account", "somebody", service="one") != normalise("account", "somebody", service="two")


def test_an_address_is_found_by_its_site_as_well() -> None:
    assert terms("url", "https://www.example.org/a") == {("url", "https://www.example.org/a"), ("domain", "www.example.org")}
    assert terms("media", "AB" * 32, hash_kind="sha256") == {("sha256", "ab" * 32)}


@pytest.mark.parametrize(
    ("kind", "raw"), [("url", "http://[::bad"), ("email", "no address"), ("phone", "call me"), ("text", "  "), ("account", "\u202e")]
)
def test_it_refuses_what_has_not_the_form_of_its_kind(kind: str, raw: str) -> None:
    with pytest.raises(UnreadableIdentifier):
        normalise(kind, raw)


@pytest.mark.parametrize(("hash_kind", "raw"), [("sha256", "ab" * 16), ("md5", "zz" * 16), ("", "ab" * 32), ("crc", "ab" * 16)])
def test_it_refuses_a_hash_of_the_wrong_length_letters_or_kind(hash_kind: str, raw: str) -> None:
    with pytest.raises(UnreadableIdentifier):
        as_told("media", raw, hash_kind=hash_kind)


def test_what_a_person_told_is_kept_as_text_rather_than_lost() -> None:
    assert as_told("url", "it was on the blue app") == ("text", frozenset({("text", "it was on the blue app")}))


@pytest.mark.parametrize("kind", ["url", "domain", "email", "phone", "account", "hashtag", "wallet", "text"])
@given(raw=st.text(max_size=60))
def test_a_normal_form_is_its_own_normal_form(kind: str, raw: str) -> None:
    try:
        once = normalise(kind, raw)
    except UnreadableIdentifier:
        return
    assert normalise(kind, once) == once


def test_every_country_is_one_that_the_locale_data_know() -> None:
    babel = pytest.importorskip("babel")
    assert set(babel.Locale("en").territories) >= COUNTRIES
    assert len(COUNTRIES) == 249
