"""The root of the command line: every group is named here, and every failure becomes a sentence and an exit code."""

import errno
import sys
from typing import Annotated

import typer

from cairndesk import __version__
from cairndesk.cli import (
    access,
    checks,
    configure,
    fetching,
    keys,
    language,
    poster,
    restoring,
    retention,
    running,
    scheme,
    starting,
    taxonomy,
    vault,
    witness,
)
from cairndesk.cli.common import Exit, NoDatabase, NoDeskHere, NoRoom, err, exit_code, out
from cairndesk.config import ConfigError
from cairndesk.lib.errors import DeskError
from cairndesk.signals import cli as signals

app = typer.Typer(
    name="cairndesk",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


def _version(wanted: bool) -> None:
    if wanted:
        out.print(f"Cairndesk {__version__}")
        raise typer.Exit


@app.callback()
def root(version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")] = False) -> None:
    """The open desk on which a child's call for help becomes action.

    Look around:  `cairndesk demo`

    A real desk:  `cairndesk init --organisation "Our Desk" --country XX --person "Ada Example"`, then `cairndesk serve`

    Is all well?  `cairndesk doctor`
    """


app.command()(starting.init)
app.command()(starting.upgrade)
app.command()(starting.demo)
app.command()(running.serve)
app.command()(running.work)
app.command()(checks.doctor)
app.command()(checks.verify)
app.command()(access.access)
app.command()(poster.poster)
app.command()(poster.short_texts)
app.command()(checks.backup)
app.command()(restoring.restore)
app.command()(restoring.drill)
app.command()(checks.accept_log)
app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})(witness.witness)
app.add_typer(configure.app, name="config")
app.add_typer(keys.app, name="keys")
app.add_typer(language.app, name="language")
signals.lists.command()(fetching.fetch)
app.add_typer(scheme.app, name="scheme")
app.add_typer(signals.app, name="signals")
app.add_typer(taxonomy.app, name="taxonomy")
app.add_typer(retention.app, name="retention")
app.add_typer(vault.app, name="vault")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    try:
        app(sys.argv[1:] if arguments is None else arguments)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(Exit.USAGE if end.code else Exit.OK)
    except KeyboardInterrupt:
        return int(Exit.STOPPED)
    except Exception as failure:
        named = _named(failure)
        if named is None:
            raise
        return _say(named)
    return int(Exit.OK)


def _named(failure: Exception) -> DeskError | None:
    """What a person is told about `failure`; None where nobody foresaw it."""
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415 - `--help` must not wait for it
    from django.db import DatabaseError, connection  # noqa: PLC0415 - the same

    if isinstance(failure, DeskError):
        return failure
    if isinstance(failure, ImproperlyConfigured):
        return ConfigError(str(failure))
    # A file or a table that cannot be opened is no finding: it must not look like a log that failed its check.
    if getattr(failure, "errno", None) == errno.ENOSPC or (isinstance(failure, DatabaseError) and "disk is full" in str(failure)):
        return NoRoom(str(failure))
    if isinstance(failure, DatabaseError) and connection.vendor == "postgresql":
        return NoDatabase(str(failure))
    return NoDeskHere(str(failure)) if isinstance(failure, OSError | DatabaseError) else None


def _say(failure: DeskError) -> int:
    if failure.detail and failure.detail != failure.remedy:
        err.print(failure.detail, markup=False, style="bold")
    err.print(failure.remedy, markup=False)
    err.print(f"({failure.code})", markup=False, style="dim")
    return int(exit_code(failure))
