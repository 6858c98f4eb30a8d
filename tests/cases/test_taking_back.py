"""What was recorded by mistake counts nowhere and stays readable; what was changed can still be read as it stood; everything says who and when."""

from datetime import timedelta
from typing import Any

import pytest
from tests.cases.conftest import NOON

from cairndesk.accounts.errors import NotPermitted, OtherOrganisation
from cairndesk.accounts.rules import Actor
from cairndesk.cases import actions
from cairndesk.cases.errors import DepictedChildIsVictim, NoConcernOverOwnImage, NotOfThisCase, SomethingRestsOnIt, TheOnlyRole
from cairndesk.cases.models import Case, CasePerson, ContactStep, Earlier, Incident, IndexTerm, Item, PersonRole, SensitiveAttribute
from cairndesk.cases.queries import case_facts, cases_with_identifier, items, known, people
from cairndesk.custody.models import SealedItem
from cairndesk.custody.queries import entries_about

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def child(case: Case, ana: Actor) -> CasePerson:
    return actions.add_person(case=case, role="child", facts={"stated_age": "age_11_12"}, by=ana, now=NOON)


@pytest.fixture
def item(case: Case, ana: Actor) -> Item:
    return actions.add_item(case=case, kind="account", identifier="@someone", by=ana, now=NOON)


def allow_sensitive(settings: Any, *attributes: str) -> None:
    desks = settings.CAIRNDESK.desks.model_copy(update={"sensitive_attributes": list(attributes)})
    settings.CAIRNDESK = settings.CAIRNDESK.model_copy(update={"desks": desks})


def test_an_item_that_was_a_mistake_is_neither_counted_nor_found_and_stays_readable(case: Case, item: Item, ana: Actor, sam: Actor) -> None:
    actions.take_back(case=case, fact=item, by=sam, now=LATER)
    actions.take_back(case=case, fact=item, by=ana, now=LATER)
    assert list(items(case)) == list(case.items.all()) == []
    assert not cases_with_identifier(case.organisation_id, "account", "@someone").exists()
    held = items(case, taken_back=True).get()
    assert (held.taken_back_at, held.taken_back_by, held.recorded_by) == (LATER, sam.pseudonym, ana.pseudonym)
    assert [line.event for line in entries_about(case.pk)].count("cases.fact.withdrawn") == 1


def test_a_person_who_was_a_mistake_moves_no_decision(case: Case, ana: Actor) -> None:
    peer = actions.add_person(case=case, role="person_of_concern", facts={"actor_age": "child"}, by=ana, now=NOON)
    actions.record_support(person=peer, family="impact", codes=["suicidal_thoughts"], by=ana, now=NOON)
    assert case_facts(case).has_child_actor
    actions.take_back(case=case, fact=peer, by=ana, now=LATER)
    facts = case_facts(case)
    assert not facts.has_child_actor
    assert facts.raising == frozenset()
    assert people(case).get().taken_back_by == ana.pseudonym


@pytest.mark.parametrize("named", ["where it was seen", "a payment", "who is shown in an item", "a harm", "evidence", "a step of the contact path"])
def test_what_other_records_name_is_not_taken_back_under_them(
    case: Case, incident: Incident, item: Item, child: CasePerson, ana: Actor, named: str
) -> None:
    by: dict[str, Any] = {"by": ana, "now": NOON}
    {
        "where it was seen": lambda: actions.record_sighting(item=item, seen_at=NOON, **by),
        "a payment": lambda: actions.record_payment(incident=incident, facts={}, wallet=item, **by),
        "who is shown in an item": lambda: actions.record_depiction(item=item, child=child, **by),
        "a harm": lambda: actions.code_harm(incident=incident, harm="onward_sharing", item=item, **by),
        "evidence": lambda: actions.add_evidence(incident=incident, kind="chat", facts={"service": "chat-one"}, item=item, **by),
        "a step of the contact path": lambda: actions.add_contact_step(incident=incident, step="first_contact", account=item, **by),
    }[named]()
    with pytest.raises(SomethingRestsOnIt, match=named):
        actions.take_back(case=case, fact=item, by=ana, now=LATER)
    assert Item.objects.filter(pk=item.pk).exists()


def test_once_what_rests_on_it_is_taken_back_so_can_the_item_be(case: Case, item: Item, ana: Actor) -> None:
    sighting = actions.record_sighting(item=item, seen_at=NOON, by=ana, now=NOON)
    actions.take_back(case=case, fact=sighting, by=ana, now=LATER)
    actions.take_back(case=case, fact=item, by=ana, now=LATER)
    assert not Item.objects.exists()


def test_a_wrong_role_goes_once_the_right_one_is_there_and_may_come_again(case: Case, child: CasePerson, ana: Actor) -> None:
    only = child.roles.get()
    with pytest.raises(TheOnlyRole):
        actions.take_back(case=case, fact=only, by=ana, now=LATER)
    wrong = actions.give_role(person=child, role="witness", by=ana, now=NOON)
    actions.take_back(case=case, fact=wrong, by=ana, now=LATER)
    assert list(child.roles.values_list("role", flat=True)) == ["child"]
    actions.give_role(person=child, role="witness", by=ana, now=LATER)
    assert PersonRole.everything.filter(person=child, role="witness").count() == 2


def test_answers_about_a_person_are_corrected_and_the_earlier_ones_stay_readable(case: Case, child: CasePerson, ana: Actor, sam: Actor) -> None:
    actions.amend_person(person=child, facts={"stated_age": "age_13_15", "gender": "girl_or_woman"}, by=sam, now=LATER)
    held = CasePerson.objects.get(pk=child.pk)
    assert (held.stated_age, held.recorded_by, held.recorded_at) == ("age_13_15", sam.pseudonym, LATER)
    before = Earlier.objects.get()
    assert (before.about, before.answers, before.recorded_by, before.until) == (child.pk, {"stated_age": "age_11_12"}, ana.pseudonym, LATER)
    actions.amend_person(person=held, facts={"stated_age": "age_13_15"}, by=ana, now=LATER)
    assert Earlier.objects.count() == 1


def test_what_is_marked_anew_leaves_the_earlier_marks_readable(incident: Incident, item: Item, child: CasePerson, ana: Actor, sam: Actor) -> None:
    for codes, by in ((["parent_or_carer", "friend"], ana), (["friend"], sam)):
        actions.mark_incident(incident=incident, family="told_whom", codes=codes, by=by, now=NOON)
    for codes in (["removed"], []):
        actions.mark_item(item=item, family="account_action", codes=codes, by=ana, now=NOON)
        actions.record_support(person=child, family="support_need", codes=["counselling"] if codes else [], by=ana, now=NOON)
    for answer in ("yes", "no"):
        actions.answer_corroboration(incident=incident, kind="chat", answer=answer, by=ana, now=NOON)
    earlier = {(one.about, one.part): one.answers for one in Earlier.objects.all()}
    assert earlier == {
        (incident.pk, "marks"): {"told_whom": ["parent_or_carer", "friend"]},
        (item.pk, "marks"): {"account_action": ["removed"]},
        (child.pk, "marks"): {"support_need": ["counselling"]},
        (incident.pk, "checklist"): {"chat": "yes"},
    }
    assert Earlier.objects.get(about=incident.pk, part="marks").recorded_by == ana.pseudonym
    assert known(incident.case).earlier.keys() == {incident.pk, item.pk, child.pk}


@pytest.mark.req("INT-19")
def test_the_steps_of_a_path_are_put_in_order_around_one_that_was_taken_back(case: Case, incident: Incident, ana: Actor) -> None:
    first, gone, last = (
        actions.add_contact_step(incident=incident, step=step, by=ana, now=NOON) for step in ("moved_to", "shared_on", "first_contact")
    )
    actions.take_back(case=case, fact=gone, by=ana, now=NOON)
    actions.order_contact_steps(incident=incident, order=[last.pk, first.pk], by=ana, now=LATER)
    assert [step.step for step in ContactStep.objects.filter(incident=incident)] == ["first_contact", "moved_to"]
    assert list(ContactStep.everything.order_by("position").values_list("pk", flat=True)) == [last.pk, gone.pk, first.pk]
    for wrong in ([first.pk], [first.pk, first.pk], [first.pk, gone.pk]):
        with pytest.raises(NotOfThisCase):
            actions.order_contact_steps(incident=incident, order=wrong, by=ana, now=LATER)


@pytest.mark.req("PRI-11")
def test_nobody_becomes_a_person_of_concern_over_their_own_image(case: Case, item: Item, child: CasePerson, ana: Actor) -> None:
    actions.record_depiction(item=item, child=child, by=ana, now=NOON)
    with pytest.raises(NoConcernOverOwnImage):
        actions.give_role(person=child, role="person_of_concern", by=ana, now=NOON)
    actions.give_role(person=child, role="reporter", by=ana, now=NOON)
    other = actions.add_item(case=case, kind="account", identifier="@other", by=ana, now=NOON)
    actions.record_item_role(item=other, person=child, role="sharer", by=ana, now=NOON)
    assert actions.give_role(person=child, role="person_of_concern", by=ana, now=NOON).role == "person_of_concern"


@pytest.mark.req("PRI-11")
def test_a_person_of_concern_is_not_recorded_as_shown_until_that_is_set_right(case: Case, item: Item, ana: Actor) -> None:
    person = actions.add_person(case=case, role="person_of_concern", by=ana, now=NOON)
    with pytest.raises(DepictedChildIsVictim):
        actions.record_depiction(item=item, child=person, by=ana, now=NOON)
    actions.give_role(person=person, role="child", by=ana, now=NOON)
    actions.take_back(case=case, fact=person.roles.get(role="person_of_concern"), by=ana, now=NOON)
    actions.record_depiction(item=item, child=person, by=ana, now=NOON)


def test_a_sensitive_answer_that_is_given_anew_leaves_nothing_of_the_earlier_one(child: CasePerson, ana: Actor, sam: Actor, settings: Any) -> None:
    allow_sensitive(settings, "faith")
    first = actions.record_sensitive(person=child, attribute="faith", answer="described", words="in my own words", by=ana, now=NOON)
    sealed = first.words_id
    actions.record_sensitive(person=child, attribute="faith", answer="declined", by=ana, now=NOON)
    assert SensitiveAttribute.objects.get().words is None
    assert not SealedItem.objects.get(pk=sealed).ciphertext
    assert not Earlier.objects.exists()
    actions.record_sensitive(person=child, attribute="faith", answer="described", words="other words", by=ana, now=NOON)
    with pytest.raises(NotPermitted):
        actions.read_sensitive(person=child, reason="referral", by=ana, now=NOON)
    assert [(row.attribute, words) for row, words in actions.read_sensitive(person=child, reason="referral", by=sam, now=NOON)] == [
        ("faith", "other words")
    ]
    last = entries_about(child.case_id)[-1]
    assert (last.event, last.actor, last.detail["reason"]) == ("cases.sensitive.read", sam.pseudonym, "referral")


def test_only_who_may_describe_takes_back(case: Case, item: Item, ola: Actor) -> None:
    with pytest.raises(OtherOrganisation):
        actions.take_back(case=case, fact=item, by=ola, now=NOON)
    assert Item.objects.exists()


def test_a_file_is_taken_back_with_all_its_hashes(case: Case, ana: Actor) -> None:
    def hashed(kind: str, digits: str, **facts: Any) -> Item:
        return actions.add_item(case=case, kind="media", identifier=digits, facts={"hash_kind": kind, **facts}, by=ana, now=NOON)

    first = hashed("sha256", "ab" * 32)
    further = hashed("md5", "ab" * 16, same_file_as=first)
    sighting = actions.record_sighting(item=further, seen_at=NOON, by=ana, now=NOON)
    with pytest.raises(SomethingRestsOnIt):
        actions.take_back(case=case, fact=first, by=ana, now=LATER)
    actions.take_back(case=case, fact=sighting, by=ana, now=LATER)
    actions.take_back(case=case, fact=first, by=ana, now=LATER)
    assert not Item.objects.exists()
    assert not IndexTerm.objects.exists()


def test_telling_more_brings_nothing_back_that_the_desk_took_back(case: Case, ana: Actor) -> None:
    named = [actions.Named("account", "@someone")]
    actions.add_named(case=case, named=named, by=ana, now=NOON)
    actions.take_back(case=case, fact=Item.objects.get(), by=ana, now=NOON)
    actions.add_named(case=case, named=named, by=ana, now=LATER)
    assert Item.everything.count() == 1
