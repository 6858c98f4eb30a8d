import os
import socket
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pyrage
import pytest
from tests.signals import conftest as signals
from tests.signals.conftest import PAPERS, Cast, Importing, cast, take_in

from cairndesk import doctor
from cairndesk.accounts.models import Organisation
from cairndesk.accounts.readiness import kinds
from cairndesk.config import Config, Desk, Keys, Mail
from cairndesk.custody import access, shred, shredding
from cairndesk.custody.actions import keep_object, lay_down_store, seal, sealing_object
from cairndesk.custody.actions.shred_copies import keep_copy, prune_copies
from cairndesk.custody.rules import DESK, Purpose
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.directory.models import Schedule, Service
from cairndesk.doctor import Level
from cairndesk.lib.ids import new_id
from cairndesk.review import readiness as looking
from cairndesk.serve import walls
from cairndesk.signals.engine.walls import Level as Walls

__all__ = ["cast", "take_in"]
NOW = datetime.now(UTC)


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture
def config(tmp_path: Path) -> Config:
    for name in ("keys", "spool"):
        (tmp_path / name).mkdir(mode=0o700)
    return Config(mode="real", data=tmp_path)


def levels(findings: object) -> list[Level]:
    return [finding.level for finding in findings]  # type: ignore[attr-defined]


@pytest.mark.django_db
def test_the_test_database_is_durable_and_complete_in_its_eyes(config: Config) -> None:
    found = list(doctor.database(config))
    # A test database of SQLite lies in memory, where there is no write-ahead log.
    wrong = [finding.says for finding in found if finding.level is not Level.OK]
    assert wrong == [] or wrong[0].endswith("a database in journal mode memory is not synced as it must be")


@pytest.mark.django_db
def test_a_real_desk_without_a_checked_emergency_contact_is_a_problem(config: Config) -> None:
    assert levels(doctor.contacts(config, NOW)) == [Level.PROBLEM]
    assert levels(doctor.contacts(config.model_copy(update={"mode": "demo"}), NOW)) == [Level.WARNING]


@pytest.mark.django_db
def test_each_organisation_needs_a_checked_emergency_contact_of_its_country(config: Config) -> None:
    for slug, country in (("one", "XA"), ("two", "XB")):
        Organisation.objects.create(slug=slug, name=slug, country=country, created_at=NOW)
    held = Service.objects.create(kind="emergency", name="Emergency", country="XA", phone="555-0112", added_at=NOW, checked_on=NOW.date())
    [found] = doctor.contacts(config, NOW)
    assert (found.level, found.says) == (Level.PROBLEM, "no emergency contact is checked for two; its portal stays closed")
    Service.objects.filter(pk=held.pk).update(country="")
    assert levels(doctor.contacts(config, NOW)) == [Level.OK]


@pytest.mark.django_db
@pytest.mark.req("REF-03")
@pytest.mark.parametrize(("days", "stale"), [(180, 0), (181, 1), (None, 1)])
def test_a_contact_that_nobody_reached_for_180_days_is_warned_of(config: Config, days: int | None, stale: int) -> None:
    held = Service.objects.create(kind="helpline", name="Line", phone="555-0116", added_at=NOW, checked_on=days and NOW.date() - timedelta(days))
    found = [finding.says for finding in doctor.contacts(config, NOW)]
    assert [says for says in found if "180 days" in says] == ["1 were not checked within 180 days"] * stale
    Service.objects.filter(pk=held.pk).update(is_active=False)
    assert "180 days" not in " ".join(finding.says for finding in doctor.contacts(config, NOW))


@pytest.mark.parametrize(
    ("users", "abi", "mode", "expected"),
    [
        (True, 7, "real", [Level.OK]),
        (False, 7, "real", [Level.OK]),
        (False, 2, "real", [Level.OK, Level.WARNING]),
        (False, 0, "demo", [Level.WARNING]),
        (False, 0, "real", [Level.PROBLEM]),
    ],
)
def test_it_says_which_wall_stands(monkeypatch: pytest.MonkeyPatch, users: bool, abi: int, mode: str, expected: list[Level]) -> None:  # noqa: FBT001
    monkeypatch.setattr(walls, "level", lambda: walls.Level(users=users, abi=abi))
    monkeypatch.setattr(doctor.seccomp, "available", lambda: True)
    found = list(doctor.apart(Config(mode=mode)))
    assert levels(found) == expected
    if abi == 7 and not users:
        assert "Landlock 7 is the wall between portal and desk" in found[0].says


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("level", "abi", "mode", "expected"),
    [
        (Walls.FULL, 7, "hash_only", Level.OK),
        (Walls.FULL, 2, "hash_only", Level.OK),
        (Walls.CONTAINER, 5, "hash_only", Level.OK),
        (Walls.MINIMAL, 2, "hash_only", Level.WARNING),
        (Walls.NONE, 0, "hash_only", Level.PROBLEM),
        (Walls.NONE, 0, "none", Level.OK),
    ],
)
def test_it_says_behind_which_walls_a_file_is_decoded(monkeypatch: pytest.MonkeyPatch, level: Walls, abi: int, mode: str, expected: Level) -> None:
    monkeypatch.setattr(doctor.sandbox, "level", lambda: (level, abi))
    Organisation.objects.create(slug="one", name="Cairn Desk One", created_at=NOW, media_mode=mode, media_basis="Act 1")
    (found,) = doctor.media(Config())
    assert found.level is expected
    assert ("walls are missing" in found.says) is (level is Walls.NONE)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("mode", "look", "expected"),
    [
        ("hash_only", "http://localhost:8482", []),
        ("sealed", "", [Level.OK]),
        ("sealed", "http://look.localhost:8481", [Level.OK, Level.OK]),
        ("sealed", "http://localhost:8482", [Level.PROBLEM]),
        ("sealed", "https://look.localhost", [Level.PROBLEM]),
    ],
)
def test_it_says_whether_a_copy_would_come_from_a_host_without_cookies(mode: str, look: str, expected: list[Level]) -> None:
    Organisation.objects.create(slug="one", name="Cairn Desk One", created_at=NOW, media_mode=mode, media_basis="Act 1")
    found = looking.looks(Config(desk=Desk(look_url=look)), NOW)  # type: ignore[call-arg]
    assert [level for _, level, *_ in found] == expected


@pytest.mark.django_db
@pytest.mark.parametrize(("level", "least"), [(Walls.CONTAINER, "full"), (Walls.MINIMAL, "full"), (Walls.MINIMAL, "container")])
def test_walls_below_what_the_operator_asks_for_are_a_problem(monkeypatch: pytest.MonkeyPatch, level: Walls, least: str) -> None:
    monkeypatch.setattr(doctor.sandbox, "level", lambda: (level, 5))
    one = Organisation.objects.create(slug="one", name="Cairn Desk One", created_at=NOW, media_mode="hash_only", media_basis="Act 1")
    config = Config(desk=Desk(media_walls=least))  # type: ignore[arg-type]
    (found,) = doctor.media(config)
    assert found.level is Level.PROBLEM
    assert f"level {level.name.lower()} and desk.media_walls asks for {least}; no file is decoded" in found.says
    one.media_mode = "none"
    one.save()
    assert levels(doctor.media(config)) == [Level.OK]


def test_a_list_that_ends_soon_or_ended_is_named_with_its_day(cast: Cast, take_in: Importing) -> None:
    assert levels(doctor.lists(signals.NOW)) == [Level.OK]
    take_in("a" * 32)
    assert levels(doctor.lists(signals.NOW)) == [Level.OK]
    ends = datetime.combine(PAPERS.expires_on, datetime.min.time(), UTC)
    for moment, words in ((ends - timedelta(days=3), "ends on"), (ends + timedelta(days=3), "is not asked")):
        (found,) = doctor.lists(moment)
        assert found.level is Level.WARNING
        assert PAPERS.name in found.says
        assert words in found.says


def test_keys_that_open_and_are_closed_to_others_are_well_but_the_key_beside_the_lock_is_named(config: Config) -> None:
    access.create(config, Keyring.create())
    access.use(None)
    assert levels(doctor.keys(config)) == [Level.OK, Level.WARNING]
    (config.data / "keys" / "keyring.sealed").chmod(0o644)
    assert levels(doctor.keys(config)) == [Level.PROBLEM, Level.OK, Level.WARNING]


def test_a_missing_key_is_a_problem_with_a_remedy(config: Config) -> None:
    found = next(iter(doctor.keys(config.model_copy(update={"keys": Keys(passphrase_file=config.data / "none")}))))
    assert found.level is Level.PROBLEM
    assert found.remedy


def test_files_that_wait_too_long_or_were_set_aside_are_named(config: Config) -> None:
    assert levels(doctor.spool(config, NOW)) == [Level.OK]
    waiting = config.data / "spool" / "a.frag"
    waiting.touch()
    os.utime(waiting, (NOW.timestamp() - 3600, NOW.timestamp() - 3600))
    (config.data / "spool" / "b.frag.aside").touch()
    assert levels(doctor.spool(config, NOW)) == [Level.PROBLEM, Level.WARNING]


@pytest.mark.django_db
def test_an_original_that_is_missing_or_cut_is_a_problem_and_what_no_record_knows_a_warning(settings: Any, tmp_path: Path) -> None:
    settings.DATA, one = tmp_path, new_id()
    access.use(Keyring.create([one]))
    try:
        with sealing_object(organisation=one, purpose=Purpose.ORIGINAL, data=b"drawn", now=NOW) as sealed:
            keep_object(sealed=sealed, by=DESK, now=NOW)
    finally:
        access.use(None)
    assert [found.says for found in doctor.vault(NOW)] == ["1 original kept sealed"]
    path = tmp_path / "vault" / sealed.id.hex
    path.rename(path.with_name("0" * 32))
    os.utime(path.with_name("0" * 32), (0, 0))
    bad, stray = doctor.vault(NOW)
    assert (bad.level, stray.level) == (Level.PROBLEM, Level.WARNING)
    assert sealed.id.hex in bad.says


@pytest.mark.django_db(transaction=True, available_apps=["cairndesk.custody"])
def test_a_missing_shred_store_and_one_that_lacks_a_key_are_problems(settings: Any, tmp_path: Path) -> None:
    settings.DATA, one = tmp_path, new_id()
    lay_down_store()
    access.use(Keyring.create([one]))
    try:
        seal(organisation=one, purpose=Purpose.NOTE, plain="words", now=NOW)
    finally:
        access.use(None)
    config = Config(mode="demo", data=tmp_path)
    assert [found.says for found in doctor.shred_store(config, NOW)] == ["the second parts of 1 keys"]
    path = tmp_path / shred.FOLDER / shred.NAME
    path.unlink()
    (bad,) = doctor.shred_store(config, NOW)
    assert (bad.level, bad.says) == (Level.PROBLEM, "The shred store is missing.")
    shred.create(path)
    (bad,) = doctor.shred_store(config, NOW)
    assert (bad.level, "1 of 1 keys" in bad.says) == (Level.PROBLEM, True)


def test_a_copy_of_the_shred_store_that_is_too_old_is_a_problem_and_none_that_is_young_a_warning(
    db: None, config: Config, settings: Any, tmp_path: Path
) -> None:
    settings.DATA, copies = tmp_path, tmp_path / "copies"
    lay_down_store()
    copies.mkdir()
    assert levels(doctor.shred_store(config, NOW)) == [Level.OK, Level.WARNING]
    reader = pyrage.x25519.Identity.generate().to_public()
    for days in (1, 8):
        keep_copy(shredding.store(), {}, into=copies, readers=[reader], now=NOW - timedelta(days=days))
    assert levels(doctor.shred_store(config, NOW)) == [Level.OK, Level.PROBLEM]
    prune_copies(shredding.store(), now=NOW)
    assert levels(doctor.shred_store(config, NOW)) == [Level.OK]


@pytest.mark.parametrize(("free", "expected"), [(10, Level.OK), (1, Level.WARNING), (0.1, Level.PROBLEM)])
def test_room_on_the_disk(config: Config, monkeypatch: pytest.MonkeyPatch, free: float, expected: Level) -> None:
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: Usage(0, 0, int(free * 1024**3)))
    assert levels(doctor.disk(config)) == [expected]


def test_a_clock_that_jumped_back_behind_our_own_files_is_a_problem(config: Config) -> None:
    access.create(config, Keyring.create())
    access.use(None)
    assert levels(doctor.time_of_day(config, NOW - timedelta(days=1))) == [Level.PROBLEM]
    assert Level.PROBLEM not in levels(doctor.time_of_day(config, datetime.now(UTC)))


def test_no_mail_server_is_a_warning_and_a_silent_one_a_problem(config: Config) -> None:
    assert levels(doctor.mail(config)) == [Level.WARNING]
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        assert levels(doctor.mail(with_mail(config, unused.getsockname()[1]))) == [Level.PROBLEM]


@pytest.mark.parametrize(("greeting", "expected"), [(b"220 mail.example\r\n", Level.OK), (b"HTTP/1.1 400\r\n", Level.PROBLEM)])
def test_what_answers_must_be_a_mail_server(config: Config, greeting: bytes, expected: Level) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet() -> None:
            line, _ = server.accept()
            with line:
                line.sendall(greeting)

        threading.Thread(target=greet, daemon=True).start()
        assert levels(doctor.mail(with_mail(config, server.getsockname()[1]))) == [expected]


def with_mail(config: Config, port: int) -> Config:
    return config.model_copy(update={"mail": Mail(host="127.0.0.1", port=port, tls="none")})


def test_an_organisation_of_which_nobody_said_what_it_is_is_a_warning(db: None) -> None:
    now = datetime.now(UTC)
    Organisation.objects.create(slug="one", name="Cairn Desk One", created_at=now, kind_said_at=now)
    assert not list(kinds())
    Organisation.objects.create(slug="two", name="Cairn Desk Two", created_at=now)
    [(subject, level, says, remedy)] = kinds()
    assert (subject, level) == ("kind", "warning")
    assert says.startswith("two: nobody has said")
    assert "page Organisations" in remedy


@pytest.mark.req("EVD-05")
def test_records_that_are_kept_by_no_schedule_or_by_an_example_are_a_warning(db: None) -> None:
    now = datetime.now(UTC)
    Organisation.objects.create(slug="one", name="Cairn Desk One", country="XX", created_at=now)

    def found() -> tuple[Level, str]:
        [one] = doctor.retention(now)
        return one.level, one.says

    assert found() == (Level.WARNING, "one: no retention schedule is confirmed, so nothing is destroyed when its time is over")
    fields = {"label": "x", "source": "x", "answer_days": 30, "valid_from": now.date(), "loaded_by": "a", "loaded_at": now}
    held = Schedule.objects.create(code="x", jurisdiction="*", is_sample=True, **fields)
    assert found()[1].startswith("one: no retention schedule is confirmed")
    Schedule.objects.update(confirmed_by="b", confirmed_at=now)
    assert found() == (Level.WARNING, "one keeps records by an example (x)")
    Schedule.objects.filter(pk=held.pk).update(is_sample=False)
    assert found() == (Level.OK, "one keeps records by x")
