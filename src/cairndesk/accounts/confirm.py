"""The ceremony before an act that counts: the page shows what will be done, and the person confirms exactly that with their key.

In a view: `proof=confirm.ask(request, digest)` for the template, which includes `accounts/proof.html` in its form; and when
the form comes back `fresh = confirm.given(request, digest, now=now)`, handed to the action, which checks it again.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest

from cairndesk.accounts import actions, demo, door, errors, rules
from cairndesk.accounts.models import Person


@dataclass(frozen=True)
class Ask:
    """What the template needs: the digest as hex digits, and by what this person confirms."""

    digest: str
    by: str


def ask(request: HttpRequest, digest: bytes) -> Ask:
    """What to put into the form under the words that say what will be done."""
    actor = _actor(request)
    return Ask(digest=digest.hex(), by=actor.proof.value)


def given(request: HttpRequest, digest: bytes, *, now: datetime) -> rules.FreshProof:
    """The proof that came with the form, for the act as it would be done now; raises FreshProofNeeded.

    Afterwards the session has another key.
    """
    by, sent = _actor(request), request.POST
    if by.proof is rules.Proof.DEMO:
        fresh = demo.confirm(by=by, digest=digest, shown=sent.get("proof_digest", ""), now=now)
    elif by.proof is rules.Proof.PASSWORD and sent.get("code"):
        fresh = actions.confirm_with_password(by=by, password=sent.get("password", ""), code=sent["code"], digest=digest, now=now)
    else:
        fresh = actions.confirm(ceremony=ceremony_of(sent.get("ceremony", "")), answer=sent.get("answer", ""), by=by, digest=digest, now=now)
    door.renew(request)
    return fresh


def ceremony_of(sent: str) -> UUID:
    """The ceremony that a form names; raises SignInFailed for none."""
    try:
        return UUID(sent)
    except ValueError as error:
        raise errors.SignInFailed from error


def person_of(request: HttpRequest) -> Person:
    """The person who is signed in; raises NotSignedIn."""
    return Person.objects.get(pk=_actor(request).person)


def _actor(request: HttpRequest) -> rules.Actor:
    actor: rules.Actor | None = getattr(request, "actor", None)
    if actor is None:
        raise errors.NotSignedIn
    return actor
