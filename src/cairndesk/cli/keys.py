"""`cairndesk keys recovery …`: sheets of words that open the keyring, and every copy, once everything else is lost."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from cairndesk.cli.common import AsJson, err, found_in, show, wake
from cairndesk.config import Config
from cairndesk.lib import clock

app = typer.Typer(name="keys", no_args_is_help=True, help="What opens the keyring.")
recovery = typer.Typer(name="recovery", no_args_is_help=True, help="Sheets of words for several people, of whom some together open everything.")
app.add_typer(recovery)

Sheets = Annotated[
    list[Path] | None,
    typer.Option("--sheet", exists=True, dir_okay=False, help="File with the words of one recovery sheet; give as many as are needed."),
]


@app.callback()
def _group() -> None:
    """A group, so that its commands keep their names."""


@recovery.command()
def create(
    shares: Annotated[int, typer.Option(help="How many sheets, each for one person.")] = 5,
    need: Annotated[int, typer.Option(help="How many of them open everything together.")] = 3,
    apart: Annotated[bool, typer.Option("--apart", help="Touch no desk: for a machine without a line. `use` then takes the recipient.")] = False,
    again: Annotated[bool, typer.Option("--again", help="There are sheets already, and the new ones shall take their place.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make recovery sheets and show them once; only the public part is kept. Stop the desk first.

    One page for each goes to a printer. Copies that were made before are not opened by them.

    Example: `cairndesk keys recovery create --shares 5 --need 3 | lp`
    """
    from cairndesk.custody.sealing import recovery as sheets_of  # noqa: PLC0415 - not for `--help`

    if apart:
        recipient, sheets = sheets_of.create(shares=shares, need=need)
    else:
        config = _free(again=again)
        recipient, sheets = sheets_of.create(shares=shares, need=need)
        _set(config, recipient)
    if as_json:
        show({"recipient": recipient, "need": need, "sheets": sheets}, as_json=True)
        return
    # A form feed between them: a printer begins a new page, and nobody is handed two sheets on one.
    sys.stdout.write("\f".join(_page(number, words, shares, need, recipient) for number, words in enumerate(sheets, 1)))
    err.print("This is shown once. Give each sheet to another person, keep none of them on this machine, and try them: `cairndesk drill --sheet …`.")


@recovery.command()
def use(
    recipient: Annotated[str, typer.Argument(help="The public part (age1…) that `create --apart` showed.")],
    again: Annotated[bool, typer.Option("--again", help="There are sheets already, and these shall take their place.")] = False,
    as_json: AsJson = False,
) -> None:
    """Have sheets that were made on another machine open this desk. Stop the desk first.

    Example: `cairndesk keys recovery use age1…`
    """
    _set(_free(again=again), recipient)
    show({"recipient": recipient}, as_json=as_json)


@recovery.command(name="open")
def open_(
    sheet: Sheets = None,
    key_file: Annotated[
        Path | None, typer.Option(help="Where the fresh key file is written; where the configuration expects it if left out.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Open the keyring by recovery sheets and give it a new lock: passphrase, key file, or both are lost. Stop the desk first.

    With a passphrase, write a new one into its file before. Without `--sheet` the words are asked for. Example: `cairndesk keys recovery open`
    """
    config = wake()
    found_in(config)
    from cairndesk.custody import actions  # noqa: PLC0415 - needs Django's settings
    from cairndesk.serve import supervisor  # noqa: PLC0415 - not for `--help`

    with supervisor.alone(config.data.absolute()):
        identity = identity_of(sheet) if sheet else _asked()
        try:
            ring = actions.recover_keyring(config=config, identity=identity, key_file=key_file, now=clock.now())
        except FileExistsError as error:
            raise typer.BadParameter("there is a key file already; move it away, or name another place with --key-file") from error
    show({"organisations": len(ring.organisations)}, as_json=as_json)


def identity_of(sheets: Sequence[Path]) -> str:
    """The age identity that these sheets hold together; raises SheetsRefused."""
    from cairndesk.custody.sealing import recovery as sheets_of  # noqa: PLC0415 - not for `--help`

    return sheets_of.combine([file.read_text("utf-8") for file in sheets])


def _asked() -> str:
    from cairndesk.custody.sealing import recovery as sheets_of  # noqa: PLC0415 - not for `--help`

    given: list[str] = []
    while words := typer.prompt(
        f"Words of sheet {len(given) + 1} (not shown; empty when all are given)", default="", hide_input=True, show_default=False
    ):
        given.append(words)
    return sheets_of.combine(given)


def _free(*, again: bool) -> Config:
    """The configuration of a desk that has no sheets yet, unless others shall be made `again`."""
    config = wake()
    found_in(config)
    from cairndesk.custody import access  # noqa: PLC0415 - needs Django's settings

    if access.recovery_recipient(access.folder(config)) and not again:
        raise typer.BadParameter("there are recovery sheets already; say --again if these shall take their place")
    return config


def _set(config: Config, recipient: str) -> None:
    from cairndesk.custody import actions  # noqa: PLC0415 - needs Django's settings
    from cairndesk.serve import supervisor  # noqa: PLC0415 - not for `--help`

    # The desk writes the ring as well, whenever an organisation is added.
    with supervisor.alone(config.data.absolute()):
        actions.set_recovery(config=config, recipient=recipient, now=clock.now())


def _page(number: int, words: str, shares: int, need: int, recipient: str) -> str:
    listed = words.split()
    rows = [" ".join(f"{at + 1:>2}. {listed[at]:<9}" for at in range(row, min(row + 3, len(listed)))).rstrip() for row in range(0, len(listed), 3)]
    head = [
        f"# Cairndesk recovery sheet {number} of {shares}. Any {need} of them together open the desk and its copies.",
        f"# For: {recipient}",
        "# Keep it where nobody else reads it, and apart from the other sheets.",
    ]
    return "\n".join([*head, *rows, ""])
