"""The directory on the desk: an operator enters, checks, changes and retires; an analyst reads."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from django.test import Client
from django.urls import reverse

from cairndesk.accounts.models import Organisation, Person, RoleGrant
from cairndesk.accounts.rules import Proof, Role
from cairndesk.directory import queries
from cairndesk.directory.models import Provider, Service
from cairndesk.lib import clock

pytestmark = pytest.mark.django_db
SERVICE = {"kind": "emergency", "name": "Sample emergency", "country": "xx", "languages": "en\nar\n", "phone": "555-0100", "cost": "free"}
PROVIDER = {
    "name": "Pictures",
    "domains": "pictures.example",
    "notice_address": "abuse@pictures.example",
    "answer_hours": "24",
    "preserve_days": "90",
}
SignIn = Callable[[Role], Client]


@pytest.fixture
def sign_in() -> SignIn:
    now = datetime(2026, 3, 4, tzinfo=UTC)
    one = Organisation.objects.create(slug="one", name="Cairn Desk One", intake_public=b"", is_first=True, created_at=now)

    def signed_in(role: Role) -> Client:
        person = Person.objects.create(organisation=one, sign_in_name=role, name="Lia", credential_until=date(2100, 1, 1), created_at=now)
        RoleGrant.objects.create(person=person, role=role, granted_at=now)
        browser, at = Client(), clock.now().isoformat()
        session = browser.session
        session.update({"person": str(person.pk), "proof": Proof.PASSKEY.value, "started": at, "seen": at})
        session.save()
        return browser

    return signed_in


@pytest.fixture
def keeper(sign_in: SignIn) -> Client:
    return sign_in(Role.LIAISON)


def at(name: str, *args: object) -> str:
    return reverse(f"directory:{name}", args=args)


def test_an_entry_is_added_checked_changed_and_retired(keeper: Client) -> None:
    assert keeper.post(at("add", "service"), SERVICE).status_code == 302
    service = Service.objects.get()
    assert (service.country, service.languages, service.checked_on) == ("XX", ["en", "ar"], None)
    assert "No emergency contact has been checked yet" in keeper.get(at("entries")).content.decode()
    keeper.post(at("check", "service", service.pk), {"checked_on": clock.now().date().isoformat()})
    assert queries.has_checked_emergency_contact()
    assert 'value="555-0100"' in keeper.get(at("change", "service", service.pk)).content.decode()
    keeper.post(at("change", "service", service.pk), {**SERVICE, "phone": "555-0101"})
    assert not queries.has_checked_emergency_contact()
    keeper.post(at("retire", "service", service.pk))
    assert queries.entries("service") == []


def test_a_provider_keeps_its_host_names_through_a_change(keeper: Client) -> None:
    assert keeper.post(at("add", "provider"), PROVIDER).status_code == 302
    provider = Provider.objects.get()
    assert "pictures.example</textarea>" in keeper.get(at("change", "provider", provider.pk)).content.decode()
    keeper.post(at("change", "provider", provider.pk), {**PROVIDER, "domains": "pictures.example\nimages.example"})
    assert queries.provider_for("a.images.example") == provider


def test_a_field_that_nobody_could_use_is_named_and_what_was_typed_stays(keeper: Client) -> None:
    answer = keeper.post(at("add", "service"), {**SERVICE, "phone": "", "languages": "English please"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "languages: write a language tag" in page
    assert "Sample emergency" in page
    assert Service.objects.count() == 0


def test_a_check_of_tomorrow_is_refused(keeper: Client) -> None:
    keeper.post(at("add", "service"), SERVICE)
    service = Service.objects.get()
    for day in ("2999-01-01", "soon"):
        assert keeper.post(at("check", "service", service.pk), {"checked_on": day}).status_code == 422
    assert not queries.has_checked_emergency_contact()


def test_a_rule_set_is_loaded_and_a_broken_one_says_what_is_missing(keeper: Client) -> None:
    broken = keeper.post(at("rules"), {"text": 'code = "x"'})
    assert broken.status_code == 422
    assert "is missing" in broken.content.decode()
    text = (
        'code = "x"\njurisdiction = "Sample A"\nlabel = "a sample"\nsource = "sample, not legal advice"\nis_sample = true\nvalid_from = 2026-01-01\n'
    )
    assert keeper.post(at("rules"), {"text": text}).status_code == 302
    assert "sample, not legal advice" in keeper.get(at("entries")).content.decode()


def test_an_analyst_reads_and_changes_nothing(sign_in: SignIn) -> None:
    reader = sign_in(Role.ANALYST)
    assert reader.get(at("entries")).status_code == 200
    assert reader.post(at("add", "service"), SERVICE).status_code == 403
    assert reader.post(at("rules"), {"text": "x"}).status_code == 403
    assert Service.objects.count() == 0


@pytest.mark.parametrize("kind", ["nothing", "ruleset"])
def test_a_kind_that_is_none_is_not_found(keeper: Client, kind: str) -> None:
    assert keeper.get(at("add", kind)).status_code == 404
