"""What a second person does: confirm what is asked for, and do it."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from cairndesk.accounts.actions import approval_digest, approve
from cairndesk.accounts.models import Organisation, Request
from cairndesk.accounts.rules import Actor, FreshProof, Proof
from cairndesk.cases.models import Case
from cairndesk.exchange.actions import ask_to_offer
from cairndesk.exchange.models import Agreement, Handover
from cairndesk.exchange.queries import agreements_in_force
from cairndesk.lib import clock
from cairndesk.lib.ids import new_id
from cairndesk.signals.actions import ask_to_write_out
from cairndesk.signals.models import Glossary, HashList
from cairndesk.signals.rules import WrittenOut


def proof(request: Request, by: Actor, at: datetime | None = None) -> FreshProof:
    """What `by` has if they confirm `request` as it is now."""
    return FreshProof(pseudonym=by.pseudonym, digest=approval_digest(request), proof=by.proof, at=at or clock.now())


def approved(request: Request, by: Actor, at: datetime | None = None, fresh: FreshProof | None = None) -> str:
    """It is done by `by`."""
    return approve(request=request, by=by, fresh=fresh or proof(request, by, at), now=at or clock.now())


def agreed(one: UUID, two: UUID, *, now: datetime) -> Agreement:
    """Cases may go between the two organisations from this day on for a year."""
    days = {"valid_from": now.date(), "valid_until": now.date() + timedelta(days=365)}
    who = {"proposed_by": str(new_id()), "proposed_at": now, "agreed_by": str(new_id()), "agreed_at": now}
    return Agreement.objects.create(proposer_id=one, partner_id=two, basis="A contract", **days, **who)


def offered(case: Case, to: Organisation, *, by: Actor, other: Actor, now: datetime) -> Handover:
    """The case is offered to `to`, with which there is an agreement: `by` asked, `other` let it go."""
    if not agreements_in_force(to.pk, on=now.date()).exists():
        agreed(case.organisation_id, to.pk, now=now)
    approved(ask_to_offer(case=case, to=to, reason="The child lives there.", by=by, now=now), other, now)
    return case.handovers.get(state=Handover.State.OFFERED)


def another(by: Actor) -> Actor:
    """Somebody else with the same place at the same desk."""
    return replace(by, id=new_id(), pseudonym=str(new_id()), name="Sue", proof=Proof.PASSKEY)


def written_out(what: WrittenOut, of: HashList | Glossary, *, by: Actor, now: datetime, to: str = "") -> None:
    """Two people let it go: `by` asked."""
    me = replace(by, proof=Proof.PASSKEY)
    approved(ask_to_write_out(what=what, of=of, to=to, by=me, now=now), another(me), now)
