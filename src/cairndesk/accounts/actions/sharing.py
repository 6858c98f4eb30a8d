"""Rules of a desk on what may be given to whom: entered and dated, and ended, never changed."""

from datetime import date, datetime

from django.db import transaction

from cairndesk.accounts.errors import NotPossible
from cairndesk.accounts.models import Organisation, SharingRule
from cairndesk.accounts.rules import Actor, Verb, require
from cairndesk.accounts.rules.sharing import SharingTerm
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event


@transaction.atomic
def add_sharing_rule(*, term: SharingTerm, by: Actor, now: datetime) -> SharingRule:
    """Afterwards the desk of `by` gives by this rule from its day on. Raises NotPermitted, NotPossible without a basis or for a day that is past."""
    require(by, Verb.SHARING_SET, organisation=by.home)
    if not term.basis.strip() or term.valid_from < now.date():
        raise NotPossible("a rule names its basis, and holds from today or later")
    made = SharingRule.objects.create(
        organisation=Organisation.objects.get(pk=by.home),
        data=term.data,
        recipient=term.recipient,
        country=term.country,
        is_allowed=term.is_allowed,
        basis=term.basis.strip(),
        valid_from=term.valid_from,
        entered_by=by.pseudonym,
        entered_at=now,
    )
    detail: dict[str, str | int] = {"data": term.data.value, "to": term.recipient.value, "allowed": int(term.is_allowed)}
    record(event=Event.ACCOUNTS_SHARING_RULE_ADDED, subject_kind="sharing_rule", subject=made.pk, by=by, now=now, detail=detail)
    return made


@transaction.atomic
def end_sharing_rule(*, rule: SharingRule, until: date, why: str, by: Actor, now: datetime) -> SharingRule:
    """Afterwards the rule does not bind from the day `until` on, which may be today or its first day; it and `why` stay readable.

    Raises NotPermitted, NotPossible without a reason or for one that has ended.
    """
    held = SharingRule.objects.select_for_update(of=("self",)).get(pk=rule.pk)
    require(by, Verb.SHARING_SET, organisation=held.organisation_id)
    if not why.strip() or held.valid_until is not None or until < max(now.date(), held.valid_from):
        raise NotPossible("a rule ends once, with a reason, not before it began and not in the past")
    held.valid_until, held.ended_why, held.ended_by, held.ended_at = until, why.strip(), by.pseudonym, now
    held.save(update_fields=["valid_until", "ended_why", "ended_by", "ended_at"])
    record(event=Event.ACCOUNTS_SHARING_RULE_ENDED, subject_kind="sharing_rule", subject=held.pk, by=by, now=now)
    return held
