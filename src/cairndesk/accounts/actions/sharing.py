"""Rules of a desk on what may be given to whom: two people enter one, dated, and two end it; none is ever changed."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.urls import reverse

from cairndesk.accounts.actions.requests import ask
from cairndesk.accounts.acts import Act, Words
from cairndesk.accounts.errors import NotPossible
from cairndesk.accounts.models import Organisation, Request, SharingRule
from cairndesk.accounts.rules import Actor, Kind, Verb, digest_of, require
from cairndesk.accounts.rules.sharing import DATA_WORDS, EVERYWHERE, RECIPIENT_WORDS, Data, Recipient, SharingTerm
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.lib.ids import new_id


@transaction.atomic
def ask_sharing_rule(*, term: SharingTerm, by: Actor, now: datetime) -> Request:
    """Afterwards another person can put the rule in force; until then the desk gives as before.

    Raises NotPermitted, NotPossible without a basis, for a day that is past, or where it would end before it begins.
    """
    require(by, Verb.SHARING_SET, organisation=by.home)
    if not term.basis.strip() or term.valid_from < now.date():
        raise NotPossible("a rule names its basis, and holds from today or later")
    if term.valid_until is not None and term.valid_until <= term.valid_from:
        raise NotPossible("a rule ends after it begins")
    plan = {"data": term.data.value, "recipient": term.recipient.value, "country": term.country, "is_allowed": term.is_allowed}
    plan |= {"basis": term.basis.strip(), "valid_from": term.valid_from.isoformat()}
    if term.valid_until is not None:
        plan["valid_until"] = term.valid_until.isoformat()
    desk = Organisation.objects.get(pk=by.home)
    return ask(request=Request(kind=Kind.SET_RULE, organisation=desk, subject=new_id(), plan=plan), by=by, now=now)


@transaction.atomic
def ask_end_of_rule(*, rule: SharingRule, until: date, why: str, by: Actor, now: datetime) -> Request:
    """Afterwards another person can end the rule from the day `until` on, which may be today or its first day; until then it binds.

    Raises NotPermitted, AskedAlready, NotPossible without a reason or for one that has ended; a last day that it has is only brought forward.
    """
    require(by, Verb.SHARING_SET, organisation=rule.organisation_id)
    if not why.strip() or until < max(now.date(), rule.valid_from) or (rule.valid_until is not None and until >= rule.valid_until):
        raise NotPossible("a rule ends with a reason, not before it began and not in the past")
    plan = {"until": until.isoformat(), "why": why.strip()}
    return ask(request=Request(kind=Kind.END_RULE, organisation=rule.organisation, subject=rule.pk, plan=plan), by=by, now=now)


class _OfRule(Act):
    """An act about one rule, which no stage bounds."""

    asks, does, about = Verb.SHARING_SET, Verb.SHARING_SET, "sharing_rule"

    def stage(self, request: Request) -> None:
        return None


class SettingRule(_OfRule):
    """The desk gives by this rule from its day on, or from now where that day is past by then."""

    kind = Kind.SET_RULE

    def digest(self, request: Request) -> bytes:
        return digest_of("accounts.set_rule", rule=request.subject, term=request.plan)

    def do(self, request: Request, *, by: Actor, now: datetime) -> str:
        plan = request.plan
        kept = {name: plan[name] for name in ("data", "recipient", "country", "is_allowed", "basis")}
        begins = max(date.fromisoformat(plan["valid_from"]), now.date())
        ends = date.fromisoformat(plan["valid_until"]) if "valid_until" in plan else None
        if ends is not None and ends <= begins:
            raise NotPossible("its last day is over")
        who = {"organisation": request.organisation, "entered_by": request.asked_by, "entered_at": request.asked_at}
        made = SharingRule.objects.create(pk=request.subject, **kept, valid_from=begins, valid_until=ends, **who)
        detail: dict[str, str | int] = {"data": made.data, "to": made.recipient, "allowed": int(made.is_allowed)}
        record(event=Event.ACCOUNTS_SHARING_RULE_ADDED, subject_kind="sharing_rule", subject=made.pk, by=by, now=now, detail=detail)
        return f"The rule holds from {begins} on{f', and before {ends}' if ends else ''}."

    def words(self, request: Request) -> Words:
        facts = [*_facts(request.plan), ("From", f"{request.plan['valid_from']}, or the day on which you do this, if that is later")]
        facts += [("Before", request.plan["valid_until"])] if "valid_until" in request.plan else []
        return Words("Put a rule of sharing in force", facts, "Put this rule in force", reverse("accounts:sharing"))


class EndingRule(_OfRule):
    """The rule does not bind any more from its last day on; it and the reason stay readable."""

    kind = Kind.END_RULE

    def hold(self, request: Request) -> None:
        SharingRule.objects.select_for_update().get(pk=request.subject)

    def digest(self, request: Request) -> bytes:
        rule = SharingRule.objects.get(pk=request.subject)
        if rule.ended_at is not None:
            raise NotPossible("a rule ends once")
        return digest_of("accounts.end_rule", rule=rule.pk, end=request.plan)

    def do(self, request: Request, *, by: Actor, now: datetime) -> str:
        rule = SharingRule.objects.get(pk=request.subject)
        if rule.valid_until is not None and rule.valid_until <= now.date():
            raise NotPossible("it has ended already")
        until = max(date.fromisoformat(request.plan["until"]), now.date())
        rule.valid_until = until if rule.valid_until is None else min(until, rule.valid_until)
        rule.ended_why, rule.ended_by, rule.ended_at = request.plan["why"], request.asked_by, now
        rule.save(update_fields=["valid_until", "ended_why", "ended_by", "ended_at"])
        record(event=Event.ACCOUNTS_SHARING_RULE_ENDED, subject_kind="sharing_rule", subject=rule.pk, by=by, now=now)
        return f"The rule does not bind from {rule.valid_until} on."

    def words(self, request: Request) -> Words:
        rule = SharingRule.objects.get(pk=request.subject)
        said = {"data": rule.data, "recipient": rule.recipient, "country": rule.country, "is_allowed": rule.is_allowed, "basis": rule.basis}
        facts = [*_facts(said), ("Ends on", f"{request.plan['until']}, or the day on which you do this, if that is later")]
        facts += [
            ("Why it ends", request.plan["why"]),
            ("What holds then", "our other rules, and where there is none the table on the page"),
        ]
        return Words("End a rule of sharing", facts, "End this rule", reverse("accounts:sharing"))


def _facts(said: Mapping[str, Any]) -> list[tuple[str, str]]:
    where = "everywhere" if said["country"] == EVERYWHERE else said["country"]
    facts = [("What", DATA_WORDS[Data(said["data"])]), ("To", RECIPIENT_WORDS[Recipient(said["recipient"])]), ("Where", where)]
    return [*facts, ("Rule", "may be given" if said["is_allowed"] else "may not be given"), ("Basis", said["basis"])]
