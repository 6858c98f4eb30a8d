"""Nothing on the way from telling to help is for sale: no page, setting or column knows of paying for it (UXQ-18)."""

import re

import pytest
from django.apps import apps
from tests.house.test_words import texts
from tests.house.tree import ROOT, text
from tests.intake.portal.messages import messages
from tests.intake.portal.voices_of import said_in

pytestmark = pytest.mark.req("UXQ-18")
SOLD = (
    r"\bpremium\b|subscri(be|ption)|\bper month\b|\bfree trial\b|\bupgrade to\b|\bdonat(e|ion)\b|\binvoices?\b|credit card|\bpaid (plan|tier|version)"
    r"|licen[cs]e_?key|\bbilling\b|\bpric(e|es|ing)\b"
)


def sold_in(said: str) -> str:
    found = re.search(SOLD, said, re.IGNORECASE)
    return found[0] if found else ""


def test_no_page_and_no_text_of_the_portal_asks_for_money() -> None:
    said = {*messages(), *(text for voice in said_in("en") for text in voice.values())}
    assert [text for text in said if sold_in(text)] == []
    assert {name: found for name, said in texts().items() if name.endswith((".html", ".js")) and (found := sold_in(said))} == {}


def test_no_setting_and_no_column_makes_a_difference_by_what_somebody_paid() -> None:
    assert sold_in(text(ROOT / "docs" / "settings.md")) == ""
    columns = {f"{model._meta.label}.{field.name}" for model in apps.get_models() for field in model._meta.get_fields()}
    assert {name for name in columns if re.search(r"\btier|_tier|subscri|invoice|billing|price|paid_until|licen[cs]e", name, re.IGNORECASE)} == set()


@pytest.mark.parametrize("said", ["Upgrade to send more.", "Subscribe now", "a licence_key", "one price for all", "the paid plan"])
def test_what_is_for_sale_would_be_noticed(said: str) -> None:
    assert sold_in(said)
