"""What every command shares: exit codes, output for people and for programmes, and waking Django."""

import contextlib
import errno
import json
import os
import sys
from collections.abc import Iterator, Mapping
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from cairndesk import config as configuration
from cairndesk.config import Config, ConfigError
from cairndesk.lib.errors import DeskError


class Exit(IntEnum):
    """Stable exit codes; scripts and monitoring may rely on them."""

    OK = 0  # done
    PROBLEMS = 1  # the command ran and found something wrong
    USAGE = 2  # the command line cannot be understood
    CONFIG = 3  # the configuration cannot be used
    LOCKED = 4  # keys cannot be opened
    REFUSED = 5  # a named failure; the message says what to do
    LATER = 6  # a named failure that trying again may cure
    STOPPED = 130  # Ctrl-C


class NoDeskHere(DeskError):
    """There is no desk where the configuration says, or this user may not open it."""

    code = "cli.no_desk_here"
    remedy = "Run it as the user who runs `cairndesk serve` and name its file in CAIRNDESK_CONFIG; `cairndesk init` makes a new desk."


class NoDatabase(DeskError):
    """The database server does not answer, or not to us."""

    code = "cli.no_database"
    remedy = "See that the server runs and that what stands under [database] leads to it; then try again."
    retryable = True


class NoPlace(DeskError):
    """Nothing can be laid down in the place that was named; what is there stays as it is."""

    code = "cli.no_place"
    remedy = "Name another place, with --data or --config, that is yours to write to."


class NoRoom(DeskError):
    """The disk is full; what was kept before is kept."""

    code = "cli.no_room"
    remedy = "Make room on the disk, then start again."
    retryable = True


AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON on standard output.")]
out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)


def exit_code(failure: DeskError) -> Exit:
    """The exit code that stands for `failure`."""
    if isinstance(failure, ConfigError):
        return Exit.CONFIG
    if failure.code in {"custody.desk_locked", "custody.keyring_unreadable"}:
        return Exit.LOCKED
    return Exit.LATER if failure.retryable else Exit.REFUSED


def wake(file: Path | None = None) -> Config:
    """The configuration, with Django ready to be used by this process. Raises ConfigError."""
    if file is not None:
        os.environ[configuration.FILE_VARIABLE] = str(file)
    loaded = configuration.load()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cairndesk.settings")
    import django  # noqa: PLC0415 - `--help` must not wait for it

    django.setup(set_prefix=False)
    from cairndesk.custody import standing  # noqa: PLC0415 - needs Django's settings

    standing.watch()
    return loaded


@contextlib.contextmanager
def placing() -> Iterator[None]:
    """What is laid down in the block has a place; else NoPlace is raised. A full disk is another matter."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise
        raise NoPlace(f"{error.filename}: {error.strerror}.") from error


def found_in(config: Config) -> None:
    """Return where `config` names a desk; else raise NoDeskHere, before anything is written."""
    from cairndesk.custody import access  # noqa: PLC0415 - needs Django's settings
    from cairndesk.custody.sealing import keystore  # noqa: PLC0415 - the same

    # Who runs the belt apart may not look into the folder of keys; that there is one they may not enter is enough.
    with contextlib.suppress(PermissionError):
        if not (access.folder(config) / keystore.RING).exists():
            raise NoDeskHere(f"There is no desk in {config.data.absolute()}.")


def show(values: Mapping[str, Any], *, as_json: bool) -> None:
    """Print `values` as one JSON object, or as lines for a reader."""
    if as_json:
        sys.stdout.write(json.dumps(values, indent=2, default=str) + "\n")
        return
    width = max((len(key) for key in values), default=0)
    for key, value in values.items():
        out.print(f"{key.ljust(width)}  {value}", markup=False)
