"""`cairndesk scheme …`: the schemes by which a desk grades, beside the severity: which there are, and loading one."""

import sys
from pathlib import Path
from typing import Annotated

import typer

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
    from cairndesk.review.rules.reading import read_scheme  # noqa: PLC0415 - Django has only now been set up

    found = read_scheme(_text(file), place=file.name)
    out.print(f"{found.key}: {found.title}, {len(found.levels)} values. It can be loaded.", markup=False)


@app.command()
def load(what: Annotated[str, typer.Argument(help="A file, or the name of a table that comes along.")]) -> None:
    """Use a scheme beside the severity, from its day on; older versions stay for what was graded by them.

    Example: `cairndesk scheme load uk_sentencing` or `cairndesk scheme load inhope.toml`
    """
    wake()
    from cairndesk.review import errors, scheme  # noqa: PLC0415 - Django has only now been set up

    text = scheme.shipped_text(what)
    if text is None and not Path(what).is_file():
        raise errors.NoSuchScheme
    found, is_new = scheme.load(_text(Path(what)) if text is None else text, place=Path(what).name)
    since = f"from {found.since} on" if found.since else "from now on"
    out.print(f"{found.key}: {found.title}. {f'It is used {since}.' if is_new else 'It is there already.'}", markup=False)


def _text(file: Path) -> str:
    from cairndesk.review.errors import SchemeBroken  # noqa: PLC0415 - Django has only now been set up

    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError as error:
        line = file.read_bytes()[: error.start].count(b"\n") + 1
        raise SchemeBroken(f"{file.name}, line {line}: it is not written in UTF-8") from error
