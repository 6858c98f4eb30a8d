"""`cairndesk signals …`: take lists and glossaries in, see and govern them, look something up. Rooms are loaded only when a command runs."""

from cairndesk.signals.cli import blocking, glossary, governed, screening, sources
from cairndesk.signals.cli.analysers import analysers
from cairndesk.signals.cli.bench import bench
from cairndesk.signals.cli.lists import app
from cairndesk.signals.cli.scan import scan
from cairndesk.signals.cli.tools import tools

app.command()(analysers)
app.command()(bench)
app.command()(scan)
app.command()(tools)
governed.app.command()(screening.check)
app.add_typer(governed.app, name="lists")
app.add_typer(blocking.app, name="blocklist")
app.add_typer(glossary.app, name="glossary")

# Commands that reach the network are added to it from above.
lists = governed.app

__all__ = ["app", "lists", "sources"]
