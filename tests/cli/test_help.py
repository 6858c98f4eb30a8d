import re
from collections.abc import Iterator

import typer

from cairndesk.cli.app import app


def test_every_command_teaches_with_an_example() -> None:
    said = dict(commands(typer.main.get_command(app), ""))
    assert {"init", "serve", "config show", "signals import", "signals lists", "signals lists source", "signals glossary export"} <= set(said)
    assert [name for name, text in said.items() if not re.search(r"Examples?: `cairndesk", text)] == []


def commands(command: object, name: str) -> Iterator[tuple[str, str]]:
    inner = getattr(command, "commands", {})
    if name and (not inner or getattr(command, "invoke_without_command", False)):
        yield name, getattr(command, "help", None) or ""
    for part in inner:
        yield from commands(inner[part], f"{name} {part}".strip())
