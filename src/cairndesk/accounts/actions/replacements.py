"""Replacing a lost passkey: one person asks, another agrees, and the log says it loudly."""

from datetime import datetime, timedelta

from django.db import transaction

from cairndesk.accounts import errors
from cairndesk.accounts.actions.links import fresh_link
from cairndesk.accounts.models import Person, Replacement, SecondFactor, Session
from cairndesk.accounts.rules import Actor, FreshProof, Verb, digest_of, require, require_fresh
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event

LIFE = timedelta(hours=24)


@transaction.atomic
def ask_replacement(*, person: Person, by: Actor, now: datetime) -> Replacement:
    """Afterwards a second person can agree within 24 hours that the passkeys of `person` are replaced; raises NotPermitted."""
    require(by, Verb.PEOPLE_MANAGE, organisation=person.organisation_id)
    Replacement.objects.filter(person=person, agreed_at=None).delete()
    asked = Replacement.objects.create(person=person, asked_by=by.pseudonym, asked_at=now, expires_at=now + LIFE)
    record(event=Event.ACCOUNTS_REPLACEMENT_ASKED, subject_kind="person", subject=person.id, by=by, now=now)
    return asked


def replacement_digest(asked: Replacement) -> bytes:
    """What the second person confirms."""
    return digest_of("accounts.replace_passkey", replacement=asked.id, person=asked.person_id, asked_by=asked.asked_by)


@transaction.atomic
def agree_to_replacement(*, asked: Replacement, by: Actor, fresh: FreshProof | None, now: datetime) -> str:
    """Afterwards the old passkeys, password and sign-ins of the person are gone; returns the token of a new enrolment link.

    Raises NotPermitted, FreshProofNeeded, NeedsSecondPerson (whoever asked, and the person concerned, cannot agree), NotPossible when too late.
    """
    held = Replacement.objects.select_for_update().select_related("person").filter(pk=asked.pk, agreed_at=None, expires_at__gt=now).first()
    if held is None:
        raise errors.NotPossible("answered_or_too_late")
    require(by, Verb.PEOPLE_RECOVER, organisation=held.person.organisation_id)
    if by.pseudonym == held.asked_by or by.id == held.person_id:
        raise errors.NeedsSecondPerson
    require_fresh(fresh, by=by, digest=replacement_digest(held), now=now)
    held.agreed_by, held.agreed_at = by.pseudonym, now
    held.save(update_fields=["agreed_by", "agreed_at"])
    lost, _ = held.person.passkeys.all().delete()
    SecondFactor.objects.filter(person=held.person).delete()
    Person.objects.filter(pk=held.person_id).update(password="!")  # noqa: S106 - Django's mark for "no password fits"
    Session.objects.filter(person=held.person).delete()
    record(event=Event.ACCOUNTS_REPLACEMENT_AGREED, subject_kind="person", subject=held.person_id, by=by, now=now, detail={"passkeys": lost})
    return fresh_link(person=held.person, by=by, now=now)
