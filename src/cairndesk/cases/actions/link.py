"""Linking cases that belong together."""

from datetime import datetime

from django.db import transaction

from cairndesk.accounts.rules import Actor, Verb, require
from cairndesk.cases import errors
from cairndesk.cases.actions.coding import coded, note
from cairndesk.cases.models import Case, CaseLink
from cairndesk.custody.rules import Event


@transaction.atomic
def link_cases(*, one: Case, other: Case, kind: str, by: Actor, now: datetime) -> CaseLink:
    """Afterwards the two cases are linked, which only a person can do; linking them again changes nothing.

    Raises NotOfThisOrganisation unless both belong to one organisation.
    """
    for case in (one, other):
        require(by, Verb.CASE_DESCRIBE, organisation=case.organisation_id, stage=case.stage)
    if one.organisation_id != other.organisation_id or one.pk == other.pk:
        raise errors.NotOfThisOrganisation
    earlier, later = sorted((one, other), key=lambda case: case.pk)
    link = coded(CaseLink(earlier=earlier, later=later), {"kind": kind}, allowed={"kind"}, by=by, now=now)
    held = CaseLink.objects.filter(earlier=earlier, later=later, kind=kind).first()
    if held is not None:
        return held
    link.save(force_insert=True)
    note(Event.CASES_CASES_LINKED, one, by=by, now=now, kind=kind)
    note(Event.CASES_CASES_LINKED, other, by=by, now=now, kind=kind)
    return link
