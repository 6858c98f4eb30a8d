"""Whoever is still telling while their case is handed over tells it to the organisation that has it; items and pictures go along."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.support.behind import behind
from tests.support.cast import NOON
from tests.support.two_people import agreed, approved, offered

from cairndesk.accounts.errors import ChangedMeanwhile
from cairndesk.accounts.rules import SYSTEM
from cairndesk.cases.actions import Named, add_item, add_person, amend_item, move, open_case
from cairndesk.cases.models import Case
from cairndesk.cases.rules import Stage
from cairndesk.custody.models import SealedItem
from cairndesk.custody.queries import unseal_fields, unseal_text
from cairndesk.custody.reach import sealed_below
from cairndesk.exchange import actions
from cairndesk.intake.actions import Filed, forget_reporter, raise_alarm, receive_report, send_message
from cairndesk.intake.facts import facts_of
from cairndesk.intake.models import Alarm, Draft, Message, Receipt
from cairndesk.intake.rules import Fragment, Kind, Mailbox
from cairndesk.response.queries.erasing import APART
from cairndesk.signals.models import MediaSighting

pytestmark = pytest.mark.django_db
PICTURE = f"width:64 height:64 size:9000 quality:100 md5:{'1' * 32} sha1:{'2' * 40} sha256:{'3' * 64}" + f" pdq:{'4' * 64}" * 8


@pytest.fixture
def desk(ring, one, two, data):
    agreed(one.pk, two.pk, now=NOON)
    return one


def page(desk, name, step, told, *, done=False):
    common = {"organisation": str(desk.pk), "hour": "2026-03-04T12:00Z", "draft": "a" * 32, "path": "child"}
    return Filed(name, desk.pk, Fragment(Kind.ANSWERS, step=step, counter=step, answers=told, done=done, **common))


def slip(desk, name, index):
    common = {"organisation": str(desk.pk), "hour": "2026-03-04T12:00Z", "draft": "a" * 32, "path": "child"}
    return Filed(name, desk.pk, Fragment(Kind.RECEIPT, receipt_index=index * 32, mailbox_public="c" * 64, **common))


def take(*files):
    receive_report(files=files, now=NOON)


def handed_over(case, two, sam, sue, lou) -> Case:
    return actions.accept_case(offer=offered(case, two, by=sam, other=sue, now=NOON), by=lou, now=NOON)


@pytest.fixture
def told(desk) -> Case:
    """A child said that it is happening now, and has not sent it yet."""
    raise_alarm(spool_name="n1", organisation=desk, now=NOON)
    take(page(desk, "n1", 1, {"danger": ["happening_now"]}))
    case = Case.objects.get()
    move(case=case, to=Stage.QUEUED, by=SYSTEM, now=NOON)
    return case


def test_who_goes_on_telling_tells_the_organisation_that_has_the_case_and_so_do_the_six_words(told, desk, two, sam, sue, lou):
    before = sealed_below(told, apart=APART)
    new = handed_over(told, two, sam, sue, lou)
    raise_alarm(spool_name="n2", organisation=desk, now=NOON)
    take(page(desk, "n2", 2, {"what": ["threatens"], "link": "https://x.example/2"}, done=True), slip(desk, "n3", "b"))
    all_of_it = {"danger": ["happening_now"], "what": ["threatens"], "link": "https://x.example/2"}
    assert unseal_fields(new.reports.get().told)["answers"] == all_of_it
    assert [unseal_text(item.identifier) for item in new.items.all()] == ["https://x.example/2"]
    # Nothing of it reaches those who gave the case away.
    assert "what" not in unseal_fields(told.reports.get().told)["answers"]
    assert not told.items.exists()
    assert Receipt.objects.get().case == new
    assert behind(new, Receipt.objects.get()).told.answers == all_of_it
    rings = Alarm.objects.filter(answered_at=None).order_by("pk").values_list("pk", "case", "organisation")
    assert list(rings) == [("n1", new.pk, two.pk), ("n2", new.pk, two.pk)]
    # Each erases what was sealed to it, and neither what was sealed to the other.
    assert before <= sealed_below(told, apart=APART)
    for case in (told, new):
        owners = SealedItem.objects.filter(pk__in=sealed_below(case, apart=APART)).values_list("organisation", flat=True)
        assert set(owners) == {case.organisation_id}


def test_once_the_new_organisation_erased_it_a_late_page_brings_nothing_back_to_it(told, desk, two, sam, sue, lou):
    new = handed_over(told, two, sam, sue, lou)
    forget_reporter(case=told, now=NOON)
    assert Draft.objects.get().erased_at is None
    forget_reporter(case=new, now=NOON)
    take(page(desk, "n2", 2, {"what": ["threatens"]}, done=True))
    assert list(unseal_fields(new.reports.get().told)["answers"]) == ["danger"]


def test_a_page_that_is_changed_after_the_hand_over_takes_the_place_of_its_first_words(told, desk, two, sam, sue, lou):
    new = handed_over(told, two, sam, sue, lou)
    take(page(desk, "n2", 1, {"danger": ["none"]}, done=True))
    assert unseal_fields(new.reports.get().told)["answers"] == {"danger": ["none"]}
    assert set(SealedItem.objects.filter(pk__in=sealed_below(new, apart=APART)).values_list("organisation", flat=True)) == {two.pk}


@pytest.fixture
def reported(desk) -> Case:
    named = [Named("url", "https://x.example/1"), Named("media", "5" * 64, hash_kind="sha256"), Named("account", "someone", service="harbour")]
    answers = {"what": ["threatens"], "picture": PICTURE}
    facts = facts_of(path="platform", language="en", channel="api", told=answers, state="done", source="platform", named=named)
    case = open_case(organisation=desk, report=facts, by=SYSTEM, now=NOON)
    move(case=case, to=Stage.QUEUED, by=SYSTEM, now=NOON)
    return case


def held(case):
    return {(one.kind, one.hash_kind, one.service, unseal_text(one.identifier)) for one in case.items.select_related("identifier")}


def test_what_a_machine_named_and_the_pictures_of_a_phone_go_along(reported, two, sam, sue, lou):
    first = add_item(case=reported, kind="media", identifier="6" * 64, facts={"hash_kind": "sha256", "media_type": "image"}, by=sam, now=NOON)
    add_item(case=reported, kind="media", identifier="7" * 32, facts={"hash_kind": "md5", "same_file_as": first}, by=sam, now=NOON)
    amend_item(item=first, facts={"realism": "photorealistic"}, by=sam, now=NOON)
    new = handed_over(reported, two, sam, sue, lou)
    assert held(reported) <= held(new)
    assert ("url", "not_asked", "", "https://x.example/1") in held(new)
    assert {"3" * 64, "4" * 64} <= {one[3] for one in held(new)}
    assert set(MediaSighting.objects.values_list("organisation", "case")) == {(two.pk, new.pk)}
    again = next(one for one in new.items.filter(hash_kind="md5") if unseal_text(one.identifier) == "7" * 32)
    assert unseal_text(again.same_file_as.identifier) == "6" * 64
    # Each organisation judges for itself.
    assert (again.same_file_as.media_type, again.same_file_as.realism) == ("image", "not_asked")
    assert {one.identifier.organisation for one in new.items.all()} == {two.pk}
    assert all(one.terms.exists() for one in new.items.all())


def test_what_belongs_to_a_child_of_concern_is_not_found_there_either(reported, two, sam, sue, lou):
    child = add_person(case=reported, role="person_of_concern", facts={"actor_age": "child"}, by=sam, now=NOON)
    mine = reported.items.get(kind="account")
    amend_item(item=mine, facts={"holder": child}, by=sam, now=NOON)
    new = handed_over(reported, two, sam, sue, lou)
    assert not new.items.get(kind="account").terms.exists()
    assert new.items.get(kind="url").terms.exists()


def test_an_item_that_was_added_after_it_was_asked_for_is_not_let_go_unseen(reported, two, sam, sue):
    request = actions.ask_to_offer(case=reported, to=two, reason="The child lives there.", by=sam, now=NOON)
    add_item(case=reported, kind="url", identifier="https://x.example/9", by=sam, now=NOON)
    with pytest.raises(ChangedMeanwhile):
        approved(request, sue, NOON)


def test_the_reporter_reads_who_has_the_report_and_who_wrote_which_message(told, desk, two, sam, sue, lou):
    take(slip(desk, "n3", "b"))
    send_message(case=told, words="We pass you on.", by=sam, now=NOON)
    assert [one.name for one in behind(told, Receipt.objects.get()).messages] == ["Cairn Desk One"]
    new = handed_over(told, two, sam, sue, lou)
    assert Receipt.objects.get().published_at is None
    move(case=new, to=Stage.QUEUED, by=SYSTEM, now=NOON)
    send_message(case=new, words="We go on.", by=replace(sam, organisation=two.pk), now=NOON + timedelta(hours=1))
    box = Mailbox.from_json(behind(new, Receipt.objects.get()).to_json())
    assert [(one.text, one.name) for one in box.messages] == [("We pass you on.", "Cairn Desk One"), ("We go on.", "Cairn Desk Two")]
    assert (box.holder, box.milestones[-1].code) == ("Cairn Desk Two", "handed_over")
    # One that was carried along before the name was kept bears none, rather than a wrong one.
    Message.objects.update(wrote=None, at=new.opened_at - timedelta(days=1))
    assert {one.name for one in behind(new, Receipt.objects.get()).messages} == {""}
