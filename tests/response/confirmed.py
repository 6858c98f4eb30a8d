"""The acts that take a fresh proof, each done by a person who has just confirmed what would happen."""

from collections.abc import Sequence
from datetime import datetime

from tests.support.two_people import approved

from cairndesk.accounts.rules import Actor, FreshProof
from cairndesk.cases.models import Case
from cairndesk.directory.models import Authority
from cairndesk.exchange.formats import letter
from cairndesk.exchange.formats.casefile import Account
from cairndesk.response import actions, queries
from cairndesk.response.models import AuthorityPackage, ClosingNote, CounterNotice, Delivery, Notice, PlanStep, Referral
from cairndesk.response.queries import missing_from
from cairndesk.response.rules import Told


def fresh(by: Actor, digest: bytes, now: datetime) -> FreshProof:
    """The proof that `by` confirmed the act with this digest at `now`."""
    return FreshProof(pseudonym=by.pseudonym, digest=digest, proof=by.proof, at=now)


def approve(step: PlanStep, *, by: Actor, now: datetime) -> PlanStep:
    return actions.approve_step(step=step, by=by, fresh=fresh(by, actions.approval_digest(step), now), now=now)


def send_notice(notice: Notice, *, by: Actor, now: datetime) -> Delivery:
    return actions.send_notice(notice=notice, by=by, fresh=fresh(by, actions.sending_digest(notice), now), now=now)


def remind(notice: Notice, *, by: Actor, now: datetime) -> Delivery:
    proof = fresh(by, actions.following_digest(notice, letter.Kind.REMINDER), now)
    return actions.send_reminder(notice=notice, by=by, fresh=proof, now=now)


def escalate(notice: Notice, *, by: Actor, now: datetime) -> Delivery:
    proof = fresh(by, actions.following_digest(notice, letter.Kind.ESCALATION), now)
    return actions.escalate(notice=notice, by=by, fresh=proof, now=now)


def ask_to_renew(notice: Notice, *, by: Actor, now: datetime) -> Delivery:
    proof = fresh(by, actions.following_digest(notice, letter.Kind.PRESERVATION_RENEWAL), now)
    return actions.ask_to_renew(notice=notice, by=by, fresh=proof, now=now)


def try_again(notice: Notice, *, by: Actor, now: datetime) -> int:
    return actions.try_again(notice=notice, by=by, fresh=fresh(by, actions.retrying_digest(notice), now), now=now)


def decide(objection: CounterNotice, *, is_right: bool, why: str, by: Actor, now: datetime) -> CounterNotice:
    proof = fresh(by, actions.deciding_digest(objection, is_right=is_right, why=why), now)
    return actions.decide_counter_notice(objection=objection, is_right=is_right, why=why, by=by, fresh=proof, now=now)


def close(case: Case, *, best_interests: str, outcome: str, by: Actor, now: datetime) -> ClosingNote:
    """With a reason for every fact that the file lacks."""
    said = {
        "best_interests": best_interests,
        "outcome": outcome,
        "reasons": dict.fromkeys((one.fact for one in missing_from(case, now)), "not asked"),
    }
    proof = fresh(by, actions.closing_digest(case, **said), now)
    return actions.close_case(case=case, **said, by=by, fresh=proof, now=now)


def read_summary(referral: Referral, *, by: Actor, now: datetime) -> list[Account]:
    return actions.read_summary(referral=referral, by=by, fresh=fresh(by, actions.summary_digest(referral), now), now=now)


def build(step: PlanStep, authority: Authority, grounds: actions.Grounds, *, by: Actor, now: datetime) -> AuthorityPackage:
    [made] = build_all(step, [authority], grounds, by=by, now=now)
    return made


def build_all(step: PlanStep, authorities: Sequence[Authority], grounds: actions.Grounds, *, by: Actor, now: datetime) -> list[AuthorityPackage]:
    """One package for each, as whoever read them all confirmed it."""
    proof = fresh(by, building_digest(step, authorities, grounds, now), now)
    return actions.build_authority_packages(step=step, authorities=authorities, grounds=grounds, by=by, fresh=proof, now=now)


def building_digest(step: PlanStep, authorities: Sequence[Authority], grounds: actions.Grounds, now: datetime) -> bytes:
    """What the page that shows all of it binds to."""
    held = PlanStep.objects.select_related("case__organisation").get(pk=step.pk)
    shown = []
    for one in authorities:
        release = grounds.release(step.pk, one, now)
        shown.append((one, queries.preview_of(held.case, release, one, may_name=True, now=now).going))
    return actions.building_digest(held, shown, grounds)


def release(package: AuthorityPackage, *, by: Actor, other: Actor, now: datetime) -> None:
    approved(actions.ask_release(package=package, by=by, now=now), other, now)


def take(package: AuthorityPackage, *, by: Actor, now: datetime) -> AuthorityPackage:
    return actions.take_package(package=package, by=by, fresh=fresh(by, actions.taking_digest(package), now), now=now)


def override(referral: Referral, *, why: str, told: Told, best_interests: str, by: Actor, now: datetime) -> Referral:
    proof = fresh(by, actions.overriding_digest(referral, why=why, told=told, best_interests=best_interests), now)
    return actions.record_override(referral=referral, why=why, told=told, best_interests=best_interests, by=by, fresh=proof, now=now)
