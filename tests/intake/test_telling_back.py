"""What the reporter finds behind the receipt, and that nobody else does."""

from datetime import timedelta

import pytest
from structlog.testing import capture_logs
from tests.support.cast import NOON
from tests.support.threads import in_threads
from tests.support.turning import size, watched

from cairndesk.accounts.errors import OtherOrganisation
from cairndesk.cases.actions import add_item, add_person, claim, move, seal_identity
from cairndesk.cases.models import Case
from cairndesk.cases.rules import Stage
from cairndesk.custody.actions import erase
from cairndesk.custody.errors import CannotOpen
from cairndesk.custody.models import SealedItem
from cairndesk.custody.queries import entries_about, intake_keys, verifier_key
from cairndesk.custody.sealing import hpke
from cairndesk.directory import actions as directory
from cairndesk.insight.jobs import publish_tables
from cairndesk.insight.words import STAFF_ONLY, TITLES, UNITS
from cairndesk.intake import actions, errors, jobs, publish, receipt
from cairndesk.intake.models import Receipt
from cairndesk.intake.published import Published
from cairndesk.intake.rules import Kind, Mailbox, Path, mailbox_context
from cairndesk.lib.ids import new_id

pytestmark = pytest.mark.django_db


@pytest.fixture
def taken(ring, one, cal, data):
    return actions.take_report(organisation=one, path=Path.CARER, language="en", channel="phone", told={"what": ["found"]}, by=cal, now=NOON)


def opened(data, words) -> Mailbox:
    held = receipt.stretch(words, salt=publish.ensure_salt(), cost=receipt.Cost(8, 1))
    sealed = Published(data / "published").mailbox(held.index)
    return Mailbox.from_json(hpke.unseal(held.private, sealed, mailbox_context(held.index)))


@pytest.mark.req("INT-07")
def test_a_call_becomes_a_case_and_the_caller_gets_six_words(taken):
    assert (taken.case.reports.get().channel, taken.case.reports.get().source) == ("phone", "carer")
    assert len(taken.words) == 6
    assert not set(taken.words) & set(str(Receipt.objects.get().__dict__).split())


def test_a_call_in_which_nothing_was_told_opens_no_case(ring, one, cal, data):
    with pytest.raises(errors.NothingTold):
        actions.take_report(organisation=one, path=Path.CHILD, language="en", channel="phone", told={"age": "13_15"}, by=cal, now=NOON)
    assert not Case.objects.exists()


def test_the_form_of_a_call_sent_twice_opens_one_case(ring, one, cal, data):
    held = {"organisation": one, "path": Path.CARER, "language": "en", "channel": "phone", "told": {"what": ["found"]}, "by": cal, "now": NOON}
    form = new_id()
    actions.take_report(**held, once=form)
    with pytest.raises(errors.TakenAlready):
        actions.take_report(**held, once=form)
    assert Case.objects.count() == 1
    actions.take_report(**held, once=new_id())
    assert Case.objects.count() == 2


@pytest.mark.req("INT-10", "INT-25")
def test_the_six_words_open_milestones_outcome_and_messages(taken, data, sam, ana):
    move(case=taken.case, to=Stage.QUEUED, by=sam, now=NOON)
    claim(case=taken.case, by=ana, now=NOON)
    move(case=taken.case, to=Stage.REVIEWING, by=ana, now=NOON + timedelta(hours=2))
    actions.send_message(case=taken.case, words="We are looking at it.", by=ana, now=NOON + timedelta(hours=3))
    actions.tell_milestone(case=taken.case, code="removed", by=ana, now=NOON + timedelta(hours=4))
    publish.publish_changes(now=NOON + timedelta(hours=5))
    box = opened(data, taken.words)
    assert [(stone.code, stone.hour - NOON) for stone in box.milestones] == [
        ("received", timedelta(0)),
        ("seen", timedelta(hours=2)),
        ("removed", timedelta(hours=4)),
    ]
    assert [(message.sender, message.text) for message in box.messages] == [("desk", "We are looking at it.")]


def test_a_mailbox_is_laid_out_anew_only_when_something_happened(taken, sam):
    assert publish.publish_changes(now=NOON) > 0
    assert publish.publish_changes(now=NOON + timedelta(seconds=5)) == 0
    move(case=taken.case, to=Stage.QUEUED, by=sam, now=NOON + timedelta(minutes=1))
    assert publish.publish_changes(now=NOON + timedelta(minutes=2)) == 1


def test_the_published_file_says_nothing_without_the_words(taken, data, sam):
    actions.send_message(case=taken.case, words="canary-7715", by=sam, now=NOON)
    publish.publish_changes(now=NOON)
    sealed = (data / "published" / "mailboxes" / Receipt.objects.get().index).read_bytes()
    assert b"canary-7715" not in sealed
    stranger, _ = hpke.generate()
    with pytest.raises(CannotOpen):
        hpke.unseal(stranger, sealed, mailbox_context(Receipt.objects.get().index))


@pytest.mark.req("PRI-17")
def test_a_mailbox_goes_with_the_first_turn_after_the_erasure_because_a_kept_file_would_open_with_the_words_alone(taken, data):
    publish.publish_changes(now=NOON)
    [path] = (data / "published" / "mailboxes").iterdir()
    kept = path.read_bytes()
    items = [report.told_id for report in taken.case.reports.all()]
    actions.forget_reporter(case=taken.case, now=NOON)
    erase(items=items, now=NOON)
    publish.publish_changes(now=NOON + timedelta(seconds=2))
    assert not path.exists()
    # The limit that docs/security.md names: whoever kept the file and has the words still reads the account; whoever lacks the words does not.
    path.write_bytes(kept)
    assert opened(data, taken.words).told.answers == {"what": ["found"]}
    with pytest.raises(CannotOpen):
        hpke.unseal(hpke.generate()[0], kept, mailbox_context(path.name))


def test_the_size_of_a_mailbox_does_not_tell_how_much_was_written(taken, data, sam):
    publish.publish_changes(now=NOON)
    path = data / "published" / "mailboxes" / Receipt.objects.get().index
    before = path.stat().st_size
    actions.send_message(case=taken.case, words="A longer message. " * 40, by=sam, now=NOON)
    publish.publish_changes(now=NOON + timedelta(minutes=1))
    assert path.stat().st_size == before


@pytest.mark.slow
@pytest.mark.req("REF-03")
def test_the_portal_reads_everything_that_work_lays_out(ring, one, two, data, lia):
    helpline = {"kind": "helpline", "name": "Demo Helpline", "country": "XA", "languages": ["en"], "phone": "555-0116", "cost": "free"}
    emergency = {"kind": "emergency", "name": "Emergency", "country": "XA", "languages": ["en"], "phone": "555-0112"}
    own = {"kind": "self_concern", "name": "Own Thoughts", "country": "XA", "languages": ["en"], "phone": "555-0133", "visit": "Mill Lane 1"}
    known = {"chat": "https://chat.example", "email": "a@help.example", "ages_from": 8, "ages_to": 25, "genders": ["all"], "expertise": ["online"]}
    for fields in (helpline | known, emergency, own):
        directory.check_contact(entry=directory.add_service(fields=fields, by=lia, now=NOON), checked_on=NOON.date(), by=lia, now=NOON)
    directory.add_service(fields=helpline | {"name": "Nobody has tried this one"}, by=lia, now=NOON)
    publish.publish_changes(now=NOON)
    publish_tables()
    shown = Published(data / "published", verifier_key())
    assert [(desk.id, desk.key_at(NOON)) for desk in shown.desks()] == [(row.pk, bytes(intake_keys(row.pk)[0].public)) for row in (one, two)]
    assert [(contact.kind, contact.phone, contact.checked_on) for contact in shown.contacts()] == [
        ("emergency", "555-0112", NOON.date()),
        ("helpline", "555-0116", NOON.date()),
        ("self_concern", "555-0133", NOON.date()),
    ]
    read = shown.contacts()[1]
    assert {name: getattr(read, name) for name in known} == known | {"genders": ("all",), "expertise": ("online",)}
    assert shown.contacts()[2].visit == "Mill Lane 1"
    # Tables of a unit are laid out once there is material that is counted in it.
    always = [name for name in TITLES if not name.startswith(tuple(UNITS)) and name not in STAFF_ONLY]
    assert [len(shown.tables(slug)[1]) for slug in ("one", "two", "three")] == [len(always), len(always), 0]
    assert shown.salt() == publish.ensure_salt()


@pytest.mark.slow
@pytest.mark.req("PRI-12")
def test_nobody_who_is_named_in_a_case_is_named_in_what_is_published(taken, data, ana):
    Case.objects.update(stage=Stage.QUEUED)
    taken.case.refresh_from_db()
    person = add_person(case=taken.case, role="person_of_concern", facts={"allegation": "alleged"}, by=ana, now=NOON)
    seal_identity(person=person, identity={"name": "canary-name"}, by=ana, now=NOON)
    add_item(case=taken.case, kind="account", identifier="canary-account", facts={"holder": person}, by=ana, now=NOON)
    publish.publish_changes(now=NOON)
    publish_tables()
    laid_out = [path.read_bytes() for path in (data / "published").rglob("*") if path.is_file()]
    assert len(laid_out) > 3
    assert not any(word in held for held in laid_out for word in (b"canary", b"person_of_concern", str(person.pk).encode()))


def test_a_receipt_is_taken_down_a_year_after_the_case_was_closed(taken, data):
    publish.publish_changes(now=NOON)
    path = data / "published" / "mailboxes" / Receipt.objects.get().index
    Case.objects.update(stage=Stage.CLOSED, closed_at=NOON)
    publish.publish_changes(now=NOON + timedelta(days=364))
    assert path.exists()
    publish.publish_changes(now=NOON + timedelta(days=366))
    assert not path.exists()


def test_a_mailbox_whose_item_is_damaged_keeps_no_other_from_its_turn_and_none_from_being_taken_down(taken, data, sam, one, cal):
    call = {"organisation": one, "path": Path.CARER, "language": "en", "channel": "phone", "told": {"what": ["found"]}, "by": cal}
    other, third = actions.take_report(**call, now=NOON), actions.take_report(**call, now=NOON)
    publish.publish_changes(now=NOON)
    boxes = data / "published" / "mailboxes"
    [gone] = boxes.glob(third.case.receipts.get().index)
    for one_of in (taken, other):
        actions.send_message(case=one_of.case, words="We saw it.", by=sam, now=NOON + timedelta(minutes=1))
    SealedItem.objects.filter(pk=taken.case.messages.get().text_id).update(ciphertext=b"damaged")
    Case.objects.filter(pk=third.case.pk).update(stage=Stage.CLOSED, closed_at=NOON - timedelta(days=400))
    with capture_logs() as said:
        assert publish.publish_changes(now=NOON + timedelta(minutes=2)) == 2
        # It is tried again, but not in every turn.
        assert publish.publish_changes(now=NOON + timedelta(minutes=2, seconds=2)) == 0
    assert [(line["event"], line["code"], line["case"]) for line in said] == [("mailbox_not_laid_out", "custody.cannot_open", str(taken.case.pk))]
    assert not gone.exists()
    assert [len(opened(data, held.words).messages) for held in (taken, other)] == [0, 1]


def test_an_empty_message_is_not_sent(taken, sam):
    with pytest.raises(errors.NothingTold):
        actions.send_message(case=taken.case, words=" \u202e ", by=sam, now=NOON)


def test_an_answer_sent_twice_is_one_message(taken, sam, ana):
    for by, words in ((sam, "We saw it."), (sam, "We saw it."), (ana, "We saw it."), (sam, "We saw it.")):
        actions.send_message(case=taken.case, words=words, by=by, now=NOON)
    assert [message.author for message in taken.case.messages.order_by("pk")] == [sam.pseudonym, ana.pseudonym, sam.pseudonym]


@pytest.mark.req("INT-02")
def test_ola_can_neither_write_to_nor_read_the_reporter_of_another_organisation(taken, ola):
    with pytest.raises(OtherOrganisation):
        actions.send_message(case=taken.case, words="hello", by=ola, now=NOON)
    with pytest.raises(OtherOrganisation):
        actions.read_messages(case=taken.case, by=ola, now=NOON)


@pytest.mark.req("INT-25")
def test_what_was_answered_beside_a_message_is_read_with_it(taken, put, spool, sam):
    index = Receipt.objects.get().index
    beside = {"safe_contact": "no", "link": "https://site.example/again"}
    put(beside, kind=Kind.MESSAGE, receipt_index=index, text="It came back.")
    put({"link": "https://site.example/only"}, kind=Kind.MESSAGE, receipt_index=index, text="https://site.example/only")
    jobs.drain(spool)
    first, second = actions.read_messages(case=taken.case, by=sam, now=NOON)
    assert first.words == "It came back."
    assert [line.asked for line in first.lines] == ["Address", "Safe to write back"]
    assert "hxxps" in first.lines[0].answer
    assert (first.lines[1].answer, second.words, len(second.lines)) == ("no", "", 1)


@pytest.mark.req("EVD-19")
def test_reading_the_conversation_is_one_entry_in_the_log_before_a_key_turns(taken, put, spool, sam):
    index = Receipt.objects.get().index
    for text in ("It came back.", "And again."):
        put({}, kind=Kind.MESSAGE, receipt_index=index, text=text)
    jobs.drain(spool)
    # The first opening gives the grant under which all of them stand.
    actions.read_messages(case=taken.case, by=sam, now=NOON)
    before = size()
    with watched() as keys:
        messages = actions.read_messages(case=taken.case, by=sam, now=NOON)
    assert (len(messages), keys.turned, keys.early, size()) == (2, 2, 0, before + 1)
    said = entries_about(taken.case.pk)[-1]
    assert (said.event, said.detail["items"]) == ("intake.messages.read", 2)


def test_two_processes_that_both_come_first_agree_on_one_salt(data):
    salts = in_threads(*[publish.ensure_salt] * 8)
    assert len(set(salts)) == 1
    assert [path.name for path in (data / "db").iterdir()] == ["argon2.salt"]
