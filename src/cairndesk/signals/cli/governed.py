"""`cairndesk signals lists …`: see the lists, and decide what waits for a person."""

import csv
import json
import sys
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from cairndesk.lib import clock
from cairndesk.signals.cli.common import AsJson, By, Desk, doer, organisation_of, out, print_json, set_up
from cairndesk.signals.rules import ACCEPTED_BECAUSE, REFUSED_BECAUSE, HeldBecause, Opinion

if TYPE_CHECKING:
    from uuid import UUID

    from cairndesk.signals.models import Feedback, HashList
    from cairndesk.signals.queries import ListShown
    from cairndesk.signals.sources import SourceShown

app = typer.Typer(name="lists", invoke_without_command=True)
# Source: SignalOpinionCategory of Meta's threatexchange library.
_CLASSES = {Opinion.AFFIRMATIVE: "POSITIVE_CLASS", Opinion.NEGATIVE: "NEGATIVE_CLASS", Opinion.DISPUTE: "DISPUTED"}


class Form(StrEnum):
    """How feedback is written."""

    CSV = "csv"
    JSONL = "jsonl"


Name = Annotated[str, typer.Argument(help="Name of the list.")]
Why = Annotated[HeldBecause, typer.Option(help="Why; it stands in the log.")]


@app.callback()
def lists_(*, context: typer.Context, organisation: Desk = "", as_json: AsJson = False) -> None:
    """Show every list with its papers, its size, whether it is asked, and how its fetching stands.

    Example: `cairndesk signals lists --json`
    """
    if context.invoked_subcommand is not None:
        return
    set_up()
    from cairndesk.signals import queries  # noqa: PLC0415 - Django has only now been set up

    shown = queries.lists(organisation=organisation_of(organisation), now=clock.now())
    if as_json:
        print_json([asdict(one) for one in shown])
        return
    if not shown:
        out.print("No list yet; `cairndesk signals import` takes one in.")
        return
    table = Table("list", "owner", "entries", "version", "expires", "asked")
    for one in shown:
        table.add_row(
            one.name,
            one.owner,
            f"{one.entries:,}",
            str(one.version),
            str(one.expires_on),
            _asked(one),
        )
    out.print(table)
    for one in shown:
        if one.source is not None:
            out.print(f"{one.name}: {_fetched(one.source)}", highlight=False, markup=False, soft_wrap=True)


@app.command()
def accept(*, name: Name, why: Why, as_: By) -> None:
    """Let a change that was held back count from now on, in every process.

    Example: `cairndesk signals lists accept "Partner list" --why announced --as sam`
    """
    if why not in ACCEPTED_BECAUSE:
        raise typer.BadParameter(f"one of {', '.join(ACCEPTED_BECAUSE)}", param_hint="--why")
    set_up()
    from cairndesk.signals import actions  # noqa: PLC0415 - Django has only now been set up

    organisation, by = doer(as_, clock.now())
    done = actions.accept_change(listed=_named(organisation, name), why=why, by=by, now=clock.now())
    out.print(f"{done.name} counts as version {done.version} now.", highlight=False)


@app.command()
def refuse(*, name: Name, why: Why, as_: By) -> None:
    """Throw a change away that was held back; the list stays as it is.

    Example: `cairndesk signals lists refuse "Partner list" --why damaged --as sam`
    """
    if why not in REFUSED_BECAUSE:
        raise typer.BadParameter(f"one of {', '.join(REFUSED_BECAUSE)}", param_hint="--why")
    set_up()
    from cairndesk.signals import actions  # noqa: PLC0415 - Django has only now been set up

    organisation, by = doer(as_, clock.now())
    done = actions.refuse_change(listed=_named(organisation, name), why=why, by=by, now=clock.now())
    out.print(f"{done.name} stays at version {done.version}.", highlight=False)


@app.command()
def renew(
    *, name: Name, as_: By, until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day on which it goes dark from now on.")]
) -> None:
    """Write down until when a list is good now; one that has expired is asked again.

    Example: `cairndesk signals lists renew "Confirmed here" --until 2028-01-01 --as sam`
    """
    set_up()
    from cairndesk.signals import actions  # noqa: PLC0415 - Django has only now been set up

    organisation, by = doer(as_, clock.now())
    done = actions.renew_list(listed=_named(organisation, name), expires_on=until.date(), by=by, now=clock.now())
    out.print(
        f"{done.name} is good until {done.expires_on.isoformat()}{'' if done.is_on else ', and still switched off by a person'}.", highlight=False
    )


@app.command()
def feedback(
    *,
    name: Name,
    as_: By,
    form: Annotated[Form, typer.Option("--format", help="csv, or jsonl: one JSON object a line.")] = Form.CSV,
    again: Annotated[bool, typer.Option(help="Write all of it, also what was sent.")] = False,
) -> None:
    """Write what people here have said of the entries of a list, for its owner; afterwards it counts as sent.

    Two people let it go first, on the page of the list; that holds for a day, and as long as nobody says more.

    No case and nobody of staff is named. `opinion` is affirmative or negative (as NCMEC's interface says it) or dispute; `class` is the
    same in the words of ThreatExchange. Example: `cairndesk signals lists feedback "Partner list" --as sam > feedback.csv`
    """
    set_up()
    from cairndesk.signals import actions  # noqa: PLC0415 - Django has only now been set up

    organisation, by = doer(as_, clock.now())
    going = actions.export_feedback(listed=_named(organisation, name), again=again, by=by, now=clock.now())
    rows = [_row(one) for one in going]
    if form is Form.JSONL:
        for row in rows:
            typer.echo(json.dumps(row, ensure_ascii=False))
        return
    sheet = csv.DictWriter(sys.stdout, ["kind", "value", "label", "opinion", "class", "reason", "on", "answer"], lineterminator="\n")
    sheet.writeheader()
    sheet.writerows(rows)


def _row(one: "Feedback") -> dict[str, str]:
    return {
        "kind": one.entry.kind,
        "value": one.entry.value,
        "label": one.entry.label,
        "opinion": one.opinion,
        "class": _CLASSES[Opinion(one.opinion)],
        "reason": one.reason,
        "on": one.made_at.date().isoformat(),
        "answer": one.answer,
    }


def _named(organisation: "UUID", name: str) -> "HashList":
    from cairndesk.signals.models import HashList  # noqa: PLC0415 - Django has only now been set up

    found = HashList.objects.filter(organisation=organisation, name=name, version__gt=0).first()
    if found is None:
        raise typer.BadParameter(f"there is no list {name}", param_hint="NAME")
    return found


def _asked(one: "ListShown") -> str:
    if one.is_asked and not one.version:
        return "not before it is fetched"
    told = "being read in" if one.is_behind else "yes" if one.is_asked else f"no: {one.off_because or 'expired'}"
    return f"{told}; a change waits" if one.is_held else told


def _fetched(source: "SourceShown") -> str:
    when = f"last fetched {source.fetched_at:%Y-%m-%d %H:%M} UTC" if source.fetched_at else "never fetched"
    if source.is_fetching:
        return f"{when}; being fetched now"
    why = f"{source.says} " if source.trouble else ""
    return f"{when}; {why}{'Tried again' if why else 'Next'} {source.next_try_at:%Y-%m-%d %H:%M} UTC"
