"""`cairndesk signals lists source …`: where a list is fetched from."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from cairndesk.lib import clock
from cairndesk.signals.cli.common import By, doer, out, set_up
from cairndesk.signals.cli.governed import app
from cairndesk.signals.engine import lists
from cairndesk.signals.errors import ListRefused
from cairndesk.signals.rules import PAPERS, MayLeadTo, Papers, SeenBy, Source, SourceKind

if TYPE_CHECKING:
    from cairndesk.signals.models import HashList

_PAPER = "; as it stands if left out, and needed for a list that is new"


@app.command()
def source(
    *,
    name: Annotated[str, typer.Argument(help="Name of the list here; one that is new is made.")],
    as_: By,
    kind: Annotated[SourceKind, typer.Option(help="What the source speaks; `file` is a list file.")] = SourceKind.FILE,
    address: Annotated[str, typer.Option(help="Its address; of a file also its plain name in the folder `lists.folder`.")] = "",
    credentials: Annotated[str, typer.Option(help="Name of the file with the credentials in the folder `lists.credentials`.")] = "",
    every: Annotated[int, typer.Option(min=1, max=168, help="Hours from one fetch to the next.")] = 24,
    group: Annotated[str, typer.Option(help="Number of the privacy group, of ThreatExchange only.")] = "",
    form: Annotated[lists.Format, typer.Option("--format", help="Of a file: csv, jsonl, or signals.")] = lists.Format.CSV,
    columns: Annotated[str, typer.Option("--map", help="Of a CSV file: what it is = the column's name, as in pdq=Hash,label=Category.")] = "",
    owner: Annotated[str | None, typer.Option(help=f"Who owns the list{_PAPER}.")] = None,
    agreement: Annotated[str | None, typer.Option(help=f"The agreement under which it is given{_PAPER}.")] = None,
    terms: Annotated[str | None, typer.Option(help=f"What the owner allows{_PAPER}.")] = None,
    expires: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help=f"The day on which it goes dark{_PAPER}.")] = None,
    distance: Annotated[int | None, typer.Option(min=0, max=31, help="Bits of 256 by which a near picture may differ; 31 for a new list.")] = None,
    may_lead_to: Annotated[MayLeadTo | None, typer.Option(help="The most that a match may be used for; a lead for a new list.")] = None,
    seen_by: Annotated[SeenBy | None, typer.Option(help="Who may be told of a match; staff for a new list.")] = None,
    batch_within: Annotated[int | None, typer.Option(min=0, max=31, help="See `import`; 0 for a new list.")] = None,
    batch_source: Annotated[str | None, typer.Option(help="Who measured or agreed that figure.")] = None,
    remove: Annotated[bool, typer.Option("--remove", help="End the fetching; the list stays as it is.")] = False,
) -> None:
    """Say where a list is fetched from and how often, or renew its papers. `cairndesk work` fetches it; what the source takes back, the list loses.

    Its host must stand in `lists.hosts` of the configuration. What opens it stands in a file of its own, never here and never in the database:
    `user:password` for ncmec and for a file, `function key,subscription key` for stopncii, `app number|secret` for threatexchange.

    Example: `cairndesk signals lists source "Partner list" --address https://lists.example/list.csv --map md5=Hash --owner "Partner"
    --agreement A-7 --terms "Matching only" --expires 2027-01-01 --every 12 --as sam`
    """
    now = clock.now()
    set_up()
    from cairndesk.signals import actions  # noqa: PLC0415 - Django has only now been set up

    organisation, by = doer(as_, now)
    standing = _standing(organisation, name)
    if remove:
        if standing is None:
            raise ListRefused(f"There is no list {name}.")
        actions.remove_source(listed=standing, by=by, now=now)
        out.print("It is fetched no more.")
        return
    lists.column_map(columns) if columns else None
    is_file = kind is SourceKind.FILE
    given = {"owner": owner, "agreement": agreement, "terms": terms, "expires_on": expires and expires.date(), "distance": distance}
    given |= {"may_lead_to": may_lead_to, "seen_by": seen_by, "batch_within": batch_within, "batch_source": batch_source}
    papers = _papers(name, standing, {field: value for field, value in given.items() if value is not None}, now, place=address)
    place = Source(
        kind=kind, address=address, credentials=credentials, every_hours=every, collection=group,
        form=form.value if is_file else "", columns=columns if is_file else "",
    )  # fmt: skip
    actions.set_source(organisation=organisation, papers=papers, source=place, by=by, now=now)
    out.print("`cairndesk work` fetches it now; `cairndesk signals lists` shows how it goes.", highlight=False)


def _standing(organisation: UUID, name: str) -> "HashList | None":
    from cairndesk.signals.models import HashList  # noqa: PLC0415 - Django has only now been set up

    return HashList.objects.filter(organisation=organisation, name=name).first()


def _papers(name: str, standing: "HashList | None", given: dict[str, object], now: datetime, *, place: str) -> Papers:
    """What is given over what stands; a mistake in the command where something is missing."""
    fields: dict[str, object] = {"name": name, "received_on": now.date(), "provenance": f"fetched from {place}"}
    if standing is not None:
        fields = {field: getattr(standing, field) for field in PAPERS}
        fields |= {"may_lead_to": MayLeadTo(standing.may_lead_to), "seen_by": SeenBy(standing.seen_by)}
    fields |= given
    if missing := [option for option, field in _NEEDED.items() if field not in fields]:
        raise typer.BadParameter(f"a list that is new needs {', '.join(missing)}")
    return Papers(**fields)  # type: ignore[arg-type] # each was checked by its option, or stands in the table


_NEEDED = {"--owner": "owner", "--agreement": "agreement", "--terms": "terms", "--expires": "expires_on"}
