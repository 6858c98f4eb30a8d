"""Confirming, from time to time and by another person, that somebody still needs the roles that they have."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from cairndesk.accounts import errors
from cairndesk.accounts.actions.roles import code_of
from cairndesk.accounts.models import Person, RolesConfirmed
from cairndesk.accounts.rules import Actor, Role, Verb, require
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event


@transaction.atomic
def confirm_roles(*, person: Person, shown: Collection[str], by: Actor, now: datetime) -> RolesConfirmed:
    """Afterwards it is on record that `by` found that `person` needs exactly the roles that were `shown`; no right changes by it.

    Raises NotPermitted, NeedsSecondPerson for one's own, ChangedMeanwhile where the roles are others by now.
    """
    require(by, Verb.ACCESS_REVIEW, organisation=person.organisation_id)
    held = Person.objects.select_for_update(of=("self",)).get(pk=person.pk)
    if by.id is None or by.pseudonym == str(held.pseudonym):
        raise errors.NeedsSecondPerson
    if {role.value for role in held.roles} != set(shown):
        raise errors.ChangedMeanwhile
    roles = sorted(Role(role) for role in shown)
    record(event=Event.ACCOUNTS_ROLES_CONFIRMED, subject_kind="person", subject=held.pk, by=by, now=now, detail={"roles": code_of(roles)})
    return RolesConfirmed.objects.create(person=held, holder=str(held.pseudonym), roles=roles, confirmed_by=by.pseudonym, confirmed_at=now)
