"""What every wish that takes two people has in common: it is held while it is decided, done once by another person, or taken back."""

from datetime import datetime
from typing import Any, TypeVar

from cairndesk.accounts.rules import Actor, Verb, require
from cairndesk.cases.models import Wish
from cairndesk.lib.errors import DeskError

Held = TypeVar("Held", bound=Wish)


def hold_wish(wish: Held, *, by: Actor, verb: Verb, gone: DeskError) -> Held:
    """The wish as the database has it, locked until the transaction ends, when `by` may do `verb` on its case; raises `gone` once it is decided."""
    rows: Any = type(wish)
    held: Any = rows.objects.select_for_update(of=("self",)).select_related("case__organisation").get(pk=wish.pk)
    require(by, verb, organisation=held.case.organisation_id, stage=held.case.stage)
    if held.done_at is not None or held.withdrawn_at is not None:
        raise gone
    return held  # type: ignore[no-any-return]


def mark_done(held: Wish, *, by: Actor, now: datetime) -> None:
    """Afterwards the wish is done; the database refuses who asked for it."""
    held.done_by, held.done_at = by.pseudonym, now
    held.save(update_fields=["done_by", "done_at"])


def mark_withdrawn(held: Wish, *, by: Actor, now: datetime) -> None:
    """Afterwards nobody asks for it any more."""
    held.withdrawn_by, held.withdrawn_at = by.pseudonym, now
    held.save(update_fields=["withdrawn_by", "withdrawn_at"])
