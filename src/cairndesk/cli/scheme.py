"""`cairndesk scheme …`: the schemes by which a desk grades, beside the severity: which there are, and loading one."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from cairndesk.review.rules.severity import Scheme

from cairndesk.cli.common import AsJson, out, show, wake
from cairndesk.lib import clock

app = typer.Typer(
    help="The schemes of others by which this desk grades: tables that come along, and those that a member loads.", no_args_is_help=True
)
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The table, as TOML.")]


@app.command("list")
def list_schemes(*, as_json: AsJson = False) -> None:
    """Show which schemes are used, in every version that was loaded, and which come along.

    Example: `cairndesk scheme list`
    """
    wake()
    from cairndesk.review import scheme  # noqa: PLC0415 - Django has only now been set up

    now, (kept, broken) = {one.key for one in scheme.used(clock.now().date())}, scheme.kept()
    said = {one.key: "in force" if one.key in now else "kept for what was graded by it" for one in kept}
    said |= {error.detail.partition(",")[0]: error.detail for error in broken}
    names = {one.name for one in kept}
    for name in scheme.shipped_names():
        if name not in names:
            said[name] = "an empty slot: fill a copy and load it" if name in scheme.SLOTS else "comes along, not used"
    show(said, as_json=as_json)


@app.command("show")
def show_table(name: Annotated[str, typer.Argument(help="The name of a table that comes along.")]) -> None:
    """Write a table that comes along to standard output, to read it or to fill the copy of a slot.

    Example: `cairndesk scheme show inhope_ucs > inhope.toml`
    """
    wake()
    from cairndesk.review import errors, scheme  # noqa: PLC0415 - Django has only now been set up

    text = scheme.shipped_text(name)
    if text is None:
        raise errors.NoSuchScheme
    sys.stdout.write(text)


@app.command()
def check(file: File) -> None:
    """Say whether a table can be loaded, or on which line it cannot and why; nothing is changed.

    Example: `cairndesk scheme check inhope.toml`
    """
    wake()
    from cairndesk.review.rules import reading  # noqa: PLC0415 - Django has only now been set up

    text = _text(file)
    if reading.is_mapping(text):
        table = reading.read_mapping(text, place=file.name)
        out.print(f"From {table.origin} to {table.to}, {len(table.pairs)} values. Loading looks whether both are here.", markup=False)
        return
    found = reading.read_scheme(text, place=file.name)
    out.print(f"{found.key}: {found.title}, {len(found.levels)} values. It can be loaded.", markup=False)


@app.command()
def load(what: Annotated[str, typer.Argument(help="A file, or the name of a table that comes along.")]) -> None:
    """Use a scheme beside the severity, from its day on, or a mapping instead of the one before; older versions of schemes stay.

    Example: `cairndesk scheme load uk_sentencing` or `cairndesk scheme load inhope.toml`
    """
    wake()
    from cairndesk.review import errors, scheme  # noqa: PLC0415 - Django has only now been set up
    from cairndesk.review.rules.reading import is_mapping  # noqa: PLC0415 - Django has only now been set up

    text = scheme.shipped_text(what)
    if text is None and not Path(what).is_file():
        raise errors.NoSuchScheme
    text = _text(Path(what)) if text is None else text
    if is_mapping(text):
        table = scheme.load_mapping(text, place=Path(what).name)
        out.print(f"Values of {table.origin} are written as those of {table.to} by this table from now on.", markup=False)
        return
    found, is_new = scheme.load(text, place=Path(what).name)
    out.print(f"{found.key}: {found.title}. {_when(found) if is_new else 'It is there already.'}", markup=False)


def _when(found: "Scheme") -> str:
    from cairndesk.review import scheme  # noqa: PLC0415 - Django has only now been set up

    today = clock.now().date()
    used = next((one for one in scheme.used(today) if one.name == found.name), None)
    if used == found:
        return "It is used from now on."
    if found.since and found.since > today:
        return f"It is used from {found.since} on."
    return f"It is kept, and not used: {f'{used.key} is newer' if used else f'it ended on {found.until}'}."


def _text(file: Path) -> str:
    from cairndesk.review.errors import SchemeBroken  # noqa: PLC0415 - Django has only now been set up

    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError as error:
        line = file.read_bytes()[: error.start].count(b"\n") + 1
        raise SchemeBroken(f"{file.name}, line {line}: it is not written in UTF-8") from error
