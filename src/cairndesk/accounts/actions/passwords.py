"""Password and code: the way in for want of a passkey, marked in the log as what it is."""

import secrets
from datetime import datetime
from functools import cache

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from cairndesk.accounts import errors
from cairndesk.accounts.actions.throttle import spend_try
from cairndesk.accounts.models import Person, SecondFactor
from cairndesk.accounts.rules import Actor, FreshProof, Proof, codes
from cairndesk.custody.actions import record, seal
from cairndesk.custody.queries import unseal_text
from cairndesk.custody.rules import Event, Purpose

_LONGEST = 256


@cache
def _nobodys() -> str:
    """A hash that no password fits: somebody without an account must wait as long as somebody with one."""
    return make_password(secrets.token_hex(16))


def set_password(*, person: Person, password: str, secret: str, code: str, now: datetime) -> SecondFactor:
    """Afterwards `person` has this password and the generator with `secret`, which `code` proves to be set up.

    Raises PasswordRefused (too short, too common, too close to the name) or SignInFailed (wrong code).
    """
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise errors.PasswordRefused(" ".join(error.messages)) from error
    step = codes.step_of(secret, code, after=0, now=now)
    if step is None or len(password) > _LONGEST:
        raise errors.SignInFailed
    hashed = make_password(password)
    with transaction.atomic():
        Person.objects.filter(pk=person.pk).update(password=hashed)
        sealed = seal(organisation=person.organisation_id, purpose=Purpose.SECOND_FACTOR, plain=secret, now=now)
        factor, _ = SecondFactor.objects.update_or_create(person=person, defaults={"secret": sealed, "last_step": step, "added_at": now})
        by = person.as_actor(Proof.PASSWORD, now=now)
        record(event=Event.ACCOUNTS_PASSWORD_SET, subject_kind="person", subject=person.id, by=by, now=now)
    return factor


def sign_in_with_password(*, sign_in_name: str, password: str, code: str, now: datetime) -> Person:
    """The person with this name, password and code; a full sign-in only where the operator allows it, else good for enrolling.

    Raises SignInFailed (the same for every cause), TooManyTries, or DeskLocked.
    """
    spend_try(account=sign_in_name, now=now)
    person = Person.objects.filter(sign_in_name=sign_in_name, is_active=True, is_demo=False).prefetch_related("grants", "guest_grants").first()
    found = _checked(person, password, code, now)
    by = found.as_actor(Proof.PASSWORD, now=now)
    record(event=Event.ACCOUNTS_SIGN_IN_MADE, subject_kind="person", subject=found.id, by=by, now=now)
    return found


def confirm_with_password(*, by: Actor, password: str, code: str, digest: bytes, now: datetime) -> FreshProof:
    """The proof that `by` confirmed the act with this digest, where the operator allows passwords; raises FreshProofNeeded or TooManyTries."""
    person = Person.objects.filter(pk=by.person, is_active=True).first()
    if person is None or not settings.CAIRNDESK.desk.password_sign_in:
        raise errors.FreshProofNeeded
    spend_try(account=person.sign_in_name, now=now)
    try:
        _checked(person, password, code, now)
    except errors.SignInFailed as error:
        raise errors.FreshProofNeeded from error
    return FreshProof(pseudonym=by.pseudonym, digest=digest, proof=Proof.PASSWORD, at=now)


def _checked(person: Person | None, password: str, code: str, now: datetime) -> Person:
    """`person`, if both password and code are right; the password is hashed in every case."""
    stored = person.password if person and person.has_usable_password() else _nobodys()
    right = len(password) <= _LONGEST and check_password(password[:_LONGEST], stored)
    factor = SecondFactor.objects.select_related("secret").filter(person=person).first() if person else None
    if person is None or factor is None or not right:
        raise errors.SignInFailed
    step = codes.step_of(unseal_text(factor.secret), code, after=factor.last_step, now=now)
    # The update is the check: of two that come with the same code, one succeeds.
    if step is None or not SecondFactor.objects.filter(pk=factor.pk, last_step__lt=step).update(last_step=step):
        raise errors.SignInFailed
    return person
