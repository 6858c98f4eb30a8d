"""Who may do what, and what counts as proof: every decision of the room, without a clock and without a database."""

from cairndesk.accounts.rules.acts import Kind, life
from cairndesk.accounts.rules.fresh import FreshProof, digest_of, require_fresh
from cairndesk.accounts.rules.grants import GrantPurpose, Matter
from cairndesk.accounts.rules.party import RelyingParty
from cairndesk.accounts.rules.people import SENDERS, SYSTEM, Actor, GuestRight, Proof, Role, Verb
from cairndesk.accounts.rules.permissions import CREDENTIAL_VERBS, GUESTS, PERMISSIONS, STAGES, may_somewhere, permits, require

__all__ = [
    "CREDENTIAL_VERBS",
    "GUESTS",
    "PERMISSIONS",
    "SENDERS",
    "STAGES",
    "SYSTEM",
    "Actor",
    "FreshProof",
    "GrantPurpose",
    "GuestRight",
    "Kind",
    "Matter",
    "Proof",
    "RelyingParty",
    "Role",
    "Verb",
    "digest_of",
    "life",
    "may_somewhere",
    "permits",
    "require",
    "require_fresh",
]
