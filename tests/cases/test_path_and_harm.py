"""Contact paths, payments, threats, places and harm codes, as they are recorded and as decisions see them."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from tests.cases.conftest import NOON

from cairndesk.accounts.rules import Actor
from cairndesk.cases import actions, queries, taxonomy
from cairndesk.cases.errors import NotOfThisCase, UnknownCode
from cairndesk.cases.models import Case, ContactStep, HarmCode, Incident, Item, Payment, Report, Threat
from cairndesk.cases.rules.facts import CaseFacts, raising, together
from cairndesk.cases.rules.telling import HelpSought, help_sought
from cairndesk.custody.queries import unseal_text

pytestmark = pytest.mark.django_db
Opener = Callable[..., Case]


@pytest.mark.req("INT-19", "DIM-24", "TAX-12")
def test_a_contact_path_keeps_its_order_over_several_platforms(incident: Incident, ana: Actor) -> None:
    account = actions.add_item(case=incident.case, kind="account", identifier="@a", by=ana, now=NOON)
    path = [
        ("first_contact", {"platform_type": "game", "space": "open", "encryption": "not_end_to_end"}),
        ("moved_to", {"platform_type": "messaging", "space": "private_message", "encryption": "end_to_end"}),
        ("shared_on", {"platform_type": "social"}),
        ("moved_to", {"platform_type": "streaming"}),
    ]
    for step, facts in path:
        actions.add_contact_step(incident=incident, step=step, facts=facts, account=account, by=ana, now=NOON)
    held = list(incident.contact_steps.values_list("position", "step", "platform_type"))
    assert held == [(n, step, facts["platform_type"]) for n, (step, facts) in enumerate(path)]
    assert incident.contact_steps.get(position=1).encryption == "end_to_end"
    with pytest.raises(IntegrityError), transaction.atomic():
        ContactStep.objects.create(incident=incident, position=1, step="moved_to", taxonomy="2026.1")


@pytest.mark.req("TAX-78")
def test_an_acquaintance_made_online_that_leads_to_a_meeting_is_one_path(incident: Incident, ana: Actor) -> None:
    actions.add_contact_step(incident=incident, step="first_contact", facts={"platform_type": "social"}, by=ana, now=NOON)
    actions.add_contact_step(incident=incident, step="met_in_person", facts={"at": NOON}, by=ana, now=NOON)
    assert list(incident.contact_steps.values_list("step", flat=True)) == ["first_contact", "met_in_person"]
    assert "contact_step.met_in_person" in queries.case_facts(incident.case).raising


@pytest.mark.req("TAX-56", "DIM-50")
def test_a_payment_in_virtual_currency_names_its_wallet_sealed(incident: Incident, ana: Actor) -> None:
    wallet = actions.add_item(case=incident.case, kind="wallet", identifier="bc1qexample", by=ana, now=NOON)
    facts = {"rail": "cryptocurrency", "purpose": "material", "amount_band": "to_250", "paid": "paid_once", "obfuscation": "mixer"}
    row = actions.record_payment(incident=incident, facts=facts, wallet=wallet, by=ana, now=NOON)
    assert Payment.objects.filter(pk=row.pk, wallet=wallet, **facts).exists()
    assert list(queries.cases_with_identifier(incident.case.organisation_id, "wallet", "BC1QEXAMPLE")) == [incident.case]


@pytest.mark.req("FIN-04")
@pytest.mark.parametrize("how", ["mixer", "privacy_coin"])
def test_a_hidden_payment_is_flagged_and_followed_to_no_other_wallet(incident: Incident, ana: Actor, open_another: Opener, how: str) -> None:
    wallets = [
        actions.add_item(case=held, kind="wallet", identifier=text, by=ana, now=NOON)
        for held, text in ((incident.case, "bc1qexample"), (open_another(), "bc1qother"))
    ]
    actions.record_payment(incident=incident, facts={"rail": "cryptocurrency", "obfuscation": how}, wallet=wallets[0], by=ana, now=NOON)
    assert Payment.objects.get().obfuscation == how
    assert set(Item.objects.all()) == set(wallets)
    assert queries.suggested_links(incident.case) == []


@pytest.mark.req("TAX-57")
@pytest.mark.parametrize("rail", ["gift_card", "game_currency"])
def test_an_inducement_to_a_child_is_a_payment_too(incident: Incident, ana: Actor, rail: str) -> None:
    row = actions.record_payment(incident=incident, facts={"rail": rail, "purpose": "inducement", "paid": "offered"}, by=ana, now=NOON)
    assert Payment.objects.get(pk=row.pk).purpose == "inducement"


@pytest.mark.req("TAX-27")
@pytest.mark.parametrize("basis", ["no_image", "claimed_image", "altered_image", "real_image", "unknown"])
def test_a_threat_counts_whether_or_not_an_image_exists(incident: Incident, ana: Actor, basis: str) -> None:
    row = actions.record_threat(incident=incident, facts={"basis": basis, "demand": "none"}, words="or else", by=ana, now=NOON)
    assert not incident.case.items.exists()
    assert queries.case_facts(incident.case).threats == 1
    assert row.words is not None
    assert unseal_text(row.words) == "or else"


@pytest.mark.req("TAX-13", "TAX-14")
def test_a_threat_for_money_keeps_demand_amount_way_and_whether_paid(incident: Incident, ana: Actor) -> None:
    money = {"demand": "money", "amount_band": "to_1000", "rail": "gift_card", "paid": "paid_once", "deadline": NOON + timedelta(hours=6)}
    actions.code_harm(incident=incident, harm="financial_sexual_extortion", by=ana, now=NOON)
    actions.code_harm(incident=incident, harm="sexual_extortion", by=ana, now=NOON)
    row = actions.record_threat(incident=incident, facts=money, audiences=["family", "school", "family"], by=ana, now=NOON)
    actions.record_threat(incident=incident, facts={"demand": "sexual"}, by=ana, now=NOON)
    assert Threat.objects.filter(pk=row.pk, deadline_set="yes", **money).exists()
    assert sorted(row.audiences.values_list("audience", flat=True)) == ["family", "school"]
    facts = queries.case_facts(incident.case)
    assert facts.demands == {"money", "sexual"}
    assert facts.deadlines == (NOON + timedelta(hours=6),)


@pytest.mark.req("TRG-08", "TAX-69", "TAX-53")
@pytest.mark.parametrize("kind", ["rental", "game_location"])
def test_the_risk_of_a_meeting_has_a_kind_of_place_and_a_time(incident: Incident, ana: Actor, kind: str) -> None:
    at = NOON + timedelta(days=1)
    actions.amend_incident(incident=incident, facts={"meeting_planned": "yes", "meeting_place": kind, "meeting_at": at}, by=ana, now=NOON)
    place = actions.record_place(incident=incident, kind=kind, where="12 Example Street", at=at, is_planned=True, by=ana, now=NOON)
    assert place.where is not None
    assert unseal_text(place.where) == "12 Example Street"
    facts = queries.case_facts(incident.case)
    assert (facts.meeting_planned, facts.meeting_at) == ("yes", at)
    assert [m.what for m in queries.timeline(incident.case)][-2:] == ["meeting", "place"]


def test_it_refuses_rows_of_another_case(incident: Incident, ana: Actor, open_another: Callable[..., Case]) -> None:
    other = open_another()
    wallet = actions.add_item(case=other, kind="wallet", identifier="bc1qexample", by=ana, now=NOON)
    person = actions.add_person(case=other, role="person_of_concern", by=ana, now=NOON)
    with pytest.raises(NotOfThisCase):
        actions.record_payment(incident=incident, facts={}, wallet=wallet, by=ana, now=NOON)
    with pytest.raises(NotOfThisCase):
        actions.record_threat(incident=incident, facts={}, actor=person, by=ana, now=NOON)
    with pytest.raises(NotOfThisCase):
        actions.add_contact_step(incident=incident, step="moved_to", account=wallet, by=ana, now=NOON)
    with pytest.raises(NotOfThisCase):
        actions.code_harm(incident=incident, harm="stalking", actor=person, by=ana, now=NOON)


# ── Harms ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.req("TAX-86", "TAX-65")
def test_several_harms_apply_at_once_and_one_leads(incident: Incident, ana: Actor) -> None:
    first = actions.code_harm(incident=incident, harm="solicitation", by=ana, now=NOON)
    second = actions.code_harm(incident=incident, harm="trafficking_sexual", by=ana, now=NOON)
    actions.code_harm(incident=incident, harm="material_production", by=ana, now=NOON)
    assert HarmCode.objects.get(is_lead=True) == first
    actions.set_lead_harm(harm=second, by=ana, now=NOON)
    assert HarmCode.objects.get(is_lead=True) == second
    assert set(incident.harms.values_list("harm", flat=True)) == {"solicitation", "trafficking_sexual", "material_production"}
    with pytest.raises(IntegrityError), transaction.atomic():
        HarmCode.objects.filter(pk=first.pk).update(is_lead=True)


@pytest.mark.req("TAX-16")
def test_feigned_romance_is_a_tactic_beside_the_trafficking_and_the_extortion_that_it_serves(incident: Incident, ana: Actor) -> None:
    actions.mark_incident(incident=incident, family="tactic", codes=["feigned_romance"], by=ana, now=NOON)
    for harm in ("trafficking_sexual", "financial_sexual_extortion"):
        actions.code_harm(incident=incident, harm=harm, by=ana, now=NOON)
    assert incident.marks.get().mark == "tactic.feigned_romance"
    assert set(incident.harms.values_list("harm", flat=True)) == {"trafficking_sexual", "financial_sexual_extortion"}
    assert [alias.term for alias in taxonomy.aliases("tactic", "feigned_romance")] == ["lover boy"]


@pytest.mark.req("TAX-58")
def test_a_network_joins_the_accounts_of_sellers_and_buyers_and_the_tags_they_use(incident: Incident, ana: Actor) -> None:
    actions.mark_incident(incident=incident, family="organised_pattern", codes=["content_network"], by=ana, now=NOON)
    for part in ("seller", "buyer"):
        holder = actions.add_person(case=incident.case, role="person_of_concern", facts={"actor_part": part}, by=ana, now=NOON)
        facts = {"incident": incident, "holder": holder, "self_generated": "self_generated"}
        actions.add_item(case=incident.case, kind="account", identifier=f"@{part}", facts=facts, by=ana, now=NOON)
    actions.add_item(case=incident.case, kind="hashtag", identifier="#sign", facts={"incident": incident}, by=ana, now=NOON)
    joined = Incident.objects.filter(marks__mark="organised_pattern.content_network").values_list("items__kind", "items__holder__actor_part")
    assert set(joined) == {("account", "seller"), ("account", "buyer"), ("hashtag", None)}


def test_withdrawing_the_lead_leaves_another_to_lead(incident: Incident, ana: Actor) -> None:
    first = actions.code_harm(incident=incident, harm="solicitation", by=ana, now=NOON)
    second = actions.code_harm(incident=incident, harm="stalking", by=ana, now=NOON)
    actions.withdraw_harm(harm=first, by=ana, now=NOON)
    assert HarmCode.objects.get(is_lead=True) == second
    actions.withdraw_harm(harm=second, by=ana, now=NOON)
    assert not incident.harms.exists()


@pytest.mark.req("TAX-24", "TAX-25")
def test_acts_belong_to_the_person_who_does_them(incident: Incident, ana: Actor) -> None:
    one = actions.add_person(case=incident.case, role="person_of_concern", by=ana, now=NOON)
    other = actions.add_person(case=incident.case, role="person_of_concern", by=ana, now=NOON)
    actions.code_harm(incident=incident, harm="image_based_abuse", acts=["covert_capture", "record"], actor=one, by=ana, now=NOON)
    actions.code_harm(incident=incident, harm="image_based_abuse", acts=["share"], actor=other, by=ana, now=NOON)
    again = actions.code_harm(incident=incident, harm="image_based_abuse", acts=["record", "upskirting"], actor=one, by=ana, now=NOON)
    assert sorted(again.acts.values_list("act", flat=True)) == ["covert_capture", "record", "upskirting"]
    assert list(HarmCode.objects.get(actor=other).acts.values_list("act", flat=True)) == ["share"]
    assert incident.harms.count() == 2


def test_it_refuses_a_harm_or_an_act_nobody_defined_and_leaves_nothing(incident: Incident, ana: Actor) -> None:
    for harm, acts in (("gossip", []), ("unknown", []), ("stalking", ["gossip"])):
        with pytest.raises(UnknownCode):
            actions.code_harm(incident=incident, harm=harm, acts=acts, by=ana, now=NOON)
    assert not incident.harms.exists()


# ── What decisions see ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_case_of_which_nothing_is_known_says_so(case: Case) -> None:
    assert queries.case_facts(case) == CaseFacts()


def test_a_danger_that_one_incident_names_is_a_danger_of_the_case(case: Case, ana: Actor) -> None:
    actions.describe_incident(case=case, facts={"abuse_now": "no", "location_known": "unknown"}, by=ana, now=NOON)
    actions.describe_incident(case=case, facts={"abuse_now": "yes", "self_harm": "declined"}, by=ana, now=NOON)
    facts = queries.case_facts(case)
    assert (facts.abuse_now, facts.location_known, facts.self_harm, facts.active_contact) == ("yes", "unknown", "declined", "not_asked")


@pytest.mark.parametrize(
    ("answers", "one"),
    [
        (["no", "yes"], "yes"),
        (["unknown", "no"], "no"),
        (["not_asked", "declined"], "declined"),
        (["not_asked", "unknown"], "unknown"),
        (["not_asked", "not_applicable"], "not_applicable"),
        ([], "not_asked"),
    ],
)
def test_several_answers_become_one_and_the_unknowns_stay_apart(answers: list[str], one: str) -> None:
    assert together(answers) == one


@pytest.mark.req("TRG-17")
def test_ages_of_children_count_by_what_is_stated_what_is_seen_and_what_an_image_shows(case: Case, ana: Actor) -> None:
    child = actions.add_person(case=case, role="child", facts={"stated_age": "age_13_15"}, by=ana, now=NOON)
    actions.add_person(case=case, role="person_of_concern", facts={"stated_age": "age_3_6"}, by=ana, now=NOON)
    assert not queries.case_facts(case).has_youngest_band
    item = actions.add_item(case=case, kind="media", identifier="ab" * 32, facts={"hash_kind": "sha256", "novelty": "new"}, by=ana, now=NOON)
    actions.record_depiction(item=item, child=child, facts={"apparent_age": "age_7_9"}, by=ana, now=NOON)
    facts = queries.case_facts(case)
    assert facts.child_ages == {"age_13_15", "age_7_9"}
    assert facts.has_youngest_band
    assert facts.has_new_material
    assert facts.raising == {"age_band.age_7_9", "novelty.new"}


@pytest.mark.parametrize(("relation", "near", "household"), [("parent", True, True), ("relative", True, False), ("online_only", False, False)])
def test_who_is_near_the_child_is_seen_before_a_notice_goes_out(case: Case, ana: Actor, relation: str, *, near: bool, household: bool) -> None:
    actions.add_person(case=case, role="person_of_concern", facts={"relation": relation, "actor_age": "adult"}, by=ana, now=NOON)
    facts = queries.case_facts(case)
    assert (facts.somebody_is_near, facts.household_conflict, facts.has_child_actor) == (near, household, False)


@pytest.mark.req("TAX-62")
def test_production_by_a_parent_locks_notices_to_the_household(incident: Incident, ana: Actor) -> None:
    actions.code_harm(incident=incident, harm="parental_production", by=ana, now=NOON)
    assert queries.case_facts(incident.case).household_conflict


@pytest.mark.req("TAX-59")
@pytest.mark.parametrize("harm", ["offered_meeting", "self_harm_media", "live_streaming", "contact_abuse"])
def test_harms_that_raise_urgency_are_named_to_the_decision(incident: Incident, ana: Actor, harm: str) -> None:
    actions.code_harm(incident=incident, harm=harm, by=ana, now=NOON)
    assert f"harm.{harm}" in queries.case_facts(incident.case).raising


def test_support_and_marks_can_raise_urgency_too(incident: Incident, ana: Actor) -> None:
    child = actions.add_person(case=incident.case, role="child", by=ana, now=NOON)
    actions.record_support(person=child, family="impact", codes=["suicidal_thoughts", "school"], by=ana, now=NOON)
    actions.mark_incident(incident=incident, family="context", codes=["online_to_offline", "lockdown"], by=ana, now=NOON)
    assert queries.case_facts(incident.case).raising == {"impact.suicidal_thoughts", "context.online_to_offline"}
    assert raising({"authenticity": ["fully_synthetic"], "actor_age": ["child"]}) == frozenset()


@pytest.mark.req("DIM-19")
@pytest.mark.parametrize(
    ("told", "sought"),
    [
        (["nobody"], HelpSought.NOBODY),
        (["friend", "nobody"], HelpSought.INFORMAL),
        (["police"], HelpSought.FORMAL),
        (["teacher", "parent_or_carer"], HelpSought.BOTH),
        (["declined"], HelpSought.NOT_KNOWN),
        ([], HelpSought.NOT_KNOWN),
    ],
)
def test_formal_and_informal_help_is_derived_from_whom_was_told(told: list[str], sought: HelpSought) -> None:
    assert help_sought(told) is sought


@pytest.mark.req("DIM-19")
@pytest.mark.parametrize(
    ("source", "alone", "beside"), [("child", "nobody", "informal"), ("carer", "informal", "informal"), ("helpline", "formal", "both")]
)
def test_who_reported_counts_as_help_that_was_sought(incident: Incident, ana: Actor, source: str, alone: str, beside: str) -> None:
    Report.objects.update(source=source)
    actions.mark_incident(incident=incident, family="told_whom", codes=["nobody"], by=ana, now=NOON)
    assert queries.help_sought_in(incident.case) == alone
    actions.mark_incident(incident=incident, family="told_whom", codes=["friend"], by=ana, now=NOON)
    assert queries.help_sought_in(incident.case) == beside


def test_the_time_line_brings_everything_into_one_order(incident: Incident, ana: Actor) -> None:
    facts = {"period_start": date(2026, 1, 5), "period_precision": "day"}
    actions.amend_incident(incident=incident, facts=facts, by=ana, now=NOON)
    actions.add_contact_step(incident=incident, step="first_contact", facts={"at": NOON - timedelta(days=90)}, by=ana, now=NOON)
    actions.record_threat(incident=incident, facts={"demand": "money", "deadline": NOON + timedelta(hours=1)}, by=ana, now=NOON)
    actions.record_payment(incident=incident, facts={"rail": "card", "at": NOON - timedelta(days=2)}, by=ana, now=NOON)
    item = actions.add_item(case=incident.case, kind="account", identifier="@a", by=ana, now=NOON)
    actions.record_sighting(item=item, seen_at=NOON - timedelta(days=1), by=ana, now=NOON)
    story = queries.timeline(incident.case)
    assert [m.at for m in story] == sorted(m.at for m in story)
    assert [m.what for m in story] == ["contact", "incident", "payment", "sighting", "report", "stage", "stage", "deadline"]
    assert story[1].precision == "day"
