import itertools
from pathlib import Path
from typing import Any

import pyrage
import pytest
from tests.custody.conftest import NOON, ONE

from cairndesk.config import Config
from cairndesk.custody import access
from cairndesk.custody.actions import recover_keyring, set_recovery
from cairndesk.custody.errors import KeyringUnreadable, SheetsRefused
from cairndesk.custody.models import LogEntry
from cairndesk.custody.sealing import hpke, keystore, recovery
from cairndesk.custody.sealing.keyring import Keyring

RECIPIENT, SHEETS = recovery.create(shares=5, need=3)


def with_word(sheet: str, place: int, word: str) -> str:
    words = sheet.split()
    words[place - 1] = word
    return " ".join(words)


@pytest.fixture
def config(ring: Keyring, tmp_path: Path) -> Config:
    made = Config(data=tmp_path / "data")
    access.create(made, ring)
    return made


@pytest.fixture
def recoverable(config: Config, ring: Keyring) -> Config:
    access.set_recovery(config, ring, RECIPIENT)
    return config


def test_any_three_of_five_sheets_open_what_was_sealed_to_them_in_any_order() -> None:
    sealed = recovery.seal(b"the ring", RECIPIENT)
    for some in itertools.combinations(SHEETS, 3):
        assert recovery.unseal(sealed, recovery.combine(some)) == b"the ring"
    assert recovery.combine(SHEETS) == recovery.combine(SHEETS[::-1]) == recovery.combine(SHEETS[:1:-1])


def test_fewer_sheets_than_are_needed_open_nothing_however_often_one_is_given() -> None:
    for count in range(3):
        for some in itertools.combinations(SHEETS, count):
            with pytest.raises(SheetsRefused, match="3 different sheets are needed" if some else "No sheet"):
                recovery.combine([*some, *some[:1]])


def test_sheets_make_an_identity_that_age_itself_reads() -> None:
    identity = pyrage.x25519.Identity.from_str(recovery.combine(SHEETS[:3]))
    assert str(identity.to_public()) == RECIPIENT
    assert pyrage.decrypt(pyrage.encrypt(b"a copy", [recovery.reader(RECIPIENT)]), [identity]) == b"a copy"


def test_an_identity_is_written_as_age_writes_it() -> None:
    for byte in range(40):
        identity = recovery._identity(bytes([byte * 6]) * 32)
        assert str(pyrage.x25519.Identity.from_str(identity)) == identity


def test_a_sheet_is_read_as_it_was_printed_and_by_the_first_letters_of_its_words() -> None:
    from cairndesk.cli.keys import _page

    printed = [_page(number, words, 5, 3, RECIPIENT) for number, words in enumerate(SHEETS, 1)]
    short = [" ".join(word[:4].upper() for word in sheet.split()) for sheet in SHEETS]
    assert recovery.combine(printed[:3]) == recovery.combine(short[2:]) == recovery.combine(SHEETS[1:4])


def test_what_is_wrong_with_a_sheet_is_named_by_its_place_and_no_word_is_shown() -> None:
    swapped = SHEETS[1].split()
    swapped[9], swapped[10] = (swapped[10], swapped[9]) if swapped[9] != swapped[10] else ("academic", "acid")
    other = recovery.create(shares=5, need=3)[1]
    wrong = {
        "Sheet 2: not in the list of words: word 7.": [SHEETS[0], with_word(SHEETS[1], 7, "cairn"), SHEETS[2]],
        "Sheet 3: not in the list of words: word 1, 33.": [*SHEETS[:2], with_word(with_word(SHEETS[2], 1, "zzz"), 33, "acidity")],
        "Sheet 1 has 32 words; a whole one has 33.": [SHEETS[0].rsplit(" ", 1)[0], *SHEETS[1:3]],
        "Sheet 2: a word is wrong, or two changed places; compare it with the paper.": [SHEETS[0], " ".join(swapped), SHEETS[2]],
        "Sheets 1 and 3 were not made together.": [*SHEETS[:2], other[2]],
    }
    for said, sheets in wrong.items():
        with pytest.raises(SheetsRefused) as refused:
            recovery.combine(sheets)
        assert refused.value.detail == said


@pytest.mark.parametrize(("shares", "need"), [(1, 1), (5, 1), (2, 3), (17, 3), (0, 0)])
def test_sheets_that_protect_nothing_or_cannot_be_are_not_made(shares: int, need: int) -> None:
    with pytest.raises(SheetsRefused):
        recovery.create(shares=shares, need=need)


def test_the_sheets_open_the_ring_and_nothing_that_lies_in_the_folder_does(recoverable: Config, ring: Keyring) -> None:
    folder = access.folder(recoverable)
    (folder / keystore.KEY_FILE).unlink()
    sealed = hpke.seal(ring.own_public(ONE), b"told", b"x")
    assert access.open_by_sheets(folder, recovery.combine(SHEETS[2:])).unseal(ONE, sealed, b"x") == b"told"
    with pytest.raises(KeyringUnreadable):
        access.open_by_sheets(folder, recovery.combine(recovery.create(shares=3, need=2)[1]))


def test_an_organisation_that_was_added_later_is_in_what_the_sheets_open(recoverable: Config, ring: Keyring) -> None:
    from uuid import UUID

    three = UUID(int=3)
    ring.add_organisation(three)
    access.save(recoverable, ring)
    opened = access.open_by_sheets(access.folder(recoverable), recovery.combine(SHEETS[:3]))
    assert opened.own_public(three) == ring.own_public(three)


def test_a_ring_that_somebody_else_sealed_to_the_sheets_is_refused(recoverable: Config) -> None:
    foreign = recovery.seal(Keyring.create([ONE]).to_bytes(), RECIPIENT)
    (access.folder(recoverable) / access.RECOVERABLE).write_bytes(foreign)
    with pytest.raises(KeyringUnreadable, match="not the keyring that signs this log"):
        access.open_by_sheets(access.folder(recoverable), recovery.combine(SHEETS[:3]))


def test_where_no_sheets_were_made_that_is_said(config: Config) -> None:
    with pytest.raises(KeyringUnreadable, match="no recovery sheets"):
        access.open_by_sheets(access.folder(config), recovery.combine(SHEETS[:3]))


@pytest.mark.django_db
@pytest.mark.parametrize("lost", ["key file", pytest.param("passphrase", marks=pytest.mark.slow)])
def test_a_lost_key_file_or_passphrase_is_replaced_and_both_acts_stand_in_the_log(config: Config, tmp_path: Path, lost: str) -> None:
    words = tmp_path / "passphrase"
    if lost == "passphrase":
        words.write_text("the first one")
        words.chmod(0o600)
        config = config.model_copy(update={"keys": config.keys.model_copy(update={"passphrase_file": words})})
        access.save(config, access.keys())  # type: ignore[arg-type]
    set_recovery(config=config, recipient=RECIPIENT, now=NOON)
    before = access.keys().public("log")
    if lost == "passphrase":
        words.write_text("another one")
    else:
        (access.folder(config) / keystore.KEY_FILE).unlink()
    with pytest.raises(KeyringUnreadable):
        access.unlock(config)
    recover_keyring(config=config, identity=recovery.combine(SHEETS[:3]), now=NOON)
    assert access.unlock(config).public("log") == before
    said = b"".join(bytes(leaf) for leaf in LogEntry.objects.values_list("leaf", flat=True))
    assert b"custody.recovery.set" in said
    assert b"custody.keyring.recovered" in said


def test_a_key_file_that_is_there_is_never_replaced(recoverable: Config) -> None:
    path = access.folder(recoverable) / keystore.KEY_FILE
    before = path.read_bytes()
    with pytest.raises(FileExistsError):
        recover_keyring(config=recoverable, identity=recovery.combine(SHEETS[:3]), now=NOON)
    assert path.read_bytes() == before
    assert access.unlock(recoverable)


def test_a_recipient_that_is_none_changes_nothing(config: Config, ring: Keyring, settings: Any) -> None:
    with pytest.raises(SheetsRefused):
        access.set_recovery(config, ring, "age1nobody")
    assert {path.name for path in access.folder(config).iterdir()} == {keystore.RING, keystore.KEY_FILE, access.VERIFIER}
