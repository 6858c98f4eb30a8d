"""Authority packages: built and closed in one act, taken by a person, handed over, and followed to an outcome."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from cairndesk.accounts.rules import Actor, FreshProof, Verb, digest_of, require, require_fresh
from cairndesk.accounts.rules.sharing import Data, Recipient
from cairndesk.accounts.sharing import require_sharing
from cairndesk.cases.actions import respect
from cairndesk.cases.models import Case
from cairndesk.cases.rules.choices import Act
from cairndesk.custody.actions import record, record_closing
from cairndesk.custody.errors import Erased
from cairndesk.custody.rules import Event
from cairndesk.directory.models import Authority
from cairndesk.directory.profiles import Field, Gives, data_of
from cairndesk.directory.queries import evidence_asked, require_open
from cairndesk.directory.sharing import require_still_given
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
# One authority may be told of the case after another has it.
_BUILDS = frozenset({StepState.APPROVED, StepState.DONE})


@dataclass(frozen=True, slots=True)
class Grounds:
    """On which basis and what for the package is made; `names_people` is a decision of its own.

    `checks`: each question of the evidence checklist of the authority's place, with its answer.
    """

    legal_basis: str
    purpose: str
    names_people: bool = False
    checks: tuple[tuple[str, str], ...] = ()

    def release(self, package: UUID, authority: Authority, now: datetime) -> queries.Release:
        """What the package of this name says of itself; of the answers it takes along those that the place of `authority` asks for."""
        asked = evidence_asked(authority.country, now.date())
        questions = {line.asks for line in asked.lines} if asked else set()
        checks = tuple((asks, said) for asks, said in self.checks if asks in questions and said in queries.CHECK_ANSWERS)
        return queries.Release(package, authority.name, self.legal_basis, self.purpose, self.names_people, checks)


def building_digest(step: PlanStep, going: Sequence[tuple[Authority, queries.Going]], grounds: Grounds) -> bytes:
    """What closing these packages would put into each now, for whom, to which key, by which table, and on which ground."""
    people = [[person, identity if grounds.names_people else None] for person, identity in queries.people_of(step.case)]
    return digest_of(
        "response.build_authority_packages",
        step=step.pk,
        legal_basis=grounds.legal_basis,
        purpose=grounds.purpose,
        names_people=grounds.names_people,
        checks=[list(one) for one in grounds.checks],
        people=people,
        each=[[to.pk, to.age_recipient, one.profile.table, one.profile.code, one.digest] for to, one in going],
    )


@transaction.atomic
def build_authority_packages(
    *, step: PlanStep, authorities: Sequence[Authority], grounds: Grounds, by: Actor, fresh: FreshProof | None, now: datetime
) -> list[AuthorityPackage]:
    """Afterwards each authority has a package of its own, closed to its key and holding what the table of sharing gives it; the desk cannot open it.

    All of them or none. Raises IncompleteAct without basis, purpose, recipient or key, SignOffMissing, IllegalStep, SharingRefused, DeskLocked,
    FreshProofNeeded where something of it is not any more what was read, and NotPermitted when people are to be named by somebody who may not
    read identities.
    """
    held = hold(step, by, Verb.STEP_APPROVE)
    if held.kind != StepKind.AUTHORITY or held.state not in _BUILDS:
        raise IllegalStep("an approved authority step builds packages")
    check_gates(held)
    going = []
    for authority in authorities:
        require_open(authority, held.case.organisation_id)
        _check_grounds(grounds, authority, now)
        profile = queries.profile_for(held.case, authority, names_people=grounds.names_people)
        _require_sharing(held.case, authority, profile.inside, now=now)
        if profile.has(Field.IDENTITY):
            require(by, Verb.IDENTITY_READ, organisation=held.case.organisation_id, stage=held.case.stage)
        going.append((authority, queries.going_to(held.case, grounds.release(new_id(), authority, now), profile, now)))
    if not going:
        raise IncompleteAct("choose who gets a package")
    require_fresh(fresh, by=by, digest=building_digest(held, going, grounds), now=now)
    return [_build(held, authority, one, grounds, by, now) for authority, one in going]


def _build(step: PlanStep, authority: Authority, going: queries.Going, grounds: Grounds, by: Actor, now: datetime) -> AuthorityPackage:
    profile, names = going.profile, going.profile.has(Field.IDENTITY)
    # The last entry of the package, and of the log as the package shows it, says where the history of each thing in it ends.
    detail = profile.told | {"names": int(names)}
    event, things = Event.RESPONSE_PACKAGE_BUILT, list(going.names)
    record_closing(event=event, subject_kind="case", subject=step.case_id, things=things, by=by, now=now, detail=detail)
    closed = pack(going, authority, now)
    return AuthorityPackage.objects.create(
        id=going.file.package,
        case=step.case,
        step=step,
        authority=authority,
        grounds=seal_fields(step.case, _kept(grounds), now),
        names_people=names,
        gives=profile.kept,
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


def _kept(grounds: Grounds) -> dict[str, object]:
    return {"legal_basis": grounds.legal_basis, "purpose": grounds.purpose, "checks": [list(one) for one in grounds.checks]}


def require_package_sharing(package: AuthorityPackage, *, now: datetime) -> None:
    """Return when rules and table of sharing let `package` go to its authority today, whatever they said when it was built; raise SharingRefused."""
    # What was built before there was a table holds everything.
    held = package.gives.get("fields") or {field: Gives.WHOLE for field in Field if field is not Field.IDENTITY or package.names_people}
    require_still_given(queries.profile_for(package.case, package.authority, names_people=package.names_people), held)
    given = {Field(field) for field in held}
    _require_sharing(package.case, package.authority, {data_of(field) for field in given}, now=now)


def _require_sharing(case: Case, authority: Authority, inside: Collection[Data], *, now: datetime) -> None:
    require_sharing(organisation=case.organisation_id, data=inside, recipient=Recipient.AUTHORITY, country=authority.country, now=now)


def _check_grounds(grounds: Grounds, authority: Authority, now: datetime) -> None:
    if not grounds.legal_basis.strip() or not grounds.purpose.strip():
        raise IncompleteAct("name the legal basis and the purpose")
    if not authority.age_recipient:
        raise IncompleteAct("the directory holds no age key of this authority")
    asked = evidence_asked(authority.country, now.date())
    answered = {asks for asks, answer in grounds.checks if answer in queries.CHECK_ANSWERS}
    if asked and not {line.asks for line in asked.lines} <= answered:
        raise IncompleteAct("answer every line of the evidence checklist of that place")


def _change(package: AuthorityPackage, to: PackageState) -> None:
    rules.check_move(rules.PACKAGE_MOVES, PackageState(package.state), to)
    package.state = to
