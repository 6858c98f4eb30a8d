"""The root of the command line: every group is named here, and every failure becomes a sentence and an exit code."""

import errno
import sys

import typer

from cairndesk.cli import checks, configure, running, starting
from cairndesk.cli.common import Exit, NoDeskHere, NoRoom, err, exit_code
from cairndesk.lib.errors import DeskError
from cairndesk.signals import cli as signals

app = typer.Typer(
    name="cairndesk",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="""The open desk on which a child's call for help becomes action.

Look around:  `cairndesk demo`

A real desk:  `cairndesk init --organisation "Our Desk" --country XX --person "Ada Example"`, then `cairndesk serve`

Is all well?  `cairndesk doctor`
""",
)
app.command()(starting.init)
app.command()(starting.upgrade)
app.command()(starting.demo)
app.command()(running.serve)
app.command()(running.work)
app.command()(checks.doctor)
app.command()(checks.verify)
app.command()(checks.backup)
app.add_typer(configure.app, name="config")
app.add_typer(signals.app, name="signals")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    try:
        app(sys.argv[1:] if arguments is None else arguments)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(Exit.USAGE if end.code else Exit.OK)
    except DeskError as failure:
        return _say(failure)
    except KeyboardInterrupt:
        return int(Exit.STOPPED)
    except Exception as failure:
        from django.db import DatabaseError  # noqa: PLC0415 - `--help` must not wait for it

        # A file or a table that cannot be opened is no finding: it must not look like a log that failed its check.
        if getattr(failure, "errno", None) == errno.ENOSPC or (isinstance(failure, DatabaseError) and "disk is full" in str(failure)):
            return _say(NoRoom(str(failure)))
        if isinstance(failure, OSError | DatabaseError):
            return _say(NoDeskHere(str(failure)))
        raise
    return int(Exit.OK)


def _say(failure: DeskError) -> int:
    if failure.detail and failure.detail != failure.remedy:
        err.print(failure.detail, markup=False, style="bold")
    err.print(failure.remedy, markup=False)
    err.print(f"({failure.code})", markup=False, style="dim")
    return int(exit_code(failure))
