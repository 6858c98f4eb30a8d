"""`cairndesk config …`: what is set, and where each value came from."""

from typing import Annotated, Any

import typer

from cairndesk import config as configuration
from cairndesk.cli.common import AsJson, show
from cairndesk.config import Config

app = typer.Typer(no_args_is_help=True, help="The configuration in force.")


@app.callback()
def group() -> None:
    """The configuration in force."""


@app.command("show")
def show_config(
    origin: Annotated[bool, typer.Option("--origin", help="Say where each value came from.")] = False,
    as_json: AsJson = False,
) -> None:
    """Every setting with its value.

    Example: `cairndesk config show --origin`
    """
    loaded, origins = configuration.read()
    values: dict[str, Any] = {key: _value(loaded, key) for key, _ in configuration.known_keys()}
    if origin and as_json:
        values = {key: {"value": value, "origin": origins.get(key, "default")} for key, value in values.items()}
    elif origin:
        values = {key: f"{value!s:<40} {origins.get(key, 'default')}" for key, value in values.items()}
    show(values, as_json=as_json)


def _value(loaded: Config, key: str) -> Any:
    value: Any = loaded
    for part in key.split("."):
        value = getattr(value, part)
    return value
