"""Named guests: a person of a partner organisation who may give one case a second look, or answer one request."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from cairndesk.accounts import errors
from cairndesk.accounts.models import GuestGrant, Organisation, Person
from cairndesk.accounts.rules import Actor, GuestRight, Verb, permits, require
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event

# A look is asked for and given within days; a right that nobody ends must end itself.
LONGEST = timedelta(days=14)


def let_in(*, person: Person, to: GuestRight, stage: str | None, until: datetime, by: Actor, now: datetime) -> GuestGrant:
    """Afterwards `person` of a partner organisation has this one right; that `by` may name them was checked before.

    Raises NotPossible for one of one's own, one who could not do it at their own desk, or one who was named.
    """
    able = person.is_active and permits(person.roles, to.verb, stage)
    named = GuestGrant.objects.filter(person=person, case=to.case, revoked_at=None, until__gt=now).exists()
    if person.organisation_id == to.organisation or not able or named:
        raise errors.NotPossible("guest")
    return _give(person, to, until, by, now)


@transaction.atomic
def invite_guest(*, person: Person, case: UUID, organisation: Organisation, stage: str, until: datetime, by: Actor, now: datetime) -> GuestGrant:
    """Afterwards `person`, of another organisation, may give `case` of `organisation` a second look, and do nothing else there.

    Raises NotPermitted, or NotPossible: a person of one's own, one whose role or training does not allow a second look, or too long.
    """
    require(by, Verb.GUEST_INVITE, organisation=organisation.id, stage=stage)
    guest = person.as_actor(by.proof, now=now)
    able = permits(guest.roles, Verb.SECOND_LOOK_GIVE, "second_look") and guest.has_credential and person.is_active
    if person.organisation_id == organisation.id or not able or not now < until <= now + LONGEST:
        raise errors.NotPossible("guest")
    grant = _give(person, GuestRight(case=case, organisation=organisation.id, verb=Verb.SECOND_LOOK_GIVE), until, by, now)
    record(event=Event.ACCOUNTS_GUEST_INVITED, subject_kind="case", subject=case, by=by, now=now)
    return grant


@transaction.atomic
def withdraw_guest(*, grant: GuestGrant, stage: str, by: Actor, now: datetime) -> None:
    """Afterwards the guest has no right on the case; raises NotPermitted, NotPossible when it was withdrawn before."""
    require(by, Verb.GUEST_INVITE, organisation=grant.organisation_id, stage=stage)
    if not GuestGrant.objects.filter(pk=grant.pk, revoked_at=None).update(revoked_at=now):
        raise errors.NotPossible("withdrawn_before")
    record(event=Event.ACCOUNTS_GUEST_WITHDRAWN, subject_kind="case", subject=grant.case, by=by, now=now)


def _give(person: Person, right: GuestRight, until: datetime, by: Actor, now: datetime) -> GuestGrant:
    given = {"organisation_id": right.organisation, "case": right.case, "verb": right.verb}
    return GuestGrant.objects.create(person=person, **given, until=until, granted_by=by.pseudonym, granted_at=now)
