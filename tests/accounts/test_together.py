"""Several questions in one statement: what comes back is what each of them would have given by itself."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
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


def test_rows_of_several_tables_come_in_one_statement_as_each_would_by_itself(ana: Person, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    wanted = Person.objects.filter(pk=ana.pk), RoleGrant.objects.order_by("-granted_at"), GuestGrant.objects.all(), Organisation.objects.none()
    # Found out once in a process, by trying.
    assert connection.features.supports_json_field
    with django_assert_num_queries(1):
        people, roles, guests, nothing = fetch(*wanted)
    for rows, queryset in ((people, wanted[0]), (roles, wanted[1]), (guests, wanted[2])):
        assert [_values(row) for row in rows] == [_values(row) for row in queryset]
    assert nothing == []
    assert not people[0]._state.adding


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


def test_numbers_of_several_tables_come_in_one_statement(ana: Person, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    roles = RoleGrant.objects.order_by("granted_at")
    with django_assert_num_queries(1):
        found = counts([("roles", roles), ("both", Person.objects.all()), ("both", GuestGrant.objects.all()), ("none", roles.filter(role="auditor"))])
    assert (found["roles"], found["both"], found["none"], found["never asked"]) == (2, Person.objects.count() + 1, 0, 0)
    with django_assert_num_queries(0):
        assert counts([])["x"] == 0
