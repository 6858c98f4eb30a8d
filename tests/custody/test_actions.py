import hashlib
import hmac
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db.models import QuerySet
from tests.custody.conftest import NOON, ONE, TWO, Doer
from tests.support import append_only

from cairndesk.custody import access, queries
from cairndesk.custody.actions import log, make_checkpoint, record, record_all, record_closing, seal, seal_all
from cairndesk.custody.errors import CannotOpen, DeskLocked, TextInLog
from cairndesk.custody.ledger.note import open_note, read_verifier_key
from cairndesk.custody.ledger.proofs import inclusion
from cairndesk.custody.ledger.tree import leaf_hash
from cairndesk.custody.models import Checkpoint, LogEntry, LogHead, LogStretch, SealedItem
from cairndesk.custody.queries import entries_about, frontier_of, proofs_about, unseal, unseal_fields, unseal_text, verifier_key
from cairndesk.custody.rules import Event, Purpose
from cairndesk.custody.sealing.keyring import Keyring

pytestmark = pytest.mark.django_db


@pytest.mark.req("EVD-21")
def test_what_is_sealed_is_not_in_the_row_and_opens_again(ring: Keyring) -> None:
    item = seal(organisation=ONE, purpose=Purpose.NARRATIVE, plain="I told nobody yet.", now=NOON)
    kept = SealedItem.objects.get(id=item.id)
    assert b"nobody" not in bytes(kept.ciphertext) + bytes(kept.wrapped)
    assert unseal_text(kept) == "I told nobody yet."


def test_fields_come_back_as_fields(ring: Keyring) -> None:
    item = seal(organisation=ONE, purpose=Purpose.IDENTITY, plain={"name": "Noor", "age": 13}, now=NOON)
    assert unseal_fields(item) == {"name": "Noor", "age": 13}
    with pytest.raises(TypeError):
        unseal_text(item)


def test_short_and_shorter_answers_are_equally_long_once_sealed(ring: Keyring) -> None:
    lengths = {len(seal(organisation=ONE, purpose=Purpose.NOTE, plain=text, now=NOON).ciphertext) for text in ("yes", "I do not know")}
    assert len(lengths) == 1


def test_a_sealed_item_keeps_the_hour_only(ring: Keyring) -> None:
    assert seal(organisation=ONE, purpose=Purpose.NOTE, plain="x", now=NOON).sealed_at == NOON.replace(minute=0, second=0)


@pytest.mark.parametrize("change", [{"organisation": TWO}, {"purpose": Purpose.MESSAGE}, {"id": uuid4()}, {"suite": 9}])
def test_it_refuses_an_item_passed_off_as_another(ring: Keyring, change: dict[str, object]) -> None:
    item = seal(organisation=ONE, purpose=Purpose.NOTE, plain="x", now=NOON)
    for name, value in change.items():
        setattr(item, name, value)
    with pytest.raises(CannotOpen):
        unseal(item)


def test_a_locked_desk_says_so_and_may_be_tried_again(ring: Keyring) -> None:
    item = seal(organisation=ONE, purpose=Purpose.NOTE, plain="x", now=NOON)
    access.use(None)
    with pytest.raises(DeskLocked) as refused:
        unseal(item)
    assert refused.value.retryable


def test_entries_tell_the_story_of_one_subject_in_order() -> None:
    subject, other = uuid4(), uuid4()
    for about, count in ((subject, 1), (other, 2), (subject, 3)):
        record(event=Event.CUSTODY_ITEM_OPENED, subject_kind="case", subject=about, by=Doer(), now=NOON, detail={"count": count})
    lines = entries_about(subject)
    assert [(line.index, line.detail, line.actor, line.proof) for line in lines] == [
        (0, {"count": 1}, "ana-7f3a", "passkey"),
        (2, {"count": 3}, "ana-7f3a", "passkey"),
    ]
    assert lines[0].at == NOON


def test_entries_that_are_written_together_stand_in_their_order_and_cost_the_statements_of_one(ring: Keyring, django_assert_num_queries: Any) -> None:
    subject = uuid4()
    record(event=Event.CUSTODY_ITEM_OPENED, subject_kind="case", subject=uuid4(), by=Doer(), now=NOON)
    events = [(Event.CUSTODY_ITEM_OPENED, {"n": 1}), (Event.CUSTODY_BACKUP_MADE, {}), (Event.CUSTODY_ITEM_OPENED, {"n": 3})]
    with django_assert_num_queries(5):
        record_all(events=events, subject_kind="case", subject=subject, by=Doer(), now=NOON)
    assert [(line.index, line.event, line.detail) for line in entries_about(subject)] == [(n, *event) for n, event in enumerate(events, start=1)]
    assert queries.verify_log().ok


def test_of_entries_that_are_written_together_none_stands_where_one_holds_words() -> None:
    events = [(Event.CUSTODY_ITEM_OPENED, {"n": 1}), (Event.CUSTODY_ITEM_OPENED, {"note": "two words"})]
    with pytest.raises(TextInLog):
        record_all(events=events, subject_kind="case", subject=uuid4(), by=Doer(), now=NOON)
    assert not LogEntry.objects.exists()


def test_things_that_are_sealed_together_open_each_by_itself(ring: Keyring) -> None:
    items = seal_all(organisation=ONE, purpose=Purpose.NOTE, plains=["one", "two"], now=NOON)
    assert [unseal_text(SealedItem.objects.get(pk=item.pk)) for item in items] == ["one", "two"]
    assert len({bytes(item.wrapped) for item in items}) == 2


def test_a_demo_confirmation_is_visible_in_the_entry_itself() -> None:
    row = record(event=Event.CUSTODY_ITEM_OPENED, subject_kind="case", subject=uuid4(), by=Doer(proof="demo"), now=NOON)
    assert b'"authz":[1,"demo"]' in row.leaf


def test_neither_subject_nor_actor_nor_detail_is_in_the_entry() -> None:
    subject = uuid4()
    row = record(event=Event.CUSTODY_ITEM_OPENED, subject_kind="case", subject=subject, by=Doer(), now=NOON, detail={"stage": "queued"})
    assert not any(trace in row.leaf for trace in (str(subject).encode(), subject.hex.encode(), b"ana", b"queued", b"case"))


@pytest.mark.parametrize("value", ["two words", "a@b.example", "https://x.example", "198.51.100.7", "d41d8cd98f00b204e9800998ecf8427e", "x" * 65])
def test_it_refuses_words_addresses_and_hashes_in_the_log(value: str) -> None:
    with pytest.raises(TextInLog):
        record(event=Event.CUSTODY_ITEM_OPENED, subject_kind="case", subject=uuid4(), by=Doer(), now=NOON, detail={"note": value})
    assert not LogEntry.objects.exists()


def test_the_head_keeps_up_with_the_entries() -> None:
    rows = [record(event=Event.CUSTODY_ITEM_OPENED, subject_kind="case", subject=uuid4(), by=Doer(), now=NOON) for _ in range(7)]
    assert [row.index for row in rows] == list(range(7))
    assert frontier_of(LogHead.objects.get()).size == 7


def test_the_same_size_is_signed_once(ring: Keyring) -> None:
    record(event=Event.CUSTODY_ITEM_OPENED, subject_kind="case", subject=uuid4(), by=Doer(), now=NOON)
    assert make_checkpoint(now=NOON).note == make_checkpoint(now=NOON).note
    assert Checkpoint.objects.count() == 1


@pytest.mark.req("EVD-19")
def test_a_stranger_can_check_the_entries_of_one_subject_and_nothing_else(ring: Keyring) -> None:
    subject, other = uuid4(), uuid4()
    for about in (other, subject, other, subject, other, subject):
        record(event=Event.CUSTODY_ITEM_OPENED, subject_kind="case", subject=about, by=Doer(), now=NOON, detail={"n": 1})
    checkpoint = make_checkpoint(now=NOON)
    record(event=Event.CUSTODY_ITEM_OPENED, subject_kind="case", subject=subject, by=Doer(), now=NOON)
    proven = proofs_about(subject, checkpoint=checkpoint)
    name, public = read_verifier_key(verifier_key())
    assert [one.index for one in proven] == [1, 3, 5]
    for one, detail in zip(proven, (b'{"n":1}', b'{"n":1,"previous":1}', b'{"n":1,"previous":3}'), strict=True):
        assert one.proof.index == one.index
        assert one.proof.proves(leaf_hash(one.leaf), open_note(one.proof.checkpoint, name, public))
        held = json.loads(one.leaf)
        assert all(hmac.digest(key, value, "sha256").hex() == held[field] for field, (key, value) in one.opened.items())
        assert one.opened["d"][1] == detail


@pytest.mark.req("EVD-19")
def test_a_closing_entry_commits_to_the_last_entry_about_each_of_its_things_and_of_no_other(ring: Keyring) -> None:
    case, item, other = uuid4(), uuid4(), uuid4()
    for kind, about in (("case", case), ("item", item), ("item", other), ("item", item), ("case", case), ("item", other)):
        record(event=Event.CUSTODY_ITEM_OPENED, subject_kind=kind, subject=about, by=Doer(), now=NOON)
    told = {"event": Event.RESPONSE_PACKAGE_BUILT, "subject_kind": "case", "subject": case, "by": Doer(), "now": NOON}
    made = record_closing(**told, things=[case, item, uuid4()], detail={"names": 0})
    lines = sorted([f"{b64encode(b'case' + bytes(1) + case.bytes).decode()} 4\n", f"{b64encode(b'item' + bytes(1) + item.bytes).decode()} 3\n"])
    expected = urlsafe_b64encode(hashlib.sha256("".join(lines).encode()).digest()).decode().rstrip("=")
    assert (made.index, made.opening.detail) == (6, {"names": 0, "lasts": expected, "previous": 4})


@pytest.fixture
def stretches_of_four(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (queries, log):
        monkeypatch.setattr(module, "STRETCH", 4)


@pytest.mark.usefixtures("stretches_of_four")
@pytest.mark.parametrize(
    "forgotten",
    [lambda: LogStretch.objects.filter(index=-1), LogStretch.objects.all, lambda: LogStretch.objects.filter(index=0)],
    ids=["none", "all", "first"],
)
@pytest.mark.req("EVD-19")
def test_a_proof_that_reads_stretches_is_the_proof_over_the_whole_log(ring: Keyring, forgotten: Callable[[], QuerySet[LogStretch]]) -> None:
    subject = uuid4()
    for size in range(1, 14):
        record(event=Event.CUSTODY_ITEM_OPENED, subject_kind="case", subject=subject, by=Doer(), now=NOON)
        checkpoint = make_checkpoint(now=NOON)
        assert LogStretch.objects.count() == size // 4
        # All, as in a log whose last checkpoint is older than stretches are; or one before others that stay.
        append_only.lift()
        forgotten().delete()
        append_only.restore()
        leaves = [leaf_hash(bytes(entry.leaf)) for entry in LogEntry.objects.order_by("index")]
        assert {one.index: one.proof.path for one in proofs_about(subject, checkpoint=checkpoint)} == {n: inclusion(leaves, n) for n in range(size)}
        assert queries.verify_log().ok


@pytest.mark.usefixtures("stretches_of_four")
def test_a_false_root_of_a_stretch_is_seen(ring: Keyring) -> None:
    for _ in range(9):
        record(event=Event.CUSTODY_ITEM_OPENED, subject_kind="case", subject=uuid4(), by=Doer(), now=NOON)
    make_checkpoint(now=NOON)
    append_only.lift()
    LogStretch.objects.filter(index=1).update(root=bytes(32))
    assert "stretch 1" in queries.verify_log().first_problem
