"""Changing what a person may do: one person asks, another who is not the one concerned does it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse

from cairndesk.accounts import errors
from cairndesk.accounts.actions.requests import ask
from cairndesk.accounts.acts import Act, Words
from cairndesk.accounts.models import Person, Request, RoleGrant, Session
from cairndesk.accounts.rules import Actor, Kind, Role, Verb, digest_of
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event


@transaction.atomic
def ask_roles(*, person: Person, roles: Iterable[Role], by: Actor, now: datetime) -> Request:
    """Afterwards another person can give `person` exactly `roles`; nothing is changed yet.

    Raises NotPermitted, AskedAlready, or NeedsSecondPerson: nobody asks for their own roles.
    """
    if by.id == person.id:
        raise errors.NeedsSecondPerson
    plan = {"after": sorted(frozenset(roles))}
    return ask(request=Request(kind=Kind.ROLES, organisation=person.organisation, subject=person.pk, plan=plan), by=by, now=now)


class ChangingRoles(Act):
    """The person holds exactly the roles of the plan afterwards, and signs in again."""

    kind, asks, does, about = Kind.ROLES, Verb.PEOPLE_MANAGE, Verb.PEOPLE_RECOVER, "person"

    def stage(self, request: Request) -> None:
        return None

    def hold(self, request: Request) -> None:
        Person.objects.select_for_update().get(pk=request.subject)

    def digest(self, request: Request) -> bytes:
        """It covers the roles held now, so that a change which was asked for beside another one does not fit any more."""
        person = Person.objects.get(pk=request.subject)
        return digest_of("accounts.change_roles", person=person.pk, before=person.roles, after=request.plan["after"])

    def seen(self, request: Request) -> Mapping[str, Any]:
        """By which keys the person signs in: whoever approves vouches that these are theirs, and not those of somebody who held their link."""
        person = Person.objects.get(pk=request.subject)
        keys = sorted(str(key) for key in person.passkeys.values_list("pk", flat=True))
        if not keys and not person.has_usable_password():
            raise errors.NotEnrolled
        return {"keys": keys}

    def do(self, request: Request, *, by: Actor, now: datetime) -> str:
        person = Person.objects.get(pk=request.subject)
        set_roles(person=person, roles=[Role(role) for role in request.plan["after"]], by=by, now=now)
        return f"{person.name} has these roles now, and signs in again."

    def words(self, request: Request) -> Words:
        person = Person.objects.prefetch_related("passkeys", "grants").get(pk=request.subject)
        keys = ", ".join(f"{key.label}, added {key.added_at:%Y-%m-%d %H:%M} UTC" for key in person.passkeys.all())
        facts = [("Person", person.name), ("Roles now", person.roles_in_words or "none"), ("Roles afterwards", in_words(request.plan["after"]))]
        facts += [
            ("Signs in by", keys or "nothing yet: the link was not used"),
            ("Before you approve", f"ask {person.name} when they set up their key"),
        ]
        return Words(f"Change what {person.name} may do", facts, f"Change the roles of {person.name}", reverse("accounts:requests"))


def set_roles(*, person: Person, roles: Iterable[Role], by: Actor, now: datetime) -> None:
    """Afterwards `person` holds exactly `roles` and is signed out everywhere; who may decide that was checked before."""
    wanted, before = frozenset(roles), person.roles
    RoleGrant.objects.filter(person=person).exclude(role__in=wanted).delete()
    RoleGrant.objects.bulk_create(RoleGrant(person=person, role=role, granted_at=now) for role in wanted - before)
    Session.objects.filter(person=person).delete()
    detail = {"before": code_of(before), "after": code_of(wanted)}
    record(event=Event.ACCOUNTS_ROLES_CHANGED, subject_kind="person", subject=person.id, by=by, now=now, detail=detail)


def in_words(roles: Iterable[str]) -> str:
    """Roles for a reader, in their usual order."""
    return ", ".join(role.replace("_", " ") for role in Role if role in frozenset(roles)) or "none"


def code_of(roles: Iterable[Role]) -> str:
    """Roles as one code of at most 64 characters: their first letters, sorted."""
    return "-".join(sorted(role.value[:3] for role in roles)) or "none"
