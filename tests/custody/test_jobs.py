from uuid import uuid4

import pytest
from tests.custody.conftest import NOON, Doer

from cairndesk.custody import access
from cairndesk.custody.actions import make_checkpoint, record
from cairndesk.custody.errors import DeskLocked
from cairndesk.custody.jobs import LANES, sign_the_log
from cairndesk.custody.ledger.entry import decode
from cairndesk.custody.models import Checkpoint, LogEntry, LogOpening
from cairndesk.custody.queries import unsigned_entries, verify_log
from cairndesk.custody.rules import Event
from cairndesk.custody.sealing.keyring import Keyring

pytestmark = pytest.mark.django_db


def write(count: int) -> None:
    for _ in range(count):
        record(event=Event.CUSTODY_ITEM_OPENED, subject_kind="case", subject=uuid4(), by=Doer(), now=NOON)


def test_every_beat_signs_what_is_new_and_nothing_twice(ring: Keyring) -> None:
    write(3)
    assert [sign_the_log(), sign_the_log()] == [3, 0]
    write(2)
    assert sign_the_log() == 2
    assert list(Checkpoint.objects.order_by("size").values_list("size", flat=True)) == [3, 5]
    assert verify_log().ok


@pytest.mark.req("EVD-19")
def test_a_checkpoint_for_others_is_filled_up_and_the_filling_is_about_nothing(ring: Keyring) -> None:
    write(3)
    sizes = [make_checkpoint(now=NOON, padded=True).size for _ in range(2)]
    write(1)
    assert [*sizes, make_checkpoint(now=NOON, padded=True).size] == [64, 64, 128]
    assert LogOpening.objects.count() == 4
    fillings = [decode(bytes(one.leaf)) for one in LogEntry.objects.filter(opening=None)]
    assert {(one.type, one.proof) for one in fillings} == {("custody.log.padded", "system")}
    # Three random commitments each, of which none comes twice.
    assert len({part for one in fillings for part in (one.subject, one.actor, one.detail)}) == 3 * len(fillings) == 3 * 124
    assert verify_log().ok


def test_an_empty_log_is_not_signed(ring: Keyring) -> None:
    assert sign_the_log() == 0
    assert not Checkpoint.objects.exists()


def test_a_locked_desk_leaves_the_entries_for_the_next_beat() -> None:
    access.use(None)
    write(1)
    with pytest.raises(DeskLocked):
        sign_the_log()
    assert unsigned_entries() == 1


def test_the_worker_knows_the_lane() -> None:
    assert [(lane.name, lane.every) for lane in LANES] == [
        ("custody.reserve", 2.0),
        ("custody.sign", 600.0),
        ("custody.sweep", 30.0),
        ("custody.vault", 600.0),
        ("custody.carry", 30.0),
        ("custody.parts", 600.0),
        ("custody.rewrap", 30.0),
        ("custody.canaries", 3600.0),
        ("custody.count", 86400.0),
    ]
