"""Who may do what, and what counts as proof: every decision of the room, without a clock and without a database."""

from cairndesk.accounts.rules.fresh import FreshProof, digest_of, require_fresh
from cairndesk.accounts.rules.party import RelyingParty
from cairndesk.accounts.rules.people import SENDERS, SYSTEM, Actor, GuestRight, Proof, Role, Verb
from cairndesk.accounts.rules.permissions import CREDENTIAL_VERBS, PERMISSIONS, STAGES, may_somewhere, permits, require

__all__ = [
    "CREDENTIAL_VERBS",
    "PERMISSIONS",
    "SENDERS",
    "STAGES",
    "SYSTEM",
    "Actor",
    "FreshProof",
    "GuestRight",
    "Proof",
    "RelyingParty",
    "Role",
    "Verb",
    "digest_of",
    "may_somewhere",
    "permits",
    "require",
    "require_fresh",
]
