import pytest

from cairndesk.cases.actions import Named
from cairndesk.intake.facts import named_in

NAMES = {
    ("@Some.One", "Instagram"): Named("account", "@Some.One", service="instagram"),
    ("Some.One", "the insta app"): Named("account", "Some.One", service="instagram"),
    ("hxxps://www[.]tiktok[.]com/@Some.One", ""): Named("account", "some.one", service="tiktok"),
    ("t.me/SomeOne", "Chat of my own"): Named("account", "someone", service="telegram"),
    ("two words", "Instagram"): Named("account", "two words", service="instagram"),
    ("someone", "Chat of my own"): Named("account", "someone"),
    ("someone", ""): Named("account", "someone"),
}


@pytest.mark.parametrize(("handle", "service"), NAMES)
def test_an_account_is_named_on_its_service_where_that_is_a_known_one(handle: str, service: str) -> None:
    assert named_in({"handle": handle, "service": service} if service else {"handle": handle}) == [NAMES[handle, service]]


def test_a_kind_of_unknown_names_nothing() -> None:
    assert named_in({"handle": {"unknown": "declined"}, "service": "Instagram"}) == []
    assert named_in({"handle": "someone", "service": {"unknown": "declined"}}) == [Named("account", "someone")]


@pytest.mark.parametrize(("typed", "named"), [
    ("+1 (202) 555-0100", [("phone", "+1 (202) 555-0100")]),
    ("555 0100 22\nhttps://a.example/1 b.example", [("phone", "555 0100 22"), ("url", "https://a.example/1"), ("url", "b.example")]),
    ("+" + "\u0661\u0662\u0663 " * 3, [("phone", "+" + ("\u0661\u0662\u0663 " * 3).strip())]),
    ("someone@mail.example", [("email", "someone@mail.example")]),
    ("198.51.100.20", [("url", "198.51.100.20")]),
    ("https://site.example/@someone", [("url", "https://site.example/@someone")]),
    ("🎉", [("url", "🎉")]),
])  # fmt: skip
def test_a_number_or_a_mail_address_where_a_link_is_asked_for_is_found_as_what_it_is(typed: str, named: list[tuple[str, str]]) -> None:
    assert [(one.kind, one.identifier) for one in named_in({"link": typed})] == named
