"""`cairndesk vault …`: whether every original is there, put back what is not, and take out what nothing needs."""

from pathlib import Path
from typing import Annotated

import typer

from cairndesk.cli.common import AsJson, Exit, found_in, show, wake
from cairndesk.cli.keys import Sheets
from cairndesk.cli.restoring import Identity, opener
from cairndesk.lib import clock
from cairndesk.lib.progress import bar

app = typer.Typer(name="vault", no_args_is_help=True, help="The originals that are kept sealed, in the data folder and in the bucket.")


@app.command()
def check(
    quick: Annotated[bool, typer.Option("--quick", help="Look only whether each is there in its full length, without reading it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Read every original and hold it against its recorded hash; exits with 1 when one is missing, changed or cannot be read.

    Needs no key. Also counts objects that no record knows for a day, and those that wait to be carried to the bucket.

    Example: `cairndesk vault check --json`
    """
    found_in(wake())
    from cairndesk.custody import actions  # noqa: PLC0415 - needs Django's settings

    with bar("checking the vault", hidden=as_json) as progress:
        report = actions.check_vault(now=clock.now(), reads=not quick, progress=progress)
    said = report.as_json() | {"ok": report.ok}
    show(said if as_json else said | {"damaged": _lines(report.damaged)}, as_json=as_json)
    raise typer.Exit(Exit.OK if report.ok else Exit.PROBLEMS)


@app.command()
def repair(
    source: Annotated[Path, typer.Option("--from", exists=True, help="A copy of the desk, or a folder of objects under their own names.")],
    identity: Identity = None,
    sheet: Sheets = None,
    as_json: AsJson = False,
) -> None:
    """Put missing and damaged originals back from a copy that holds them as they were sealed; exits with 1 when some are left, and names them.

    Each is held against its recorded hash first. A copy needs the identity or sheets that open it, a folder neither; no key of the desk is
    needed. What lies in a bucket is mended in the folder, and `work` carries it on.

    Examples: `cairndesk vault repair --from copy.tar.age --identity id.txt`, `cairndesk vault repair --from /mnt/other/vault`
    """
    found_in(wake())
    from cairndesk.custody import actions  # noqa: PLC0415 - needs Django's settings

    opens = "" if source.is_dir() else opener(identity, sheet)
    with bar("checking the vault", hidden=as_json) as progress:
        mending = actions.repair_vault(source=source, identity=opens, now=clock.now(), progress=progress)
    said = mending.as_json() | {"ok": mending.ok}
    show(said if as_json else said | {"beyond": _lines(mending.beyond)}, as_json=as_json)
    raise typer.Exit(Exit.OK if mending.ok else Exit.PROBLEMS)


@app.command()
def prune(
    sure: Annotated[bool, typer.Option("--sure", help="Delete it; without this nothing is touched.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what lies in the vault and nothing needs: what was destroyed, and what no record knows for a day. With --sure it goes.

    `work` does the same by itself. Example: `cairndesk vault prune --sure`
    """
    found_in(wake())
    from cairndesk.custody import actions  # noqa: PLC0415 - needs Django's settings

    now = clock.now()
    waste = actions.find_waste(now=now)
    show(waste.as_json() | {"deleted": actions.sweep_vault(now=now) if sure else 0}, as_json=as_json)


def _lines(names: tuple[str, ...]) -> str:
    return "\n".join(("", *names)) if names else "none"
