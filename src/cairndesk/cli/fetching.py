"""`cairndesk signals lists fetch`: fetch a list now. It stands here because the room of the lists reaches no network."""

from typing import Annotated

import typer

from cairndesk.cli.common import Exit, out, wake
from cairndesk.lib.progress import bar
from cairndesk.signals.errors import ListRefused


def fetch(
    *,
    name: Annotated[str, typer.Argument(help="Name of the list.")],
    organisation: Annotated[str, typer.Option("--organisation", help="Short name of the organisation; the first one if left out.")] = "",
) -> None:
    """Fetch a list from its source now, as `cairndesk work` does when its time has come, and show how far it is. Broken off, it goes on where it was.

    Example: `cairndesk signals lists fetch "Partner list"`
    """
    wake()
    from cairndesk.lib import clock  # noqa: PLC0415 - after Django was set up, with the others
    from cairndesk.response import jobs  # noqa: PLC0415 - the same
    from cairndesk.signals import sources  # noqa: PLC0415 - the same
    from cairndesk.signals.cli.common import organisation_of  # noqa: PLC0415 - the same

    source = sources.of_list(organisation=organisation_of(organisation), name=name)
    if source is None:
        raise ListRefused(f"There is no list {name} that has a source; `cairndesk signals lists source` gives it one.")
    if not source.list.is_on or source.list.expires_on <= clock.now().date():
        raise ListRefused("The list is off or has expired, so it is not fetched; switch it on or renew its papers.")
    before = source.list.version
    with bar("fetching") as progress:
        failure = jobs.fetch_one(source, progress)
    if failure is not None:
        raise failure
    source.refresh_from_db()
    if source.worker:
        out.print("Another one is fetching it at this moment.")
        raise typer.Exit(Exit.LATER)
    source.list.refresh_from_db()
    if source.list.held_changes.filter(decided_at=None).exists():
        out.print("A change of it waits for a person; `cairndesk signals lists accept` or `refuse` decides.")
    elif source.list.version == before:
        out.print("Nothing has changed.")
    else:
        out.print(f"It counts as version {source.list.version} now.")
