"""What becomes of the items of a case: amended, marked, opened, seen; and the evidence around them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from cairndesk.accounts.rules import Actor, Matter
from cairndesk.cases import errors, taxonomy
from cairndesk.cases.actions.coding import allow, coded, note, remember, same_case, standing, standing_marks
from cairndesk.cases.actions.grants import admit
from cairndesk.cases.actions.open_case import ITEM_FACTS
from cairndesk.cases.models import CodeOrUnknown, Evidence, Incident, Item, ItemMark, Sighting
from cairndesk.cases.rules.facts import CHILD_ACTOR
from cairndesk.custody.actions import seal
from cairndesk.custody.queries import unseal_text
from cairndesk.custody.rules import Event, Purpose

# Codes that a person judged; what they said before stays readable.
_REMEMBERED = frozenset(column.name for column in Item._meta.concrete_fields if isinstance(column, CodeOrUnknown)) & ITEM_FACTS
SIGHTING_FACTS = frozenset({"precision", "service", "platform_type", "space", "country_host", "is_reappearance"})


@transaction.atomic
def amend_item(*, item: Item, facts: Mapping[str, Any], by: Actor, now: datetime) -> Item:
    """Afterwards `item` holds these facts; the codes from before stay readable.

    An item that turns out to belong to somebody of concern who is or may be a child leaves the index.
    """
    allow(by, item.case)
    before = standing(item, facts.keys() & _REMEMBERED, case=item.case)
    coded(item, facts, allowed=ITEM_FACTS, by=by, now=now)
    same_case(item.case_id, item.incident, item.holder, item.same_file_as, item.made_with)
    item.save()
    remember(before, facts, now=now)
    if item.holder is not None and item.holder.actor_age in CHILD_ACTOR:
        item.terms.all().delete()
    note(Event.CASES_ITEM_AMENDED, item.case, by=by, now=now, facts=len(facts))
    return item


@transaction.atomic
def mark_item(*, item: Item, family: str, codes: Sequence[str], by: Actor, now: datetime) -> list[ItemMark]:
    """Afterwards exactly these codes of `family` are marked on `item`: techniques, ways of payment offered, kinds of service.

    The earlier ones stay readable.
    """
    allow(by, item.case)
    marks = [coded(ItemMark(item=item), {"mark": f"{family}.{code}"}, allowed={"mark"}, by=by, now=now) for code in dict.fromkeys(codes)]
    before = standing_marks(item.marks.order_by("mark"), family, about=item.pk, case=item.case)
    item.marks.filter(mark__startswith=f"{family}.").delete()
    for mark in marks:
        mark.save(force_insert=True)
    remember(before, {family: sorted(set(codes))}, now=now)
    note(Event.CASES_ITEM_AMENDED, item.case, by=by, now=now, family=family, marks=len(marks))
    return marks


def open_identifier(*, item: Item, by: Actor, now: datetime) -> str:
    """The identifier as it was told; the log says who opens it before it opens. Show it defanged."""
    admit(case=item.case, matter=Matter.IDENTIFIER, event=Event.CASES_ITEM_OPENED, by=by, now=now, detail={"kind": item.kind})
    return unseal_text(item.identifier)


@transaction.atomic
def record_sighting(*, item: Item, seen_at: datetime, by: Actor, now: datetime, where: str = "", facts: Mapping[str, Any] | None = None) -> Sighting:
    """Afterwards there is one more sighting of `item`, where it was seen sealed (names of facts: SIGHTING_FACTS)."""
    allow(by, item.case)
    held = {"seen_at": seen_at, **(facts or {})}
    sighting = coded(Sighting(item=item), held, allowed=SIGHTING_FACTS | {"seen_at"}, by=by, now=now)
    if where:
        sighting.where = seal(organisation=item.case.organisation_id, purpose=Purpose.IDENTIFIER, plain=where, now=now)
    sighting.save(force_insert=True)
    note(Event.CASES_SIGHTING_RECORDED, item.case, by=by, now=now, reappearance=int(sighting.is_reappearance))
    return sighting


@transaction.atomic
def add_evidence(
    *,
    incident: Incident,
    kind: str,
    facts: Mapping[str, str],
    by: Actor,
    now: datetime,
    item: Item | None = None,
    integrity_concern: str = "not_asked",
) -> Evidence:
    """Afterwards these facts stand sealed as evidence of `kind`; the kind says which facts it takes. Content is never needed.

    Raises UnknownFact for a fact that the kind does not take, or when there is none at all.
    """
    allow(by, incident.case)
    same_case(incident.case_id, item)
    held = {"kind": kind, "integrity_concern": integrity_concern}
    evidence = coded(Evidence(incident=incident, item=item, added_at=now), held, allowed=set(held), by=by, now=now)
    strange = set(facts) - set(taxonomy.family("evidence_kind").codes[kind].fields)
    if strange or not facts:
        raise errors.UnknownFact(", ".join(sorted(strange)) or "at least one fact is needed")
    evidence.facts = seal(organisation=incident.case.organisation_id, purpose=Purpose.EVIDENCE, plain=facts, now=now)
    evidence.save(force_insert=True)
    note(Event.CASES_EVIDENCE_ADDED, incident.case, by=by, now=now, kind=kind, facts=len(facts))
    return evidence
