"""Which case somebody may see, and which cases wait at a stage."""

from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from cairndesk.accounts import errors
from cairndesk.accounts.rules import Actor, Role, Verb, require
from cairndesk.cases.errors import TakenOff, WaitsForCoding
from cairndesk.cases.models import Case
from cairndesk.cases.queries.sample import is_veiled
from cairndesk.cases.queries.team import last_seat, require_whole, withdrawn_from
from cairndesk.cases.rules.stages import Stage


def case_for(by: Actor, case_id: UUID, *, blind: bool = False, guest: bool = False) -> Case:
    """The case if it belongs to the organisation of `by` and a role may read it; else OtherOrganisation or NotPermitted.

    With `guest` also if somebody of a partner organisation was invited to give its second look: they see what that needs, and no other page.
    Raises NotYourPart for somebody of its team who sees a part of it, TakenOff for whoever was taken off and does not answer for it.
    Raises WaitsForCoding where its coding is kept from `by`, unless the page is `blind` to it and shows nothing of it.
    """
    held = Case.objects.filter(pk=case_id).select_related("organisation", "sample", "given")
    case = held.annotate(seat=last_seat(by), is_off=Exists(withdrawn_from(by).filter(case=OuterRef("pk")))).first()
    if case is None or not (guest or case.organisation_id == by.organisation):
        raise errors.OtherOrganisation
    require(by, Verb.CASE_READ, organisation=case.organisation_id, stage=case.stage, case=case.pk)
    if case.is_off and Role.SUPERVISOR not in by.roles:
        raise TakenOff
    if case.seat:
        require_whole(by, case.pk, seat=case.seat)
    if not blind and is_veiled(by, case):
        raise WaitsForCoding
    return case


def waiting(stage: Stage, *, now: datetime) -> QuerySet[Case]:
    """Cases at `stage` that nobody holds and whose next try is due, most urgent and then oldest first."""
    due = Q(next_try_at__isnull=True) | Q(next_try_at__lte=now)
    return Case.objects.filter(Case.free(now), due, stage=stage, is_dead=False).order_by("priority", "opened_at")
