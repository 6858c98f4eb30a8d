"""`cairndesk taxonomy …`: the codes that this desk records by, for whoever wants to record by the same."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from cairndesk.cli.common import placing
from cairndesk.lib.files import replace_durably

app = typer.Typer(help="The open taxonomy: codes, definitions, versions, and what other schemes call them.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """A group, so that its commands keep their names."""


@app.command()
def export(
    file: Annotated[Path | None, typer.Argument(dir_okay=False, help="Where to write it; standard output if left out.")] = None,
    schema: Annotated[bool, typer.Option("--schema", help="The JSON Schema that the taxonomy validates against, in its place.")] = False,
) -> None:
    """Write the whole taxonomy as one JSON document; it needs no desk.

    Example: `cairndesk taxonomy export taxonomy.json`
    """
    from cairndesk.cases import taxonomy  # noqa: PLC0415 - not for `--help`

    text = json.dumps(taxonomy.schema() if schema else taxonomy.document(), indent=1, ensure_ascii=False) + "\n"
    if file is None:
        sys.stdout.write(text)
        return
    with placing():
        replace_durably(file, [text.encode()])
