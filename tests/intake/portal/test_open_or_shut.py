"""A portal opens once there is somebody to call in its country, and shuts to nobody who has begun or comes back."""

from typing import Any

import pytest
from tests.intake.portal.rae import Rae, contact


@pytest.mark.parametrize(
    "contacts",
    [
        [],
        [contact("helpline", "Help Line One", "XA"), contact("emergency", "Emergency", "XA", checked_on=None)],
        [contact("emergency", "Emergency of the other country", "XB")],
    ],
    ids=["none", "only a helpline is checked", "only one of another country is checked"],
)
@pytest.mark.parametrize("country", ["XA", ""], ids=["its country", "everywhere"])
def test_outside_the_demo_it_opens_only_once_one_emergency_contact_for_its_country_is_checked(
    rae: Rae, contacts: list[dict[str, Any]], country: str
) -> None:
    is_real(rae, *contacts)
    for shut in (rae.opens(), rae.opens("/widget"), rae.starts("child")):
        assert (shut.response.status_code, "not open yet" in shut.text) == (503, True)
    is_real(rae, *contacts, contact("emergency", "Emergency", country))
    for opened in (rae.opens(), rae.opens("/widget"), rae.starts("child")):
        assert opened.response.status_code == 200


def test_of_two_organisations_that_one_is_open_whose_country_has_a_checked_emergency_contact(rae: Rae) -> None:
    rae.portal.belongs_to("two", "XB")
    is_real(rae, contact("emergency", "Emergency of the other country", "XB"))
    assert (rae.opens().response.status_code, rae.opens("/o/two/").response.status_code) == (503, 200)


def test_a_portal_that_shuts_meanwhile_keeps_every_page_of_a_telling_and_gives_the_six_words(rae: Rae) -> None:
    rae.starts("child").says(danger="not_now").says(what="threatens")
    is_real(rae)
    before = len(rae.portal.fragments())
    assert rae.says(setting="online").response.status_code == 200
    assert len(rae.portal.fragments()) == before + 1
    assert len(rae.says("send").parts) == 6


@pytest.mark.parametrize("page", ["back", "help", "help/1", "help/call", "quiet", "numbers", "privacy"])
def test_a_portal_that_shuts_still_answers_who_comes_back_or_looks_for_help(rae: Rae, page: str) -> None:
    is_real(rae)
    assert rae.opens(f"/{page}").response.status_code == 200


def is_real(rae: Rae, *contacts: dict[str, Any]) -> None:
    """From now on it is no demo, and those are the contacts that there are."""
    rae.portal.site.config = rae.portal.site.config.model_copy(update={"mode": "real"})
    rae.portal.publish("contacts.json", list(contacts))


def test_it_stays_shut_while_nothing_is_published(rae: Rae) -> None:
    (rae.portal.folder / "published" / "organisations.json").unlink()
    assert rae.opens().response.status_code == 503
