"""Every single secret can be lost, and the newest copy still brings the desk back; a signed file says so."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyrage
import pytest
from cryptography.exceptions import InvalidSignature
from django.db import connection, transaction
from tests.custody.conftest import NOON, ONE, TWO, Doer
from tests.support.signers import Cosigner

from cairndesk.config import Config, Log
from cairndesk.custody import access, readiness, shred, shredding
from cairndesk.custody.actions import (
    Drill,
    backup,
    discard,
    drill,
    erase,
    export_log,
    keep_cosignature,
    keep_object,
    last_drill,
    lay_canaries,
    make_checkpoint,
    make_intake_key,
    newest_copy,
    record,
    recover_keyring,
    restore,
    seal,
    seal_all,
    sealing_object,
    verify_backup,
)
from cairndesk.custody.actions.copies import LOG, laid_down
from cairndesk.custody.actions.drilling import _gone, _root_problem, read_result
from cairndesk.custody.actions.shred_copies import newest_beside, read_copy
from cairndesk.custody.adapters import databases, scratch
from cairndesk.custody.errors import BackupUnreadable, DrillRefused, KeyringUnreadable, RestoreRefused, SheetsRefused
from cairndesk.custody.models import Checkpoint, Cosignature, LogEntry, SealedItem
from cairndesk.custody.queries import verifier_key
from cairndesk.custody.rules import Event, Purpose
from cairndesk.custody.sealing import keystore, recovery
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.lib.progress import unwatched

IDENTITY = str(OWNER := pyrage.x25519.Identity.generate())
RECIPIENT, SHEETS = recovery.create(shares=5, need=3)
ITEMS = 120

pytestmark = pytest.mark.django_db(transaction=True, available_apps=["cairndesk.custody"])


@pytest.fixture
def config(ring: Keyring, tmp_path: Path, settings: Any) -> Iterator[Config]:
    """A desk with many items of two organisations, an original, canaries, a signed log, recovery sheets, and a copy of it."""
    data = settings.DATA = tmp_path / "data"
    settings.CAIRNDESK = config = settings.CAIRNDESK.model_copy(update={"data": data})
    for folder in ("keys", "spool", "db", "shred"):
        (data / folder).mkdir(parents=True)
    shred.create(data / shred.FOLDER / shred.NAME)
    (data / "db" / "argon2.salt").write_bytes(bytes(16))
    (data / "spool" / "aa.sealed").write_bytes(b"waits")
    access.create(config, ring)
    access.set_recovery(config, ring, RECIPIENT)
    for organisation in (ONE, TWO):
        make_intake_key(organisation=organisation, now=NOON)
        with transaction.atomic():
            seal_all(organisation=organisation, purpose=Purpose.NOTE, plains=["words"] * (ITEMS // 2), now=NOON)
    with sealing_object(organisation=ONE, purpose=Purpose.ORIGINAL, data=b"picture", now=NOON) as sealed, transaction.atomic():
        keep_object(sealed=sealed, by=Doer(), now=NOON)
    assert lay_canaries(now=NOON) == 2
    for _ in range(5):
        with transaction.atomic():
            record(event=Event.CUSTODY_ITEM_OPENED, subject_kind="case", subject=uuid4(), by=Doer(), now=NOON)
    with transaction.atomic():
        make_checkpoint(now=NOON)
    (tmp_path / "copies").mkdir()
    backup(to=tmp_path / "copies", recipient=str(OWNER.to_public()), now=NOON, data=data)
    yield config
    shred.store_of.cache_clear()


@pytest.fixture(autouse=True)
def no_server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server of its own for each drill takes seconds; the tests that look at it have one."""
    if "server" not in request.fixturenames:
        monkeypatch.setattr(scratch, "programs", lambda: None)


@pytest.fixture
def server() -> Path:
    """The programs of a PostgreSQL server."""
    found = scratch.programs()
    assert found is not None
    return found


def by_sheets(identity: str) -> Callable[[Path], Keyring]:
    return lambda keys: access.open_by_sheets(keys, identity)


def by_lock(config: Config) -> Callable[[Path], Keyring]:
    return lambda keys: keystore.load(keys / keystore.RING, access.lock(config))


def tried(config: Config, *, sheets: list[str] | None = None, now: Any = NOON) -> tuple[Drill, Path]:
    """A drill by the owner's identity and the key file, or by recovery sheets for everything."""
    identity = recovery.combine(sheets) if sheets else IDENTITY
    copy = newest_copy(config.data.parent / "copies")
    return drill(copy=copy, identity=identity, unlock=by_sheets(identity) if sheets else by_lock(config), sheets=bool(sheets), now=now)


def values(result: Drill) -> dict[str, int]:
    return {figure.id: figure.value for figure in result.figures}


def test_the_newest_copy_opens_by_recovered_words_and_a_signed_file_says_so(config: Config) -> None:
    result, path = tried(config, sheets=SHEETS[2:])
    assert (result.ok, result.first_problem, result.sheets, result.witnessed) == (True, "", True, False)
    seen = values(result)
    assert seen | {"minutes": 1} == {
        "damage": 0,
        "items-opened": seen["items-opened"],
        "canaries-opened": 2,
        "originals-opened": 1,
        "intake-keys-opened": 2,
        "root": 1,
        "entries-replayed": 8,
        "copy-age-hours": 0,
        "minutes": 1,
    }
    assert 0 <= seen["items-opened"] <= 2  # two of 122 are drawn, and may be canaries
    assert read_result(path, verifier_key())["figures"] == json.loads(path.read_text())["result"]["figures"]
    assert b"custody.drill.done" in bytes(LogEntry.objects.order_by("-index")[0].leaf)
    assert list((config.data / "run").iterdir()) == []


@pytest.mark.slow
@pytest.mark.postgres
def test_a_dump_is_laid_into_an_empty_server_whose_log_is_held_against_its_signatures_and_nothing_of_it_stays(
    config: Config, server: Path, tmp_path: Path
) -> None:
    result, path = tried(config, sheets=SHEETS[:3])
    assert (result.ok, result.laid_down, read_result(path, verifier_key())["laid_down"]) == (True, True, True)
    assert list((config.data / "run").iterdir()) == []
    databases.copy(connection, tmp_path)
    manifest = {"engine": "postgresql", "log": {"key": Cosigner().verifier}}
    problem, was_laid = laid_down(tmp_path, manifest, unwatched)
    assert (bool(problem), was_laid) == (True, True)
    # A dump that is damaged lists all that is in it, and yet does not go in.
    dump = tmp_path / "db" / databases.POSTGRES
    whole = dump.read_bytes()
    dump.write_bytes(whole[:-300] + bytes(100) + whole[-200:])
    assert databases.problem("postgresql", tmp_path) == ""
    assert laid_down(tmp_path, manifest | {"log": {"key": verifier_key()}}, unwatched)[0].startswith("the database does not go into a server")
    assert not (tmp_path / "scratch").exists()


@pytest.mark.slow
@pytest.mark.postgres
def test_a_server_that_dies_while_its_log_is_read_is_a_problem_that_stands_in_the_signed_result(
    config: Config, server: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, jit = scratch._rows, []

    def dying(connection: Any, query: str) -> Iterator[tuple[Any, ...]]:
        if "custody_logentry" in query:
            jit.extend(read(connection, "SELECT current_setting('jit')"))
            [cluster] = (config.data / "run").glob(".backup-*/scratch")
            scratch._stop(server, cluster)
        yield from read(connection, query)

    monkeypatch.setattr(scratch, "_rows", dying)
    result, path = tried(config)
    signed = read_result(path, verifier_key())
    assert jit == [("off",)]
    assert (result.ok, signed["ok"], signed["laid_down"], values(result)["damage"]) == (False, False, True, 1)
    assert signed["first_problem"].startswith("the database does not go into a server: the server gave up (")
    assert list((config.data / "run").iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("lost", ["key file", "backup identity", "two sheets", "keyring"])
def test_any_one_secret_can_be_lost_and_the_drill_still_passes(config: Config, lost: str) -> None:
    if lost == "key file":
        (access.folder(config) / keystore.KEY_FILE).unlink()
        with pytest.raises(KeyringUnreadable):
            tried(config)
    if lost == "keyring":
        (access.folder(config) / keystore.RING).unlink()
        assert tried(config)[0].ok
        return
    assert tried(config, sheets=SHEETS[2:] if lost == "two sheets" else SHEETS[:3])[0].ok
    if lost == "key file":
        recover_keyring(config=config, identity=recovery.combine(SHEETS[1:4]), now=NOON)
        # The keyring in the older copy keeps its old lock, which only the sheets still turn.
        later = NOON + timedelta(seconds=1)
        with pytest.raises(KeyringUnreadable):
            tried(config, now=later)
        backup(to=config.data.parent / "copies", recipient=str(OWNER.to_public()), now=later, data=config.data)
        assert tried(config, now=later)[0].ok


def test_with_all_sheets_lost_the_key_file_and_identity_do(config: Config) -> None:
    assert tried(config)[0].ok


def test_with_too_few_sheets_and_nothing_else_it_stays_closed(config: Config, tmp_path: Path) -> None:
    with pytest.raises(SheetsRefused, match="3 different sheets are needed"):
        recovery.combine(SHEETS[:2])
    copy = newest_copy(tmp_path / "copies")
    with pytest.raises(BackupUnreadable):
        verify_backup(copy, identity=str(pyrage.x25519.Identity.generate()))


def test_a_copy_that_tells_another_story_than_was_signed_is_seen(config: Config, tmp_path: Path) -> None:
    export_log(to=tmp_path / LOG)
    mark = Checkpoint.objects.get()
    assert _root_problem(tmp_path, mark.size, mark, by_witnesses=False) == ("", mark.size)
    lines = (tmp_path / LOG).read_bytes().splitlines(keepends=True)
    (tmp_path / LOG).write_bytes(b"".join([lines[0], lines[2], lines[1], *lines[3:]]))
    assert _root_problem(tmp_path, mark.size, mark, by_witnesses=False)[0] == "the log of the copy is not the one that was signed"
    # An older copy is held against as much of the log as it has.
    assert _root_problem(tmp_path, 1, mark, by_witnesses=False)[0] == "the log of the copy is not the one that was signed"
    mark.root = bytes(32)
    assert _root_problem(tmp_path, mark.size, mark, by_witnesses=False)[0] == "the log of this desk is not the one that was signed"
    assert _root_problem(tmp_path, mark.size, None, by_witnesses=False)[0] == "nothing of the log is signed yet"


@pytest.mark.slow
def test_an_item_whose_key_is_gone_fails_the_drill_unless_it_was_erased_since(config: Config) -> None:
    canary = SealedItem.objects.filter(purpose=Purpose.CANARY, organisation=ONE).get()
    with transaction.atomic():
        discard(items=[canary.pk], now=NOON)
    assert values(tried(config)[0])["canaries-opened"] == 1
    assert tried(config, now=NOON + timedelta(seconds=1))[0].ok
    other = SealedItem.objects.filter(purpose=Purpose.CANARY, organisation=TWO).get()
    beside = newest_beside(newest_copy(config.data.parent / "copies"))
    parts = read_copy(beside, identity=IDENTITY)
    del parts[other.pk]
    beside.write_bytes(pyrage.encrypt(shred.to_bytes(parts), [OWNER.to_public()]))
    result, path = tried(config, now=NOON + timedelta(seconds=2))
    assert (result.ok, other.pk.hex in result.first_problem) == (False, True)
    assert read_result(path, verifier_key())["ok"] is False


def test_what_is_gone_is_asked_once_a_table_for_many(ring: Keyring, django_assert_num_queries: Any) -> None:
    kept, gone = [seal(organisation=ONE, purpose=Purpose.NOTE, plain="x", now=NOON) for _ in range(2)]
    erase(items=[gone.pk], now=NOON)
    with django_assert_num_queries(3):
        assert _gone([kept.pk, gone.pk, nobody := uuid4()]) == {gone.pk, nobody}


@pytest.mark.slow
def test_the_shred_store_is_lost_and_the_copy_of_it_opens_everything(config: Config) -> None:
    shredding.store_of.cache_clear()
    (config.data / shred.FOLDER / shred.NAME).unlink()
    assert tried(config)[0].ok
    assert tried(config, sheets=SHEETS[:3], now=NOON + timedelta(seconds=1))[0].ok


def test_without_a_copy_of_the_shred_store_nothing_of_the_copy_opens(config: Config) -> None:
    copy = newest_copy(config.data.parent / "copies")
    newest_beside(copy).unlink()
    result, _ = tried(config)
    assert (result.ok, values(result)["canaries-opened"], "no part of its key" in result.first_problem) == (False, 0, True)


@pytest.mark.slow
@pytest.mark.req("EVD-19")
def test_the_log_is_held_against_what_the_witnesses_have_signed(config: Config, settings: Any) -> None:
    by, mark = Cosigner(), Checkpoint.objects.get()
    policy = Log(witnesses=[f"{by.verifier} https://witness.example"], quorum=1)
    settings.CAIRNDESK = config.model_copy(update={"log": policy})
    assert tried(config)[0].witnessed is False
    keep_cosignature(checkpoint=mark, answer=by.line(mark.note, int(NOON.timestamp())), witness=by.verifier)
    result, path = tried(config, now=NOON + timedelta(seconds=1))
    assert (result.ok, result.witnessed, read_result(path, verifier_key())["witnessed"]) == (True, True, True)


@pytest.mark.req("EVD-19")
def test_a_line_that_somebody_wrote_under_the_name_of_a_witness_fails_the_drill(config: Config, settings: Any) -> None:
    real, forged, mark = Cosigner(), Cosigner(), Checkpoint.objects.get()
    settings.CAIRNDESK = config.model_copy(update={"log": Log(witnesses=[f"{real.verifier} https://witness.example"])})
    forged.mark = real.mark
    Cosignature.objects.create(checkpoint=mark, witness=real.name, at=NOON, line=forged.line(mark.note, int(NOON.timestamp())))
    result, _ = tried(config)
    assert (result.ok, result.first_problem) == (False, "what stands under the witnessed checkpoint was not signed by the witnesses")


def test_an_old_copy_is_no_good_copy(config: Config) -> None:
    result, _ = tried(config, now=NOON + timedelta(hours=49))
    assert [figure.id for figure in result.figures if not figure.ok] == ["copy-age-hours"]


def test_a_result_that_was_changed_or_signed_by_another_does_not_count(config: Config) -> None:
    _, path = tried(config)
    kept = json.loads(path.read_text())
    path.write_text(json.dumps(kept | {"result": kept["result"] | {"at": "2030-01-01T00:00:00+00:00"}}))
    with pytest.raises(InvalidSignature):
        read_result(path, verifier_key())
    assert last_drill(config.data, verifier_key()) is None


@pytest.mark.slow
def test_the_doctor_warns_without_sheets_without_a_drill_and_eight_days_after_one(config: Config) -> None:
    real = config.model_copy(update={"mode": "real"})

    def said(now: Any) -> list[tuple[str, str]]:
        return [(subject, level) for subject, level, *_ in readiness.looks(real, now)]

    assert said(NOON) == [("recovery", "ok"), ("drill", "warning")]
    tried(config)
    assert said(NOON + timedelta(days=8)) == [("recovery", "ok"), ("drill", "ok")]
    assert said(NOON + timedelta(days=8, seconds=1)) == [("recovery", "ok"), ("drill", "warning")]
    tried(config, now=NOON + timedelta(hours=49))
    (access.folder(config) / access.RECIPIENT).unlink()
    assert said(NOON + timedelta(hours=49)) == [("recovery", "warning"), ("drill", "problem")]


def test_without_a_copy_there_is_nothing_to_try(tmp_path: Path) -> None:
    with pytest.raises(DrillRefused):
        newest_copy(tmp_path)


def test_a_copy_is_laid_down_in_an_empty_folder_as_it_was(config: Config, tmp_path: Path) -> None:
    to, copy = tmp_path / "new", newest_copy(tmp_path / "copies")
    with emptied() as database:
        report = restore(copy, identity=IDENTITY, to=to, database=database)
        assert report.ok
        if connection.vendor == "postgresql":
            with database.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM custody_sealeditem")
                assert cursor.fetchone()[0] == ITEMS + 2
            with pytest.raises(RestoreRefused, match="database is not empty"):
                restore(copy, identity=IDENTITY, to=tmp_path / "third", database=database)
    assert {path.name for path in to.iterdir()} == {"db", "keys", "shred", "spool", "vault"}
    for part in ("spool/aa.sealed", "db/argon2.salt", "keys/keyring.sealed", "keys/log.verifier"):
        assert (to / part).read_bytes() == (config.data / part).read_bytes()
    assert not any(path.stat().st_mode & 0o077 for path in to.rglob("*"))
    assert access.open_by_sheets(to / "keys", recovery.combine(SHEETS[:3])).organisations == {ONE, TWO}
    assert shred.ShredStore(to / shred.FOLDER / shred.NAME).count() == ITEMS + 5
    if connection.vendor == "sqlite":
        with databases.opened(to) as laid:
            assert laid.execute("SELECT count(*) FROM custody_sealeditem").fetchone()[0] == ITEMS + 2
    assert {path.name: path.read_bytes() for path in (to / "vault").iterdir()} == {
        path.name: path.read_bytes() for path in (config.data / "vault").iterdir()
    }


def test_nothing_is_laid_over_anything_and_a_damaged_copy_leaves_nothing(config: Config, tmp_path: Path) -> None:
    to, copy = tmp_path / "new", newest_copy(tmp_path / "copies")
    to.mkdir()
    (to / "mine").touch()
    with pytest.raises(RestoreRefused, match="not empty"):
        restore(copy, identity=IDENTITY, to=to)
    (to / "mine").unlink()
    torn = tmp_path / "torn.tar.age"
    torn.write_bytes(copy.read_bytes()[:-100])
    with pytest.raises(BackupUnreadable):
        restore(torn, identity=IDENTITY, to=to)
    bad = tmp_path / "bad.age"
    bad.write_bytes(newest_beside(copy).read_bytes()[:-1])
    with pytest.raises(RestoreRefused):
        restore(copy, identity=IDENTITY, to=to, parts=bad)
    assert list(to.iterdir()) == []


def emptied() -> Any:
    """The database of the desk; on PostgreSQL an empty one beside it, gone afterwards."""
    from contextlib import closing, contextmanager

    from django.db.backends.base.base import BaseDatabaseWrapper

    @contextmanager
    def made() -> Iterator[BaseDatabaseWrapper]:
        if connection.vendor == "sqlite":
            yield connection
            return
        name = f"restored_{uuid4().hex}"
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name}")
        other = connection.copy()
        other.settings_dict["NAME"] = name
        try:
            with closing(other):
                yield other
        finally:
            with connection.cursor() as cursor:
                cursor.execute(f"DROP DATABASE {name}")

    return made()
