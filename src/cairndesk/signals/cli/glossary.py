"""`cairndesk signals glossary …`: restricted terms, entered by the operator, matched only with what was reported."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from cairndesk.lib import clock
from cairndesk.lib.files import replace_durably
from cairndesk.signals.cli.common import AsJson, By, Desk, doer, err, organisation_of, out, print_json, set_up
from cairndesk.signals.engine import glossary
from cairndesk.signals.errors import ListRefused
from cairndesk.signals.rules import GlossaryPapers

if TYPE_CHECKING:
    from cairndesk.signals.actions import GlossaryImported

app = typer.Typer(help="Restricted terms with their meaning: take them in, see whether they are current, write them out.", no_args_is_help=True)


@app.command("import")
def import_(
    *,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV with the columns " + ", ".join(glossary.COLUMNS) + ".")],
    name: Annotated[str, typer.Option(help="Name of the glossary here; the same name again makes its next version, which replaces the last.")],
    owner: Annotated[str, typer.Option(help="Who owns the glossary.")],
    agreement: Annotated[str, typer.Option(help="The agreement under which it was given.")],
    terms: Annotated[str, typer.Option(help="What the owner allows.")],
    provenance: Annotated[str, typer.Option(help="How it came here.")],
    expires: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day on which it goes dark.")],
    as_: By,
    received: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day on which it came; today if left out.")] = None,
    may_share: Annotated[bool, typer.Option("--may-share", help="The owner allows that platforms with a key of this desk get it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take a glossary in as its next version, sealed. Rows that cannot be used are shown with their line and reason, never with their words.

    Each row has a term or a pattern (RE2), a language or none, a meaning, a platform or none, a confidence (low, medium, high), and the
    day of its next review, on which it goes off. Example: `cairndesk signals glossary import terms.csv --name "Regional terms"
    --owner "Partner" --agreement A-8 --terms "Matching only" --provenance "sealed disk" --expires 2027-01-01 --as sam`
    """
    now = clock.now()
    papers = GlossaryPapers(
        name=name, owner=owner, agreement=agreement, terms=terms, provenance=provenance,
        received_on=received.date() if received else now.date(), expires_on=expires.date(), may_share=may_share,
    )  # fmt: skip
    _open_desk()
    from cairndesk.signals import actions  # noqa: PLC0415 - Django has only now been set up

    organisation, by = doer(as_, now)
    with file.open("rb") as stream:
        done = actions.import_glossary(organisation=organisation, papers=papers, rows=glossary.parse(stream, today=now.date()), by=by, now=now)
    _show(done, as_json=as_json)


@app.command("list")
def list_(*, organisation: Desk = "", as_json: AsJson = False) -> None:
    """Show every glossary with its papers, and how many of its terms are off because their review is overdue. No term is shown.

    Example: `cairndesk signals glossary list --json`
    """
    set_up()
    from cairndesk.signals import queries  # noqa: PLC0415 - Django has only now been set up

    shown = queries.glossaries(organisation=organisation_of(organisation), now=clock.now())
    if as_json:
        print_json([asdict(one) for one in shown])
        return
    table = Table("glossary", "owner", "terms", "overdue", "version", "expires", "asked")
    for one in shown:
        asked = "yes" if one.is_asked else f"no: {one.off_because or 'expired'}"
        table.add_row(one.name, one.owner, f"{one.entries:,}", f"{one.overdue:,}", str(one.version), str(one.expires_on), asked)
    out.print(table)


@app.command()
def export(
    *,
    file: Annotated[Path, typer.Argument(dir_okay=False, help="Where the CSV is written; an old file there is replaced.")],
    name: Annotated[str, typer.Option(help="Name of the glossary.")],
    to: Annotated[str, typer.Option(help="For whom: the sender of a key that this desk gave to a platform.")],
    as_: By,
) -> None:
    """Write the terms that are current for a platform that the desk has vetted: one that holds a key. The log says to whom they went.

    Two people let them go first, on the page of the known lists; that holds for a day, and for this version.
    Example: `cairndesk signals glossary export terms.csv --name "Regional terms" --to "Chat Example" --as sam`
    """
    now = clock.now()
    _open_desk()
    from cairndesk.signals import actions  # noqa: PLC0415 - Django has only now been set up
    from cairndesk.signals.models import Glossary  # noqa: PLC0415 - the same

    organisation, by = doer(as_, now)
    found = Glossary.objects.filter(organisation=organisation, name=name).first()
    if found is None:
        raise ListRefused(f"There is no glossary {name}.")
    terms = actions.export_glossary(glossary=found, to=to, by=by, now=now)
    replace_durably(file.absolute(), [glossary.as_csv(terms)], mode=0o600)
    out.print(f"terms {len(terms):,}", highlight=False)


def _open_desk() -> None:
    """Afterwards this process has the keys: terms are kept sealed."""
    set_up()
    from django.conf import settings  # noqa: PLC0415 - Django has only now been set up

    from cairndesk.custody import access  # noqa: PLC0415 - the same

    access.unlock(settings.CAIRNDESK)


def _show(done: "GlossaryImported", *, as_json: bool) -> None:
    counts = {"version": done.number, "terms": done.entries, "refused": len(done.problems)}
    if as_json:
        print_json({"glossary": str(done.glossary.pk), **counts, "problems": [asdict(problem) for problem in done.problems]})
        return
    for problem in done.problems:
        err.print(f"line {problem.line}: {problem.reason}", highlight=False)
    out.print(", ".join(f"{word} {count:,}" for word, count in counts.items()), highlight=False)
