"""The directory on the desk: an operator enters, checks, changes and retires; an analyst reads."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from cairndesk.accounts import confirm
from cairndesk.accounts.models import Organisation, Person, RoleGrant
from cairndesk.accounts.rules import FreshProof, Proof, Role
from cairndesk.directory import queries
from cairndesk.directory.models import Provider, RuleSet, Schedule, Service
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
    one, _ = Organisation.objects.get_or_create(slug="one", name="Cairn Desk One", is_first=True, created_at=now)

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


@pytest.fixture
def ruler(sign_in: SignIn) -> Client:
    return sign_in(Role.SUPERVISOR)


def at(name: str, *args: object) -> str:
    return reverse(f"directory:{name}", args=args)


@pytest.mark.req("DIM-48", "REF-12")
def test_the_report_of_gaps_names_whom_nobody_is_there_for(keeper: Client, sign_in: SignIn) -> None:
    dedicated = {**SERVICE, "kind": "counselling", "expertise": ["boys", "faith"], "waiting_weeks": "3"}
    keeper.post(at("add", "service"), dedicated)
    service = Service.objects.get()
    assert service.expertise == ["boys", "faith"]
    assert "Boys and men, Faith groups" in keeper.get(at("entry", "service", service.pk)).content.decode()
    keeper.post(at("check", "service", service.pk), {"checked_on": clock.now().date().isoformat()})
    page = sign_in(Role.ANALYST).get(at("gaps")).content.decode()
    rows = dict(re.findall(r'<tr><th scope="row">(.*?)</th><td(?: class="wait")?>(.*?)</td></tr>', page))
    assert rows == {
        "Boys and men": "1, wait from 3 weeks",
        "People with a disability": "nobody",
        "People of an ethnic minority": "nobody",
        "Faith groups": "1, wait from 3 weeks",
        "Abuse within the family": "nobody",
        "Abuse online": "nobody",
    }


def test_an_entry_is_added_checked_changed_and_retired(keeper: Client) -> None:
    assert keeper.post(at("add", "service"), SERVICE).status_code == 302
    service = Service.objects.get()
    assert (service.country, service.languages, service.checked_on) == ("XX", ["en", "ar"], None)
    assert "No emergency contact of your country has been checked yet" in keeper.get(at("entries")).content.decode()
    keeper.post(at("check", "service", service.pk), {"checked_on": clock.now().date().isoformat()})
    assert queries.has_checked_emergency_contact()
    assert 'value="555-0100"' in keeper.get(at("change", "service", service.pk)).content.decode()
    keeper.post(at("change", "service", service.pk), {**SERVICE, "phone": "555-0101"})
    assert not queries.has_checked_emergency_contact()
    keeper.post(at("retire", "service", service.pk))
    assert queries.listed("service", clock.now()) == []


def test_the_emergency_number_of_another_organisation_is_only_read(keeper: Client) -> None:
    Organisation.objects.create(slug="two", name="Cairn Desk Two", country="XX", created_at=datetime(2026, 3, 4, tzinfo=UTC))
    keeper.post(at("add", "service"), SERVICE)
    service = Service.objects.get()
    for page in (at("entry", "service", service.pk), at("entries")):
        assert "I reached Sample emergency today" not in keeper.get(page).content.decode()
    assert "Another organisation" in keeper.get(at("entry", "service", service.pk)).content.decode()
    assert keeper.post(at("check", "service", service.pk), {"checked_on": clock.now().date().isoformat()}).status_code == 403
    assert keeper.post(at("retire", "service", service.pk)).status_code == 403
    assert keeper.post(at("change", "service", service.pk), {**SERVICE, "phone": "555-0101"}).status_code == 403
    assert (Service.objects.get().checked_on, Service.objects.get().phone) == (None, "555-0100")


def test_what_another_organisation_keeps_for_itself_is_on_no_page_and_answers_to_nothing(keeper: Client) -> None:
    two = Organisation.objects.create(slug="two", name="Cairn Desk Two", country="XX", created_at=datetime(2026, 3, 4, tzinfo=UTC))
    assert "is_own" in keeper.get(at("add", "service")).content.decode()
    keeper.post(at("add", "service"), {**SERVICE, "name": "Ours", "is_own": "on"})
    keeper.post(at("add", "service"), {**SERVICE, "name": "Everybody’s", "kind": "helpline"})
    ours, shared = Service.objects.get(name="Ours"), Service.objects.get(name="Everybody’s")
    assert (ours.owner_id is None, shared.owner_id is None) == (False, True)
    assert "ours alone" in keeper.get(at("entries")).content.decode()
    # What all share stays shared; what is one's own may be given to all.
    assert ["is_own" in keeper.get(at("change", "service", one.pk)).content.decode() for one in (ours, shared)] == [True, False]
    Service.objects.filter(pk=ours.pk).update(owner=two, name="Theirs")
    assert "Theirs" not in keeper.get(at("entries")).content.decode()
    assert keeper.get(at("entry", "service", ours.pk)).status_code == 404
    assert keeper.get(at("change", "service", ours.pk)).status_code == 404
    for act, fields in (("change", SERVICE), ("check", {"checked_on": "2026-01-01"}), ("retire", {})):
        assert keeper.post(at(act, "service", ours.pk), fields).status_code == 404
    assert Service.objects.get(pk=ours.pk).is_active


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


def test_a_rule_set_is_loaded_and_a_broken_one_says_what_is_missing(ruler: Client) -> None:
    broken = ruler.post(at("rules"), {"text": 'code = "x"'})
    assert broken.status_code == 422
    assert "is missing" in broken.content.decode()
    text = (
        'code = "x"\njurisdiction = "Sample A"\nlabel = "a sample"\nsource = "sample, not legal advice"\nis_sample = true\nvalid_from = 2026-01-01\n'
    )
    assert ruler.post(at("rules"), {"text": text}).status_code == 302
    assert "sample, not legal advice" in ruler.get(at("rule-sets")).content.decode()


RULES = (
    'code = "x"\njurisdiction = "Sample A"\nlabel = "a sample"\nsource = "a law of nowhere"\nis_sample = true\nvalid_from = 2026-01-01\n'
    '[[rule]]\nverdict = "lawful_but_harmful"\n[rule.when]\nrealism = ["drawn", "rendered"]\n'
)


def test_a_rule_set_comes_as_a_file_too_and_is_read_in_words(ruler: Client, sign_in: SignIn) -> None:
    assert ruler.post(at("rules"), {"file": SimpleUploadedFile("rules.toml", RULES.encode())}).status_code == 302
    page = sign_in(Role.ANALYST).get(at("rule-sets")).content.decode()
    for words in ("sample, not legal advice", "a law of nowhere", "from 2026-01-01", "Lawful but harmful</b> where realism is drawn or rendered"):
        assert words in page


@pytest.mark.parametrize(
    ("file", "words"),
    [(None, "Paste a rule set or choose its file."), (b"\xff\xfe", "not text in UTF-8"), (b"x" * 100_001, "larger than 100000 bytes")],
)
def test_what_is_no_rule_set_is_refused_with_the_reason(ruler: Client, file: bytes | None, words: str) -> None:
    answer = ruler.post(at("rules"), {"file": SimpleUploadedFile("rules.toml", file)} if file else {})
    assert (answer.status_code, words in answer.content.decode(), RuleSet.objects.count()) == (422, True, 0)


def test_what_nobody_reached_for_half_a_year_stands_first_and_says_for_how_long(keeper: Client) -> None:
    today = clock.now().date()
    for name, days in (("Fresh", 3), ("Older", 200), ("Oldest", 400), ("Never", None)):
        checked = None if days is None else today - timedelta(days=days)
        Service.objects.create(name=name, kind="helpline", phone="555-0100", added_at=clock.now(), checked_on=checked, checked_by="Lia")
    page = keeper.get(at("kind", "service")).content.decode()
    places = [page.index(f">{name}</a>") for name in ("Never", "Oldest", "Older", "Fresh")]
    assert places == sorted(places)
    assert "3 of 4 should be reached again" in page
    assert "400 days ago, by Lia · reach it again" in page
    keeper.post(at("check", "service", Service.objects.get(name="Never").pk), {"checked_on": today.isoformat()})
    assert "Today, by Lia" in keeper.get(at("kind", "service")).content.decode()


def test_each_part_has_an_address_and_the_rail_leads_to_the_first(keeper: Client) -> None:
    keeper.post(at("add", "provider"), PROVIDER)
    assert ">Pictures</a>" in keeper.get(at("kind", "provider")).content.decode()
    assert ">Pictures</a>" not in keeper.get(at("kind", "authority")).content.decode()
    assert f'<a href="{at("entries")}" aria-current="page">Directory</a>' in keeper.get(at("entries")).content.decode()


def test_an_entry_is_read_in_full_and_offers_changes_only_to_those_who_may(keeper: Client, sign_in: SignIn) -> None:
    keeper.post(at("add", "provider"), PROVIDER)
    provider = Provider.objects.get()
    for browser, may in ((keeper, True), (sign_in(Role.ANALYST), False)):
        page = browser.get(at("entry", "provider", provider.pk)).content.decode()
        assert "<dt>Host names it answers for</dt><dd>pictures.example</dd>" in page
        assert ("Retire Pictures" in page, "I reached Pictures today" in browser.get(at("kind", "provider")).content.decode()) == (may, may)


def test_who_looks_after_contacts_loads_no_rules_and_is_not_offered_to(sign_in: SignIn) -> None:
    for role, may in ((Role.LIAISON, False), (Role.SUPERVISOR, True), (Role.ADMINISTRATOR, True)):
        browser = sign_in(role)
        assert ("Load a rule set" in browser.get(at("rule-sets")).content.decode()) is may
        assert browser.post(at("rules"), {"text": RULES}).status_code == (302 if may else 403)
        assert RuleSet.objects.exists() is may


def test_an_analyst_reads_and_changes_nothing(sign_in: SignIn) -> None:
    reader = sign_in(Role.ANALYST)
    assert reader.get(at("entries")).status_code == 200
    assert reader.post(at("add", "service"), SERVICE).status_code == 403
    assert reader.post(at("rules"), {"text": "x"}).status_code == 403
    assert Service.objects.count() == 0


@pytest.mark.parametrize("kind", ["nothing", "ruleset"])
def test_a_kind_that_is_none_is_not_found(keeper: Client, kind: str) -> None:
    assert keeper.get(at("add", kind)).status_code == 404


def test_one_person_loads_a_schedule_and_another_puts_it_in_force(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    sam, ada = sign_in(Role.SUPERVISOR), sign_in(Role.ADMINISTRATOR)
    assert "everything is kept for longer" in sam.get(at("schedules")).content.decode()
    sam.post(at("schedule-load"), {"example": "1"})
    waiting = Schedule.objects.get()
    own, others = (browser.get(at("schedules")).content.decode() for browser in (sam, ada))
    assert "Put this schedule in force" not in own
    assert "Put this schedule in force" in others
    assert f"today is {clock.now():%Y-%m-%d}" in others
    assert ada.post(at("schedule-confirm", waiting.pk), {"proof_digest": "00"}).status_code >= 400
    person = Person.objects.get(sign_in_name=Role.ADMINISTRATOR)
    monkeypatch.setattr(confirm, "given", lambda _, digest, *, now: FreshProof(str(person.pseudonym), digest, Proof.PASSKEY, now))
    ada.post(at("schedule-confirm", waiting.pk))
    assert "Put this schedule in force" not in ada.get(at("schedules")).content.decode()
    waiting.refresh_from_db()
    assert waiting.confirmed_by == str(person.pseudonym)
    refused = sam.post(at("schedule-load"), {"example": "1"})
    assert refused.status_code == 422
    assert "a code and a first day of its own" in refused.content.decode()
