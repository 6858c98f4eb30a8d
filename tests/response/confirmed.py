"""The acts that take a fresh proof, each done by a person who has just confirmed what would happen."""

from datetime import datetime

from cairndesk.accounts.rules import Actor, FreshProof
from cairndesk.directory.models import Authority
from cairndesk.response import actions
from cairndesk.response.models import AuthorityPackage, Delivery, Notice, PlanStep, Referral
from cairndesk.response.rules import Told


def fresh(by: Actor, digest: bytes, now: datetime) -> FreshProof:
    """The proof that `by` confirmed the act with this digest at `now`."""
    return FreshProof(pseudonym=by.pseudonym, digest=digest, proof=by.proof, at=now)


def approve(step: PlanStep, *, by: Actor, now: datetime) -> PlanStep:
    return actions.approve_step(step=step, by=by, fresh=fresh(by, actions.approval_digest(step), now), now=now)


def send_notice(notice: Notice, *, by: Actor, now: datetime) -> Delivery:
    return actions.send_notice(notice=notice, by=by, fresh=fresh(by, actions.sending_digest(notice), now), now=now)


def build(step: PlanStep, authority: Authority, grounds: actions.Grounds, *, by: Actor, now: datetime) -> AuthorityPackage:
    proof = fresh(by, actions.building_digest(step, authority, grounds), now)
    return actions.build_authority_package(step=step, authority=authority, grounds=grounds, by=by, fresh=proof, now=now)


def take(package: AuthorityPackage, *, by: Actor, now: datetime) -> AuthorityPackage:
    return actions.take_package(package=package, by=by, fresh=fresh(by, actions.taking_digest(package), now), now=now)


def override(referral: Referral, *, why: str, told: Told, best_interests: str, by: Actor, now: datetime) -> Referral:
    proof = fresh(by, actions.overriding_digest(referral, why=why, told=told, best_interests=best_interests), now)
    return actions.record_override(referral=referral, why=why, told=told, best_interests=best_interests, by=by, fresh=proof, now=now)
