"""From what was seen to the case's own records, so that urgency, plan and figures rest on one set of facts."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from cairndesk.accounts.rules import Actor
from cairndesk.cases.actions import add_person, amend_incident, amend_item, amend_person, code_harm, describe_incident, mark_item, withdraw_harm
from cairndesk.cases.models import Case, CasePerson, HarmCode, Incident, Item
from cairndesk.review.models import Classification
from cairndesk.review.queries.state import marked
from cairndesk.review.rules import Look
from cairndesk.triage.rules.stacks import CONTENT

OF_INCIDENT = ("abuse_now", "meeting_planned", "self_harm", "continuing_access", "active_contact", "location_known", "setting")
OF_ITEM = (
    "authenticity",
    "depicted_act",
    "realism",
    "novelty",
    "media_type",
    "self_generated",
    "self_generated_context",
    "ai_source",
    "derived_from_known",
)
OF_ACTOR = ("actor_age", "relation")
TECHNIQUE = "ai_technique"


def write_down(*, case: Case, look: Look, before: Classification | None, by: Actor, now: datetime, onto: Collection[UUID] | None = None) -> None:
    """Afterwards incident, harms, people and items of `case` say what `look` says; kinds of unknown overwrite nothing.

    `onto`: the only items of which anything was seen, with their further hashes; None where all of them were.
    """
    incident = _incident(case, look, by, now)
    _harms(incident, look, before, by, now)
    if of_child := look.known("age_band"):
        _person(case, "child", {"apparent_age": of_child["age_band"]}, by, now)
    if of_actor := look.known(*OF_ACTOR):
        _person(case, "person_of_concern", of_actor, by, now)
    of_item = look.known(*OF_ITEM)
    seen = case.items.filter(kind__in=CONTENT)
    if onto is not None:
        seen = seen.filter(Q(pk__in=onto) | Q(same_file_as__in=onto))
    for item in seen if of_item else ():
        amend_item(item=item, facts=of_item, by=by, now=now)
    if technique := look.known("ai_technique"):
        _technique(seen, technique["ai_technique"], by, now)


def _technique(seen: QuerySet[Item], technique: str, by: Actor, now: datetime) -> None:
    """Mark it on everything that was seen, beside the techniques that are marked there."""
    for item in seen.prefetch_related("marks"):
        held = marked(item.marks.all(), [TECHNIQUE])[TECHNIQUE]
        if technique not in held:
            mark_item(item=item, family=TECHNIQUE, codes=[*held, technique], by=by, now=now)


def _incident(case: Case, look: Look, by: Actor, now: datetime) -> Incident:
    facts = look.known(*OF_INCIDENT)
    held = case.incidents.order_by("described_at", "pk").first()
    if held is None:
        return describe_incident(case=case, facts=facts, by=by, now=now)
    return amend_incident(incident=held, facts=facts, by=by, now=now) if facts else held


def _harms(incident: Incident, look: Look, before: Classification | None, by: Actor, now: datetime) -> None:
    dropped = set(before.harms if before else ()) - set(look.harms)
    for harm in HarmCode.objects.filter(incident=incident, harm__in=dropped, actor=None):
        withdraw_harm(harm=harm, by=by, now=now)
    for code in look.harms:
        code_harm(incident=incident, harm=code, by=by, now=now)


def _person(case: Case, role: str, facts: dict[str, str], by: Actor, now: datetime) -> None:
    held = first_in_role(case, role)
    if held is None:
        add_person(case=case, role=role, facts=facts, by=by, now=now)
    else:
        amend_person(person=held, facts=facts, by=by, now=now)


def first_in_role(case: Case, role: str) -> CasePerson | None:
    """The person of `case` in `role` of whom a classification speaks."""
    return CasePerson.objects.filter(case=case, roles__role=role, roles__taken_back_at=None).order_by("added_at", "pk").first()
