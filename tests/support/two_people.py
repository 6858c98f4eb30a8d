"""What a second person does: confirm what is asked for, and do it."""

from datetime import datetime

from cairndesk.accounts.actions import approval_digest, approve
from cairndesk.accounts.models import Request
from cairndesk.accounts.rules import Actor, FreshProof
from cairndesk.lib import clock


def proof(request: Request, by: Actor, at: datetime | None = None) -> FreshProof:
    """What `by` has if they confirm `request` as it is now."""
    return FreshProof(pseudonym=by.pseudonym, digest=approval_digest(request), proof=by.proof, at=at or clock.now())


def approved(request: Request, by: Actor, at: datetime | None = None, fresh: FreshProof | None = None) -> str:
    """It is done by `by`."""
    return approve(request=request, by=by, fresh=fresh or proof(request, by, at), now=at or clock.now())
