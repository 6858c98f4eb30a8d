"""`cairndesk signals blocklist …`: exact addresses that access providers are asked to block."""

import sys
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from cairndesk.lib import clock
from cairndesk.lib.text import defang
from cairndesk.signals.cli.common import AsJson, By, Desk, doer, organisation_of, out, print_json, set_up
from cairndesk.signals.engine import blocking
from cairndesk.signals.engine.identifiers import recognise
from cairndesk.signals.rules import DelistedBecause

if TYPE_CHECKING:
    from uuid import UUID

    from cairndesk.signals.models import Block, HashList

app = typer.Typer(name="blocklist", invoke_without_command=True)


class Form(StrEnum):
    """How the list is written."""

    TEXT = "text"
    JSONL = "jsonl"


Address = Annotated[str, typer.Argument(help="The exact address, defanged or not.")]


@app.callback()
def blocklist_(*, context: typer.Context, organisation: Desk = "", as_json: AsJson = False) -> None:
    """Show every address that is to be blocked, until when, and when somebody looked at it again. What ends first comes first.

    An address comes on it in review, by two people, and alone: there is no entry for a site, a folder or a word.
    Example: `cairndesk signals blocklist`
    """
    if context.invoked_subcommand is not None:
        return
    set_up()
    from cairndesk.signals import blocklist  # noqa: PLC0415 - Django has only now been set up

    rows = [_row(one) for one in blocklist.blocks(_own(organisation_of(organisation)))]
    if as_json:
        print_json(rows)
        return
    table = Table("address", "listed", "ends", "looked at again")
    for row in rows:
        table.add_row(*row.values())
    out.print(table)


@app.command()
def export(*, as_: By, form: Annotated[Form, typer.Option("--format", help="text: an address a line; jsonl: an object a line.")] = Form.TEXT) -> None:
    """Write what is to be blocked now, with its version and the day on which its first entry ends. What has expired or was delisted is not in it.

    Two people let it go first, on the page of the list; that holds for a day, and as long as nothing comes or goes.

    Example: `cairndesk signals blocklist export --as sam > block.txt`
    """
    set_up()
    from cairndesk.signals import actions  # noqa: PLC0415 - Django has only now been set up

    organisation, by = doer(as_, clock.now())
    given = actions.export_blocks(listed=_own(organisation), by=by, now=clock.now())
    sys.stdout.write((blocking.as_text(given) if form is Form.TEXT else blocking.as_json_lines(given)).decode())


@app.command()
def renew(
    *, address: Address, as_: By, until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day from which on it is blocked no more.")]
) -> None:
    """Say that somebody looked at an address again, and until when it is to be blocked now.

    Example: `cairndesk signals blocklist renew hxxps://pictures[.]example/a/1 --until 2027-02-01 --as sam`
    """
    set_up()
    from cairndesk.signals import actions, blocklist  # noqa: PLC0415 - Django has only now been set up

    organisation, by = doer(as_, clock.now())
    block = blocklist.block_of(_own(organisation), recognise(address))
    done = actions.renew_block(block=block, expires_on=until.date(), by=by, now=clock.now())
    out.print(f"It is to be blocked until {done.expires_on.isoformat()}.", highlight=False)


@app.command()
def delist(*, address: Address, as_: By, why: Annotated[DelistedBecause, typer.Option(help="Why; it stands in the log.")]) -> None:
    """Take an address off; the next list that anybody fetches is without it.

    Example: `cairndesk signals blocklist delist hxxps://pictures[.]example/a/1 --why removed --as sam`
    """
    set_up()
    from cairndesk.signals import actions, blocklist  # noqa: PLC0415 - Django has only now been set up

    organisation, by = doer(as_, clock.now())
    actions.delist_address(block=blocklist.block_of(_own(organisation), recognise(address)), why=why, by=by, now=clock.now())
    out.print("It is off the list.")


def _row(one: "Block") -> dict[str, str]:
    looked = one.reviewed_at.date().isoformat() if one.reviewed_at else ""
    days = {"listed_on": one.listed_at.date().isoformat(), "expires_on": one.expires_on.isoformat(), "reviewed_on": looked}
    return {"address": defang(one.entry.value), **days}


def _own(organisation: "UUID") -> "HashList":
    from cairndesk.signals import queries  # noqa: PLC0415 - Django has only now been set up

    found = queries.own_list(organisation=organisation)
    if found is None:
        raise typer.BadParameter("there is no list of our own yet; a supervisor makes it on the page of the known lists")
    return found
