"""Linking cases that belong together, and keeping apart those that do not."""

from datetime import datetime

from django.db import transaction

from cairndesk.accounts.errors import NotPermitted
from cairndesk.accounts.rules import Actor, Verb, permits, require
from cairndesk.cases import errors
from cairndesk.cases.actions.coding import coded, note
from cairndesk.cases.models import Case, CaseLink, KeptApart
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event


@transaction.atomic
def link_cases(*, one: Case, other: Case, kind: str, by: Actor, now: datetime) -> CaseLink:
    """Afterwards the two cases are linked, which only a person can do; linking them again changes nothing.

    `other` may be closed: who describes `one` says what it is about. Raises NotOfThisOrganisation unless both belong to one organisation.
    """
    require(by, Verb.CASE_DESCRIBE, organisation=one.organisation_id, stage=one.stage)
    require(by, Verb.CASE_READ, organisation=other.organisation_id, stage=other.stage)
    earlier, later = _in_order(one, other)
    KeptApart.objects.filter(earlier=earlier, later=later).delete()
    link = coded(CaseLink(earlier=earlier, later=later), {"kind": kind}, allowed={"kind"}, by=by, now=now)
    held = CaseLink.objects.filter(earlier=earlier, later=later, kind=kind).first()
    if held is not None:
        return held
    link.save(force_insert=True)
    note(Event.CASES_CASES_LINKED, one, by=by, now=now, kind=kind)
    note(Event.CASES_CASES_LINKED, other, by=by, now=now, kind=kind)
    return link


@transaction.atomic
def take_back_link(*, link: CaseLink, by: Actor, now: datetime) -> bool:
    """Afterwards the two cases are linked by it no more, which they were and who took it back stays readable; returns whether it stood.

    Nothing says that they do not belong together: they may be suggested again. Raises NotPermitted.
    """
    for case in (link.earlier, link.later):
        require(by, Verb.CASE_READ, organisation=case.organisation_id, stage=case.stage)
    stages = {link.earlier.stage, link.later.stage}
    if not any(permits(by.roles, Verb.CASE_DESCRIBE, stage) for stage in stages):
        raise NotPermitted(Verb.CASE_DESCRIBE.value)
    if not CaseLink.objects.filter(pk=link.pk).update(taken_back_at=now, taken_back_by=by.pseudonym):
        return False
    for case in (link.earlier, link.later):
        note(Event.CASES_CASES_UNLINKED, case, by=by, now=now, kind=link.kind)
    return True


@transaction.atomic
def keep_apart(*, one: Case, other: Case, by: Actor, now: datetime) -> None:
    """Afterwards nothing suggests that the two cases belong together; a link that a person made stays.

    `other` may be closed: who describes `one` says what it is about. Raises NotOfThisOrganisation.
    """
    require(by, Verb.CASE_DESCRIBE, organisation=one.organisation_id, stage=one.stage)
    require(by, Verb.CASE_READ, organisation=other.organisation_id, stage=other.stage)
    earlier, later = _in_order(one, other)
    _, is_new = KeptApart.objects.get_or_create(earlier=earlier, later=later, defaults={"actor": by.pseudonym, "at": now})
    if is_new:
        for case in (one, other):
            record(event=Event.CASES_CASES_KEPT_APART, subject_kind="case", subject=case.pk, by=by, now=now)


def _in_order(one: Case, other: Case) -> list[Case]:
    """Both, the smaller id first."""
    if one.organisation_id != other.organisation_id or one.pk == other.pk:
        raise errors.NotOfThisOrganisation
    return sorted((one, other), key=lambda case: case.pk)
