"""`cairndesk retention …`: what will be destroyed and why, destroy what is due now, and tell the desk the day after its clock jumped."""

from datetime import timedelta
from typing import Annotated

import typer
from rich.table import Table

from cairndesk.cli.common import AsJson, Exit, found_in, out, show, wake
from cairndesk.lib import clock
from cairndesk.lib.progress import bar

app = typer.Typer(name="retention", no_args_is_help=True, help="What is kept how long, and what is destroyed when its time is over.")


@app.command()
def plan(*, days: Annotated[int, typer.Option(min=0, max=3660, help="How many days ahead.")] = 30, as_json: AsJson = False) -> None:
    """Show what the schedule ends within some days, and what is held; nothing is destroyed.

    Example: `cairndesk retention plan --days 90`
    """
    found_in(wake())
    from cairndesk.accounts.models import Organisation  # noqa: PLC0415 - Django has only now been set up
    from cairndesk.retention import queries  # noqa: PLC0415 - the same

    now = clock.now()
    due = list(queries.due_by(now + timedelta(days=days), now=now))
    held = sum(queries.held_back(organisation=desk.pk).count() for desk in Organisation.objects.all())
    if as_json:
        rows = [
            {"case": one.case.number, "class": one.kind.value, "on": one.at.date(), "why": one.why.value, "schedule": one.schedule} for one in due
        ]
        show({"due": rows, "held": held}, as_json=True)
        return
    table = Table("on", "case", "records", "why", "schedule")
    for one in due:
        table.add_row(f"{one.at:%Y-%m-%d}", one.case.number, one.title, one.why_words, one.schedule)
    if due:
        out.print(table)
    else:
        out.print(f"Nothing is due within {days} days.")
    out.print(f"{held} hold{'' if held == 1 else 's'} stand{'s' if held == 1 else ''}.")


@app.command()
def run(*, as_json: AsJson = False) -> None:
    """Destroy now what is due, as `cairndesk work` does by itself, and show how far it is. Broken off, it goes on where it was.

    Example: `cairndesk retention run`
    """
    found_in(config := wake())
    from cairndesk.custody import access  # noqa: PLC0415 - Django has only now been set up
    from cairndesk.retention import jobs, queries  # noqa: PLC0415 - the same

    # What was seen of many cases lies sealed together, and is sealed anew without the one that goes.
    access.unlock(config)
    done = 0
    with bar("destroying what is due", hidden=as_json) as progress:
        while turned := jobs.destroy_due(progress=progress):
            done += turned
    kept = queries.timekeeping()
    believed = kept is not None and kept.doubted_at is None
    show({"destroyed": done, "clock believed": believed, "waiting": queries.lined_up().count()}, as_json=as_json)
    if not believed:
        raise typer.Exit(Exit.LATER)


@app.command("time")
def time_(
    *,
    today: Annotated[str, typer.Option(help="The day, as 2026-11-26, read off another clock than this machine's.")],
    by: Annotated[str, typer.Option("--as", help="Sign-in name of the person who read it.")],
) -> None:
    """Tell the desk the day after its clock jumped or its machine stood still for long; until then nothing is destroyed.

    Example: `cairndesk retention time --today 2026-11-26 --as sam`
    """
    found_in(wake())
    from cairndesk.retention import actions  # noqa: PLC0415 - Django has only now been set up
    from cairndesk.signals.cli.common import doer  # noqa: PLC0415 - the same

    now = clock.now()
    _, person = doer(by, now)
    actions.tell_time(today=today, ticks=clock.ticks(), by=person, now=now)
    out.print("The desk believes its clock again.")
