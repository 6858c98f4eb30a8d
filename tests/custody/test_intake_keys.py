"""One intake key for each week: made ahead, never brought back, and destroyed for good once nothing is sealed to it any more."""

import base64
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyrage
import pytest
from django.db import transaction
from tests.custody.attacks.weeks import Thief
from tests.custody.conftest import NOON, ONE, TWO
from tests.support.threads import in_threads

from cairndesk.config import Config
from cairndesk.custody import access, shred, shredding
from cairndesk.custody.actions import (
    backup,
    check_parts,
    destroy_intake_keys,
    forget_destroyed,
    make_intake_key,
    put_back,
    rewrap_some,
    seal_all,
    settle_parts,
    sweep_intake_keys,
)
from cairndesk.custody.actions import intake_keys as intake_key_actions
from cairndesk.custody.actions.intake_keys import KEPT_FOR, LOOKS, WEEK
from cairndesk.custody.actions.rewrap import _context
from cairndesk.custody.actions.shred_copies import newest_beside, prune_copies, shred_copies
from cairndesk.custody.errors import BadRequest, CannotOpen, KeyringUnreadable, UnknownKey
from cairndesk.custody.kept import KeptRing
from cairndesk.custody.models import IntakeKey, LogEntry, SealedItem
from cairndesk.custody.queries import intake_keys, is_destroyed_key, unseal_text
from cairndesk.custody.rules import Purpose
from cairndesk.custody.sealing import hpke, intake, keystore, recovery
from cairndesk.custody.sealing.keyring import Keyring

DAY = timedelta(days=1)
OWNER = pyrage.x25519.Identity.generate()

pytestmark = pytest.mark.django_db(transaction=True, available_apps=["cairndesk.custody"])


@pytest.fixture
def desk(tmp_path: Path, settings: Any) -> Iterator[Config]:
    """A desk with its own ring in a file, a shred store, and an intake key of each organisation."""
    data = settings.DATA = tmp_path / "data"
    settings.CAIRNDESK = config = settings.CAIRNDESK.model_copy(update={"data": data})
    for folder in ("keys", "spool", "db", "shred", "vault"):
        (data / folder).mkdir(parents=True)
    (data / "db" / "argon2.salt").write_bytes(bytes(16))
    shred.create(data / shred.FOLDER / shred.NAME)
    access.create(config, Keyring.create([ONE, TWO]))
    for organisation in (ONE, TWO):
        make_intake_key(organisation=organisation, now=NOON)
    yield config
    access.use(None)
    shred.store_of.cache_clear()


def sealed_by_the_portal(now: datetime) -> bytes:
    """To the key that is in use at `now`, by what is published."""
    keys = [key for key in intake_keys(ONE) if key.opens_at <= now] or intake_keys(ONE)[:1]
    return hpke.seal(bytes(keys[-1].public), b"told", b"x")


def opens(sealed: bytes) -> bool:
    try:
        return access.keys().unseal(ONE, sealed, b"x") == b"told"
    except CannotOpen:
        return False


def lives_on(start: datetime, days: int, *, spool: list[bytes]) -> datetime:
    """What `work` does meanwhile, day by day; returns what time it is then."""
    for day in range(days):
        now = start + (day + 1) * DAY
        make_intake_key(organisation=ONE, now=now)
        destroy_intake_keys(organisation=ONE, in_use={hpke.sealed_to(one) for one in spool}, now=now)
    sweep_intake_keys()
    return start + days * DAY


def said() -> bytes:
    return b"".join(bytes(leaf) for leaf in LogEntry.objects.values_list("leaf", flat=True))


def test_each_week_has_a_key_and_the_next_one_is_there_two_days_ahead(desk: Config) -> None:
    seen = []
    for day in range(30):
        now = NOON + day * DAY
        make_intake_key(organisation=ONE, now=now)
        seen.append([key.number for key in intake_keys(ONE)])
        assert opens(sealed_by_the_portal(now))
    # Days 0 to 4 the first alone, then the next beside it, then that in its place.
    assert seen[:12] == [[1]] * 5 + [[1, 2]] * 2 + [[2]] * 5
    assert seen[28] == [5]
    assert check_parts().ok
    # Whoever looks at all parts of keys knows these as well.
    settle_parts(now=NOON + 90 * DAY, before=settle_parts(now=NOON + 90 * DAY))
    assert opens(sealed_by_the_portal(NOON + 30 * DAY))


def test_a_desk_that_was_away_for_weeks_has_a_key_for_now_at_once_and_opens_what_came_meanwhile(desk: Config) -> None:
    old, now = sealed_by_the_portal(NOON), NOON + 40 * DAY
    make_intake_key(organisation=ONE, now=now)
    assert [(key.number, key.opens_at) for key in intake_keys(ONE)] == [(2, now.replace(microsecond=0))]
    assert opens(old)


@pytest.mark.slow
@pytest.mark.req("EVD-21")
def test_a_key_goes_once_nothing_was_sealed_to_it_for_long_enough_and_not_before(desk: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake_key_actions, "LOOKS", KEPT_FOR.days)
    waits = sealed_by_the_portal(NOON)
    now = lives_on(NOON, 21, spool=[waits])
    assert opens(waits)
    assert b"custody.intake_key.destroyed" not in said()
    # It was taken in: from now on the time counts.
    now = lives_on(now, KEPT_FOR.days - 1, spool=[])
    assert opens(waits)
    assert is_destroyed_key(ONE, hpke.sealed_to(waits)) is False
    lives_on(now, 2, spool=[])
    assert not opens(waits)
    assert is_destroyed_key(ONE, hpke.sealed_to(waits)) is True
    assert is_destroyed_key(ONE, bytes(8)) is None
    assert b"custody.intake_key.destroyed" in said()
    gone = IntakeKey.objects.get(organisation=ONE, number=1)
    assert shredding.store().part(gone.pk) is None
    ring = keystore.load(access.folder(desk) / keystore.RING, access.lock(desk))
    assert bytes(gone.public) not in {week.public for week in ring.held.weeks[ONE]}
    # The other organisation's clock does not run with this one.
    assert [key.number for key in intake_keys(TWO)] == [1]


def due(number: int, now: datetime) -> None:
    """As if it had been looked for long enough, without anything being sealed to that key."""
    IntakeKey.objects.filter(organisation=ONE, number=number).update(unused_since=now - KEPT_FOR, looks=LOOKS)


def with_one_destroyed(now: datetime = NOON + WEEK) -> bytes:
    """Afterwards the first week is destroyed; returns what was sealed to it."""
    sealed = sealed_by_the_portal(NOON)
    make_intake_key(organisation=ONE, now=now)
    due(1, now)
    assert destroy_intake_keys(organisation=ONE, in_use=(), now=now) == 1
    sweep_intake_keys()
    return sealed


@pytest.mark.slow
@pytest.mark.req("EVD-21")
def test_a_thief_with_every_copy_and_every_key_cannot_read_what_was_sealed_to_a_destroyed_week(desk: Config, tmp_path: Path) -> None:
    recipient, sheets = recovery.create(shares=3, need=2)
    access.set_recovery(desk, access.unlock(desk), recipient)
    files = {NOON: sealed_by_the_portal(NOON)}
    (copies := tmp_path / "copies").mkdir()
    rings, halves = [], []

    def steal(now: datetime) -> None:
        backup(to=copies, recipient=str(OWNER.to_public()), now=now, data=desk.data)
        rings.append(keystore.load(access.folder(desk) / keystore.RING, access.lock(desk)))
        rings.append(access.open_by_sheets(access.folder(desk), recovery.combine(sheets)))

    steal(NOON)
    with_one_destroyed()
    destroyed, later = NOON + WEEK, NOON + 2 * WEEK
    files[destroyed] = sealed_by_the_portal(destroyed)
    steal(destroyed)
    kept_too_long = [shred_parts(path.path) for path in shred_copies(copies)]
    prune_copies(shredding.store(), now=later + DAY)
    steal(later + DAY)
    halves = [shredding.store().parts(), *(shred_parts(path.path) for path in shred_copies(copies))]
    thief = Thief(rings, halves)
    assert {at: thief.opens(ONE, file, b"x") for at, file in files.items()} == {NOON: False, destroyed: True}
    # With copies of the shred store that somebody kept for longer the same code opens both: it is not the attack that fails.
    assert Thief(rings, [*halves, *kept_too_long]).opens(ONE, files[NOON], b"x")


def shred_parts(copy: Path) -> dict[Any, bytes]:
    return shred.from_bytes(pyrage.decrypt(copy.read_bytes(), [OWNER]))


def test_a_copy_of_the_shred_store_that_is_put_back_brings_no_destroyed_key_back(desk: Config, tmp_path: Path) -> None:
    (copies := tmp_path / "copies").mkdir()
    backup(to=copies, recipient=str(OWNER.to_public()), now=NOON, data=desk.data)
    before = keystore.load(access.folder(desk) / keystore.RING, access.lock(desk))
    sealed = with_one_destroyed()
    shredding.store().path.unlink()
    put_back(newest_beside(copies / "any") or Path(), identity=str(OWNER))
    before.second_of = shredding.store().part
    assert before.unseal(ONE, sealed, b"x") == b"told"
    forget_destroyed()
    with pytest.raises(CannotOpen):
        before.unseal(ONE, sealed, b"x")


def test_a_clock_that_goes_back_brings_no_old_key_back_and_one_that_leaps_forward_destroys_none(desk: Config) -> None:
    sealed = sealed_by_the_portal(NOON)
    for day in (6, 7, 8):
        make_intake_key(organisation=ONE, now=NOON + day * DAY)
    assert [key.number for key in intake_keys(ONE)] == [2]
    for now in (NOON, NOON - 400 * DAY):
        make_intake_key(organisation=ONE, now=now)
        assert min(key.number for key in intake_keys(ONE)) >= 2
    for now in (NOON + 9 * DAY, NOON + 4000 * DAY, NOON + 8000 * DAY):
        destroy_intake_keys(organisation=ONE, in_use=(), now=now)
    assert opens(sealed)
    # A key that was made for a time which a wrong clock told is passed over once that is right again.
    make_intake_key(organisation=ONE, now=NOON + 4000 * DAY)
    make_intake_key(organisation=ONE, now=NOON + 9 * DAY)
    assert [key.opens_at for key in intake_keys(ONE)] == [(NOON + 9 * DAY).replace(microsecond=0)]


def test_a_key_that_lost_its_half_is_given_out_no_more(desk: Config) -> None:
    lost = intake_keys(ONE)[0]
    shredding.store().forget([lost.pk])
    make_intake_key(organisation=ONE, now=NOON + DAY)
    assert [key.number for key in intake_keys(ONE)] == [2]
    assert opens(sealed_by_the_portal(NOON + DAY))
    # Its row stays as it is: the right store may come back.
    assert IntakeKey.objects.get(pk=lost.pk).destroyed_at is None


def test_the_desk_vouches_for_no_key_that_somebody_else_made(desk: Config) -> None:
    mine = hpke.generate()[1]
    with pytest.raises(BadRequest):
        access.keys().sign("log", intake.statement(organisation=ONE, number=9, opens=0, public=mine))


# The ring in its file


def test_a_desk_whose_ring_is_open_takes_up_what_another_process_added(desk: Config) -> None:
    here, there = access.unlock(desk), access.unlock(desk)
    make_intake_key(organisation=ONE, now=NOON + 5 * DAY)
    sealed = sealed_by_the_portal(NOON + WEEK)
    assert hpke.sealed_to(sealed) == intake.WeekKey(bytes(intake_keys(ONE)[-1].public), b"").id
    assert here.unseal(ONE, sealed, b"x") == there.unseal(ONE, sealed, b"x") == b"told"
    with pytest.raises(UnknownKey):
        here.unseal(ONE, hpke.seal(hpke.generate()[1], b"told", b"x"), b"x")


def test_no_key_is_lost_where_several_processes_add_at_once(desk: Config) -> None:
    keys = [intake_keys(TWO)[0].pk for _ in range(6)]
    rings = [access.unlock(desk) for _ in keys]
    made = in_threads(*[lambda ring=ring, key=key: ring.add_intake(TWO, key, bytes(32), 9, 0) for ring, key in zip(rings, keys, strict=True)])  # type: ignore[misc]
    saved = keystore.load(access.folder(desk) / keystore.RING, access.lock(desk))
    assert {one[:32] for one in made} <= {week.public for week in saved.held.weeks[TWO]}


def test_a_ring_that_cannot_be_read_anew_goes_on_with_what_it_holds(desk: Config) -> None:
    ring, sealed = access.unlock(desk), sealed_by_the_portal(NOON)
    (access.folder(desk) / keystore.RING).write_bytes(b"damaged")
    assert ring.unseal(ONE, sealed, b"x") == b"told"
    with pytest.raises(UnknownKey):
        ring.unseal(ONE, hpke.seal(hpke.generate()[1], b"told", b"x"), b"x")
    with pytest.raises(KeyringUnreadable):
        ring.add_organisation(ONE)


# Desks of an older version


@pytest.fixture
def older(desk: Config) -> tuple[bytes, bytes]:
    """The desk as an upgrade finds it: one intake key of each organisation, to which everything is sealed; returns a file and its key."""
    held = json.loads(access.keys().to_bytes())  # type: ignore[attr-defined]
    private, public = hpke.generate()
    old = {"v": 1, "index": held["index"], "signing": held["signing"], "intake": {str(ONE): [base64.b64encode(private).decode()]}}
    ring = Keyring.from_bytes(json.dumps(old).encode())
    keystore.save(ring, access.folder(desk) / keystore.RING, access.lock(desk))
    IntakeKey.objects.all().delete()
    IntakeKey.objects.create(organisation=ONE, number=1, public=public, signature=b"", opens_at=NOON, opened_at=NOON)
    access.unlock(desk)
    return hpke.seal(public, b"told", b"x"), public


def under_the_old_key(public: bytes, words: list[str]) -> list[SealedItem]:
    """Items as the older version sealed them."""
    with transaction.atomic():
        kept = seal_all(organisation=ONE, purpose=Purpose.NOTE, plains=words, now=NOON)
    for item in kept:
        first = access.keys().unseal(ONE, bytes(item.wrapped), _context(item))
        SealedItem.objects.filter(pk=item.pk).update(wrapped=hpke.seal(public, first, _context(item)), under_own=False)
    return kept


def rewrap_all() -> int:
    done, after = rewrap_some(after=None, now=NOON)
    while after:
        more, after = rewrap_some(after=after, now=NOON)
        done += more
    return done


def test_the_one_key_of_an_older_desk_becomes_week_one_and_goes_once_everything_is_rewrapped(desk: Config, older: tuple[bytes, bytes]) -> None:
    waits, public = older
    kept = under_the_old_key(public, ["one", "two", "three"])
    ciphertexts = list(SealedItem.objects.order_by("pk").values_list("ciphertext", flat=True))
    assert intake_keys(ONE) == []
    make_intake_key(organisation=ONE, now=NOON + DAY)
    assert [key.number for key in intake_keys(ONE)] == [2]
    assert opens(waits)
    assert [unseal_text(SealedItem.objects.get(pk=item.pk)) for item in kept] == ["one", "two", "three"]
    due(1, NOON + 20 * DAY)
    assert destroy_intake_keys(organisation=ONE, in_use=(), now=NOON + 20 * DAY) == 0
    assert rewrap_all() == 3
    assert b"custody.keys.rewrapped" in said()
    due(1, NOON + 20 * DAY)
    assert destroy_intake_keys(organisation=ONE, in_use=(), now=NOON + 20 * DAY) == 1
    sweep_intake_keys()
    assert not opens(waits)
    assert [unseal_text(SealedItem.objects.get(pk=item.pk)) for item in kept] == ["one", "two", "three"]
    assert list(SealedItem.objects.order_by("pk").values_list("ciphertext", flat=True)) == ciphertexts
    assert rewrap_all() == 0


def test_one_that_does_not_open_keeps_no_other_from_its_turn_and_its_key_from_going(desk: Config, older: tuple[bytes, bytes]) -> None:
    kept = under_the_old_key(older[1], ["one", "two", "three"])
    SealedItem.objects.filter(pk=kept[1].pk).update(wrapped=hpke.seal(hpke.generate()[1], bytes(32), b"x"))
    assert rewrap_all() == 2
    assert SealedItem.objects.get(under_own=False).pk == kept[1].pk
    make_intake_key(organisation=ONE, now=NOON + DAY)
    due(1, NOON + 20 * DAY)
    assert destroy_intake_keys(organisation=ONE, in_use=(), now=NOON + 20 * DAY) == 0


def test_an_item_that_is_erased_while_its_key_is_wrapped_anew_gets_no_key_back(
    desk: Config, older: tuple[bytes, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    [item] = under_the_old_key(older[1], ["one"])
    rewrap = KeptRing.rewrap

    def meanwhile(self: KeptRing, *given: Any) -> list[bytes]:
        SealedItem.objects.filter(pk=item.pk).update(wrapped=b"", ciphertext=b"", erased_at=NOON)
        return rewrap(self, *given)

    monkeypatch.setattr(KeptRing, "rewrap", meanwhile)
    assert rewrap_all() == 0
    assert bytes(SealedItem.objects.get(pk=item.pk).wrapped) == b""
