"""The pages: a plan is worked from the first button to the closed case, and nobody else sees it."""

import json
import re
from collections.abc import Callable
from datetime import date

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from tests.response.confirmed import approve
from tests.response.conftest import NOW, Keyholder
from tests.support.authenticator import Authenticator

from cairndesk.accounts import actions as accounts
from cairndesk.accounts import undo
from cairndesk.accounts.models import Organisation, Person, Request, RoleGrant
from cairndesk.accounts.rules import SYSTEM, Actor, Proof, Role
from cairndesk.cases.models import Case
from cairndesk.cases.rules.stages import Stage
from cairndesk.custody.queries import entries_about
from cairndesk.custody.rules import Event
from cairndesk.directory import actions as directory
from cairndesk.directory.models import Provider, Service
from cairndesk.lib import clock
from cairndesk.response import actions
from cairndesk.response.actions.deliver import record_delivered
from cairndesk.response.models import AuthorityPackage, Delivery, Notice, PlanStep, Preservation, Referral
from cairndesk.response.queries import missing_from
from cairndesk.response.rules import StepState

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
Plan = Callable[..., dict[str, PlanStep]]


class Browser(Client):
    """A browser with the passkey of its person at hand."""

    key: Authenticator


SignIn = Callable[..., Browser]


@pytest.fixture
def sign_in(ring: object) -> SignIn:
    """A browser in which a person with these roles is signed in."""

    def signed_in(organisation: Organisation, name: str, *roles: Role) -> Browser:
        fields = {"sign_in_name": name.lower(), "name": name, "credential_until": date(2100, 1, 1), "created_at": NOW}
        person = Person.objects.create(organisation=organisation, **fields)
        for role in roles:
            RoleGrant.objects.create(person=person, role=role, granted_at=NOW)
        browser, now = Browser(), clock.now().isoformat()
        browser.key = enrolled(person)
        session = browser.session
        session.update({"person": str(person.pk), "proof": Proof.PASSKEY.value, "started": now, "seen": now})
        session.save()
        return browser

    return signed_in


@pytest.fixture
def analyst(sign_in: SignIn, one: Organisation) -> Browser:
    return sign_in(one, "Ann", Role.ANALYST)


@pytest.fixture
def supervisor(sign_in: SignIn, one: Organisation) -> Browser:
    return sign_in(one, "Sun", Role.SUPERVISOR)


def enrolled(person: Person) -> Authenticator:
    key, now = Authenticator(), clock.now()
    begun = accounts.begin_enrolment(person=person, now=now)
    accounts.enrol_passkey(ceremony=begun.ceremony, answer=key.create(json.loads(begun.options)), person=person, label="key", now=now)
    return key


def proof_on(browser: Browser, page: str) -> dict[str, str]:
    """What the script of `page` puts into its form after the key has signed what stands there."""
    [digest] = set(re.findall(r'name="proof_digest" value="(\w+)"', page))
    asked = browser.post("/ceremonies/", {"purpose": "confirm", "digest": digest}).json()
    return {"proof_digest": digest, "ceremony": asked["ceremony"], "answer": browser.key.get(asked["options"])}


def confirm(browser: Browser, name: str, *args: object, **fields: object) -> str:
    """Look at the page that says what will happen, confirm it with the key, and press its button."""
    shown = browser.post(reverse(f"response:{name}", args=args), fields).content.decode() if fields else see(browser, name, *args)
    return press(browser, name, *args, **fields, **proof_on(browser, shown))


def confirmed(browser: Browser, name: str, *args: object, **fields: object) -> HttpResponse:
    """The answer to the same form, sent with the key's proof over what the first answer says will be done."""
    at = reverse(f"response:{name}", args=args)
    shown = browser.post(at, fields).content.decode()
    return browser.post(at, {**fields, **proof_on(browser, shown)})  # type: ignore[return-value]


def see(browser: Browser, name: str, *args: object) -> str:
    answer = browser.get(reverse(f"response:{name}", args=args))
    assert answer.status_code == 200, answer.content.decode()[:600]
    return answer.content.decode()


def press(browser: Browser, name: str, *args: object, **fields: object) -> str:
    answer = browser.post(reverse(f"response:{name}", args=args), fields)
    assert answer.status_code == 302, re.sub(r"\s+", " ", answer.content.decode())[-900:]
    return str(answer.headers["Location"])


def buttons(page: str) -> list[str]:
    found = re.findall(r'<(?:button|a class="button[^"]*")[^>]*>([^<]+)</(?:button|a)>', page)
    return [text.strip() for text in found]


@pytest.mark.req("RMV-01")
def test_a_removal_goes_from_the_choice_to_the_letter_and_its_answer(case: Case, plan: Plan, provider: Provider, analyst: Browser) -> None:
    removal = plan(case)["remove"]
    page = see(analyst, "plan", case.pk)
    assert "First record how the evidence is preserved." in page
    assert "Choose how evidence is preserved" in buttons(page)
    press(analyst, "preserve", case.pk, choice="own_record", words="address and time are kept")
    page = see(analyst, "draft", removal.pk)
    assert "hxxps://pictures[.]example/a/1" in page
    assert "https://pictures.example" not in page
    to = press(analyst, "draft", removal.pk, kind="removal", finding="A2", legality="unlawful", expression_checked="on", provider=str(provider.pk))
    assert to == reverse("response:approve", args=[removal.pk])
    page = see(analyst, "approve", removal.pk)
    assert "Send notice to 1 provider" in buttons(page)
    assert "Please remove the following" in page
    assert Delivery.objects.count() == 0
    confirm(analyst, "approve", removal.pk)
    notice = Notice.objects.get()
    delivery = Delivery.objects.get()
    actions.claim_delivery(delivery=delivery, worker="w", now=clock.now() + undo.window())
    record_delivered(delivery=delivery, worker="w", by=SYSTEM, now=clock.now())
    assert "Record the answer of Pictures" in buttons(see(analyst, "notice", notice.pk))
    press(analyst, "follow", notice.pk, act="answer", answer="removed", account_action="suspended")
    assert PlanStep.objects.get(pk=removal.pk).state == StepState.DONE
    assert "It is still gone" in buttons(see(analyst, "notice", notice.pk))


def test_pressing_the_button_without_the_key_sends_nothing(ready: PlanStep, analyst: Browser) -> None:
    assert "Your passkey will ask for you" in see(analyst, "approve", ready.pk)
    assert analyst.post(reverse("response:approve", args=[ready.pk])).status_code in {401, 403, 422}
    assert not Delivery.objects.exists()


def test_who_reads_a_letter_before_it_is_approved_is_in_the_log(ready: PlanStep, analyst: Browser) -> None:
    page = see(analyst, "approve", ready.pk)
    assert "Please remove the following" in page
    read = entries_about(ready.case_id)[-1]
    assert (read.event, read.actor) == (Event.CUSTODY_ITEM_OPENED, str(Person.objects.get(name="Ann").pseudonym))
    Notice.objects.update(state="dropped")
    see(analyst, "approve", ready.pk)
    assert entries_about(ready.case_id)[-1].index == read.index


def test_what_changed_since_the_page_was_shown_is_not_sent(ready: PlanStep, draft: actions.Draft, ana: Actor, analyst: Browser) -> None:
    proof = proof_on(analyst, see(analyst, "approve", ready.pk))
    actions.draft_notices(step=ready, drafts=[draft], by=ana, now=NOW)
    assert analyst.post(reverse("response:approve", args=[ready.pk]), proof).status_code in {401, 403, 422}
    assert not Delivery.objects.exists()
    confirm(analyst, "approve", ready.pk)
    assert Delivery.objects.count() == 2


def test_a_notice_drafted_later_is_confirmed_on_its_own_page(ready: PlanStep, draft: actions.Draft, ana: Actor, analyst: Browser) -> None:
    approve(ready, by=ana, now=NOW)
    [second] = actions.draft_notices(step=ready, drafts=[draft], by=ana, now=NOW)
    proof = proof_on(analyst, see(analyst, "notice", second.pk))
    press(analyst, "send", second.pk, act="send", **proof)
    assert Notice.objects.get(pk=second.pk).state == "queued"


def test_the_preservation_form_asks_again_when_nobody_was_named(case: Case, plan: Plan, provider: Provider, analyst: Browser) -> None:
    plan(case)
    answer = analyst.post(reverse("response:preserve", args=[case.pk]), {"choice": "provider", "words": "asked"})
    assert answer.status_code == 422
    assert "Choose the provider that is asked." in answer.content.decode()
    press(analyst, "preserve", case.pk, choice="provider", provider=str(provider.pk), words="asked")
    kept = Preservation.objects.get()
    press(analyst, "renew", case.pk, preservation=str(kept.pk))
    assert Preservation.objects.get().renewals == 1


def test_a_held_step_offers_no_button_until_a_supervisor_lifts_it(case: Case, plan: Plan, analyst: Browser, supervisor: Browser) -> None:
    removal = plan(case, near_by_relation=True)["remove"]
    assert "Held: a routine notice could warn" in see(analyst, "plan", case.pk)
    refused = analyst.post(reverse("response:look", args=[removal.pk]), {"act": "lift", "words": "fine"})
    assert refused.status_code == 403
    press(supervisor, "look", removal.pk, act="lift", words="the police agree")
    assert "Held:" not in see(analyst, "plan", case.pk)


def taken(browser: Browser, package: AuthorityPackage, part: str) -> HttpResponse:
    proof = proof_on(browser, see(browser, "package", package.pk))
    return browser.post(reverse("response:take", args=[package.pk, part]), proof)  # type: ignore[return-value]


def test_a_package_is_built_taken_and_handed_over(case: Case, plan: Plan, police: Keyholder, analyst: Browser, supervisor: Browser) -> None:
    step = plan(case)["authority"]
    confirm(analyst, "approve", step.pk)
    fields = {"authority": str(police.authority.pk), "legal_basis": "sample agreement 1", "purpose": "to protect a child"}
    confirm(analyst, "build", step.pk, **fields)
    package = AuthorityPackage.objects.get()
    assert "Take the closed package" not in buttons(see(analyst, "package", package.pk))
    press(analyst, "package-release", package.pk)
    assert "It waits for another person" in see(analyst, "package", package.pk)
    page, decide = see(supervisor, "package", package.pk), reverse("accounts:request-decide", args=[Request.objects.get().pk])
    assert supervisor.post(decide, {"act": "approve", **proof_on(supervisor, page)}).status_code == 302
    assert "Take the closed package" in buttons(see(analyst, "package", package.pk))
    answer = taken(analyst, package, "package")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{package.pk}.tar.age"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.content.startswith(b"age-encryption.org/v1\n")
    assert taken(analyst, package, "key").content.startswith(b"-----BEGIN PUBLIC KEY-----")
    assert taken(analyst, package, "all").status_code == 404
    press(analyst, "package-follow", package.pk, act="handed_over")
    press(analyst, "package-follow", package.pk, act="answer", outcome="child_safeguarded")
    assert AuthorityPackage.objects.get().outcome == "child_safeguarded"


def test_a_referral_is_prepared_chosen_made_and_answered(case: Case, plan: Plan, service: Service, analyst: Browser) -> None:
    step = plan(case)["support"]
    confirm(analyst, "approve", step.pk)
    press(analyst, "refer", step.pk, service=str(service.pk), best_interests="somebody to talk to")
    referral = Referral.objects.get()
    refused = analyst.post(reverse("response:referral-decide", args=[referral.pk]), {"act": "refer"})
    assert refused.status_code == 422
    consent = {"act": "consent", "is_given": "yes", "by_whom": "child", "words": "15, understands"}
    assert analyst.post(reverse("response:referral-decide", args=[referral.pk]), consent).status_code == 422
    press(analyst, "referral-decide", referral.pk, **consent, limits_explained="on")
    press(analyst, "referral-decide", referral.pk, act="refer")
    summary = confirmed(analyst, "referral-summary", referral.pk, open="1")
    assert summary.headers["Cache-Control"] == "no-store"
    assert "Somebody put my picture there." in summary.content.decode()
    press(analyst, "referral-follow", referral.pk, act="answer", is_accepted="yes", first_appointment_on="2026-04-01", words="")
    assert Referral.objects.get().state == "accepted"
    page = see(analyst, "referral", referral.pk)
    assert "2026-04-01" in page
    assert "Prepare a second referral" in page


def test_what_bridges_a_long_wait_is_named_on_the_page(case: Case, plan: Plan, service: Service, ana: Actor, analyst: Browser) -> None:
    step = plan(case)["support"]
    approve(step, by=ana, now=NOW)
    why = {"reason": step.kind, "best_interests": "somebody to talk to", "by": ana, "now": NOW}
    first, second = (actions.draft_referral(step=step, service=service, **why) for _ in "12")
    actions.record_consent(referral=first, choice=actions.Choice(True, True, "child", "15, understands"), by=ana, now=NOW)
    actions.refer(referral=first, by=ana, now=NOW)
    assert "Record what bridges the wait" in buttons(see(analyst, "referral", first.pk))
    press(analyst, "referral-follow", first.pk, act="bridge", interim=str(second.pk))
    assert Referral.objects.get(pk=first.pk).interim == second
    assert "Offered meanwhile" in see(analyst, "referral", first.pk)
    for odd in ("", "nothing", str(case.pk), str(first.pk)):
        refused = analyst.post(reverse("response:referral-follow", args=[first.pk]), {"act": "bridge", "interim": odd})
        assert refused.status_code in {404, 409, 422}


@pytest.mark.req("TRG-27")
def test_a_child_of_concern_is_taken_to_child_justice_first_in_words_of_welfare(
    case: Case, plan: Plan, police: Keyholder, lia: Actor, analyst: Browser, supervisor: Client
) -> None:
    fields = {"name": "Sample child justice", "kinds": ["child_justice"], "route": "by hand", "age_recipient": police.authority.age_recipient}
    directory.add_authority(fields=fields, by=lia, now=NOW)
    step = plan(case, child_actor=True)["authority"]
    page = see(analyst, "plan", case.pk)
    assert page.index("Involve welfare and child-justice services") < page.index("Report to an authority")
    assert "a supervisor must agree first" in page
    assert "Agree as supervisor" not in buttons(page)
    assert "Agree as supervisor" in buttons(see(supervisor, "plan", case.pk))
    press(supervisor, "look", step.pk, act="sign_off")
    confirm(analyst, "approve", step.pk)
    page = see(analyst, "build", step.pk)
    assert page.index("Sample child justice") < page.index("Sample police")
    assert "help for the child who caused harm" in page


@pytest.mark.req("TRG-07")
def test_whoever_refers_a_child_in_despair_sees_whom_to_call_first(case: Case, plan: Plan, service: Service, lia: Actor, analyst: Browser) -> None:
    fields = {"kind": "emergency", "name": "Sample emergency", "country": "XX", "phone": "555-0112"}
    directory.check_contact(entry=directory.add_service(fields=fields, by=lia, now=NOW), checked_on=NOW.date(), by=lia, now=NOW)
    steps = plan(case, self_harm=True)
    page = see(analyst, "refer", steps["safeguard"].pk)
    assert 'Sample emergency: <a href="tel:5550112">555-0112</a>' in page
    assert page.index("In danger, call first") < page.index(service.name)
    assert "call first" not in see(analyst, "refer", steps["support"].pk)


def test_an_override_waits_for_a_supervisor_on_its_page(case: Case, plan: Plan, service: Service, analyst: Browser, supervisor: Browser) -> None:
    step = plan(case, in_danger=True)["safeguard"]
    confirm(analyst, "approve", step.pk)
    Service.objects.update(kind="child_protection")
    press(analyst, "refer", step.pk, service=str(service.pk), best_interests="safety")
    referral = Referral.objects.get()
    fields = {"words": "he is at the door", "best_interests": "her life", "told": "later"}
    confirm(analyst, "referral-override", referral.pk, **fields)
    press(analyst, "referral-decide", referral.pk, act="refer")
    assert "an override waits for a second look" in see(supervisor, "waiting")
    press(supervisor, "referral-look", referral.pk)
    press(analyst, "referral-follow", referral.pk, act="told")
    assert Referral.objects.get().told_child == "told"


def test_an_objection_is_decided_on_the_page_of_the_notice(ready: PlanStep, ana: Actor, analyst: Browser, supervisor: Browser) -> None:
    approve(ready, by=ana, now=NOW)
    notice = Notice.objects.get()
    Notice.objects.update(state="sent", sent_at=NOW)
    press(analyst, "follow", notice.pk, act="objection", from_whom="provider", words="This is a landscape.")
    objection = notice.counter_notices.get()
    fields = {"objection": str(objection.pk), "act": "withdraw", "words": "it is a landscape"}
    assert analyst.post(reverse("response:objection", args=[notice.pk]), fields).status_code == 403
    shown = supervisor.post(reverse("response:objection", args=[notice.pk]), fields).content.decode()
    assert "We withdraw our request" in shown
    assert "it is a landscape" in shown
    assert Notice.objects.get().state == "countered"
    confirm(supervisor, "objection", notice.pk, **fields)
    assert Notice.objects.get().state == "withdrawn"


def test_a_further_letter_is_read_confirmed_and_only_then_on_its_way(ready: PlanStep, ana: Actor, analyst: Browser) -> None:
    approve(ready, by=ana, now=NOW)
    notice = Notice.objects.get()
    Notice.objects.update(state="sent", sent_at=NOW)
    for act, words in (("remind", "Reminder"), ("escalate", "Escalation")):
        before = Delivery.objects.count()
        shown = analyst.post(reverse("response:write-again", args=[notice.pk]), {"act": act}).content.decode()
        assert words.lower() in shown.lower()
        assert "hxxps://pictures[.]example" in shown
        assert Delivery.objects.count() == before
        confirm(analyst, "write-again", notice.pk, act=act)
        assert Delivery.objects.count() == before + 1
    assert analyst.post(reverse("response:write-again", args=[notice.pk]), {"act": "sing"}).status_code == 404


def test_a_letter_that_was_given_up_is_tried_again_from_its_page(ready: PlanStep, ana: Actor, analyst: Browser) -> None:
    approve(ready, by=ana, now=NOW)
    notice = Notice.objects.get()
    Notice.objects.update(state="undelivered")
    Delivery.objects.update(is_dead=True)
    proof = proof_on(analyst, see(analyst, "notice", notice.pk))
    assert analyst.post(reverse("response:try-again", args=[notice.pk])).status_code in {401, 403, 422}
    assert Delivery.objects.get().is_dead
    press(analyst, "try-again", notice.pk, **proof)
    assert not Delivery.objects.get().is_dead
    assert Notice.objects.get().state == "queued"


def test_a_case_is_closed_with_a_note_once_nothing_is_open(case: Case, plan: Plan, analyst: Browser) -> None:
    for step in plan(case).values():
        press(analyst, "decide", step.pk, act="skip", words="not wanted")
    assert f"Close case {case.number}" in buttons(see(analyst, "plan", case.pk))
    assert analyst.post(reverse("response:close", args=[case.pk]), {"outcome": "help_arranged", "words": ""}).status_code == 422
    reasons = {f"missing_{line.fact}": "not asked" for line in missing_from(case, NOW)}
    confirm(analyst, "close", case.pk, outcome="help_arranged", words="she is safe", **reasons)
    case.refresh_from_db()
    assert case.stage == Stage.CLOSED


def test_the_waiting_page_says_that_no_mail_server_is_configured(ready: PlanStep, ana: Actor, analyst: Browser) -> None:
    approve(ready, by=ana, now=NOW)
    page = see(analyst, "waiting")
    assert "No mail server is configured" in page
    assert "1 letters wait" in page


def test_another_organisation_finds_nothing_at_any_of_the_addresses(
    ready: PlanStep, police: Keyholder, service: Service, ana: Actor, sign_in: SignIn, two: Organisation
) -> None:
    other = sign_in(two, "Oli", Role.ANALYST, Role.SUPERVISOR)
    step, notice = ready.pk, Notice.objects.get().pk
    for name, key in (("plan", ready.case_id), ("preserve", ready.case_id), ("close", ready.case_id), ("approve", step), ("draft", step)):
        assert other.get(reverse(f"response:{name}", args=[key])).status_code == 404
        assert other.post(reverse(f"response:{name}", args=[key]), {}).status_code == 404
    assert other.get(reverse("response:notice", args=[notice])).status_code == 404
    for name, key in (("send", notice), ("follow", notice), ("decide", step), ("look", step)):
        assert other.post(reverse(f"response:{name}", args=[key]), {"act": "send"}).status_code == 404


def test_an_act_that_no_button_names_is_not_done(ready: PlanStep, analyst: Browser) -> None:
    assert analyst.post(reverse("response:decide", args=[ready.pk]), {"act": "explode"}).status_code == 404


def test_a_directory_without_keys_or_services_says_what_to_do(case: Case, plan: Plan, analyst: Browser) -> None:
    steps = plan(case)
    assert "Enter one there first." in see(analyst, "build", steps["authority"].pk)
    assert "Enter one there first." in see(analyst, "refer", steps["support"].pk)


def test_nobody_who_is_not_signed_in_sees_a_plan(case: Case) -> None:
    answer = Client().get(reverse("response:plan", args=[case.pk]))
    assert answer.status_code == 302
