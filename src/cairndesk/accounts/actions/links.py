"""One-time enrolment links: made for a person, kept as a digest, good once and for a day."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction

from cairndesk.accounts import errors
from cairndesk.accounts.actions.throttle import spend_try
from cairndesk.accounts.models import EnrolmentLink, Person
from cairndesk.accounts.queries import may_start, secret_digest
from cairndesk.accounts.rules import SYSTEM, Actor, Verb, require
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event

LIFE = timedelta(hours=24)


def make_link(*, person: Person, by: Actor, now: datetime) -> str:
    """A token for `person` (43 characters), shown once; older links of the person are void.

    It is for people without a passkey: a lost one is replaced by two people. Raises NotPermitted or NotPossible.
    """
    # `by` is the desk itself only when somebody at the machine runs `cairndesk init`.
    if by is not SYSTEM and not may_start(by, person.organisation_id):
        require(by, Verb.PEOPLE_MANAGE, organisation=person.organisation_id)
    if person.passkeys.exists() or not person.is_active:
        raise errors.NotPossible("has_passkey")
    return fresh_link(person=person, by=by, now=now)


@transaction.atomic
def fresh_link(*, person: Person, by: Actor, now: datetime) -> str:
    """A token that replaces all earlier ones; who may ask for it was decided before."""
    token = secrets.token_urlsafe(32)
    person.links.filter(used_at=None).delete()
    EnrolmentLink.objects.create(digest=secret_digest(token), person=person, made_by=by.pseudonym, expires_at=now + LIFE)
    record(event=Event.ACCOUNTS_LINK_MADE, subject_kind="person", subject=person.id, by=by, now=now)
    return token


def use_link(*, token: str, now: datetime) -> Person:
    """The person for whom the link was made; it is spent from now on. Raises LinkSpent or TooManyTries."""
    spend_try(account=None, now=now)
    with transaction.atomic():
        link = (
            EnrolmentLink.objects.select_for_update()
            .filter(digest=secret_digest(token), used_at=None, expires_at__gt=now, person__is_active=True)
            .first()
        )
        if link is None or not EnrolmentLink.objects.filter(pk=link.pk, used_at=None).update(used_at=now):
            raise errors.LinkSpent
        record(event=Event.ACCOUNTS_LINK_USED, subject_kind="person", subject=link.person_id, by=SYSTEM, now=now)
    return link.person
