"""A request as one reader may deal with it: for its own page, and for the pages of the things that requests are about.

In a view: `one=answer.look(request, held, now=now)` for the template, which includes `accounts/answer.html` under the
words that say what would happen.
"""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest

from cairndesk.accounts import actions, confirm, errors, queries
from cairndesk.accounts.acts import Act, Words, act_of
from cairndesk.accounts.models import Request
from cairndesk.accounts.policy import doer
from cairndesk.accounts.rules import Actor, Verb, require
from cairndesk.lib.errors import DeskError


@dataclass(frozen=True)
class Shown:
    """A request as one reader may deal with it; `hinders` says why it cannot be done now."""

    request: Request
    words: Words
    asked_by: str
    may_do: bool
    may_take_back: bool
    proof: confirm.Ask | None
    hinders: str


def look(request: HttpRequest, held: Request, *, now: datetime) -> Shown:
    """`held` as whoever is signed in may deal with it, with the proof to give where they may do it."""
    by, act = doer(request), act_of(held.kind)
    another = held.asked_by != by.pseudonym and held.subject != by.id
    is_open = held.done_at is None and held.closed_at is None and now < held.until
    may_do, hinders, proof = is_open and another and may(by, act, held, act.does), "", None
    if may_do:
        try:
            act.check(held, now=now)
            proof = confirm.ask(request, actions.approval_digest(held))
        except DeskError as why:
            hinders = why.remedy
    may_take_back = is_open and may(by, act, held, act.asks)
    return Shown(held, act.words(held), queries.name_behind(held.asked_by), may_do, may_take_back, proof, hinders)


def may(by: Actor, act: Act, held: Request, verb: Verb) -> bool:
    """Whether `by` may do `verb` about this request, at home or as somebody whom a partner named for it."""
    try:
        require(by, verb, organisation=held.organisation_id, stage=act.stage(held), case=held.pk)
    except errors.NotPermitted:
        return False
    return True
