"""What is erased opens for nobody, and its bytes are gone from the database's own files."""

import secrets
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pysqlite3
import pytest
from django.apps import apps
from django.db import connection
from django.db.models import ForeignKey, Model
from tests.support.cast import NOON
from tests.support.sweeping import until_swept

from cairndesk.cases.models import Case
from cairndesk.custody import access, actions
from cairndesk.custody.adapters import databases
from cairndesk.custody.errors import Erased
from cairndesk.custody.models import SealedItem
from cairndesk.custody.queries import unseal_text
from cairndesk.custody.reach import below
from cairndesk.custody.rules import Purpose
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.lib.ids import new_id

# Sealed, and nothing that a reporter told: the first is a person's own and the glossary its owner's, the others hang on a case by its id alone.
NOT_BELOW_A_CASE = {
    "accounts.Request.reason",
    "accounts.SecondFactor.secret",
    "custody.SealedObject.reason",
    "signals.GlossaryVersion.table",
    "signals.MediaSighting.hashes",
    "signals.SeenBatch.sealed",
    "triage.Assessed.told",
    # From one shift to the next, for the days that `triage.rules.shift` names.
    "triage.ShiftNote.words",
}
OURS = new_id()
# The part of the settings under which the desk opens its file that this is about; the doctor holds the file to all of them.
SETTINGS = "PRAGMA journal_mode=WAL; PRAGMA secure_delete=ON;"


@pytest.fixture
def _keys() -> Iterator[None]:
    access.use(Keyring.create([OURS]))
    yield
    access.use(None)


def test_every_column_that_points_at_something_sealed_is_reached_from_its_case() -> None:
    reached: set[type[Model]] = set()
    waiting: list[type[Model]] = [Case]
    while waiting:
        model = waiting.pop()
        if model not in reached:
            reached.add(model)
            waiting += [child for child, _ in below(model)]
    every = apps.get_models(include_auto_created=True)
    fields = [(model, field) for model in every for field in model._meta.concrete_fields if isinstance(field, ForeignKey)]
    sealed = {f"{model._meta.label}.{field.name}": model for model, field in fields if field.related_model is SealedItem}
    assert {name for name, model in sealed.items() if model not in reached} == NOT_BELOW_A_CASE


@pytest.mark.django_db
@pytest.mark.usefixtures("_keys")
def test_what_was_erased_opens_for_nobody_and_what_was_not_stays() -> None:
    gone, kept = (actions.seal(organisation=OURS, purpose=Purpose.NOTE, plain=words, now=NOON) for words in ("gone", "kept"))
    assert actions.erase(items=[gone.pk], now=NOON) == 1
    assert actions.erase(items=[gone.pk], now=NOON) == 0
    gone.refresh_from_db()
    assert (bytes(gone.wrapped), bytes(gone.ciphertext), gone.erased_at) == (b"", b"", NOON)
    with pytest.raises(Erased):
        unseal_text(gone)
    assert unseal_text(SealedItem.objects.get(pk=kept.pk)) == "kept"


def _postgres_file() -> bytes:
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
        cursor.execute("SELECT pg_read_binary_file(pg_relation_filepath('custody_sealeditem'))")
        return bytes(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_keys")
def test_a_sweep_leaves_nothing_of_it_in_the_files_of_a_server() -> None:
    item = actions.seal(organisation=OURS, purpose=Purpose.NOTE, plain="gone", now=NOON)
    sealed = bytes(item.ciphertext)
    is_server = connection.vendor == "postgresql"
    assert not is_server or sealed in _postgres_file()
    actions.erase(items=[item.pk], now=NOON)
    until_swept()
    assert SealedItem.objects.get().is_swept
    assert actions.sweep() == 0
    assert not is_server or sealed not in _postgres_file()


def test_a_sweep_leaves_nothing_of_it_in_the_file_and_its_write_ahead_log(tmp_path: Path) -> None:
    path, secret = tmp_path / "desk.sqlite3", secrets.token_bytes(9000)
    desk, reader = (pysqlite3.connect(str(path), isolation_level=None) for _ in range(2))
    desk.executescript(SETTINGS)
    as_django = SimpleNamespace(vendor="sqlite", ensure_connection=lambda: None, cursor=lambda: closing(desk.cursor()))

    def lies() -> bool:
        return any(secret[:64] in part.read_bytes() for part in tmp_path.iterdir())

    desk.execute("CREATE TABLE sealed (id INTEGER PRIMARY KEY, bytes BLOB)")
    desk.execute("INSERT INTO sealed (bytes) VALUES (?)", [secret])
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM sealed").fetchone()
    desk.execute("UPDATE sealed SET bytes = x''")
    assert lies()
    # Somebody who still reads the older state holds it there; the sweep says so and is made again.
    desk.execute("PRAGMA busy_timeout = 10")
    assert not databases.sweep(as_django)
    reader.execute("COMMIT")
    assert databases.sweep(as_django)
    assert not lies()
    reader.close()
    desk.close()
