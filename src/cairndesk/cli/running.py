"""`cairndesk serve` and `cairndesk work`."""

from typing import Annotated

import typer

from cairndesk import config as configuration
from cairndesk.cli.common import AsJson, Exit, err, found_in, show, wake
from cairndesk.lib import logs


def serve() -> None:
    """Run the desk: portal, desk and work, until Ctrl-C.

    Started as root, each process gets a user of its own; put a proxy with TLS before the portal. Example: `cairndesk serve`
    """
    from cairndesk.serve import supervisor  # noqa: PLC0415 - not for `--help`

    config = configuration.load()
    logs.configure("serve")

    def ready() -> None:
        err.print(f"Portal  {config.portal.public_url}\nDesk    {config.desk.public_url}\nCtrl-C stops all of it.", markup=False)

    raise typer.Exit(supervisor.serve(config, ready=ready))


def work(
    once: Annotated[bool, typer.Option("--once", help="One turn of every lane, then end.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run the belt alone: drain the spool, triage, deliver, publish.

    `cairndesk serve` runs it for you; several may run on PostgreSQL. Example: `cairndesk work --once --json`
    """
    import threading  # noqa: PLC0415 - not for `--help`

    config = wake()
    found_in(config)
    from cairndesk import work as belt  # noqa: PLC0415 - needs Django's settings
    from cairndesk.custody import access  # noqa: PLC0415 - the same
    from cairndesk.custody.adapters.key_socket import NAME, KeyClient  # noqa: PLC0415 - the same

    logs.configure("work")
    access.use(KeyClient(config.data.absolute() / "run" / NAME))
    lanes = belt.lanes(config)
    if once:
        done = belt.once(lanes)
        show(done, as_json=as_json)
        raise typer.Exit(Exit.PROBLEMS if -1 in done.values() else Exit.OK)
    belt.turn(lanes, threading.Event())
