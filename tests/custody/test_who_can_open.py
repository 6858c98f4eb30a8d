"""Who can open what: each secret is taken away in turn, and all others are tried; no key opens what its line in docs/cryptography.md does not say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pyrage
import pytest
from tests.house.tree import page_writer

from cairndesk.custody import access
from cairndesk.custody.actions import copies
from cairndesk.custody.errors import CustodyError
from cairndesk.custody.sealing import hpke, items, keystore, objects, recovery
from cairndesk.custody.sealing.intake import WeekKey
from cairndesk.custody.sealing.keyring import Keyring, Secrets
from cairndesk.exchange.formats import seal
from cairndesk.intake.receipt import Cost, draw, stretch
from cairndesk.lib.ids import new_id

pytestmark = pytest.mark.req("PRI-08")
SAID = {one["what"]: one["needs"] for one in page_writer("algorithms").described()["sealed"]}
OWN, HALF, WEEK, SECOND = (
    "the organisation's key on the keyring",
    "the half of the week's key on the keyring",
    "the half of the week's key in the shred store",
    "the item's second part in the shred store",
)
PLAIN = b"what was told"
US, OTHERS = new_id(), new_id()


@dataclass
class Desk:
    """Every secret of a desk of two organisations by its name; one that was taken away is there no more or is another one."""

    held: dict[str, bytes]
    week: UUID
    public: bytes

    @classmethod
    def founded(cls) -> "Desk":
        ring, week, second = Keyring.create([US, OTHERS]), new_id(), b"\1" * 32
        said = ring.add_intake(US, week, second, number=1, opens=0)
        held = {"index": ring.held.index, "of others": ring.held.own[OTHERS].private, OWN: ring.held.own[US].private}
        held |= {f"signing {purpose}": seed for purpose, seed in ring.held.signing.items()}
        held |= {HALF: ring.held.weeks[US][0].held, WEEK: second, SECOND: b"\2" * 32}
        return cls(held, week, said[:32])

    def without(self, *names: str) -> "Desk":
        return Desk({name: secret for name, secret in self.held.items() if name not in names}, self.week, self.public)

    def ring(self) -> Keyring:
        own = {us: hpke.Opener(self.held[name]) for us, name in ((US, OWN), (OTHERS, "of others")) if name in self.held}
        signing = {name.removeprefix("signing "): seed for name, seed in self.held.items() if name.startswith("signing ")}
        weeks = {US: (WeekKey(self.public, self.held[HALF], self.week),)} if HALF in self.held else {}
        return Keyring(Secrets(index=self.held.get("index", bytes(32)), signing=signing, own=own, weeks=weeks), lambda _: self.held.get(WEEK))

    def part(self, _: UUID) -> bytes:
        # Without the second part somebody can only try something else in its place.
        return self.held.get(SECOND, bytes(32))


Opens = Callable[[Desk], bytes]


def spooled(desk: Desk) -> Opens:
    blob = hpke.seal(desk.public, PLAIN, b"here")
    return lambda held: held.ring().unseal(US, blob, b"here")


def kept(desk: Desk) -> Opens:
    about = {"organisation": US, "item": new_id(), "purpose": "told"}
    sealed = items.seal(desk.ring().own_public(US), desk.held[SECOND], PLAIN, **about)  # type: ignore[arg-type]
    return lambda held: items.unseal(held.ring(), held.part, sealed, **about)  # type: ignore[arg-type]


def original(desk: Desk) -> Opens:
    item = new_id()
    meaning = objects.context(organisation=US, item=item, purpose="original")
    key, wrapped = objects.new_key(desk.ring().own_public(US), desk.held[SECOND], meaning)
    stored = b"".join(objects.encrypted(key, PLAIN, meaning))

    def opening(held: Desk) -> bytes:
        key, _ = objects.key_of(held.ring(), held.part, wrapped, organisation=US, item=item, purpose="original", suite=objects.CURRENT)
        return objects.Opened(key, meaning, lambda start, count: stored[start : start + count], len(stored)).read()

    return opening


KINDS: Mapping[str, Callable[[Desk], Opens]] = {
    "what is told on the public site, in the spool": spooled,
    "what is kept of a case (words, identities, identifiers, messages)": kept,
    "an original file": original,
}


def does_open(opens: Opens, held: Desk) -> bool:
    try:
        return opens(held) == PLAIN
    except CustodyError:
        return False


@pytest.mark.parametrize("what", KINDS)
def test_exactly_the_named_secrets_open_it_and_all_others_together_do_not(what: str) -> None:
    desk = Desk.founded()
    opens, needs = KINDS[what](desk), set(SAID[what])
    assert does_open(opens, desk)
    assert {name for name in desk.held if not does_open(opens, desk.without(name))} == needs
    assert does_open(opens, desk.without(*(set(desk.held) - needs)))


# ── What other keys than those of the ring open ──────────────────────────────────────────────────────────────────


def readers_of(sealed: bytes) -> int:
    """How many keys open an age file, by its header (age-encryption.org/v1): a line for each, and what age adds to confuse."""
    head = sealed.split(b"\n---", 1)[0].splitlines()
    assert head[0] == b"age-encryption.org/v1"
    kinds = [line.split()[1] for line in head if line.startswith(b"-> ")]
    assert all(kind == b"X25519" or kind.endswith(b"-grease") for kind in kinds)
    return kinds.count(b"X25519")


def nobody_at_the_desk_opens(sealed: bytes) -> None:
    for secret in Desk.founded().held.values():
        with pytest.raises(pyrage.DecryptError):
            pyrage.decrypt(sealed, [pyrage.x25519.Identity.from_str(recovery._identity(secret))])


def test_a_package_opens_for_the_authority_alone_and_not_for_the_desk_that_made_it() -> None:
    authority = pyrage.x25519.Identity.generate()
    sealed = seal.encrypt(PLAIN, [str(authority.to_public())])
    assert readers_of(sealed) == len(SAID["an authority package"]) == 1
    assert pyrage.decrypt(sealed, [authority]) == PLAIN
    nobody_at_the_desk_opens(sealed)


@pytest.mark.parametrize("sheets", [False, True], ids=["no-sheets", "sheets"])
def test_a_copy_opens_for_its_owner_and_for_the_sheets_where_there_are_any(tmp_path: Path, *, sheets: bool) -> None:
    owner = pyrage.x25519.Identity.generate()
    recipient, words = recovery.create(shares=3, need=2)
    (tmp_path / "keys").mkdir()
    if sheets:
        (tmp_path / "keys" / access.RECIPIENT).write_text(recipient + "\n", "ascii")
    sealed = pyrage.encrypt(PLAIN, copies._readers(str(owner.to_public()), tmp_path))
    assert readers_of(sealed) == 1 + sheets
    assert pyrage.decrypt(sealed, [owner]) == PLAIN
    if sheets:
        assert recovery.unseal(sealed, recovery.combine(words[:2])) == PLAIN
    nobody_at_the_desk_opens(sealed)


def test_the_keyring_for_recovery_opens_for_the_sheets_alone() -> None:
    recipient, words = recovery.create(shares=3, need=2)
    sealed = recovery.seal(PLAIN, recipient)
    assert readers_of(sealed) == 1
    assert recovery.unseal(sealed, recovery.combine(words[1:])) == PLAIN
    with pytest.raises(CustodyError):
        recovery.combine(words[:1])
    nobody_at_the_desk_opens(sealed)


def test_the_keyring_opens_for_what_locks_it_and_for_no_secret_that_is_on_it(tmp_path: Path) -> None:
    lock = keystore.Lock.new_key_file(tmp_path / "unlock.key")
    desk = Desk.founded()
    keystore.save(desk.ring(), tmp_path / "ring", lock)
    assert keystore.load(tmp_path / "ring", lock).held.index == desk.held["index"]
    for secret in (*desk.held.values(), bytes(32)):
        with pytest.raises(CustodyError):
            keystore.load(tmp_path / "ring", keystore.Lock.of_key(secret, "a secret"))
    with pytest.raises(CustodyError):
        keystore.load(tmp_path / "ring", keystore.Lock.of_passphrase(""))


def test_a_mailbox_opens_for_the_six_words_and_for_nobody_at_the_desk() -> None:
    cost = Cost(memory_kib=64, passes=1)
    mine, others = (stretch(draw(), salt=bytes(16), cost=cost) for _ in range(2))
    public = hpke.Opener(mine.private).public
    sealed = hpke.seal(public, PLAIN, b"mailbox")
    assert hpke.unseal(mine.private, sealed, b"mailbox") == PLAIN
    for secret in (others.private, *Desk.founded().held.values()):
        with pytest.raises(CustodyError):
            hpke.unseal(secret, sealed, b"mailbox")
        # Also with the name of the right key written over that of the wrong one.
        forged = sealed[:1] + hpke.Opener(secret).id + sealed[9:]
        with pytest.raises(CustodyError):
            hpke.unseal(secret, forged, b"mailbox")
