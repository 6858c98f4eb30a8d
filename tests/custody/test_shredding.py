"""What was destroyed opens for nobody: not with all keys, not in any copy of the desk, once a week has gone by.

`SOAK_SIZE` is how many things are sealed, half of them in the vault; half of all are destroyed.
"""

import os
import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pyrage
import pytest
from django.db import connection
from tests.custody.attacks.shredding import Loot, things_in, unpacked
from tests.custody.conftest import NOON, ONE, Doer
from tests.support.sweeping import until_swept

from cairndesk.custody import shred, shredding
from cairndesk.custody.actions import backup, destroy_object, erase, keep_object, lay_down_store, read_copy, seal, sealing_object
from cairndesk.custody.adapters import databases
from cairndesk.custody.models import SealedItem, SealedObject
from cairndesk.custody.rules import Purpose
from cairndesk.custody.sealing import keystore
from cairndesk.custody.sealing.keyring import Keyring

SIZE = int(os.environ.get("SOAK_SIZE", "50"))
IDENTITY = pyrage.x25519.Identity.generate()
# Things are sealed before each of the first three copies; half are destroyed right after the third.
COPIED, DESTROYED = (0, 4, 8, 9, 12, 15), 8
A_WEEK_LATER = timedelta(days=DESTROYED + 7, seconds=1)

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True, available_apps=["cairndesk.custody"])]


@dataclass
class World:
    """A desk that lived through it, and what each copy was when it was made."""

    data: Path
    copies: Path
    set_aside: Path
    destroyed: set[UUID]
    kept: list[set[UUID]]
    secrets: list[bytes]


@pytest.fixture
def world(ring: Keyring, settings: Any, tmp_path: Path) -> World:
    data = settings.DATA = tmp_path / "data"
    for folder in ("keys", "spool", "db"):
        (data / folder).mkdir(parents=True)
    keystore.save(ring, data / "keys" / keystore.RING, keystore.Lock.new_key_file(data / "keys" / keystore.KEY_FILE))
    lay_down_store()
    lived = World(data, tmp_path / "copies", tmp_path / "aside", set(), [], [])
    for folder in (lived.copies, lived.set_aside):
        folder.mkdir()
    for day in COPIED:
        if day <= DESTROYED:
            seal_some(SIZE // 6 + (SIZE % 6 > 0))
        copied(lived, day)
        if day == DESTROYED:
            destroy_half(lived)
    return lived


def seal_some(count: int) -> None:
    """So many in the database, and as many in the vault."""
    for number in range(count):
        seal(organisation=ONE, purpose=Purpose.NOTE, plain=f"what was told, number {number}", now=NOON)
        with sealing_object(organisation=ONE, purpose=Purpose.ORIGINAL, data=b"drawn by code %d" % number, now=NOON) as sealed:
            keep_object(sealed=sealed, by=Doer(), now=NOON)


def copied(lived: World, day: int) -> None:
    moment = timedelta(days=day) if day < COPIED[-1] else A_WEEK_LATER
    made = backup(to=lived.copies, recipient=str(IDENTITY.to_public()), now=NOON + moment)
    shutil.copy(lived.copies / made.shred, lived.set_aside)
    lived.kept.append(alive())


def alive() -> set[UUID]:
    items = SealedItem.objects.filter(erased_at=None).values_list("pk", flat=True)
    return {*items, *SealedObject.objects.filter(destroyed_at=None).values_list("pk", flat=True)}


def destroy_half(lived: World) -> None:
    items, originals = SealedItem.objects.order_by("pk"), SealedObject.objects.order_by("pk")
    gone, burnt = list(items[: items.count() // 2].values_list("pk", flat=True)), list(originals[: originals.count() // 2])
    lived.destroyed = {*gone, *(one.pk for one in burnt)}
    parts = shredding.store().parts()
    lived.secrets = [parts[item] for item in lived.destroyed]
    erase(items=gone, now=NOON + timedelta(days=DESTROYED))
    for one in burnt:
        destroy_object(sealed=one, by=Doer(), now=NOON + timedelta(days=DESTROYED))
    until_swept()


def stolen(lived: World, ring: Keyring, folder: Path, shred_copies: Path) -> tuple[Loot, list[Loot]]:
    """Everything together, and what lay in each copy by itself."""
    parts = [read_copy(path, identity=str(IDENTITY)) for path in sorted(shred_copies.glob("cairndesk-shred-*.age"))]
    parts.append(shredding.store().parts())
    each = []
    for number, copy in enumerate(sorted(lived.copies.glob("*.tar.age"))):
        laid_out = unpacked(copy, IDENTITY, folder / str(number))
        each.append(Loot(ring, things_in(laid_out, connection.vendor), parts))
    databases.copy(connection, folder / "live")
    shutil.copytree(lived.data / "vault", folder / "live" / "vault")
    live = things_in(folder / "live", connection.vendor)
    return Loot(ring, live.union(*(one.things for one in each)), parts), each


def test_with_every_copy_and_every_key_nothing_destroyed_opens_and_everything_else_does(world: World, ring: Keyring, tmp_path: Path) -> None:
    (tmp_path / "loot" / "live").mkdir(parents=True)
    everything, each = stolen(world, ring, tmp_path / "loot", world.copies)
    assert (len(each), len(world.destroyed) >= SIZE // 2 - 1) == (len(COPIED), True)
    assert {thing.id for thing in everything.things} >= world.destroyed
    opened = everything.opened()
    assert opened == world.kept[-1]
    assert not opened & world.destroyed
    # From each copy of the desk everything that was in it and lives still opens, with what is left of the shred store's copies.
    for copy, kept in zip(each, world.kept, strict=True):
        assert copy.opened() == kept - world.destroyed
        assert kept - world.destroyed


def test_the_same_thief_opens_all_of_it_with_a_copy_of_the_shred_store_that_was_kept_too_long(world: World, ring: Keyring, tmp_path: Path) -> None:
    (tmp_path / "loot" / "live").mkdir(parents=True)
    everything, _ = stolen(world, ring, tmp_path / "loot", world.set_aside)
    assert everything.opened() == world.kept[-1] | world.destroyed


def test_no_second_part_of_a_destroyed_key_lies_anywhere(world: World, tmp_path: Path) -> None:
    (tmp_path / "loot").mkdir()
    for number, copy in enumerate(world.copies.glob("*.tar.age")):
        unpacked(copy, IDENTITY, tmp_path / "loot" / str(number))
    left = [shred.to_bytes(read_copy(path, identity=str(IDENTITY))) for path in world.copies.glob("cairndesk-shred-*.age")]
    everywhere = left + [path.read_bytes() for folder in (tmp_path / "loot", world.data) for path in folder.rglob("*") if path.is_file()]
    # It was seen while it was there, so that not seeing it says something.
    before = b"".join(shred.to_bytes(read_copy(path, identity=str(IDENTITY))) for path in world.set_aside.iterdir())
    assert len(world.secrets) == len(world.destroyed)
    for second in world.secrets:
        assert second in before
        assert not any(second in content for content in everywhere)
