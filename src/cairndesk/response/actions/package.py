"""Authority packages: built and closed in one act, taken by a person, handed over, and followed to an outcome."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from cairndesk.accounts.rules import Actor, FreshProof, Verb, digest_of, require, require_fresh
from cairndesk.accounts.rules.sharing import Data, Recipient
from cairndesk.accounts.sharing import require_sharing
from cairndesk.cases.actions import respect
from cairndesk.cases.models import Case, CasePerson, Item, Report
from cairndesk.cases.rules.choices import Act
from cairndesk.custody.actions import record, record_closing
from cairndesk.custody.errors import Erased
from cairndesk.custody.rules import Event
from cairndesk.directory.models import Authority
from cairndesk.directory.queries import evidence_asked, require_open
from cairndesk.intake.actions import tell_milestone
from cairndesk.lib.ids import new_id
from cairndesk.response import queries, rules
from cairndesk.response.actions.confirming import taking_digest
from cairndesk.response.actions.gate import hold
from cairndesk.response.actions.packing import pack
from cairndesk.response.actions.sealing import seal_fields
from cairndesk.response.actions.steps import check_gates, end_step
from cairndesk.response.errors import IllegalStep, IncompleteAct, NotReleased
from cairndesk.response.models import AuthorityPackage, PlanStep
from cairndesk.response.rules import AuthorityOutcome, PackageState, StepKind, StepState

# An authority that says nothing for so long is asked again by a person.
_ANSWER_WITHIN = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Grounds:
    """On which basis and what for the package is made; `names_people` is a decision of its own.

    `checks`: each question of the evidence checklist of the authority's place, with its answer.
    """

    legal_basis: str
    purpose: str
    names_people: bool = False
    checks: tuple[tuple[str, str], ...] = ()


def building_digest(step: PlanStep, authority: Authority, grounds: Grounds) -> bytes:
    """What building a package would put into it now, for whom, to which key, and on which ground."""
    people = CasePerson.objects.filter(case=step.case_id).order_by("id").values_list("id", "identity_id")
    return digest_of(
        "response.build_authority_package",
        step=step.pk,
        authority=authority.pk,
        key=authority.age_recipient,
        legal_basis=grounds.legal_basis,
        purpose=grounds.purpose,
        names_people=grounds.names_people,
        checks=[list(one) for one in grounds.checks],
        accounts=list(Report.objects.filter(case=step.case_id).order_by("id").values_list("id", flat=True)),
        items=list(Item.objects.filter(case=step.case_id).order_by("id").values_list("id", flat=True)),
        people=[[person, identity if grounds.names_people else None] for person, identity in people],
    )


@transaction.atomic
def build_authority_package(
    *, step: PlanStep, authority: Authority, grounds: Grounds, by: Actor, fresh: FreshProof | None, now: datetime
) -> AuthorityPackage:
    """Afterwards the package is closed to the authority's key; the desk itself cannot open it again.

    Raises IncompleteAct without basis, purpose or key, SignOffMissing, IllegalStep, DeskLocked, FreshProofNeeded, and NotPermitted
    when people are to be named by somebody who may not read identities.
    """
    held = hold(step, by, Verb.STEP_APPROVE)
    if held.kind != StepKind.AUTHORITY or held.state != StepState.APPROVED:
        raise IllegalStep("an approved authority step builds packages")
    check_gates(held)
    require_open(authority, held.case.organisation_id)
    _check_grounds(grounds, authority, now)
    _require_sharing(held.case, authority, names_people=grounds.names_people, now=now)
    if grounds.names_people:
        require(by, Verb.IDENTITY_READ, organisation=held.case.organisation_id, stage=held.case.stage)
    require_fresh(fresh, by=by, digest=building_digest(held, authority, grounds), now=now)
    made_id = new_id()
    _record_built(held.case, names_people=grounds.names_people, by=by, now=now)
    release = queries.Release(made_id, authority.name, grounds.legal_basis, grounds.purpose, grounds.names_people, grounds.checks)
    closed = pack(held.case, release, authority, now)
    return AuthorityPackage.objects.create(
        id=made_id,
        case=held.case,
        step=held,
        authority=authority,
        grounds=seal_fields(held.case, _kept(grounds), now),
        names_people=grounds.names_people,
        sealed=closed.sealed,
        signature=closed.signature,
        digest=closed.digest,
        built_by=by.pseudonym,
        built_at=now,
    )


@transaction.atomic
def take_package(*, package: AuthorityPackage, by: Actor, fresh: FreshProof | None, now: datetime) -> AuthorityPackage:
    """Afterwards the log says that `by` took the closed package to hand it over.

    Raises NotReleased before two people let exactly it go, AgainstTheirChoice, FreshProofNeeded, Erased.
    """
    held = hold(package, by, Verb.STEP_APPROVE)
    if not held.sealed:
        raise Erased
    # What was chosen may have changed since the step was approved.
    respect(case=held.case, act=Act.TELL_POLICE)
    require_package_sharing(held, now=now)
    digest = taking_digest(held)
    if not queries.is_released(held, digest):
        raise NotReleased
    require_fresh(fresh, by=by, digest=digest, now=now)
    if held.state in {PackageState.BUILT, PackageState.TAKEN}:
        _change(held, PackageState.TAKEN)
        held.taken_at = held.taken_at or now
        held.save()
    record(event=Event.RESPONSE_PACKAGE_TAKEN, subject_kind="case", subject=held.case_id, by=by, now=now)
    return held


@transaction.atomic
def hand_over(*, package: AuthorityPackage, by: Actor, now: datetime) -> AuthorityPackage:
    """Afterwards the authority has the package, its step is done, and a reminder is set for its answer. Raises IllegalStep, AgainstTheirChoice."""
    held = hold(package, by, Verb.STEP_RECORD)
    respect(case=held.case, act=Act.TELL_POLICE)
    require_package_sharing(held, now=now)
    _change(held, PackageState.HANDED_OVER)
    held.handed_over_at, held.remind_at = now, now + _ANSWER_WITHIN
    held.save()
    record(event=Event.RESPONSE_PACKAGE_HANDED_OVER, subject_kind="case", subject=held.case_id, by=by, now=now)
    tell_milestone(case=held.case, code="passed_on", by=by, now=now)
    step = PlanStep.objects.select_for_update(of=("self",)).select_related("case").get(pk=held.step_id)
    if step.state in {StepState.APPROVED, StepState.FAILED}:
        end_step(step, StepState.DONE, "handed_over", by, now)
    return held


@transaction.atomic
def record_authority_answer(
    *, package: AuthorityPackage, by: Actor, now: datetime, is_accepted: bool = False, outcome: AuthorityOutcome | None = None
) -> AuthorityPackage:
    """Afterwards the authority's receipt stands, that it takes the matter on, or, with `outcome`, what became of it. Raises IllegalStep."""
    held = hold(package, by, Verb.STEP_RECORD)
    _change(held, PackageState.ANSWERED if outcome else PackageState.ACCEPTED if is_accepted else PackageState.ACKNOWLEDGED)
    held.acknowledged_at = held.acknowledged_at or now
    held.accepted_at = now if is_accepted else held.accepted_at
    held.remind_at = None
    if outcome:
        held.outcome, held.outcome_at = outcome, now
    held.save()
    detail = {"outcome": str(outcome or ("accepted" if is_accepted else "receipt"))}
    record(event=Event.RESPONSE_PACKAGE_ACKNOWLEDGED, subject_kind="case", subject=held.case_id, by=by, now=now, detail=detail)
    return held


def _record_built(case: Case, *, names_people: bool, by: Actor, now: datetime) -> None:
    """The last entry of the package, and of the log as the package shows it, says where the history of each thing in it ends."""
    things, detail = list(queries.names_of(case)), {"names": int(names_people)}
    record_closing(event=Event.RESPONSE_PACKAGE_BUILT, subject_kind="case", subject=case.pk, things=things, by=by, now=now, detail=detail)


def _kept(grounds: Grounds) -> dict[str, object]:
    return {"legal_basis": grounds.legal_basis, "purpose": grounds.purpose, "checks": [list(one) for one in grounds.checks]}


def require_package_sharing(package: AuthorityPackage, *, now: datetime) -> None:
    """Return when the policy lets `package` go to its authority today, whatever it said when it was built; raise SharingRefused."""
    _require_sharing(package.case, package.authority, names_people=package.names_people, now=now)


def _require_sharing(case: Case, authority: Authority, *, names_people: bool, now: datetime) -> None:
    inside = {Data.ACCOUNT, Data.ADDRESS, Data.EVIDENCE, *([Data.IDENTITY] if names_people else [])}
    require_sharing(organisation=case.organisation_id, data=inside, recipient=Recipient.AUTHORITY, country=authority.country, now=now)


def _check_grounds(grounds: Grounds, authority: Authority, now: datetime) -> None:
    if not grounds.legal_basis.strip() or not grounds.purpose.strip():
        raise IncompleteAct("name the legal basis and the purpose")
    if not authority.age_recipient:
        raise IncompleteAct("the directory holds no age key of this authority")
    asked = evidence_asked(authority.country, now.date())
    answered = {asks for asks, answer in grounds.checks if answer in queries.CHECK_ANSWERS}
    if asked and {line.asks for line in asked.lines} != answered:
        raise IncompleteAct("answer every line of the evidence checklist of that place")


def _change(package: AuthorityPackage, to: PackageState) -> None:
    rules.check_move(rules.PACKAGE_MOVES, PackageState(package.state), to)
    package.state = to
