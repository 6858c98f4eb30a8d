"""People of a desk: adding, roles, training, leaving and coming back."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import IntegrityError, transaction

from cairndesk.accounts import errors
from cairndesk.accounts.models import Organisation, Person, RoleGrant, Session
from cairndesk.accounts.queries import may_start
from cairndesk.accounts.rules import SYSTEM, Actor, FreshProof, Role, Verb, digest_of, require, require_fresh
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event


@transaction.atomic
def add_person(
    *,
    organisation: Organisation,
    sign_in_name: str,
    name: str,
    roles: Iterable[Role],
    by: Actor,
    now: datetime,
    credential_until: date | None = None,
    is_demo: bool = False,
) -> Person:
    """Afterwards there is a person with these roles and no way in yet (see make_link); raises NotPermitted, NotPossible for a taken name."""
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
    RoleGrant.objects.bulk_create(RoleGrant(person=person, role=role, granted_at=now) for role in frozenset(roles))
    record(event=Event.ACCOUNTS_PERSON_ADDED, subject_kind="person", subject=person.id, by=by, now=now, detail={"roles": _code(roles)})
    return person


def roles_digest(person: Person, roles: Iterable[Role]) -> bytes:
    """What an administrator confirms before a person's roles change; it covers the roles held now, so a stale page does not fit."""
    return digest_of("accounts.change_roles", person=person.id, before=person.roles, after=frozenset(roles))


@transaction.atomic
def change_roles(*, person: Person, roles: Iterable[Role], by: Actor, fresh: FreshProof | None, now: datetime) -> None:
    """Afterwards `person` holds exactly `roles` and must sign in again.

    Raises NotPermitted, FreshProofNeeded, or NeedsSecondPerson: nobody changes their own roles.
    """
    require(by, Verb.PEOPLE_MANAGE, organisation=person.organisation_id)
    if by.id == person.id:
        raise errors.NeedsSecondPerson
    held = Person.objects.select_for_update().get(pk=person.pk)
    wanted, before = frozenset(roles), held.roles
    require_fresh(fresh, by=by, digest=roles_digest(held, wanted), now=now)
    RoleGrant.objects.filter(person=held).exclude(role__in=wanted).delete()
    RoleGrant.objects.bulk_create(RoleGrant(person=held, role=role, granted_at=now) for role in wanted - before)
    Session.objects.filter(person=held).delete()
    detail = {"before": _code(before), "after": _code(wanted)}
    record(event=Event.ACCOUNTS_ROLES_CHANGED, subject_kind="person", subject=held.id, by=by, now=now, detail=detail)


@transaction.atomic
def record_credential(*, person: Person, until: date | None, by: Actor, now: datetime) -> None:
    """Afterwards the training of `person` holds through `until` (None: there is none); raises NotPermitted, NeedsSecondPerson for one's own."""
    require(by, Verb.PEOPLE_MANAGE, organisation=person.organisation_id)
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


def _code(roles: Iterable[Role]) -> str:
    """Roles as one code of at most 64 characters: their first letters, sorted."""
    return "-".join(sorted(role.value[:3] for role in roles)) or "none"
