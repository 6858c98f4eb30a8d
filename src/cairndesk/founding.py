"""Founding a desk: folders, secrets, keys and tables; then the first organisation with its first administrator."""

import contextlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.urls import reverse

from cairndesk.accounts import actions
from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import SYSTEM, Role
from cairndesk.config import Config
from cairndesk.custody import access
from cairndesk.custody.actions import lay_down_store
from cairndesk.custody.actions.keys import add_keys
from cairndesk.custody.adapters import databases
from cairndesk.custody.sealing import keystore
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.lib.errors import DeskError
from cairndesk.lib.files import write_new
from cairndesk.serve import folders


class AlreadyFounded(DeskError):
    """There is a desk in this data folder already."""

    code = "founding.already_founded"
    remedy = "Keep the desk that is there, or name another place with --data and --config."


@dataclass(frozen=True)
class Founder:
    """The first organisation and the person who looks after it."""

    organisation: str
    slug: str
    country: str
    name: str
    sign_in_name: str
    kind: str = Organisation.Kind.NGO


def lay_ground(config: Config) -> Keyring:
    """Afterwards folders, session secret, tables and a ring of keys are there, and the ring is in use.

    Goes on with what a founding that was killed left behind. Raises AlreadyFounded rather than touch a desk that exists.
    """
    data = folders.make(config)
    if (access.folder(config) / keystore.RING).exists():
        if _has_organisation():
            raise AlreadyFounded
        return access.unlock(config)
    write_secret(config.secret_file or data / "keys" / "session.secret")
    make_tables()
    return access.create(config, Keyring.create())


def make_tables() -> int:
    """Afterwards the database has every table of this version, or is as it was; only here is its file laid down. Returns how many steps it took.

    The shred store is laid down after them. Raises ShredStoreAway where it is missing and rows need it.
    """
    if settings.CAIRNDESK.database.engine == "sqlite":
        (settings.DATA / "db" / databases.SQLITE).touch(mode=0o660)
    # Django notes a step as done only after the transaction of the step where it made keys or indexes at its end (django.db.migrations,
    # `apply_migration`); a kill in between would let no later try pass. So all steps and all notes are one transaction.
    with contextlib.ExitStack() as whole:
        if connection.vendor == "sqlite":
            # SQLite's editor refuses to begin within a transaction unless foreign keys rest; each step still checks them at its end.
            whole.enter_context(connection.constraint_checks_disabled())
        whole.enter_context(transaction.atomic())
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                # A table with rows that are still to be checked cannot be changed, and a long step must not be cut off.
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute("SET LOCAL statement_timeout = 0")
        missing = missing_steps()
        call_command("migrate", verbosity=0, interactive=False)
    lay_down_store()
    return missing


def missing_steps() -> int:
    """How many steps the tables are behind this version."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def add_desk(*, slug: str, name: str, country: str, now: datetime, kind: str = Organisation.Kind.NGO) -> Organisation:
    """Afterwards there is one more organisation, with keys of its own on the saved ring."""

    def make_keys(organisation: UUID) -> None:
        add_keys(organisation=organisation, by=SYSTEM, now=now)

    return actions.create_organisation(slug=slug, name=name, country=country, kind=kind, make_keys=make_keys, by=SYSTEM, now=now)


@transaction.atomic
def found(config: Config, founder: Founder, *, now: datetime) -> tuple[Person, str]:
    """Afterwards the first organisation has its first administrator; returns that person and the one-time address to enrol at."""
    desk = add_desk(slug=founder.slug, name=founder.organisation, country=founder.country, kind=founder.kind, now=now)
    person = actions.add_person(
        organisation=desk, sign_in_name=founder.sign_in_name, name=founder.name, roles=[Role.ADMINISTRATOR], by=SYSTEM, now=now
    )
    token = actions.make_link(person=person, by=SYSTEM, now=now)
    return person, f"{config.desk.public_url.rstrip('/')}{reverse('accounts:enrol')}?{urlencode({'link': token})}"


def _has_organisation() -> bool:
    """Whether anybody was founded here. The ring is made after the tables: where they are gone, somebody has a desk to mend, not to found."""
    try:
        return Organisation.objects.exists()
    except DatabaseError:
        return True


def write_secret(path: Path) -> None:
    """Afterwards there is a session secret; one that is there stays."""
    with contextlib.suppress(FileExistsError):
        write_new(path, secrets.token_hex(32).encode())
