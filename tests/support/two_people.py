"""What a second person does: confirm what is asked for, and do it."""

from datetime import datetime

from cairndesk.accounts.actions import approval_digest, approve
from cairndesk.accounts.models import Organisation, Request
from cairndesk.accounts.rules import Actor, FreshProof
from cairndesk.cases.models import Case
from cairndesk.exchange.actions import ask_to_offer
from cairndesk.exchange.models import Handover
from cairndesk.lib import clock


def proof(request: Request, by: Actor, at: datetime | None = None) -> FreshProof:
    """What `by` has if they confirm `request` as it is now."""
    return FreshProof(pseudonym=by.pseudonym, digest=approval_digest(request), proof=by.proof, at=at or clock.now())


def approved(request: Request, by: Actor, at: datetime | None = None, fresh: FreshProof | None = None) -> str:
    """It is done by `by`."""
    return approve(request=request, by=by, fresh=fresh or proof(request, by, at), now=at or clock.now())


def offered(case: Case, to: Organisation, *, by: Actor, other: Actor, now: datetime) -> Handover:
    """The case is offered to `to`: `by` asked, `other` let it go."""
    approved(ask_to_offer(case=case, to=to, reason="The child lives there.", by=by, now=now), other, now)
    return case.handovers.get(state=Handover.State.OFFERED)
