"""Several questions in one statement: what comes back is what each of them would have given by itself."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.db.models import QuerySet
from pytest_django import DjangoAssertNumQueries
from tests.support.cast import NOON, one, ring, two

from cairndesk.accounts.models import GuestGrant, Organisation, Person, RoleGrant
from cairndesk.accounts.rules import Verb
from cairndesk.accounts.together import counts, fetch, preload
from cairndesk.lib.ids import new_id

__all__ = ["one", "ring", "two"]
LATER = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)


@pytest.fixture
def ana(one: Organisation, two: Organisation) -> Person:
    ana = Person.objects.create(organisation=one, sign_in_name="ana", name="Ana „é“ ☃", created_at=NOON, credential_until=date(2027, 1, 1))
    for role, at in (("supervisor", LATER), ("analyst", NOON)):
        RoleGrant.objects.create(person=ana, role=role, granted_at=at)
    GuestGrant.objects.create(
        person=ana, organisation=two, case=new_id(), verb=Verb.SECOND_LOOK_GIVE, granted_at=NOON, until=LATER + timedelta(days=3), granted_by="x"
    )
    return ana


def _of_one(person: UUID) -> list[QuerySet[Any]]:
    return [
        Person.objects.filter(pk=person),
        RoleGrant.objects.filter(person=person).order_by("-granted_at"),
        GuestGrant.objects.filter(person=person, until__gt=NOON),
        Organisation.objects.none(),
    ]


def test_rows_of_several_tables_come_in_one_statement_as_each_would_by_itself(ana: Person, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    sam = Person.objects.create(organisation=ana.organisation, sign_in_name="sam", name="Sam", created_at=NOON)
    RoleGrant.objects.create(person=sam, role="auditor", granted_at=NOON)
    # Found out once in a process, by trying.
    assert connection.features.supports_json_field
    # The statement is composed for the first of them, and asked again with the key of the others.
    for person in (ana, sam, ana):
        with django_assert_num_queries(1):
            *found, nothing = fetch(person, _of_one)
        for rows, queryset in zip(found, _of_one(person.pk), strict=False):
            assert [_values(row) for row in rows] == [_values(row) for row in queryset]
        assert nothing == []
        assert not found[0][0]._state.adding


def _values(row: Person | RoleGrant | GuestGrant) -> dict[str, object]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_what_was_read_ahead_is_not_asked_again_and_hangs_on_its_owner(ana: Person, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    ana = Person.objects.get(pk=ana.pk)
    with django_assert_num_queries(1):
        preload(ana, "grants", "guest_grants")
        preload(ana, "grants")
        assert {grant.role for grant in ana.grants.all()} == {"analyst", "supervisor"}
        assert all(grant.person is ana for grant in ana.grants.all())
        assert len(ana.guest_grants.all()) == 1
    assert ana.grants.filter(role="analyst").count() == 1
    sam = Person.objects.create(organisation=ana.organisation, sign_in_name="sam", name="Sam", created_at=NOON)
    with django_assert_num_queries(1):
        preload(sam, "grants", "guest_grants")
        assert not sam.grants.all()
        assert not sam.guest_grants.all()


def test_numbers_of_several_tables_come_in_one_statement(ana: Person, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    roles = RoleGrant.objects.order_by("granted_at")
    with django_assert_num_queries(1):
        found = counts([("roles", roles), ("both", Person.objects.all()), ("both", GuestGrant.objects.all()), ("none", roles.filter(role="auditor"))])
    assert (found["roles"], found["both"], found["none"], found["never asked"]) == (2, Person.objects.count() + 1, 0, 0)
    with django_assert_num_queries(0):
        assert counts([])["x"] == 0
