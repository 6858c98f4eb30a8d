"""Keep a version of the priority rules, and go over to it."""

from datetime import datetime

from django.db import transaction

from cairndesk.accounts.rules import Actor, Verb, require
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.directory.actions import keep_text
from cairndesk.directory.models import FIRST_OWN
from cairndesk.triage import errors
from cairndesk.triage.models import RuleSet, RuleSwitch
from cairndesk.triage.rules.table import read_table


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


@transaction.atomic
def switch_rules(*, number: int | None, by: Actor, now: datetime, is_tried: bool = False) -> RuleSwitch:
    """Afterwards the organisation of `by` goes by its rules of this number, or by those that came with the desk.

    What waits is judged again by them within minutes; nobody who was promised a look waits longer than was promised.
    `is_tried`: whether `by` was shown what these rules would have made of the last month's cases; the log says so, and nobody is held up.
    Raises NoSuchRules, NotPermitted.
    """
    require(by, Verb.PRIORITY_RULES_SET, organisation=by.home)
    rules = RuleSet.objects.filter(organisation=by.home, number=number).first() if number is not None else None
    if number is not None and rules is None:
        raise errors.NoSuchRules
    made = RuleSwitch.objects.create(organisation_id=by.home, rules=rules, actor=by.pseudonym, at=now)
    detail: dict[str, str | int] = {"rules": rules.number if rules else 0, "tried": "true" if is_tried else "false"}
    record(event=Event.TRIAGE_RULES_SWITCHED, subject_kind="organisation", subject=by.home, by=by, now=now, detail=detail)
    return made
