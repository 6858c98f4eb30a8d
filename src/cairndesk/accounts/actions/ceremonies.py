"""Handing out challenges: each is kept for five minutes and answers once."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.db import transaction

from cairndesk.accounts import errors
from cairndesk.accounts.actions.throttle import spend_try
from cairndesk.accounts.models import Ceremony, Person
from cairndesk.accounts.rules import Actor, Proof, RelyingParty

LIFE = timedelta(minutes=5)


class Purpose(StrEnum):
    """What a challenge is for; an answer for one purpose is none for another."""

    SIGN_IN = "sign_in"
    ENROL = "enrol"
    CONFIRM = "confirm"


@dataclass(frozen=True)
class Challenge:
    """What the browser is given: the id to send back, and the options as JSON."""

    ceremony: UUID
    options: str


def party() -> RelyingParty:
    """The desk as authenticators know it; raises PasskeyNeedsName."""
    return RelyingParty.at(settings.CAIRNDESK.desk.public_url)


def begin_sign_in(*, now: datetime) -> Challenge:
    """A challenge for whoever holds a passkey of this desk; raises TooManyTries."""
    from cairndesk.accounts.adapters import authenticators  # noqa: PLC0415 - its library takes long to load, and a killed desk must be back soon

    spend_try(account=None, now=now)
    held = _begin(Purpose.SIGN_IN, None, b"", now)
    return Challenge(held.id, authenticators.assertion_options(party(), challenge=challenge_of(held, b"")))


def begin_enrolment(*, person: Person, now: datetime) -> Challenge:
    """A challenge for a new passkey of `person`."""
    from cairndesk.accounts.adapters import authenticators  # noqa: PLC0415 - the same

    held = _begin(Purpose.ENROL, person, b"", now)
    known = [bytes(one.credential_id) for one in person.passkeys.all()]
    options = authenticators.registration_options(party(), person=person.id, name=person.sign_in_name, challenge=challenge_of(held, b""), known=known)
    return Challenge(held.id, options)


def begin_confirmation(*, by: Actor, digest: bytes, now: datetime) -> Challenge:
    """A challenge that only a passkey of `by` can answer, and only for the act with this digest."""
    from cairndesk.accounts.adapters import authenticators  # noqa: PLC0415 - the same

    person = Person.objects.filter(pk=by.person).prefetch_related("passkeys").first()
    if person is None:
        raise errors.FreshProofNeeded
    held = _begin(Purpose.CONFIRM, person, digest, now)
    allowed = [bytes(one.credential_id) for one in person.passkeys.all() if one.shut_at is None]
    return Challenge(held.id, authenticators.assertion_options(party(), challenge=challenge_of(held, digest), allowed=allowed))


def take(ceremony: UUID, purpose: Purpose, *, now: datetime) -> Ceremony:
    """The ceremony, which from now on is spent, whatever comes of it; raises SignInFailed for a spent, old or other one."""
    with transaction.atomic():
        held = Ceremony.objects.select_for_update().filter(pk=ceremony, purpose=purpose, expires_at__gt=now).first()
        taken = held is not None and Ceremony.objects.filter(pk=ceremony).delete()[0] == 1
    if held is None or not taken:
        raise errors.SignInFailed
    return held


def challenge_of(held: Ceremony, digest: bytes) -> bytes:
    """The 32 bytes to sign: they follow from the purpose, the person and the digest of the act, so none can be swapped for another."""
    person = held.person_id.bytes if held.person_id else bytes(16)
    return hashlib.sha256(b"cairndesk/ceremony/v1\0" + held.purpose.encode() + b"\0" + person + bytes(held.nonce) + digest).digest()


def proof_of(person: Person) -> Proof:
    """By what a passkey of `person` proves; raises SignInFailed for demo people outside the demo."""
    if person.is_demo and settings.CAIRNDESK.mode != "demo":
        raise errors.SignInFailed
    return Proof.DEMO if person.is_demo else Proof.PASSKEY


@transaction.atomic
def _begin(purpose: Purpose, person: Person | None, digest: bytes, now: datetime) -> Ceremony:
    Ceremony.objects.filter(expires_at__lte=now).delete()
    return Ceremony.objects.create(purpose=purpose, person=person, digest=digest, nonce=secrets.token_bytes(32), expires_at=now + LIFE)
