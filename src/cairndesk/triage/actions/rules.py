"""Keep a version of the priority rules, and go over to it."""

from datetime import datetime
from typing import TypeVar

from django.db import transaction
from django.db.models import QuerySet

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor, Verb, require
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.triage import errors
from cairndesk.triage.models import FIRST_OWN, OwnText, RuleSet, RuleSwitch
from cairndesk.triage.rules.table import read_table

Text = TypeVar("Text", bound=OwnText)


@transaction.atomic
def write_rules(*, text: str, by: Actor, now: datetime) -> RuleSet:
    """Afterwards the organisation of `by` has this version of the rules; nothing goes by it yet.

    Raises RulesBroken with line and reason, NotPermitted.
    """
    require(by, Verb.PRIORITY_RULES_SET, organisation=by.home)
    read_table(text, version=FIRST_OWN)
    made = keep_text(RuleSet, text, by=by, now=now)
    record(event=Event.TRIAGE_RULES_WRITTEN, subject_kind="organisation", subject=by.home, by=by, now=now, detail={"rules": made.number})
    return made


def keep_text(table: type[Text], text: str, *, by: Actor, now: datetime) -> Text:
    """The next version of what the organisation of `by` wrote of this kind. Runs inside the transaction of the caller, who has read the text."""
    # Held, so that two who write at the same moment get two numbers.
    own = Organisation.objects.select_for_update().get(pk=by.home)
    held: QuerySet[Text] = QuerySet(table).filter(organisation=own)
    last = held.order_by("-number").first()
    return held.create(organisation=own, number=last.number + 1 if last else FIRST_OWN, text=text, actor=by.pseudonym, at=now)


@transaction.atomic
def switch_rules(*, number: int | None, by: Actor, now: datetime) -> RuleSwitch:
    """Afterwards the organisation of `by` goes by its rules of this number, or by those that came with the desk.

    What waits is judged again by them within minutes; nobody who was promised a look waits longer than was promised.
    Raises NoSuchRules, NotPermitted.
    """
    require(by, Verb.PRIORITY_RULES_SET, organisation=by.home)
    rules = RuleSet.objects.filter(organisation=by.home, number=number).first() if number is not None else None
    if number is not None and rules is None:
        raise errors.NoSuchRules
    made = RuleSwitch.objects.create(organisation_id=by.home, rules=rules, actor=by.pseudonym, at=now)
    detail = {"rules": rules.number if rules else 0}
    record(event=Event.TRIAGE_RULES_SWITCHED, subject_kind="organisation", subject=by.home, by=by, now=now, detail=detail)
    return made
