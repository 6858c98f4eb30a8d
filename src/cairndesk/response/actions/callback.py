"""Calling back what went out before the person who told chose that it should not: a person does it, and writes down what came of it."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from cairndesk.accounts.rules import Actor, Verb
from cairndesk.cases.models import Case
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.response.actions.gate import hold_case
from cairndesk.response.actions.sealing import seal_words
from cairndesk.response.errors import NoSuchThing
from cairndesk.response.models import CallBack
from cairndesk.response.queries import to_call_back
from cairndesk.response.rules import CalledBack, Sent


@transaction.atomic
def record_call_back(*, case: Case, what: Sent, thing: UUID, outcome: CalledBack, words: str, by: Actor, now: datetime) -> CallBack:
    """Afterwards it stands who was asked to stop or to give back what went out, and what they said.

    Raises NoSuchThing where nothing of that kind is to be called back, IncompleteAct without words, NotPermitted.
    """
    held = hold_case(case, by, Verb.CALL_BACK_RECORD)
    if not any((one.what, one.thing) == (what, thing) for one in to_call_back(held)):
        raise NoSuchThing
    sealed = seal_words(held, words, now)
    made = CallBack.objects.create(case=held, what=what, thing=thing, outcome=outcome, words=sealed, called_by=by.pseudonym, at=now)
    detail = {"what": what.value, "outcome": outcome.value}
    record(event=Event.RESPONSE_CALL_BACK_RECORDED, subject_kind="case", subject=held.pk, by=by, now=now, detail=detail)
    return made
