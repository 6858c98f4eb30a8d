"""People of a desk: adding, roles, training, leaving and coming back."""

from collections.abc import Collection
from datetime import date, datetime

from django.db import IntegrityError, transaction

from cairndesk.accounts import errors
from cairndesk.accounts.actions.roles import ask_roles, code_of
from cairndesk.accounts.models import Organisation, Person, RoleGrant, Session
from cairndesk.accounts.queries import is_alone, may_start
from cairndesk.accounts.rules import SYSTEM, Actor, Role, Verb, require
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event


@transaction.atomic
def add_person(
    *,
    organisation: Organisation,
    sign_in_name: str,
    name: str,
    roles: Collection[Role],
    by: Actor,
    now: datetime,
    credential_until: date | None = None,
    is_demo: bool = False,
) -> Person:
    """Afterwards there is a person with no way in yet (see make_link), and these roles are asked for: another person gives them.

    Only the desk itself, and who is still alone in it, give them at once. Raises NotPermitted, NotPossible for a taken name.
    """
    _require_manager(by, organisation)
    try:
        with transaction.atomic():
            person = Person.objects.create(
                organisation=organisation,
                sign_in_name=sign_in_name,
                name=name,
                credential_until=credential_until,
                is_demo=is_demo,
                created_at=now,
                password="!",  # noqa: S106 - Django's mark for "no password fits"
            )
    except IntegrityError as error:
        raise errors.NotPossible("name_taken") from error
    founding = by is SYSTEM or may_start(by, organisation.id) or is_alone(by, organisation.id)
    if founding:
        RoleGrant.objects.bulk_create(RoleGrant(person=person, role=role, granted_at=now) for role in frozenset(roles))
    detail = {"roles": code_of(roles if founding else ())}
    record(event=Event.ACCOUNTS_PERSON_ADDED, subject_kind="person", subject=person.id, by=by, now=now, detail=detail)
    if roles and not founding:
        ask_roles(person=person, roles=roles, by=by, now=now)
    return person


@transaction.atomic
def record_credential(*, person: Person, until: date | None, by: Actor, now: datetime) -> None:
    """Afterwards the training of `person` holds through `until` (None: there is none); raises NotPermitted, NeedsSecondPerson for one's own."""
    require(by, Verb.PEOPLE_MANAGE, organisation=person.organisation_id)
    _hold_training(person, until, by=by, now=now)


@transaction.atomic
def sign_off_training(*, person: Person, until: date, by: Actor, now: datetime) -> None:
    """Afterwards the training of `person` holds through `until`, on the word of whoever trained them, who needs no right over people.

    Whether they have done what it takes is for the caller to say. Raises NotPermitted, CredentialOutOfDate, NeedsSecondPerson for one's own.
    """
    require(by, Verb.TRAINING_LEAD, organisation=person.organisation_id)
    _hold_training(person, until, by=by, now=now)


def _hold_training(person: Person, until: date | None, *, by: Actor, now: datetime) -> None:
    if by.id == person.id:
        raise errors.NeedsSecondPerson
    Person.objects.filter(pk=person.pk).update(credential_until=until)
    detail = {"until": until.isoformat() if until else "none"}
    record(event=Event.ACCOUNTS_CREDENTIAL_RECORDED, subject_kind="person", subject=person.id, by=by, now=now, detail=detail)


@transaction.atomic
def deactivate(*, person: Person, by: Actor, now: datetime) -> None:
    """Afterwards `person` is signed out everywhere and cannot sign in; raises NotPermitted, NeedsSecondPerson for oneself."""
    require(by, Verb.PEOPLE_MANAGE, organisation=person.organisation_id)
    if by.id == person.id:
        raise errors.NeedsSecondPerson
    Person.objects.filter(pk=person.pk).update(is_active=False)
    Session.objects.filter(person=person).delete()
    person.links.filter(used_at=None).delete()
    record(event=Event.ACCOUNTS_PERSON_DEACTIVATED, subject_kind="person", subject=person.id, by=by, now=now)


@transaction.atomic
def reactivate(*, person: Person, by: Actor, now: datetime) -> None:
    """Afterwards `person` can sign in again with what was registered before; raises NotPermitted."""
    require(by, Verb.PEOPLE_MANAGE, organisation=person.organisation_id)
    Person.objects.filter(pk=person.pk).update(is_active=True)
    record(event=Event.ACCOUNTS_PERSON_REACTIVATED, subject_kind="person", subject=person.id, by=by, now=now)


def _require_manager(by: Actor, organisation: Organisation) -> None:
    """`init` and the demo act as the desk itself; everybody else needs the verb, here or to start this desk off."""
    if by is not SYSTEM and not may_start(by, organisation.id):
        require(by, Verb.PEOPLE_MANAGE, organisation=organisation.id)
