"""Migrating takes ten seconds of a processor: it is done once, and every worker, every desk of a test and every later run starts from its end."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path

import django
import psycopg
import pysqlite3
from psycopg import sql
from tests.house.tree import ROOT, SOURCE

FOLDER = ROOT / ".pytest_cache" / "d" / "migrated"
# As the founding of a desk makes them: what the tests stand on is what an operator gets.
_MAKE = "import django; django.setup(); from cairndesk import founding as f; f.folders.make(f.settings.CAIRNDESK); f.make_tables()"


def lay_down(at: Path) -> None:
    """Afterwards `at` is a new SQLite database with all tables and no row of ours."""
    shutil.copyfile(_kept(), at)
    at.chmod(0o660)


def begin(data: Path) -> None:
    """Afterwards the new data folder of a desk on SQLite holds its database, and a founding finds nothing to migrate."""
    (data / "db").mkdir(mode=0o700, parents=True)
    lay_down(data / "db" / "desk.sqlite3")


@contextmanager
def in_memory(name: str) -> Iterator[None]:
    """Inside, the SQLite database that Django is about to make under this name holds all tables already.

    Django migrates nevertheless; what is there it leaves alone, so that a copy is never trusted for more than it holds.
    """
    # A database in memory lives as long as somebody holds it open.
    with closing(pysqlite3.connect(name, uri=True)) as ours, closing(pysqlite3.connect(_kept())) as theirs:
        theirs.backup(ours)
        yield


def template() -> str:
    """The name of a database with all tables on the PostgreSQL of this pass, for others to be made from; nobody connects to it."""
    name = f"migrated_{_digest(psycopg.__version__)[:16]}"
    with _alone(), _postgres() as line:
        if not line.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            _create(line, f"{name}_new")
            ours = {key: value for key, value in os.environ.items() if key.startswith("CAIRNDESK_DATABASE__")}
            _make(ours | {"CAIRNDESK_DATABASE__NAME": f"{name}_new"})
            line.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(f"{name}_new"), sql.Identifier(name)))
    return name


def own_database(name: str, *, empty: bool = False) -> str:
    """The name of a PostgreSQL database that nobody else uses; it is made here, with all tables or `empty`."""
    database, stencil = f"{name}_{os.getpid()}", "template0" if empty else template()
    with _postgres() as line:
        _create(line, database, stencil)
    return database


def _kept() -> Path:
    kept = FOLDER / f"{_digest(pysqlite3.sqlite_version)}.sqlite3"
    with _alone():
        if not kept.exists():
            for old in FOLDER.glob("*.sqlite3"):
                old.unlink()
            with tempfile.TemporaryDirectory(dir=FOLDER) as made:
                _make({"CAIRNDESK_DATA": made})
                path = Path(made) / "db" / "desk.sqlite3"
                with closing(pysqlite3.connect(path)) as whole:
                    whole.execute("PRAGMA journal_mode=DELETE")
                path.rename(kept)
    return kept


def _make(changed: Mapping[str, str]) -> None:
    with tempfile.TemporaryDirectory() as data:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CAIRNDESK_")}
        told = {"DJANGO_SETTINGS_MODULE": "cairndesk.settings", "PYTHONPATH": str(ROOT / "src"), "CAIRNDESK_DATA": data, **changed}
        subprocess.run([sys.executable, "-c", _MAKE], env=kept | told, cwd=data, check=True, timeout=600)


@contextmanager
def _alone() -> Iterator[None]:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@cache
def _digest(engine: str) -> str:
    """Of everything that decides what the migrations leave behind."""
    found = hashlib.sha256(f"{django.VERSION} {engine}".encode())
    for path in (*sorted(SOURCE.glob("*/migrations/*.py")), SOURCE / "founding.py"):
        found.update(path.as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def _postgres() -> psycopg.Connection[tuple[object, ...]]:
    host, user = os.environ["CAIRNDESK_DATABASE__HOST"], os.environ["CAIRNDESK_DATABASE__USER"]
    return psycopg.connect(host=host, user=user, dbname="postgres", autocommit=True)


def _create(line: psycopg.Connection[tuple[object, ...]], name: str, stencil: str = "template0") -> None:
    # What a run that was ended left behind is nobody's.
    line.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
    line.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(stencil)))
