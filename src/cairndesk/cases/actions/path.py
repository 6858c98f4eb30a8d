"""The path of contact, payments, threats and places."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from cairndesk.accounts.rules import Actor
from cairndesk.cases import errors
from cairndesk.cases.actions.coding import allow, coded, note, same_case
from cairndesk.cases.actions.open_case import add_item
from cairndesk.cases.models import CasePerson, ContactStep, Disclosure, Incident, Item, Payment, Place, Threat, ThreatAudience
from cairndesk.custody.actions import seal
from cairndesk.custody.rules import Event, Purpose

STEP_FACTS = frozenset({"service", "platform_type", "space", "encryption", "at", "precision"})
PAYMENT_FACTS = frozenset({"rail", "purpose", "amount_band", "paid", "obfuscation", "country", "at"})
DISCLOSURE_FACTS = frozenset({"filer", "recipient", "at"})
THREAT_FACTS = frozenset({"demand", "basis", "deadline", "deadline_set", "amount_band", "rail", "paid"})


@transaction.atomic
def add_contact_step(
    *, incident: Incident, step: str, by: Actor, now: datetime, facts: Mapping[str, Any] | None = None, account: Item | None = None
) -> ContactStep:
    """Afterwards the contact path of `incident` has this step at its end (names of facts: STEP_FACTS)."""
    allow(by, incident.case)
    same_case(incident.case_id, account)
    last = ContactStep.everything.filter(incident=incident).aggregate(last=Max("position"))["last"]
    row = ContactStep(incident=incident, account=account, position=0 if last is None else last + 1)
    coded(row, {"step": step, **(facts or {})}, allowed=STEP_FACTS | {"step"}, by=by, now=now).save(force_insert=True)
    note(Event.CASES_CONTACT_ADDED, incident.case, by=by, now=now, step=step, position=row.position)
    return row


@transaction.atomic
def order_contact_steps(*, incident: Incident, order: Sequence[UUID], by: Actor, now: datetime) -> None:
    """Afterwards the contact path of `incident` runs in this order; steps that were taken back keep their places between.

    Raises NotOfThisCase unless `order` names each standing step once.
    """
    allow(by, incident.case)
    steps = {step.pk: step for step in incident.contact_steps.all()}
    if sorted(order) != sorted(steps):
        raise errors.NotOfThisCase
    places = sorted(step.position for step in steps.values())
    last = ContactStep.everything.filter(incident=incident).aggregate(last=Max("position"))["last"] or 0
    # No two steps may stand in one place, not even between two updates: all go to the end first.
    for shift in (last + 1, 0):
        for step, place in zip(order, places, strict=True):
            ContactStep.objects.filter(pk=step).update(position=place + shift)
    note(Event.CASES_CONTACT_ORDERED, incident.case, by=by, now=now, steps=len(places))


@transaction.atomic
def record_payment(
    *,
    incident: Incident,
    facts: Mapping[str, Any],
    by: Actor,
    now: datetime,
    wallet: Item | None = None,
    payer: CasePerson | None = None,
) -> Payment:
    """Afterwards this payment, made or offered, is on record (names of facts: PAYMENT_FACTS)."""
    allow(by, incident.case)
    same_case(incident.case_id, wallet, payer)
    row = Payment(incident=incident, wallet=wallet, payer=payer)
    coded(row, facts, allowed=PAYMENT_FACTS, by=by, now=now).save(force_insert=True)
    note(Event.CASES_PAYMENT_RECORDED, incident.case, by=by, now=now, rail=row.rail, purpose=row.purpose)
    return row


@transaction.atomic
def record_disclosure(
    *, incident: Incident, reference: str, facts: Mapping[str, Any], by: Actor, now: datetime, wallet: Item | None = None
) -> Disclosure:
    """Afterwards this financial disclosure is on record, its `reference` as an item of the case (names of facts: DISCLOSURE_FACTS).

    Nothing is sent to anybody by it.
    """
    allow(by, incident.case)
    same_case(incident.case_id, wallet)
    told = add_item(case=incident.case, kind="disclosure", identifier=reference, by=by, now=now)
    row = Disclosure(incident=incident, reference=told, wallet=wallet)
    coded(row, facts, allowed=DISCLOSURE_FACTS, by=by, now=now).save(force_insert=True)
    note(Event.CASES_DISCLOSURE_RECORDED, incident.case, by=by, now=now, filer=row.filer, recipient=row.recipient)
    return row


@transaction.atomic
def record_threat(
    *,
    incident: Incident,
    facts: Mapping[str, Any],
    by: Actor,
    now: datetime,
    audiences: Sequence[str] = (),
    actor: CasePerson | None = None,
    words: str = "",
) -> Threat:
    """Afterwards this threat is on record with its demand, deadline and audiences (names of facts: THREAT_FACTS).

    It needs no item: a threat counts whether or not an image exists. A deadline given means that one was set.
    """
    allow(by, incident.case)
    same_case(incident.case_id, actor)
    held = {"deadline_set": "yes", **facts} if facts.get("deadline") else facts
    threat = coded(Threat(incident=incident, actor=actor), held, allowed=THREAT_FACTS, by=by, now=now)
    if words:
        threat.words = seal(organisation=incident.case.organisation_id, purpose=Purpose.NARRATIVE, plain=words, now=now)
    threat.save(force_insert=True)
    for audience in dict.fromkeys(audiences):
        coded(ThreatAudience(threat=threat), {"audience": audience}, allowed={"audience"}, by=by, now=now).save(force_insert=True)
    note(Event.CASES_THREAT_RECORDED, incident.case, by=by, now=now, demand=threat.demand, has_deadline=int(threat.deadline is not None))
    return threat


@transaction.atomic
def record_place(
    *,
    incident: Incident,
    kind: str,
    by: Actor,
    now: datetime,
    where: str = "",
    at: datetime | None = None,
    is_planned: bool = False,
) -> Place:
    """Afterwards this place is on record; where it is lies sealed."""
    allow(by, incident.case)
    place = coded(Place(incident=incident, is_planned=is_planned), {"kind": kind, "at": at}, allowed={"kind", "at"}, by=by, now=now)
    if where:
        place.where = seal(organisation=incident.case.organisation_id, purpose=Purpose.PLACE, plain=where, now=now)
    place.save(force_insert=True)
    note(Event.CASES_PLACE_RECORDED, incident.case, by=by, now=now, kind=kind, planned=int(is_planned))
    return place
