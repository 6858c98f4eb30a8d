"""`cairndesk signals …`: take lists in, see them, look something up. Rooms are loaded only when a command runs."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cairndesk.lib import clock
from cairndesk.lib.progress import bar
from cairndesk.lib.text import defang
from cairndesk.signals.cli.common import AsJson, Desk, doer, err, organisation_of, out, print_json, set_up
from cairndesk.signals.engine import lists
from cairndesk.signals.engine.identifiers import recognise
from cairndesk.signals.errors import IndexBehind
from cairndesk.signals.rules import MayLeadTo, Papers, SeenBy

if TYPE_CHECKING:
    from cairndesk.signals.actions import Imported

app = typer.Typer(name="signals", help="Known lists: take them in, see them, look something up.", no_args_is_help=True)


@app.command("import")
def import_(
    *,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The list file.")],
    name: Annotated[str, typer.Option(help="Name of the list here; the same name again makes its next version.")],
    owner: Annotated[str, typer.Option(help="Who owns the list.")],
    agreement: Annotated[str, typer.Option(help="The agreement under which it was given.")],
    terms: Annotated[str, typer.Option(help="What the owner allows.")],
    provenance: Annotated[str, typer.Option(help="How it came here.")],
    expires: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day on which it goes dark.")],
    as_: Annotated[str, typer.Option("--as", help="Sign-in name of the supervisor who takes it in.")],
    received: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day on which it came; today if left out.")] = None,
    form: Annotated[
        lists.Format, typer.Option("--format", help="csv, jsonl (ThreatExchange), or signals (one `type value` a line).")
    ] = lists.Format.CSV,
    columns: Annotated[str, typer.Option("--map", help="For CSV: what it is = the column's name, as in pdq=Hash,label=Category.")] = "",
    distance: Annotated[int, typer.Option(min=0, max=31, help="Bits of 256 by which a near picture may differ.")] = 31,
    may_lead_to: Annotated[MayLeadTo, typer.Option(help="The most that a match may be used for.")] = MayLeadTo.LEAD,
    seen_by: Annotated[SeenBy, typer.Option(help="Who may be told of a match: staff, or also machines whose key may look up.")] = SeenBy.STAFF,
    may_share: Annotated[bool, typer.Option("--may-share", help="The owner allows that partners whose key may fetch lists get it.")] = False,
    batch_within: Annotated[
        int, typer.Option(min=0, max=31, help="With `--may-lead-to batch`: bits by which a picture may differ and still count; 0 for none.")
    ] = 0,
    batch_source: Annotated[str, typer.Option(help="Who measured or agreed that figure; needed with it.")] = "",
    replace: Annotated[bool, typer.Option(help="Take off what is not in the file.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take a list in as its next version. Rows that cannot be read are shown with their line and reason.

    Example: `cairndesk signals import list.csv --name "Partner list" --owner "Partner" --agreement A-7 --terms "Matching only"
    --provenance "sealed disk" --expires 2027-01-01 --as sam --map pdq=Hash,label=Category`
    """
    now = clock.now()
    papers = Papers(
        name=name, owner=owner, agreement=agreement, terms=terms, provenance=provenance,
        received_on=received.date() if received else now.date(), expires_on=expires.date(), distance=distance,
        may_lead_to=may_lead_to, seen_by=seen_by, may_share=may_share,
        batch_within=batch_within, batch_source=batch_source,
    )  # fmt: skip
    with file.open("rb") as stream, bar("taking in", hidden=as_json) as progress:
        rows = lists.parse(stream, form, lists.column_map(columns) if columns else None)
        size = file.stat().st_size
        done = _import(papers, rows, as_, now, replace=replace, progress=lambda _line: progress("taking in", stream.tell(), size))
    _show_import(done, as_json=as_json)


@app.command()
def cards(folder: Annotated[Path, typer.Argument(file_okay=False, help="Where to write them; made if it is not there.")]) -> None:
    """Write the harmless test cards that the look-up door always answers alike, and print the links that stand for them.

    Example: `cairndesk signals cards ./cards`
    """
    folder.mkdir(parents=True, exist_ok=True)
    set_up()
    from cairndesk.signals import magic  # noqa: PLC0415 - Django has only now been set up

    for card in magic.Card:
        (folder / f"{card}.bmp").write_bytes(magic.draw(card))
        out.print(f"{card}.bmp  {magic.link(card)}", highlight=False)


@app.command()
def match(
    *,
    value: Annotated[str, typer.Argument(help="A hash, link, domain, account, address or number; - reads it from standard input.")],
    organisation: Desk = "",
    as_json: AsJson = False,
) -> None:
    """Look one thing up in the lists that are on. Not being listed never means that something is harmless.

    Example: `cairndesk signals match -`, then type or paste it: so it stands in no history of the shell.
    """
    identifiers = recognise(sys.stdin.readline() if value == "-" else value)
    set_up()
    from cairndesk.signals import actions, queries  # noqa: PLC0415 - Django has only now been set up
    from cairndesk.signals.tally import Tally  # noqa: PLC0415 - the same

    now, tally = clock.now(), Tally()
    held = replace(queries.lists_now(organisation=organisation_of(organisation), now=now), counts=tally)
    found = queries.matches_on(held, identifiers)
    actions.count_uses(tally=tally, now=now)
    if unread := [listed.name for listed in held.unread()]:
        if not found:
            raise IndexBehind.of(unread)
        err.print(f"Still being read in, so not asked: {', '.join(unread)}.", highlight=False)
    if as_json:
        print_json([{**asdict(one), "identifier": {"kind": one.identifier.kind, "value": one.identifier.value}} for one in found])
        return
    if not found:
        out.print("Not on the lists that are on. That does not mean that it is harmless.")
    for one in found:
        out.print(f"{one.kind}, {one.distance} bits away, {one.form}: {one.list_name} of {one.owner} ({defang(one.identifier.value)}). {one.terms}")


def _import(
    papers: Papers, rows: Iterator[lists.Row | lists.BadRow], sign_in_name: str, now: datetime, *, replace: bool, progress: Callable[[int], object]
) -> "Imported":
    set_up()
    from cairndesk.signals import actions  # noqa: PLC0415 - Django has only now been set up

    organisation, by = doer(sign_in_name, now)
    return actions.import_list(organisation=organisation, papers=papers, rows=rows, by=by, now=now, replace=replace, progress=progress)


def _show_import(done: "Imported", *, as_json: bool) -> None:
    counts = {"version": done.number, "added": done.added, "removed": done.removed, "unchanged": done.unchanged, "refused": done.refused}
    if as_json:
        print_json({"list": str(done.listed.id), **counts, "is_held": done.is_held, "problems": [asdict(problem) for problem in done.problems]})
        return
    for problem in done.problems[:20]:
        err.print(f"line {problem.line}: {problem.reason}", highlight=False)
    if done.refused > 20:
        err.print(f"… and {done.refused - 20} more; --json shows the first thousand")
    out.print(", ".join(f"{name} {count:,}" for name, count in counts.items()), highlight=False)
    if done.is_held:
        out.print("This is more than the list may change by itself. It waits, and the old version counts.", highlight=False)
        out.print("Look at the page of the list, then `cairndesk signals lists accept` or `refuse`.", highlight=False)
