"""What an organisation says of itself on its public site: entered by its own people, dated, checked before it is shown, and never ours."""

import tomllib
from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse
from tests.directory.conftest import ANA, NOW, SAM
from tests.directory.test_pages import SignIn, sign_in

from cairndesk.accounts.errors import NotPermitted
from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import SYSTEM, Role
from cairndesk.directory import actions, portals, sites
from cairndesk.directory.errors import SheetUnreadable
from cairndesk.directory.models import PortalSheet, Service
from cairndesk.directory.portals import Sheet, read_sheet

__all__ = ["sign_in"]
TODAY = NOW.date()
LAW = 'law = "The law is on your side."\nlimits = "If a life is in danger, we tell the police."'
GOOD = f"""
languages = ["fr", "en"]
host = "help.one.example"
onion = "http://{"a" * 56}.onion"
frames = ["https://play.example", "http://127.0.0.1:8000"]
zone = "Africa/Nairobi"
[words.en]
name = "Desk One"
welcome = "Good that you are here."
{LAW}
checked_on = 2026-11-01
[[partner]]
name = "Sample helpline"
what.en = "They talk with you."
"""


def test_a_sheet_says_what_was_typed_and_comes_back_from_the_published_folder_as_it_was() -> None:
    sheet = read_sheet(GOOD, today=TODAY)
    assert sheet.words["en"].welcome == "Good that you are here."
    assert list(sheet.law) == ["en"]
    assert portals.from_row(portals.as_row(sheet)) == sheet


def test_the_template_names_nobody_and_states_no_law() -> None:
    assert read_sheet(portals.template(), today=TODAY) == Sheet()
    # What it shows as comments is a sheet that can be read.
    shown = "\n".join(line.removeprefix("#").removeprefix(" ") for line in portals.template().splitlines() if line.startswith("#"))
    assert read_sheet(shown[shown.index("[words.en]") :].replace("Who works with you:", "# Who"), today=TODAY).law


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("languages =", "languages", "Expected"),
        ('["fr", "en"]', '["fr_FR"]', "languages"),
        ('["fr", "en"]', '["fr", "fr"]', "once"),
        ("welcome =", "greeting =", "greeting"),
        ("checked_on = 2026-11-01", "", "checked_on"),
        ("checked_on = 2026-11-01", "checked_on = 2026-12-01", "checked_on"),
        ("The law is on your side.", "x" * 3001, "3001 bytes"),
        ("Good that you are here.", "ह" * 101, "303 bytes"),
        ('what.en = "They talk with you."', 'what.en = ""', "partner"),
        ("help.one.example", "https://help.one.example", "host"),
        ("Africa/Nairobi", "Africa/Nowhere", "zone"),
        ("Africa/Nairobi", "../../etc/passwd", "zone"),
        ('"Africa/Nairobi"', "3", "zone"),
        (".onion", ".example", "onion"),
        ("https://play.example", "http://play.example", "origin"),
        ("https://play.example", "https://play.example; script-src *", "origin"),
        ("https://play.example", "https://play.example/page", "origin"),
        ("https://play.example", "https://*.example", "origin"),
        ('["https://play.example"', '["*", 7', "origin"),
    ],
)
def test_what_could_not_be_shown_is_refused_by_name(before: str, after: str, says: str) -> None:
    assert before in GOOD
    with pytest.raises(SheetUnreadable, match=says):
        read_sheet(GOOD.replace(before, after, 1), today=TODAY)


@pytest.mark.parametrize(
    "text", ["languages = 1", "words = 1", "[words]\nen = 1", "partner = [1]", "host = 1", "frames = {}", "[words.en]\nname = 1"]
)
def test_odd_shapes_are_refused_and_never_fall_over(text: str) -> None:
    assert tomllib.loads(text)
    with pytest.raises(SheetUnreadable):
        read_sheet(text, today=TODAY)


@pytest.fixture
def one() -> Organisation:
    Service.objects.create(kind="helpline", name="Sample helpline", phone="555-0100", added_at=NOW)
    return Organisation.objects.create(pk=SAM.home, slug="one", name="Cairn Desk One", is_first=True, created_at=NOW)


@pytest.mark.django_db
def test_a_supervisor_enters_it_for_the_own_organisation_and_nobody_for_another(one: Organisation) -> None:
    two = Organisation.objects.create(slug="two", name="Cairn Desk Two", created_at=NOW)
    actions.set_portal(text=GOOD, by=SAM, now=NOW)
    assert sites.portal_of(one.pk).words["en"].name == "Desk One"
    assert sites.portal_of(two.pk) == Sheet()
    with pytest.raises(NotPermitted):
        actions.set_portal(text=GOOD, by=ANA, now=NOW)
    with pytest.raises(NotPermitted):
        actions.set_portal(text=GOOD, by=SYSTEM, now=NOW)
    actions.set_portal(text='languages = ["ar"]', by=replace(SAM, organisation=two.pk), now=NOW)
    assert sites.portal_of(one.pk).languages == ("fr", "en")
    with pytest.raises(SheetUnreadable, match="Cairn Desk One answers there"):
        actions.set_portal(text='host = "help.one.example"', by=replace(SAM, organisation=two.pk), now=NOW)
    with pytest.raises(SheetUnreadable, match="Cairn Desk One answers there"):
        actions.set_portal(text=f'host = "two.example"\nonion = "http://{"a" * 56}.onion"', by=replace(SAM, organisation=two.pk), now=NOW)


@pytest.mark.django_db
def test_the_newest_counts_and_what_was_said_before_is_kept(one: Organisation) -> None:
    actions.set_portal(text=GOOD, by=SAM, now=NOW)
    actions.set_portal(text=GOOD.replace("Good that", "How good that"), by=SAM, now=NOW + timedelta(days=1))
    assert sites.portal_of(one.pk).words["en"].welcome == "How good that you are here."
    assert PortalSheet.objects.filter(organisation=one).count() == 2


@pytest.mark.django_db
def test_a_partner_stands_in_the_directory_or_is_not_shown(one: Organisation) -> None:
    with pytest.raises(SheetUnreadable, match="Somebody else"):
        actions.set_portal(text=GOOD.replace("Sample helpline", "Somebody else"), by=SAM, now=NOW)
    actions.set_portal(text=GOOD, by=SAM, now=NOW)
    assert [partner.name for partner in sites.portal_of(one.pk).partners] == ["Sample helpline"]
    Service.objects.update(is_active=False)
    assert sites.portal_of(one.pk).partners == ()


@pytest.mark.django_db
def test_words_about_law_grow_stale_after_half_a_year(one: Organisation) -> None:
    actions.set_portal(text=GOOD, by=SAM, now=NOW)
    assert sites.stale_law(NOW) == []
    assert [name for name, _ in sites.stale_law(NOW + timedelta(days=180))] == ["Cairn Desk One"]


@pytest.mark.django_db
@pytest.mark.slow
def test_a_supervisor_starts_from_the_template_and_everybody_reads_what_counts(sign_in: SignIn) -> None:
    sam, lia = sign_in(Role.SUPERVISOR), sign_in(Role.LIAISON)
    Service.objects.create(kind="helpline", name="Sample helpline", phone="555-0100", added_at=NOW)
    form = sam.get(reverse("directory:portal-change")).content.decode()
    assert "nothing here states the law of any country" in form
    refused = sam.post(reverse("directory:portal-change"), {"text": GOOD.replace("checked_on = 2026-11-01", "")})
    assert refused.status_code == 422
    assert "checked_on" in refused.content.decode()
    assert sam.post(reverse("directory:portal-change"), {"text": GOOD}).status_code == 302
    page = lia.get(reverse("directory:portal")).content.decode()
    assert "The law is on your side." in page
    assert "Change what it says" not in page
    assert "&lt;iframe src=&quot;" in page
    assert "<iframe" not in page
    assert lia.get(reverse("directory:portal-change")).status_code == 403
