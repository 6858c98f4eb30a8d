"""Access is reviewed: who opened what under which grant, what stands out, and roles that another person confirms."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import typer
from django.db import IntegrityError, transaction
from django.urls import reverse
from tests.review.conftest import NOON, as_actor
from tests.review.test_access import aside, case, staff
from tests.review.test_pages import Enter, enter

from cairndesk.accounts.actions import confirm_roles
from cairndesk.accounts.errors import ChangedMeanwhile, NeedsSecondPerson, NotPermitted, OtherOrganisation
from cairndesk.accounts.models import Organisation, Person, RoleGrant, RolesConfirmed
from cairndesk.accounts.queries import roles_to_confirm
from cairndesk.accounts.rules import Actor, GuestRight, Role, Verb
from cairndesk.cases.actions import move
from cairndesk.cases.models import Case, CaseGrant
from cairndesk.cases.rules import Stage
from cairndesk.cli import access as command
from cairndesk.custody.queries import entries_about
from cairndesk.lib import clock
from cairndesk.review import actions, queries
from cairndesk.review.rules.volume import Volume, unusual

__all__ = ["aside", "case", "enter", "staff"]
pytestmark = [pytest.mark.django_db, pytest.mark.req("EVD-20", "PRI-18")]


def opened(case: Case, by: Actor, times: int = 1) -> None:
    for _ in range(times):
        actions.open_account(report=case.reports.get(), by=by, now=clock.now())


def test_it_says_who_opened_what_of_which_case_under_which_grant(case: Case, staff: dict[str, Person], one: Organisation) -> None:
    ana, sam = as_actor(staff["Ana"]), as_actor(staff["Sam"])
    opened(case, ana)
    opened(case, sam)
    latest, first = queries.releases(one.pk)
    given = CaseGrant.objects.get(holder=ana.pseudonym)
    assert (first.who, first.what, first.case, first.number) == ("Ana", "review.account.opened", case.pk, case.number)
    assert (first.purpose, first.grant) == ("review", given.entry)
    assert (latest.who, latest.purpose) == ("Sam", "supervision")
    assert [line.who for line in queries.releases(one.pk, who=ana.pseudonym)] == ["Ana"]
    assert [line.index for line in queries.releases(one.pk, before=latest.index)] == [first.index]


def test_a_guests_look_is_seen_by_the_desk_whose_case_it_is_and_nothing_of_their_own_desk(
    tell: Callable[..., Case], case: Case, staff: dict[str, Person], enrol: Callable[..., Person], one: Organisation, two: Organisation
) -> None:
    ola, now = enrol(two, "Ola", Role.ANALYST), clock.now()
    at_home = actions.claim(case=tell(to=two, at=now), by=as_actor(ola), now=now)
    opened(at_home, as_actor(ola))
    move(case=case, to=Stage.SECOND_LOOK, by=as_actor(staff["Ana"]), now=now)
    named = frozenset({GuestRight(case=case.pk, organisation=one.pk, verb=Verb.SECOND_LOOK_GIVE)})
    opened(case, replace(as_actor(ola), guest=named))
    assert [(line.who, line.number) for line in queries.releases(one.pk)] == [("Ola", case.number)]
    assert [(line.who, line.number) for line in queries.releases(two.pk)] == [("Ola", at_home.number)]


@pytest.mark.slow
def test_what_is_far_more_than_usual_stands_out_and_a_grant_without_use_is_named(case: Case, staff: dict[str, Person], one: Organisation) -> None:
    opened(case, as_actor(staff["Sam"]), 21)
    report = queries.access_report(one, now=clock.now() + timedelta(hours=5))
    assert [(line.name, line.volume.opened) for line in report.weighed if line.stands_out] == [("Sam", 21)]
    assert [(name, grant.purpose) for name, grant in report.unused] == [("Ana", "review")]
    assert {name for name, _ in queries.access_report(one, now=clock.now()).live} == {"Ana", "Sam"}


@pytest.mark.parametrize(
    ("volumes", "found"),
    [
        ({"a": Volume(20), "b": Volume()}, set()),
        ({"a": Volume(21), "b": Volume()}, {"a"}),
        ({"a": Volume(90, 9, 30.0), "b": Volume()}, set()),
        ({"a": Volume(91, 9, 30.0), "b": Volume()}, {"a"}),
        ({"a": Volume(90), "b": Volume(30), "c": Volume(30)}, set()),
        ({"a": Volume(91), "b": Volume(30), "c": Volume(30)}, {"a"}),
        ({"a": Volume(21)}, {"a"}),
        ({}, set()),
    ],
)
def test_unusual_is_three_times_the_usual_and_never_a_few(volumes: dict[str, Volume], found: set[str]) -> None:
    assert unusual(volumes) == found


def test_another_person_confirms_exactly_the_roles_that_they_saw(staff: dict[str, Person], one: Organisation, ola: Actor) -> None:
    ana, sam, aud = staff["Ana"], as_actor(staff["Sam"]), as_actor(staff["Aud"])
    confirm_roles(person=ana, shown=["analyst"], by=aud, now=NOON)
    line = entries_about(ana.pk)[-1]
    assert (line.event, line.actor, line.detail) == ("accounts.roles.confirmed", aud.pseudonym, {"roles": "ana"})
    for person, shown, by, why in (
        (staff["Sam"], ["supervisor"], sam, NeedsSecondPerson),
        (ana, ["analyst", "supervisor"], sam, ChangedMeanwhile),
        (staff["Ben"], ["analyst"], as_actor(ana), NotPermitted),
        (staff["Ben"], ["analyst"], replace(ola, roles=frozenset({Role.AUDITOR})), OtherOrganisation),
    ):
        with pytest.raises(why):
            confirm_roles(person=person, shown=shown, by=by, now=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        RolesConfirmed.objects.update(confirmed_by=str(ana.pseudonym))


def test_roles_are_due_when_nobody_confirmed_them_for_long_or_they_changed(staff: dict[str, Person], one: Organisation) -> None:
    sam = as_actor(staff["Sam"])

    def due() -> list[str]:
        return [person.name for person in roles_to_confirm(by=sam, organisation=one.pk, before=NOON - timedelta(days=90))]

    assert due() == ["Ana", "Aud", "Ben"]
    confirm_roles(person=staff["Ana"], shown=["analyst"], by=sam, now=NOON)
    confirm_roles(person=staff["Ben"], shown=["analyst"], by=sam, now=NOON - timedelta(days=90))
    assert due() == ["Aud", "Ben"]
    RoleGrant.objects.create(person=staff["Ana"], role=Role.LIAISON, granted_at=NOON)
    assert due() == ["Ana", "Aud", "Ben"]


@pytest.mark.slow
def test_the_command_says_what_stands_out_and_fails_when_something_does(
    case: Case, staff: dict[str, Person], one: Organisation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("wake", "found_in"):
        monkeypatch.setattr(command, name, lambda *_: None)

    def told(*, as_json: bool) -> tuple[int, str]:
        with pytest.raises(typer.Exit) as end:
            command.access(as_json=as_json)
        return end.value.exit_code, capsys.readouterr().out

    code, said = told(as_json=True)
    assert (code, json.loads(said)["access"][0]["to_confirm"]) == (0, ["Ana", "Aud", "Ben", "Sam"])
    opened(case, as_actor(staff["Sam"]), 21)
    code, said = told(as_json=True)
    week = {line["person"]: (line["things"], line["cases"], line["stands_out"]) for line in json.loads(said)["access"][0]["week"]}
    assert (code, week["Sam"], week["Ana"]) == (1, (21, 1, True), (0, 0, False))
    code, said = told(as_json=False)
    assert (code, "far more than usual" in said, "roles to confirm: Ana, Aud, Ben, Sam" in " ".join(said.split())) == (1, True, True)


@pytest.mark.slow
def test_the_page_shows_it_to_supervisors_and_auditors_only(case: Case, staff: dict[str, Person], enter: Enter) -> None:
    opened(case, as_actor(staff["Ana"]))
    door = reverse("review:accesses")
    for name in ("Sam", "Aud"):
        page = enter(staff[name]).get(door, {"who": str(staff["Ana"].pseudonym)}).content.decode()
        assert f'<td>Ana</td><td class="id">{case.number}</td><td><code>review.account.opened</code></td>' in page
    assert enter(staff["Ben"]).get(door).status_code == 403
    confirming = reverse("review:confirm-roles", args=[staff["Ben"].pk])
    assert enter(staff["Ben"]).post(confirming, {"role": "analyst"}).status_code == 403
    assert enter(staff["Aud"]).post(confirming, {"role": "analyst"}).status_code == 302
    assert "Ben still needs" not in enter(staff["Sam"]).get(door).content.decode()
