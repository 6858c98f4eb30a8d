"""The table of permissions, cell by cell: what is enforced and what the manual says, both against the matrix that is written by hand."""

import itertools
import re
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from tests.accounts import matrix

from cairndesk.accounts import errors
from cairndesk.accounts.rules import (
    PERMISSIONS,
    STAGES,
    SYSTEM,
    Actor,
    GrantPurpose,
    GuestRight,
    Matter,
    Proof,
    Role,
    Verb,
    grants,
    may_somewhere,
    require,
)
from cairndesk.accounts.rules.page import as_markdown
from cairndesk.cases.rules import Stage

ONE, TWO = UUID(int=1), UUID(int=2)
CASE = UUID(int=7)
PAGE = Path(__file__).parents[2] / "docs" / "permissions.md"


def table() -> dict[tuple[str, str], str]:
    """The cells of the committed page: (verb, role) → words."""
    rows = [line.strip("|").split("|") for line in PAGE.read_text("utf-8").splitlines() if line.startswith("|")]
    roles = [cell.strip() for cell in rows[0][1:]]
    found = {}
    for row in rows[2:]:
        verb = re.sub(r"[`†\s]", "", row[0])
        found |= {(verb, role): cell.strip() for role, cell in zip(roles, row[1:], strict=True)}
    return found


def stages_in(cell: str) -> set[str]:
    short = {"every stage": matrix.STAGES, "every stage but closed": matrix.STAGES[:-1], "": ()}
    return set(short.get(cell, cell.replace("second look", "second_look").split(", ")))


TABLE = table()


def doer(*roles: Role, organisation: UUID = ONE, trained: bool = True, guest: frozenset[GuestRight] = frozenset()) -> Actor:
    return Actor(
        id=UUID(int=9),
        pseudonym="p",
        organisation=organisation,
        roles=frozenset(roles),
        proof=Proof.PASSKEY,
        name="somebody",
        has_credential=trained,
        guest=guest,
    )


def allowed(by: Actor, verb: Verb, stage: str | None, *, organisation: UUID = ONE, case: UUID | None = None) -> bool:
    try:
        require(by, verb, organisation=organisation, stage=stage, case=case)
    except errors.NotPermitted:
        return False
    return True


def test_the_matrix_speaks_of_every_verb_and_of_no_role_or_stage_that_is_none() -> None:
    assert {verb for verb, _ in matrix.MATRIX} == set(Verb)
    assert {role for _, role in matrix.MATRIX} == set(Role)
    assert frozenset().union(*matrix.MATRIX.values()) == {*matrix.STAGES, "always"}
    assert matrix.STAGES == STAGES


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("verb", Verb)
def test_each_cell_is_enforced_as_the_matrix_says(verb: Verb, role: Role) -> None:
    enforced = {stage: allowed(doer(role), verb, stage) for stage in (*matrix.STAGES, None)}
    assert enforced == {stage: matrix.may(role, verb, stage) for stage in (*matrix.STAGES, None)}
    assert may_somewhere(doer(role), verb) is matrix.may_somewhere(role, verb)


@pytest.mark.parametrize("verb", Verb)
def test_two_roles_in_one_person_allow_what_either_allows_and_no_more(verb: Verb) -> None:
    for one, other in itertools.combinations(Role, 2):
        for stage in (*matrix.STAGES, None):
            assert allowed(doer(one, other), verb, stage) is (matrix.may(one, verb, stage) or matrix.may(other, verb, stage)), (one, other, stage)


@pytest.mark.parametrize("verb", Verb)
def test_the_manual_says_in_each_cell_what_the_matrix_says(verb: Verb) -> None:
    told = {role: stages_in(TABLE[verb.value, role.value.replace("_", " ")]) for role in Role}
    assert told == {role: set(matrix.MATRIX.get((verb.value, role.value), ())) for role in Role}


def test_the_manual_has_a_cell_for_every_verb_and_role_and_no_other() -> None:
    assert set(TABLE) == {(verb.value, role.value.replace("_", " ")) for verb in Verb for role in Role}
    assert set(re.findall(r"`([\w.]+)`†", PAGE.read_text("utf-8"))) == matrix.TRAINED


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text("utf-8") == as_markdown(), "write docs/permissions.md anew from cairndesk.accounts.rules.page.as_markdown()"


def test_every_verb_is_a_row_and_names_only_stages_of_the_spine() -> None:
    assert set(PERMISSIONS) == set(Verb)
    assert tuple(stage.value for stage in Stage) == STAGES
    assert {stage for row in PERMISSIONS.values() for stages in row.values() for stage in stages} <= {*STAGES, "*"}


def test_administrators_and_auditors_open_no_case() -> None:
    rooms = {"case", "identity", "message", "item", "second_look", "step", "media", "transfer", "open", "grant", "glass"}
    cases = [verb for verb in Verb if verb.value.split(".")[0] in rooms]
    assert len(cases) > 10
    assert not [(verb, role) for verb in cases for role in (Role.ADMINISTRATOR, Role.AUDITOR) if may_somewhere(doer(role), verb)]


def test_an_auditor_reads_the_log_the_numbers_and_what_is_kept_and_changes_nothing() -> None:
    reads = {Verb.LOG_READ, Verb.NUMBERS_READ, Verb.DIRECTORY_READ, Verb.RETENTION_READ, Verb.ACCESS_REVIEW}
    assert {verb for verb in Verb if may_somewhere(doer(Role.AUDITOR), verb)} == reads


@pytest.mark.req("EVD-20")
@pytest.mark.parametrize("purpose", GrantPurpose)
def test_each_purpose_opens_what_the_matrix_says_and_the_manual_tells_the_same(purpose: GrantPurpose) -> None:
    told = matrix.OPENED[purpose.value].split()
    assert grants.OPENS[purpose] == {Matter(matter) for matter in told}
    assert f"- `{purpose.value}`" in PAGE.read_text("utf-8")
    line = next(line for line in PAGE.read_text("utf-8").splitlines() if line.startswith(f"- `{purpose.value}`"))
    assert line.rpartition(": ")[2].split(", ") == told


def test_those_who_judge_a_report_do_not_see_who_made_it() -> None:
    assert not may_somewhere(doer(Role.ANALYST), Verb.IDENTITY_READ)


def test_whoever_may_write_to_a_reporter_may_read_the_case() -> None:
    for role, stages in PERMISSIONS[Verb.MESSAGE_SEND].items():
        assert all(allowed(doer(role), Verb.CASE_READ, stage) for stage in stages)


@pytest.mark.req("TRG-01")
@pytest.mark.parametrize(
    ("role", "verb"),
    [(role, Verb(verb)) for role in (Role.ANALYST, Role.SUPERVISOR) for verb in sorted(matrix.TRAINED) if (verb, role.value) in matrix.MATRIX],
)
def test_screening_and_review_need_training_that_is_in_date(role: Role, verb: Verb) -> None:
    stage = min(matrix.MATRIX[verb.value, role.value])
    assert allowed(doer(role), verb, stage)
    with pytest.raises(errors.CredentialOutOfDate):
        require(doer(role, trained=False), verb, organisation=ONE, stage=stage)
    assert not may_somewhere(doer(role, trained=False), verb)


@pytest.mark.parametrize("verb", Verb)
def test_all_roles_together_open_nothing_of_another_organisation(verb: Verb) -> None:
    for stage in (*STAGES, None):
        with pytest.raises(errors.OtherOrganisation) as refused:
            require(doer(*Role, organisation=TWO), verb, organisation=ONE, stage=stage, case=CASE)
        assert refused.value.status == 404


def test_a_guest_gives_the_look_on_that_case_at_that_stage_and_nothing_else() -> None:
    right = GuestRight(case=CASE, organisation=ONE, verb=Verb.SECOND_LOOK_GIVE)
    ola = doer(*Role, organisation=TWO, guest=frozenset({right}))
    opened = {(verb, stage) for verb in Verb for stage in STAGES if allowed(ola, verb, stage, case=CASE)}
    assert opened == {(verb, "second_look") for verb in (Verb.SECOND_LOOK_GIVE, Verb.CASE_READ, Verb.OPEN_SECOND_LOOK)}
    assert not allowed(ola, Verb.SECOND_LOOK_GIVE, "second_look", case=UUID(int=8))
    assert not allowed(ola, Verb.SECOND_LOOK_GIVE, "second_look")
    assert not allowed(ola, Verb.SECOND_LOOK_GIVE, "second_look", case=CASE, organisation=UUID(int=3))


def test_a_guest_needs_the_role_and_the_training_at_home() -> None:
    right = frozenset({GuestRight(case=CASE, organisation=ONE, verb=Verb.SECOND_LOOK_GIVE)})
    for guest in (doer(Role.LIAISON, organisation=TWO, guest=right), doer(Role.ANALYST, organisation=TWO, guest=right, trained=False)):
        assert not allowed(guest, Verb.SECOND_LOOK_GIVE, "second_look", case=CASE)


def test_a_person_at_the_command_line_looks_after_lists_as_their_role_allows_and_decides_no_case() -> None:
    person = Actor(id=ONE, pseudonym="p", organisation=ONE, roles=frozenset({Role.SUPERVISOR}), proof=Proof.SYSTEM, name="Sam")
    assert allowed(person, Verb.LIST_IMPORT, None)
    assert not allowed(person, Verb.PEOPLE_MANAGE, None)
    assert {verb for verb in Verb if any(allowed(person, verb, stage) for stage in STAGES)} == {Verb.REPORT_TAKE}
    assert not allowed(replace(person, id=None), Verb.LIST_IMPORT, None)


def test_the_desk_and_machines_take_reports_and_decide_nothing() -> None:
    machine = Actor(id=None, pseudonym="m", organisation=ONE, roles=frozenset(), proof=Proof.API, name="a platform")
    # Whatever role somebody gave them: what a machine may do does not come from roles.
    for by in (SYSTEM, machine, replace(machine, roles=frozenset(Role), has_credential=True)):
        assert {verb for verb in Verb if any(allowed(by, verb, stage) for stage in (*STAGES, None))} == {Verb.REPORT_TAKE}
    with pytest.raises(errors.OtherOrganisation):
        require(machine, Verb.REPORT_TAKE, organisation=TWO)
