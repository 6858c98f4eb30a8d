"""The team of a case: a supervisor seats people and takes them off; both are in the log, and hold from that moment on."""

from datetime import datetime, timedelta

from django.db import transaction

from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import Actor, Role, Verb, permits, require
from cairndesk.accounts.rules.grants import Ended
from cairndesk.accounts.rules.sharing import Recipient
from cairndesk.accounts.sharing import require_sharing
from cairndesk.cases import errors, taxonomy
from cairndesk.cases.actions.choices import respect
from cairndesk.cases.actions.coding import note
from cairndesk.cases.actions.grants import end_grants
from cairndesk.cases.models import Case, TeamSeat
from cairndesk.cases.rules.choices import Act
from cairndesk.cases.rules.team import is_narrow, shared_with
from cairndesk.custody.rules import Event

LONGEST = timedelta(days=30)
"""A person of a partner is seated anew after that; whoever is at home stays until they are taken off."""


@transaction.atomic
def seat(*, case: Case, person: Person, function: str, by: Actor, now: datetime, until: datetime | None = None) -> TeamSeat:
    """Afterwards `person` has this function in `case`, and what they had before has ended with its grants.

    Raises NotPermitted; SeatRefused for oneself, for who works on no cases, for leading without the role of one who judges, and for a
    person of a partner without a part of their own or an end within a month; SharingRefused, AgainstTheirChoice.
    """
    held = Case.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=case.pk)
    require(by, Verb.TEAM_SET, organisation=held.organisation_id, stage=held.stage)
    version = taxonomy.in_force(now.date())
    taxonomy.accept("team_function", function, version=version, unknowns=False)
    _check(held, person, function, by, now, until)
    if TeamSeat.objects.filter(case=held, holder=str(person.pseudonym), ended_at=None).exists():
        _end(held, str(person.pseudonym), by, now)
    made = TeamSeat.objects.create(
        case=held, holder=str(person.pseudonym), function=function, taxonomy=version, since=now, until=until, seated_by=by.pseudonym
    )
    # What their role had opened for them is not what their function sees.
    end_grants(case=held, why=Ended.MOVED, by=by, now=now, holder=made.holder, emergency=True)
    note(Event.CASES_TEAM_SEATED, held, by=by, now=now, function=function)
    return made


@transaction.atomic
def unseat(*, case: Case, holder: str, by: Actor, now: datetime) -> None:
    """Afterwards the person behind the pseudonym sees nothing of `case`, whatever their role, until they are seated anew.

    Raises NotPermitted; SeatRefused for oneself, and for who is not on the team.
    """
    require(by, Verb.TEAM_SET, organisation=case.organisation_id, stage=case.stage)
    if holder == by.pseudonym or not _end(case, holder, by, now):
        raise errors.SeatRefused("another supervisor takes somebody off, once")
    end_grants(case=case, why=Ended.LET_GO, by=by, now=now, holder=holder, emergency=True)
    note(Event.CASES_TEAM_UNSEATED, case, by=by, now=now)


def _check(case: Case, person: Person, function: str, by: Actor, now: datetime, until: datetime | None) -> None:
    if str(person.pseudonym) == by.pseudonym:
        raise errors.SeatRefused("another supervisor seats you")
    if case.stage == "closed" or not person.is_active or not permits(person.roles, Verb.TEAM_WORK):
        raise errors.SeatRefused("the case is open, and the person works on cases")
    if person.organisation_id == case.organisation_id:
        if until is not None or not (is_narrow(function) or person.roles & {Role.ANALYST, Role.SUPERVISOR}):
            raise errors.SeatRefused("whoever leads or judges has the role of an analyst or a supervisor")
        return
    if not is_narrow(function) or until is None or not now < until <= now + LONGEST:
        raise errors.SeatRefused("a person of a partner has a part of their own, and for a month at most")
    police = person.organisation.kind == Organisation.Kind.AUTHORITY
    respect(case=case, act=Act.TELL_POLICE if police else Act.TELL_HELPERS)
    to = Recipient.AUTHORITY if police else Recipient.PARTNER
    require_sharing(organisation=case.organisation_id, data=shared_with(function), recipient=to, country=person.organisation.country, now=now)


def _end(case: Case, holder: str, by: Actor, now: datetime) -> int:
    return TeamSeat.objects.filter(case=case, holder=holder, ended_at=None).update(ended_at=now, ended_by=by.pseudonym)
