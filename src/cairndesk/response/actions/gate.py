"""What every act of this room checks first: a person, of this organisation, with the role, on the row as it stands now."""

from typing import TypeVar
from uuid import UUID

from cairndesk.accounts.errors import NotPermitted
from cairndesk.accounts.rules import Actor, Proof, Role, Verb, require
from cairndesk.cases.models import Case
from cairndesk.response.errors import NoSuchThing, NotAPersonsAct, SignOffMissing
from cairndesk.response.models import AuthorityPackage, CounterNotice, Notice, PlanStep, Referral

Row = TypeVar("Row", PlanStep, Notice, AuthorityPackage, Referral)


def require_person(by: Actor) -> None:
    """Return for a signed-in person; raise NotAPersonsAct for the desk itself and for machines."""
    if by.id is None or by.proof in {Proof.SYSTEM, Proof.API}:
        raise NotAPersonsAct


def hold(row: Row, by: Actor, verb: Verb) -> Row:
    """`row` as the database has it, locked until the transaction ends, when the person `by` may do `verb` on its case."""
    require_person(by)
    # The case first, as whoever records something about it holds it: of two people none waits for what the other holds.
    list(Case.objects.select_for_update().filter(pk=row.case_id).values_list("pk"))
    held = type(row).objects.select_for_update(of=("self",)).select_related("case__organisation").filter(pk=row.pk).first()
    if held is None:
        raise NoSuchThing
    require(by, verb, organisation=held.case.organisation_id, stage=held.case.stage)
    return held


def hold_case(case: Case, by: Actor, verb: Verb) -> Case:
    """`case` locked, when the person `by` may do `verb` on it."""
    require_person(by)
    held = Case.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=case.pk)
    require(by, verb, organisation=held.organisation_id, stage=held.stage)
    return held


def hold_objection(objection: CounterNotice, by: Actor) -> CounterNotice:
    """`objection` locked, when the supervisor `by` may decide it."""
    require_person(by)
    held = CounterNotice.objects.select_for_update(of=("self",)).select_related("notice__case__organisation").filter(pk=objection.pk).first()
    if held is None:
        raise NoSuchThing
    require_supervisor(by, held.notice.case.organisation_id)
    return held


def require_supervisor(by: Actor, organisation: UUID) -> None:
    """Return when `by` is a supervisor of `organisation`, trained and in date; raise NotPermitted otherwise."""
    require_person(by)
    require(by, Verb.STEP_REVIEW, organisation=organisation, stage="acting")
    if Role.SUPERVISOR not in by.roles:
        raise NotPermitted("a supervisor decides this")


def require_another(by: Actor, *others: str) -> None:
    """Raise SignOffMissing when `by` is one of `others` (pseudonyms): nobody checks their own decision."""
    if by.pseudonym in others:
        raise SignOffMissing
