"""What an answer of ours stands on: a database that forgets is found out, setting by setting."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pysqlite3
import pytest
from django.db import connection

from cairndesk.custody.adapters import durability
from cairndesk.custody.errors import WeakStorage

STRONG = """
PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;
PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA secure_delete=ON;
"""


class Opened:
    """A real database in a file, with as much of Django's connection as is asked for."""

    vendor = "sqlite"
    settings_dict: dict[str, Any] = {}
    in_atomic_block = False

    def __init__(self, path: Path) -> None:
        self.connection = pysqlite3.connect(path)
        self.connection.executescript(STRONG)

    def ensure_connection(self) -> None:
        """It is open."""

    def cursor(self) -> Any:
        return contextlib.closing(self.connection.cursor())


@pytest.fixture
def strong(tmp_path: Path) -> Iterator[Opened]:
    made = Opened(tmp_path / "a.sqlite3")
    yield made
    made.connection.close()


def test_a_database_as_we_open_it_is_trusted(strong: Opened) -> None:
    durability.refuse(strong)


@pytest.mark.parametrize(
    "setting", ["synchronous=NORMAL", "synchronous=OFF", "journal_mode=MEMORY", "journal_mode=DELETE", "journal_mode=OFF", "foreign_keys=OFF"]
)
def test_a_setting_that_forgets_is_refused_by_its_name(strong: Opened, setting: str) -> None:
    strong.connection.execute(f"PRAGMA {setting}")
    with pytest.raises(WeakStorage, match="synced" if "=" in setting and not setting.startswith("foreign") else "foreign_keys is 0"):
        durability.refuse(strong)


@pytest.mark.parametrize("setting", ["trusted_schema=ON", "cell_size_check=OFF", "secure_delete=FAST"])
def test_a_setting_that_trusts_the_file_is_refused_by_its_name(strong: Opened, setting: str) -> None:
    strong.connection.execute(f"PRAGMA {setting}")
    with pytest.raises(WeakStorage, match=setting.partition("=")[0]):
        durability.refuse(strong)


def test_a_rollback_journal_is_trusted_where_its_folder_is_synced_too(strong: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    strong.connection.executescript("PRAGMA journal_mode=DELETE; PRAGMA synchronous=EXTRA")
    # The defect is one of the write-ahead log alone.
    monkeypatch.setattr(durability, "FIXED_SQLITE", (99, 0, 0))
    durability.refuse(strong)


def test_a_library_that_can_corrupt_a_database_with_several_writers_is_refused(strong: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durability, "version_of", lambda _: "3.51.2")
    with pytest.raises(WeakStorage, match=r"SQLite 3\.51\.2"):
        durability.refuse(strong)


@pytest.mark.postgres
@pytest.mark.django_db
@pytest.mark.parametrize("name", ["fsync", "full_page_writes", "synchronous_commit"])
def test_a_server_that_forgets_is_refused_by_the_name_of_the_setting(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    durability.refuse(connection)
    weak = {name: ("no such value",)}
    monkeypatch.setattr(durability, "_POSTGRES", durability._POSTGRES | weak)
    with pytest.raises(WeakStorage, match=f"{name} is on"):
        durability.refuse(connection)


@pytest.mark.postgres
@pytest.mark.django_db
def test_a_connection_that_a_pooler_has_weakened_is_refused() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
    with pytest.raises(WeakStorage, match="synchronous_commit is off"):
        durability.refuse(connection)
