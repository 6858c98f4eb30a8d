"""`cairndesk restore` and `drill`: lay a copy down again, and try every week whether that would work."""

from pathlib import Path
from typing import Annotated

import typer

from cairndesk.cli.checks import identity_in
from cairndesk.cli.common import AsJson, Exit, err, found_in, out, show, wake
from cairndesk.cli.keys import Sheets, identity_of
from cairndesk.lib import clock
from cairndesk.lib.progress import bar

Identity = Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="File with the age identity that opens the copy.")]


def restore(
    copy: Annotated[Path, typer.Option("--verify", exists=True, dir_okay=False, help="The copy; all of it is checked before anything is laid down.")],
    to: Annotated[Path, typer.Option(help="The data folder that shall be; empty, or not there yet.")],
    identity: Identity = None,
    sheet: Sheets = None,
    shred: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="A copy of the shred store; else the newest beside the copy.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check a copy and lay it down as the data folder of a desk; with PostgreSQL the database of the configuration has to be empty.

    Without the identity, give recovery sheets. Then put the key file back (or `cairndesk keys recovery open`), and `cairndesk doctor`.

    Example: `cairndesk restore --verify copy.tar.age --to /var/lib/cairndesk/data --identity identity.txt`
    """
    config = wake()
    from cairndesk import founding  # noqa: PLC0415 - needs Django's settings
    from cairndesk.custody import actions  # noqa: PLC0415 - the same
    from cairndesk.custody import shred as store  # noqa: PLC0415 - the same
    from cairndesk.serve import folders  # noqa: PLC0415 - not for `--help`

    with bar("opening the copy", hidden=as_json) as progress:
        report = actions.restore(copy, identity=opener(identity, sheet), to=to.absolute(), parts=shred, progress=progress)
    laid = config.model_copy(update={"data": to.absolute()})
    folders.make(laid)
    founding.write_secret(config.secret_file or laid.data / "keys" / "session.secret")
    show(report.as_json() | {"data": to.absolute()}, as_json=as_json)
    if not (laid.data / store.FOLDER / store.NAME).exists():
        err.print("No copy of the shred store lies beside the copy, and none was named with --shred: without it nothing opens.")


def drill(
    copies: Annotated[Path, typer.Option("--from", exists=True, help="A copy, or the folder whose newest copy is tried.")],
    identity: Identity = None,
    sheet: Sheets = None,
    as_json: AsJson = False,
) -> None:
    """Try whether the newest copy would bring this desk back, and keep a signed result in the folder drills.

    It is laid into an empty temporary folder; one sealed thing in a hundred and all canaries are opened, and the log is held against what was
    signed. With sheets the keyring is opened by them, else by the key file or passphrase. Example: `cairndesk drill --from copies --identity id.txt`
    """
    config = wake()
    found_in(config)
    from cairndesk.custody import access, actions  # noqa: PLC0415 - needs Django's settings
    from cairndesk.custody.sealing import keystore  # noqa: PLC0415 - the same

    opens = opener(identity, sheet)
    copy = actions.newest_copy(copies) if copies.is_dir() else copies
    with bar("opening the copy", hidden=as_json) as progress:
        result, path = actions.drill(
            copy=copy,
            identity=opens,
            unlock=lambda keys: access.open_by_sheets(keys, opens) if sheet else keystore.load(keys / keystore.RING, access.lock(config)),
            sheets=bool(sheet),
            now=clock.now(),
            progress=progress,
        )
    if as_json:
        show(result.as_json() | {"file": path}, as_json=True)
    else:
        for figure in result.figures:
            out.print(f"{'ok' if figure.ok else 'FAILED':<7} {figure.id:<18} {figure.value} (goal {figure.goal})", markup=False)
        show({"file": path, "first problem": result.first_problem or "none"}, as_json=False)
    raise typer.Exit(Exit.OK if result.ok else Exit.PROBLEMS)


def opener(identity: Path | None, sheets: list[Path] | None) -> str:
    """The age identity that opens a copy, from a file or from recovery sheets; exactly one of the two is given."""
    if bool(identity) == bool(sheets):
        raise typer.BadParameter("one of --identity and --sheet opens the copy")
    return identity_in(identity) if identity else identity_of(sheets or [])
