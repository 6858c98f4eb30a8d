"""People of a case: their roles and codes, their sealed identity, and what is kept for their support."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from cairndesk.accounts.rules import Actor, Matter, Verb
from cairndesk.cases import errors
from cairndesk.cases.actions.coding import STAMPS, allow, coded, note, remember, standing, standing_marks
from cairndesk.cases.actions.depict import refuse_concern_over_own_image
from cairndesk.cases.actions.grants import admit
from cairndesk.cases.actions.groupings import leave_groupings
from cairndesk.cases.models import Case, CasePerson, IndexTerm, Item, PersonRole, SensitiveAttribute, SupportMark
from cairndesk.cases.rules.facts import CHILD_ACTOR
from cairndesk.cases.rules.identifiers import as_told
from cairndesk.custody import access
from cairndesk.custody.actions import erase, seal
from cairndesk.custody.queries import unseal_fields, unseal_text
from cairndesk.custody.rules import Event, Purpose

_NOT_FACTS = STAMPS | {"id", "case", "identity", "added_at"}
PERSON_FACTS = frozenset(column.name for column in CasePerson._meta.concrete_fields) - _NOT_FACTS


@transaction.atomic
def add_person(*, case: Case, role: str, by: Actor, now: datetime, facts: Mapping[str, Any] | None = None) -> CasePerson:
    """Afterwards `case` holds one more person in `role` with these codes (names: PERSON_FACTS). Nobody is named by this."""
    allow(by, case)
    person = coded(CasePerson(case=case, added_at=now), facts or {}, allowed=PERSON_FACTS, by=by, now=now)
    _keep_children_unlisted(person)
    person.save(force_insert=True)
    _give(person, role, by=by, now=now)
    if person.actor_age in CHILD_ACTOR:
        leave_groupings(case=case, by=by, now=now)
    note(Event.CASES_PERSON_ADDED, case, by=by, now=now, role=role)
    return person


@transaction.atomic
def amend_person(*, person: CasePerson, facts: Mapping[str, Any], by: Actor, now: datetime) -> CasePerson:
    """Afterwards `person` holds these codes; the earlier ones stay readable.

    Who turns out to be a child, or may be one, is taken out of matching in the same transaction; where that was a mistake, what is theirs is
    found again, for which the keys are needed (DeskLocked).
    """
    allow(by, person.case)
    before = standing(person, facts.keys() & PERSON_FACTS, case=person.case)
    was_child, is_child = (age in CHILD_ACTOR for age in (person.actor_age, facts.get("actor_age", person.actor_age)))
    became_child = is_child and not was_child
    if became_child and "may_match" not in facts:
        facts = {**facts, "may_match": False}
    coded(person, facts, allowed=PERSON_FACTS, by=by, now=now)
    _keep_children_unlisted(person)
    person.save()
    remember(before, facts, now=now)
    if became_child:
        leave_groupings(case=person.case, by=by, now=now)
        IndexTerm.objects.filter(item__holder=person).delete()
    if was_child and not is_child:
        _find_again(person)
    note(Event.CASES_PERSON_AMENDED, person.case, by=by, now=now, facts=len(facts))
    return person


@transaction.atomic
def give_role(*, person: CasePerson, role: str, by: Actor, now: datetime) -> PersonRole:
    """Afterwards `person` holds `role` as well; holding it twice changes nothing.

    Raises NoConcernOverOwnImage for a child whom an item shows and who did nothing with any other.
    """
    allow(by, person.case)
    refuse_concern_over_own_image(person, role)
    given = _give(person, role, by=by, now=now)
    note(Event.CASES_PERSON_AMENDED, person.case, by=by, now=now, role=role)
    return given


@transaction.atomic
def seal_identity(*, person: CasePerson, identity: Mapping[str, str], by: Actor, now: datetime) -> CasePerson:
    """Afterwards who `person` is lies in a sealed record of its own, apart from every narrative; no index finds it.

    What stood there before opens no more.
    """
    allow(by, person.case)
    before = person.identity_id
    person.identity = seal(organisation=person.case.organisation_id, purpose=Purpose.IDENTITY, plain=identity, now=now)
    person.save(update_fields=["identity"])
    if before:
        erase(items=[before], now=now)
    note(Event.CASES_IDENTITY_SEALED, person.case, by=by, now=now)
    return person


def read_identity(*, person: CasePerson, reason: str, by: Actor, now: datetime) -> dict[str, Any]:
    """Who `person` is; the log says who reads it and for which `reason` (a code) before it opens. Empty when none was sealed."""
    _admit(person, Event.CASES_IDENTITY_READ, reason, by, now)
    return unseal_fields(person.identity) if person.identity else {}


@transaction.atomic
def record_sensitive(*, person: CasePerson, attribute: str, answer: str, by: Actor, now: datetime, words: str = "") -> SensitiveAttribute:
    """Afterwards this optional attribute is recorded, its words sealed; of what stood there before nothing is left.

    Raises SwitchedOff unless the operator allows it.
    """
    allow(by, person.case)
    row = person.sensitive.filter(attribute=attribute).first() or SensitiveAttribute(person=person)
    before, row.words = row.words_id, None
    coded(row, {"attribute": attribute, "answer": answer}, allowed={"attribute", "answer"}, by=by, now=now)
    if attribute not in settings.CAIRNDESK.desks.sensitive_attributes:
        raise errors.SwitchedOff(attribute)
    if words:
        row.words = seal(organisation=person.case.organisation_id, purpose=Purpose.IDENTITY, plain=words, now=now)
    row.save()
    if before:
        erase(items=[before], now=now)
    # Not even the log tells which attribute it was.
    note(Event.CASES_SENSITIVE_RECORDED, person.case, by=by, now=now)
    return row


def read_sensitive(*, person: CasePerson, reason: str, by: Actor, now: datetime) -> list[tuple[SensitiveAttribute, str]]:
    """What is on record of the optional attributes, each with its words; the log says who reads it and for which `reason` first."""
    _admit(person, Event.CASES_SENSITIVE_READ, reason, by, now)
    rows = person.sensitive.select_related("words").order_by("attribute")
    return [(row, unseal_text(row.words) if row.words and not row.words.erased_at else "") for row in rows]


@transaction.atomic
def record_support(*, person: CasePerson, family: str, codes: Sequence[str], by: Actor, now: datetime) -> list[SupportMark]:
    """Afterwards exactly these codes of `family` (impact or support_need) stand in the support record of `person`.

    The earlier ones stay readable.
    """
    allow(by, person.case)
    marks = [coded(SupportMark(person=person), {"mark": f"{family}.{code}"}, allowed={"mark"}, by=by, now=now) for code in dict.fromkeys(codes)]
    before = standing_marks(person.support.order_by("mark"), family, about=person.pk, case=person.case)
    person.support.filter(mark__startswith=f"{family}.").delete()
    for mark in marks:
        mark.save(force_insert=True)
    remember(before, {family: sorted(set(codes))}, now=now)
    note(Event.CASES_SUPPORT_RECORDED, person.case, by=by, now=now, marks=len(marks))
    return marks


def _admit(person: CasePerson, event: Event, reason: str, by: Actor, now: datetime) -> None:
    admit(case=person.case, matter=Matter.IDENTITY, event=event, verb=Verb.IDENTITY_READ, by=by, now=now, detail={"reason": reason})


def _give(person: CasePerson, role: str, *, by: Actor, now: datetime) -> PersonRole:
    wanted = coded(PersonRole(person=person), {"role": role}, allowed={"role"}, by=by, now=now)
    held = person.roles.filter(role=role).first()
    if held is None:
        wanted.save(force_insert=True)
    return held or wanted


def _find_again(person: CasePerson) -> None:
    """What the person holds is found by equality again, as it was before somebody took them for a child."""
    organisation, keys = person.case.organisation_id, access.keys()
    kept = Item.objects.filter(holder=person, terms=None, identifier__erased_at=None)
    held = [(item, unseal_text(item.identifier)) for item in kept.select_related("identifier")]
    IndexTerm.objects.bulk_create(
        IndexTerm(item=item, organisation_id=organisation, kind=kind, digest=keys.blind_index(organisation, kind, value))
        for item, identifier in held
        for kind, value in as_told(item.kind, identifier, service=item.service, hash_kind=item.hash_kind)[1]
    )


def _keep_children_unlisted(person: CasePerson) -> None:
    if person.actor_age in CHILD_ACTOR and person.may_match:
        raise errors.ChildStaysUnlisted
