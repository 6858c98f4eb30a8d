"""Roles, support, sensitive answers, marks, the checklist, evidence, which harm leads, the order of steps: recorded on pages, without script."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape
from pytest_django.fixtures import DjangoAssertNumQueries
from tests.review.conftest import as_actor
from tests.review.test_known import FORMS, anas, case, enter, events, sams, url
from tests.review.test_pages import at

from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import Role
from cairndesk.cases import actions as cases
from cairndesk.cases import taxonomy
from cairndesk.cases.errors import UnknownFact
from cairndesk.cases.models import Case, CasePerson, ContactStep, Evidence, HarmCode, Incident, Item, ItemMark, Payment, SensitiveAttribute
from cairndesk.cases.models.incident import INCIDENT_MARKS
from cairndesk.cases.queries import corroboration
from cairndesk.cases.rules import Stage
from cairndesk.custody.models import SealedItem
from cairndesk.custody.queries import unseal_fields
from cairndesk.lib import clock
from cairndesk.lib.ids import new_id
from cairndesk.review.rules.known import ABOUT, ASKED, EVIDENCE_FACTS, Kind, Subject

__all__ = ["anas", "at", "case", "enter", "sams"]
pytestmark = pytest.mark.django_db
PERSON, ITEM = Subject.PERSON, Subject.ITEM


@pytest.fixture
def by(case: Case, enrol: Callable[..., Person], one: Organisation) -> dict[str, Any]:
    """Who recorded what stands before a test begins."""
    return {"by": as_actor(enrol(one, "Kit", Role.ANALYST)), "now": clock.now()}


@pytest.fixture
def child(case: Case, by: dict[str, Any]) -> CasePerson:
    return cases.add_person(case=case, role="child", facts={"stated_age": "age_11_12"}, **by)


@pytest.fixture
def item(case: Case, by: dict[str, Any]) -> Item:
    return cases.add_item(case=case, kind="wallet", identifier="bc1qexample", **by)


@pytest.fixture
def incident(case: Case, by: dict[str, Any]) -> Incident:
    held = cases.describe_incident(case=case, facts={}, **by)
    for harm in ("solicitation", "threat_to_share"):
        cases.code_harm(incident=held, harm=harm, **by)
    for step in ("moved_to", "first_contact"):
        cases.add_contact_step(incident=held, step=step, **by)
    return held


@pytest.fixture
def sensitive(settings: Any) -> None:
    desks = settings.CAIRNDESK.desks.model_copy(update={"sensitive_attributes": ["faith"]})
    settings.CAIRNDESK = settings.CAIRNDESK.model_copy(update={"desks": desks})


def door(case: Case, kind: Kind, about: CasePerson | Item | None = None, more: str = "") -> str:
    return url("record", case, kind, *([about.pk] if about else [])) + more


def opened(client: Client, where: str) -> dict[str, str]:
    """The hidden fields of a form as somebody opens it."""
    page = client.get(where).content.decode()
    return {name: page.split(f'name="{name}" value="')[1].split('"')[0] for name in ("once", "seen")}


def send(client: Client, where: str, answers: dict[str, Any], hidden: dict[str, str] | None = None) -> str:
    return client.post(where, {**(hidden or opened(client, where)), **answers}, follow=True).content.decode()


WRITTEN: dict[Kind, tuple[dict[str, Any], str, str]] = {
    Kind.ROLE: ({"role": "reporter"}, "Person 1: Child, Reporter", "cases.person.amended"),
    Kind.SUPPORT: ({"impact": ["fear"], "support_need": ["counselling"]}, "Impact on the child: Fear", "cases.support.recorded"),
    Kind.SENSITIVE: ({"attribute": "faith", "answer": "described", "words": "own words"}, "Person 1: Child", "cases.sensitive.recorded"),
    Kind.ITEM: ({"account_action": ["removed"]}, "Action on an account: Removed", "cases.item.amended"),
    Kind.MARKS: ({"tactic": ["fake_account", "blackmail"]}, "Tactic: Fake account, Blackmail", "cases.incident.marked"),
    Kind.TOLD: ({"told_whom_0": "friend", "told_whom_1": "teacher"}, "Who was told: Friend, Teacher", "cases.incident.marked"),
    Kind.CHECKLIST: ({"chat": "yes", "times": "unknown"}, "Chat or messages: yes", "cases.corroboration.asked"),
    Kind.EVIDENCE: ({"f_service": "chat-one", "f_messages": "seven"}, "<p>Chat<br>", "cases.evidence.added"),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", WRITTEN)
def test_each_form_is_recorded_once_and_says_who_and_when(
    case: Case, child: CasePerson, item: Item, anas: Client, sensitive: None, kind: Kind
) -> None:
    answers, words, event = WRITTEN[kind]
    about = {PERSON: child, ITEM: item}.get(ABOUT[kind]) if kind in ABOUT else None
    where = door(case, kind, about, "?of=chat" if kind is Kind.EVIDENCE else "")
    hidden = opened(anas, where)
    for _ in range(2):
        page = send(anas, where, {**answers, "integrity_concern": "not_asked"}, hidden)
    assert "Recorded: " in page
    assert words in page
    assert " by Ana" in page or kind in {Kind.ROLE, Kind.SUPPORT, Kind.SENSITIVE, Kind.ITEM}
    families = sum(name in taxonomy.load().families for name in answers) or 1
    assert events(case).count(event) == (2 if kind is Kind.CHECKLIST else families)
    for sealed in ("own words", "chat-one", "seven"):
        assert sealed not in page


@pytest.mark.slow
@pytest.mark.req("DIM-17")
def test_who_was_told_keeps_its_order_and_its_barriers(case: Case, anas: Client) -> None:
    where = door(case, Kind.TOLD)
    send(anas, where, {"told_whom_0": "teacher", "told_whom_1": "friend", "told_whom_2": "teacher", "barrier": ["shame_or_stigma"]})
    incident = Incident.objects.get(case=case)
    assert [one.mark for one in incident.marks.all() if "told" in one.mark] == ["told_whom.teacher", "told_whom.friend"]
    page = send(anas, where, {"told_whom_0": "friend"})
    assert "Who was told: Friend<" in page
    assert "What stood here before" in page
    assert re.search("Who was told: Teacher[^,<]*, Friend <small>by Ana", page)


@pytest.mark.slow
@pytest.mark.req("EVD-06")
def test_the_checklist_for_what_left_no_recording_is_answered_line_by_line(case: Case, incident: Incident, anas: Client) -> None:
    page = anas.get(door(case, Kind.CHECKLIST)).content.decode()
    lines = taxonomy.family("corroboration").codes
    assert all(code.label in page and code.definition in page for code in lines.values())
    send(anas, door(case, Kind.CHECKLIST), dict.fromkeys(lines, "no") | {"witness": "yes"})
    assert corroboration(incident) == dict.fromkeys(lines, "no") | {"witness": "yes"}
    assert len(lines) == 6


@pytest.mark.slow
@pytest.mark.req("EVD-15")
def test_evidence_asks_for_what_its_kind_takes_seals_it_and_needs_no_content(case: Case, item: Item, anas: Client) -> None:
    choose = anas.get(door(case, Kind.EVIDENCE)).content.decode()
    for code in taxonomy.family("evidence_kind").codes.values():
        assert f'href="?of={code.code}"' in choose
        assert code.definition in choose
    where = door(case, Kind.EVIDENCE, more="?of=metadata_only")
    assert "Nothing is written yet. One fact is enough." in send(anas, where, {"integrity_concern": "not_asked"})
    send(anas, where, {"f_observed_at": "last Tuesday", "item": str(item.pk), "integrity_concern": "not_asked"})
    held = Evidence.objects.get()
    assert (held.kind, held.item, unseal_fields(held.facts)) == ("metadata_only", item, {"observed_at": "last Tuesday"})
    page = anas.post(url("words", case, Kind.EVIDENCE, held.pk)).content.decode()
    assert "When was it observed?" in page
    assert "last Tuesday" in page
    assert "It counts no more" in anas.post(url("take-back", case, Kind.EVIDENCE, held.pk), follow=True).content.decode()
    assert not Evidence.objects.exists()


@pytest.mark.slow
@pytest.mark.req("EVD-07")
def test_an_examination_names_method_and_examiner_beside_the_item_whose_hash_stays(case: Case, anas: Client, by: dict[str, Any]) -> None:
    hashed = "ab" * 32
    item = cases.add_item(case=case, kind="media", identifier=hashed, facts={"hash_kind": "sha256"}, **by)
    before = Item.objects.values().get(pk=item.pk)
    told = {"f_examiner": "A laboratory", "f_method": "Comparison of sensor noise", "f_examined_at": "2026-03-01", "f_finding": "No sign of editing"}
    send(anas, door(case, Kind.EVIDENCE, more="?of=examination"), told | {"item": str(item.pk), "integrity_concern": "none_seen"})
    held = Evidence.objects.get()
    assert (held.item, held.integrity_concern, unseal_fields(held.facts)) == (item, "none_seen", {name[2:]: words for name, words in told.items()})
    assert Item.objects.values().get(pk=item.pk) == before
    assert cases.open_identifier(item=item, **by) == hashed
    for changed in ({"identifier": "cd" * 32}, {"identifier_id": held.facts_id}):
        with pytest.raises(UnknownFact):
            cases.amend_item(item=item, facts=changed, **by)


def test_every_fact_that_evidence_takes_has_a_question_and_every_family_of_marks_a_form() -> None:
    taken = {name for code in taxonomy.family("evidence_kind").codes.values() for name in code.fields}
    assert taken == set(EVIDENCE_FACTS)
    assert sorted((*ASKED[Kind.MARKS].families, *ASKED[Kind.TOLD].families)) == sorted(INCIDENT_MARKS)
    assert sorted(ASKED[Kind.ITEM].families) == sorted(ItemMark._meta.get_field("mark").families)


def test_every_circumstance_stands_beside_its_definition(case: Case, anas: Client) -> None:
    page = anas.get(door(case, Kind.MARKS)).content.decode()
    for family in ASKED[Kind.MARKS].families:
        for code in taxonomy.family(family).codes.values():
            assert f'value="{code.code}"' in page
            assert escape(code.definition) in page


@pytest.mark.slow
@pytest.mark.req("TAX-86")
def test_one_of_several_harms_is_chosen_to_lead(case: Case, incident: Incident, anas: Client) -> None:
    other = HarmCode.objects.get(is_lead=False)
    page = send(anas, door(case, Kind.LEAD), {"harm": str(other.pk)})
    assert "Threat to share intimate images: leads" in page
    assert [one.pk for one in HarmCode.objects.filter(is_lead=True)] == [other.pk]
    assert events(case).count("cases.harm.lead_set") == 1


@pytest.mark.slow
@pytest.mark.req("INT-19")
def test_the_steps_of_the_contact_path_are_put_in_order(case: Case, incident: Incident, anas: Client) -> None:
    moved, first = ContactStep.objects.all()
    assert "Two steps have the same place" in send(anas, door(case, Kind.ORDER), {f"at_{moved.pk}": "1", f"at_{first.pk}": "1"})
    page = send(anas, door(case, Kind.ORDER), {f"at_{moved.pk}": "2", f"at_{first.pk}": "1"})
    assert page.index("1. What happened here? First contact") < page.index("2. What happened here? Moved to")
    assert [step.pk for step in ContactStep.objects.all()] == [first.pk, moved.pk]


@pytest.mark.slow
@pytest.mark.req("TAX-56")
def test_a_payment_names_the_wallet_through_which_it_went(case: Case, item: Item, anas: Client) -> None:
    send(anas, door(case, Kind.PAYMENT), {**FORMS[Kind.PAYMENT], "rail": "cryptocurrency", "wallet": str(item.pk)})
    assert Payment.objects.get().wallet == item
    page = anas.get(url("known", case)).content.decode()
    assert "Cryptocurrency; How much? Under 50; Was it paid? Paid once; Wallet 1" in page
    refused = anas.post(url("take-back", case, Kind.ITEMS, item.pk))
    assert refused.status_code == 409
    assert "It is still named in: a payment." in refused.content.decode()


@pytest.mark.slow
@pytest.mark.req("PRI-11")
def test_a_child_who_is_shown_gets_no_other_role_and_the_page_says_so(
    case: Case, child: CasePerson, item: Item, by: dict[str, Any], anas: Client
) -> None:
    cases.record_depiction(item=item, child=child, **by)
    where = door(case, Kind.ROLE, child)
    refused = anas.post(where, {**opened(anas, where), "role": "person_of_concern"})
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "An item of this case shows this child, who is its victim and can hold no other role over it." in page
    assert '<option value="person_of_concern" selected>' in page
    assert [one.role for one in child.roles.all()] == ["child"]
    assert "Recorded: " in send(anas, where, {"role": "reporter"})


@pytest.mark.slow
def test_what_was_said_of_a_person_is_changed_and_stays_readable_as_it_stood(case: Case, child: CasePerson, anas: Client, sams: Client) -> None:
    where = door(case, Kind.PERSON, child)
    answers = dict.fromkeys(ASKED[Kind.PERSON].columns, "not_asked") | {"stated_age": "age_13_15"}
    stale = opened(sams, where)
    page = send(anas, where, answers)
    assert "Person 1: Child; Age as told 13 to 15" in page
    assert "Age as told 11 to 12 <small>by Kit, until" in page
    assert " by Ana" in page
    refused = send(sams, where, answers | {"stated_age": "age_10"}, stale)
    assert "Somebody else answered these questions meanwhile" in refused
    assert "It stands now: Age as told 13 to 15" in refused
    assert CasePerson.objects.get(pk=child.pk).stated_age == "age_13_15"


@pytest.mark.slow
def test_people_roles_and_items_are_taken_back_and_stay_readable(
    case: Case, child: CasePerson, item: Item, by: dict[str, Any], anas: Client, sams: Client
) -> None:
    only = anas.post(url("take-back", case, Kind.ROLE, child.pk), {"role": "child"})
    assert "Give the right role first" in only.content.decode()
    cases.give_role(person=child, role="witness", **by)
    page = anas.post(url("take-back", case, Kind.ROLE, child.pk), {"role": "witness"}, follow=True).content.decode()
    assert "No longer: witness (Ana)" in page
    cases.seal_identity(person=child, identity={"name": "Kim"}, **by)
    for kind, pk in ((Kind.PERSON, child.pk), (Kind.ITEMS, item.pk)):
        page = anas.post(url("take-back", case, kind, pk), follow=True).content.decode()
        assert "<b>Taken back</b> by Ana" in page
    assert page.count("<b>Taken back</b> by Ana") == 2
    assert not CasePerson.objects.filter(case=case).exists()
    assert not case.items.exists()
    assert "bc1qexample" in anas.post(url("item", case, item.pk)).content.decode()
    assert anas.get(door(case, Kind.ROLE, child)).status_code == 404
    assert anas.get(door(case, Kind.ITEM, item)).status_code == 404
    assert "Kim" in sams.post(url("open-identity", case, child.pk), {"reason": "correction"}).content.decode()


@pytest.mark.slow
def test_the_page_costs_few_queries_however_many_people_and_items_there_are(
    case: Case, incident: Incident, by: dict[str, Any], anas: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(4):
        person = cases.add_person(case=case, role="child", **by)
        cases.give_role(person=person, role="reporter", **by)
        cases.record_support(person=person, family="impact", codes=["fear"], **by)
        held = cases.add_item(case=case, kind="account", identifier=f"someone.{number}", **by)
        cases.mark_item(item=held, family="account_action", codes=["removed"], **by)
        cases.add_evidence(incident=incident, kind="chat", facts={"service": "chat-one"}, item=held, **by)
        cases.mark_incident(incident=incident, family="tactic", codes=["blackmail"] if number % 2 else ["secrecy"], **by)
    with django_assert_max_num_queries(30):
        assert anas.get(url("known", case)).status_code == 200


@pytest.mark.slow
def test_what_was_taken_back_is_recorded_anew_from_what_it_said(case: Case, anas: Client) -> None:
    send(anas, door(case, Kind.THREAT), FORMS[Kind.THREAT])
    threat = Incident.objects.get(case=case).threats.get()
    page = anas.post(url("take-back", case, Kind.THREAT, threat.pk), follow=True).content.decode()
    again = f"{door(case, Kind.THREAT)}?from={threat.pk}"
    assert f'href="{again}"' in page
    form = anas.get(again).content.decode()
    assert '<option value="money" selected>' in form
    assert "everybody sees it" not in form
    assert anas.get(f"{door(case, Kind.THREAT)}?from=nothing").status_code == 200


@pytest.mark.req("PRI-07")
@pytest.mark.slow
def test_sensitive_answers_fold_open_for_a_named_role_with_a_reason_and_are_erased_when_given_anew(
    case: Case, child: CasePerson, anas: Client, sams: Client, sensitive: None
) -> None:
    where = door(case, Kind.SENSITIVE, child)
    send(anas, where, {"attribute": "faith", "answer": "described", "words": "first words"})
    first = SensitiveAttribute.objects.get().words_id
    assert "first words" not in anas.get(where).content.decode()
    send(anas, where, {"attribute": "faith", "answer": "described", "words": "second words"})
    assert not SealedItem.objects.get(pk=first).ciphertext
    assert "Sensitive answers" not in anas.get(url("known", case)).content.decode()
    page = sams.get(url("known", case)).content.decode()
    assert "<details><summary>Sensitive answers: 1</summary>" in page
    assert "Faith" not in page
    assert anas.post(url("open-sensitive", case, child.pk), {"reason": "referral"}).status_code == 403
    assert sams.post(url("open-sensitive", case, child.pk), {"reason": "because"}).status_code == 404
    assert "cases.sensitive.read" not in events(case)
    shown = sams.post(url("open-sensitive", case, child.pk), {"reason": "referral"})
    assert "In their own words: second words" in shown.content.decode()
    assert shown["Cache-Control"] == "no-store"
    assert "cases.sensitive.read" in events(case)


@pytest.mark.req("PRI-07")
def test_nothing_sensitive_is_asked_where_the_operator_did_not_allow_it(case: Case, child: CasePerson, anas: Client) -> None:
    assert "sensitive" not in anas.get(url("known", case)).content.decode()
    refused = anas.get(door(case, Kind.SENSITIVE, child))
    assert refused.status_code == 422
    assert "ask the operator whether law and safety allow it here" in refused.content.decode()
    assert not SensitiveAttribute.objects.exists()


@pytest.mark.slow
@pytest.mark.parametrize("kind", [*WRITTEN, Kind.LEAD, Kind.ORDER])
def test_no_form_is_for_another_desk_another_role_or_a_closed_case(
    case: Case, child: CasePerson, item: Item, incident: Incident, sensitive: None, kind: Kind, anas: Client,
    enrol: Callable[..., Person], enter: Callable[[Person], Client], one: Organisation, two: Organisation,
) -> None:  # fmt: skip
    about = {PERSON: child, ITEM: item}.get(ABOUT[kind]) if kind in ABOUT else None
    answers, where = WRITTEN.get(kind, ({}, "", ""))[0], door(case, kind, about, "?of=chat" if kind is Kind.EVIDENCE else "")
    for who, refused in ((enrol(two, "Ola", Role.ANALYST, Role.SUPERVISOR), 404), (enrol(one, "Aud", Role.AUDITOR), 403)):
        client = enter(who)
        assert client.get(where).status_code == client.post(where, answers).status_code == refused
    strange = door(case, kind) if about else f"{where.split('?')[0]}{new_id()}/"
    assert anas.get(strange).status_code == 404
    Case.objects.filter(pk=case.pk).update(stage=Stage.CLOSED)
    assert anas.post(where, answers).status_code == 403
