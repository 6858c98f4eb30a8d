"""`cairndesk signals tools`: the register of technical tools, as the page *Tools* has it."""

from rich.table import Table

from cairndesk.lib import clock
from cairndesk.signals.cli.common import AsJson, Desk, organisation_of, out, print_json, set_up


def tools(*, organisation: Desk = "", as_json: AsJson = False) -> None:
    """Show every technical tool: whether it is on, when it was last assessed and by whom, and after which day it goes off.

    Assessing one is done on the page Tools. Example: `cairndesk signals tools`
    """
    set_up()
    from cairndesk.signals import register  # noqa: PLC0415 - Django has only now been set up

    shown = register.tools(organisation=organisation_of(organisation), now=clock.now())
    if as_json:
        told = ("purpose", "lawful_basis", "note", "assessed_on", "by", "due_on", "is_on", "is_due_soon")
        print_json([{"tool": one.tool, "title": one.about.title, **{name: getattr(one, name) for name in told}} for one in shown])
        return
    table = Table("tool", "state", "last assessed", "due")
    for one in shown:
        state = "off: overdue" if not one.is_on else "on, due soon" if one.is_due_soon else "on"
        table.add_row(one.about.title, state, f"{one.assessed_on} by {one.by}" if one.assessed_on else "never", str(one.due_on))
    out.print(table if shown else "The register is written within a minute of the first start.")
