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
