"""The plan of a case with what belongs to each step, bound to the organisation of the reader."""

from typing import TypeVar
from uuid import UUID

from django.db.models import QuerySet

from cairndesk.accounts.errors import NotPermitted
from cairndesk.accounts.queries import is_let_go
from cairndesk.accounts.rules import Actor, Kind, Role
from cairndesk.cases.models import Case
from cairndesk.cases.queries import case_for
from cairndesk.response.errors import NoSuchThing
from cairndesk.response.models import AuthorityPackage, CounterNotice, Notice, PlanStep, Preservation, Referral

Row = TypeVar("Row", PlanStep, Notice, AuthorityPackage, Referral, Preservation)


def plan_of(case: Case) -> QuerySet[PlanStep]:
    """The steps of `case` in order, with their notices, packages and referrals."""
    return case.plan_steps.prefetch_related("notices__provider", "packages__authority", "referrals__service").order_by("position")


def step_for(by: Actor, step_id: UUID) -> PlanStep:
    """The step, when `by` may read its case. Raises NoSuchThing, NotPermitted, WaitsForCoding."""
    return _readable(by, PlanStep.objects.select_related("case__organisation").filter(pk=step_id).first())


def notice_for(by: Actor, notice_id: UUID) -> Notice:
    """The notice, when `by` may read its case. Raises NoSuchThing, NotPermitted, WaitsForCoding."""
    return _readable(by, Notice.objects.select_related("case__organisation", "provider").filter(pk=notice_id).first())


def package_for(by: Actor, package_id: UUID) -> AuthorityPackage:
    """The package, when `by` may read its case. Raises NoSuchThing, NotPermitted, WaitsForCoding."""
    return _readable(by, AuthorityPackage.objects.select_related("case__organisation", "authority").filter(pk=package_id).first())


def is_released(package: AuthorityPackage, digest: bytes) -> bool:
    """Whether two people let go exactly what `digest` stands for."""
    return is_let_go(Kind.EXPORT, package.pk, digest)


def referral_for(by: Actor, referral_id: UUID) -> Referral:
    """The referral, when `by` may read its case. Raises NoSuchThing, NotPermitted, WaitsForCoding."""
    return _readable(by, Referral.objects.select_related("case__organisation", "service").filter(pk=referral_id).first())


def other_referrals(referral: Referral) -> QuerySet[Referral]:
    """What else is offered in the same case, newest first: it may bridge the wait for `referral`."""
    return Referral.objects.filter(case=referral.case).exclude(pk=referral.pk).select_related("service").order_by("-drafted_at")


def preservation_for(by: Actor, preservation_id: UUID) -> Preservation:
    """The preservation choice, when `by` may read its case. Raises NoSuchThing, NotPermitted, WaitsForCoding."""
    return _readable(by, Preservation.objects.select_related("case__organisation", "provider").filter(pk=preservation_id).first())


def objection_for(by: Actor, objection_id: UUID) -> CounterNotice:
    """The objection, when `by` is a supervisor who may read its case. Raises NoSuchThing, NotPermitted, WaitsForCoding."""
    found = CounterNotice.objects.select_related("notice__case__organisation").filter(pk=objection_id).first()
    if found is None:
        raise NoSuchThing
    notice_for(by, found.notice_id)
    if Role.SUPERVISOR not in by.roles:
        raise NotPermitted("a supervisor decides this")
    return found


def _readable(by: Actor, row: Row | None) -> Row:
    if row is None:
        raise NoSuchThing
    # Like every page of the case: what belongs to it says of its coding what the case says.
    case_for(by, row.case_id)
    return row
