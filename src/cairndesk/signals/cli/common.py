"""What the commands about lists and glossaries share."""

import json
import os
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import django
import typer
from django.apps import apps
from rich.console import Console

if TYPE_CHECKING:
    from cairndesk.accounts.rules import Actor

out, err = Console(), Console(stderr=True)

AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON on standard output.")]
Desk = Annotated[str, typer.Option("--organisation", help="Short name of the organisation; the first one if left out.")]
By = Annotated[str, typer.Option("--as", help="Sign-in name of the supervisor who does it.")]


def set_up() -> None:
    """Afterwards Django can be used by this process."""
    if not apps.ready:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cairndesk.settings")
        django.setup()


def doer(sign_in_name: str, now: datetime) -> "tuple[UUID, Actor]":
    """The organisation of who signs in as `sign_in_name`, and that person as who does it. A mistake in the command where nobody does."""
    from cairndesk.accounts.models import Person  # noqa: PLC0415 - Django has only now been set up
    from cairndesk.accounts.rules import Proof  # noqa: PLC0415 - the same

    person = Person.objects.filter(sign_in_name=sign_in_name, is_active=True).first()
    if person is None:
        raise typer.BadParameter(f"nobody here signs in as {sign_in_name}", param_hint="--as")
    # Whoever may run this has the desk's own rights; the log says so instead of claiming a passkey.
    return person.organisation_id, person.as_actor(Proof.SYSTEM, now=now)


def organisation_of(slug: str) -> UUID:
    """The organisation of that short name, or the first one; a mistake in the command where there is none."""
    from cairndesk.accounts.models import Organisation  # noqa: PLC0415 - Django has only now been set up

    found = Organisation.objects.filter(slug=slug).first() if slug else Organisation.objects.filter(is_first=True).first()
    if found is None:
        says = f"there is no organisation {slug}" if slug else "there is none yet; `cairndesk init` makes one"
        raise typer.BadParameter(says, param_hint="--organisation")
    return found.id


def print_json(answer: object) -> None:
    """`answer` on standard output, for programmes."""

    def plain(value: object) -> str:
        return value.isoformat() if isinstance(value, date) else str(value)

    typer.echo(json.dumps(answer, default=plain, ensure_ascii=False, indent=2))
