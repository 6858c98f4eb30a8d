"""Coding harms: several to an incident, one of them leads, acts belong to who does them."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from cairndesk.accounts.rules import Actor
from cairndesk.cases.actions.coding import allow, coded, note, same_case
from cairndesk.cases.actions.depict import refuse_depicted
from cairndesk.cases.models import CasePerson, HarmAct, HarmCode, Incident, Item
from cairndesk.custody.rules import Event


@transaction.atomic
def code_harm(
    *,
    incident: Incident,
    harm: str,
    by: Actor,
    now: datetime,
    acts: Sequence[str] = (),
    actor: CasePerson | None = None,
    item: Item | None = None,
) -> HarmCode:
    """Afterwards `incident` holds `harm` with these acts, done by `actor`; the first harm of an incident leads.

    Coding the same harm of the same actor again adds the acts. No harm takes another's place. Raises DepictedChildIsVictim
    when `actor` is a child whom `item` shows.
    """
    allow(by, incident.case)
    same_case(incident.case_id, actor, item)
    refuse_depicted(item, actor)
    new = coded(HarmCode(incident=incident, actor=actor, item=item), {"harm": harm}, allowed={"harm"}, by=by, now=now)
    held = incident.harms.filter(harm=harm, actor=actor).first()
    if held is None:
        new.is_lead = not incident.harms.filter(is_lead=True).exists()
        new.save(force_insert=True)
        held = new
    for act in dict.fromkeys(acts):
        if not held.acts.filter(act=act).exists():
            coded(HarmAct(harm=held), {"act": act}, allowed={"act"}, by=by, now=now).save(force_insert=True)
    note(Event.CASES_HARM_CODED, incident.case, by=by, now=now, harm=harm, acts=len(acts))
    return held


@transaction.atomic
def set_lead_harm(*, harm: HarmCode, by: Actor, now: datetime) -> HarmCode:
    """Afterwards `harm` leads its incident, and no other does."""
    allow(by, harm.incident.case)
    harm.incident.harms.filter(is_lead=True).update(is_lead=False)
    harm.is_lead = True
    harm.save(update_fields=["is_lead"])
    note(Event.CASES_HARM_LEAD_SET, harm.incident.case, by=by, now=now, harm=harm.harm)
    return harm


@transaction.atomic
def withdraw_harm(*, harm: HarmCode, by: Actor, now: datetime) -> None:
    """Afterwards this coding is off the record; if it led, another one leads. The log keeps that it was there."""
    allow(by, harm.incident.case)
    incident, led = harm.incident, harm.is_lead
    note(Event.CASES_HARM_WITHDRAWN, incident.case, by=by, now=now, harm=harm.harm)
    harm.delete()
    other = incident.harms.order_by("harm", "pk").first() if led else None
    if other is not None:
        other.is_lead = True
        other.save(update_fields=["is_lead"])
